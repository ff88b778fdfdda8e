// Many runs: two hundred at a time that say little, and a queue of a thousand that say nothing.

import { sleep } from "../lib/wait.mjs";
import { cpuSecondsWithChildren, family, meter, privateBytes, supervisors } from "./lib/process.mjs";
import { makeInstance } from "./lib/runs.mjs";

export const title = "many runs at a time, and a long queue";

const count = async (db, where) => Number(await db.query(`SELECT count(*) FROM runs WHERE ${where}`));

/** Waits without costing much, since the time until then is measured. */
async function waitFor(db, where, wanted, seconds) {
    for (const end = Date.now() + seconds * 1000; (await count(db, where)) !== wanted; await sleep(100))
        if (Date.now() > end) throw new Error(`after ${seconds} s ${await count(db, where)} runs are ${where}, not ${wanted}`);
}

const makeRuns = (site, instance, runs) => site.sql("SELECT count(create_run($1, 0)) AS n FROM generate_series(1, $2)", instance, runs);

async function crowd(bench) {
    const runs = bench.quick ? 20 : 200;
    const seconds = bench.quick ? 3 : 12;
    const site = await bench.site({ env: { ATHANOR_JOBS: String(runs) } });
    const db = bench.psql(site);
    const instance = await makeInstance(site, "talk");
    const began = performance.now();
    await makeRuns(site, instance, runs);
    await waitFor(db, "status = 'running'", runs, 30);
    const { report } = bench;
    report.figure(`${runs} runs, until all have begun`, "s", (performance.now() - began) / 1000);
    await sleep(2000);
    const pids = supervisors(site.state).map(({ pid }) => pid);
    if (pids.length !== runs) throw new Error(`${pids.length} supervisors serve ${runs} runs`);
    const ours = meter([...pids, await site.pid("runner")]);
    const servers = meter(family(await site.pid("postgres")));
    const [{ lines: before }] = await site.sql("SELECT sum(lines) AS lines FROM run_heads");
    const start = performance.now();
    await sleep(seconds * 1000);
    const used = ours();
    const usedByPostgres = servers();
    const took = (performance.now() - start) / 1000;
    const [{ lines }] = await site.sql("SELECT sum(lines) AS lines FROM run_heads");
    report.figure(`${runs} runs of 10 lines/s: supervisors and daemon`, "processors", used / took, ["below", 0.5]);
    report.figure(`${runs} runs of 10 lines/s: Postgres`, "processors", usedByPostgres / took);
    report.figure(`${runs} runs of 10 lines/s: stored`, "lines/s", (lines - before) / took);
    report.figure(`${runs} runs: private memory of all supervisors`, "MiB", pids.reduce((sum, pid) => sum + privateBytes(pid), 0) / 2 ** 20);
}

async function queue(bench) {
    const runs = bench.quick ? 50 : 1000;
    const site = await bench.site();
    const db = bench.psql(site);
    const instance = await makeInstance(site, "true");
    await site.stopProgram("runner");
    await makeRuns(site, instance, runs);
    const postmaster = await site.pid("postgres");
    const before = family(postmaster).reduce((sum, pid) => sum + cpuSecondsWithChildren(pid), 0);
    const start = performance.now();
    await site.startProgram("runner");
    const daemon = await site.pid("runner");
    await waitFor(db, "status IN ('pending', 'running')", 0, 300);
    const took = (performance.now() - start) / 1000;
    const failed = await count(db, "status <> 'completed'");
    if (failed) throw new Error(`${failed} of ${runs} runs did not complete`);
    await sleep(500);
    const { report } = bench;
    report.figure(`a queue of ${runs} runs of /bin/true, one daemon, --jobs ${site.conf.jobs}`, "s", took, ["below", bench.quick ? 3 : 60]);
    report.figure("a run of /bin/true: daemon, supervisor and child", "ms of processor", (cpuSecondsWithChildren(daemon) / runs) * 1000);
    const after = family(postmaster).reduce((sum, pid) => sum + cpuSecondsWithChildren(pid), 0);
    report.figure("a run of /bin/true: Postgres", "ms of processor", ((after - before) / runs) * 1000);
}

/** @param {import("./lib/bench.mjs").Bench} bench */
export async function measure(bench) {
    await crowd(bench);
    await bench.end();
    await queue(bench);
}
