// The JSON API of experiments, instances and runs: every route, every refusal.

import assert from "node:assert/strict";
import test, { after } from "node:test";

import { addExperiment, addRun } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"] });
await addExperiment(site, "ising", [
    { name: "size", type: "integer", default: 64, min: 8, max: 512, step: 8, required: true },
    { name: "algorithm", type: "enum", options: ["metropolis", "wolff"], default: "wolff" },
    { name: "temperature", type: "float", default: 2.269 },
]);
await addExperiment(site, "broken", [], { error: "experiment.json: line 1: nonsense" });

const instance = (more = {}) => ({ experiment: "ising", name: "an instance", ...more });
const make = async (more) => (await site.post("/api/v1/instances", instance(more))).json.id;

function assertProblem(answer, status, field) {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers.get("content-type"), /^application\/problem\+json/);
    assert.equal(answer.json.status, status);
    assert.ok(answer.json.title && answer.json.detail);
    if (field !== undefined) assert.equal(answer.json.field, field, answer.text);
}

test("healthz needs no login and says what answers", async () => {
    const answer = await site.get("/healthz", { token: null });
    assert.equal(answer.status, 200);
    assert.equal(answer.json.status, "ok");
    assert.match(answer.json.version, /^\d+\.\d+/);
});

test("everything else needs one", async () => {
    for (const path of ["/api/v1/runs", "/api/v1/experiments", "/api/v1/instances/1", "/api/v1/runs/1/log.txt"]) {
        assertProblem(await site.get(path, { token: null }), 401);
        assertProblem(await site.get(path, { token: "ath_wrong" }), 401);
    }
    const answer = await site.get("/api/v1/runs", { token: null });
    assert.equal(answer.headers.get("www-authenticate"), "Bearer");
    assertProblem(await site.post("/api/v1/instances", instance(), { token: null }), 401);
});

test("scopes are kept", async () => {
    await site.sql("INSERT INTO api_tokens (user_id, name, scope, token_hash) SELECT id, 'r', 'read', sha256('ath_read') FROM users");
    assert.equal((await site.get("/api/v1/runs", { token: "ath_read" })).status, 200);
    assertProblem(await site.post("/api/v1/instances", instance(), { token: "ath_read" }), 403);
    assertProblem(await site.delete("/api/v1/runs/1", { token: "ath_read" }), 403);
    await site.sql("UPDATE api_tokens SET revoked_at = now() WHERE name = 'r'");
    assertProblem(await site.get("/api/v1/runs", { token: "ath_read" }), 401);
});

test("unknown addresses and methods", async () => {
    assertProblem(await site.get("/api/v1/nothing"), 404);
    assertProblem(await site.get("/api/v2/runs"), 404);
    const answer = await site.put("/api/v1/runs", {});
    assertProblem(answer, 405);
    assert.equal(answer.headers.get("allow"), "GET, HEAD");
    assertProblem(await site.read("/api/v1/instances/1", { method: "PATCH", body: "{}" }), 405);
    for (const id of ["0", "-1", "x", "9223372036854775808", "1e3"]) assertProblem(await site.get(`/api/v1/runs/${id}`), 404);
    assertProblem(await site.get("/api/v1/runs/9223372036854775807"), 404);
    assertProblem(await site.get("/api/v1/runs?limit=%ff"), 400);
    assert.equal((await site.get("/api/v1/runs/%zz")).status, 400);
});

test("experiments are listed with schema and availability", async () => {
    const { json } = await site.get("/api/v1/experiments");
    assert.deepEqual(json.items.map((e) => e.name), ["broken", "ising"]);
    assert.equal(json.next, null);
    const [broken, ising] = json.items;
    assert.equal(broken.available, false);
    assert.match(broken.reason, /nonsense/);
    assert.equal(ising.available, false);
    assert.match(ising.reason, /no runner/);
    assert.equal(ising.configuration[0].name, "size");
    const one = await site.get("/api/v1/experiments/ising");
    assert.deepEqual(one.json, ising);
    assertProblem(await site.get("/api/v1/experiments/none"), 404);
    const first = await site.get("/api/v1/experiments?limit=1");
    assert.deepEqual(first.json.items.map((e) => e.name), ["broken"]);
    const second = await site.get(`/api/v1/experiments?limit=1&after=${first.json.next}`);
    assert.deepEqual(second.json.items.map((e) => e.name), ["ising"]);
    assert.equal(second.json.next, null);
});

