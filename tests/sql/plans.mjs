// No statement of the pages reads more of the database than it shows: each is run on a filled one, as the pages run it, and its plan,
// and those of the functions that it calls, are looked at.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { seed, seedLog } from "../bench/lib/seed.mjs";
import { root, startStack } from "../lib/stack.mjs";

const run = promisify(execFile);
const folder = join(root, "sql/queries/pages");
const site = await startStack(after, { without: ["nginx", "pages-quick", "pages-bulk", "pages-upload", "events", "runner", "redis"] });

/** Tables that stay small: they may be read whole. */
const small = ["experiments", "offers", "runners", "users", "login_links", "sessions", "api_tokens", "idempotency_keys", "freed_contents", "data_total", "site_changes", "site_changes_past"];
/** Statements that count everything, which they do by indexes: what Prometheus asks for. */
const counting = ["metrics_text"];
/** Rows that one node of a plan may look at. There are far more of everything. */
const most = 1500;

const made = await seed(site, 3000, 4);
await seedLog(site, made.run, 1000);
const last = made.run + 11_999;
const [{ waiting }] = await site.sql("SELECT create_run($1::bigint, 0) AS waiting", made.instance + 7);
await site.sql("INSERT INTO instances (experiment, name, project) SELECT 'ising', 'spare', 'project 3' FROM generate_series(1, 100)");
await site.sql(
    `INSERT INTO pipelines (name, versions_made, versions) SELECT 'pipe-' || i, 1, 1 FROM generate_series(1, 3000) i UNION ALL SELECT 'ising', 3000, 3000`);
await site.sql(
    `INSERT INTO pipeline_versions (pipeline_id, version, stage, promoted_by, run_id, artifact_n, artifact_name, sha256, size, media_type, run_number, instance_id,
                                    instance_name, experiment, results, metrics, origin)
     SELECT p.id, v, CASE v % 3 WHEN 1 THEN 'staging' WHEN 2 THEN 'archived' END, 'admin', $1::bigint + v, 1, 'm', md5(p.id || ' ' || v) || md5('x'), 1, 'x/y', 1, 1, 'i', 'e', '{}', '{}', '{}'
     FROM pipelines p, generate_series(1, p.versions) v`, made.run);
await site.sql(
    `INSERT INTO pipeline_stages (version_id, stage, by) SELECT id, stage, 'admin' FROM pipeline_versions WHERE stage IS NOT NULL`);
await site.sql(
    `INSERT INTO records (run_id, n, line, kind, key, body) VALUES ($1::bigint, 900, 0, 'artifact', 'm.bin', json_build_object('n', 900, 'line', 0, 'kind', 'artifact', 'at', 1,
        'name', 'm.bin', 'sha256', repeat('a', 64), 'size', 1, 'media_type', 'x/y')::text)`, made.run);
await site.sql(
    `INSERT INTO data_sources (project, name, bytes, sha256, rows, delimiter, columns, replaced_at)
     SELECT CASE i % 2 WHEN 0 THEN '' ELSE 'project 3' END, 'table ' || i, 1, md5(i::text) || md5('x'), 1, ',', '[]', CASE i % 5 WHEN 0 THEN now() END
     FROM generate_series(1, 3000) i`);
const [{ source }] = await site.sql("SELECT min(id)::int AS source FROM data_sources");
await site.sql("INSERT INTO data_uses (source_id, run_id) SELECT $1::bigint, id FROM runs WHERE id < $2::bigint + 3000", source, made.run);
await site.sql("INSERT INTO data_uses (source_id, instance_id) SELECT $1::bigint, id FROM instances", source);
await site.sql("ANALYZE");

const filters = [
    {}, { q: "study 7" }, { q: "zebra" }, { q: "st" }, { experiment: "ising" }, { experiment: "none" }, { project: "project 3" }, { project: "none" }, { status: "failed" },
    { status: "none" }, { status: "failed", project: "project 3", experiment: "ising" }, { instance: String(made.instance) }, { instance: String(made.instance), status: "failed" },
    { sort: "last" }, { sort: "name" }, { sort: "runs" }, { before: "1000" }, { before: "1000", sort: "name", key: "study 500" }, { sort: "last", before: "1000", key: "9000" },
];

/** What a statement is asked with, where that is not as below. */
const queries = {
    page_experiments: filters,
    page_runs: filters,
    page_instance: [{}, { before: "3" }, { tab: "compare" }, { tab: "compare", group: "1", sort: "result:accuracy" }, { tab: "configuration" }],
    page_run: ["head", "logs", "results", "events", "metrics", "leaderboard", "artifacts", "configuration"].map((tab) => ({ tab })),
    page_selection: [{ action: "delete", back: "/runs", runs: [made.run, last] }],
    data_source_list: [{}, { project: "project 3" }, { project: "none" }, { state: "replaced" }, { state: "all", before: 1500 }],
    run_diff: [{ with: last }],
    page_diff: [{ a: String(made.run), b: String(last) }, { a: String(made.run) }],
    page_pipelines: [{}, { q: "pipe-29" }, { after: "pipe-2" }],
    page_pipeline: [{}, { stage: "staging" }, { before: "100" }],
    version_list: [{}, { stage: "staging" }, { before: 1500 }],
    run_list: [{}, { status: "failed" }, { instance: made.instance }, { instance: made.instance, status: "failed" }],
    token_add: [{ name: "x", scope: "read", expires: 0, prefix: "ath_", hash: "00".repeat(32), key: null, request: "r" }],
    instance_list: [{}, { experiment: "ising" }, { project: "project 3" }, { experiment: "none" }, { before: 500 }, { name: "study 7" }, { name: "spare" }],
};
/** What a statement takes that not everything of its type would do for. */
const exact = {
    promote: ["'admin'", made.run, "'ising'", "''", "'{}'", "900", "null"],
    version_stage: ["'admin'", "'ising'", "7", "'production'"],
    version_verified: ["'ising'", "7", "'admin'", "null", "null"],
    ...Object.fromEntries(["version_file", "version_delete"].map((name) => [name, ["'ising'", "7"]])),
    data_source_add: ["'p'", "'n'", "false", "1000000", "1", "repeat('a', 64)", "1", "','", "'[]'", "'[]'", "'[]'", "'admin'"],
    data_source_delete: [source + 1],
    version_set: ["'ising'", "7", "'words'", "'{tag}'", "'*'"],
};
const ofInstance = /^(page_)?(instance|edit|delete_instance)|^run_start/;

