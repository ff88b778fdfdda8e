// A token, a session and a link are known to who holds them: nothing that others of the machine can read has them, and the database only hashes.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";

import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner"], conf: { log_level: "debug" } });
const run = realpathSync(join(site.state, "run"));

const entriesOf = (folder) => {
    try {
        return readdirSync(folder, { withFileTypes: true });
    } catch (error) {
        if (error.code === "ENOENT") return []; // it has gone
        throw error;
    }
};

/** All that lies below a folder, links not followed. */
function* below(folder) {
    for (const entry of entriesOf(folder)) {
        const path = join(folder, entry.name);
        yield { path, entry };
        if (entry.isDirectory()) yield* below(path);
    }
}

const has = (path, secrets) => {
    try {
        const bytes = readFileSync(path, "latin1");
        return Object.keys(secrets).filter((name) => bytes.includes(secrets[name]));
    } catch {
        return []; // it has gone, or is another user's
    }
};

test("no file, no log, no command line and no environment holds a secret", async () => {
    const cookie = (await site.login()).split("=")[1];
    const made = (await site.post("/api/v1/tokens", { name: "one", scope: "read" })).json.token;
    assert.equal((await site.get("/api/v1/me", { token: made })).status, 200);
    const form = /ath_[\w-]{43}/.exec((await site.form("/tokens", { name: "two", scope: "run", lifetime: "90", date: "", runs: "", minutes: "" })).text)[0];
    // Where they do not belong, and where they are refused.
    const wrong = `ath_${randomBytes(32).toString("base64url")}`;
    await site.get("/api/v1/me", { token: wrong });
    await site.get(`/login?token=${wrong}`, { token: null });
    await site.get("/events/metrics", { token: wrong });
    await site.post("/mcp", "{", { token: made, headers: { "content-type": "application/json" } });
    const secrets = { link: site.loginUrl.split("token=")[1], cookie, made, form, wrong, admin: site.token };
    for (const secret of Object.values(secrets)) assert.ok(secret.length >= 43);

    const found = [];
    for (const { path, entry } of [...below(site.state), ...below(run)]) {
        if (entry.isFile()) found.push(...has(path, secrets).map((name) => `${name} in ${path.slice(site.state.length)}`));
    }
    assert.deepEqual(found, ["admin in /admin-token"]);
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        for (const file of ["cmdline", "environ"]) assert.deepEqual(has(`/proc/${pid}/${file}`, secrets), [], `the ${file} of ${pid}`);
    }
});

test("nobody else of the machine reaches the state, the sockets, or what is kept", () => {
    for (const folder of [site.state, run]) assert.equal(statSync(folder).mode & 0o077, 0, folder);
    for (const { path, entry } of below(run)) {
        if (entry.isSocket()) assert.equal(statSync(path).mode & 0o007, 0, path);
    }
    assert.equal(statSync(join(site.state, "admin-token")).mode & 0o777, 0o600);
    assert.equal(statSync(join(site.state, "postgres")).mode & 0o077, 0);
});
