// Everything around a run dies while it runs: nothing is lost, doubled or left behind.
// test-timeout: 240
import test from "node:test";
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { startRunner } from "../lib/runs.mjs";
import { sleep, until } from "../lib/wait.mjs";

const soak = Boolean(process.env.ATHANOR_SOAK);

/** Numbered lines, `rate` a second for `seconds` (0: as fast as it can), and what it has announced so far in a file. */
const numbers = `
exec python3 - <<'END'
import json, os, sys, time
c = json.load(open(os.environ["ATHANOR_CONFIG"]))
n, rate = c["lines"], c.get("rate", 0)
start = time.time()
out = sys.stdout
for i in range(1, n + 1):
    out.write("line %08d %s\\n" % (i, "-" * 60))
    if rate and i % max(rate // 50, 1) == 0:
        out.flush()
        time.sleep(max(0, start + i / rate - time.time()))
    if i % 1000 == 0:
        out.flush()
        os.write(3, b'{"type":"result","key":"n","value":%d}\\n' % i)
out.flush()
END`;

const lingering = `trap '' TERM; ( setsid bash -c 'trap "" TERM; while :; do sleep 0.1; done' & ) ; i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.01; done`;

const start = (t, conf = {}) => startRunner(t, { experiments: { numbers, lingering }, conf });

function checkNumbers(texts, count) {
    assert.equal(texts.length, count);
    const wrong = texts.findIndex((text, i) => text !== `line ${String(i + 1).padStart(8, "0")} ${"-".repeat(60)}`);
    assert.equal(wrong, -1, `line ${wrong + 1} is ${texts[wrong]}`);
}

/** The run has ended well and says every number once. */
async function checkWhole(site, id, count, seconds) {
    const run = await site.waitForEnd(id, seconds);
    assert.equal(run.status, "completed", run.error);
    checkNumbers(await site.texts(id), count);
    const results = (await site.records(id)).filter((r) => r.kind === "result");
    assert.deepEqual(results.map((r) => r.value), Array.from({ length: count / 1000 }, (_, i) => 1000 * (i + 1)));
}

test("a killed supervisor loses nothing that was read, and leaves no process", async (t) => {
    const site = await start(t);
    for (let round = 0; round < (soak ? 100 : 3); round++) {
        const id = await site.startRun("numbers", { lines: 1000000, rate: round % 2 ? 0 : 100000 });
        await until("lines arrive", async () => (await site.run(id)).lines > 2000 * (round + 1), 20);
        process.kill(site.supervisor(id), "SIGKILL");
        const run = await site.waitForEnd(id, 15);
        assert.deepEqual([run.status, run.reason], ["failed", "lost"], `round ${round}: ${run.status} ${run.reason}`);
        assert.match(run.error, /signal 9/);
        const texts = await site.texts(id);
        checkNumbers(texts, run.lines);
        const seen = (await site.records(id)).filter((r) => r.kind === "result").length;
        assert.ok(Math.abs(seen - texts.length / 1000) < 1200, "records keep pace with lines");
        await until("its processes are dead", () => site.processes(id).length === 0, 15);
        await until("its folder is gone", () => !existsSync(join(site.state, "runs", String(id))), 5);
    }
});

test("a killed supervisor's tree dies, setsid and deaf ones included", async (t) => {
    const site = await start(t);
    const id = await site.startRun("lingering");
    await until("lines arrive", async () => (await site.run(id)).lines > 10, 20);
    assert.ok(site.processes(id).length >= 2);
    process.kill(site.supervisor(id), "SIGKILL");
    await until("its processes are dead", () => site.processes(id).length === 0, 15);
    assert.equal((await site.waitForEnd(id)).reason, "lost");
});

test("runs go on while the daemon is killed, and the next one adopts them", async (t) => {
    const site = await start(t);
    const id = await site.startRun("numbers", { lines: 60000, rate: 10000 });
    await until("lines arrive", async () => (await site.run(id)).lines > 1000, 20);
    const supervisor = site.supervisor(id);
    for (let i = 0; i < 3; i++) {
        const pid = await site.kill("runner", i % 2 ? "SIGTERM" : "SIGKILL");
        await site.waitForRestart("runner", pid);
        await until("it is adopted", () => site.log("runner").split(`run ${id} goes on`).length > i + 1, 15);
    }
    assert.equal(site.supervisor(id), supervisor);
    await checkWhole(site, id, 60000, 20);
    // an adopted supervisor that dies is noticed as well
    const other = await site.startRun("lingering");
    await site.waitForStatus(other, "running");
    const pid = await site.kill("runner");
    await site.waitForRestart("runner", pid);
    await until("it is adopted", () => site.log("runner").includes(`run ${other} goes on`), 15);
    process.kill(site.supervisor(other), "SIGKILL");
    assert.equal((await site.waitForEnd(other, 6)).reason, "lost");
    await until("its processes are dead", () => site.processes(other).length === 0, 15);
});

