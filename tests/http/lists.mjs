// Answers that are given again are never stale nor another's; what takes something away asks first; choices of many runs.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { addRun } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"], env: { ATHANOR_WORKERS: "1" } });
const cookie = await site.login();
const page = (path, options = {}) => site.get(path, { cookie, headers: { accept: "text/html", ...options.headers }, ...options });
const view = async (path) => (await site.get(path, { cookie, headers: { accept: "application/json" } })).json;
const post = (path, fields, headers = {}) =>
    site.fetch(path, {
        method: "POST", token: null, redirect: "manual", body: new URLSearchParams(fields).toString(),
        headers: { cookie, origin: site.url, "content-type": "application/x-www-form-urlencoded", ...headers },
    });

/** A token of somebody who may only read. */
async function readOnly() {
    const token = "ath_reader_of_lists_00000000000000000000000";
    await site.sql("INSERT INTO api_tokens (user_id, name, scope, token_hash) VALUES (1, 'reader', 'read', decode($1, 'hex'))", createHash("sha256").update(token).digest("hex"));
    return token;
}

test("a change shows in the very next answer, however soon it is asked for", async () => {
    const [{ id }] = await site.sql("INSERT INTO instances (experiment, name) VALUES ('e', 'before') RETURNING id");
    for (let i = 0; i < 20; i++) {
        assert.match((await page("/experiments")).text, i ? new RegExp(`name ${i - 1}<`) : /before</);
        await site.sql("UPDATE instances SET name = $2 WHERE id = $1::bigint", id, `name ${i}`);
        assert.match((await page("/experiments")).text, new RegExp(`name ${i}<`));
        assert.equal((await view("/experiments")).cards[0].name, `name ${i}`);
    }
    await site.sql("BEGIN; UPDATE instances SET name = 'rolled back'; ROLLBACK");
    assert.match((await page("/experiments")).text, /name 19</);
});

test("an answer is kept for its address, its reader and the theme alone, and its clock goes on", async () => {
    const whole = (await page("/experiments")).text;
    assert.match(whole, /data-action="start-run"/);
    assert.match((await page("/experiments?q=zzz")).text, /Nothing found/);
    const token = await readOnly();
    const reader = await site.get("/experiments", { token, headers: { accept: "text/html" } });
    assert.equal(reader.status, 200);
    assert.doesNotMatch(reader.text, /data-action="start-run"/);
    assert.match((await page("/experiments")).text, /data-action="start-run"/);
    const dark = await site.get("/experiments", { cookie: `${cookie}; athanor_theme=dark`, headers: { accept: "text/html" } });
    assert.match(dark.text, /data-theme="dark"/);
    assert.match((await page("/experiments")).text, /data-theme="system"/);
    for (let i = 0; i < 30; i++) {
        const before = Date.now();
        const now = Number(/data-now="(\d{13})"/.exec((await page("/experiments")).text)[1]);
        assert.ok(now >= before - 1 && now <= Date.now() + 1, `${now} is not between ${before} and ${Date.now()}`);
    }
    const head = await site.fetch("/experiments", { method: "HEAD", token: null, headers: { cookie } });
    assert.equal(head.status, 200);
    assert.equal((await head.text()), "");
    assert.equal((await site.get("/experiments", { token: null, redirect: "manual" })).status, 303, "and who is nobody gets none");
});

test("an instance that has runs goes when its name was typed; before, counts and bytes are told", async () => {
    const run = await addRun(site, "completed");
    const [{ id }] = await site.sql("SELECT instance_id AS id FROM runs WHERE id = $1::bigint", run);
    const path = `/experiments/${id}/delete`;
    assert.match((await page(path)).text, /1 run goes with it: 0 lines of log and all results, [\d.]+ KiB of the database\./);
    for (const fields of [{}, { name: "" }, { name: "row" }, { name: "rows!" }]) assert.equal((await post(path, fields)).status, 422);
    assert.equal((await site.get(`/api/v1/instances/${id}`)).status, 200);
    const gone = await post(path, { name: " rows " });
    assert.deepEqual([gone.status, gone.headers.get("location")], [303, "/experiments"]);
    assert.equal((await site.get(`/api/v1/runs/${run}`)).status, 404);
    assert.equal((await page(path)).status, 404);
});

