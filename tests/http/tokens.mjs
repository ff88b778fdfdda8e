// Personal tokens: made, shown once, kept as hashes, limited by who makes them, revoked; and what each scope may do, route by route.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";

import { operations, routes } from "../lib/openapi.mjs";
import { addExperiment } from "../lib/rows.mjs";
import { openStream } from "../lib/sse.mjs";
import { root, sha256, startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner"] });
const tokens = "/api/v1/tokens";
const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);

function assertProblem(answer, status, field, words) {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers.get("content-type"), /^application\/problem\+json/);
    if (field) assert.equal(answer.json.field ?? answer.json.errors?.[0].field, field, answer.text);
    if (words) assert.match(answer.json.detail, words);
}

/** A token made by `by` (the administrator). */
async function make(scope, by = site.token, more = {}) {
    const answer = await site.post(tokens, { name: `a ${scope} token`, scope, ...more }, { token: by });
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
}

test("a token is shown once, and only its hash is kept", async () => {
    const end = day(30);
    const made = await make("run", site.token, { name: "nightly job", expires_at: end });
    assert.match(made.token, /^ath_[\w-]{43}$/);
    assert.equal(made.prefix, made.token.slice(0, 10));
    assert.equal(made.expires_at, `${end}T23:59:59.000Z`);
    assert.equal(made.last_used_at, null);
    const me = await site.get("/api/v1/me", { token: made.token });
    assert.deepEqual(me.json.user, { id: 1, name: "admin", role: "admin" });
    assert.equal(me.json.scope, "run");
    assert.equal(me.json.token.id, made.id);
    const { items } = (await site.get(tokens)).json;
    const listed = items.find((one) => one.id === made.id);
    assert.equal(listed.name, "nightly job");
    assert.notEqual(listed.last_used_at, null, "its use is noted");
    assert.equal(JSON.stringify(items).includes(made.token), false);
    const rows = await site.sql("SELECT to_json(t)::text AS row, encode(token_hash, 'hex') AS hash FROM api_tokens t WHERE id = $1", made.id);
    assert.equal(rows[0].hash, sha256(made.token));
    assert.equal(rows[0].row.includes(made.token), false);
    for (const name of ["pages-quick", "pages-bulk", "pages-upload", "nginx", "postgres"]) assert.equal(site.log(name).includes(made.token), false, `${name} logs a token`);
});

test("the usual token reads, for 90 days; one that never ends says so", async () => {
    const { json } = await site.post(tokens, { name: "usual" });
    assert.equal(json.scope, "read");
    const days = (Date.parse(json.expires_at) - Date.now()) / 86_400_000;
    assert.ok(Math.abs(days - 90) < 0.01, json.expires_at);
    assert.equal((await make("read", site.token, { expires_at: null })).expires_at, null);
});

test("wrong wishes are refused by their field", async () => {
    const wrong = [
        [{}, "name"], [{ name: " " }, "name"], [{ name: "x".repeat(101) }, "name"], [{ name: "a\nb" }, "name"], [{ name: 7 }, "name"],
        [{ name: "x", scope: "root" }, "scope"], [{ name: "x", scope: null }, "scope"], [{ name: "x", owner: 1 }, "owner"],
        ...["2020-01-01", "2031-02-30", "tomorrow", "", "2031-01-01T12:00:00+01:00", "9999-01-01", "2031-13-01", 5].map((expires_at) => [{ name: "x", expires_at }, "expires_at"]),
    ];
    for (const [body, field] of wrong) assertProblem(await site.post(tokens, body), 422, field);
    assertProblem(await site.post(tokens, { name: "x" }, { headers: { "idempotency-key": "x".repeat(201) } }), 400, "Idempotency-Key");
});

test("a token makes none that is stronger or lasts longer", async () => {
    const run = await make("run", site.token, { expires_at: day(10) });
    assertProblem(await site.post(tokens, { name: "x", scope: "admin" }, { token: run.token }), 403, "scope");
    assertProblem(await site.post(tokens, { name: "x", expires_at: day(11) }, { token: run.token }), 403, "expires_at");
    assertProblem(await site.post(tokens, { name: "x", expires_at: null }, { token: run.token }), 403, "expires_at");
    const child = await make("run", run.token);
    assert.equal(child.expires_at, run.expires_at, "the usual end is not later than its maker's");
    const read = await make("read", run.token, { expires_at: day(9) });
    assertProblem(await site.post(tokens, { name: "x", scope: "run" }, { token: read.token }), 403, "scope");
    assertProblem(await site.delete(`${tokens}/${run.id}`, { token: read.token }), 403);
    assert.equal((await site.get("/api/v1/me", { token: run.token })).status, 200);
});

