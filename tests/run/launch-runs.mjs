// What becomes of runs when the whole site ends, in order or not.

import test from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { isAlive, processesIn } from "../lib/proc.mjs";
import { runnerOnly, startRunner } from "../lib/runs.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { sleep, until, within } from "../lib/wait.mjs";

// Says who it is, then counts until it is asked to end; the stubborn one will not listen.
const experiments = {
    patient: { command: 'echo "pid $$"; trap "echo asked; exit 0" TERM; while :; do echo tick; sleep 0.1; done', grace_s: 5 },
    stubborn: { command: 'trap "" TERM; echo "pid $$"; while :; do echo tick; sleep 0.1; done', grace_s: 1 },
};


/** Starts a run of each and waits until both speak. */
async function twoRuns(t, { begin, ...options }) {
    const site = await startRunner(t, { experiments, ...options });
    if (begin) site.daemon = begin(site);
    const runs = [];
    for (const name of ["patient", "stubborn"]) {
        const id = await site.startRun(name);
        await until(`run ${id} speaks`, async () => (await site.sql("SELECT lines FROM run_heads WHERE run_id = $1", id))[0].lines > 3);
        runs.push({ id, name });
    }
    return { site, runs };
}

const rows = (site) => site.sql("SELECT experiment, status, reason FROM runs ORDER BY id");
const ENDED = [
    { experiment: "patient", status: "failed", reason: "shutdown" },
    { experiment: "stubborn", status: "failed", reason: "shutdown" },
];

/** Starts the site again without a runner, to read what was kept. */
const reopen = (t, state) => startRunner(t, { state, without: ["nginx", "pages-quick", "pages-bulk", "pages-upload", "events", "runner"] });

test("Ctrl-C ends running runs as failed (shutdown) after their grace, and leaves no process", async (t) => {
    const state = join(tempDir(t), "state");
    const { site } = await twoRuns(t, { state });
    assert.equal(await site.stop(), 0);
    assert.deepEqual(processesIn(state), []);
    const again = await reopen(t, state);
    assert.deepEqual(await rows(again), ENDED);
});

test("so it does when the runner has been killed just before", async (t) => {
    const state = join(tempDir(t), "state");
    const { site } = await twoRuns(t, { state });
    await site.kill("runner");
    assert.equal(await site.stop(), 0);
    assert.deepEqual(processesIn(state), []);
    const again = await reopen(t, state);
    assert.deepEqual(await rows(again), ENDED);
});

test("so it does when another daemon has taken the runs over", async (t) => {
    const state = join(tempDir(t), "state");
    const { site } = await twoRuns(t, { state });
    const first = await site.kill("runner");
    await site.waitForRestart("runner", first);
    await until("the new daemon is ready", () => site.log("runner").match(/ready: runner/g)?.length === 2);
    assert.equal(await site.stop(), 0);
    assert.deepEqual(processesIn(state), []);
    const again = await reopen(t, state);
    assert.deepEqual(await rows(again), ENDED);
});

test("so it does when the daemon that took them over is told before it has begun", async (t) => {
    const state = join(tempDir(t), "state");
    const { site, runs } = await twoRuns(t, { state, without: [...runnerOnly, "runner"], begin: (one) => one.runner(["--jobs", "2"]).child });
    process.kill(site.daemon.pid, "SIGKILL");
    await until("it is dead", () => !isAlive(site.daemon.pid));
    assert.ok(runs.every(({ id }) => isAlive(site.supervisor(id))));
    const { child, ended } = site.runner(["--jobs", "2"], {}, ["python3", "-c", "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]); os.kill(os.getpid(), signal.SIGINT); os.execv(sys.argv[1], sys.argv[1:])"]);
    t.after(() => child.kill("SIGKILL"));
    const { code, output } = await within(ended, 60, "it ends");
    assert.equal(code, 0, output);
    assert.deepEqual(await rows(site), ENDED);
    assert.deepEqual(runs.flatMap(({ id }) => site.processes(id)), []);
    assert.equal(await site.stop(), 0);
});

test("a second Ctrl-C does not wait for any grace", async (t) => {
    const state = join(tempDir(t), "state");
    const slow = { slow: { command: 'trap "" TERM; while :; do echo tick; sleep 0.1; done', grace_s: 600 } };
    const site = await startRunner(t, { experiments: slow, state });
    const id = await site.startRun("slow");
    await until("it speaks", async () => (await site.sql("SELECT lines FROM run_heads WHERE run_id = $1", id))[0].lines > 3);
    const stopping = site.stop("SIGINT", 60);
    await until("it is ending", () => /ending; runs have their grace/.test(site.output()));
    await sleep(1500); // one that comes with the first is no second one
    assert.ok(isAlive(site.pidOfLauncher), "the first one waits for the run's grace");
    process.kill(site.pidOfLauncher, "SIGINT");
    assert.equal(await stopping, 0);
    assert.deepEqual(processesIn(state), []);
});

test("runs outlive a killed launcher and are taken over at the next start", async (t) => {
    const state = join(tempDir(t), "state");
    const { site, runs } = await twoRuns(t, { state });
    const before = (await site.sql("SELECT lines FROM run_heads WHERE run_id = $1", runs[0].id))[0].lines;
    process.kill(site.pidOfLauncher, "SIGKILL");
    await site.ended;
    await until("Postgres has ended", () => !existsSync(join(state, "postgres/postmaster.pid")), 30);
    const again = await startRunner(t, { experiments, state });
    await until(
        "the run goes on",
        async () => (await again.sql("SELECT lines FROM run_heads WHERE run_id = $1", runs[0].id))[0].lines > before + 5,
        30,
    );
    assert.deepEqual((await rows(again)).map((r) => r.status), ["running", "running"]);
    assert.equal(await again.stop(), 0);
    assert.deepEqual(processesIn(state), []);
    assert.ok(readFileSync(join(state, "log/runner.log"), "utf8").length > 0);
});
