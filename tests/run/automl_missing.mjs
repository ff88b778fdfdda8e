// Without scikit-learn the AutoML experiment is listed as unavailable, with the command that installs it. What Debian's packages bring
// for Python is hidden by an empty folder that only this test sees.

import test from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { inMountNamespace } from "../lib/mounts.mjs";
import { root, startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

inMountNamespace();
const packages = "/usr/lib/python3/dist-packages";
const mount = "import ctypes, sys; sys.exit(ctypes.CDLL(None).mount(b'none', sys.argv[1].encode(), b'tmpfs', 0, b'mode=0755'))";
assert.equal(spawnSync("/usr/bin/python3", ["-c", mount, packages]).status, 0, `cannot hide ${packages}`);

test("without scikit-learn automl says how to install it", async (t) => {
    const site = await startStack(t, { experiments: [join(root, "experiments")], without: ["events"] });
    const experiment = await until("automl is known", async () => {
        const { json } = await site.get("/api/v1/experiments");
        return json.items.find((item) => item.name === "automl");
    }, 60);
    assert.equal(experiment.available, false);
    assert.match(experiment.reason, /scikit-learn is not installed.*apt-get install --no-install-recommends python3-sklearn$/);
    const { text } = await site.get("/experiments/new", { cookie: await site.login() });
    assert.match(text, /scikit-learn is not installed.*apt-get install --no-install-recommends python3-sklearn/);
});
