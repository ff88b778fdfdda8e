// Every program of the site is killed at the same moment, in the middle of a run: the launcher starts them again, the run goes
// on, and a reader who only keeps the last id has every line and record once, in order.

import test from "node:test";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { startRunner } from "../lib/runs.mjs";
import { RunLog, followRun } from "../lib/sse.mjs";
import { sleep, until } from "../lib/wait.mjs";

const VICTIMS = ["nginx", "pages-quick", "pages-bulk", "pages-upload", "events", "redis", "runner", "postgres"];
const ROUNDS = process.env.ATHANOR_SOAK ? 20 : 1;

// 50 lines, then a moment and a result, until a file says that it is enough.
const COUNTER = `
n=0
while [ ! -e "$ATHANOR_DIR/enough" ]; do
    for i in 1 2 3 4 5 6 7 8 9 10; do
        for k in 1 2 3 4 5; do n=$((n + 1)); echo "line $n"; done
    done
    printf '{"type":"result","key":"count","value":%d}\\n' $n >&3
    sleep 0.02
done
echo "end $n"
`;

async function start(t) {
    const site = await startRunner(t, { without: [], experiments: { counter: { command: COUNTER, grace_s: 5 } } });
    const id = await site.startRun("counter");
    const logs = new Map([[id, new RunLog(id)]]);
    const reader = followRun(site, id, { logs, seconds: 400 });
    reader.catch(() => {}); // awaited below
    await until("the first lines arrive", () => logs.get(id).line > 100, 60);
    return { site, id, log: logs.get(id), reader };
}

/** Lets the experiment end and compares what three ways of reading say. */
async function finish({ site, id, log, reader }) {
    writeFileSync(join(site.folder, "counter/enough"), "");
    const { connects } = await reader;
    assert.equal(log.closed?.status, "completed", JSON.stringify(log.status()));

    const texts = log.texts();
    const count = texts.length - 1;
    for (let i = 0; i < count; i++) assert.equal(texts[i], `line ${i + 1}`);
    assert.equal(texts[count], `end ${count}`);
    assert.equal(log.results().count, count);

    const run = await site.get(`/api/v1/runs/${id}`);
    assert.equal(run.json.status, "completed");
    assert.equal(run.json.lines, log.line);
    assert.equal(run.json.records, log.record);
    const text = await site.get(`/api/v1/runs/${id}/log.txt`);
    assert.equal(text.text, texts.map((line) => `${line}\n`).join(""));
    return connects;
}

test("all are killed at once during a run, and nothing is lost", async (t) => {
    const scene = await start(t);
    const { site, log } = scene;
    for (let round = 0; round < ROUNDS; round++) {
        const status = await site.status();
        for (const name of VICTIMS) process.kill(status[name].pid, "SIGKILL");
        for (const name of VICTIMS) await site.waitForRestart(name, status[name].pid);
        const reached = log.line;
        await until("lines arrive after all were killed", () => log.line > reached + 200, 60);
        await sleep(1000);
    }
    const connects = await finish(scene);
    t.diagnostic(`${log.line} lines, ${log.record} records, ${connects} connections`);
    assert.ok(connects > 1, "the stream was cut");
});