test("a revoked token is refused with words, and so are those made with it", async () => {
    const run = await make("run");
    const child = await make("read", run.token);
    const grandchild = await make("read", child.token);
    assert.equal((await site.delete(`${tokens}/${run.id}`)).status, 204);
    for (const one of [run, child, grandchild]) assertProblem(await site.get("/api/v1/runs", { token: one.token }), 401, undefined, /revoked at 20/);
    assertProblem(await site.delete(`${tokens}/${run.id}`), 404, undefined, /no token/);
    assertProblem(await site.delete(`${tokens}/999999`), 404);
    assert.equal((await site.get(tokens)).json.items.some((one) => one.id === run.id), false);
});

test("no token survives the revoking of its maker, whichever of the two comes first", async () => {
    for (const first of ["make", "revoke"]) {
        const maker = await make("run");
        const steps = { make: () => site.post(tokens, { name: "late" }, { token: maker.token }), revoke: () => site.delete(`${tokens}/${maker.id}`) };
        const waiting = async (count) => {
            const [{ n }] = await site.sql("SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
            return n >= count;
        };
        // Holds the lock until both wait for it, each of them having looked who asks.
        const holder = site.sql(`DO $do$ BEGIN
            PERFORM pg_advisory_xact_lock(hashtextextended('tokens 1', 0));
            FOR i IN 1..500 LOOP
                EXIT WHEN (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted) >= 2;
                PERFORM pg_sleep(0.02);
            END LOOP;
        END $do$`);
        await until("the lock is held", async () => (await site.sql("SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND granted"))[0].n > 0);
        const asked = { [first]: steps[first]() };
        await until("the first waits", () => waiting(1));
        const second = first === "make" ? "revoke" : "make";
        asked[second] = steps[second]();
        await holder;
        assert.equal((await asked.revoke).status, 204);
        const made = await asked.make;
        if (made.status === 201) assertProblem(await site.get("/api/v1/me", { token: made.json.token }), 401);
        else assertProblem(made, 403, undefined, /has been revoked/);
    }
});

test("a token reaches no further than its user does today", async () => {
    const [{ id }] = await site.sql("INSERT INTO users (name, role) VALUES ('demoted', 'admin') RETURNING id");
    await site.sql("INSERT INTO api_tokens (user_id, name, scope, token_hash) VALUES ($1, 'd', 'admin', decode($2, 'hex'))", id, sha256("ath_demoted"));
    for (const [role, scope] of [["admin", "admin"], ["member", "run"], ["viewer", "read"]]) {
        await site.sql("UPDATE users SET role = $1 WHERE id = $2", role, id);
        assert.equal((await site.get("/api/v1/me", { token: "ath_demoted" })).json.scope, scope);
    }
    assertProblem(await site.post("/api/v1/instances", {}, { token: "ath_demoted" }), 403);
});

test("an expired token is refused with words, an unknown one too", async () => {
    const one = await make("read");
    await site.sql("UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE id = $1", one.id);
    assertProblem(await site.get("/api/v1/runs", { token: one.token }), 401, undefined, /expired at 20/);
    assertProblem(await site.get("/api/v1/runs", { token: "ath_nonsense" }), 401, undefined, /not known/);
    assert.equal((await site.get(tokens)).json.items.find((x) => x.id === one.id).expired, true);
});

test("tokens are their user's own", async () => {
    const [{ id }] = await site.sql("INSERT INTO users (name, role) VALUES ('viewer', 'viewer') RETURNING id");
    await site.sql("INSERT INTO api_tokens (user_id, name, scope, token_hash) VALUES ($1, 'v', 'read', decode($2, 'hex'))", id, sha256("ath_viewer"));
    const [mine] = (await site.get(tokens, { token: "ath_viewer" })).json.items;
    assert.equal(mine.name, "v");
    const other = await make("read");
    assertProblem(await site.delete(`${tokens}/${other.id}`, { token: "ath_viewer" }), 404);
    assertProblem(await site.delete(`${tokens}/${mine.id}`), 404);
    assertProblem(await site.get(`/tokens/${other.id}/revoke`, { token: "ath_viewer", headers: { accept: "application/json" } }), 404);
});

test("tokens that have ended do not count, and go after a month", async () => {
    const [{ id }] = await site.sql("INSERT INTO users (name, role) VALUES ('hoarder', 'admin') RETURNING id");
    const add = (count, ended, hash) => site.sql(
        `INSERT INTO api_tokens (user_id, name, scope, token_hash, expires_at, revoked_at)
         SELECT $1::bigint, 'one of many', 'admin', CASE WHEN $3 <> '' AND i = 1 THEN decode($3, 'hex') ELSE sha256(random()::text::bytea) END, ${ended}
         FROM generate_series(1, $2::int) i`, id, count, hash);
    const left = async () => (await site.sql("SELECT count(*)::int AS n FROM api_tokens WHERE user_id = $1::bigint", id))[0].n;
    const mine = { token: "ath_hoarder" };
    await add(200, "NULL, NULL", sha256("ath_hoarder"));
    assertProblem(await site.post(tokens, { name: "one more" }, mine), 409, undefined, /200 tokens already/);
    await site.sql(`UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE id = (SELECT max(id) FROM api_tokens WHERE user_id = $1::bigint)`, id);
    const made = await site.post(tokens, { name: "one more" }, mine);
    assert.equal(made.status, 201, made.text);
    assertProblem(await site.post(tokens, { name: "one more" }, mine), 409);
    assert.equal((await site.delete(`${tokens}/${made.json.id}`, mine)).status, 204);

    await add(1, "now() - interval '29 days', NULL", sha256("ath_lately"));
    await add(1, "now() - interval '31 days', NULL", sha256("ath_long_ago"));
    await add(1, "NULL, now() - interval '31 days'", sha256("ath_revoked"));
    const listed = (await site.get(`${tokens}?limit=1000`, mine)).json.items;
    assert.equal(listed.filter((one) => one.expired).length, 2, "not those that ended long ago");
    assert.equal(await left(), 204);
    assert.equal((await site.post(tokens, { name: "one more" }, mine)).status, 201);
    assert.equal(await left(), 203, "which have gone when another is made");
    assertProblem(await site.get("/api/v1/me", { token: "ath_lately" }), 401, undefined, /expired at 20/);
    for (const token of ["ath_long_ago", "ath_revoked"]) assertProblem(await site.get("/api/v1/me", { token }), 401, undefined, /not known/);

    await add(300, "now() - interval '1 day', NULL", "");
    await site.sql("UPDATE api_tokens SET revoked_at = now() WHERE id = (SELECT max(id) FROM api_tokens WHERE user_id = $1::bigint AND expires_at > now())", id);
    assert.equal((await site.post(tokens, { name: "one more" }, mine)).status, 201);
    assert.equal(await left(), 400, "of those that have ended 200 are kept");
});

test("a run outlives the token that started it", async () => {
    await addExperiment(site, "kept", []);
    const maker = await make("run", site.token, { budget: { runs: 5 } });
    const { json: instance } = await site.post("/api/v1/instances", { experiment: "kept", name: "kept" });
    const { json: run } = await site.post(`/api/v1/instances/${instance.id}/runs`, {}, { token: maker.token });
    await site.sql("UPDATE api_tokens SET revoked_at = now() - interval '31 days' WHERE id = $1::bigint", maker.id);
    await make("read");
    assertProblem(await site.get("/api/v1/me", { token: maker.token }), 401, undefined, /not known/);
    assert.equal((await site.post(`/api/v1/runs/${run.id}/cancel`, {})).json.status, "cancelled");
});

test("the list is paged by a cursor", async () => {
    const all = (await site.get(tokens)).json.items.map((one) => one.id);
    const seen = [];
    for (let before = ""; before !== null;) {
        const { json } = await site.get(`${tokens}?limit=3${before && `&before=${before}`}`);
        seen.push(...json.items.map((one) => one.id));
        before = json.next;
    }
    assert.deepEqual(seen, all);
});

test("a run that starts on a budget and one that ends do not wait for each other", async () => {
    await addExperiment(site, "busy", []);
    const spender = await make("run", site.token, { budget: { runs: 2 } });
    const { json: instance } = await site.post("/api/v1/instances", { experiment: "busy", name: "both" });
    const start = () => site.post(`/api/v1/instances/${instance.id}/runs`, {}, { token: spender.token });
    const { json: first } = await start();
    await site.sql("SELECT body FROM claim_run($1, NULL, 'host', '{}')", first.id);
    const waits = (what) => `EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%${what}%')`;
    // Holds the instance, for which the second start waits, until the first run has ended or waits too.
    const holder = site.sql(`DO $do$ BEGIN
        PERFORM FROM instances WHERE id = ${instance.id} FOR UPDATE;
        FOR i IN 1..500 LOOP
            EXIT WHEN ${waits("finish_run")} OR EXISTS (SELECT FROM runs WHERE id = ${first.id} AND finished_at IS NOT NULL);
            PERFORM pg_sleep(0.02), pg_stat_clear_snapshot();
        END LOOP;
    END $do$`);
    await until("the instance is held", async () => (await site.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).length > 0);
    const second = start();
    await until("the second start waits", async () => (await site.sql(`SELECT ${waits("start_run")} AS yes`))[0].yes);
    await site.sql("SELECT body FROM finish_run($1::bigint, NULL, 'completed', NULL, NULL, 0, NULL)", first.id);
    await holder;
    const { status, text } = await second;
    assert.equal(status, 201, text);
    const { json: me } = await site.get("/api/v1/me", { token: spender.token });
    assert.equal(me.token.budget.runs_started, 2);
});

test("an idempotency key makes one token, and tells its secret once", async () => {
    const send = (body, key) => site.post(tokens, body, { headers: { "idempotency-key": key } });
    const [a, b] = await Promise.all([send({ name: "once" }, "t1"), send({ name: "once" }, "t1")]);
    assert.deepEqual([a.status, b.status].sort(), [200, 201]);
    assert.equal(a.json.id, b.json.id);
    assert.equal([a, b].filter((one) => one.json.token).length, 1);
    assertProblem(await send({ name: "other" }, "t1"), 409, "Idempotency-Key");
    await site.delete(`${tokens}/${a.json.id}`);
    assertProblem(await send({ name: "once" }, "t1"), 409, "Idempotency-Key");
});

test("the page makes, shows once, comes back filled in, and revokes", async () => {
    const cookie = await site.login();
    const page = await site.get("/tokens", { cookie });
    assert.equal(page.status, 200);
    const key = /name="key" value="([^"]+)"/.exec(page.text)[1];
    const wrong = await site.form("/tokens", { key, name: "<b>", scope: "run", lifetime: "date", date: "2020-01-01" }, { cookie });
    assert.equal(wrong.status, 422);
    assert.match(wrong.text, /value="&lt;b&gt;"/);
    assert.match(wrong.text, /value="run" checked/);
    assert.match(wrong.text, /value="2020-01-01"/);
    assert.match(wrong.text, /must lie ahead/);
    const fields = { key, name: "by hand", scope: "run", lifetime: "30", date: "" };
    const early = day(30);
    const made = await site.form("/tokens", fields, { cookie });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.headers.get("cache-control"), "no-store");
    const secret = /data-token-secret>(ath_[\w-]{43})</.exec(made.text)[1];
    assert.ok(made.text.replaceAll("&#x2F;", "/").includes(`curl -H 'Authorization: Bearer ${secret}' ${site.url}/api/v1/me`));
    const { json } = await site.get("/api/v1/me", { token: secret });
    assert.equal(json.scope, "run");
    assert.ok([early, day(30)].includes(json.token.expires_at.slice(0, 10)), json.token.expires_at);
    const again = await site.form("/tokens", fields, { cookie });
    assert.equal(again.status, 200);
    assert.equal(again.text.includes(secret), false);
    assert.match(again.text, /had been sent already/);
    assert.equal((await site.form("/tokens", { ...fields, lifetime: "7000" }, { cookie })).status, 422);
    const ask = await site.get(`/tokens/${json.token.id}/revoke`, { cookie });
    assert.match(ask.text, /Revoke by hand\?/);
    const done = await site.form(`/tokens/${json.token.id}/revoke`, {}, { cookie });
    assert.equal(done.headers.get("location"), "/tokens");
    assertProblem(await site.get("/api/v1/me", { token: secret }), 401);
});

