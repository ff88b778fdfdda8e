// Data sources over the API: uploads of every kind of file, what is said of them, and that what fails leaves nothing.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import test, { after } from "node:test";

import { addExperiment } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";
import { sleep, until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner", "events"], conf: { data_mb: 8, data_quota_mb: 24 } });
const base = "/api/v1/data-sources";
const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const store = join(site.state, "artifacts");

/** Uploads; text or bytes. */
async function put(name, body, query = "", options = {}) {
    const response = await site.fetch(`${base}/${encodeURIComponent(name)}${query}`, { method: "PUT", body, ...options });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: text ? JSON.parse(text) : null };
}
const get = (path, options) => site.get(`${base}${path}`, options);
const patch = (path, body) => site.get(`${base}${path}`, { method: "PATCH", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
const incoming = () => (existsSync(join(store, "incoming")) ? readdirSync(join(store, "incoming")) : []);
const inStore = (hash) => existsSync(join(store, hash.slice(0, 2), hash.slice(2)));
const types = (row) => row.columns.map(({ type }) => type).join(" ");
let counter = 0;
/** The row of a file that is taken, with its sample. */
async function take(text) {
    const { status, json } = await put(`case ${++counter}.csv`, text);
    assert.equal(status, 201, json?.detail);
    return (await get(`/${json.id}`)).json;
}

const IRIS = "sepal length,species\n5.1,setosa\n4.9,setosa\n7.0,versicolor\n";

test("an upload is kept byte by byte, and told about", async () => {
    const { status, headers, json } = await put("iris.csv", IRIS);
    assert.equal(status, 201);
    assert.equal(headers.get("location"), `${base}/${json.id}`);
    const hash = sha256(IRIS);
    const { id, created_at, ...row } = json;
    assert.deepEqual(row, {
        project: "", name: "iris.csv", version: 1, state: "current", bytes: IRIS.length, sha256: hash, rows: 3, delimiter: ",",
        columns: [{ name: "sepal length", type: "float", missing: 0 }, { name: "species", type: "string", missing: 0 }], column_count: 2,
        notes: [], reference: `iris.csv@sha256:${hash}`, uses: { instances: 0, runs: 0 }, created_by: "admin", href: `${base}/${id}/file`,
    });
    assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < 60_000);
    const one = (await get(`/${id}`)).json;
    assert.deepEqual(one.sample, [["5.1", "setosa"], ["4.9", "setosa"], ["7.0", "versicolor"]]);
    assert.deepEqual((await get("/iris.csv")).json, one);
    const file = await site.fetch(json.href);
    assert.equal(await file.text(), IRIS);
    assert.equal(file.headers.get("etag"), `"${hash}"`);
    assert.match(file.headers.get("content-disposition"), /^attachment; filename="iris.csv"/);
    assert.equal(statSync(join(store, hash.slice(0, 2), hash.slice(2))).mode & 0o777, 0o400);
    assert.deepEqual(incoming(), []);
    assert.equal(await (await site.fetch(json.href, { headers: { range: "bytes=0-4" } })).text(), "sepal");
});

test("curl uploads a file, and one of unknown length", async () => {
    for (const args of [["-T", "-", "-H", "Transfer-Encoding: chunked"], ["-T", "-", "-H", "Expect:"]]) {
        const curl = spawn("curl", ["-s", "-H", `Authorization: Bearer ${site.token}`, ...args, `${site.url}${base}/by-curl.csv?replace=1`]);
        curl.stdin.end(`a,b\n${"1,2\n".repeat(50_000)}`);
        let out = "";
        curl.stdout.on("data", (data) => (out += data));
        await once(curl, "close");
        const row = JSON.parse(out);
        assert.equal(row.rows, 50_000);
        assert.equal(row.sha256, sha256(`a,b\n${"1,2\n".repeat(50_000)}`));
    }
});

test("a name is unique within its project", async () => {
    assert.equal((await put("same.csv", "a\n1\n", "?project=one")).status, 201);
    assert.equal((await put("same.csv", "a\n1\n", "?project=two")).status, 201);
    const { status, json } = await put("same.csv", "a\n2\n", "?project=one");
    assert.equal(status, 409);
    assert.equal(json.field, "name");
    assert.match(json.detail, /already.*replace=1/);
    assert.equal((await get("/same.csv?project=one")).json.sample[0][0], "1");
    assert.equal((await get("/same.csv")).status, 404);
    const listed = (await get("?project=one")).json.items;
    assert.deepEqual(listed.map((row) => row.name), ["same.csv"]);
    assert.equal(listed[0].sample, undefined);
});

test("replacing makes a new version; the same content again changes nothing", async () => {
    const first = (await put("v.csv", "a\n1\n")).json;
    const again = await put("v.csv", "a\n1\n", "?replace=1");
    assert.equal(again.status, 200);
    assert.equal(again.json.id, first.id);
    const second = await put("v.csv", "a\n2\n", "?replace=1");
    assert.equal(second.status, 201);
    assert.equal(second.json.version, 2);
    assert.notEqual(second.json.id, first.id);
    assert.equal((await get(`/${first.id}`)).status, 404, "nobody used the first");
    assert.deepEqual((await site.sql("SELECT count(*)::int AS n FROM freed_contents WHERE sha256 = $1", first.sha256))[0], { n: 1 });
});

test("uploads at once to one name are told of their own content each", async () => {
    const texts = Array.from({ length: 12 }, (_, i) => `a\n${i}\n`);
    const answers = await Promise.all(texts.map((text) => put("race.csv", text, "?replace=1")));
    for (const [i, { status, json }] of answers.entries()) assert.deepEqual([status, json.sha256], [201, sha256(texts[i])], JSON.stringify(json));
    assert.deepEqual(answers.map(({ json }) => json.version).sort((a, b) => a - b), texts.map((_, i) => i + 1));
    assert.equal((await get("?state=all")).json.items.filter((row) => row.name === "race.csv").length, 1);
});

test("files of every kind are read as they are meant", async (t) => {
    const cases = {
        "quoted cells with line ends, delimiters and quotes": ['a,b\n"x\ny","1,5"\n"say ""hi""",2\n', { rows: 2, sample: [["x\ny", "1,5"], ['say "hi"', "2"]] }],
        "CR LF": ["a,b\r\n1,2\r\n3,4\r\n", { rows: 2, types: "integer integer", sample: [["1", "2"], ["3", "4"]] }],
        "CR alone": ["a,b\r1,2\r3,4", { rows: 2, sample: [["1", "2"], ["3", "4"]] }],
        "a byte order mark": ["\ufeffa,b\n1,2\n", { rows: 1, names: ["a", "b"] }],
        "no end of the last line": ["a\n1\n2", { rows: 2 }],
        "semicolons": ["a;b;c\n1,5;2;x\n", { rows: 1, delimiter: ";", types: "string integer string" }],
        "tabs": ["a\tb\n1\t2\n", { delimiter: "\t", types: "integer integer" }],
        "bars": ["a|b\n1|2\n", { delimiter: "|" }],
        "types": ["i,f,b,d,s,e,m\n1,1.5,true,2026-01-31,x,,7\n-2,1e3,FALSE,2026-01-31T10:00:00Z,1,,NA\n,inf,,,,,\n", { types: "integer float boolean date string empty integer", missing: [1, 0, 1, 1, 1, 3, 2] }],
        "whole numbers of more than 64 bits": ["n\n123456789012345678901\n", { types: "float" }],
        "names alone": ["a,b\n", { rows: 0, types: "empty empty", notes: [/no rows/] }],
        "blank lines": ["a\n\n1\n\n\n2\n\n", { rows: 2 }],
        "rows of other lengths": ["a,b\n1,2\n3\n4,5,6\n", { rows: 3, sample: [["1", "2"], ["3"], ["4", "5", "6"]], missing: [0, 1], notes: [/^2 rows have another number of cells.*line 3$/] }],
        "a quote that stays open": ['a,b\n1,"x\n2,3\n', { rows: 1, notes: [/line 2 is never closed/] }],
        "names that are missing or there twice": ["a,,a\n1,2,3\n", { notes: [/have the name a$/, /column 2/] }],
        "text that is not UTF-8": [Buffer.from("a\nMünchen\n", "latin1"), { rows: 1, sample: [["M\ufffdnchen"]], notes: [/from byte 4 on/] }],
        "a very long cell": [`a,b\n${"x".repeat(300_000)},2\n`, { rows: 1, types: "string integer", sample: [[`${"x".repeat(200)}…`, "2"]] }],
        "many columns": [`${Array.from({ length: 10_000 }, (_, i) => `c${i}`).join(",")}\n${"1,".repeat(9999)}1\n`, { rows: 1, columns: 10_000, sampled: 100 }],
    };
    for (const [name, [text, expected]] of Object.entries(cases)) {
        await t.test(name, async () => {
            const row = await take(text);
            assert.equal(row.sha256, sha256(text));
            if ("rows" in expected) assert.equal(row.rows, expected.rows);
            if (expected.sample) assert.deepEqual(row.sample, expected.sample);
            if (expected.types) assert.equal(types(row), expected.types);
            if (expected.names) assert.deepEqual(row.columns.map((c) => c.name), expected.names);
            if (expected.delimiter) assert.equal(row.delimiter, expected.delimiter);
            if (expected.missing) assert.deepEqual(row.columns.map((c) => c.missing), expected.missing);
            if (expected.columns) assert.equal(row.column_count, expected.columns);
            if (expected.sampled) assert.equal(row.sample[0].length, expected.sampled);
            assert.equal(row.notes.length, expected.notes?.length ?? 0, row.notes.join("; "));
            for (const [i, note] of (expected.notes ?? []).entries()) assert.match(row.notes[i], note);
        });
    }
});

test("what is no table is refused, and leaves nothing", async () => {
    const before = (await get("?limit=1000")).json.items.length;
    const wide = `${Array.from({ length: 10_001 }, (_, i) => `c${i}`).join(",")}\n`;
    for (const [body, words] of [
        ["", /empty/], ["\n\r\n\n", /empty/], [Buffer.from("a,b\n1,2\n", "utf16le"), /NUL at byte 2/], [Buffer.from("\ufeffa,b\n", "utf16le"), /UTF-16/],
        [Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(100)]), /workbook/], ["a,b\n1,\0\n", /NUL at byte 7/], [wide, /more than 10000 columns/],
    ]) {
        const { status, json } = await put("bad.csv", body);
        assert.equal(status, 422, json.detail);
        assert.match(json.detail, words);
    }
    assert.equal((await get("/bad.csv")).status, 404);
    assert.equal((await get("?limit=1000")).json.items.length, before);
    assert.deepEqual(incoming(), []);
});

