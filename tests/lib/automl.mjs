// The AutoML experiment for tests of the whole site: a copy of it, and whether this machine can run it.

import { spawnSync } from "node:child_process";
import { chmodSync, cpSync } from "node:fs";
import { join } from "node:path";

import { root } from "./stack.mjs";
import { tempDir } from "./tmp.mjs";
import { until } from "./wait.mjs";

export const skip = spawnSync("/usr/bin/python3", ["-sBc", "import sklearn"]).status === 0 ? false : "scikit-learn is not installed: WITH_SKLEARN=1 scripts/setup";

/** A folder of experiments with automl alone. @param {any} t */
export function automlFolder(t) {
    const dir = tempDir(t);
    chmodSync(dir, 0o755);
    cpSync(join(root, "sdk/python"), join(dir, "sdk/python"), { recursive: true });
    cpSync(join(root, "experiments/automl"), join(dir, "experiments/automl"), { recursive: true });
    return join(dir, "experiments");
}

/** Waits until it can be used. @param {any} site */
export const automlOffered = (site) => until("automl is offered", async () => (await site.get("/api/v1/experiments/automl")).json?.available, 60);
