// What a run has said as files: whole, to the digit, of any size, and safe to open in a spreadsheet; and starting a run again.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { addExperiment } from "../lib/rows.mjs";
import { quietRun, result, row, say, saySeries } from "../lib/said.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"] });
const run = await quietRun(site);
const api = `/api/v1/runs/${run}`;

/** RFC 4180, read back. */
function parseCsv(text) {
    const rows = [[]];
    for (let i = 0; i < text.length; ) {
        let cell = "";
        if (text[i] === '"') {
            for (i++; text[i] !== '"' || text[i + 1] === '"'; i += text[i] === '"' ? 2 : 1) cell += text[i];
            i++;
        } else {
            while (i < text.length && text[i] !== "," && text[i] !== "\r") cell += text[i++];
        }
        rows.at(-1).push(cell);
        if (text.startsWith("\r\n", i)) rows.push([]), (i += 2);
        else assert.equal(text[i++], ",", `behind ${JSON.stringify(cell)}`);
    }
    assert.deepEqual(rows.pop(), [], "the last line has an end");
    return rows;
}

const large = JSON.stringify({ text: "é".repeat(100_000), n: "=1" });
await say(site, run, [
    result("big", "18446744073709551616"), result("=cmd|' /C calc'!A0", '"=1+1"'), result("tenth", "0.1"), result("tenth", "0.10"),
    result("nested", '{"b":[1e400,"x"],"a":null}'), result("lines", '"two\\r\\nlines, \\"quoted\\""'), result("nothing", "null"), result("large", large),
]);

test("results as JSON: the newest of each key, in the order of the values, every number as it was written", async () => {
    const { status, headers, text } = await site.get(`${api}/results.json`);
    assert.equal(status, 200);
    assert.match(headers.get("content-type"), /^application\/json/);
    assert.match(headers.get("content-disposition"), new RegExp(`^attachment; filename="run-${run}-results\\.json"`));
    assert.ok(text.includes('"value":18446744073709551616,') && text.includes('"value":0.10,') && text.includes("[1e400,"));
    const { run: of, results } = JSON.parse(text);
    assert.equal(of, run);
    assert.deepEqual(results.map((one) => [one.key, one.count]), [["big", 1], ["=cmd|' /C calc'!A0", 1], ["tenth", 2], ["nested", 1], ["lines", 1], ["nothing", 1], ["large", 1]]);
    assert.deepEqual(results.at(-1).value, JSON.parse(large), "also what is too large for lists");
});