test("names and projects are judged, each by its name", async () => {
    for (const [name, query, field] of [["a/b", "", "name"], ["7", "", "name"], [" a", "", "name"], ["a\tb", "", "name"], ["x".repeat(201), "", "name"],
        ["ok.csv", `?project=${"x".repeat(101)}`, "project"], ["ok.csv", "?project=a%0Ab", "project"]]) {
        const { status, json } = await put(name, "a\n1\n", query);
        assert.equal(status, 422, `${name}${query}`);
        assert.equal(json.field, field);
    }
    assert.equal((await put("ok.csv", "a\n1\n", "?nonsense=1")).status, 400);
    assert.equal((await put("ok.csv", "a\n1\n", "?replace=2")).status, 400);
    assert.equal((await put("ok.csv", "a\n1\n", "", { token: null })).status, 401);
    const [{ token }] = await site.sql(`INSERT INTO api_tokens (user_id, name, scope, token_hash)
        VALUES (1, 'reader', 'read', sha256('ath_reader')) RETURNING 'ath_reader' AS token`);
    assert.equal((await put("ok.csv", "a\n1\n", "", { token })).status, 403);
});

test("a file that is too large is refused before it is read where its length is told, and in the middle where not", async () => {
    const socket = connect(site.port, "127.0.0.1");
    socket.write(`PUT ${base}/large.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${site.token}\r\nContent-Length: ${9 << 20}\r\n\r\na,b\n`);
    let answer = "";
    socket.on("data", (data) => (answer += data));
    await until("the refusal", () => /}$/.test(answer));
    socket.destroy();
    assert.match(answer, /^HTTP\/1.1 413 /);
    assert.match(answer, /larger than 8.0 MiB/);

    const curl = spawn("curl", ["-s", "-H", `Authorization: Bearer ${site.token}`, "-T", "-", `${site.url}${base}/large.csv`]);
    curl.stdin.on("error", () => {});
    curl.stdin.end(Buffer.alloc(20 << 20, "1,2\n"));
    let said = "";
    curl.stdout.on("data", (data) => (said += data));
    await once(curl, "close");
    assert.equal(JSON.parse(said).status, 413);
    assert.equal((await get("/large.csv")).status, 404);
    await until("nothing is left", () => incoming().length === 0);
});

