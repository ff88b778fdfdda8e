// Conditional requests and idempotency keys: reading again costs nothing, nobody overwrites unseen changes, nothing is made twice.

import assert from "node:assert/strict";
import test, { after } from "node:test";

import { routes } from "../lib/openapi.mjs";
import { addExperiment, addLog, addRecord, addRun } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"] });
await addExperiment(site, "ising", [{ name: "size", type: "integer", default: 64, min: 8, max: 512 }]);
const instances = "/api/v1/instances";
const draft = (more = {}) => ({ experiment: "ising", name: "an instance", ...more });
const make = async () => (await site.post(instances, draft())).json;

function assertProblem(answer, status, field) {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers.get("content-type"), /^application\/problem\+json/);
    assert.equal(answer.json.field, field, answer.text);
}

test("whatever is polled answers 304 while it is unchanged, and 200 when it has changed", async () => {
    const { id: instance } = await make();
    const run = await addRun(site);
    await addLog(site, run, [[1700000000000, 1, "one"]]);
    await addRecord(site, run, "result", "accuracy", { key: "accuracy", value: 0.5 });
    await addRecord(site, run, "row", "board", { table: "board", values: { a: 1 } });
    const touchRun = () => site.sql("UPDATE runs SET priority = priority + 1 WHERE id = $1", run);
    const point = (n) => site.sql(
        `INSERT INTO metric_chunks (run_id, key, first_step, last_step, n, points, body)
         SELECT $1::bigint, 'loss', $2::int, $2::int, 1000 + $2::bigint, 1, '[[' || $2 || ',0.5,1700000000000]]'`, run, n);
    await point(0);
    const polled = {
        [`/api/v1/runs/${run}`]: touchRun,
        "/api/v1/runs": touchRun,
        [`/api/v1/runs?status=running`]: touchRun,
        [`${instances}/${instance}`]: () => site.put(`${instances}/${instance}`, { description: "changed" }),
        [instances]: () => site.put(`${instances}/${instance}`, { description: "changed again" }),
        "/api/v1/experiments": () => addExperiment(site, "another", []),
        "/api/v1/experiments/ising": () => site.sql("UPDATE experiments SET updated_at = now() WHERE name = 'ising'"),
        [`/api/v1/runs/${run}/results`]: () => addRecord(site, run, "result", "accuracy", { key: "accuracy", value: 0.6 }),
        [`/api/v1/runs/${run}/records`]: () => addRecord(site, run, "result", "more", { key: "more", value: 1 }),
        [`/api/v1/runs/${run}/tables/board`]: () => addRecord(site, run, "row", "board", { table: "board", values: { a: 2 } }),
        [`/api/v1/runs/${run}/metrics`]: () => point(1),
        [`/api/v1/runs/${run}/metrics?key=loss`]: () => point(2),
        [`/api/v1/runs/${run}/logs`]: () => addLog(site, run, [[1700000000001, 1, "two"]]),
        "/api/v1/endings": () => addRun(site, "completed"),
        "/api/v1/tokens": () => site.post("/api/v1/tokens", { name: "new" }),
        "/api/v1/me": null,
    };
    // The use of a token is noted once a minute, and a run without a heartbeat for 10 s says so: these would be changes, too.
    await site.sql("UPDATE api_tokens SET last_used_at = now() + interval '1 hour'");
    await site.sql("UPDATE run_heads SET heartbeat_at = now() + interval '1 hour'");
    for (const [path, change] of Object.entries(polled)) {
        const first = await site.get(path);
        const etag = first.headers.get("etag");
        assert.match(etag, /^(W\/)?"[0-9a-f]{24}"$/, path);
        for (const known of [etag, `"other", ${etag}`, "*"]) {
            const again = await site.get(path, { headers: { "if-none-match": known } });
            assert.deepEqual([again.status, again.text], [304, ""], path);
            assert.equal(again.headers.get("etag")?.replace("W/", ""), etag.replace("W/", ""), path);
        }
        if (!change) continue;
        await change();
        const changed = await site.get(path, { headers: { "if-none-match": etag } });
        assert.equal(changed.status, 200, path);
        assert.notEqual(changed.headers.get("etag"), etag, path);
    }
});

test("If-Match changes only what was read", async () => {
    const { id } = await make();
    const path = `${instances}/${id}`;
    const put = (body, tag) => site.put(path, body, { headers: { "if-match": tag } });
    const etag = (await site.get(path)).headers.get("etag");
    const mine = await put({ name: "mine" }, etag);
    assert.equal(mine.status, 200, mine.text);
    assertProblem(await put({ name: "theirs" }, etag), 412, "If-Match");
    assert.equal((await site.get(path)).json.name, "mine");
    assert.equal((await put({ name: "on" }, mine.headers.get("etag"))).status, 200, "the answer of a change has the next tag");
    assert.equal((await put({ name: "any" }, "*")).status, 200);
    assertProblem(await put({ name: "x" }, '"nonsense"'), 412, "If-Match");
    assertProblem(await put({ name: "" }, '"nonsense"'), 422, "name");
    assert.equal((await site.put(path, { name: "without" })).status, 200);
    assert.equal((await site.put(`${instances}/999999`, { name: "x" }, { headers: { "if-match": "*" } })).status, 404);
});