test("an instance is made, read, changed and deleted", async () => {
    const made = await site.post("/api/v1/instances", instance({
        description: "d\n\"ä\"", project: "p", configuration: { size: 128, temperature: 0.1 },
    }));
    assert.equal(made.status, 201);
    assert.equal(made.headers.get("location"), `/api/v1/instances/${made.json.id}`);
    assert.deepEqual(Object.keys(made.json),
        ["id", "experiment", "name", "description", "project", "configuration", "created_at", "updated_at"]);
    assert.match(made.text, /"configuration":\{"size":128,"algorithm":"wolff","temperature":0\.1\}/);
    assert.match(made.json.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

    const path = `/api/v1/instances/${made.json.id}`;
    const read = await site.get(path);
    assert.deepEqual(read.json, made.json);

    const changed = await site.put(path, { name: "other", configuration: { size: 64 } });
    assert.equal(changed.status, 200, changed.text);
    assert.equal(changed.json.name, "other");
    assert.equal(changed.json.description, "d\n\"ä\"");
    assert.deepEqual(changed.json.configuration, { size: 64, algorithm: "wolff", temperature: 2.269 });
    assert.deepEqual((await site.get(path)).json, changed.json);
    assert.equal((await site.put(path, changed.json)).status, 200);

    const gone = await site.delete(path);
    assert.equal(gone.status, 204);
    assert.equal(gone.text, "");
    assertProblem(await site.get(path), 404);
    assertProblem(await site.delete(path), 404);
    assertProblem(await site.put(path, { name: "x" }), 404);
});

test("wrong instances are refused, all faults at once", async () => {
    const answer = await site.post("/api/v1/instances", {
        experiment: "ising", name: "", project: "x".repeat(101), configuration: { size: 65, algorithm: "no", more: 1 },
    });
    assertProblem(answer, 422);
    assert.deepEqual(answer.json.errors, [
        { field: "name", message: "is required" },
        { field: "project", message: "takes at most 100 characters" },
        { field: "configuration.size", message: "must be a multiple of 8" },
        { field: "configuration.algorithm", message: "must be one of: metropolis, wolff" },
        { field: "configuration.more", message: "there is no such field" },
    ]);
    assertProblem(await site.post("/api/v1/instances", { name: "x" }), 422, "experiment");
    assertProblem(await site.post("/api/v1/instances", instance({ experiment: 7 })), 422, "experiment");
    assertProblem(await site.post("/api/v1/instances", instance({ experiment: "none" })), 422, "experiment");
    assertProblem(await site.post("/api/v1/instances", instance({ experiment: "broken" })), 422, "experiment");
    assertProblem(await site.post("/api/v1/instances", instance({ name: 7 })), 422);
    assertProblem(await site.post("/api/v1/instances", instance({ configuration: [] })), 422, "configuration");
    assertProblem(await site.post("/api/v1/instances", instance({ configuration: null })), 422, "configuration");
    assertProblem(await site.post("/api/v1/instances", instance({ id: 7 })), 422, "id");
    const id = await make();
    assertProblem(await site.put(`/api/v1/instances/${id}`, { configuration: { size: "64" } }), 422, "configuration.size");
    assertProblem(await site.put(`/api/v1/instances/${id}`, { experiment: "broken" }), 409, "experiment");
    assertProblem(await site.put(`/api/v1/instances/${id}`, { name: " " }), 422, "name");
});

test("bodies that are no JSON object", async () => {
    const send = (body, type = "application/json") =>
        site.post("/api/v1/instances", body, { headers: { "content-type": type } });
    assertProblem(await send("{"), 400);
    assertProblem(await send("[]"), 400);
    assertProblem(await send(""), 400);
    assertProblem(await send('{"name":"a","name":"b"}'), 400);
    assertProblem(await send('{"name":"\\u0000"}'), 400);
    assertProblem(await send(new Uint8Array([0x7b, 0xff, 0x7d])), 400);
    assertProblem(await send("{}", "text/plain"), 415);
    assertProblem(await send("a=b", "application/x-www-form-urlencoded"), 415);
    assertProblem(await send(`{"configuration":${"[".repeat(10000)}${"]".repeat(10000)}}`), 400);
    assertProblem(await send(`{"configuration":[${"1,".repeat(1_000_000)}1]}`), 413);
    assertProblem(await send(`{"name":"${"x".repeat(17 * 1024 * 1024)}"}`), 413);
    assert.equal((await site.get("/healthz")).status, 200);
});

test("instances are listed newest first, by cursor, filtered", async () => {
    await addExperiment(site, "other", []);
    const ids = [];
    for (let i = 0; i < 5; i++) ids.unshift(await make({ project: "listed", name: `n${i}` }));
    await make({ experiment: "other", project: "listed" });
    const seen = [];
    let next = "";
    do {
        const { json } = await site.get(`/api/v1/instances?project=listed&experiment=ising&limit=2${next && `&before=${next}`}`);
        assert.ok(json.items.length <= 2);
        seen.push(...json.items.map((one) => one.id));
        next = json.next;
    } while (next);
    assert.deepEqual(seen, ids);
    for (const query of ["before=x", "before=0", "before=-1", "before=1.5", "limit=0", "limit=1001", "limit=", "before=99999999999999999999"]) {
        assertProblem(await site.get(`/api/v1/instances?${query}`), 400, query.split("=")[0]);
    }
});

test("a run is started, read, cancelled, deleted", async () => {
    const id = await make({ configuration: { size: 16 } });
    const made = await site.post(`/api/v1/instances/${id}/runs`, { priority: 5 });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.headers.get("location"), `/api/v1/runs/${made.json.id}`);
    assert.deepEqual(Object.keys(made.json), [
        "id", "instance_id", "number", "status", "reason", "error", "exit_code", "signal", "priority", "time_limit_s", "cancel_requested_at",
        "created_at", "started_at", "finished_at", "heartbeat_at", "said_at", "notice", "cursor", "lines", "records", "configuration"]);
    assert.equal(made.json.number, 1);
    assert.equal(made.json.status, "pending");
    assert.equal(made.json.priority, 5);
    assert.equal(made.json.cursor, "0.0");
    assert.deepEqual(made.json.configuration, { size: 16, algorithm: "wolff", temperature: 2.269 });

    const path = `/api/v1/runs/${made.json.id}`;
    assert.deepEqual((await site.get(path)).json, made.json);
    assertProblem(await site.delete(path), 409);
    assertProblem(await site.delete(`/api/v1/instances/${id}`), 409);
    const cancelled = await site.post(`${path}/cancel`, { force: false });
    assert.equal(cancelled.status, 200, cancelled.text);
    assert.equal(cancelled.json.status, "cancelled");
    assert.equal(cancelled.json.cursor, "0.1");
    assertProblem(await site.post(`${path}/cancel`, {}), 409);
    assert.equal((await site.delete(path)).status, 204);
    assertProblem(await site.get(path), 404);
    assertProblem(await site.delete(path), 404);
    assertProblem(await site.post(`${path}/cancel`), 404);

    const second = await site.post(`/api/v1/instances/${id}/runs`);
    assert.equal(second.status, 201, "a body is not needed");
    assert.equal(second.json.number, 2, "a number is never used twice");
});

