// Pages and forms as a browser without scripts uses them: login, create, edit, clone, start, cancel, delete, theme.

import assert from "node:assert/strict";
import test, { after } from "node:test";

import { addExperiment, addRun } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"] });
const configuration = [
    { name: "size", type: "integer", default: 64, min: 8, max: 512, step: 8, required: true, label: "Lattice size" },
    { name: "rate", type: "float" },
    { name: "algorithm", type: "enum", options: ["metropolis", { value: "gpu", label: "On the GPU", available: false, reason: "none here" }], required: true },
    { name: "verify", type: "boolean", default: true },
    { name: "notes", type: "string", format: "textarea" },
    { name: "api", type: "group", label: "API", fields: [{ name: "url", type: "string", format: "url" }] },
    { name: "pairs", type: "list", label: "Pairs", fields: [{ name: "left", type: "string", required: true }] },
];
await addExperiment(site, "ising", configuration);
await addExperiment(site, "broken", [], { error: "nonsense" });
const cookie = await site.login();
const page = (path) => site.get(path, { cookie });
const post = (path, fields, more) => site.form(path, fields, { cookie, ...more });
const good = {
    experiment: "ising", name: "one", description: "d", project: "p",
    "configuration.size": "64", "configuration.rate": "0.1", "configuration.algorithm": "metropolis",
    "configuration.verify": "true", "configuration.notes": "a\r\nb", "configuration.api.url": "https://x.example/",
    "configuration.pairs.0.left": "a", "configuration.pairs.3.left": "b",
};
async function make(more = {}) {
    const fields = Object.entries({ ...good, ...more }).filter(([, value]) => value !== undefined);
    const answer = await post("/experiments/new", Object.fromEntries(fields));
    assert.equal(answer.status, 303, answer.text);
    return Number(/^\/experiments\/(\d+)$/.exec(answer.headers.get("location"))[1]);
}
const read = async (id) => (await site.get(`/api/v1/instances/${id}`)).json;

/** The value that an element with that name shows, decoded. */
function shown(html, name) {
    const decode = (s) => s.replace(/&#(x?)(\w+);/g, (_, x, n) => String.fromCodePoint(parseInt(n, x ? 16 : 10)))
        .replace(/&quot;/g, '"').replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
    const escaped = name.replace(/[.[\]]/g, "\\$&");
    const area = new RegExp(`<textarea[^>]* name="${escaped}"[^>]*>\\n?([^]*?)</textarea>`).exec(html);
    if (area) return decode(area[1]);
    const select = new RegExp(`<select[^>]* name="${escaped}"[^>]*>([^]*?)</select>`).exec(html);
    if (select) return decode(/<option value="([^"]*)"[^>]* selected/.exec(select[1])?.[1] ?? "");
    const input = new RegExp(`<input[^>]* name="${escaped}"[^>]*>`).exec(html);
    assert.ok(input, `${name} is not in the form`);
    return decode(/ value="([^"]*)"/.exec(input[0])[1]);
}

test("every page asks for a login and comes back after it", async () => {
    for (const path of ["/", "/experiments", "/experiments/new", "/experiments/1", "/runs?status=failed&x=%C3%A4", "/runs/1", "/runners"]) {
        const answer = await site.get(path, { token: null });
        assert.equal(answer.status, 303, path);
        const where = new URL(answer.headers.get("location"), site.url);
        assert.equal(where.pathname, "/login");
        assert.equal(where.searchParams.get("next"), path);
    }
    const posted = await site.form("/experiments/new", good, { token: null });
    assert.equal(posted.status, 303);
    assert.equal(posted.headers.get("location"), "/login");
});

