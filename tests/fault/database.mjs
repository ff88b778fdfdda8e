// Postgres goes away in every manner during a run: the run goes on, and nothing is lost or doubled.
import test from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { checkWhole, counting, stopCounting } from "../lib/numbers.mjs";
import { startProxy } from "../lib/pg_proxy.mjs";
import { runnerOnly, startRunner } from "../lib/runs.mjs";
import { sleep, until } from "../lib/wait.mjs";

const soak = Boolean(process.env.ATHANOR_SOAK);
const start = (t, options = {}) => startRunner(t, { experiments: { numbers: counting }, ...options });
const peakMiB = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

/** A run that counts until it is told to stop. */
async function startCounting(site, rate) {
    const id = await site.startRun("numbers", { lines: 0, rate });
    await until("lines arrive", async () => (await site.run(id)).lines > 1000, 60);
    return id;
}

test("postgres restarts at once and again; nothing is lost and nothing doubled", async (t) => {
    const site = await start(t);
    const id = await startCounting(site, 10000);
    const rounds = soak ? 50 : 3;
    for (let i = 0; i < rounds; i++) {
        const pid = await site.kill("postgres", "SIGQUIT");
        await site.waitForRestart("postgres", pid);
        await sleep(200 * (i % 5));
    }
    await until("it goes on", async () => (await site.run(id)).status === "running", 60);
    stopCounting(site, id);
    const { count, behind } = await checkWhole(site, id, 60);
    t.diagnostic(`${rounds} restarts, ${count} lines, the program at most ${behind} s late`);
});

test("connections cut between commit and reply, and elsewhere, double nothing", async (t) => {
    const site = await start(t, { without: [...runnerOnly, "runner"] });
    const proxy = await startProxy(t, site.state);
    const runs = soak ? 8 : 3; // since each connects anew only after a while
    const { child, ended } = site.runner(["--jobs", String(runs)], { ATHANOR_DATABASE: proxy.database });
    t.after(() => child.kill("SIGKILL"));
    const ids = [];
    for (let i = 0; i < runs; i++) ids.push(await startCounting(site, 2000));
    const rounds = soak ? 500 : 12;
    const manners = ["reply", "reply", "request", "late"];
    await Promise.all(Array.from({ length: rounds }, (_, i) => proxy.cut(manners[i % manners.length])));
    let lines = 0;
    for (const id of ids) {
        assert.equal((await site.run(id)).status, "running");
        stopCounting(site, id);
        lines += (await checkWhole(site, id, 60)).count;
    }
    t.diagnostic(`${rounds} cuts, ${lines} lines`);
    child.kill("SIGTERM");
    await ended;
});

test("postgres is away: the program is not slowed, the run is not called lost", async (t) => {
    const site = await start(t, { conf: { lost_after_s: 5 } });
    const id = await startCounting(site, 10000);
    const seconds = soak ? 300 : 7;
    await site.stopProgram("postgres");
    await sleep(seconds * 1000);
    const peak = peakMiB(site.supervisor(id));
    await site.startProgram("postgres");
    await sleep(soak ? 20000 : 6000); // longer than lost_after_s
    assert.equal((await site.run(id)).status, "running");
    stopCounting(site, id);
    const { count, behind } = await checkWhole(site, id, 120);
    t.diagnostic(`${seconds} s away, ${count} lines, the program at most ${behind} s late, the supervisor at most ${peak.toFixed(1)} MiB`);
    assert.ok(count > 10000 * seconds * 0.8, `${count} lines`);
    assert.ok(behind < 3, `the program was ${behind} s late`);
    assert.ok(peak < 64, `${peak} MiB`);
});

