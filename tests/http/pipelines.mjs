// Promotion and pipelines over the API: what may be promoted, versions, stages, verifying, and who holds the file.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";

import { addRecord, addRun } from "../lib/rows.mjs";
import { root, startStack } from "../lib/stack.mjs";
import { keepFile, sha256, storePath } from "../lib/store.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner", "events"] });
await site.sql(`INSERT INTO api_tokens (user_id, name, scope, token_hash) VALUES (1, 'reader', 'read', sha256('ath_reader'))`);

/** A completed run with these files: [name, content, media type]. */
async function completed(files, more = async () => {}) {
    const run = await addRun(site);
    for (const [name, data, type] of files) await keepFile(site, run, name, data, type);
    await more(run);
    await site.sql("SELECT body FROM finish_run($1::bigint, NULL, 'completed', NULL, NULL, 0, NULL)", run);
    return run;
}
const promote = (run, body) => site.post(`/api/v1/runs/${run}/promote`, body);
const version = async (name, n) => (await site.get(`/api/v1/pipelines/${name}/versions/${n}`)).json;

/** The sweep, once, as the daemon starts it. */
function sweep() {
    const { uid, gid } = statSync(join(site.state, "athanor.ini"));
    const run = spawnSync(join(root, "build/bin/athanor-runner"), ["--config", join(site.state, "athanor.ini"), "sweep"],
        { ...(process.getuid() === 0 ? { uid, gid } : {}), encoding: "utf8" });
    assert.equal(run.status, 0, run.stderr);
}