test("a running run is told to end", async () => {
    const run = await addRun(site);
    const told = await site.post(`/api/v1/runs/${run}/cancel`);
    assert.equal(told.json.status, "running");
    assert.ok(told.json.cancel_requested_at);
    assert.equal((await site.post(`/api/v1/runs/${run}/cancel`, { force: true })).status, 200);
    const [row] = await site.sql("SELECT cancel_forced FROM runs WHERE id = $1", run);
    assert.equal(row.cancel_forced, true);
    assertProblem(await site.post(`/api/v1/runs/${run}/cancel`, { force: 1 }), 422, "force");
    assertProblem(await site.post(`/api/v1/runs/${run}/cancel`, { forced: true }), 422, "forced");
});

test("starting checks the configuration again and names the fields", async () => {
    const id = await make({ configuration: { size: 16 } });
    const start = (body) => site.post(`/api/v1/instances/${id}/runs`, body);
    assertProblem(await start({ priority: "1" }), 422, "priority");
    assertProblem(await start({ priority: 1001 }), 422, "priority");
    assertProblem(await start({ priority: 1.5 }), 422, "priority");
    assertProblem(await start({ prio: 1 }), 422, "prio");
    assertProblem(await site.post("/api/v1/instances/999999/runs", {}), 404);
    await site.sql(`UPDATE instances SET configuration = '{"size":17,"gone":1}' WHERE id = $1`, id);
    const answer = await start({});
    assertProblem(answer, 409);
    assert.deepEqual(answer.json.errors.map((e) => e.field), ["configuration.size", "configuration.gone"]);
    await site.sql("UPDATE instances SET experiment = 'vanished' WHERE id = $1", id);
    assertProblem(await start({}), 409, "experiment");
    await site.sql("UPDATE instances SET experiment = 'broken' WHERE id = $1", id);
    assertProblem(await start({}), 409, "experiment");
    const [{ count }] = await site.sql("SELECT count(*) FROM runs WHERE instance_id = $1", id);
    assert.equal(count, 0);
});

