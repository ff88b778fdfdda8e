// A thousand viewers who join a long run from its first line while it goes on and others watch it live.

import { Psql } from "../../lib/psql.mjs";
import { Writer } from "../../lib/writer.mjs";
import { sleep } from "../../lib/wait.mjs";
import { relayFigures } from "./metrics.mjs";
import { connectAll } from "./probe.mjs";

const LINE = "x".repeat(72);

/** Writes the run's past as a supervisor would: a thousand lines a batch. */
async function writePast(bench, side, lines) {
    const db = new Psql(side.site);
    bench.atEnd(() => db.end());
    const writer = new Writer(db, null, side.run);
    while (writer.line < lines)
        await writer.batch(Array.from({ length: 1000 }, (_, i) => [1700000000000 + writer.line + i, 1, `${writer.line + i + 1} ${LINE}`]));
}

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function join(bench, side) {
    const [viewers, live, lines] = bench.quick ? [100, 20, 10_000] : [1000, 100, 100_000];
    const joined = [];
    const p99 = [];
    const reads = [];
    for (let i = 0; i < bench.repeats; i++) {
        await side.newRun();
        await writePast(bench, side, lines);
        const watching = await connectAll(side, live);
        const before = await relayFigures(side.site);
        await watching.ask("start");
        const publishing = side.publish(20, bench.quick ? 4 : 20, 200);
        await sleep(1000);
        const began = performance.now();
        const joining = await connectAll({ ...side, view: (n) => side.view(n, "0.0") }, viewers);
        for (let behind = true; behind; await sleep(50)) {
            const [here, there] = [await joining.ask("report"), await watching.ask("report")];
            behind = here.least < there.most - 40;
        }
        joined.push((performance.now() - began) / 1000);
        const sent = await publishing;
        await sleep(500);
        const report = await watching.ask("report");
        if (report.least !== sent.last || report.missing || report.repeated) throw new Error("a live viewer has missed something");
        const told = await joining.ask("report");
        if (told.least !== sent.last || told.missing || told.repeated) throw new Error("one who joined has missed something");
        p99.push(report.p99_us / 1000);
        const after = await relayFigures(side.site);
        const [{ size }] = await side.site.sql("SELECT sum(octet_length(body)) AS size FROM log_chunks WHERE run_id = $1", side.run);
        reads.push((after.page_bytes_total - before.page_bytes_total) / Number(size));
        await joining.quit();
        await watching.quit();
    }
    const { report } = bench;
    report.figure(`${viewers} join a running run of ${lines} lines at its first: until all are live`, "s", joined);
    report.figure(`the same: p99 of ${live} live viewers meanwhile`, "ms", p99, ["most", 300]);
    report.figure("the same: read from Postgres, times the run's size", "", reads, ["most", 2]);
}