function inputs(name) {
    const id = String(name.includes("data") ? source : ofInstance.test(name) ? made.instance : made.run);
    const path = { source: String(source), id, n: "2", name: "ising", key: "accuracy", table: "t" };
    return (queries[name] ?? [{}]).map((query) => ({ path, query: { limit: 100, after: 0, ...query }, user: { id: 1, name: "admin", role: "admin", scope: "admin", actor: "session 1" } }));
}

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const samples = {
    double: () => "0", pg_snapshot: () => "'100:110:105'",
    json: () => "'{}'", text: () => "'00'", boolean: () => "false", int: () => "0",
    bigint: (name) => String(name.startsWith("data_source") ? source : name === "run_cancel" ? waiting : ofInstance.test(name) ? made.instance : made.run),
    "bigint[]": () => `'{${made.run},${last}}'`,
    "text[]": () => "'{00}'",
};

/** The lists of values to run a statement with. */
function valuesOf(name, text) {
    if (exact[name]) return [exact[name].map(String)];
    const types = [];
    for (const [, n, type] of text.matchAll(/\$(\d+)::([a-z_]+(?:\[\])?)/g)) types[n - 1] = type;
    if (types.length === 1 && types[0] === "json") return inputs(name).map((input) => [quoted(JSON.stringify(input))]);
    return [types.map((type) => (samples[type] ?? (() => assert.fail(`${name}: no sample for ${type}`)))(name))];
}

/** Runs it in a transaction that is undone; returns what auto_explain says. */
async function explain(text, values) {
    const script = `LOAD 'auto_explain';
        SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on; SET auto_explain.log_timing = off;
        SET auto_explain.log_nested_statements = on; SET auto_explain.log_level = notice;
        SET jit = off; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;
        BEGIN; PREPARE q AS ${text}
        ; SET client_min_messages = notice; EXECUTE q${values.length ? `(${values.join(", ")})` : ""}; ROLLBACK;`;
    const { stderr } = await run("/usr/lib/postgresql/15/bin/psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", site.conf.database, "-c", script], { maxBuffer: 1 << 28 });
    return stderr;
}

/** What a plan does that it should not. */
function faults(plan) {
    const found = [];
    let table = null;
    for (const line of plan.split("\n")) {
        const scan = /(Seq Scan|Scan(?: Backward)? using \S+|Heap Scan) on (\w+?)(?:_\d+)?(?: |$)/.exec(line);
        if (/->|^\w.*\(cost=/.test(line)) table = scan && !small.includes(scan[2]) ? scan[2] : null;
        if (!table) continue;
        if (scan?.[1] === "Seq Scan") found.push(`reads all of ${table}`);
        const rows = /actual rows=(\d+) loops=(\d+)/.exec(line);
        if (rows && Number(rows[1]) * Number(rows[2]) > most) found.push(`reads ${rows[1]} rows of ${table} ${rows[2]} times`);
        const removed = /Rows Removed by (?:Index Recheck|Filter|Join Filter): (\d+)/.exec(line);
        if (removed && Number(removed[1]) > most) found.push(`drops ${removed[1]} rows of ${table}`);
    }
    return found;
}

test("a plan that reads too much is recognised", async () => {
    const all = await explain("SELECT count(*) FROM runs WHERE exit_code = 77", []);
    assert.match(faults(all).join("; "), /reads all of runs.*drops \d+ rows of runs/);
    const nested = await explain("SELECT view_no_runner(), (SELECT count(*) FROM records WHERE body = 'x')", []);
    assert.match(faults(nested).join("; "), /reads all of records/);
    assert.deepEqual(faults(await explain("SELECT * FROM runs WHERE id = 7", [])), []);
});

for (const file of readdirSync(folder).filter((name) => name.endsWith(".sql"))) {
    const name = file.slice(0, -4);
    test(name, async () => {
        const text = readFileSync(join(folder, file), "utf8").replaceAll(/--.*$/gm, "");
        for (const values of valuesOf(name, text)) {
            const plan = await explain(text, values);
            assert.match(plan, /Query Text/);
            const found = faults(plan).filter((fault) => !counting.includes(name) || fault.startsWith("reads all"));
            assert.deepEqual(found, [], `${values.join(", ").slice(0, 300)}\n${plan.slice(-6000)}`);
        }
    });
}
