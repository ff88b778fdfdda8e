// The examples of docs/streaming.md are run as they stand there, while the relay is killed.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
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
function run(command, name, id, url = site.url) {
    let words = [command, join(dir, name)];
    writeFileSync(words[1], examples[name]);
    if (command === "cc") {
        words = [join(dir, "follow")];
        execFileSync("cc", ["-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-o", words[0], join(dir, name)]);
    }
    const child = spawn(words[0], [...words.slice(1), url, site.token, String(id)], { stdio: ["ignore", "pipe", "pipe"] });
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

test("no example takes a frame that breaks off behind one of its lines", async () => {
    const said = { "0.0": 'retry: 10\n\nid: 1.0\nevent: logs\ndata: {"first":1,"lines":[[1,1,"a"]]}\n\n', "1.0": 'id: 1.1\nevent: closed\ndata: {"status":"completed"}\n\n' };
    const asked = new Map();
    const server = createServer((request, answer) => {
        const place = String(request.headers["last-event-id"] ?? "0.0");
        if (!said[place]) return answer.writeHead(204).end();
        const key = `${request.url} ${place}`;
        asked.set(key, (asked.get(key) ?? (place === "0.0" ? 2 : 0)) + 1);
        const lines = said[place].split(/(?<=\n)/).slice(0, asked.get(key));
        answer.writeHead(200, { "content-type": "text/event-stream" });
        answer.write(lines.join(""), () => answer.destroy());
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
    after(() => (server.closeAllConnections(), server.close()));
    const url = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
    const programs = [["sh", "follow.sh"], [process.execPath, "follow.mjs"], ["python3", "follow.py"], ["cc", "follow.c"]];
    // Sooner than the 45 s for which a stream may be silent: nobody still counts those of one that broke off.
    const printed = await within(Promise.all(programs.map(([command, name], i) => run(command, name, i + 1, url))), 40, "the examples end");
    const frames = 'logs {"first":1,"lines":[[1,1,"a"]]}\nclosed {"status":"completed"}\n';
    assert.deepEqual(printed, [frames, "a\n-- completed\n", "a\n-- completed\n", frames]);
    assert.deepEqual([...asked.values()].sort(), [4, 4, 4, 4, 6, 6, 6, 6], "each line was the last one");
});
