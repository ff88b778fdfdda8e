// Logs, records, results, tables and series of a run over HTTP.

import assert from "node:assert/strict";
import test, { after } from "node:test";

import { addLog, addRecord, addRun, chunkBody, lineBytes } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"] });

const T = 1700000000000;
const words = ["alpha", "Beta", "GAMMA", "délta ÉCLAIR", "quote \" and \\ back", "tab\there"];

/** Line n (from 1): every 10th a warning, every 25th an error, every 7th with metadata. */
function lineOf(n) {
    const level = n % 25 === 0 ? 3 : n % 10 === 0 ? 2 : n % 4 === 0 ? 0 : 1;
    const text = `line ${n} ${words[n % words.length]}`;
    return n % 7 === 0 ? [T + n, level, text, 2, { n }] : n % 3 === 0 ? [T + n, level, text, 1] : [T + n, level, text];
}
const TOTAL = 120;
const lines = Array.from({ length: TOTAL }, (_, i) => lineOf(i + 1));
const run = await addRun(site);
await addLog(site, run, lines, 9);
const path = `/api/v1/runs/${run}/logs`;

/** [number, line] of all lines in an answer of chunks, whose numbers must be dense. */
function linesOf({ chunks }) {
    return chunks.flatMap((chunk) => chunk.lines.map((line, i) => [chunk.first + i, line]));
}
const expected = (numbers) => numbers.map((n) => [n, lineOf(n)]);
const range = (from, to) => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

function assertProblem(answer, status, field) {
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.json.status, status);
    if (field) assert.equal(answer.json.field, field);
}

test("chunks come whole or cut, in order, with the total", async () => {
    for (const [query, from, to, next] of [
        ["", 1, 120, null], ["?limit=5", 1, 5, 5], ["?after=5&limit=5", 6, 10, 10], ["?after=118", 119, 120, null],
        ["?after=115&limit=5", 116, 120, null], ["?after=120", 1, 0, null], ["?after=1000", 1, 0, null],
        ["?before=121&limit=3", 118, 120, 118], ["?before=118&limit=30", 88, 117, 88], ["?before=4", 1, 3, null],
        ["?before=1", 1, 0, null], ["?before=9000000000&limit=1", 120, 120, 120], ["?after=10&before=15", 11, 14, null],
        ["?after=10&before=30&limit=4", 11, 14, 14], ["?after=14&before=12", 1, 0, null],
    ]) {
        const { status, json } = await site.get(path + query);
        assert.equal(status, 200, query);
        assert.equal(json.total, TOTAL);
        assert.deepEqual(linesOf(json), expected(range(from, to)), query);
        assert.equal(json.next, next, query);
    }
});

test("the bytes of a chunk are those that were stored", async () => {
    const { text } = await site.get(`${path}?after=10&limit=5`);
    assert.ok(text.includes(chunkBody(11, range(11, 15).map(lineOf))), text);
});

test("paging backwards and forwards meets every line once", async () => {
    const forward = [];
    for (let after = 0; after !== null;) {
        const { json } = await site.get(`${path}?after=${after}&limit=7`);
        forward.push(...linesOf(json));
        after = json.next;
    }
    assert.deepEqual(forward, expected(range(1, TOTAL)));
    const backward = [];
    for (let before = TOTAL + 1; before !== null;) {
        const { json } = await site.get(`${path}?before=${before}&limit=7`);
        backward.unshift(...linesOf(json));
        before = json.next;
    }
    assert.deepEqual(backward, forward);
});

test("a level means it and above", async () => {
    for (const [level, least] of [["debug", 0], ["info", 1], ["warn", 2], ["error", 3]]) {
        const all = range(1, TOTAL).filter((n) => lineOf(n)[1] >= least);
        const { json } = await site.get(`${path}?level=${level}&limit=1000`);
        assert.equal(json.total, all.length, level);
        assert.deepEqual(json.lines, all.map((n) => [n, ...lineOf(n)]), level);
        assert.equal(json.next, null);
        const first = (await site.get(`${path}?level=${level}&limit=2`)).json;
        assert.equal(first.total, all.length);
        assert.deepEqual(first.lines.map(([n]) => n), all.slice(0, 2));
        const rest = (await site.get(`${path}?level=${level}&limit=1000&after=${first.next}`)).json;
        assert.deepEqual(rest.lines.map(([n]) => n), all.slice(2));
        const last = (await site.get(`${path}?level=${level}&limit=2&before=100`)).json;
        const below = all.filter((n) => n < 100);
        assert.deepEqual(last.lines.map(([n]) => n), below.slice(-2));
        assert.equal(last.next, below.at(-2));
    }
});

