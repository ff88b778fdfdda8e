// A site for tests of the streams: nginx, events, Postgres and Redis, no runner and no pages. Runs are written by tests/lib/writer.mjs.

import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { makeClient } from "./http.mjs";
import { Psql } from "./psql.mjs";
import { sha256, startStack } from "./stack.mjs";
import { atEnd } from "./tmp.mjs";
import { Publisher } from "./writer.mjs";

/**
 * As startStack; the site also has `db` (a psql that stays), `redis` (a publisher) and an administrator's token.
 * @param {any} t
 * @param {object} [options] as startStack
 */
export async function startRelay(t, options = {}) {
    const site = await startStack(t, { without: ["runner", "pages-quick", "pages-bulk", "pages-upload"], ...options });
    const db = new Psql(site);
    const redis = new Publisher(site);
    atEnd(t, () => {
        db.end();
        redis.end();
    });
    Object.assign(site, { db, redis, token: await newToken(db, "admin") });
    return Object.assign(site, makeClient(site.url, site.token));
}

/** Gives the relay another value of a setting, and starts it with that. */
export async function setAndRestart(site, name, value) {
    const settings = join(site.state, "athanor.ini");
    writeFileSync(settings, readFileSync(settings, "utf8").replace(new RegExp(`^${name} = .*`, "m"), `${name} = ${value}`));
    await site.waitForRestart("events", await site.kill("events", "SIGTERM"));
}

/** A new API token with this scope. */
export async function newToken(db, scope) {
    const token = `ath_${randomBytes(32).toString("base64url")}`;
    await db.query(
        `INSERT INTO api_tokens (user_id, name, scope, token_hash)
         SELECT id, 'test', '${scope}', decode('${sha256(token)}', 'hex') FROM users WHERE name = 'admin'`,
    );
    return token;
}

/** A new session; returns the cookie header. */
export async function newSession(db) {
    const token = randomBytes(32).toString("base64url");
    await db.query(
        `INSERT INTO sessions (user_id, token_hash, expires_at)
         SELECT id, decode('${sha256(token)}', 'hex'), now() + interval '1 day' FROM users WHERE name = 'admin'`,
    );
    return `athanor_session=${token}`;
}
