// test-timeout: 300
// Answers that are given again while runs are busy: nothing of what they show is ever old, and what others' runs say does not end them.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Psql } from "../lib/psql.mjs";
import { addExperiment } from "../lib/rows.mjs";
import { root, startStack } from "../lib/stack.mjs";
import { sleep, until } from "../lib/wait.mjs";
import { Writer, makeInstance, makeRun } from "../lib/writer.mjs";

const site = await startStack(after, { without: ["runner", "events"], env: { ATHANOR_WORKERS: "1" } });
const [db, other] = [new Psql(site), new Psql(site)];
after(() => (db.end(), other.end()));
const cookie = await site.login();
const read = (path, options = { cookie }) => site.get(path, { ...options, headers: { accept: "application/json" } });
const view = async (path) => (await read(path)).json;

await addExperiment(site, "none", [{ name: "table", type: "data_source" }], { version: "1" });
await db.query("INSERT INTO runners (host, boot_id, pid, version, jobs, heartbeat_at) VALUES ('here', 'b', 1, '1', 1, now() + interval '1 hour')");
const instance = await makeInstance(db, "first");
const run = await makeRun(db, instance);
const writer = new Writer(db, null, run);
await writer.batch([[1, 1, "line 1"]]);
await db.query(`UPDATE runs SET snapshot = '{"version":"1"}' WHERE id = ${run}`);
const busy = new Writer(db, null, await makeRun(db, await makeInstance(db, "busy")));
const page = `/runs/${run}`;

/** Makes a change that no stamp tells of. */
const unseen = (statement) => db.query(`BEGIN; ALTER TABLE instances DISABLE TRIGGER site_changed; ${statement}; ALTER TABLE instances ENABLE ALWAYS TRIGGER site_changed; COMMIT`);

/** Begins early in a second, whose end would end an answer as well. */
const early = () => sleep((1000 - (Date.now() % 1000)) % 900);

/**
 * Whether a page is given again in spite of what `change` does. It is looked for an unseen change, and again where the second ended
 * in between.
 */
async function staysKept(path, nameOf, change) {
    let n = 0;
    await until(`${path} is given again`, async () => {
        await early();
        const before = nameOf(await view(path));
        await unseen(`UPDATE instances SET name = 'unseen ${++n}' WHERE id = ${instance}`);
        await change(n);
        return nameOf(await view(path)) === before;
    }, 40);
    await db.query(`UPDATE instances SET name = 'first' WHERE id = ${instance}`);
    assert.equal(nameOf(await view(path)), "first", "what is told ends it");
}
const cardOf = (json) => json.cards.find((card) => card.id === instance);
const nameOnCard = (json) => cardOf(json).name;
const nameOfRun = (json) => json.run.instance.name;

test("a batch of another run, a heartbeat in time and a session's use end no kept answer", async () => {
    const change = async (n) => {
        await busy.batch([[1, 1, `line ${n}`]], [{ after: 1, kind: "event", event: "e", message: "m", payload: null, duration_ms: null }]);
        await db.query("UPDATE runners SET heartbeat = heartbeat + 1, heartbeat_at = heartbeat_at + interval '3 seconds'");
        await db.query("UPDATE sessions SET last_used_at = now(); UPDATE runs SET error = 'x' WHERE id = -1");
    };
    await staysKept("/experiments", nameOnCard, change);
    await staysKept(page, nameOfRun, change);
});

test("nor does what a run says end the dashboard", async () => {
    await staysKept("/experiments", nameOnCard, (n) => writer.batch([[1, 1, `more ${n}`]]));
});

const hash = "a".repeat(64);
/**
 * What happens, the page, how (`$run` and `$instance` stand for ids), what is looked at, and what is seen there then.
 * @type {[string, string, string | (() => any), (json: any) => any, any][]}
 */