test("a completed run's file becomes a version, with what the run was and what it was worth", async () => {
    const run = await completed([["lda/pipeline.pkl", "weights", "application/octet-stream"], ["roc.svg", "<svg/>", "image/svg+xml"]], async (id) => {
        await addRecord(site, id, "result", "score", { key: "score", value: 0.5 });
        await addRecord(site, id, "result", "score", { key: "score", value: 0.75 });
        await addRecord(site, id, "result", "best", { key: "best", value: { id: "lda" } });
        await addRecord(site, id, "result", "loss", { key: "loss", value: 0.3 });
        await site.sql(`INSERT INTO metric_chunks VALUES ($1::bigint, 'loss', 9, 2, 0, 1, '{"points":[[0,2,1],[1,0.25,2]]}')`, id);
        for (const values of [{ Model: "Logistic", ID: "lr", Accuracy: 0.9 }, { Model: "Discriminant", ID: "lda", Accuracy: 0.98 }])
            await addRecord(site, id, "row", "leaderboard", { table: "leaderboard", values });
        await addRecord(site, id, "fact", "numpy", { key: "numpy", value: "1.24.2" });
    });
    const { status, headers, json } = await promote(run, { name: "iris", description: "the first", tags: ["nightly", " nightly ", "b"] });
    assert.equal(status, 201, JSON.stringify(json));
    assert.equal(headers.get("location"), "/api/v1/pipelines/iris/versions/1");
    assert.deepEqual(Object.keys(json), ["pipeline", "version", "description", "tags", "stage", "stages", "promoted_at", "promoted_by", "updated_at",
        "artifact", "run", "metrics", "verified"]);
    assert.deepEqual([json.pipeline, json.version, json.description, json.tags, json.stage, json.stages, json.promoted_by, json.verified],
        ["iris", 1, "the first", ["nightly", "b"], null, [], "admin", null]);
    assert.deepEqual(json.artifact, { n: json.artifact.n, name: "lda/pipeline.pkl", sha256: sha256("weights"), size: 7, media_type: "application/octet-stream",
        href: "/api/v1/pipelines/iris/versions/1/download" });
    assert.deepEqual([json.run.id, json.run.number, json.run.exists, json.run.experiment], [run, 1, true, "none"]);
    assert.deepEqual(json.metrics, { results: { score: 0.75, loss: 0.3 }, metrics: { loss: 0.25 }, row: { Model: "Discriminant", ID: "lda", Accuracy: 0.98 } });
    assert.deepEqual(await version("IRIS", 1), json, "whatever the case");

    const download = await site.get(json.artifact.href);
    assert.deepEqual([download.status, download.text, download.headers.get("etag")], [200, "weights", `"${sha256("weights")}"`]);
    assert.match(download.headers.get("content-disposition"), /filename="pipeline.pkl"/);
    const snapshot = (await site.get("/api/v1/pipelines/iris/versions/1/snapshot")).json;
    assert.deepEqual([snapshot.run, snapshot.facts.numpy], [run, "1.24.2"]);

    const view = (await site.get("/pipelines/iris/versions/1", { headers: { accept: "application/json" } })).json;
    assert.deepEqual(view.rows.map((row) => `${row.path}: ${row.value}`),
        ["Model: Discriminant", "ID: lda", "Accuracy: 0.98", "score: 0.75", "loss (result): 0.3", "loss (metric): 0.25"], "names that are there twice say whose they are");
    assert.match(view.origin.find((row) => row.path === "Finished").value, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
});

test("promoting twice is versioned, not duplicated", async () => {
    const run = await completed([["a.bin", "first"], ["b.bin", "second"]]);
    const first = await promote(run, { name: "twice", artifact: "a.bin", description: "kept" });
    assert.deepEqual([first.status, first.json.version], [201, 1]);
    const again = await promote(run, { name: "twice", artifact: first.json.artifact.n, description: "other words" });
    assert.deepEqual([again.status, again.json], [200, first.json], "the same version, unchanged");
    const [answers] = [await Promise.all(Array.from({ length: 6 }, () => promote(run, { name: "twice", artifact: "b.bin" })))];
    assert.deepEqual(answers.map((a) => a.status).sort(), [200, 200, 200, 200, 200, 201], "also at once");
    assert.deepEqual(new Set(answers.map((a) => a.json.version)), new Set([2]));
    assert.equal((await promote(await completed([["a.bin", "first"]]), { name: "twice" })).json.version, 3, "another run's equal file is another version");
    assert.equal((await promote(run, { name: "other", artifact: "a.bin" })).json.version, 1, "each name counts for itself");
});

test("refused with a reason", async () => {
    const [pending, running, failed, cancelled, empty] = [await addRun(site, "pending"), await addRun(site), await addRun(site, "failed"), await addRun(site, "cancelled"), await completed([])];
    for (const [run, words] of [[pending, /has not started: only what has completed/], [running, /is still running/], [failed, /failed: only what has completed/],
        [cancelled, /was cancelled/], [empty, /has handed over no file/]]) {
        const { status, json } = await promote(run, { name: "refused" });
        assert.equal(status, 409);
        assert.match(json.detail, words);
    }
    const run = await completed([["a.bin", "a"], ["b.bin", "b"], ["p.png", "p", "image/png"]]);
    for (const [body, field, words] of [
        [{}, "name", /is required/], [{ name: "" }, "name", /is required/], [{ name: "a/b" }, "name", /letters from A to Z/], [{ name: ".a" }, "name", /begins with/],
        [{ name: "ä" }, "name", /letters/], [{ name: "x".repeat(101) }, "name", /at most 100/], [{ name: 7 }, "name", /must be text/],
        [{ name: "x", description: "\u0007" }, "description", /control character/], [{ name: "x", description: "x".repeat(10_001) }, "description", /10000/],
        [{ name: "x", tags: "a" }, "tags", /list of texts/], [{ name: "x", tags: [1] }, "tags", /list of texts/], [{ name: "x", tags: ["a,b"] }, "tags", /comma/],
        [{ name: "x", tags: ["x".repeat(51)] }, "tags", /at most 50/], [{ name: "x", tags: Array.from({ length: 21 }, (_, i) => `t${i}`) }, "tags", /at most 20/],
        [{ name: "x" }, "artifact", /3 files|2 files/], [{ name: "x", artifact: "c.bin" }, "artifact", /no such file/], [{ name: "x", artifact: 99999 }, "artifact", /no such file/],
        [{ name: "x", artifact: true }, "artifact", /the name of a file/], [{ name: "x", colour: 1 }, "colour", /no such member/],
    ]) {
        const { status, json } = await promote(run, body);
        assert.deepEqual([status, json.field], [422, field], JSON.stringify([body, json]));
        assert.match(JSON.stringify(json), words);
    }
    assert.equal((await promote(999_999, { name: "x" })).status, 404);
    assert.equal((await site.read(`/api/v1/runs/${run}/promote`, { method: "POST", token: "ath_reader", body: "{}" })).status, 403);
    assert.equal((await site.read(`/api/v1/runs/${run}/promote`, { method: "POST", token: null, body: "{}" })).status, 401);
    assert.equal((await site.get("/api/v1/pipelines/x")).status, 404, "nothing came of all that");
});

test("names and versions in pages", async () => {
    const run = await completed(Array.from({ length: 5 }, (_, i) => [`f${i}`, `content ${i}`]));
    for (let i = 0; i < 5; i++) assert.equal((await promote(run, { name: "paged", artifact: `f${i}` })).json.version, i + 1);
    const names = [];
    for (let after = ""; after !== null; ) {
        const { json } = await site.get(`/api/v1/pipelines?limit=2${after && `&after=${after}`}`);
        names.push(...json.items.map((p) => p.name));
        after = json.next;
    }
    assert.deepEqual(names, [...names].sort());
    assert.ok(names.includes("paged") && !names.includes("refused"));
    const { json: first } = await site.get("/api/v1/pipelines/paged/versions?limit=3");
    assert.deepEqual(first.items.map((v) => v.version), [5, 4, 3]);
    assert.deepEqual((await site.get(`/api/v1/pipelines/paged/versions?before=${first.next}`)).json.items.map((v) => v.version), [2, 1]);
    const { json: one } = await site.get("/api/v1/pipelines/paged");
    assert.deepEqual([one.name, one.versions, one.newest.version, one.production], ["paged", 5, 5, null]);
    for (const [path, status] of [["paged/versions/6", 404], ["nobody", 404], ["nobody/versions", 404], ["nobody/versions/1", 404], ["paged/versions/0", 404], ["paged/versions/6/download", 404],
        ["paged/versions?before=x", 400], ["paged/versions?stage=best", 400]]) assert.equal((await site.get(`/api/v1/pipelines/${path}`)).status, status, path);
    assert.equal((await site.get("/api/v1/pipelines?after=999999")).status, 400, "no silent restart, nor a silent end");
    const [{ id }] = await site.sql("SELECT id FROM pipelines WHERE versions > 0 ORDER BY lower(name) DESC LIMIT 1");
    assert.deepEqual((await site.get(`/api/v1/pipelines?after=${id}`)).json, { items: [], next: null });
    assert.equal((await site.get("/api/v1/pipelines?after=0&limit=1")).json.items[0].name, names[0]);
});

test("stages, with who and when; one in production at most", async () => {
    const move = (n, stage) => site.post(`/api/v1/pipelines/paged/versions/${n}/stage`, { stage });
    assert.equal((await move(1, "staging")).json.stage, "staging");
    assert.equal((await move(1, "production")).json.stage, "production");
    const { json } = await move(2, "production");
    assert.deepEqual(json.stages.map(({ stage, by, because }) => ({ stage, by, because })), [{ stage: "production", by: "admin", because: null }]);
    const old = await version("paged", 1);
    assert.deepEqual([old.stage, old.stages.map((s) => s.stage), old.stages[2].because], ["archived", ["staging", "production", "archived"], "version 2 went into production"]);
    assert.ok(old.stages.every((s) => s.by === "admin" && Date.now() - Date.parse(s.at) < 60_000));
    assert.equal((await site.get("/api/v1/pipelines/paged")).json.production, 2);
    assert.deepEqual((await site.get("/api/v1/pipelines/paged/versions?stage=archived")).json.items.map((v) => v.version), [1]);
    assert.equal((await move(2, "production")).json.stages.length, 1, "nothing moved, nothing noted");
    assert.equal((await move(1, null)).json.stage, null);
    for (const stage of ["best", 1, undefined]) assert.equal((await move(1, stage)).status, 422);
    assert.equal((await move(9, "staging")).status, 404);
    await Promise.all([3, 4, 5].map((n) => move(n, "production")));
    assert.equal((await site.get("/api/v1/pipelines/paged/versions?stage=production")).json.items.length, 1, "also of several at once");
    assert.equal((await site.read("/api/v1/pipelines/paged/versions/1/stage", { method: "POST", token: "ath_reader", body: '{"stage":null}' })).status, 403);
});

test("its words can be changed", async () => {
    const put = (body) => site.put("/api/v1/pipelines/paged/versions/1", body);
    assert.deepEqual((({ description, tags }) => [description, tags])((await put({ description: "new", tags: ["x", "y"] })).json), ["new", ["x", "y"]]);
    assert.deepEqual((({ description, tags }) => [description, tags])((await put({ tags: [] })).json), ["new", []]);
    assert.equal((await put({ version: 3 })).status, 422);
    assert.equal((await put({ description: 3 })).status, 422);
    assert.equal((await site.put("/api/v1/pipelines/paged/versions/77", { tags: [] })).status, 404);
});

test("If-Match changes only the version that was read", async () => {
    await promote(await completed([["m", "matched"]]), { name: "matched", description: "first" });
    const path = "/api/v1/pipelines/matched/versions/1";
    const put = (body, tag) => site.put(path, body, { headers: { "if-match": tag } });
    const refused = (answer) => assert.deepEqual([answer.status, answer.json.field], [412, "If-Match"], answer.text);
    const etag = (await site.get(path)).headers.get("etag");
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => put({ description: `change ${i}` }, etag)));
    const won = answers.filter((one) => one.status === 200);
    assert.equal(won.length, 1);
    answers.filter((one) => one !== won[0]).forEach(refused);
    assert.equal((await version("matched", 1)).description, won[0].json.description);
    assert.equal((await put({ tags: ["a"] }, won[0].headers.get("etag"))).status, 200, "the answer of a change has the next tag");
    refused(await put({ tags: ["b"] }, '"nonsense"'));
    const read = (await site.get(path)).headers.get("etag");
    assert.equal((await site.post(`${path}/stage`, { stage: "staging" })).status, 200);
    refused(await put({ tags: ["b"] }, read)); // its stage is a part of it
    assert.equal((await put({ tags: ["c"] }, "*")).status, 200);
    assert.equal((await site.put(path, { tags: ["d"] })).status, 200);
    assert.deepEqual((await version("matched", 1)).tags, ["d"]);
    assert.equal((await site.put("/api/v1/pipelines/matched/versions/9", {}, { headers: { "if-match": "*" } })).status, 404);
});

