// Log lines from a child to their commit, beside bare storage of the same lines by the same client library.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "../lib/stack.mjs";
import { program } from "./lib/bench.mjs";
import { measure as json, memory, supervisors } from "./lib/process.mjs";
import { ratios } from "./lib/report.mjs";
import { finishedRun, makeInstance, startRun } from "./lib/runs.mjs";

export const title = "80-byte lines from a child to their commit, beside bare chunk INSERTs and COPY of rows";

const rowTable = `CREATE TABLE log_rows (run_id bigint NOT NULL, n bigint NOT NULL, ms bigint NOT NULL, level smallint NOT NULL,
    text text NOT NULL, PRIMARY KEY (run_id, n))`;

/** A second database of the site's cluster, with the product's log tables and one for rows. */
async function makeStore(bench, site) {
    const schema = readFileSync(join(root, "sql/schema/002_logs.sql"), "utf8");
    await site.sql("CREATE DATABASE bench");
    const conninfo = site.conf.database.replace("dbname=athanor", "dbname=bench");
    const file = join(bench.tempDir(), "tables.sql");
    writeFileSync(file, `${schema};${rowTable};`);
    await json(program("store_lines"), ["sql", conninfo, file]);
    return conninfo;
}

/** Bytes of the log's partitions with their indexes and TOAST. */
const diskBytes = async (site) =>
    (
        await site.sql(
            `SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint AS bytes FROM pg_inherits
             WHERE inhparent IN ('log_chunks'::regclass, 'log_marks'::regclass)`,
        )
    )[0].bytes;

/** One run of the flood: lines/s from its start to its end, its supervisor's peak memory, bytes on disk a line. */
async function flood(site, db, instance) {
    const before = await diskBytes(site);
    const run = await startRun(site, instance);
    let [supervisor, peak] = [0, 0];
    const row = await finishedRun(db, run, 120, async () => {
        supervisor ||= supervisors(site.state)[0]?.pid ?? 0;
        try {
            peak = Math.max(peak, memory(supervisor, "status", "VmHWM"));
        } catch {
            // it is not there yet, or has ended
        }
    });
    if (!peak) throw new Error("the supervisor was not seen");
    return { rate: row.lines / row.seconds, peak, lines: row.lines, bytes: ((await diskBytes(site)) - before) / row.lines };
}

/** @param {import("./lib/bench.mjs").Bench} bench */
export async function measure(bench) {
    const { report } = bench;
    const site = await bench.site();
    const db = bench.psql(site);
    const store = await makeStore(bench, site);
    const instance = await makeInstance(site, "flood");
    const lines = bench.quick ? 200_000 : 2_000_000;
    const ceiling = async (what, run) => {
        await site.sql("CHECKPOINT");
        const done = await json(program("store_lines"), [what, store, String(run), String(lines)]);
        return done.lines / done.seconds;
    };
    const found = { chunks: [], rows: [], ours: [] };
    for (let i = 1; i <= bench.repeats; i++) {
        found.chunks.push(await ceiling("chunks", i));
        await site.sql("CHECKPOINT");
        found.ours.push(await flood(site, db, instance));
        found.rows.push(await ceiling("rows", i));
    }
    const rates = found.ours.map((one) => one.rate);
    report.figure("bare chunk INSERTs, 1,000 lines each", "lines/s", found.chunks);
    report.figure("binary COPY of rows, 1,000 a commit", "lines/s", found.rows);
    report.figure("a run, from its start to its end", "lines/s", rates);
    report.figure("a run / bare chunk INSERTs", "", ratios(rates, found.chunks), ["least", 0.5]);
    report.figure("a run / COPY of rows", "", ratios(rates, found.rows), ["above", 1]);
    report.figure("on disk, indexes included", "bytes a line", found.ours.map((one) => one.bytes), ["most", 70]);
    report.figure("supervisor, peak memory", "MiB", found.ours.map((one) => one.peak / 2 ** 20), ["below", 32]);
    report.note(`${found.ours[0].lines.toLocaleString("en-US")} lines a run; a line has 79 bytes and its end`);
}
