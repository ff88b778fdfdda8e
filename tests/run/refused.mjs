// What a request is refused for is not logged as a fault of the database.

import assert from "node:assert/strict";
import test, { after } from "node:test";

import { addExperiment } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"] });

test("what requests are refused for is not a fault of the database", async () => {
    await addExperiment(site, "plain", []);
    const made = await site.post("/api/v1/instances", { experiment: "plain", name: "n" });
    const { json } = await site.post(`/api/v1/instances/${made.json.id}/runs`);
    assert.equal((await site.delete(`/api/v1/runs/${json.id}`)).status, 409);
    assert.equal((await site.post("/api/v1/runs/999999/cancel")).status, 404);
    assert.equal((await site.delete(`/api/v1/instances/${made.json.id}`)).status, 409);
    assert.doesNotMatch(site.output() + site.log("postgres"), /cancel it first|there is no run 999999|cancel them first/);
});