test("verify reads the stored file again, and says loudly what has become of it", async () => {
    const run = await completed([["model", "precious weights"]]);
    await promote(run, { name: "verified" });
    const verify = () => site.post("/api/v1/pipelines/verified/versions/1/verify");
    const good = (await verify()).json;
    assert.deepEqual(good, { at: good.at, by: "admin", matches: true, sha256: sha256("precious weights"), size: 16 });
    assert.deepEqual((await version("verified", 1)).verified, good);
    writeFileSync(storePath(site, sha256("precious weights")), "precious weight5");
    const bad = (await verify()).json;
    assert.deepEqual([bad.matches, bad.sha256, bad.size], [false, sha256("precious weight5"), 16]);
    await until("the log tells of it", () => /verified, version 1: the stored file is not what was promoted/.test(site.log("pages-bulk")));
    rmSync(storePath(site, sha256("precious weights")));
    const gone = (await verify()).json;
    assert.deepEqual([gone.matches, gone.sha256, gone.size], [false, null, null]);
    assert.equal((await version("verified", 1)).verified.matches, false);
    assert.equal((await site.get("/api/v1/pipelines/verified/versions/1/download")).status, 500);
});

test("the version holds the file and what is said of the run; it is freed with the last that holds it", async () => {
    const run = await completed([["model", "held by two"], ["scrap", "held by nobody else"]], (id) => addRecord(site, id, "fact", "seed", { key: "seed", value: 7 }));
    await promote(run, { name: "held", artifact: "model" });
    await promote(run, { name: "held-too", artifact: "model" });
    const [kept, scrap] = [storePath(site, sha256("held by two")), storePath(site, sha256("held by nobody else"))];
    assert.equal((await site.delete(`/api/v1/runs/${run}`)).status, 204);
    sweep();
    assert.deepEqual([existsSync(kept), existsSync(scrap)], [true, false]);
    const row = await version("held", 1);
    assert.deepEqual([row.run.id, row.run.exists], [run, false]);
    assert.equal((await site.get(row.artifact.href)).text, "held by two");
    assert.equal((await site.get("/api/v1/pipelines/held/versions/1/snapshot")).json.facts.seed, 7);

    await site.post("/api/v1/pipelines/held/versions/1/stage", { stage: "production" });
    const refused = await site.delete("/api/v1/pipelines/held/versions/1");
    assert.equal(refused.status, 409);
    assert.match(refused.json.detail, /in production: archive it first/);
    await site.post("/api/v1/pipelines/held/versions/1/stage", { stage: "archived" });
    assert.equal((await site.delete("/api/v1/pipelines/held/versions/1")).status, 204);
    sweep();
    assert.equal(existsSync(kept), true, "the other still holds it");
    assert.equal((await site.get("/api/v1/pipelines/held")).status, 404, "a name without versions is not shown");
    assert.equal((await site.delete("/api/v1/pipelines/held-too/versions/1")).status, 204);
    sweep();
    assert.equal(existsSync(kept), false);
    assert.equal((await promote(await completed([["model", "new"]]), { name: "held" })).json.version, 2, "a number is never used twice");
});