test("chosen runs are asked about, then cancelled or deleted", async () => {
    const [done, waiting] = [await addRun(site, "failed"), await addRun(site, "pending")];
    const both = [["run", done], ["run", waiting]];
    const asked = await post("/runs/selection", [["action", "delete"], ["back", "/runs?status=failed"], ...both]);
    assert.equal(asked.status, 200);
    const text = await asked.text();
    assert.match(text, /Delete 1 run\?.*1 run of those chosen is still active, and stay/s);
    assert.match(text, new RegExp(`name="runs" value="${done}"`), "and not the one that stays");
    const json = await post("/runs/selection", [["action", "cancel"], ...both], { accept: "application/json" });
    assert.equal((await json.json()).heading, "Cancel 1 run?");
    assert.equal((await site.get(`/api/v1/runs/${waiting}`)).json.status, "pending", "nothing has been done yet");

    const cancelled = await post("/runs/selection", [["action", "cancel"], ["back", "/runs?x=1"], ["sure", "1"], ...both]);
    assert.deepEqual([cancelled.status, cancelled.headers.get("location")], [303, "/runs?x=1"]);
    assert.equal((await site.get(`/api/v1/runs/${waiting}`)).json.status, "cancelled");
    const deleted = await post("/runs/selection", [["action", "delete"], ["back", "https://elsewhere.example/"], ["sure", "1"], ["run", done], ["run", "999999"]]);
    assert.deepEqual([deleted.status, deleted.headers.get("location")], [303, "/runs"]);
    assert.equal((await site.get(`/api/v1/runs/${done}`)).status, 404);
    assert.equal((await site.get(`/api/v1/runs/${waiting}`)).status, 200);
});

test("all that fit a list's filters are chosen at once, on whatever page, and no other", async () => {
    const [{ id }] = await site.sql("INSERT INTO instances (experiment, name, project) VALUES ('crowd', 'Crowd', 'p & q') RETURNING id");
    await site.sql("SELECT count(create_run($1::bigint, 0)) FROM generate_series(1, 130)", id);
    await site.sql(`SELECT count(*) FROM runs r, LATERAL finish_run(r.id, NULL, CASE r.number % 2 WHEN 0 THEN 'failed' ELSE 'cancelled' END, NULL, NULL, NULL, NULL)
                    WHERE r.instance_id = $1::bigint AND r.number <= 120`, id);
    const left = async () => (await site.sql("SELECT status, count(*)::int AS n FROM runs WHERE instance_id = $1::bigint GROUP BY 1 ORDER BY 1", id)).map(({ status, n }) => `${n} ${status}`).join();
    const other = await addRun(site, "failed");
    assert.equal(await left(), "60 cancelled,60 failed,10 pending");
    const offered = async (path) => (await site.get(path, { cookie, headers: { accept: "application/json" } })).json.runs.others;
    assert.deepEqual(await offered(`/experiments/${id}`), { words: "All that fit, on every page", fields: [{ name: "fits_instance", value: String(id) }] });
    assert.deepEqual((await offered("/runs?status=failed&project=p+%26+q&x=1")).fields, [{ name: "fits_status", value: "failed" }, { name: "fits_project", value: "p & q" }]);
    assert.equal(await offered("/runs?project=nobody"), null, "one page shows all");

    /** What is asked, and then agreed to. */
    const act = async (action, fits) => {
        const answer = await post("/runs/selection", { action, others: "1", ...fits }, { accept: "application/json" });
        const view = await answer.json();
        if (!view.impossible) assert.equal((await post("/runs/selection", Object.fromEntries(view.fields.map(({ name, value }) => [name, value])))).status, 303);
        return view.impossible ?? view.heading;
    };
    assert.equal(await act("delete", { fits_project: "p & q", fits_status: "failed" }), "Delete 60 runs?");
    assert.equal(await left(), "60 cancelled,10 pending");
    assert.equal(await act("cancel", { fits_project: "p & q", fits_status: "cancelled" }), "None of these runs is active.");
    assert.equal(await act("cancel", { fits_instance: id }), "Cancel 10 runs?");
    assert.equal(await left(), "70 cancelled");
    assert.equal(await act("delete", { fits_experiment: "crowd" }), "Delete 70 runs?");
    assert.equal(await left(), "");
    assert.equal((await site.get(`/api/v1/runs/${other}`)).status, 200, "what does not fit stays");
    assert.equal((await post("/runs/selection", { action: "delete", others: "1", sure: "1" })).status, 303);
    assert.equal((await site.get(`/api/v1/runs/${other}`)).status, 200, "what nobody was asked about stays");
});