test("no page of another site makes or revokes a token", async () => {
    const cookie = await site.login();
    const [{ id }] = (await site.get(tokens)).json.items;
    const before = (await site.get(tokens)).json.items.length;
    for (const headers of [{ origin: "https://evil.example" }, { origin: "null" }, { origin: site.url.replace("127.0.0.1", "localhost") }, { origin: "https://evil.example", "sec-fetch-site": "cross-site" }]) {
        const options = { cookie, headers };
        assert.equal((await site.form("/tokens", { name: "x", scope: "admin", lifetime: "90" }, options)).status, 403);
        assert.equal((await site.form(`/tokens/${id}/revoke`, {}, options)).status, 403);
        assertProblem(await site.post(tokens, { name: "x" }, options), 403);
        assertProblem(await site.delete(`${tokens}/${id}`, options), 403);
        assertProblem(await site.read("/api/v1/instances", { method: "POST", body: "{}", headers: { ...headers, "content-type": "text/plain" }, cookie }), 403);
    }
    assert.equal((await site.get(tokens)).json.items.length, before);
    const bare = await fetch(`${site.url}${tokens}/${id}`, { method: "DELETE", headers: { cookie } });
    assert.equal(bare.status, 403, "a cookie without an origin is not enough");
    assert.equal((await site.post(tokens, { name: "x" }, { cookie })).status, 201);
});

