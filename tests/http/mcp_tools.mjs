// Every tool of /mcp, asked well and asked badly by the official client; what each returns is held to its own output schema.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";

import { connectAgent, post } from "../lib/mcp.mjs";
import { addLog, addRun } from "../lib/rows.mjs";
import { root, startStack } from "../lib/stack.mjs";
import { talkerFolder } from "../lib/talker.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { experiments: [talkerFolder(after)] });
const agent = await connectAgent(after, site);
await until("the experiment is offered", async () => (await agent.ask("list_experiments")).items.some((one) => one.available));
const asked = new Set();
for (const verb of /** @type {const} */ (["ask", "refusal"])) {
    const plain = agent[verb];
    agent[verb] = (name, args) => (asked.add(`${verb} ${name}`), plain(name, args));
}

const instance = (await agent.ask("create_instance", { experiment: "talker", name: "a study", project: "p", configuration: { size: 32 } })).id;
const holding = (await agent.ask("create_instance", { experiment: "talker", name: "a long study", configuration: { hold: true } })).id;
const run = (await agent.ask("start_run", { instance_id: instance, priority: 5 })).id;
const done = await agent.ask("wait_for_run", { run_id: run, timeout_s: 50 });

const counts = async () => (await site.sql("SELECT (SELECT count(*) FROM instances) AS instances, (SELECT count(*) FROM runs) AS runs, (SELECT count(*) FROM records) AS records, (SELECT count(*) FROM idempotency_keys) AS keys"))[0];

test("annotations say what a tool does", () => {
    const hints = new Map(agent.tools.map((tool) => [tool.name, tool.annotations]));
    const names = (test) => [...hints].filter(([, hint]) => test(hint)).map(([name]) => name).sort();
    assert.deepEqual(names((hint) => !hint.readOnlyHint),
        ["cancel_run", "create_instance", "delete_data_source", "delete_instance", "delete_run", "promote_run", "repeat_run", "start_run", "update_instance", "upload_data_source"]);
    assert.deepEqual(names((hint) => hint.destructiveHint), ["cancel_run", "delete_data_source", "delete_instance", "delete_run", "update_instance"]);
    for (const tool of agent.tools) {
        assert.ok(tool.title && tool.description && tool.annotations.title, tool.name);
        assert.equal(tool.inputSchema.additionalProperties, false);
        for (const [name, property] of Object.entries(tool.inputSchema.properties)) assert.ok(property.type && property.description, `${tool.name}: ${name}`);
        if (!tool.annotations.readOnlyHint) assert.ok(tool.inputSchema.properties.dry_run, tool.name);
    }
});

test("the table in docs/mcp.md is the list of tools", () => {
    const first = (text) => /^.*?\.(?= |$)/.exec(text)[0];
    const rows = agent.tools.map((tool) => `| \`${tool.name}\` | ${tool.annotations.readOnlyHint ? "read" : "run"} | ${first(tool.description)} |`);
    const table = ["| tool | scope | |", "|---|---|---|", ...rows].join("\n");
    const page = readFileSync(join(root, "docs/mcp.md"), "utf8");
    assert.equal(/<!-- tools -->\n(.*?)\n?<!-- \/tools -->/s.exec(page)[1], table);
});

test("arguments are checked, all at once", async () => {
    assert.equal(await agent.refusal("get_run", {}), "the arguments of get_run are wrong\n- run_id: is required: the id of a run\nNext: mend these arguments and call again.");
    const words = await agent.refusal("list_runs", { instance: 1, status: 7, limit: "many" });
    assert.match(words, /- instance: is no argument of list_runs; it takes instance_id, status, limit, before/);
    assert.match(words, /- status: must be text/);
    assert.match(words, /- limit: must be a whole number/);
    assert.match(await agent.refusal("list_runs", { status: "done" }), /^status must be one of: pending running completed failed cancelled/);
    assert.match(await agent.refusal("list_runs", { limit: 0 }), /^limit must be a whole number from 1 to 1000/);
    assert.match(await agent.refusal("wait_for_run", { run_id: run, timeout_s: 51 }), /timeout_s: must be a whole number from 0 to 50/);
    assert.match(await agent.refusal("start_run", { instance_id: 0 }), /instance_id: must be a whole number from 1 on/);
    assert.match(await agent.refusal("validate_configuration", { experiment: "", configuration: [] }), /experiment: is empty\n- configuration: must be an object/);
    assert.match(await agent.refusal("promote_run", { run_id: run, name: "x", tags: "t" }), /tags: must be a list of texts/);
    assert.match(await agent.refusal("delete_run", { run_id: run, dry_run: "yes" }), /dry_run: must be true or false/);
});