test("a search is literal, ignores case and counts exactly", async () => {
    for (const q of ["beta", "BETA", "line 1", "éclair", "ÉCLAIR", '"', "\\", "\t", "tab\there", "line 12", "nothing", "a.pha", "%", "1700"]) {
        const all = range(1, TOTAL).filter((n) => lineOf(n)[2].toLowerCase().includes(q.toLowerCase()));
        const { json, text, status } = await site.get(`${path}?q=${encodeURIComponent(q)}&limit=1000`);
        assert.equal(status, 200, text);
        assert.equal(json.total, all.length, q);
        assert.deepEqual(json.lines, all.map((n) => [n, ...lineOf(n)]), q);
    }
    const both = range(1, TOTAL).filter((n) => lineOf(n)[1] >= 2 && lineOf(n)[2].includes("Beta"));
    const { json } = await site.get(`${path}?q=beta&level=warn`);
    assert.deepEqual(json.lines.map(([n]) => n), both);
    const one = (await site.get(`${path}?q=line&limit=1&after=50`)).json;
    assert.deepEqual([one.total, one.next, one.lines[0][0]], [TOTAL, 51, 51]);
    const back = (await site.get(`${path}?q=line&limit=3&before=50`)).json;
    assert.deepEqual([back.total, back.next, back.lines.map(([n]) => n)], [TOTAL, 47, [47, 48, 49]]);
});

test("bad parameters of logs", async () => {
    for (const query of ["after=x", "after=-1", "before=0", "limit=0", "limit=10001", "after=1.2"]) {
        assertProblem(await site.get(`${path}?${query}`), 400, query.split("=")[0]);
    }
    assertProblem(await site.get(`${path}?level=loud`), 400, "level");
    assertProblem(await site.get(`${path}?q=${"x".repeat(1001)}`), 400, "q");
    assertProblem(await site.get("/api/v1/runs/999999/logs"), 404);
    assertProblem(await site.get("/api/v1/runs/999999/logs?q=x"), 404);
});

const text = lines.map((line) => `${line[2]}\n`).join("");

test("log.txt is the whole text, or any range of it", async () => {
    const whole = await site.fetch(`/api/v1/runs/${run}/log.txt`, { headers: { "accept-encoding": "identity" } });
    assert.equal(whole.status, 200);
    assert.equal(whole.headers.get("content-type"), "text/plain; charset=utf-8");
    assert.equal(whole.headers.get("accept-ranges"), "bytes");
    assert.equal(await whole.text(), text);
    const bytes = Buffer.from(text);
    for (const [header, from, to] of [
        ["bytes=0-0", 0, 0], ["bytes=100-299", 100, 299], ["bytes=1000-", 1000, bytes.length - 1],
        ["bytes=-7", bytes.length - 7, bytes.length - 1], [`bytes=0-${bytes.length * 2}`, 0, bytes.length - 1],
    ]) {
        const part = await site.fetch(`/api/v1/runs/${run}/log.txt`, { headers: { range: header } });
        assert.equal(part.status, 206, header);
        assert.equal(part.headers.get("content-range"), `bytes ${from}-${to}/${bytes.length}`);
        assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(from, to + 1), header);
    }
    const beyond = await site.fetch(`/api/v1/runs/${run}/log.txt`, { headers: { range: `bytes=${bytes.length}-` } });
    assert.equal(beyond.status, 416);
    assert.equal(beyond.headers.get("content-range"), `bytes */${bytes.length}`);
    const several = await site.fetch(`/api/v1/runs/${run}/log.txt`, { headers: { range: "bytes=0-1,5-6" } });
    assert.equal(several.status, 200);
    assert.equal(await several.text(), text);
    assertProblem(await site.get("/api/v1/runs/999999/log.txt"), 404);
});

test("log.txt of nothing, and with pieces of long lines joined", async () => {
    const other = await addRun(site);
    const empty = await site.get(`/api/v1/runs/${other}/log.txt`);
    assert.equal(empty.status, 200);
    assert.equal(empty.text, "");
    const pieces = [[T, 1, "a".repeat(300), 0, null, 1], [T, 1, "b".repeat(300), 0, null, 1], [T, 1, "ü"], [T, 1, "next"]];
    await addLog(site, other, pieces, 2);
    const joined = `${"a".repeat(300)}${"b".repeat(300)}ü\nnext\n`;
    assert.equal((await site.get(`/api/v1/runs/${other}/log.txt`)).text, joined);
    assert.equal(pieces.reduce((sum, one) => sum + lineBytes(one), 0), Buffer.byteLength(joined));
});

