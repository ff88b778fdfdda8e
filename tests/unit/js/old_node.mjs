// What drives a browser needs a newer Node than Debian's own: with that one it is skipped, and the reason stands where prove shows it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";

import { root } from "../../lib/stack.mjs";
import { tempDir } from "../../lib/tmp.mjs";

const bin = tempDir(after);
writeFileSync(join(bin, "node"), `#!/bin/sh\n[ "$1" != -p ] || { echo 18; exit; }\nexec '${process.execPath}' "$@"\n`);
chmodSync(join(bin, "node"), 0o755);

/** Runs a test file as prove does, with Node 18. */
function execute(file) {
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    for (const name of Object.keys(env)) if (name.startsWith("NODE_TEST")) delete env[name];
    return spawnSync(join(root, "scripts/test-exec"), [file], { cwd: root, env, encoding: "utf8" });
}

test("tests of the browser are skipped with Node 18, in words", () => {
    for (const file of ["tests/browser/looks.mjs", "tests/fault/page.mjs"]) {
        const { status, stdout } = execute(file);
        assert.equal(status, 0);
        assert.equal(stdout, "1..0 # SKIP browser tests need Node 20 or newer, and this is Node 18; all else runs with it\n");
    }
});

test("all others run", () => {
    const { status, stdout } = execute("tests/unit/js/table.mjs");
    assert.equal(status, 0);
    assert.match(stdout, /^ok 1 - /m);
    assert.doesNotMatch(stdout, /SKIP/);
});
