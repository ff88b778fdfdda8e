// The types in the browser scripts' comments hold.

import test from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

test("tsc finds nothing in static/js", () => {
    const run = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "static/js/jsconfig.json"], { cwd: root, encoding: "utf8" });
    assert.equal(run.stdout, "");
    assert.equal(run.status, 0);
});
