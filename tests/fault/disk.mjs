// A disk is full, under the spool or under Postgres: the run says so within moments, nothing is lost, and when there is room again
// all goes on by itself.
import { fill, inMountNamespace, mountSmall } from "../lib/mounts.mjs";

inMountNamespace();

const { default: test } = await import("node:test");
const { default: assert } = await import("node:assert/strict");
const { spawnSync } = await import("node:child_process");
const { join } = await import("node:path");
const { checkWhole, counting, stopCounting } = await import("../lib/numbers.mjs");
const { startRunner } = await import("../lib/runs.mjs");
const { tempDir } = await import("../lib/tmp.mjs");
const { sleep, until } = await import("../lib/wait.mjs");

/** A site with pages, since what they show is the point. */
const start = (t, state) => startRunner(t, { state, experiments: { numbers: counting, quick: "echo hi" }, without: ["pages-bulk", "pages-upload", "events"] });

async function startCounting(site, rate) {
    const id = await site.startRun("numbers", { lines: 0, rate });
    await until("lines arrive", async () => (await site.run(id)).lines > 1000, 60);
    return id;
}

/** What the API says of the run, once it is like this, and how long that took. */
async function noticed(t, site, id, words) {
    const since = Date.now();
    const text = await until(`the run says ${words}`, async () => {
        const { json } = await site.get(`/api/v1/runs/${id}`);
        return words.test(json.notice) && json.notice;
    }, 15);
    t.diagnostic(`after ${Date.now() - since} ms: ${text}`);
    const page = await site.get(`/runs/${id}`);
    assert.match(page.text, /data-notice>[^<]*No space left/);
}

const isWell = (site, id) => until("all is well", async () => (await site.get(`/api/v1/runs/${id}`)).json.notice === null, 30);

test("the disk of the spool is full", async (t) => {
    const state = join(tempDir(t), "state");
    const disk = mountSmall(t, state, "runs", 24);
    const site = await start(t, state);
    const id = await startCounting(site, 20000);

    // Postgres is there: the run goes on through memory.
    let filler = await fill(disk);
    await noticed(t, site, id, /^cannot write to the spool: No space left on device/);
    const before = (await site.run(id)).lines;
    await until("the run goes on", async () => (await site.run(id)).lines > before + 20000, 60);

    // A run that should begin now waits and says why.
    const waiting = await site.startRun("quick");
    await noticed(t, site, waiting, /^it cannot be started yet: .*No space left on device/);

    // Postgres goes away too: the program has to wait, and what it has said is kept.
    await site.stopProgram("postgres");
    await sleep(2000);
    await site.startProgram("postgres");
    await until("the run goes on", async () => (await site.run(id)).lines > before + 60000, 60);

    filler.empty();
    await isWell(site, id);
    assert.equal((await site.waitForEnd(waiting, 60)).status, "completed", "without a restart");
    const event = await until("it is kept", async () => (await site.records(id)).find((r) => r.event === "athanor.trouble"));
    assert.match(event.message, /^cannot write to the spool: No space left on device \(for \d+\.\d s\)$/);

    // Full while Postgres is away, and room again before it comes back.
    await site.stopProgram("postgres");
    filler = await fill(disk);
    await sleep(2000);
    filler.empty();
    await site.startProgram("postgres");
    stopCounting(site, id);
    await checkWhole(site, id, 60);
    assert.equal(site.log("runner").includes("signal 7"), false, "no supervisor was killed by its own files");
});

test("the disk of postgres is full", async (t) => {
    const state = join(tempDir(t), "state");
    const disk = mountSmall(t, state, "disk", 400);
    // The cluster moves there once it is made.
    const first = await startRunner(t, { state });
    await first.stop();
    const data = join(state, "postgres");
    assert.equal(spawnSync("sh", ["-c", `cp -a ${data} ${disk}/ && rm -rf ${data} && ln -s ${disk}/postgres ${data}`]).status, 0);
    const site = await start(t, state);
    const id = await startCounting(site, 20000);

    await site.sql("SELECT pg_switch_wal()"); // its log has a file with room: one that cannot be made would end Postgres
    const filler = await fill(disk);
    await noticed(t, site, id, /^the database does not take its output: .*No space left on device/);
    await sleep(2000);
    assert.equal((await site.run(id)).status, "running");
    filler.empty();
    await isWell(site, id);
    stopCounting(site, id);
    const { behind } = await checkWhole(site, id, 60);
    t.diagnostic(`the program was at most ${behind} s late`);
    assert.ok(behind < 3, `the program was ${behind} s late`);
    assert.ok((await site.records(id)).some((r) => r.event === "athanor.trouble" && /the database does not take/.test(r.message)));
});
