// The programs on the SDKs' pages, word by word, as runs of a site: what they say is what it keeps. The C one is built against an
// installed library, shared and static.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { startRunner, writeExperiment } from "../lib/runs.mjs";
import { root } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";

const PREFIX = "/opt/athanor";
const dest = tempDir(after);
const installed = join(dest, PREFIX);
execFileSync(join(root, "scripts/install"), [dest, PREFIX], { stdio: "pipe" });

/** The first block of a language on a page. */
function block(page, language, place = 0) {
    const blocks = [...readFileSync(join(root, "docs", page), "utf8").matchAll(/^```(\w+)\n([^]*?)^```$/gm)];
    return blocks.filter(([, name]) => name === language)[place][2];
}

const site = await startRunner(after);
const configuration = [
    { name: "steps", type: "integer", default: 50 },
    { name: "api", type: "group", fields: [{ name: "rate", type: "float", default: 0.5 }] },
];

function offer(name, files, command, more = {}) {
    const folder = writeExperiment(site.folder, name, command, { configuration, ...more });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    return folder;
}

/** The run of such a program has said all that it should, in this order. */
async function check(name, steps = 50) {
    const run = await site.complete(name, { steps }, 30);
    assert.equal(run.status, "completed", run.error);
    const records = await site.records(run.id);
    const points = records.flatMap((r) => (r.kind === "metrics" ? r.points : []));
    assert.deepEqual(points.map(([key, step]) => [key, step]), Array.from({ length: steps }, (_, i) => ["loss", i + 1]));
    const one = (kind) => records.filter((r) => r.kind === kind);
    assert.equal(one("fact").length, 1);
    const [row] = one("row");
    assert.deepEqual([row.table, Object.keys(row.values), row.values.name, row.values.best], ["models", ["name", "loss", "best"], "baseline", true]);
    const [result] = one("result");
    assert.deepEqual([result.key, result.value], ["loss", row.values.loss]);
    assert.ok(Math.abs(result.value - points.at(-1)[2]) < 1e-9);
    const [artifact] = one("artifact");
    assert.equal(artifact.name, "model");
    const text = readFileSync(join(site.state, "artifacts", artifact.sha256.slice(0, 2), artifact.sha256.slice(2)), "utf8");
    assert.equal(Number(text), result.value);
    assert.match((await site.texts(run.id))[0], /^trained/);
    assert.equal(run.warns, 0, "every message was understood");
}

/** pkg-config as if the files were where they say. */
const pkgConfig = (...words) =>
    execFileSync("pkg-config", [...words, "athanor"], {
        encoding: "utf8",
        env: { PATH: process.env.PATH, PKG_CONFIG_PATH: join(installed, "lib/pkgconfig"), PKG_CONFIG_SYSROOT_DIR: dest },
    }).trim().split(/\s+/);

function compile(source, out, flags) {
    const { status, stderr } = spawnSync("gcc", ["-Wall", "-Wextra", "-Werror", "-o", out, source, ...flags], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
}

for (const kind of ["shared", "static"]) {
    test(`the program on the page of C, with the ${kind} library that pkg-config names`, async () => {
        const folder = offer(`c-${kind}`, { "train.c": block("sdk-c.md", "c") }, ["train"]);
        const flags = kind === "shared" ? [...pkgConfig("--cflags", "--libs"), `-Wl,-rpath,${installed}/lib`]
            : [...pkgConfig("--cflags"), "-static", ...pkgConfig("--static", "--libs")];
        compile(join(folder, "train.c"), join(folder, "train"), flags);
        const { stdout } = spawnSync("ldd", [join(folder, "train")], { encoding: "utf8" });
        assert.equal(stdout.includes(`${installed}/lib/libathanor.so.1`), kind === "shared", stdout);
        await check(`c-${kind}`);
    });
}

test("what is installed of the C library is the library and its manual", () => {
    assert.equal(pkgConfig("--modversion")[0], "1.0");
    assert.ok(existsSync(join(installed, "include/athanor.h")));
    assert.ok(!existsSync(join(installed, "include/internal.h")), "nothing that is its own");
    const symbols = execFileSync("nm", ["-D", "--defined-only", join(installed, "lib/libathanor.so")], { encoding: "utf8" });
    const strange = symbols.split("\n").map((line) => line.split(" ")[2]).filter((name) => name && !/^athanor_/.test(name));
    assert.deepEqual(strange, [], "it takes no other names");
});

test("the program on the page of Python", async () => {
    offer("python", { "train.py": block("sdk-python.md", "python"), "athanor.py": readFileSync(join(installed, "share/athanor/sdk/python/athanor.py")) },
        ["python3", "{dir}/train.py"]);
    await check("python");
});

test("the page's words for python3 -m", async () => {
    offer("by-hand", { "athanor.py": readFileSync(join(installed, "share/athanor/sdk/python/athanor.py")) },
        `export PYTHONPATH="$ATHANOR_DIR"\n${block("sdk-python.md", "sh")}`);
    const run = await site.complete("by-hand", { steps: 9 }, 30);
    assert.equal(run.status, "completed", run.error);
    assert.deepEqual(await site.texts(run.id), ["9", "disk is slow"]);
    const kinds = (await site.records(run.id)).map((r) => r.kind).filter((kind) => kind !== "status");
    assert.deepEqual(kinds.sort(), ["metrics", "result", "row"]);
});

test("the program on the page of the shell", async () => {
    offer("shell", {}, `ATHANOR_SDK=${installed}/share/athanor/sdk/shell\n${block("sdk-shell.md", "sh")}`);
    await check("shell", 5);
});
