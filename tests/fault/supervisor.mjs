// The supervisor of a run dies or sleeps: what it had read is kept, what it had started is dead, nothing stale is taken.
import test from "node:test";
import assert from "node:assert/strict";
import { closeSync, constants, existsSync, mkdirSync, openSync, readSync, readdirSync, renameSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { hearAnnounced } from "../lib/announced.mjs";
import { checkLog, counting, numbered } from "../lib/numbers.mjs";
import { isAlive, processOf } from "../lib/proc.mjs";
import { processesNamed, startRunner } from "../lib/runs.mjs";
import { sleep, until } from "../lib/wait.mjs";

const soak = Boolean(process.env.ATHANOR_SOAK);

const lingering = `trap '' TERM; ( setsid bash -c 'trap "" TERM; while :; do sleep 0.1; done' & ) ; i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.01; done`;

/** It hides: two sessions away from the program, without its environment and without its group. */
const marker = `hidden-${process.pid}`;
const hiding = `env -i /usr/bin/setsid /bin/bash -c '/usr/bin/setsid /bin/bash -c "while :; do /bin/sleep 0.1; done; : ${marker}" & /bin/sleep 0.2' &
sleep 1; while :; do echo here; sleep 0.05; done`;

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

/** A line, and when it is told a result. */
const lastly = `echo begun; while [ ! -e "$ATHANOR_DIR/go" ]; do sleep 0.05; done; echo '{"type":"result","key":"last","value":1}' >&3; while :; do sleep 0.1; done`;

const start = (t, conf = {}) => startRunner(t, { experiments: { numbers: counting, lingering, hiding, ticking, lastly }, conf });

test("a killed supervisor loses nothing that was read, and leaves no process", async (t) => {
    const site = await start(t);
    const worst = { ended: 0, dead: 0 };
    for (let round = 0; round < (soak ? 100 : 3); round++) {
        const id = await site.startRun("numbers", { lines: 0, rate: round % 2 ? 0 : 100000 });
        const announced = hearAnnounced(t, site, id);
        await until("lines are announced", () => announced.line > 2000 + 4000 * (round % 50), 60);
        process.kill(site.supervisor(id), "SIGKILL");
        const killed = Date.now();
        await until("its processes are dead", () => site.processes(id).length === 0, 15);
        worst.dead = Math.max(worst.dead, Date.now() - killed);
        const run = await site.waitForEnd(id, 15);
        worst.ended = Math.max(worst.ended, Date.now() - killed);
        assert.deepEqual([run.status, run.reason], ["failed", "lost"], `round ${round}: ${run.status} ${run.reason}`);
        assert.match(run.error, /signal 9/);
        assert.ok(run.lines >= announced.line && run.records >= announced.record, `${announced.line} lines were announced, ${run.lines} are kept`);
        const [last] = await checkLog(site, run, 1); // which may have been read in part
        assert.ok(numbered(run.lines).startsWith(last), last);
        const seen = (await site.records(id)).filter((r) => r.kind === "result").length;
        assert.ok(Math.abs(seen - run.lines / 1000) < 1200, "records keep pace with lines");
        await until("its folder is gone", () => !existsSync(join(site.state, "runs", String(id))));
    }
    t.diagnostic(`at the latest after ${worst.ended} ms it was failed (lost), after ${worst.dead} ms all were dead`);
});

/** Stops a process for good. */
const standStill = (pid) => until(`${pid} stands still`, () => process.kill(pid, "SIGSTOP") && processOf(pid).state === "T");

/** The lines that a program has said and nobody has read. They are taken out of the pipe. */
function unread(pid) {
    const pipe = openSync(`/proc/${pid}/fd/1`, constants.O_RDONLY | constants.O_NONBLOCK);
    const bytes = Buffer.alloc(1 << 20);
    try {
        return bytes.toString("latin1", 0, readSync(pipe, bytes)).split("\n").length - 1;
    } catch (error) {
        if (error.code !== "EAGAIN") throw error;
        return 0;
    } finally {
        closeSync(pipe);
    }
}

test("what a killed supervisor had read is kept, sealed in a batch or not", async (t) => {
    const site = await start(t);
    for (let round = 0; round < 3; round++) {
        const id = await site.startRun("ticking");
        await until("lines arrive", async () => (await site.run(id)).lines > 20, 20);
        const said = openSync(join(site.state, "runs", String(id), "work", "said"), "r");
        await sleep(30 * round);
        const supervisor = site.supervisor(id);
        const [program] = site.processes(id);
        for (const pid of [supervisor, program]) await standStill(pid);
        const left = unread(program);
        process.kill(supervisor, "SIGKILL");
        const run = await site.waitForEnd(id, 15);
        const text = Buffer.alloc(9);
        readSync(said, text, 0, 9, 0);
        closeSync(said);
        const written = Number(text.toString());
        assert.deepEqual(await site.texts(id), Array.from({ length: run.lines }, (_, i) => `line ${i + 1}`));
        // What stood in the pipe is gone, and what had been taken out of it in the moment before.
        assert.ok(written - left - run.lines < 15, `${run.lines} of ${written} lines, ${left} in the pipe`);
    }
});

test("a killed supervisor's tree dies, setsid and deaf ones included, and the run tells how", async (t) => {
    const site = await start(t);
    const id = await site.startRun("lingering");
    await until("lines arrive", async () => (await site.run(id)).lines > 10, 20);
    await until("its child is there, too", () => site.processes(id).length >= 2);
    process.kill(site.supervisor(id), "SIGKILL");
    await until("the daemon has noticed", () => site.log("runner").includes(`the supervisor of run ${id} ended with signal 9`), 15);
    await until("its processes are dead", () => site.processes(id).length === 0, 15);
    assert.equal((await site.waitForEnd(id)).reason, "lost");
    const killed = (await site.records(id)).find((r) => r.event === "athanor.killed");
    assert.ok(killed.payload.processes >= 1 && killed.payload.left === 0, JSON.stringify(killed));
    assert.match(killed.payload.means, /^(cgroup\.kill|cookie|subreaper)$/);
    assert.ok(killed.payload.ms >= 0 && killed.payload.ms < 3 * 5000);
});

test("a process that hides from its supervisor's death is found nevertheless", async (t) => {
    const site = await start(t);
    const id = await site.startRun("hiding");
    await until("it has hidden", async () => (await site.run(id)).lines > 2 && processesNamed(marker).length === 1);
    const [hidden] = processesNamed(marker);
    process.kill(site.supervisor(id), "SIGKILL");
    assert.equal((await site.waitForEnd(id, 15)).reason, "lost");
    await until("it is dead", () => !isAlive(hidden), 15);
});

test("a supervisor that was stopped past its lease adds nothing and kills its program when it wakes", async (t) => {
    const site = await start(t, { lost_after_s: 5 });
    const id = await site.startRun("numbers", { lines: 0, rate: 100000 });
    await until("lines arrive", async () => (await site.run(id)).lines > 10, 20);
    const supervisor = site.supervisor(id);
    process.kill(supervisor, "SIGSTOP");
    const run = await site.waitForEnd(id, 30);
    assert.deepEqual([run.status, run.reason], ["failed", "lost"]);
    assert.match(run.error, /no heartbeat/);
    process.kill(supervisor, "SIGCONT");
    const woken = Date.now();
    await until("its processes are dead", () => site.processes(id).length === 0, 15);
    t.diagnostic(`all were dead ${Date.now() - woken} ms after it woke`);
    const [kept] = await until("what it had read is put aside", () => site.orphaned(id), 15);
    await until("it is mentioned", () => site.log("runner").includes(kept));
    const after = await site.run(id);
    assert.deepEqual([after.lines, after.records, after.epoch], [run.lines, run.records, run.epoch]);
    const [{ rows }] = await site.sql("SELECT count(*)::int AS rows FROM log_chunks WHERE run_id = $1 AND last_line > $2", id, run.lines);
    assert.equal(rows, 0, "no stale row");
});

/** A run whose supervisor has died with its daemon while the database was away: nothing but its folder knows how far it had come. */
async function dieTogether(site) {
    const id = await site.startRun("numbers", { lines: 0, rate: 50000 });
    await until("lines arrive", async () => (await site.run(id)).lines > 5000, 60);
    await site.stopProgram("postgres");
    await site.untilSpooled(id);
    process.kill(site.supervisor(id), "SIGKILL");
    await site.stopProgram("runner"); // which gives its recovery up
    await site.startProgram("postgres");
    const { lines } = await site.run(id);
    return { id, lines, spool: join(site.state, "runs", String(id), "spool") };
}

test("a spool that comes after another host has reaped the run is kept and mentioned, never appended", async (t) => {
    const site = await start(t);
    const { id, lines } = await dieTogether(site);
    await site.sql("SELECT body FROM finish_run($1, NULL, 'failed', 'lost', 'reaped by another host', NULL, NULL)", id);
    await site.startProgram("runner");
    const [kept] = await until("it is put aside", () => site.orphaned(id), 15);
    const run = await site.run(id);
    assert.deepEqual([run.lines, run.error], [lines, "reaped by another host"]);
    assert.ok(readdirSync(join(kept, "spool")).length >= 1);
    await until("it is mentioned", () => site.log("runner").includes(`output that could not be stored any more is kept in ${kept}`));
    await until("its processes are dead", () => site.processes(id).length === 0, 15);
});

test("a result that comes after another host has reaped the run is kept, though the end has its number", async (t) => {
    const site = await start(t);
    const id = await site.startRun("lastly");
    await until("it has begun", async () => (await site.run(id)).lines === 1, 60);
    await site.stopProgram("postgres");
    const before = site.spoolBytes(id);
    writeFileSync(join(site.folder, "lastly/go"), "");
    await until("its result is spooled", () => site.spoolBytes(id) > before, 60);
    process.kill(site.supervisor(id), "SIGKILL");
    await site.stopProgram("runner"); // which gives its recovery up
    await site.startProgram("postgres");
    await site.sql("SELECT body FROM finish_run($1, NULL, 'failed', 'lost', 'reaped by another host', NULL, NULL)", id);
    await site.startProgram("runner");
    await until("it is put aside", () => site.orphaned(id), 60);
});

test("a spool that cannot be read is kept, and the run says so", async (t) => {
    const site = await start(t);
    const { id, spool } = await dieTogether(site);
    const last = join(spool, readdirSync(spool).sort().at(-1));
    renameSync(last, `${last}.away`);
    mkdirSync(last);
    await site.startProgram("runner");
    const run = await site.waitForEnd(id);
    assert.equal(run.reason, "lost");
    assert.match(run.error, /^its output could not be stored: cannot open /);
    const [kept] = await until("it is put aside", () => site.orphaned(id), 60);
    assert.ok(statSync(join(kept, "spool", `${basename(last)}.away`)).size > 0);
});

test("a spool with a torn end is shipped as far as it is whole", async (t) => {
    const site = await start(t);
    const { id, lines, spool } = await dieTogether(site);
    const last = join(spool, readdirSync(spool).sort().at(-1));
    truncateSync(last, statSync(last).size - 7);
    await site.startProgram("runner");
    const run = await site.waitForEnd(id);
    assert.equal(run.reason, "lost");
    assert.ok(run.lines > lines + 10000, `${run.lines} after ${lines}`);
    assert.deepEqual(await checkLog(site, run), []);
    assert.equal(site.orphaned(id), null);
});