test("of many changes of one state, one wins", async () => {
    const { id } = await make();
    const path = `${instances}/${id}`;
    const etag = (await site.get(path)).headers.get("etag");
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => site.put(path, { name: `change ${i}` }, { headers: { "if-match": etag } })));
    const won = answers.filter((one) => one.status === 200);
    assert.equal(won.length, 1);
    assert.equal(answers.filter((one) => one.status === 412).length, 11);
    assert.equal((await site.get(path)).json.name, won[0].json.name);
});

test("an idempotency key makes one instance", async () => {
    const send = (key, more) => site.post(instances, draft(more), { headers: { "idempotency-key": key } });
    const answers = await Promise.all([send("i1"), send("i1"), send("i1")]);
    assert.equal(new Set(answers.map((one) => one.json.id)).size, 1);
    assert.deepEqual(answers.map((one) => one.status).sort(), [200, 200, 201]);
    for (const one of answers) assert.equal(one.headers.get("location"), `${instances}/${one.json.id}`);
    for (const more of [{ name: "x" }, { description: "x" }, { project: "x" }, { configuration: { size: 8 } }]) assertProblem(await send("i1", more), 409, "Idempotency-Key");
    assert.equal((await send("i1", { configuration: { size: 64 } })).status, 200, "defaults say the same in other words");
    assert.equal((await send("i2")).status, 201);
    assertProblem(await send("x".repeat(201)), 400, "Idempotency-Key");
    assertProblem(await site.post(`${instances}/${answers[0].json.id}/runs`, {}, { headers: { "idempotency-key": "i1" } }), 409, "Idempotency-Key");
    await site.sql("UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'i1'");
    assert.equal((await send("i1", { name: "next day" })).status, 201, "keys are forgotten after a day");
    await site.delete(`${instances}/${answers[0].json.id}`);
});

test("the key of a deleted instance makes no other", async () => {
    const send = () => site.post(instances, draft(), { headers: { "idempotency-key": "gone" } });
    const { json } = await send();
    assert.equal((await site.delete(`${instances}/${json.id}`)).status, 204);
    assertProblem(await send(), 409, "Idempotency-Key");
});

test("lists go on behind what was shown, whatever has appeared meanwhile", async () => {
    for (const name of ["m1", "m3"]) await addExperiment(site, name, []);
    const list = async (after) => (await site.get(`/api/v1/experiments?limit=1${after}`)).json;
    const seen = [];
    for (let page = await list(""); ; page = await list(`&after=${page.next}`)) {
        seen.push(page.items[0].name);
        if (page.items[0].name === "m1") for (const name of ["a0", "m2"]) await addExperiment(site, name, []);
        if (page.next === null) break;
    }
    assert.deepEqual(seen, [...seen].sort());
    assert.equal(new Set(seen).size, seen.length, "nothing is shown twice");
    assert.deepEqual(seen.slice(seen.indexOf("m1")), ["m1", "m2", "m3"]);
    assert.equal((await list("&after=0")).items[0].name, "a0", "0 is the beginning");
    const [{ id: end }] = await site.sql("SELECT id FROM experiments ORDER BY name DESC LIMIT 1");
    assert.deepEqual(await list(`&after=${end}`), { items: [], next: null });
    for (const path of ["/api/v1/experiments", "/api/v1/pipelines"])
        assertProblem(await site.get(`${path}?after=999999`), 400, "after"); // which would else look like the end

    const ids = [];
    for (let i = 0; i < 4; i++) ids.unshift((await make()).id);
    const first = (await site.get(`${instances}?limit=2`)).json;
    await make();
    const second = (await site.get(`${instances}?limit=2&before=${first.next}`)).json;
    assert.deepEqual([...first.items, ...second.items].map((one) => one.id), ids);
    assert.deepEqual((await site.get(`${instances}?before=1`)).json, { items: [], next: null }, "where ids are the order, each number is a place in it");
});

test("what is no number is a cursor of no list", async () => {
    const run = await addRun(site);
    const lists = routes().filter((route) => route.methods.includes("GET") && route.params.some((one) => ["before", "after"].includes(one.name)));
    assert.ok(lists.length > 12);
    for (const route of lists) {
        const { name } = route.params.find((one) => ["before", "after"].includes(one.name));
        for (const value of ["x", "-1", "1.5", "99999999999999999999", "7@1.2", "%20"])
            assertProblem(await site.get(`${route.path.replace("{id}", String(run)).replaceAll(/\{\w+\}/g, "1")}?${name}=${value}`), 400, name);
    }
});

test("instances are found by their name, whatever its characters", async () => {
    const named = async (name, more = "") => (await site.get(`${instances}?name=${encodeURIComponent(name)}${more}`)).json.items.map((one) => one.id);
    for (const name of ["a&b=c d%", "Ünï \u{1F600}", "A Name", "a name"]) {
        const { id } = (await site.post(instances, draft({ name }))).json;
        assert.deepEqual(await named(name), [id], name);
    }
    const two = [await site.post(instances, draft({ name: "twice", project: "p" })), await site.post(instances, draft({ name: "twice" }))].map((one) => one.json.id);
    assert.deepEqual(await named("twice"), [...two].reverse());
    assert.deepEqual(await named("twice", "&project=p"), [two[0]]);
    assert.deepEqual(await named("twice", `&limit=1&before=${two[1]}`), [two[0]]);
    assert.deepEqual(await named("none"), []);
    assertProblem(await site.get(`${instances}?name=`), 400, "name");
});