test("a choice that says nothing, too much or nonsense changes nothing", async () => {
    const run = await addRun(site, "completed");
    assert.equal((await post("/runs/selection", { action: "delete", sure: "1" })).status, 303);
    assert.equal((await post("/runs/selection", { action: "burn", run, sure: "1" })).status, 422);
    for (const bad of ["x", "0", "-1", "1e3", "9223372036854775808"]) assert.equal((await post("/runs/selection", { action: "delete", run: bad, sure: "1" })).status, 422, bad);
    for (const runs of [Array(10_001).fill(run).join(), "", `${run},`, `${run},,${run}`, `${run};1`]) assert.equal((await post("/runs/selection", { action: "delete", sure: "1", runs })).status, 422, runs.slice(0, 20));
    assert.equal((await post("/runs/selection", { action: "delete", run, sure: "1" }, { origin: "http://elsewhere.example" })).status, 403);
    assert.equal((await site.get(`/api/v1/runs/${run}`)).status, 200);
});

test("what is no cursor begins a page's list anew, and behind the last row there is a way back", async () => {
    const run = await addRun(site, "completed");
    const [{ id }] = await site.sql("SELECT instance_id AS id FROM runs WHERE id = $1::bigint", run);
    await site.sql("INSERT INTO data_sources (project, name, bytes, sha256, rows, delimiter, columns) VALUES ('', 'd.csv', 1, repeat('a', 64), 1, ',', '[]')");
    await site.sql("INSERT INTO pipelines (name, versions_made, versions) VALUES ('kept', 1, 1)");
    await site.sql(`INSERT INTO pipeline_versions (pipeline_id, version, promoted_by, run_id, artifact_n, artifact_name, sha256, size, media_type, run_number, instance_id,
                                                   instance_name, experiment, results, metrics, origin)
                    SELECT id, 1, 'admin', $1::bigint, 1, 'm', repeat('a', 64), 1, 'x/y', 1, $2::bigint, 'i', 'e', '{}', '{}', '{}' FROM pipelines`, run, id);
    const lists = {
        "/experiments": ["before", "No more instances"], "/experiments?sort=runs": ["key=0&before", "No more instances"], "/runs": ["before", "No older runs"],
        [`/experiments/${id}`]: ["before", "No older runs"], [`/experiments/${id}?tab=compare`]: ["before", "No older runs"], "/data": ["before", "No older data"],
        "/pipelines/kept": ["before", "No older versions"],
    };
    for (const [path, [name, words]] of Object.entries(lists)) {
        const at = `${path}${path.includes("?") ? "&" : "?"}${name}=`;
        assert.doesNotMatch((await page(path)).text, /Back to the/, path);
        for (const bad of ["x", "-1", "1.5", "99999999999999999999", "%F0%9F%98%80"]) {
            const { status, text } = await page(at + bad);
            assert.equal(status, 200, at + bad);
            assert.doesNotMatch(text, /Back to the|No older|No more/, at + bad);
        }
        const { text } = await page(`${at}0`);
        assert.match(text, new RegExp(words), `${at}0`);
        assert.match(text, /Back to the/, `${at}0`);
        assert.doesNotMatch(text, /Nothing here yet|Nothing found|No data yet|Nothing to compare/, `${at}0`);
    }
    const behind = await page("/pipelines?after=zzz");
    assert.match(behind.text, /No more pipelines/);
    assert.doesNotMatch(behind.text, /Nothing has been promoted/);
});
