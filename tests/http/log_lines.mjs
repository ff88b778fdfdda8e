// Lines one by one for a viewer: a window of all or of those that match, counts by blocks, and the log as NDJSON.

import assert from "node:assert/strict";
import test, { after } from "node:test";

import { addLog, addRun } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"] });

const T = 1700000000000;
const TOTAL = 250;
const words = ["alpha", "Beta", "\u001b[31mgam\u001b[0mma", "ÉCLAIR", 'quote " here'];

/** Line n: every 10th a warning, every 25th an error, every 7th with metadata. */
function lineOf(n) {
    const level = n % 25 === 0 ? 3 : n % 10 === 0 ? 2 : n % 4 === 0 ? 0 : 1;
    const text = `line ${n} ${words[n % words.length]}`;
    return n % 7 === 0 ? [T + n, level, text, 2, { n }] : n % 3 === 0 ? [T + n, level, text, 1] : [T + n, level, text];
}
const numbers = Array.from({ length: TOTAL }, (_, i) => i + 1);
const run = await addRun(site);
await addLog(site, run, numbers.map(lineOf), 9);

const ask = async (query, of = run) => {
    const answer = await site.get(`/api/v1/runs/${of}/lines?${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
};
const whole = (list) => list.map((n) => [n, ...lineOf(n)]);

test("without a filter: the lines of a window, each with its number", async () => {
    for (const [query, list] of [
        ["limit=5", [1, 2, 3, 4, 5]], ["after=7&limit=3", [8, 9, 10]], ["after=7&skip=20&limit=2", [28, 29]], ["after=248&limit=100", [249, 250]],
        ["after=10&before=13&limit=100", [11, 12]], ["after=250", []], ["after=9000", []], ["limit=0", []], ["before=1", []],
    ]) {
        const { lines, to, ...others } = await ask(query);
        assert.deepEqual(lines, whole(list), query);
        assert.equal(to, query.includes("before=13") ? 12 : query.includes("before=1") ? 0 : TOTAL, query);
        assert.deepEqual(others, {}, "nothing is counted unasked");
    }
});

test("elements are divided by a TAB, so that a reader can cut them unread", async () => {
    const { text } = await site.get(`/api/v1/runs/${run}/lines?after=6&limit=2`);
    assert.equal(text, `{"to":250,"lines":[[7,${JSON.stringify(lineOf(7)).slice(1)},\t[8,${JSON.stringify(lineOf(8)).slice(1)}]}`);
});

test("counts by blocks find any match by its place among all", async () => {
    const filters = [
        ["level=warn", (n) => lineOf(n)[1] >= 2], ["level=info", (n) => lineOf(n)[1] >= 1], ["level=error", (n) => lineOf(n)[1] === 3], ["level=debug", () => true],
        ["q=beta", (n) => n % 5 === 1], ["q=GAMMA", (n) => n % 5 === 2], ["q=line%201", (n) => String(n)[0] === "1"], ["q=%C3%A9clair", (n) => n % 5 === 3],
        ["q=%22", (n) => n % 5 === 4], ["q=%5B31m", () => false], ["level=warn&q=beta", (n) => lineOf(n)[1] >= 2 && n % 5 === 1],
    ];
    for (const [filter, holds] of filters) {
        const all = numbers.filter(holds);
        for (const block of [1, 7, 50, 1000]) {
            const { total, counts, to, lines } = await ask(`${filter}&block=${block}&limit=3`);
            assert.deepEqual([total, to], [all.length, TOTAL], filter);
            const expected = new Map();
            for (const n of all) expected.set(Math.floor((n - 1) / block), (expected.get(Math.floor((n - 1) / block)) ?? 0) + 1);
            assert.deepEqual(counts, [...expected], `${filter} by ${block}`);
            assert.deepEqual(lines, whole(all.slice(0, 3)), filter);
            assert.deepEqual((await ask(`${filter}&block=${block}&limit=0`)).counts, [...expected], "the same where nothing is read");
        }
        assert.deepEqual((await ask(`${filter}&skip=4&limit=4`)).lines, whole(all.slice(4, 8)), filter);
        const part = all.filter((n) => n > 33 && n < 140);
        const bounded = await ask(`${filter}&after=33&before=140&block=10&limit=1000`);
        assert.deepEqual([bounded.total, bounded.lines, bounded.to], [part.length, whole(part), 139], filter);
    }
});

test("a page of long lines ends early, and goes on where it ended", async () => {
    const long = await addRun(site);
    const texts = Array.from({ length: 60 }, (_, i) => [T, 1, `${i} ${"x".repeat(60_000)}`]);
    await addLog(site, long, texts, 1);
    const seen = [];
    for (let pages = 0; seen.length < 60; pages++) {
        assert.ok(pages < 5);
        const { lines } = await ask(`q=x&skip=${seen.length}&limit=60`, long);
        assert.ok(lines.length > 0 && lines.length < 60);
        seen.push(...lines.map(([n]) => n));
    }
    assert.deepEqual(seen, Array.from({ length: 60 }, (_, i) => i + 1));
    assert.equal((await ask("q=x&block=1000&limit=5", long)).total, 60);
});

test("bad parameters of lines", async () => {
    const refused = async (query, field, status = 400) => {
        const answer = await site.get(`/api/v1/runs/${run}/lines?${query}`);
        assert.deepEqual([answer.status, answer.json.field], [status, field], query);
    };
    for (const [query, field] of [["limit=1001", "limit"], ["skip=-1", "skip"], ["block=0", "block"], ["after=x", "after"], ["level=loud", "level"],
        [`q=${"x".repeat(1001)}`, "q"], ["size=3", "size"]]) await refused(query, field);
    const huge = await addRun(site);
    await site.sql("UPDATE run_heads SET lines = 10000000 WHERE run_id = $1", huge);
    const answer = await site.get(`/api/v1/runs/${huge}/lines?block=100`);
    assert.deepEqual([answer.status, answer.json.field], [400, "block"], "so many counts are not made");
    assert.equal((await site.get("/api/v1/runs/999999/lines")).status, 404);
});

test("log.ndjson is one object a line, whole, with metadata as it was written", async () => {
    const answer = await site.get(`/api/v1/runs/${run}/log.ndjson`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-type"), /^application\/x-ndjson/);
    assert.match(answer.headers.get("content-disposition"), new RegExp(`^attachment; filename="run-${run}.ndjson"$`));
    const rows = answer.text.trimEnd().split("\n").map((row) => JSON.parse(row));
    assert.deepEqual(rows, numbers.map((n) => {
        const [ms, level, text, source = 0, metadata] = lineOf(n);
        return { n, ms, level: ["debug", "info", "warn", "error"][level], source: ["stdout", "stderr", "message"][source], text, ...(metadata ? { metadata } : {}) };
    }));

    const exact = await addRun(site);
    const raw = '{"big":123456789012345678901234567890,"far":1e400,"10":1,"2":0.10}';
    await site.sql("INSERT INTO log_chunks VALUES ($1, 1, 2, 0, 3, 0, 2, 0, 0, $2)", exact, `{"first":1,"lines":[[${T},1,"a",2,${raw},1],\t[${T},1,"b\\n\\u001b"]]}`);
    await site.sql("UPDATE run_heads SET lines = 2, bytes = 3, infos = 2 WHERE run_id = $1", exact);
    const { text } = await site.get(`/api/v1/runs/${exact}/log.ndjson`);
    assert.equal(text, `{"n":1,"ms":${T},"level":"info","source":"message","text":"a","metadata":${raw},"continued":true}\n{"n":2,"ms":${T},"level":"info","source":"stdout","text":"b\\n\\u001b"}\n`);
    assert.ok((await site.get(`/api/v1/runs/${exact}/lines`)).text.includes(raw));
    assert.equal((await site.get(`/api/v1/runs/${await addRun(site)}/log.ndjson`)).text, "");
    assert.equal((await site.get("/api/v1/runs/999999/log.ndjson")).status, 404);
});

test("a log of many chunks streams as NDJSON, and a search that nobody waits for ends", async () => {
    const large = await addRun(site);
    await site.sql(`INSERT INTO log_chunks
        SELECT $1, c * 1000 + 1, c * 1000 + 1000, c * 100000, c * 100000 + 100000, 0, 1000, 0, 0,
               '{"first":' || c * 1000 + 1 || ',"lines":[' ||
               (SELECT string_agg('[' || 1700000000000 + n || ',1,"' || lpad(n::text, 99, '.') || '"]', E',\t' ORDER BY n)
                FROM generate_series(c * 1000 + 1, c * 1000 + 1000) n) || ']}'
        FROM generate_series(0, 499) c`, large);
    await site.sql("UPDATE run_heads SET lines = 500000, bytes = 50000000, infos = 500000 WHERE run_id = $1", large);
    const answer = await site.fetch(`/api/v1/runs/${large}/log.ndjson`);
    const rows = (await answer.text()).split("\n");
    assert.equal(rows.length, 500_001);
    for (const n of [1, 20_000, 20_001, 499_999, 500_000]) assert.equal(JSON.parse(rows[n - 1]).n, n);

    const { total, counts, lines } = await ask("q=99.&block=500&limit=1", large);
    assert.deepEqual([total, counts, lines], [0, [], []]);
    const alone = Date.now();
    assert.equal((await ask("q=.4999&block=5000&limit=0", large)).total, 111);
    const begun = Date.now();
    for (let i = 0; i < 20; i++) {
        const abort = new AbortController();
        const asked = site.fetch(`/api/v1/runs/${large}/lines?q=nowhere&block=500`, { signal: abort.signal }).catch(() => {});
        setTimeout(() => abort.abort(), 20);
        await asked;
    }
    assert.equal((await ask("q=.499999&block=500&limit=5", large)).total, 1);
    assert.ok(Date.now() - begun < 15_000 + 5 * (begun - alone), "what was given up does not stand in the way");
});