test("an upload may come slowly", async () => {
    const body = "a,b\n1,2\n3,4\n";
    const socket = connect(site.port, "127.0.0.1");
    let answer = "";
    socket.on("data", (data) => (answer += data));
    socket.write(`PUT ${base}/slow.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${site.token}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body.slice(0, 5)}`);
    await sleep(5500); // longer than half a request may wait elsewhere
    socket.write(body.slice(5));
    await until("it is taken", () => /"rows":2,/.test(answer));
    assert.match(answer, /^HTTP\/1\.1 201 /);
    socket.destroy();
});

test("an upload that is cut off leaves nothing", async () => {
    for (const head of [`Content-Length: ${4 << 20}`, "Transfer-Encoding: chunked"]) {
        const socket = connect(site.port, "127.0.0.1");
        const body = Buffer.alloc(1 << 20, "1,2\n");
        socket.write(`PUT ${base}/cut.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${site.token}\r\n${head}\r\n\r\n`);
        if (head.startsWith("Transfer")) socket.write(`${body.length.toString(16)}\r\n`);
        socket.write(body);
        await until("the upload is under way", () => incoming().some((name) => statSync(join(store, "incoming", name)).size > 0));
        socket.destroy();
        await until("nothing is left", () => incoming().length === 0);
        assert.equal((await get("/cut.csv")).status, 404);
    }
});