test("a log of many chunks streams whole", async () => {
    const large = await addRun(site);
    await site.sql(`INSERT INTO log_chunks
        SELECT $1, c * 100 + 1, c * 100 + 100, c * 10000, c * 10000 + 10000, 0, 100, 0, 0,
               '{"first":' || c * 100 + 1 || ',"lines":[' ||
               (SELECT string_agg('[' || 1700000000000 + n || ',1,"' || lpad(n::text, 99, '.') || '"]', E',\t' ORDER BY n)
                FROM generate_series(c * 100 + 1, c * 100 + 100) n) || ']}'
        FROM generate_series(0, 999) c`, large);
    await site.sql("UPDATE run_heads SET lines = 100000, bytes = 10000000, infos = 100000 WHERE run_id = $1", large);
    const answer = await site.get(`/api/v1/runs/${large}/log.txt`);
    assert.equal(answer.text.length, 10_000_000);
    for (const n of [1, 777, 100_000]) assert.equal(answer.text.slice((n - 1) * 100, n * 100 - 1), String(n).padStart(99, "."));
    const { json } = await site.get(`/api/v1/runs/${large}/logs?q=.99999`);
    assert.deepEqual([json.total, json.lines[0][0]], [1, 99999]);
    const many = (await site.get(`/api/v1/runs/${large}/logs?q=.9&limit=2&before=100000`)).json;
    assert.deepEqual(many.lines.map(([n]) => n), [99998, 99999].filter((n) => String(n).padStart(99, ".").includes(".9")));
    const [{ id }] = (await site.get("/api/v1/runs?limit=1")).json.items;
    assert.ok(id, "the quick pool answers as ever");
});

test("records by number and kind, large ones as a reference", async () => {
    const other = await addRun(site);
    await addRecord(site, other, "result", "accuracy", { key: "accuracy", value: 0.5 });
    await addRecord(site, other, "fact", "numpy", { key: "numpy", value: "1.24" });
    const big = await addRecord(site, other, "result", "big", { key: "big", value: "x".repeat(1000) }, { key: "big" });
    await addRecord(site, other, "result", "accuracy", { key: "accuracy", value: { b: 1, a: [2, 12345678901234567890n.toString()] } });
    await addRecord(site, other, "row", "board", { table: "board", values: { z: 1, a: 2 } });
    await addRecord(site, other, "row", "board", { table: "board", values: { z: 3, a: 4 } });
    await addRecord(site, other, "result", "a/b c?", { key: "a/b c?", value: null });
    const base = `/api/v1/runs/${other}`;
    assert.deepEqual((await site.get(`${base}/artifacts`)).json, { items: [], next: null });

    const all = (await site.get(`${base}/records`)).json;
    assert.deepEqual(all.items.map((r) => [r.n, r.kind]), [
        [1, "status"], [2, "result"], [3, "fact"], [4, "result"], [5, "result"], [6, "row"], [7, "row"], [8, "result"]]);
    assert.equal(all.items[3].href, `${base}/records/${big}`);
    assert.equal(all.items[3].value, undefined);
    const page = (await site.get(`${base}/records?kind=row&limit=1`)).json;
    assert.deepEqual([page.items.length, page.next], [1, 6]);
    assert.deepEqual((await site.get(`${base}/records?kind=row&limit=1&after=6`)).json.items.map((r) => r.n), [7]);
    assert.equal((await site.get(`${base}/records/${big}`)).json.value.length, 1000);
    assertProblem(await site.get(`${base}/records/99`), 404);
    assertProblem(await site.get(`${base}/records?kind=x`), 400, "kind");
    assertProblem(await site.get(`${base}/records?after=1.5`), 400, "after");
    assertProblem(await site.get("/api/v1/runs/999999/records"), 404);

    const results = await site.get(`${base}/results`);
    assert.deepEqual(results.json.items.map((r) => [r.key, r.count, r.n]), [["big", 1, 4], ["accuracy", 2, 5], ["a/b c?", 1, 8]]);
    assert.match(results.text, /"value":\{"b":1,"a":\[2,"12345678901234567890"\]\}/, "order is kept");
    assert.equal(results.json.items[0].href, `${base}/records/${big}`);
    assert.equal(results.json.items[2].value, null);
    const values = (await site.get(`${base}/results/accuracy`)).json;
    assert.deepEqual(values.items.map((r) => r.n), [2, 5]);
    assert.deepEqual((await site.get(`${base}/results/${encodeURIComponent("a/b c?")}`)).json.items.map((r) => r.n), [8]);
    assert.deepEqual((await site.get(`${base}/results/none`)).json.items, []);
    const table = await site.get(`${base}/tables/board`);
    assert.match(table.text, /"values":\{"z":1,"a":2\}/);
    assert.deepEqual(table.json.items.map((r) => r.n), [6, 7]);
    const file = { name: "model.pkl", sha256: "0".repeat(64), size: 12, media_type: "application/octet-stream" };
    await addRecord(site, other, "artifact", file.name, file);
    assert.deepEqual((await site.get(`${base}/artifacts`)).json.items, [{ n: 9, at: 1700000000009, ...file, href: `${base}/artifacts/9` }]);
    for (const what of ["results", "results/x", "tables/x", "artifacts"]) assertProblem(await site.get(`/api/v1/runs/999999/${what}`), 404);
});

