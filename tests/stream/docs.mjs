// The examples of docs/streaming.md are run as they stand there, while the relay is killed.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { startRelay } from "../lib/relay.mjs";
import { root } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { sleep, within } from "../lib/wait.mjs";
import { Writer, makeInstance, makeRun } from "../lib/writer.mjs";

const site = await startRelay(after);
const dir = tempDir(after);

/** The code blocks of the page that name a file in their first lines. */
const examples = Object.fromEntries(
    [...readFileSync(join(root, "docs/streaming.md"), "utf8").matchAll(/^```\w+\n(.*?)^```$/gms)]
        .map(([, code]) => [/^(?:#!.*\n)?(?:#|\/\/) (\w+\.\w+)$/m.exec(code)?.[1], code])
        .filter(([name]) => name),
);

/** Runs an example; resolves to what it has printed. */
function run(command, name, id) {
    let words = [command, join(dir, name)];
    writeFileSync(words[1], examples[name]);
    if (command === "cc") {
        words = [join(dir, "follow")];
        execFileSync("cc", ["-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-o", words[0], join(dir, name)]);
    }
    const child = spawn(words[0], [...words.slice(1), site.url, site.token, String(id)], { stdio: ["ignore", "pipe", "pipe"] });
    after(() => child.kill());
    let [out, errors] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (data) => (out += data));
    child.stderr.setEncoding("utf8").on("data", (data) => (errors += data));
    return new Promise((resolve, reject) =>
        child.on("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`${name} ended with ${code}: ${errors}`)))),
    );
}

test("every example follows a run to its end over a restart", async () => {
    assert.deepEqual(Object.keys(examples), ["follow.sh", "follow.mjs", "follow.py", "follow.c", "wait.sh"]);
    const writer = new Writer(site.db, site.redis, await makeRun(site.db, await makeInstance(site.db)));
    const all = Promise.all([
        run("sh", "follow.sh", writer.run),
        run(process.execPath, "follow.mjs", writer.run),
        run("python3", "follow.py", writer.run),
        run("cc", "follow.c", writer.run),
        run("sh", "wait.sh", writer.run),
    ]);
    all.catch(() => {});
    for (let i = 0; i < 50; i++) {
        const lines = Array.from({ length: 20 }, (_, k) => [1, 1, `line ${writer.line + 1 + k} "\u{1F525}" \\n: x`]);
        await writer.batch(lines, [{ after: 10, kind: "fact", key: "k", value: i }]);
        if (i === 20) await site.waitForRestart("events", await site.kill("events"));
        await sleep(20);
    }
    await writer.finish("failed");
    const [shell, js, python, c, wait] = await within(all, 120, "the examples end");

    const texts = `${writer.lines.map((line) => line[2]).join("\n")}\n-- failed\n`;
    assert.equal(js, texts);
    assert.equal(python, texts);
    assert.equal(wait, '"status":"failed"\n');
    for (const printed of [shell, c]) {
        const frames = printed.trimEnd().split("\n").map((line) => [line.split(" ", 1)[0], JSON.parse(line.slice(line.indexOf(" ") + 1))]);
        const of = (type) => frames.filter(([name]) => name === type).map(([, data]) => data);
        assert.deepEqual(of("logs").flatMap((data) => data.lines), writer.lines);
        assert.deepEqual(of("record").slice(1, -1), writer.records);
        assert.deepEqual(of("closed"), [{ status: "failed" }]);
    }
});