test("both die: what the supervisor had read is shipped by the next daemon", async (t) => {
    const site = await start(t);
    const id = await site.startRun("numbers", { lines: 1000000, rate: 50000 });
    await until("lines arrive", async () => (await site.run(id)).lines > 5000, 20);
    await site.stopProgram("postgres");
    await sleep(1500);
    await site.stopProgram("runner");
    process.kill(site.supervisor(id), "SIGKILL");
    await site.startProgram("postgres");
    const before = (await site.run(id)).lines;
    await site.startProgram("runner");
    const run = await site.waitForEnd(id, 20);
    assert.equal(run.reason, "lost");
    assert.ok(run.lines > before + 10000, `${run.lines} after ${before}`);
    checkNumbers(await site.texts(id), run.lines);
});

test("postgres restarts at once and again; nothing is lost and nothing doubled", async (t) => {
    const site = await start(t);
    const id = await site.startRun("numbers", { lines: 200000, rate: 25000 });
    await until("lines arrive", async () => (await site.run(id)).lines > 1000, 20);
    for (let i = 0; i < (soak ? 50 : 4); i++) {
        const pid = await site.kill("postgres", "SIGQUIT");
        await site.waitForRestart("postgres", pid);
        await sleep(300 * i);
    }
    await checkWhole(site, id, 200000, 60);
});

test("connections cut between commit and reply double nothing", async (t) => {
    const site = await start(t);
    const id = await site.startRun("numbers", { lines: 300000, rate: 30000 });
    await until("lines arrive", async () => (await site.run(id)).lines > 1000, 20);
    let cuts = 0;
    while ((await site.run(id)).status === "running" && cuts < (soak ? 500 : 60)) {
        const rows = await site.sql(
            "SELECT pg_terminate_backend(pid) AS cut FROM pg_stat_activity WHERE query ILIKE '%INSERT INTO log_chunks%' AND pid <> pg_backend_pid()",
        );
        cuts += rows.length;
    }
    assert.ok(cuts > 5, `${cuts} cuts`);
    await checkWhole(site, id, 300000, 40);
});

test("postgres is away for seconds: the program is not slowed, the run goes on", async (t) => {
    const site = await start(t, { lost_after_s: 5 });
    const id = await site.startRun("numbers", { lines: 100000, rate: 10000 });
    await until("lines arrive", async () => (await site.run(id)).lines > 1000, 20);
    await site.stopProgram("postgres");
    await sleep(8000);
    await site.startProgram("postgres");
    await checkWhole(site, id, 100000, 20);
    const run = await site.run(id);
    const took = Date.parse(run.finished_at) - Date.parse(run.started_at);
    assert.ok(took < 30000, `${took} ms`);
});

test("beyond its quota the spool makes the program wait, and nothing is lost", async (t) => {
    const site = await start(t, { spool_mb: 1 });
    const id = await site.startRun("numbers", { lines: 200000 });
    await site.waitForStatus(id, "running");
    await site.stopProgram("postgres");
    await sleep(3000);
    const spool = readdirSync(join(site.state, "runs", String(id), "spool"));
    assert.ok(spool.length >= 1);
    await site.startProgram("postgres");
    await checkWhole(site, id, 200000, 40);
});

test("redis is killed, and missing from the start", async (t) => {
    const site = await start(t);
    const id = await site.startRun("numbers", { lines: 60000, rate: 20000 });
    await until("lines arrive", async () => (await site.run(id)).lines > 1000, 20);
    const pid = await site.kill("redis");
    await site.waitForRestart("redis", pid);
    await site.stopProgram("redis");
    await checkWhole(site, id, 60000, 20);
    await checkWhole(site, await site.startRun("numbers", { lines: 2000 }), 2000, 20);
});

test("a supervisor that was stopped past its lease adds nothing and kills its program when it wakes", async (t) => {
    const site = await start(t, { lost_after_s: 5 });
    const id = await site.startRun("lingering");
    await until("lines arrive", async () => (await site.run(id)).lines > 10, 20);
    const supervisor = site.supervisor(id);
    process.kill(supervisor, "SIGSTOP");
    const run = await site.waitForEnd(id, 30);
    assert.deepEqual([run.status, run.reason], ["failed", "lost"]);
    assert.match(run.error, /no heartbeat/);
    process.kill(supervisor, "SIGCONT");
    await until("its processes are dead", () => site.processes(id).length === 0, 15);
    await sleep(500);
    const after = await site.run(id);
    assert.deepEqual([after.lines, after.records, after.epoch], [run.lines, run.records, run.epoch]);
});

test("Ctrl-C ends runs after their grace, as failed by shutdown", async (t) => {
    const site = await start(t);
    const id = await site.startRun("numbers", { lines: 1000000, rate: 1000 });
    await until("lines arrive", async () => (await site.run(id)).lines > 100, 20);
    const pid = await site.kill("runner", "SIGINT");
    await site.waitForRestart("runner", pid);
    const run = await site.waitForEnd(id, 10);
    assert.deepEqual([run.status, run.reason], ["failed", "shutdown"]);
});