test("the page of results shows the beginning of what is large, and where all of it is", async () => {
    const other = await addRun(site);
    await addRecord(site, other, "result", "small", { key: "small", value: [1] });
    const n = await addRecord(site, other, "result", "big", { key: "big", value: "x".repeat(100_000) }, { key: "big" });
    const answer = await site.get(`/runs/${other}?tab=results`, { headers: { accept: "application/json" } });
    assert.equal(answer.status, 200, answer.text);
    const [small, big] = answer.json.results.cards;
    assert.deepEqual([small.type, small.text, small.large], ["array", "[\n  1\n]", null]);
    assert.deepEqual([big.type, big.large], ["string", { href: `/api/v1/runs/${other}/records/${n}`, size: "97.7 KiB" }]);
    assert.ok(big.text.length > 60_000 && big.text.length <= 65_536 && !/[^x]/.test(big.text), `${big.text.length}`);
    assert.match((await site.get(`/runs/${other}?tab=results`)).text, /97\.7 KiB/);
});

test("series are listed and thinned out", async () => {
    const other = await addRun(site);
    const base = `/api/v1/runs/${other}/metrics`;
    assert.deepEqual((await site.get(base)).json, { items: [], next: null });
    await site.sql(`INSERT INTO metric_chunks
        SELECT $1, 'loss', c + 2, 1000, c * 1000, c * 1000 + 999,
               '{"points":[' || (SELECT string_agg('[' || s || ',' || CASE s WHEN 12345 THEN '1e9' ELSE (s % 10)::text END || ',' || 1700000000000 + s || ']', E',\t' ORDER BY s)
                                 FROM generate_series(c * 1000, c * 1000 + 999) s) || ']}'
        FROM generate_series(0, 99) c`, other);
    await site.sql(`INSERT INTO metric_chunks VALUES ($1, 'few', 102, 3, 1, 3, '{"points":[[1,0.1,5],' || E'\t' || '[2,"NaN",6],' || E'\t' || '[3,-7,7]]}')`, other);
    const list = (await site.get(base)).json;
    assert.deepEqual(list.items, [
        { key: "loss", points: 100000, first_step: 0, last_step: 99999 }, { key: "few", points: 3, first_step: 1, last_step: 3 }]);
    const loss = (await site.get(`${base}?key=loss&points=500`)).json;
    assert.equal(loss.total, 100000);
    assert.ok(loss.points.length <= 500 && loss.points.length > 250, `${loss.points.length}`);
    assert.deepEqual(loss.points[0], [0, 0, T]);
    assert.deepEqual(loss.points.at(-1), [99999, 9, T + 99999]);
    assert.ok(loss.points.some(([step, value]) => step === 12345 && value === 1e9), "an outlier stays");
    const steps = loss.points.map(([step]) => step);
    assert.deepEqual(steps, [...new Set(steps)].sort((a, b) => a - b));
    assert.ok((await site.get(`${base}?key=loss`)).json.points.length <= 2000);
    for (const points of [2, 3, 4, 5]) {
        const few = (await site.get(`${base}?key=loss&points=${points}`)).json.points.map(([step]) => step);
        assert.ok(few.length >= 2 && few.length <= points, `${few.length} of ${points}`);
        assert.deepEqual([few[0], few.at(-1)], [0, 99999]);
    }
    assert.deepEqual((await site.get(`${base}?key=few`)).json, { key: "few", total: 3, points: [[1, 0.1, 5], [2, "NaN", 6], [3, -7, 7]] });
    assertProblem(await site.get(`${base}?key=none`), 404, "key");
    assertProblem(await site.get(`${base}?key=loss&points=1`), 400, "points");
    assertProblem(await site.get("/api/v1/runs/999999/metrics"), 404);
});