/** Postgres takes no chunk from now on, and says this. */
async function refuse(site, state, words) {
    await site.sql(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION '${words}' USING ERRCODE = '${state}'; END $f$`);
    await site.sql("CREATE TRIGGER refuse BEFORE INSERT ON log_chunks FOR EACH ROW EXECUTE FUNCTION refuse()");
}

/** Waits until what could not be stored of a run is kept, and the log says where. */
async function isKept(site, id) {
    const [kept] = await until("what was not stored is kept", () => site.orphaned(id), 60);
    await until("the log says where", () => site.log("runner").includes(`output that could not be stored any more is kept in ${kept}`), 60);
    return kept;
}

test("a quota that postgres has no name for is waited out; what it says of the rows ends the run, and they are kept", async (t) => {
    const site = await start(t, { without: runnerOnly });
    const [spared, ended] = [await startCounting(site, 2000), await startCounting(site, 2000)];
    const refusals = (id) => site.log("runner").split(`run ${id}: postgres does not take a batch`).length - 1;
    const words = 'could not extend file "base/1": Disk quota exceeded';
    await refuse(site, "XX000", words);
    await until("it has been refused often", () => refusals(spared) > 6, 120);
    const told = /the database does not take its output: .*Disk quota exceeded/;
    await until("the run tells of it", async () => told.test((await site.sql("SELECT trouble FROM run_heads WHERE run_id = $1", spared))[0].trouble), 60);
    await site.sql("DROP TRIGGER refuse ON log_chunks");
    const { lines } = await site.run(spared);
    await until("both go on", async () => (await site.run(spared)).lines > lines && (await site.run(ended)).lines > lines, 120);
    stopCounting(site, spared);
    await checkWhole(site, spared, 120);

    await refuse(site, "22021", "such bytes");
    const run = await site.waitForEnd(ended, 120);
    await site.sql("DROP TRIGGER refuse ON log_chunks");
    assert.deepEqual([run.status, run.reason], ["failed", "lost"]);
    assert.match(run.error, /its output could not be stored: .*such bytes/);
    const kept = await isKept(site, ended);
    assert.ok(readdirSync(join(kept, "spool")).length > 0);
});

test("what postgres says of the rows ends a run whose supervisor has died, too", async (t) => {
    const site = await start(t, { without: runnerOnly });
    const id = await startCounting(site, 2000);
    await refuse(site, "22021", "such bytes");
    await until("it is refused", () => site.log("runner").includes(`run ${id}: postgres does not take a batch`), 60);
    process.kill(site.supervisor(id), "SIGKILL");
    const run = await site.waitForEnd(id, 120);
    assert.deepEqual([run.status, run.reason], ["failed", "lost"]);
    assert.match(run.error, /its output could not be stored: .*such bytes/);
    assert.ok(existsSync(join(await isKept(site, id), "tail")));
});

test("a run that was held up catches up, also where each commit is slow", async (t) => {
    const site = await start(t, { without: runnerOnly });
    for (const setting of ["fsync = on", "commit_siblings = 0", "commit_delay = 100000"]) await site.sql(`ALTER SYSTEM SET ${setting}`);
    await site.sql("SELECT pg_reload_conf()");
    const id = await startCounting(site, 2000);
    await refuse(site, "XX000", "not now");
    await until("it is held up", () => site.log("runner").split("postgres does not take a batch").length > 5, 120);
    await site.sql("DROP TRIGGER refuse ON log_chunks");
    await until("what is stored last was said just now", async () => {
        const [{ body }] = await site.sql("SELECT body FROM log_chunks WHERE run_id = $1 ORDER BY first_line DESC LIMIT 1", id);
        return Date.now() - JSON.parse(body).lines.at(-1)[0] < 2000;
    }, 60);
    stopCounting(site, id);
    await checkWhole(site, id, 120);
});

test("beyond its quota the spool makes the program wait; nothing is lost, and the run tells of it", async (t) => {
    const site = await start(t, { conf: { spool_mb: 1 } });
    const id = await startCounting(site, 20000);
    await site.stopProgram("postgres");
    let [size, grew] = [0, Date.now()];
    await until("the spool grows no more", () => {
        const now = site.spoolBytes(id);
        if (now !== size) [size, grew] = [now, Date.now()];
        return size > 0 && Date.now() - grew > 3000;
    }, 60);
    await site.startProgram("postgres");
    const event = await until("the event", async () => (await site.records(id)).find((r) => r.event === "athanor.trouble"), 30);
    assert.match(event.message, /the database is away and the spool has its full 1 MiB, so the program waits \(for \d+\.\d s\)/);
    assert.ok(event.payload.ms > 1000, JSON.stringify(event.payload));
    stopCounting(site, id);
    const { behind } = await checkWhole(site, id, 60);
    assert.ok(behind > 1, `it had to wait, and was ${behind} s late`);
});
