// What the JSON API refuses, and that it says what is to blame in words that help.

import assert from "node:assert/strict";
import test, { after } from "node:test";

import { addExperiment, addRun } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"] });
await addExperiment(site, "plain", [
    { name: "size", type: "integer" },
    { name: "notes", type: "string", format: "textarea" },
]);
const run = await addRun(site);
const instance = (more = {}) => ({ experiment: "plain", name: "one", ...more });
const add = (more) => site.post("/api/v1/instances", instance(more));

function assertProblem(answer, status, field, words) {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers.get("content-type"), /^application\/problem\+json/);
    if (field) assert.equal(answer.json.field, field, answer.text);
    if (words) assert.match(answer.text, words);
}

test("a query has the parameters of its address, each once, none empty", async () => {
    const of = `/api/v1/runs/${run}`;
    for (const [address, field] of [
        ["/api/v1/runs?after=5", "after"], ["/api/v1/runs?befor=5", "befor"], ["/api/v1/instances?status=failed", "status"],
        [`${of}/records?before=1`, "before"], [`${of}/results?before=1`, "before"], [`${of}/results/x?kind=row`, "kind"],
        [`${of}/tables/x?before=1`, "before"], [`${of}/artifacts?before=1`, "before"], [`${of}?x=1`, "x"], [`${of}/records/1?x`, "x"],
        [`${of}/logs?from=1`, "from"], [`${of}/log.txt?after=1`, "after"], [`${of}/metrics?limit=5`, "limit"],
        ["/api/v1/experiments?before=1", "before"], ["/api/v1/experiments/plain?x=1", "x"],
    ]) {
        assertProblem(await site.get(address), 400, field, /there is no parameter/);
    }
    for (const [address, field] of [
        ["/api/v1/runs?limit=1&limit=1", "limit"], ["/api/v1/runs?status=failed&limit=1&status=failed", "status"],
        [`${of}/logs?after=1&after=2`, "after"], [`${of}/metrics?key=a&key=b`, "key"],
    ]) {
        assertProblem(await site.get(address), 400, field, /is given twice/);
    }
    for (const [address, field] of [
        ["/api/v1/runs?status=", "status"], ["/api/v1/runs?instance=", "instance"], ["/api/v1/runs?before", "before"],
        ["/api/v1/instances?project=", "project"], [`${of}/records?kind=`, "kind"], [`${of}/logs?level=`, "level"],
        [`${of}/logs?q=&level=warn`, "q"], [`${of}/metrics?key=`, "key"],
    ]) {
        assertProblem(await site.get(address), 400, field, /is empty/);
    }
    assertProblem(await site.get("/api/v1/runs?limit=0"), 400, "limit", /from 1 to 1000/);
    assertProblem(await site.post("/api/v1/instances?x=1", instance()), 400, "x");
    assert.equal((await site.get("/runs?utm_source=x")).status, 200, "a page's address may hold what it likes");
});