test("what a run's deletion would take says nothing of promoted files", async () => {
    const run = await completed([["model", "x".repeat(3000)]]);
    const words = async () => (await site.get(`/runs/${run}/delete`, { headers: { accept: "application/json" } })).json.words[0];
    assert.match(await words(), /a file of/);
    await promote(run, { name: "spared" });
    assert.doesNotMatch(await words(), /a file of/);
});

test("the difference of two snapshots", async () => {
    const make = async (configuration, facts, snapshot, score) => {
        const [{ id }] = await site.sql("INSERT INTO instances (experiment, name, configuration) VALUES ('e', 'differs', $1::json) RETURNING id", JSON.stringify(configuration));
        const [{ run }] = await site.sql("SELECT create_run($1::bigint, 0) AS run", id);
        await site.sql("SELECT body FROM claim_run($1::bigint, 1, 'host', $2::json)", run, JSON.stringify({ claim: String(run), ...snapshot }));
        for (const [key, value] of Object.entries(facts)) await addRecord(site, run, "fact", key, { key, value });
        await addRecord(site, run, "result", "score", { key: "score", value: score });
        await site.sql("SELECT body FROM finish_run($1::bigint, NULL, 'completed', NULL, NULL, 0, NULL)", run);
        return run;
    };
    const a = await make({ seed: 1, list: [{ x: 1 }, { x: 2 }], same: "s" }, { numpy: "1.24" }, { version: "1", content_hash: "aa", command: ["x"], host: "h1" }, 0.5);
    const b = await make({ seed: 2, list: [{ x: 1 }], same: "s", null: null }, { numpy: "1.25", extra: 1 }, { version: "1", content_hash: "bb", command: ["x"], host: "h2" }, 0.5);
    const { json } = await site.get(`/api/v1/runs/${a}/diff?with=${b}`);
    assert.deepEqual(json.differences, [
        { section: "configuration", path: "seed", a: 1, b: 2 }, { section: "configuration", path: "list[1].x", a: 2 }, { section: "configuration", path: "null", b: null },
        { section: "experiment", path: "content_hash", a: "aa", b: "bb" }, { section: "facts", path: "numpy", a: "1.24", b: "1.25" }, { section: "facts", path: "extra", b: 1 },
        { section: "place", path: "host", a: "h1", b: "h2" },
    ]);
    assert.deepEqual([json.same, json.more, json.a.id, json.b.id], [false, 0, a, b]);
    const c = await make({ seed: 1, list: [{ x: 1 }, { x: 2 }], same: "s" }, { numpy: "1.24" }, { version: "1", content_hash: "aa", command: ["x"], host: "h2" }, 0.75);
    const near = (await site.get(`/api/v1/runs/${a}/diff?with=${c}`)).json;
    assert.equal(near.same, true, "made alike, elsewhere, with another result");
    assert.deepEqual(near.differences.map((d) => d.path), ["host", "score"]);
    const data = (sha256) => ({ version: "1", content_hash: "aa", command: ["x"], host: "h1", data: [{ name: "t.csv", sha256, bytes: 3, rows: 1 }] });
    const [d, e] = [await make({}, {}, data("a".repeat(64)), 1), await make({}, {}, data("b".repeat(64)), 1)];
    assert.deepEqual((await site.get(`/api/v1/runs/${d}/diff?with=${e}`)).json.differences, [{ section: "data", path: "data[0].sha256", a: "a".repeat(64), b: "b".repeat(64) }]);
    const [{ id }] = await site.sql(`INSERT INTO data_sources (name, bytes, sha256, rows, delimiter, columns, replaced_at)
        VALUES ('t.csv', 3, repeat('a', 64), 1, ',', '[]', now()) RETURNING id`);
    await site.sql("INSERT INTO data_uses (source_id, run_id) VALUES ($1::bigint, $2::bigint)", id, d);
    await site.sql(`INSERT INTO experiments (name, title, version, manifest, content_hash, folder) VALUES ('e', 'e', '2', '{"name":"e"}', 'aa', '/x')`);
    assert.deepEqual((await site.get(`/api/v1/runs/${d}/snapshot`)).json.now, { version: "2", content_hash: "aa", same: true, replaced_data: ["t.csv"] });
    await site.sql("DELETE FROM experiments WHERE name = 'e'");
    for (const [path, status] of [[`${a}/diff?with=999999`, 404], [`999999/diff?with=${a}`, 404], [`${a}/diff`, 422], [`${a}/diff?with=x`, 400]])
        assert.equal((await site.get(`/api/v1/runs/${path}`)).status, status, path);
    assert.equal((await site.get(`/api/v1/runs/${a}/snapshot`)).json.now, null, "nobody knows the experiment");
});