test("what a killed worker leaves is swept away", async () => {
    const socket = connect(site.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(`PUT ${base}/killed.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${site.token}\r\nContent-Length: 4000000\r\n\r\n`);
    socket.write(Buffer.alloc(1 << 20, "1,2\n"));
    await until("the upload is under way", () => incoming().some((name) => statSync(join(store, "incoming", name)).size > 0));
    const sweep = () => spawn(join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../../build/bin/athanor-runner"), ["sweep", "--config", join(site.state, "athanor.ini")]);
    await once(sweep(), "close");
    assert.equal(incoming().length, 1, "who is at work keeps its file");
    await site.kill("pages-upload", "SIGKILL");
    socket.destroy();
    await until("the file goes", async () => {
        await once(sweep(), "close");
        return incoming().length === 0;
    });
    // One that was just made has no lock yet.
    const fresh = join(store, "incoming", "fresh");
    writeFileSync(fresh, "");
    await once(sweep(), "close");
    assert.deepEqual(incoming(), ["fresh"]);
    utimesSync(fresh, 0, Date.now() / 1000 - 3600);
    await once(sweep(), "close");
    assert.deepEqual(incoming(), []);
    await until("the pool is back", async () => (await put("after.csv", "a\n1\n", "?replace=1")).status < 300);
});

test("all together have a quota", async () => {
    const big = (letter) => Buffer.from(`a\n${letter.repeat(7 << 20)}\n`);
    const made = [];
    for (const letter of "xyz") made.push((await put(`big-${letter}.csv`, big(letter))).status);
    assert.deepEqual(made, [201, 201, 201]);
    const { status, json } = await put("big-w.csv", big("w"));
    assert.equal(status, 507);
    assert.match(json.detail, /may take 24.0 MiB/);
    assert.equal((await put("big-x-again.csv", Buffer.concat([big("x")]), "", {})).status, 507, "told by the length, before it is read");
    assert.equal((await site.delete(`${base}/big-z.csv`)).status, 204);
    assert.equal((await put("big-w.csv", big("w"))).status, 201);
    for (const letter of "xyw") await site.delete(`${base}/big-${letter}.csv`);
    assert.deepEqual(incoming(), []);
});

test("the list goes from new to old in pages", async () => {
    const all = (await get("?limit=1000")).json;
    assert.equal(all.next, null);
    const ids = all.items.map((row) => row.id);
    assert.deepEqual(ids, [...ids].sort((a, b) => b - a));
    const first = (await get("?limit=3")).json;
    assert.equal(first.next, ids[2]);
    assert.deepEqual((await get(`?limit=3&before=${first.next}`)).json.items.map((row) => row.id), ids.slice(3, 6));
    assert.equal((await get("?before=x")).status, 400);
    assert.equal((await get("?state=odd")).status, 400);
    assert.deepEqual((await get("?state=replaced")).json.items, []);
    assert.deepEqual((await get("?project=nobody")).json.items, []);
});

test("it is renamed and moved, but not onto another", async () => {
    const { id } = (await put("old.csv", "a\n1\n")).json;
    await put("other.csv", "a\n1\n");
    const { status, json } = await patch("/old.csv", { name: "new.csv" });
    assert.equal(status, 200);
    assert.deepEqual([json.id, json.name], [id, "new.csv"]);
    assert.equal((await get("/old.csv")).status, 404);
    assert.equal((await patch(`/${id}`, { project: "p" })).json.project, "p");
    assert.equal((await get("/new.csv?project=p")).json.id, id);
    assert.equal((await patch("/new.csv?project=p", { project: "" })).status, 200);
    const taken = await patch(`/${id}`, { name: "other.csv" });
    assert.equal(taken.status, 409);
    assert.equal(taken.json.field, "name");
    assert.equal((await patch(`/${id}`, { name: "" })).status, 422);
    assert.equal((await patch(`/${id}`, { name: 7 })).status, 422);
    assert.equal((await patch(`/${id}`, { nonsense: 7 })).status, 422);
    assert.equal((await patch("/99999", { name: "x" })).status, 404);
    assert.equal((await get(`/${id}`, { method: "POST" })).status, 405);
});

test("one that is used stays; with its last use a replaced one goes, and its content", async () => {
    const row = (await put("used.csv", "a\n1\n", "?project=lab")).json;
    const [{ instance }] = await site.sql("INSERT INTO instances (experiment, name, project, configuration) VALUES ('x', 'mine', 'lab', json_build_object('data', $1::text)) RETURNING id AS instance", row.reference);
    const [{ run }] = await site.sql("SELECT create_run($1, 0) AS run", instance);
    assert.deepEqual((await get(`/${row.id}`)).json.uses, { instances: 1, runs: 1 });
    const refused = await site.delete(`${base}/${row.id}`);
    assert.equal(refused.status, 409);
    assert.match(refused.json.detail, /in use by 1 instance and 1 run/);
    assert.deepEqual(refused.json.uses, [{ kind: "instance", id: instance, name: "mine" }, { kind: "run", id: run, number: 1, instance_id: instance, name: "mine" }]);
    assert.deepEqual((await get(`/${row.id}/uses`)).json, { items: refused.json.uses, next: null });
    const one = (await get(`/${row.id}/uses?limit=1`)).json;
    assert.deepEqual(one.items, refused.json.uses.slice(0, 1));
    assert.deepEqual((await get(`/${row.id}/uses?after=${one.next}`)).json, { items: refused.json.uses.slice(1), next: null });
    assert.equal((await get("/99999/uses")).status, 404);

    const next = (await put("used.csv", "a\n2\n", "?project=lab&replace=1")).json;
    assert.equal(next.version, 2);
    assert.equal((await get(`/${row.id}`)).json.state, "replaced");
    assert.deepEqual((await get("?project=lab")).json.items.map((r) => r.id), [next.id]);
    assert.deepEqual((await get("?project=lab&state=all")).json.items.map((r) => r.id), [next.id, row.id]);
    await site.sql("SELECT request_cancel($1, false)", run);
    await site.sql("UPDATE instances SET configuration = '{}' WHERE id = $1", instance);
    assert.deepEqual((await get(`/${row.id}`)).json.uses, { instances: 0, runs: 1 });
    await site.sql("SELECT delete_run($1)", run);
    assert.equal((await get(`/${row.id}`)).status, 404);
    assert.equal((await site.sql("SELECT count(*)::int AS n FROM freed_contents WHERE sha256 = $1", row.sha256))[0].n, 1);
});

test("a deleted one's content goes, unless another has it", async () => {
    const [one, two] = [(await put("twin-1.csv", "q\n1\n")).json, (await put("twin-2.csv", "q\n1\n")).json];
    const sweep = () => once(spawn(join(new URL(".", import.meta.url).pathname, "../../build/bin/athanor-runner"), ["sweep", "--config", join(site.state, "athanor.ini")]), "close");
    assert.equal((await site.delete(`${base}/${one.id}`)).status, 204);
    await sweep();
    assert.ok(inStore(one.sha256));
    assert.equal((await site.fetch(two.href)).status, 200);
    assert.equal((await site.delete(`${base}/${two.id}`)).status, 204);
    await sweep();
    assert.ok(!inStore(one.sha256));
    assert.equal((await site.delete(`${base}/${two.id}`)).status, 404);
});

test("a configuration may name five hundred data sources, each as often as it likes", async () => {
    await addExperiment(site, "tables", [{ name: "all", type: "list", fields: [{ name: "table", type: "data_source" }] }]);
    const { reference } = (await put("often.csv", "a\n1\n")).json;
    const make = (names) => site.post("/api/v1/instances", { experiment: "tables", name: "many", configuration: { all: names.map((table) => ({ table })) } });
    const often = await make(Array(5000).fill("often.csv"));
    assert.equal(often.status, 201, often.text.slice(0, 300));
    assert.ok(often.json.configuration.all.every(({ table }) => table === reference));
    const many = await make(Array.from({ length: 5000 }, (_, i) => `none@sha256:${String(i).padStart(64, "0")}`));
    assert.equal(many.status, 422);
    assert.match(many.text, /more than the 500 data sources/);
});
