// The SDKs do not hold a program up before 4 MiB wait for the runner, hold it up then, and lose nothing; a cancel is theirs to see.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { sleep, until, within } from "../lib/wait.mjs";

const dir = tempDir(after);
const config = join(dir, "config.json");
writeFileSync(config, "{}");
const env = { PATH: process.env.PATH, ATHANOR_FD: "3", ATHANOR_CONFIG: config, PYTHONPATH: join(root, "sdk/python"), PYTHONDONTWRITEBYTECODE: "1" };

function compile(name, source) {
    const c = join(dir, `${name}.c`), out = join(dir, name);
    writeFileSync(c, source);
    const files = ["athanor", "config", "text", "writer"].map((file) => `${root}/sdk/c/${file}.c`);
    const r = spawnSync("gcc", ["-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", `-I${root}/sdk/c`, "-o", out, c, ...files, "-lpthread"], { encoding: "utf8" });
    assert.equal(r.status, 0, r.stderr);
    return [out];
}

/* 3,000 messages of a KiB fit; 9,000 do not. */
const floods = {
    C: () => compile("flood", `
#include <athanor.h>
#include <stdio.h>
#include <string.h>
int main(void)
{
    char text[1000];
    memset(text, 'x', sizeof(text) - 1);
    text[999] = 0;
    for (int i = 1; i <= 9000; i++) {
        athanor_log_fields(ATHANOR_INFO, text, "i:d", i);
        if (i == 3000 || i == 9000) { printf("%d\\n", i); fflush(stdout); }
    }
    return 0;
}`),
    Python: () => ["python3", "-c", `
import athanor
for i in range(1, 9001):
    athanor.log("x" * 999, i=i)
    if i in (3000, 9000):
        print(i, flush=True)`],
};
for (const [name, program] of Object.entries(floods)) {
    test(`${name} waits for the runner only when 4 MiB are there, and loses nothing`, async (t) => {
        const [command, ...args] = program();
        const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "inherit", "pipe"] });
        t.after(() => child.kill("SIGKILL"));
        let said = "", heard = "";
        child.stdout.setEncoding("utf8").on("data", (data) => (said += data));
        const pipe = /** @type {import("node:stream").Readable} */ (child.stdio[3]);
        await until("it has said what fits, and nobody has listened", () => said === "3000\n", 60);
        await sleep(1000);
        assert.equal(said, "3000\n", "it waits");
        const ended = new Promise((resolve) => child.on("close", resolve));
        pipe.setEncoding("utf8").on("data", (data) => (heard += data));
        assert.equal(await ended, 0);
        assert.equal(said, "3000\n9000\n");
        const numbers = heard.trim().split("\n").map((line) => JSON.parse(line).metadata.i);
        assert.deepEqual(numbers, Array.from({ length: 9000 }, (_, i) => i + 1));
    });
}

test("C sees a cancel where it has opted in, and is ended by it where it has not", () => {
    const program = (opt) => compile(opt ? "opted" : "plain", `
#include <athanor.h>
#include <signal.h>
int main(void)
{
    ${opt ? "athanor_catch_cancel();" : ""}
    if (athanor_cancelled())
        return 2;
    raise(SIGTERM);
    return athanor_cancelled() ? 0 : 3;
}`);
    assert.equal(spawnSync(program(true)[0], { env: {} }).status, 0);
    assert.equal(spawnSync(program(false)[0], { env: {} }).signal, "SIGTERM");
});

test("a runner that goes away harms nobody", async () => {
    for (const program of [floods.C(), floods.Python()]) {
        const [command, ...args] = program;
        const child = spawn(command, args, { env, stdio: ["ignore", "ignore", "ignore", "pipe"] });
        child.stdio[3].destroy();
        assert.equal(await new Promise((resolve) => child.on("close", resolve)), 0);
    }
});

test("Python ends when a signal's handler ends it while the runner takes nothing", async (t) => {
    const program = `
import athanor, os, signal, sys, threading, time
athanor._writer._start = lambda: None # so that it is the main thread that writes
def interrupt():
    while not athanor._writer._writing:
        time.sleep(0.01)
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGTERM)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
threading.Thread(target=interrupt, daemon=True).start()
athanor.log("x" * 1000000)
athanor.flush()`;
    const child = spawn("python3", ["-c", program], { env, stdio: ["ignore", "inherit", "inherit", "pipe"] });
    t.after(() => child.kill("SIGKILL"));
    /** @type {import("node:stream").Readable} */ (child.stdio[3]).pause();
    assert.equal(await within(new Promise((resolve) => child.on("exit", resolve)), 30, "it ends"), 7);
});

test("the shell outside a run prints to stderr", () => {
    const r = spawnSync("dash", ["-c", `. ${root}/sdk/shell/athanor.sh; athanor_result a 1; athanor_config size 7; athanor_progress 1 2 "x y"`], { env: { PATH: process.env.PATH }, encoding: "utf8" });
    assert.equal(r.status, 0, r.stderr);
    assert.equal(r.stdout, "7\n");
    assert.deepEqual(r.stderr.trim().split("\n").map((line) => JSON.parse(line).type), ["result", "progress"]);
});
