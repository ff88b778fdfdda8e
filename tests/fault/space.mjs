// test-timeout: 900
// What a deleted run held is free for the next one: its bytes are said before, and many made and deleted take little more than one.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const soak = Boolean(process.env.ATHANOR_SOAK);
const [cycles, lines] = soak ? [20, 1_000_000] : [5, 100_000];
const tables = ["log_chunks", "log_marks", "records", "metric_chunks", "runs", "run_heads", "run_outcomes", "instance_facts"];

const site = await startStack(after, { without: ["nginx", "pages-quick", "pages-bulk", "pages-upload", "events", "runner", "redis"] });
// Asked for often, so that the test need not wait for the ten seconds of a site.
await site.sql("ALTER SYSTEM SET autovacuum_naptime = '1s'");
await site.sql("SELECT pg_reload_conf()");

/** Bytes of all tables that a run writes to, with their indexes and what they keep beside them. */
async function size() {
    const [{ bytes }] = await site.sql(
        `SELECT sum(pg_total_relation_size(t.relid))::bigint AS bytes
         FROM unnest($1::text[]) AS name, pg_partition_tree(name::regclass) AS t`,
        `{${tables.join(",")}}`,
    );
    return bytes;
}

/** A run that has said `lines` lines, some warnings, results and metrics, and ended. Its lines do not shrink much. */
async function makeRun(instance) {
    const [{ run }] = await site.sql("SELECT create_run($1::bigint, 0) AS run", instance);
    await site.sql("SELECT body FROM claim_run($1::bigint, NULL, 'host', '{}')", run);
    await site.sql(
        `INSERT INTO log_chunks SELECT $1::bigint, c * 1000 + 1, (c + 1) * 1000, c * 70000, (c + 1) * 70000, 0, 999, 1, 0,
                (SELECT '{"first":1,"lines":[' || string_agg('[1700000000000,1,"' || md5(n::text) || md5(n::text || 'x') || '"]', E',\\t') || ']}'
                 FROM generate_series(c * 1000 + 1, (c + 1) * 1000) AS n)
         FROM generate_series(0, $2::bigint / 1000 - 1) AS c`,
        run, lines,
    );
    await site.sql("INSERT INTO log_marks SELECT $1::bigint, 2, n * 1000 FROM generate_series(1, $2::bigint / 1000) AS n", run, lines);
    await site.sql(
        `INSERT INTO records SELECT $1::bigint, n + 1, 0, 'result', 'r' || n % 50, '{"n":1,"line":0,"kind":"result","at":1,"key":"r","value":"' || md5(n::text) || '"}'
         FROM generate_series(1, 2000) AS n`,
        run,
    );
    await site.sql("UPDATE run_heads SET lines = $2::bigint, records = 2001 WHERE run_id = $1::bigint", run, lines);
    await site.sql("SELECT body FROM finish_run($1::bigint, NULL, 'completed', NULL, NULL, 0, NULL)", run);
    return run;
}

/** Waits until what was deleted has been vacuumed. */
const settled = () =>
    until(
        "what was deleted is free",
        async () => {
            const [{ dead }] = await site.sql(
                `SELECT sum(pg_stat_get_dead_tuples(c.oid) + coalesce(pg_stat_get_dead_tuples(nullif(c.reltoastrelid, 0)), 0))::bigint AS dead
                 FROM pg_class c WHERE c.relname IN ('log_chunks_0', 'records_0')`,
            );
            return dead < 1000;
        },
        90,
    );

test(`${cycles} runs of ${lines.toLocaleString("en-US")} lines, made and deleted in turn, take less than 1.2 times one of them`, async (t) => {
    const [{ id: instance }] = await site.sql("INSERT INTO instances (experiment, name) VALUES ('e', 'space') RETURNING id");
    const empty = await size();
    let one = 0;
    for (let cycle = 0; cycle < cycles; cycle++) {
        const run = await makeRun(instance);
        if (!one) {
            one = (await size()) - empty;
            const [{ bytes }] = await site.sql("SELECT bytes::bigint FROM deletion_cost(ARRAY[$1::bigint])", run);
            assert.ok(Math.abs(bytes - one) < 0.15 * one, `said ${bytes} bytes, holds ${one}`);
            t.diagnostic(`one holds ${one} bytes, said to be ${bytes}`);
        }
        await site.sql("SELECT delete_run($1::bigint), pg_stat_force_next_flush()", run); // else its dead rows are counted only later
        await settled();
    }
    const grown = (await size()) - empty;
    t.diagnostic(`after ${cycles}: ${(grown / one).toFixed(2)} times one`);
    assert.ok(grown < 1.2 * one, `${grown} bytes, one run is ${one}`);
});