test("revoking a token ends its streams, and no others", async (t) => {
    const one = await make("read");
    const other = await make("read");
    const streams = await Promise.all([one, other].map(({ token }) => openStream(site, "/events", { token })));
    t.after(() => streams.forEach((stream) => stream.cut()));
    await Promise.all(streams.map((stream) => stream.until("it is open", () => stream.events.some((frame) => frame.type === "reset"))));
    assert.equal((await site.delete(`${tokens}/${one.id}`)).status, 204);
    await streams[0].until("it has been ended", () => streams[0].ended, 15); // three times what is promised
    assert.equal((await openStream(site, "/events", { token: one.token })).status, 401);
    assert.equal(streams[1].ended, false);
    await site.sql("INSERT INTO instances (experiment, name) VALUES ('none', 'after')");
    await streams[1].until("the other goes on", () => streams[1].events.some((frame) => frame.type === "instance"));
});

const rank = ["open", "read", "run", "admin"];

test("every route takes the scopes that its table says, and no others", async () => {
    const one = { expired: await make("admin"), revoked: await make("admin"), read: await make("read"), run: await make("run"), admin: await make("admin") };
    await site.sql("UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE id = $1", one.expired.id);
    await site.delete(`${tokens}/${one.revoked.id}`);
    const relayed = operations.filter((x) => x.operation["x-served-by"]).map((x) => ({ methods: ["GET"], path: x.path, scope: x.scope }));
    const faults = [];
    for (const route of [...routes(), ...relayed]) {
        const api = /^\/(api\/|metrics$|healthz$|events)|events$/.test(route.path);
        const path = route.path.replace(/\{(\w*id|n)\}/g, "999999999").replace(/\{\w+\}/g, "none");
        for (const method of route.methods) {
            for (const who of ["nobody", "expired", "revoked", "read", "run", "admin"]) {
                const body = method === "GET" || method === "HEAD" || method === "DELETE" ? undefined : api ? "{}" : "";
                const headers = body === undefined ? {} : { "content-type": api ? "application/json" : "application/x-www-form-urlencoded" };
                const answer = await site.fetch(path, { method, body, headers, token: who === "nobody" ? null : one[who].token });
                await answer.body?.cancel();
                const known = rank.includes(who);
                const refused = answer.status === 401 || (answer.status === 303 && /^\/login/.test(answer.headers.get("location")) && path !== "/logout");
                const expected = route.scope === "open" ? "answer" : !known ? "401" : rank.indexOf(who) < rank.indexOf(route.scope) ? "403" : "answer";
                const got = refused ? "401" : answer.status === 403 && path !== "/login" ? "403" : "answer";
                if (got !== expected) faults.push(`${method} ${route.path} by ${who}: ${answer.status}, not ${expected}`);
            }
        }
    }
    assert.deepEqual(faults, []);
});

test("an administrator's token that was revoked gives way to another at the next start", async () => {
    const cookie = await site.login();
    const env = { ...process.env, ATHANOR_CONFIG_FILE: join(site.state, "athanor.ini") };
    const announce = () => execFileSync(join(root, "scripts/announce"), [site.state, String(site.port), site.state], { encoding: "utf8", env });
    const inFile = () => readFileSync(join(site.state, "admin-token"), "utf8").trim();
    assert.match(announce(), /Athanor is running/);
    assert.equal(inFile(), site.token, "a good one stays");
    const { json } = await site.get("/api/v1/me");
    assert.equal((await site.delete(`${tokens}/${json.token.id}`, { cookie })).status, 204);
    announce();
    const next = inFile();
    assert.notEqual(next, site.token);
    assert.equal((await site.get("/api/v1/me", { token: next })).json.scope, "admin");
    await site.sql("DELETE FROM api_tokens WHERE token_hash = decode($1, 'hex')", sha256(next));
    announce();
    assert.notEqual(inFile(), next, "nor comes one back that was revoked so long ago that it is not known any more");
    assertProblem(await site.get("/api/v1/me", { token: next }), 401);
});
