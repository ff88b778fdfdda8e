// What scripts/setup does when nothing is missing, and what it says when something is.

import test from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";

test("with nothing missing it is quick and silent", () => {
    const setup = () => spawnSync(join(root, "scripts/setup"), ["all"], { encoding: "utf8" });
    setup();
    const began = Date.now();
    const { status, stdout, stderr } = setup();
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
    assert.ok(Date.now() - began < 15_000);
});

test("without sudo it names the missing packages and the command for an administrator", (t) => {
    const dir = tempDir(t);
    const bin = join(dir, "bin");
    const scripts = join(dir, "checkout/scripts");
    mkdirSync(bin);
    mkdirSync(scripts, { recursive: true });
    // A machine with everything but two packages, and no sudo.
    for (const tool of ["bash", "sed", "grep", "id", "node", "npm", "cat", "dirname", "mkdir", "flock"])
        symlinkSync(execFileSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim(), join(bin, tool));
    writeFileSync(
        join(bin, "dpkg-query"),
        `#!/bin/bash\n/usr/bin/dpkg-query "$@" | grep -vE '^(libev-dev|postgresql-15|python3-sklearn) '\n`,
    );
    chmodSync(join(bin, "dpkg-query"), 0o755);
    writeFileSync(join(scripts, "setup"), readFileSync(join(root, "scripts/setup")), { mode: 0o755 });

    const command = [join(scripts, "setup"), "run"];
    if (process.getuid() === 0) command.unshift("/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups");
    for (const [env, missing] of [[{}, "libev-dev postgresql-15"], [{ WITH_SKLEARN: "1" }, "libev-dev postgresql-15 python3-sklearn"]]) {
        const { status, stdout, stderr } = spawnSync(command[0], command.slice(1), { encoding: "utf8", env: { PATH: bin, ...env } });
        assert.equal(status, 1, stdout + stderr);
        assert.match(stdout, new RegExp(`installing ${missing}$`, "m"));
        assert.match(stderr, /there is no sudo; ask an administrator to run/);
        assert.match(stderr, new RegExp(`apt-get install --no-install-recommends ${missing}$`, "m"));
    }
    assert.equal(existsSync(join(dir, "checkout/node_modules")), false);
});

test("an unknown mode is refused", () => {
    assert.equal(spawnSync(join(root, "scripts/setup"), ["everything"]).status, 2);
});
