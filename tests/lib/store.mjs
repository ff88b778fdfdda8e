// Files of runs, put into a site's store as a supervisor would.

import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, statSync, writeFileSync, chownSync } from "node:fs";
import { join } from "node:path";

import { addRecord } from "./rows.mjs";

/** @param {string | Buffer} data */
export const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/** Where the store has a content. @param {any} site @param {string} hash */
export const storePath = (site, hash) => join(site.state, "artifacts", hash.slice(0, 2), hash.slice(2));

/**
 * Puts a content into the store, as the site's user, who can remove it, and says that the run has kept it. Returns the record's number.
 * @param {any} site @param {number} run @param {string} name @param {string | Buffer} data @param {string} [media_type]
 */
export async function keepFile(site, run, name, data, media_type = "application/octet-stream") {
    const hash = sha256(data);
    const { uid, gid } = statSync(join(site.state, "athanor.ini"));
    for (const folder of [join(site.state, "artifacts"), join(site.state, "artifacts", hash.slice(0, 2))]) {
        mkdirSync(folder, { recursive: true });
        chownSync(folder, uid, gid);
    }
    writeFileSync(storePath(site, hash), data);
    chmodSync(storePath(site, hash), 0o644);
    return addRecord(site, run, "artifact", name, { name, sha256: hash, size: Buffer.byteLength(data), media_type });
}