test("an idempotency key starts one run", async () => {
    const id = await make();
    const start = (key, body = {}) =>
        site.post(`/api/v1/instances/${id}/runs`, body, { headers: { "idempotency-key": key } });
    const answers = await Promise.all([start("k1"), start("k1"), start("k1")]);
    assert.equal(new Set(answers.map((one) => one.json.id)).size, 1);
    assert.deepEqual(answers.map((one) => one.status).sort(), [200, 200, 201]);
    assertProblem(await start("k1", { priority: 1 }), 409);
    const other = await start("k2");
    assert.equal(other.status, 201);
    assertProblem(await start("x".repeat(201)), 400);
    await site.post(`/api/v1/runs/${other.json.id}/cancel`);
    await site.delete(`/api/v1/runs/${other.json.id}`);
    assertProblem(await start("k2"), 409);
    assert.equal((await site.get(`/api/v1/runs?instance=${id}`)).json.items.length, 1);
});

test("runs are listed by instance, status and cursor", async () => {
    const id = await make();
    const runs = [];
    for (let i = 0; i < 5; i++) runs.unshift((await site.post(`/api/v1/instances/${id}/runs`)).json.id);
    await site.post(`/api/v1/runs/${runs[1]}/cancel`);
    const list = async (query) => (await site.get(`/api/v1/runs?${query}`)).json;
    const ids = async (query) => (await list(query)).items.map((one) => one.id);
    assert.deepEqual(await ids(`instance=${id}`), runs);
    assert.deepEqual(await ids(`instance=${id}&status=cancelled`), [runs[1]]);
    assert.deepEqual(await ids(`instance=${id}&status=pending&limit=2`), [runs[0], runs[2]]);
    assert.deepEqual(await ids(`instance=${id}&status=pending&limit=2&before=${runs[2]}`), [runs[3], runs[4]]);
    assert.deepEqual(await ids("instance=999999"), []);
    const first = await list("limit=2");
    assert.equal(first.items.length, 2);
    assert.equal(first.next, first.items[1].id);
    const all = (await list("limit=1000")).items.map((one) => one.id);
    assert.deepEqual(all, [...all].sort((a, b) => b - a));
    assert.deepEqual((await list(`limit=1000&before=${first.next}`)).items.map((one) => one.id), all.slice(2));
    assert.ok((await ids("status=cancelled")).includes(runs[1]));
    for (const query of ["status=done", "instance=x", "before=abc", "limit=-1"]) {
        assertProblem(await site.get(`/api/v1/runs?${query}`), 400, query.split("=")[0]);
    }
});