test("experiments and their schema", async () => {
    const { items } = await agent.ask("list_experiments");
    assert.deepEqual(Object.keys(items[0]), ["name", "title", "description", "version", "available", "reason"]);
    assert.equal((await agent.ask("get_experiment", { experiment: "talker" })).configuration.length, 3);
    const schema = await agent.ask("get_schema", { experiment: "talker" });
    assert.deepEqual(schema.properties.algorithm.enum.filter(Boolean), ["metropolis", "wolff"]);
    const good = await agent.ask("validate_configuration", { experiment: "talker", configuration: { size: 16 } });
    assert.deepEqual(good, { valid: true, errors: [], configuration: { size: 16, algorithm: "wolff", hold: false } });
    const bad = await agent.ask("validate_configuration", { experiment: "talker", configuration: { size: 17, algorithm: "x" } });
    assert.equal(bad.valid, false);
    assert.equal(bad.configuration, null);
    assert.deepEqual(bad.errors.map((one) => one.field), ["configuration.size", "configuration.algorithm"]);
    assert.match(bad.errors[1].message, /metropolis, wolff/);
    for (const name of ["get_experiment", "get_schema", "validate_configuration"]) {
        assert.match(await agent.refusal(name, { experiment: "none/../x" }), /there is no experiment.*\nNext: call list_experiments/);
    }
});

test("instances are made, changed, listed and deleted", async () => {
    const words = await agent.refusal("create_instance", { experiment: "talker", name: "", configuration: { size: 9, algorithm: "x", more: 1 } });
    for (const field of ["name: is required", "configuration.size: must be a multiple of 8", "configuration.algorithm: must be one of: metropolis, wolff", "configuration.more:"]) assert.ok(words.includes(`- ${field}`), words);
    assert.match(words, /Next: call get_schema/);
    assert.match(await agent.refusal("create_instance", { experiment: "none", name: "x" }), /there is no experiment none\nNext: call list_experiments/);

    const before = await counts();
    const would = await agent.ask("create_instance", { experiment: "talker", name: "another", idempotency_key: "k", dry_run: true });
    assert.equal(would.dry_run, true);
    assert.equal(would.id, undefined);
    assert.deepEqual(would.configuration, { size: 64, algorithm: "wolff", hold: false });
    assert.deepEqual(await counts(), before);

    const made = await agent.ask("create_instance", { experiment: "talker", name: "another", idempotency_key: "k" });
    assert.deepEqual((await agent.ask("create_instance", { experiment: "talker", name: "another", idempotency_key: "k" })), made);
    assert.match(await agent.refusal("create_instance", { experiment: "talker", name: "third", idempotency_key: "k" }), /used for another request\nNext: use another idempotency_key/);

    const changed = await agent.ask("update_instance", { instance_id: made.id, name: "renamed", configuration: { size: 8 }, dry_run: true });
    assert.deepEqual([changed.name, changed.configuration.size, changed.dry_run, changed.id], ["renamed", 8, true, made.id]);
    assert.equal((await agent.ask("get_instance", { instance_id: made.id })).name, "another");
    assert.equal((await agent.ask("update_instance", { instance_id: made.id, name: "renamed" })).name, "renamed");
    assert.match(await agent.refusal("update_instance", { instance_id: made.id, configuration: { size: 1 } }), /configuration.size: must be at least 8\nNext: call get_schema/);
    assert.match(await agent.refusal("update_instance", { instance_id: 999, name: "x" }), /there is no instance 999\nNext: call list_instances/);

    const page = await agent.ask("list_instances", { experiment: "talker", limit: 2 });
    assert.deepEqual(page.items.map((one) => one.name), ["renamed", "a long study"]);
    assert.equal(page.items[0].configuration, undefined);
    assert.deepEqual((await agent.ask("list_instances", { before: page.next })).items.map((one) => one.name), ["a study"]);

    const gone = await agent.ask("delete_instance", { instance_id: made.id, dry_run: true });
    assert.deepEqual(gone, { deleted: false, what: "renamed. The instance has no runs.", dry_run: true });
    assert.equal((await agent.ask("delete_instance", { instance_id: made.id })).deleted, true);
    assert.match(await agent.refusal("delete_instance", { instance_id: made.id }), /there is no instance/);
    assert.match(await agent.refusal("get_instance", { instance_id: made.id }), /there is no instance/);
});