const changes = [
    ["an instance gets another name", "/experiments", "UPDATE instances SET name = 'second' WHERE id = $instance", nameOnCard, "second"],
    ["it gets another name, on the page of its run", page, "UPDATE instances SET name = 'third' WHERE id = $instance", nameOfRun, "third"],
    ["a description", "/experiments", "UPDATE instances SET description = 'words' WHERE id = $instance", (v) => cardOf(v).description, "words"],
    ["a project label", "/experiments", "UPDATE instances SET project = 'night' WHERE id = $instance", (v) => cardOf(v).project, "night"],
    ["a label to filter by", "/experiments", "UPDATE instances SET project = 'day' WHERE id = $instance", (v) => v.filter.projects.map((x) => x.value), ["day"]],
    ["an instance that is found by now", "/experiments?q=needle", "UPDATE instances SET description = 'a needle' WHERE id = $instance", (v) => v.cards.length, 1],
    ["the title of an experiment", "/experiments", "UPDATE experiments SET title = 'Some' WHERE name = 'none'", (v) => cardOf(v).experiment_title, "Some"],
    ["its title, on the page of a run", page, "UPDATE experiments SET title = 'Any' WHERE name = 'none'", (v) => v.run.experiment_title, "Any"],
    ["an experiment that is new", "/experiments", () => addExperiment(site, "newer", []), (v) => v.filter.experiments.map((x) => x.value), ["none", "newer"]],
    ["a log line", page, () => writer.batch([[1, 1, "just said"]]), (v) => v.logs.lines.at(-1).text, "just said"],
    ["a record", page, () => writer.batch([], [{ after: 0, kind: "event", event: "model.fitted", message: "m", payload: null, duration_ms: 1 }]), (v) => v.tabs.find((tab) => tab.name === "events").count, "1"],
    ["what stands in the run's way", page, "UPDATE run_heads SET trouble = 'the disk is full', heartbeat_at = now() WHERE run_id = $run", (v) => v.run.notice?.text, "the disk is full"],
    ["a heartbeat that stays away", page, "UPDATE run_heads SET heartbeat_at = now() - interval '1 hour', trouble = NULL WHERE run_id = $run", (v) => v.run.notice?.lasting, "1 h"],
    ["a heartbeat that comes again", page, "UPDATE run_heads SET heartbeat = heartbeat + 1, heartbeat_at = now() WHERE run_id = $run", (v) => v.run.notice, null],
    ["a cancel", page, "SELECT request_cancel($run, false)", (v) => v.run.badge.status, "cancelling"],
    ["a cancel, on the dashboard", "/experiments", "UPDATE runs SET cancel_requested_at = NULL WHERE id = $run", (v) => cardOf(v).last.badge.status, "running"],
    ["an artifact", page, () => db.query(`WITH h AS (UPDATE run_heads SET records = records + 1 WHERE run_id = ${run} RETURNING *) INSERT INTO records
        SELECT run_id, records, lines, 'artifact', 'm', json_build_object('n', records, 'line', lines, 'kind', 'artifact', 'at', 1, 'name', 'm', 'sha256', '${hash}', 'size', 1, 'media_type', 'x/y')::text
        FROM h`), (v) => v.tabs.find((tab) => tab.name === "artifacts").count, "1"],
    ["a series of a metric", page, () => db.query(`WITH h AS (UPDATE run_heads SET records = records + 1 WHERE run_id = ${run} RETURNING *) INSERT INTO metric_chunks
        SELECT run_id, 'loss', records, 1, 0, 0, '{"points":[[0,0.5,1]]}' FROM h`), (v) => v.tabs.find((tab) => tab.name === "metrics").count, "1"],
    ["another version of the experiment", `${page}?tab=configuration`, "UPDATE experiments SET version = '2' WHERE name = 'none'", (v) => v.configuration.again.version, "2"],
    ["the end of a run", page, () => db.query(`SELECT finish_run(${run}, 1, 'completed', NULL, NULL, 0, NULL)`), (v) => v.run.status, "completed"],
    ["a promotion", page, () => db.query(`WITH p AS (INSERT INTO pipelines (name, versions_made, versions) VALUES ('pipe', 1, 1) RETURNING id)
        INSERT INTO pipeline_versions (pipeline_id, version, promoted_by, run_id, artifact_n, artifact_name, sha256, size, media_type, run_number, instance_id, instance_name, experiment, results, metrics, origin)
        SELECT id, 1, 'admin', ${run}, 3, 'm', '${hash}', 1, 'x/y', 1, ${instance}, 'first', 'none', '{}', '{}', '{}' FROM p`), (v) => v.run.promotions?.map((x) => x.label), ["pipe v1"]],
    ["a pipeline with another name", page, "UPDATE pipelines SET name = 'Pipe' WHERE name = 'pipe'", (v) => v.run.promotions?.map((x) => x.label), ["Pipe v1"]],
    ["a version that is deleted", page, "DELETE FROM pipeline_versions", (v) => v.run.promotions, null],
    ["a use of data", `${page}?tab=configuration`, `INSERT INTO data_sources (name, bytes, sha256, rows, delimiter, columns, replaced_at) VALUES ('t', 1, '${hash}', 1, ',', '[]', now());
        INSERT INTO data_uses (source_id, run_id) SELECT id, $run FROM data_sources`, (v) => v.configuration.again.replaced, ["t"]],
    ["data with another name", `${page}?tab=configuration`, "UPDATE data_sources SET name = 'u'", (v) => v.configuration.again.replaced, ["u"]],
    ["a run more", "/experiments", "SELECT create_run($instance, 0)", (v) => [cardOf(v).runs, cardOf(v).spark.length, cardOf(v).last.badge.status], ["2", 2, "pending"]],
    ["an offer", `/runs/${run + 2}`, "INSERT INTO offers (runner_id, experiment, content_hash) SELECT id, 'none', 'x' FROM runners", (v) => v.run.waiting, "waiting for its turn"],
    ["an offer that is withdrawn", `/runs/${run + 2}`, "DELETE FROM offers", (v) => v.run.waiting, "waiting: no runner offers this experiment now"],
    ["a run that waits is cancelled", "/experiments", "SELECT request_cancel(max(id), false) FROM runs", (v) => cardOf(v).last.badge.status, "cancelled"],
    ["a run that is deleted", "/experiments", "SELECT delete_run(max(id)) FROM runs", (v) => cardOf(v).runs, "1"],
    ["a runner that stops", "/experiments", "UPDATE runners SET stopped_at = now()", (v) => v.no_runner, true],
    ["a runner that starts", "/experiments", "UPDATE runners SET stopped_at = NULL", (v) => v.no_runner, false],
    ["a runner that falls still", "/experiments", "UPDATE runners SET heartbeat_at = now() - interval '16 seconds'", (v) => v.no_runner, true],
    ["a runner that beats again", "/experiments", "UPDATE runners SET heartbeat = heartbeat + 1, heartbeat_at = now() + interval '1 hour'", (v) => v.no_runner, false],
    ["a runner that goes", "/experiments", "DELETE FROM runners", (v) => v.no_runner, true],
    ["a runner that comes", "/experiments", "INSERT INTO runners (host, boot_id, pid, version, jobs) VALUES ('there', 'b', 1, '1', 1)", (v) => v.no_runner, false],
    ["rows that are loaded in bulk", "/experiments?q=loaded", "BEGIN; SET LOCAL session_replication_role = replica; INSERT INTO instances (experiment, name) VALUES ('none', 'loaded'); COMMIT", (v) => v.cards.length, 1],
    ["a table that is emptied", "/experiments?sort=name", "TRUNCATE instances CASCADE", (v) => [v.cards, v.empty], [[], true]],
];