test("endings tell which runs have ended since a moment, newest first, and how many", async () => {
    const before = Date.now();
    const id = await make({ name: "to end" });
    const start = async () => (await site.post(`/api/v1/instances/${id}/runs`, {})).json.id;
    const runs = [await start(), await start(), await start()];
    for (const run of [runs[2], runs[0]]) await site.post(`/api/v1/runs/${run}/cancel`, {});
    const { json } = await site.get(`/api/v1/endings?since=${before}`);
    assert.equal(json.total, 2);
    assert.deepEqual(json.items.map((run) => run.id), [runs[0], runs[2]]);
    const { finished_at: at, ...facts } = json.items[0];
    assert.deepEqual(facts, { id: runs[0], instance_id: id, instance_name: "to end", number: 1, status: "cancelled" });
    assert.ok(Date.parse(at) >= before);
    assert.deepEqual((await site.get(`/api/v1/endings?since=${Date.now() + 60_000}`)).json, { total: 0, items: [] });
    assertProblem(await site.get("/api/v1/endings?since=yesterday"), 400, "since");
    for (const run of runs) await site.sql("DELETE FROM runs WHERE id = $1", run);
});

test("what is polled can be asked for conditionally", async () => {
    const id = await make();
    const path = `/api/v1/instances/${id}`;
    const first = await site.get(path);
    const etag = first.headers.get("etag");
    assert.match(etag, /^(W\/)?"[0-9a-f]{24}"$/);
    const again = await site.get(path, { headers: { "if-none-match": etag } });
    assert.equal(again.status, 304);
    assert.equal(again.text, "");
    await site.put(path, { name: "changed" });
    assert.equal((await site.get(path, { headers: { "if-none-match": etag } })).status, 200);
});

test("HEAD says what GET would", async () => {
    const id = await make();
    for (const path of [`/api/v1/instances/${id}`, "/api/v1/runs", "/healthz", "/experiments", "/api/v1/runs/999999"]) {
        const head = await site.fetch(path, { method: "HEAD" });
        assert.equal(head.status, (await site.get(path)).status);
        assert.equal(await head.text(), "");
    }
});

test("metrics are in the Prometheus text form", async () => {
    const { status, headers, text } = await site.get("/metrics");
    assert.equal(status, 200);
    assert.match(headers.get("content-type"), /^text\/plain; version=0\.0\.4/);
    for (const line of text.trim().split("\n")) assert.match(line, /^(# (HELP|TYPE) \w+ .+|athanor_\w+(\{\w+="\w+"\})? [0-9.]+)$/);
    assert.match(text, /^athanor_runs\{status="pending"\} [1-9]/m);
    assertProblem(await site.get("/metrics", { token: null }), 401);
});

test("a browser's posts must come from this site", async () => {
    const cookie = await site.login();
    const post = (headers) => site.read("/api/v1/instances", {
        method: "POST", cookie, body: instance(), headers });
    assert.equal((await post({})).status, 201);
    assert.equal((await post({ origin: "http://evil.example" })).status, 403);
    assert.equal((await post({ origin: "null" })).status, 403);
    const bare = (headers) => site.read("/api/v1/instances", {
        method: "POST", token: null, body: instance(), headers: { cookie, ...headers } });
    assert.equal((await bare({})).status, 403);
    assert.equal((await bare({ "sec-fetch-site": "same-origin" })).status, 201);
    assert.equal((await bare({ "sec-fetch-site": "cross-site" })).status, 403);
    assert.equal((await bare({ "sec-fetch-site": "same-site" })).status, 403);
    assert.equal((await site.read("/api/v1/runs", { token: null, headers: { cookie } })).status, 200);
    const token = await site.post("/api/v1/instances", instance(), { headers: { origin: "http://other.example", cookie } });
    assert.equal(token.status, 201, "a token needs no origin");
});