test("runs are started, waited for, cancelled, repeated and deleted", async () => {
    assert.equal(done.status, "completed");
    assert.equal(done.priority, 5);
    const before = await counts();
    const would = await agent.ask("start_run", { instance_id: instance, time_limit_s: 60, dry_run: true });
    assert.deepEqual([would.dry_run, would.status, would.time_limit_s, would.id, would.number], [true, "pending", 60, undefined, undefined]);
    assert.equal((await agent.ask("repeat_run", { run_id: run, dry_run: true })).configuration.size, 32);
    assert.deepEqual(await counts(), before);
    assert.match(await agent.refusal("start_run", { instance_id: 999 }), /there is no instance 999/);
    assert.match(await agent.refusal("start_run", { instance_id: instance, priority: 1001 }), /priority: must be a whole number from -1000 to 1000/);
    assert.match(await agent.refusal("repeat_run", { run_id: 999 }), /there is no run 999/);

    const long = (await agent.ask("start_run", { instance_id: holding, idempotency_key: "long" })).id;
    assert.equal((await agent.ask("start_run", { instance_id: holding, idempotency_key: "long" })).id, long);
    await until("it runs", async () => (await agent.ask("get_run", { run_id: long })).lines === 302, 60);
    assert.match(await agent.refusal("delete_run", { run_id: long }), /cannot be deleted.*\nNext: call cancel_run, then wait_for_run/);
    assert.match(await agent.refusal("delete_instance", { instance_id: holding }), /\nNext: call list_runs with this instance_id/);
    const asks = await agent.ask("cancel_run", { run_id: long, dry_run: true });
    assert.ok(asks.cancel_requested_at && asks.dry_run);
    assert.equal((await agent.ask("get_run", { run_id: long })).cancel_requested_at, null);
    assert.ok((await agent.ask("cancel_run", { run_id: long })).cancel_requested_at);
    assert.equal((await agent.ask("wait_for_run", { run_id: long })).status, "cancelled");
    assert.match(await agent.refusal("cancel_run", { run_id: long }), /has already ended as cancelled\nNext: it needs no cancelling/);

    const again = await agent.ask("repeat_run", { run_id: run });
    assert.equal((await agent.ask("wait_for_run", { run_id: again.id })).configuration.size, 32);
    assert.deepEqual((await agent.ask("list_runs", { instance_id: instance })).items.map((one) => one.id), [again.id, run]);
    assert.deepEqual((await agent.ask("list_runs", { status: "cancelled" })).items.map((one) => one.id), [long]);
    const gone = await agent.ask("delete_run", { run_id: again.id, dry_run: true });
    assert.match(gone.what, /^run #2 of a study\. With it go 302 lines of log and all results, /);
    assert.equal((await agent.ask("get_run", { run_id: again.id })).status, "completed");
    assert.equal((await agent.ask("delete_run", { run_id: again.id })).deleted, true);
    for (const name of ["get_run", "wait_for_run", "cancel_run", "delete_run", "get_snapshot"]) assert.match(await agent.refusal(name, { run_id: again.id }), /there is no run \d+\nNext: call list_runs/);
    assert.equal((await agent.ask("get_snapshot", { run_id: run })).facts.made, "here");
});

test("logs are read by place, level and text", async () => {
    const first = await agent.ask("read_logs", { run_id: run, limit: 2 });
    assert.deepEqual(first.lines.map((one) => [one.line, one.text, one.level, one.source]), [[1, "line number 1", "info", "stdout"], [2, "line number 2", "info", "stdout"]]);
    assert.match(first.lines[0].time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual([first.total, first.next], [302, { after: 2 }]);
    assert.equal((await agent.ask("read_logs", { run_id: run, limit: 2, ...first.next })).lines[0].line, 3);
    const usual = await agent.call("read_logs", { run_id: run });
    assert.equal(usual.structuredContent.lines.length, 100);
    assert.match(usual.content[0].text, /^1 info line number 1\n2 info line number 2\n.*\n100 info line number 100\n\(302 lines in all\)$/s);

    const newest = await agent.ask("read_logs", { run_id: run, newest: true, limit: 3 });
    assert.deepEqual(newest.lines.map((one) => one.line), [300, 301, 302]);
    assert.deepEqual((await agent.ask("read_logs", { run_id: run, limit: 1, ...newest.next })).lines.map((one) => one.line), [299]);
    const warned = await agent.ask("read_logs", { run_id: run, level: "warn" });
    assert.deepEqual(warned.lines.map((one) => [one.level, one.source, one.metadata]), [["warn", "message", { depth: 1 }], ["error", "message", undefined]]);
    const found = await agent.ask("read_logs", { run_id: run, search: "NUMBER 29" });
    assert.deepEqual([found.total, found.lines[0].line, found.next], [11, 29, null]);
    assert.deepEqual((await agent.ask("read_logs", { run_id: run, search: "ice", level: "warn", limit: 1 })).lines.map((one) => one.line), [301]);
    assert.match(await agent.refusal("read_logs", { run_id: run, level: "bad" }), /level must be one of: debug info warn error/);
    assert.match(await agent.refusal("read_logs", { run_id: 999, search: "x" }), /there is no run 999/);
    assert.match(await agent.refusal("read_logs", { run_id: run, search: "x".repeat(2000) }), /a search holds at most \d+ bytes/);
});

test("a page of long lines ends early and says how to go on", async () => {
    const id = await addRun(site, "pending");
    await addLog(site, id, Array.from({ length: 5 }, (_, i) => [1700000000000, 1, String(i).repeat(60000)]), 1);
    const seen = [];
    for (let next = {}; next; ) {
        const page = await agent.ask("read_logs", { run_id: id, ...next });
        assert.ok(page.lines.length > 0);
        seen.push(...page.lines.map((one) => one.line));
        next = page.next;
    }
    assert.deepEqual(seen, [1, 2, 3, 4, 5]);
    assert.match(await agent.refusal("read_logs", { run_id: id, newest: true }), /more than 128 KiB\nNext: ask for fewer lines/);
    assert.deepEqual((await agent.ask("read_logs", { run_id: id, newest: true, limit: 1 })).next, { before: 5 });
});

test("what a run has said", async () => {
    const { items } = await agent.ask("list_results", { run_id: run });
    assert.deepEqual(items.map((one) => [one.key, one.value, one.count]), [["accuracy", 0.75, 2], ["large", undefined, 1]]);
    assert.equal((await agent.ask("get_record", { run_id: run, n: items[1].n })).value.length, 70000);
    assert.deepEqual((await agent.ask("get_result", { run_id: run, key: "accuracy" })).items.map((one) => one.value), [0.5, 0.75]);
    assert.deepEqual((await agent.ask("list_tables", { run_id: run })).items.map((one) => [one.name, one.rows]), [["leaderboard", 2]]);
    assert.deepEqual((await agent.ask("get_table", { run_id: run, table: "leaderboard", limit: 1 })).items[0].values, { model: "a", score: 0.9 });
    assert.deepEqual((await agent.ask("list_metrics", { run_id: run })).items.map((one) => [one.key, one.points]), [["loss", 50]]);
    assert.equal((await agent.ask("get_metric", { run_id: run, key: "loss" })).points.length, 50);
    assert.ok((await agent.ask("get_metric", { run_id: run, key: "loss", points: 10 })).points.length <= 10);
    assert.deepEqual((await agent.ask("list_records", { run_id: run, kind: "event" })).items.map((one) => one.event), ["model.fitted"]);
    assert.match(await agent.refusal("get_metric", { run_id: run }), /key: is required/);
    assert.match(await agent.refusal("get_metric", { run_id: run, key: "loss", from: "x" }), /from must be a number/);
    assert.match(await agent.refusal("list_records", { run_id: run, kind: "x" }), /kind must be one of/);
    assert.match(await agent.refusal("get_record", { run_id: run, n: 9999 }), /there is no record 9999 of run/);
    for (const [name, more] of Object.entries({ list_results: {}, get_result: { key: "k" }, list_tables: {}, get_table: { table: "t" }, list_metrics: {}, list_artifacts: {} })) {
        assert.match(await agent.refusal(name, { run_id: 999, ...more }), /there is no run 999\nNext: call list_runs/, name);
    }
});

test("files are read in pieces", async () => {
    const { items } = await agent.ask("list_artifacts", { run_id: run });
    assert.deepEqual(items.map((one) => [one.name, one.size]), [["words.txt", 9000], ["zeros.bin", 1000]]);
    let text = "";
    for (let offset = 0; offset !== null; ) {
        const piece = await agent.ask("read_artifact", { run_id: run, artifact: items[0].n, offset, bytes: 101 });
        assert.equal(piece.encoding, "utf-8");
        text += piece.data;
        offset = piece.next_offset;
    }
    assert.equal(text, "täglich ".repeat(1000));
    const zeros = await agent.ask("read_artifact", { run_id: run, artifact: items[1].n, offset: 990 });
    assert.deepEqual(zeros, { size: 1000, offset: 990, encoding: "base64", data: Buffer.alloc(10).toString("base64"), next_offset: null });
    assert.match(await agent.refusal("read_artifact", { run_id: run, artifact: items[1].n, offset: 1000 }), /the file has 1000 bytes\nNext: begin with offset 0/);
    assert.match(await agent.refusal("read_artifact", { run_id: run, artifact: 9999 }), /there is no artifact 9999/);
});

test("a file is promoted", async () => {
    const before = await site.sql("SELECT count(*) AS n FROM pipeline_versions");
    const would = await agent.ask("promote_run", { run_id: run, name: "iris", artifact: "words.txt", dry_run: true });
    assert.deepEqual([would.dry_run, would.artifact.name], [true, "words.txt"]);
    assert.deepEqual(await site.sql("SELECT count(*) AS n FROM pipeline_versions"), before);
    const made = await agent.ask("promote_run", { run_id: run, name: "iris", artifact: "words.txt", tags: ["nightly"] });
    assert.deepEqual([made.pipeline, made.version, made.tags], ["iris", 1, ["nightly"]]);
    assert.deepEqual((await agent.ask("list_pipelines")).items.map((one) => [one.name, one.versions]), [["iris", 1]]);
    assert.deepEqual((await agent.ask("list_versions", { name: "iris" })).items.map((one) => one.version), [1]);
    assert.match(await agent.refusal("promote_run", { run_id: run, name: "iris", artifact: "none" }), /run 1 has no such file\nNext: call list_artifacts/);
    assert.match(await agent.refusal("promote_run", { run_id: run, name: "no name!" }), /name/);
    assert.match(await agent.refusal("list_versions", { name: "none" }), /there is no/);
});

test("tables are uploaded, shown and deleted", async () => {
    const content = "n,word\n1,täglich\n2,b\n";
    assert.deepEqual(await agent.ask("upload_data_source", { name: "t.csv", content, dry_run: true }), { name: "t.csv", would: "make a new data source", dry_run: true });
    assert.deepEqual((await agent.ask("list_data_sources")).items, []);
    const made = await agent.ask("upload_data_source", { name: "t.csv", content });
    assert.deepEqual([made.rows, made.columns.map((one) => one.name)], [2, ["n", "word"]]);
    assert.equal(await (await site.fetch(made.href)).text(), content);
    assert.match(await agent.refusal("upload_data_source", { name: "t.csv", content: "n\n1\n" }), /\nNext: upload under another name, or with replace/);
    assert.match(await agent.refusal("upload_data_source", { name: "t.csv", content: "n\n1\n", dry_run: true }), /already\nNext: upload under another name/);
    assert.equal((await agent.ask("upload_data_source", { name: "t.csv", content: "n\n1\n", replace: true, dry_run: true })).would, "replace what has this name");
    assert.equal((await agent.ask("upload_data_source", { name: "t.csv", content: "n\n1\n", replace: true })).rows, 1);
    assert.match(await agent.refusal("upload_data_source", { name: "7", content }), /name/);
    assert.match(await agent.refusal("upload_data_source", { name: "e.csv", content: "" }), /empty|no /);
    assert.equal((await agent.ask("get_data_source", { source: "t.csv" })).sample.length, 1);
    assert.match(await agent.refusal("get_data_source", { source: "none" }), /there is no data source none\nNext: call list_data_sources/);
    assert.match(await agent.refusal("list_data_sources", { state: "x" }), /state must be one of/);
    assert.equal((await agent.ask("delete_data_source", { source: "t.csv", dry_run: true })).deleted, false);
    assert.deepEqual(await agent.ask("delete_data_source", { source: "t.csv" }), { deleted: true, what: "the data source t.csv" });
    assert.match(await agent.refusal("delete_data_source", { source: "t.csv" }), /there is no data source/);
});

test("a result that is larger than a context is refused with what to do", async () => {
    await site.sql(`INSERT INTO records (run_id, n, line, kind, key, body)
        SELECT $1::bigint, 10000 + i, 1, 'result', 'k' || i, json_build_object('n', 10000 + i, 'line', 1, 'kind', 'result', 'at', 1, 'key', 'k' || i, 'value', repeat('x', 60000))::text
        FROM generate_series(1, 30) AS i`, run);
    assert.match(await agent.refusal("list_results", { run_id: run }), /more than the 1048576 that a tool returns\nNext: ask for less/);
    assert.equal((await agent.ask("list_results", { run_id: run, limit: 4 })).items.length, 4);
});

test("who asks is told", async () => {
    const me = await agent.ask("get_token");
    assert.deepEqual([me.scope, me.token.budget], ["admin", null]);
});

test("a token that may only read sees only what reads, and is told what it lacks", async (t) => {
    const { json } = await site.post("/api/v1/tokens", { name: "r", scope: "read" });
    const reader = await connectAgent(t, site, { token: json.token });
    assert.ok(reader.tools.length > 20);
    assert.ok(reader.tools.every((tool) => tool.annotations.readOnlyHint));
    assert.equal((await reader.ask("get_run", { run_id: run })).id, run);
    const words = (await reader.client.callTool({ name: "start_run", arguments: { instance_id: instance } })).content[0].text;
    assert.match(words, /this needs the right to run.*\nNext: ask whoever gave you the token for one with the scope run/);
    assert.equal((await site.delete(`/api/v1/tokens/${json.id}`)).status, 204);
    assert.equal((await post(site, { jsonrpc: "2.0", id: 1, method: "ping" }, { token: json.token })).status, 401);
});

test("a budget of runs is kept", async (t) => {
    const { json } = await site.post("/api/v1/tokens", { name: "b", scope: "run", budget: { runs: 2 } });
    const spender = await connectAgent(t, site, { token: json.token });
    for (let i = 0; i < 3; i++) await spender.ask("start_run", { instance_id: instance, dry_run: true });
    const mine = [];
    for (let i = 0; i < 2; i++) mine.push((await spender.ask("start_run", { instance_id: instance, idempotency_key: `b${i}` })).id);
    assert.equal((await spender.ask("start_run", { instance_id: instance, idempotency_key: "b1" })).id, mine[1]);
    await spender.ask("wait_for_run", { run_id: mine[0] });
    await spender.ask("delete_run", { run_id: mine[0] });
    const words = await spender.refusal("start_run", { instance_id: instance });
    assert.match(words, /the budget of this token is used up: it may start 2 run\(s\), and has started 2\nNext: work with the runs that there are/);
    assert.match(await spender.refusal("repeat_run", { run_id: mine[1] }), /used up/);
    const direct = await site.post(`/api/v1/instances/${instance}/runs`, {}, { token: json.token });
    assert.deepEqual([direct.status, direct.json.field], [403, "budget.runs"]);
    const other = await site.post("/api/v1/tokens", { name: "c", scope: "run" }, { token: json.token });
    assert.deepEqual([other.status, other.json.field], [403, "budget"]);
    assert.equal((await spender.ask("get_token")).token.budget.runs_started, 2);
});

test("a budget is kept by calls at once too", async (t) => {
    const { json } = await site.post("/api/v1/tokens", { name: "many", scope: "run", budget: { runs: 3 } });
    const spender = await connectAgent(t, site, { token: json.token });
    const answers = await Promise.all(Array.from({ length: 8 }, () => spender.client.callTool({ name: "start_run", arguments: { instance_id: instance } })));
    assert.equal(answers.filter((one) => !one.isError).length, 3);
    assert.deepEqual(await site.sql("SELECT count(*) AS n FROM runs WHERE token_id = $1", json.id), [{ n: 3 }]);
});

test("a budget of minutes is held while runs are under way, and what they do not use comes back", async (t) => {
    const { json } = await site.post("/api/v1/tokens", { name: "m", scope: "run", budget: { minutes: 1 } });
    const spender = await connectAgent(t, site, { token: json.token });
    const budget = async () => (await spender.ask("get_token")).token.budget;
    const one = await spender.ask("start_run", { instance_id: holding, time_limit_s: 40 });
    assert.equal(one.time_limit_s, 40);
    assert.match(await spender.refusal("start_run", { instance_id: holding, time_limit_s: 21 }), /has 20 s left.*\(40 s\)\nNext: wait until an active run has ended/s);
    const two = await spender.ask("start_run", { instance_id: holding });
    assert.equal(two.time_limit_s, 20);
    assert.deepEqual([(await budget()).minutes_held, (await budget()).minutes_used], [1, 0]);
    assert.match(await spender.refusal("start_run", { instance_id: holding }), /has 0 s left/);
    for (const { id } of [one, two]) await spender.ask("cancel_run", { run_id: id });
    for (const { id } of [one, two]) assert.equal((await spender.ask("wait_for_run", { run_id: id })).status, "cancelled");
    const left = await budget();
    assert.equal(left.minutes_held, 0);
    assert.ok(left.minutes_used < 1);
    await site.sql("UPDATE api_tokens SET ms_used = 58500 WHERE id = $1", json.id);
    const last = await spender.ask("start_run", { instance_id: holding });
    assert.equal(last.time_limit_s, 1);
    const ended = await spender.ask("wait_for_run", { run_id: last.id });
    assert.deepEqual([ended.status, ended.reason], ["failed", "timeout"]);
    assert.match(await spender.refusal("start_run", { instance_id: holding }), /its runs may take 1 minute\(s\), and have taken them/);
});

test("a relay that dies while it waits is a plain refusal", async () => {
    const [{ id }] = await site.sql("SELECT create_run($1, -1000) AS id", holding);
    await until("it runs", async () => (await agent.ask("get_run", { run_id: id })).lines === 302, 60);
    const waits = async () => Number(/^athanor_events_waits (\d+)$/m.exec((await site.get("/events/metrics")).text)[1]);
    await until("nobody waits", async () => (await waits()) === 0);
    const answer = post(site, { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "wait_for_run", arguments: { run_id: id } } });
    await until("it waits", async () => (await waits()) === 1);
    await site.kill("events", "SIGKILL");
    const { status, headers } = await answer;
    assert.equal(status, 503);
    assert.match(headers.get("content-type"), /^application\/problem\+json/);
    await agent.ask("cancel_run", { run_id: id });
    assert.equal((await agent.ask("wait_for_run", { run_id: id })).status, "cancelled");
});

test("each tool was asked well and asked badly", () => {
    const bare = ["list_experiments", "list_pipelines", "get_token", "list_instances"];
    for (const { name } of agent.tools) {
        assert.ok(asked.has(`ask ${name}`), `${name} was never asked well`);
        if (!bare.includes(name)) assert.ok(asked.has(`refusal ${name}`), `${name} was never asked badly`);
    }
});
