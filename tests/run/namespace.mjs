// Runs in a PID namespace of their own, where the runner is told to: the same contract, and nothing outlives the program.
import test, { after } from "node:test";
import assert from "node:assert/strict";

import { startRunner } from "../lib/runs.mjs";
import { until } from "../lib/wait.mjs";

const site = await startRunner(after, {
    conf: { pid_namespace: true },
    experiments: {
        look: `echo "pid $$"; echo "processes $(ls /proc | grep -c '^[0-9]*$')"; id -u; touch here && echo wrote; exit 3`,
        segv: `kill -SEGV $$`,
        polite: { command: `trap 'echo saving; exit 0' TERM; echo ready; while :; do sleep 0.1; done`, grace_s: 20 },
        stubborn: { command: `trap '' TERM; ( setsid bash -c 'trap "" TERM; while :; do sleep 0.2; done' & ); echo ready; while :; do sleep 0.2; done`, grace_s: 1 },
        leaves: `( setsid sleep 100 & ); echo gone`,
        missing: { command: ["no-such-program"] },
    },
});

test("the program is alone, is himself, and its exit code arrives", async () => {
    const run = await site.complete("look");
    assert.deepEqual([run.reason, run.exit_code], ["exit", 3], run.error);
    const [pid, processes, uid, wrote] = await site.texts(run.id);
    assert.equal(pid, "pid 2");
    assert.ok(Number(processes.split(" ")[1]) < 8, processes);
    assert.match(uid, /^\d+$/);
    assert.equal(wrote, "wrote");
});

test("so do signals, and why it could not be started", async () => {
    const run = await site.complete("segv");
    assert.deepEqual([run.reason, run.signal], ["signal", 11], run.error);
    assert.match((await site.complete("missing")).error, /neither in the folder nor in PATH/);
});

test("a cancel reaches the program, and its grace ends everything", async () => {
    const polite = await site.startRun("polite");
    await until("it says so", async () => (await site.texts(polite)).includes("ready"));
    await site.cancel(polite);
    const run = await site.waitForEnd(polite, 19);
    assert.deepEqual([run.status, run.exit_code], ["cancelled", 0]);
    const stubborn = await site.startRun("stubborn");
    await until("it says so", async () => (await site.texts(stubborn)).includes("ready"));
    await site.cancel(stubborn);
    assert.equal((await site.waitForEnd(stubborn)).signal, 9);
    assert.deepEqual(site.processes(stubborn), []);
});

test("nothing outlives the program or its supervisor", async () => {
    const run = await site.complete("leaves");
    assert.equal(run.status, "completed");
    assert.deepEqual(site.processes(run.id), []);
    const id = await site.startRun("stubborn");
    await until("it says so", async () => (await site.texts(id)).includes("ready"));
    process.kill(site.supervisor(id), "SIGKILL");
    assert.equal((await site.waitForEnd(id, 30)).reason, "lost");
    await until("its processes are dead", () => site.processes(id).length === 0);
});