test("a one-time link logs in once", async () => {
    const url = await site.newLoginUrl();
    const answer = await fetch(`${url}&next=${encodeURIComponent("/runs?status=failed")}`, { redirect: "manual" });
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get("location"), "/runs?status=failed");
    const set = answer.headers.get("set-cookie");
    assert.match(set, /^athanor_session_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    const own = set.split(";")[0];
    assert.equal((await site.get("/runs", { cookie: own })).status, 200);
    assert.ok(own.startsWith(`athanor_session_${site.port}=`));
    const other = `athanor_session_${site.port + 1}=${"x".repeat(43)}`;
    assert.equal((await site.get("/runs", { cookie: `${other}; ${own}` })).status, 200, "beside that of another site on this host");
    assert.equal((await site.get("/api/v1/runs", { cookie: other })).status, 401);

    const again = await fetch(url, { redirect: "manual" });
    assert.equal(again.status, 403);
    assert.match(await again.text(), /used already/);
    assert.equal(again.headers.get("set-cookie"), null);

    // Who is signed in by it gets in by it again, and does not see the form.
    for (const path of [url.slice(site.url.length), "/login"]) {
        const inside = await site.get(`${path}${path.includes("?") ? "&" : "?"}next=%2Frunners`, { cookie: own });
        assert.equal(inside.status, 303, path);
        assert.equal(inside.headers.get("location"), "/runners");
    }
});

test("a HEAD does not use a link up, an expired one does nothing", async () => {
    const url = await site.newLoginUrl();
    await fetch(url, { method: "HEAD", redirect: "manual" });
    assert.equal((await fetch(url, { redirect: "manual" })).status, 303);
    const old = await site.newLoginUrl();
    await site.sql("UPDATE login_links SET expires_at = now() - interval '1 second'");
    assert.equal((await fetch(old, { redirect: "manual" })).status, 403);
    for (const token of ["x", "ä", "'", "%00"]) {
        const answer = await site.get(`/login?token=${encodeURIComponent(token)}`, { token: null });
        assert.ok(answer.status === 403 || answer.status === 400, `${token}: ${answer.status}`);
    }
});

test("the token can be typed, or the whole address pasted", async () => {
    assert.match((await site.get("/login", { token: null })).text, /<form[^>]* action="\/login"/);
    for (const what of [(url) => new URL(url).searchParams.get("token"), (url) => ` ${url} `]) {
        const answer = await site.form("/login", { token: what(await site.newLoginUrl()) }, { token: null });
        assert.equal(answer.status, 303, answer.text);
        assert.equal(answer.headers.get("location"), "/experiments");
    }
    assert.equal((await site.form("/login", { token: "" }, { token: null })).status, 422);
    const foreign = await site.form("/login", { token: "x" }, { token: null, headers: { origin: "http://evil.example" } });
    assert.equal(foreign.status, 403);
    for (const next of ["//evil.example", "https://evil.example", "/\\evil.example", "/login?token=x"]) {
        const token = new URL(await site.newLoginUrl()).searchParams.get("token");
        const answer = await site.form("/login", { token, next }, { token: null });
        assert.equal(answer.headers.get("location"), "/experiments", next);
    }
});

test("logging out ends the session", async () => {
    const own = await site.login();
    assert.equal((await site.form("/logout", {}, { cookie: own, headers: { origin: "http://evil.example" } })).status, 403);
    assert.equal((await site.get("/runs", { cookie: own })).status, 200);
    const answer = await site.form("/logout", {}, { cookie: own });
    assert.equal(answer.status, 303);
    assert.match(answer.headers.get("set-cookie"), /^athanor_session_\d+=; .*Max-Age=0/);
    assert.equal((await site.get("/runs", { cookie: own })).status, 303);
});