for (const [what, path, how, look, then] of changes) {
    test(`the very next answer has ${what}`, async () => {
        await early();
        assert.notDeepEqual(look(await view(path)), then, "before");
        await view(path);
        if (typeof how === "function") await how();
        else await db.query(how.replaceAll("$run", String(run)).replaceAll("$instance", String(instance)));
        for (let i = 0; i < 3; i++) assert.deepEqual(look(await view(path)), then);
    });
}

test("a run that is deleted has no page, a right that is lost shows, and who is signed out sees nothing", async () => {
    const [gone] = [await makeRun(db, await makeInstance(db, "gone"))];
    await db.query(`SELECT finish_run(${gone}, 1, 'completed', NULL, NULL, 0, NULL)`);
    const token = "ath_somebody_who_reads_00000000000000000000";
    await db.query(`INSERT INTO api_tokens (user_id, name, scope, token_hash) VALUES (1, 't', 'run', decode('${createHash("sha256").update(token).digest("hex")}', 'hex'))`);
    const of = (path) => read(path, { token });
    await early();
    assert.deepEqual([(await of(`/runs/${gone}`)).json.can_run, (await of("/experiments")).json.can_run], [true, true]);
    await db.query("UPDATE api_tokens SET scope = 'read' WHERE name = 't'");
    assert.deepEqual([(await of(`/runs/${gone}`)).json.can_run, (await of("/experiments")).json.can_run], [false, false]);
    await db.query("UPDATE api_tokens SET revoked_at = now() WHERE name = 't'");
    assert.equal((await of(`/runs/${gone}`)).status, 303);
    assert.equal((await read(`/runs/${gone}`)).status, 200);
    await db.query(`SELECT delete_run(${gone})`);
    assert.equal((await read(`/runs/${gone}`)).status, 404);
    assert.equal((await read("/experiments")).status, 200);
    await db.query("DELETE FROM sessions");
    assert.equal((await read("/experiments")).status, 303);
});

