// Everything around a run dies while it runs: nothing is lost, doubled or left behind.
// test-timeout: 300
import test from "node:test";
import assert from "node:assert/strict";
import { closeSync, existsSync, openSync, readSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { startRunner } from "../lib/runs.mjs";
import { sleep, until } from "../lib/wait.mjs";

const soak = Boolean(process.env.ATHANOR_SOAK);

/** Numbered lines, `rate` a second for `seconds` (0: as fast as it can), and what it has announced so far in a file. */
const numbers = { configuration: [{ name: "lines", type: "integer" }, { name: "rate", type: "integer", default: 0 }], command: `
exec python3 - <<'END'
import json, os, sys, time
c = json.load(open(os.environ["ATHANOR_CONFIG"]))
n, rate = c["lines"], c["rate"]
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
END` };

const lingering = `trap '' TERM; ( setsid bash -c 'trap "" TERM; while :; do sleep 0.1; done' & ) ; i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.01; done`;

/** A line each 2 ms; the file `said` in its working folder holds the number of the last one that was written. */
const ticking = `exec python3 -uc '
import os, time
said = os.open("said", os.O_CREAT | os.O_WRONLY)
i = 0
while True:
    i += 1
    os.write(1, b"line %d\\n" % i)
    os.pwrite(said, b"%09d" % i, 0)
    time.sleep(0.002)'`;

const start = (t, conf = {}) => startRunner(t, { experiments: { numbers, lingering, ticking }, conf });

const numbered = (n) => `line ${String(n).padStart(8, "0")} ${"-".repeat(60)}`;

function checkNumbers(texts, count) {
    assert.equal(texts.length, count);
    const wrong = texts.findIndex((text, i) => text !== numbered(i + 1));
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
        const last = texts.pop(); // may have been read in part
        assert.ok(numbered(run.lines).startsWith(last), last);
        checkNumbers(texts, run.lines - 1);
        const seen = (await site.records(id)).filter((r) => r.kind === "result").length;
        assert.ok(Math.abs(seen - texts.length / 1000) < 1200, "records keep pace with lines");
        await until("its processes are dead", () => site.processes(id).length === 0, 15);
        await until("its folder is gone", () => !existsSync(join(site.state, "runs", String(id))), 5);
    }
});

test("what a killed supervisor had read is kept, sealed in a batch or not", async (t) => {
    const site = await start(t);
    for (let round = 0; round < 3; round++) {
        const id = await site.startRun("ticking");
        await until("lines arrive", async () => (await site.run(id)).lines > 20, 20);
        const said = openSync(join(site.state, "runs", String(id), "work", "said"), "r");
        await sleep(30 * round);
        process.kill(site.supervisor(id), "SIGKILL");
        const run = await site.waitForEnd(id, 15);
        const text = Buffer.alloc(9);
        readSync(said, text, 0, 9, 0);
        closeSync(said);
        const written = Number(text.toString());
        assert.deepEqual(await site.texts(id), Array.from({ length: run.lines }, (_, i) => `line ${i + 1}`));
        // What stood in the pipe is gone: a busy machine gives the supervisor its turn only every few milliseconds.
        assert.ok(written - run.lines < 15, `${run.lines} of ${written} lines`);
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
    const before = (await site.run(id)).lines;
    await site.stopProgram("postgres");
    await sleep(1500);
    process.kill(site.supervisor(id), "SIGKILL");
    await site.kill("runner");
    await sleep(300);
    await site.startProgram("postgres");
    const run = await site.waitForEnd(id, 20);
    assert.equal(run.reason, "lost");
    assert.ok(run.lines > before + 10000, `${run.lines} after ${before}`);
    const texts = await site.texts(id);
    assert.ok(numbered(run.lines).startsWith(texts.pop()));
    checkNumbers(texts, run.lines - 1);
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
    const id = await site.startRun("numbers", { lines: 150000, rate: 20000 });
    await until("lines arrive", async () => (await site.run(id)).lines > 1000, 20);
    let cuts = 0;
    while ((await site.run(id)).status === "running" && cuts < (soak ? 500 : 25)) {
        const rows = await site.sql(
            "SELECT pg_terminate_backend(pid) AS cut FROM pg_stat_activity WHERE query ILIKE '%INSERT INTO log_chunks%' AND pid <> pg_backend_pid()",
        );
        cuts += rows.length;
    }
    assert.ok(cuts > 5, `${cuts} cuts`);
    await checkWhole(site, id, 150000, 40);
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

test("stopped while the database is away, a run's end is told by the next start", async (t) => {
    const site = await start(t);
    const id = await site.startRun("numbers", { lines: 3000 });
    const other = await site.startRun("lingering");
    await until("it runs", async () => (await site.run(other)).lines > 10, 20);
    await site.waitForEnd(id);
    await site.stopProgram("postgres");
    await site.stopProgram("runner", 40);
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
    const run = await site.waitForEnd(id, 10);
    assert.deepEqual([run.status, run.reason], ["failed", "shutdown"]);
});