test("pages are pages", async () => {
    const id = await make();
    const run = await addRun(site, "completed");
    assert.equal((await page("/")).headers.get("location"), "/experiments");
    for (const path of ["/experiments", "/experiments/new", "/experiments/new?experiment=ising", `/experiments/${id}`,
        `/experiments/${id}?tab=configuration`, `/experiments/${id}/edit`, "/runs", `/runs/${run}`, "/runners",
        ...["logs", "results", "events", "leaderboard", "configuration"].map((tab) => `/runs/${run}?tab=${tab}`)]) {
        const answer = await page(path);
        assert.equal(answer.status, 200, `${path}: ${answer.text.slice(0, 3000)}`);
        assert.equal(answer.headers.get("content-type"), "text/html; charset=utf-8");
        assert.equal(answer.headers.get("cache-control"), "no-store");
        assert.match(answer.text, /^<!doctype html>/i);
        assert.match(answer.text, /<body[^>]* data-page="\w+"/);
        assert.doesNotMatch(answer.text, /\{\{|\}\}|\[object Object\]/);
    }
});

test("errors of pages are pages", async () => {
    for (const [path, status] of [["/nothing", 404], ["/runs/999999", 404], ["/experiments/999999", 404],
        ["/experiments/x", 404], ["/runs/1?tab=%ff", 400], [`/runs?x=${"y".repeat(5000)}`, 400]]) {
        const answer = await page(path);
        assert.equal(answer.status, status, path);
        assert.match(answer.text, new RegExp(`data-page="error"[^]*${status}`));
    }
    const wrong = await post("/runs", {});
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers.get("allow"), "GET, HEAD");
});