test("results as CSV: RFC 4180, text that would be a formula is marked as text, numbers are bare", async () => {
    const { headers, text } = await site.get(`${api}/results.csv`);
    assert.match(headers.get("content-type"), /^text\/csv/);
    const rows = parseCsv(text);
    assert.deepEqual(rows.map((cells) => cells.slice(0, 3)).slice(0, 7), [
        ["key", "value", "count"], ["big", "18446744073709551616", "1"], ["'=cmd|' /C calc'!A0", "'=1+1", "1"], ["tenth", "0.10", "2"],
        ["nested", '{"b":[1e400,"x"],"a":null}', "1"], ["lines", 'two\r\nlines, "quoted"', "1"], ["nothing", "", "1"],
    ]);
    assert.equal(rows[7][1], large);
    for (const [i, cells] of rows.entries()) if (i) assert.match(cells[3], /^2023-11-14T\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("a table as CSV: the columns of all rows, in the order of the first", async () => {
    const list = Array.from({ length: 2000 }, (_, i) => row("t/ü", `{"10":${i},"name":"m${i}"${i === 1500 ? ',"late":true,"2":-1.50' : ""}}`));
    await say(site, run, [...list, row("t/ü", `{"late":${JSON.stringify("y".repeat(70_000))}}`), row("t/ü", "{}")]);
    const { status, headers, text } = await site.get(`${api}/table.csv?name=${encodeURIComponent("t/ü")}`);
    assert.equal(status, 200);
    assert.match(headers.get("content-disposition"), /filename\*=UTF-8''%C3%BC\.csv$/);
    const rows = parseCsv(text);
    assert.deepEqual(rows[0], ["10", "name", "late", "2"]);
    assert.equal(rows.length, 2003);
    assert.deepEqual(rows[1501], ["1500", "m1500", "true", "-1.50"]);
    assert.deepEqual(rows[2001], ["", "", "y".repeat(70_000), ""]);
    assert.deepEqual(rows[2002], ["", "", "", ""]);
    assert.equal((await site.get(`${api}/table.csv?name=no`)).json.field, "name");
    assert.equal((await site.get(`${api}/table.csv?name=no`)).status, 404);
    assert.equal((await site.get(`${api}/table.csv`)).status, 400);
});

test("a series as CSV, and a part of it with its details", async () => {
    await saySeries(site, run, "loss", 20_000, "CASE WHEN i = 7 THEN '\"NaN\"' ELSE i::text END");
    const { text } = await site.get(`${api}/metrics.csv?key=loss`);
    const rows = text.trimEnd().split("\r\n");
    assert.equal(rows.length, 20_001);
    assert.deepEqual(rows.slice(0, 2), ["step,value,ms", "0,0,1700000000000"]);
    assert.equal(rows[8], "7,NaN,1700000000007");
    const { json } = await site.get(`${api}/metrics?key=loss&from=5000.5&to=6500&points=2000`);
    assert.deepEqual([json.total, json.points[0][0], json.points.at(-1)[0]], [2000, 5000, 6999], "the chunks that reach into it");
    assert.equal((await site.get(`${api}/metrics?key=loss&from=99999`)).json.points.length, 0);
    for (const query of ["from=x", "to=1x", "from=nan", "to=1e999"]) assert.equal((await site.get(`${api}/metrics?key=loss&${query}`)).status, 400, query);
    assert.equal((await site.get(`${api}/metrics.csv?key=no`)).status, 404);
});

test("who may not read gets nothing, and there is nothing of what is not there", async () => {
    for (const path of ["results.json", "results.csv", "table.csv?name=t", "metrics.csv?key=loss", "snapshot"]) {
        assert.equal((await site.get(`${api}/${path}`, { token: null })).status, 401, path);
        assert.equal((await site.get(`/api/v1/runs/999999/${path}`)).status, 404, path);
    }
    assert.equal((await site.fetch(`${api}/results.csv`, { method: "HEAD" })).status, 200);
});

test("a run is started again with what it was given, once for a key, and with rights only", async () => {
    await addExperiment(site, "again", [{ name: "size", type: "integer", default: 1, max: 10 }]);
    const made = (await site.post("/api/v1/instances", { experiment: "again", name: "x", configuration: { size: 7 } })).json;
    const first = (await site.post(`/api/v1/instances/${made.id}/runs`, {})).json;
    await site.put(`/api/v1/instances/${made.id}`, { configuration: { size: 2 } });
    const again = `/api/v1/runs/${first.id}/again`;
    const second = await site.post(again, { priority: 5 }, { headers: { "Idempotency-Key": "k" } });
    assert.equal(second.status, 201, second.text);
    assert.deepEqual([second.json.configuration, second.json.priority, second.json.instance_id, second.json.number], [{ size: 7 }, 5, made.id, 2]);
    const repeated = await site.post(again, { priority: 5 }, { headers: { "Idempotency-Key": "k" } });
    assert.deepEqual([repeated.status, repeated.json.id], [200, second.json.id]);
    assert.equal((await site.post(`/api/v1/instances/${made.id}/runs`, { priority: 5 }, { headers: { "Idempotency-Key": "k" } })).status, 409, "another request");
    assert.equal((await site.post("/api/v1/runs/999999/again", {})).status, 404);
    assert.equal((await site.post(again, {}, { token: null })).status, 401);
    assert.equal((await site.post(again, { priority: "x" })).status, 422);
    await addExperiment(site, "again", [{ name: "size", type: "integer", default: 1, max: 5 }]);
    const refused = await site.post(again, {});
    assert.equal(refused.status, 409);
    assert.deepEqual(refused.json.errors.map((error) => error.field), ["configuration.size"]);
    const cookie = await site.login();
    const foreign = await site.fetch(`/runs/${first.id}/again`, { method: "POST", cookie, headers: { origin: "http://elsewhere.example" } });
    assert.equal(foreign.status, 403);
});
