// The daemon, the whole site or Redis goes away while runs are under way.
import test from "node:test";
import assert from "node:assert/strict";

import { checkLog, checkWhole, counting, numbered, stopCounting } from "../lib/numbers.mjs";
import { startRunner } from "../lib/runs.mjs";
import { sleep, until } from "../lib/wait.mjs";

const soak = Boolean(process.env.ATHANOR_SOAK);

const lingering = `trap '' TERM; ( setsid bash -c 'trap "" TERM; while :; do sleep 0.1; done' & ) ; i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.01; done`;

const start = (t, conf = {}) => startRunner(t, { experiments: { numbers: counting, lingering: { command: lingering, grace_s: 1 } }, conf });

test("runs go on while the daemon is killed, and the next one adopts them", async (t) => {
    const site = await start(t);
    const id = await site.startRun("numbers", { lines: 0, rate: 10000 });
    await until("lines arrive", async () => (await site.run(id)).lines > 1000, 60);
    const supervisor = site.supervisor(id);
    for (let i = 0; i < (soak ? 20 : 3); i++) {
        const pid = await site.kill("runner", i % 2 ? "SIGTERM" : "SIGKILL");
        await site.waitForRestart("runner", pid);
        await until("it is adopted", () => site.log("runner").split(`run ${id} goes on`).length > i + 1, 15);
    }
    assert.equal(site.supervisor(id), supervisor);
    stopCounting(site, id);
    await checkWhole(site, id, 60);
    // an adopted supervisor that dies is noticed as well
    const other = await site.startRun("lingering");
    await site.waitForStatus(other, "running");
    const pid = await site.kill("runner");
    await site.waitForRestart("runner", pid);
    await until("it is adopted", () => site.log("runner").includes(`run ${other} goes on`), 15);
    process.kill(site.supervisor(other), "SIGKILL");
    assert.equal((await site.waitForEnd(other, 15)).reason, "lost");
    await until("its processes are dead", () => site.processes(other).length === 0, 15);
});

test("both die: what the supervisor had read is shipped by the next daemon", async (t) => {
    const site = await start(t);
    const id = await site.startRun("numbers", { lines: 0, rate: 50000 });
    await until("lines arrive", async () => (await site.run(id)).lines > 5000, 60);
    const before = (await site.run(id)).lines;
    await site.stopProgram("postgres");
    await site.untilSpooled(id);
    process.kill(site.supervisor(id), "SIGKILL");
    await site.kill("runner");
    await sleep(300);
    await site.startProgram("postgres");
    const run = await site.waitForEnd(id);
    assert.equal(run.reason, "lost");
    assert.ok(run.lines > before + 10000, `${run.lines} after ${before}`);
    const [last] = await checkLog(site, run, 1); // which may have been read in part
    assert.ok(numbered(run.lines).startsWith(last), last);
});

test("redis is killed, and missing from the start", async (t) => {
    const site = await start(t);
    const id = await site.startRun("numbers", { lines: 60000, rate: 20000 });
    await until("lines arrive", async () => (await site.run(id)).lines > 1000, 20);
    const pid = await site.kill("redis");
    await site.waitForRestart("redis", pid);
    await site.stopProgram("redis");
    await checkWhole(site, id, 60);
    await checkWhole(site, await site.startRun("numbers", { lines: 2000 }), 60);
});

test("stopped while the database is away, a run's end is told by the next start", async (t) => {
    const site = await start(t);
    const id = await site.startRun("numbers", { lines: 3000 });
    const other = await site.startRun("lingering");
    await until("it runs", async () => (await site.run(other)).lines > 10, 20);
    await site.waitForEnd(id);
    await site.stopProgram("postgres");
    await site.stopProgram("runner", 60);
    assert.deepEqual(site.processes(other), []);
    await site.startProgram("postgres");
    await site.startProgram("runner");
    const run = await site.waitForEnd(other, 15);
    assert.deepEqual([run.status, run.reason], ["failed", "shutdown"]);
    const texts = await site.texts(other);
    assert.deepEqual(texts.filter((text) => text !== "Terminated"), texts.filter((text) => text !== "Terminated").map((_, i) => `line ${i + 1}`));
});

test("Ctrl-C ends runs after their grace, as failed by shutdown", async (t) => {
    const site = await start(t);
    const id = await site.startRun("numbers", { lines: 1000000, rate: 1000 });
    await until("lines arrive", async () => (await site.run(id)).lines > 100, 20);
    const pid = await site.kill("runner", "SIGINT");
    await site.waitForRestart("runner", pid);
    const run = await site.waitForEnd(id, 30);
    assert.deepEqual([run.status, run.reason], ["failed", "shutdown"]);
});