test("the form is drawn with its defaults", async () => {
    const { text } = await page("/experiments/new?experiment=ising");
    assert.equal(shown(text, "configuration.size"), "64");
    assert.equal(shown(text, "configuration.rate"), "");
    assert.match(text, /<input[^>]*type="number"[^>]*name="configuration.size"[^>]*min="8"[^>]*max="512"[^>]*step="8"/);
    assert.match(text, /<input[^>]*type="checkbox"[^>]*name="configuration.verify"[^>]* checked/);
    assert.match(text, /<option value="gpu"[^>]* disabled[^>]*>On the GPU/);
    assert.match(text, /Lattice size/);
    assert.doesNotMatch(text, /field-error"[^>]*>[^<]/);
    assert.match(text, /<input type="hidden" name="experiment" value="ising">/);
});

test("a good form makes an instance, its values exact", async () => {
    const id = await make();
    const row = await read(id);
    assert.deepEqual(row.configuration, {
        size: 64, rate: 0.1, algorithm: "metropolis", verify: true, notes: "a\nb", api: { url: "https://x.example/" },
        pairs: [{ left: "a" }, { left: "b" }] });
    assert.deepEqual([row.name, row.description, row.project, row.experiment], ["one", "d", "p", "ising"]);
    const { "configuration.verify": _, "configuration.rate": __, ...less } = good;
    const other = await post("/experiments/new", { ...less, "configuration.rate": "" });
    const made = await read(Number(other.headers.get("location").split("/").pop()));
    assert.equal(made.configuration.verify, false, "a box that is not ticked is not sent");
    assert.equal(made.configuration.rate, null);
});

test("a form with faults comes back as typed", async () => {
    const typed = {
        ...good, name: "", description: "<b>\"&'", "configuration.size": "6x", "configuration.rate": "1,5",
        "configuration.algorithm": "gpu", "configuration.notes": "</textarea><script>", "configuration.api.url": "nope",
        "configuration.pairs.0.left": "", "configuration.pairs.3.left": "kept",
    };
    delete typed["configuration.verify"];
    const before = (await site.sql("SELECT count(*) FROM instances"))[0].count;
    const { status, text } = await post("/experiments/new", typed);
    assert.equal(status, 422);
    for (const [name, value] of Object.entries({
        name: "", description: "<b>\"&'", project: "p", "configuration.size": "6x", "configuration.rate": "1,5",
        "configuration.algorithm": "gpu", "configuration.notes": "</textarea><script>", "configuration.api.url": "nope",
        "configuration.pairs.0.left": "", "configuration.pairs.1.left": "kept" })) {
        assert.equal(shown(text, name), value, name);
    }
    assert.doesNotMatch(text, /name="configuration.verify"[^>]* checked/);
    assert.doesNotMatch(text, /<script>/);
    for (const message of ["is required", "must be a whole number", "must be a number", "is not available: none here", "must be an address"]) {
        assert.match(text, new RegExp(message), message);
    }
    assert.equal((await site.sql("SELECT count(*) FROM instances"))[0].count, before);
});

test("fields that the experiment does not know lose nothing silently", async () => {
    const { status, text } = await post("/experiments/new", { ...good, "configuration.gone": "7" });
    assert.equal(status, 422);
    assert.match(text, /configuration\.gone/);
    assert.equal(shown(text, "name"), "one");
    assert.equal((await post("/experiments/new", { ...good, experiment: "none" })).status, 422);
    assert.equal((await post("/experiments/new", { ...good, experiment: "broken" })).status, 422);
});

test("hostile posts get a clear answer", async () => {
    const body = (text, type = "application/x-www-form-urlencoded") =>
        site.read("/experiments/new", { method: "POST", cookie, body: text, headers: { "content-type": type } });
    const start = "experiment=ising&name=x&configuration.size=64&configuration.algorithm=metropolis";
    assert.equal((await body(`${start}&${"a=1&".repeat(20000)}`)).status, 413);
    assert.equal((await body(`${start}&${"configuration.pairs.0.".repeat(3000)}=1`)).status, 413);
    assert.equal((await body(`${start}&configuration.${"a.".repeat(900)}=1`)).status, 422);
    assert.equal((await body(`${start}&configuration.__proto__.x=1`)).status, 422);
    assert.equal((await body(`${start}&configuration.pairs.99999999999999999999.left=1`)).status, 422);
    assert.equal((await body(`${start}&project=%ff`)).status, 400);
    assert.equal((await body(`${start}&project=%00`)).status, 400);
    assert.equal((await body(`${start}&configuration.notes=${"x".repeat(1024 * 1024 + 1)}`)).status, 413);
    assert.equal((await body("{}", "application/json")).status, 415);
    assert.equal((await body("--x", "multipart/form-data; boundary=x")).status, 415);
    assert.equal((await body(`${start}&configuration.rate=1e999`)).status, 422);
    const many = Array.from({ length: 9000 }, (_, i) => `configuration.pairs.${i * 1000}.left=v${i}`).join("&");
    assert.equal((await body(`${start}&${many}`)).status, 303);
    const [{ n }] = await site.sql("SELECT json_array_length(configuration -> 'pairs') AS n FROM instances ORDER BY id DESC LIMIT 1");
    assert.equal(n, 9000);
});

test("a deep and wide schema is drawn and read back", async () => {
    let fields = Array.from({ length: 500 }, (_, i) => ({ name: `n${i}`, type: "integer", default: i }));
    for (let depth = 0; depth < 32; depth++) fields = [{ name: "g", type: "group", fields }];
    await addExperiment(site, "deep", fields);
    const prefix = `configuration.${"g.".repeat(32)}`;
    const { status, text } = await page("/experiments/new?experiment=deep");
    assert.equal(status, 200, text.slice(0, 500));
    assert.equal(shown(text, `${prefix}n499`), "499");
    const typed = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${prefix}n${i}`, String(i * 3)]));
    const id = await make({ ...typed, experiment: "deep", ...Object.fromEntries(Object.keys(good).filter((k) => k.startsWith("conf")).map((k) => [k, undefined])) });
    let value = (await read(id)).configuration;
    for (let depth = 0; depth < 32; depth++) value = value.g;
    assert.deepEqual(Object.values(value), Array.from({ length: 500 }, (_, i) => i * 3));
    await addExperiment(site, "deeper", [{ name: "g", type: "group", fields }]);
    const refused = await page("/experiments/new?experiment=deeper");
    assert.equal(refused.status, 409);
    assert.match(refused.text, /nested too deeply: 32 levels are allowed/);
});

test("an instance is edited, and comes back as typed too", async () => {
    const id = await make();
    const { text } = await page(`/experiments/${id}/edit`);
    for (const name of ["name", "configuration.size", "configuration.rate", "configuration.pairs.1.left", "configuration.api.url"]) {
        assert.ok(shown(text, name) !== "", name);
    }
    const failed = await post(`/experiments/${id}/edit`, { ...good, name: "two", "configuration.size": "7" });
    assert.equal(failed.status, 422);
    assert.equal(shown(failed.text, "name"), "two");
    assert.match(failed.text, /must be at least 8/);
    assert.equal((await read(id)).name, "one");
    const saved = await post(`/experiments/${id}/edit`, { ...good, name: "two", "configuration.size": "72" });
    assert.equal(saved.status, 303, saved.text);
    assert.equal(saved.headers.get("location"), `/experiments/${id}`);
    const row = await read(id);
    assert.deepEqual([row.name, row.configuration.size], ["two", 72]);
    assert.equal((await post("/experiments/999999/edit", good)).status, 404);
    await site.sql("UPDATE instances SET experiment = 'vanished' WHERE id = $1", id);
    assert.equal((await page(`/experiments/${id}/edit`)).status, 200);
    assert.equal((await post(`/experiments/${id}/edit`, good)).status, 409);
});

test("a text of several lines is shown as such, whatever its field's format, and keeps them", async () => {
    await addExperiment(site, "lines", [{ name: "t", type: "string" }]);
    const made = await site.post("/api/v1/instances", { experiment: "lines", name: "lines", configuration: { t: "a\n b" } });
    const { text } = await page(`/experiments/${made.json.id}/edit`);
    assert.match(text, /<textarea[^>]* name="configuration\.t"/, "a browser takes the ends of lines out of an input");
    assert.equal(shown(text, "configuration.t"), "a\n b");
});

test("a form that was opened before somebody else's change does not undo it unasked", async () => {
    const id = await make();
    const version = async () => shown((await page(`/experiments/${id}/edit`)).text, "version");
    const before = await version();
    const first = await post(`/experiments/${id}/edit`, { ...good, version: before, name: "theirs" });
    assert.equal(first.status, 303, first.text);
    const second = await post(`/experiments/${id}/edit`, { ...good, version: before, name: "mine", "configuration.size": "72" });
    assert.equal(second.status, 409);
    assert.match(second.text, /has been changed since its form was opened/);
    assert.deepEqual([shown(second.text, "name"), shown(second.text, "configuration.size")], ["mine", "72"]);
    assert.equal((await read(id)).name, "theirs");
    assert.equal(shown(second.text, "version"), await version());
    const wrong = await post(`/experiments/${id}/edit`, { ...good, version: before, "configuration.size": "7" });
    assert.equal(wrong.status, 422);
    assert.match(wrong.text, /must be at least 8/);
    assert.match(wrong.text, /data-form-outdated/, "a mistake does not hide it");
    const again = await post(`/experiments/${id}/edit`, { ...good, version: shown(second.text, "version"), name: "mine" });
    assert.equal(again.status, 303, again.text);
    assert.equal((await read(id)).name, "mine");
    const now = await version();
    const race = await Promise.all(Array.from({ length: 6 }, (_, i) => post(`/experiments/${id}/edit`, { ...good, version: now, name: `racer ${i}` })));
    assert.deepEqual(race.map(({ status }) => status).sort(), [303, 409, 409, 409, 409, 409], "one of many wins");
});

test("an instance is cloned and deleted", async () => {
    const id = await make({ name: "n".repeat(200) });
    const cloned = await post(`/experiments/${id}/clone`, {});
    assert.equal(cloned.status, 303, cloned.text);
    const copy = Number(/^\/experiments\/(\d+)\/edit$/.exec(cloned.headers.get("location"))[1]);
    const [one, two] = [await read(id), await read(copy)];
    assert.equal(two.name, `${"n".repeat(193)} (copy)`);
    assert.deepEqual(two.configuration, one.configuration);
    assert.equal((await post(`/experiments/${copy}/delete`, {})).headers.get("location"), "/experiments");
    assert.equal((await page(`/experiments/${copy}`)).status, 404);
    assert.equal((await post(`/experiments/${copy}/delete`, {})).status, 404);
    assert.equal((await post(`/experiments/${copy}/clone`, {})).status, 404);
});

test("runs are started, cancelled and deleted by buttons", async () => {
    const id = await make();
    const started = await post(`/experiments/${id}/runs`, {});
    assert.equal(started.status, 303, started.text);
    const path = started.headers.get("location");
    assert.match(path, /^\/runs\/\d+$/);
    assert.equal((await post(`${path}/delete`, {})).status, 409);
    assert.equal((await post(`/experiments/${id}/delete`, {})).status, 409);
    const cancelled = await post(`${path}/cancel`, { force: "1" });
    assert.equal(cancelled.status, 303);
    assert.equal(cancelled.headers.get("location"), path);
    assert.equal((await post(`${path}/cancel`, {})).status, 409);
    const deleted = await post(`${path}/delete`, {});
    assert.equal(deleted.headers.get("location"), `/experiments/${id}`);
    assert.equal((await page(path)).status, 404);
    await site.sql(`UPDATE instances SET configuration = '{"size":7}' WHERE id = $1`, id);
    const refused = await post(`/experiments/${id}/runs`, {});
    assert.equal(refused.status, 409);
    assert.match(refused.text, /configuration\.size must be at least 8/);
    assert.equal((await post(`/experiments/${id}/runs`, { priority: "x" })).status, 422);
});

test("the link to older instances keeps a filter, whatever its letters", async () => {
    const project = "a&b=c %41 ä";
    await site.sql("INSERT INTO instances (experiment, name, project) SELECT 'ising', 'q+1 ' || n, $1 FROM generate_series(1, 30) n", project);
    const { text } = await page(`/experiments?${new URLSearchParams({ q: "q+1", project })}`);
    const [, link] = /<a [^>]*href="([^"]*)" rel="next"/.exec(text);
    const older = await page(`/experiments${link.replaceAll("&amp;", "&").replaceAll("&#x3D;", "=")}`);
    assert.equal(older.status, 200);
    assert.equal(new Set(older.text.match(/q\+1 \d+/g)).size, 6);
});

test("readers see pages and change nothing", async () => {
    await site.sql("INSERT INTO users (name, role) VALUES ('reader', 'viewer')");
    await site.sql("INSERT INTO sessions (user_id, token_hash, expires_at) SELECT id, sha256('reader'), now() + interval '1 day' FROM users WHERE name = 'reader'");
    const own = "athanor_session=reader";
    const id = await make();
    assert.equal((await site.get(`/experiments/${id}`, { cookie: own })).status, 200);
    assert.equal((await site.get("/experiments/new", { cookie: own })).status, 403);
    for (const what of ["runs", "clone", "delete", "edit"]) {
        assert.equal((await site.form(`/experiments/${id}/${what}`, good, { cookie: own })).status, 403, what);
    }
});

test("the theme is a cookie", async () => {
    const theme = async (value, next) => post("/theme", { theme: value, next: next ?? "/runs?x=1" });
    const answer = await theme("dark");
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get("location"), "/runs?x=1");
    const set = answer.headers.get("set-cookie");
    assert.match(set, /^athanor_theme=dark; Path=\/; SameSite=Lax; Max-Age=31536000$/);
    assert.match((await site.get("/runs", { cookie: `${cookie}; athanor_theme=dark` })).text, /<html[^>]* data-theme="dark"/);
    assert.match((await site.get("/runs", { cookie: `${cookie}; athanor_theme=<x>` })).text, /<html[^>]* data-theme="system"/);
    assert.equal((await theme("pink")).status, 422);
    assert.equal((await theme("dark", "//evil.example")).headers.get("location"), "/experiments");
});
