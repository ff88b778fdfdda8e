// The whole AutoML loop as the example that the documentation has, with nothing but curl.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { automlFolder, automlOffered, skip } from "../lib/automl.mjs";
import { root, startStack } from "../lib/stack.mjs";

test("docs/examples/automl.sh goes round", { skip }, async () => {
    const site = await startStack(after, { experiments: [automlFolder(after)] });
    await automlOffered(site);
    const { stdout } = await promisify(execFile)(join(root, "docs/examples/automl.sh"), [], { timeout: 100_000, env: { ...process.env, ATHANOR: site.url, TOKEN: site.token } });
    const parts = Object.fromEntries(stdout.split(/^-- /m).slice(1).map((part) => [part.split("\n")[0], part.trim().split("\n").slice(1)]));
    assert.deepEqual(parts["data and models"], ["data 6"]);
    assert.deepEqual(parts["a run, followed to its end"], ["experiment.started", "data.loaded", "data.split",
        ...Array.from({ length: 4 }, () => ["model.compare.started", "model.compared"]).flat(), "model.selected", "model.finalized", "plots.drawn", "experiment.finished"]);
    assert.equal(parts["the leaderboard"].length, 4);
    assert.match(parts["the leaderboard"][0], /^Model=.* ID=(\w+) Accuracy=0\.9\d+ AUC=/);
    assert.deepEqual(parts["another, cancelled in the middle"], ["cancelled, with 1 row(s)"]);
    const [, winner, accuracy] = /ID=(\w+) Accuracy=([\d.]+)/.exec(parts["the leaderboard"][0]);
    const [promoted, stage, verified] = parts["the winner, promoted"];
    assert.match(promoted, new RegExp(`^iris v1 ${winner}/pipeline\\.pkl [0-9a-f]{64} Accuracy ${accuracy}$`));
    assert.deepEqual([stage, verified], ["production", "verified: True"]);
    assert.deepEqual(parts["once more"], ["the same leaderboard, but for the times", "made alike: True"]);
});