test("a change that began early and was committed late shows when it was", async () => {
    const signed = await site.login();
    const names = async () => (await read("/experiments", { cookie: signed })).json.cards.map((card) => card.name);
    const [slow, quick] = [await makeInstance(db, "slow 0"), await makeInstance(db, "quick 0")];
    for (let i = 1; i <= 3; i++) {
        await early();
        await other.query(`BEGIN; UPDATE instances SET name = 'slow ${i}' WHERE id = ${slow}`);
        await db.query(`UPDATE instances SET name = 'quick ${i}' WHERE id = ${quick}`);
        for (let n = 0; n < 2; n++) assert.deepEqual((await names()).slice(0, 2), [`quick ${i}`, `slow ${i - 1}`]);
        await other.query("COMMIT");
        for (let n = 0; n < 2; n++) assert.deepEqual((await names()).slice(0, 2), [`quick ${i}`, `slow ${i}`]);
    }
});

test("log lines and statements that meet no row tell of nothing", async () => {
    const told = async () => Number(await db.query("SELECT count(*) FROM site_changes"));
    const own = new Writer(db, null, await makeRun(db, await makeInstance(db, "talks")));
    const before = await told();
    for (let i = 0; i < 5; i++) await own.batch([[1, 1, "x"]]);
    await db.query("UPDATE runs SET error = 'x' WHERE id = -1");
    await db.query("UPDATE runners SET heartbeat = heartbeat + 1, heartbeat_at = heartbeat_at + interval '3 seconds'");
    assert.equal(await told(), before);
    await db.query("UPDATE instances SET description = 'x', name = name WHERE name = 'talks'; UPDATE instances SET project = 'x' WHERE name = 'talks'");
    assert.equal(await told(), before + 2, "a row for each transaction");
});

/** The pages with a narrow stamp, and whether they are a run's: the table of the program itself. */
const narrow = [...readFileSync(join(root, "fcgi/pages/stamp.c"), "utf8").matchAll(/\{"(page_\w+)", (true|false)\}/g)].map(([, name, ofRun]) => ({ name, ofRun: ofRun === "true" }));

test("pages whose answers outlive a transaction read no table that does not tell of its changes", async () => {
    const telling = (await db.query("SELECT DISTINCT tgrelid::regclass FROM pg_trigger WHERE tgname = 'site_changed' AND tgenabled = 'A'")).split("\n");
    const said = ["run_heads", "log_chunks", "records", "metric_chunks"];
    const [waits, runs, ended] = [await makeRun(db, await makeInstance(db, "a"), false), await makeRun(db, await makeInstance(db, "b")), await makeRun(db, await makeInstance(db, "c"))];
    const talk = new Writer(db, null, ended);
    await talk.batch([[1, 1, "x"]], ["result", "event", "row", "artifact"].map((kind) => ({ after: 1, kind, key: "k", event: "e", table: "t", values: { a: 1 }, value: 1, name: "m", sha256: hash, size: 1, media_type: "x/y" })));
    await db.query(`UPDATE records SET key = 'k' WHERE run_id = ${ended}; SELECT finish_run(${ended}, 1, 'completed', NULL, NULL, 0, NULL)`);
    assert.ok(narrow.length > 0);
    for (const { name, ofRun } of narrow) {
        const text = readFileSync(join(root, `sql/queries/pages/${name}.sql`), "utf8").replaceAll(/--.*$/gm, "");
        const queries = ofRun
            ? ["head", "logs", "results", "events", "leaderboard", "metrics", "artifacts", "configuration"].map((tab) => ({ tab }))
            : [{}, { q: "a" }, { status: "completed" }, { experiment: "none" }, { project: "x" }, { sort: "last" }, { sort: "name" }, { sort: "runs" }];
        const inputs = (ofRun ? [waits, runs, ended] : [0]).flatMap((id) => queries.map((query) => ({ path: { id: String(id) }, query, user: { id: 1, scope: "admin" } })));
        const own = new Psql(site); // what it counts is its own
        await own.query(`PREPARE ${name} AS ${text}`);
        const found = await own.query(`BEGIN; ${inputs.map((input) => `\\o /dev/null\nEXECUTE ${name}($$${JSON.stringify(input)}$$);\n\\o\n`).join("")}
            SELECT relname FROM pg_stat_xact_user_tables WHERE coalesce(seq_scan, 0) + coalesce(idx_scan, 0) > 0; COMMIT`);
        own.end();
        const tables = [...new Set(found.split("\n").map((table) => table.replace(/_\d+$/, "")))];
        assert.ok(tables.includes("runs") && tables.includes("instances"), tables.join(" "));
        assert.deepEqual(tables.filter((table) => !telling.includes(table) && !(ofRun && said.includes(table))), [], name);
    }
});
