// A disk that has no room for an upload: told at once where its length is known, and in the middle where not; nothing is left of it.

import { inMountNamespace, mountSmall } from "../lib/mounts.mjs";

inMountNamespace();

const { default: test, after } = await import("node:test");
const { default: assert } = await import("node:assert/strict");
const { spawn } = await import("node:child_process");
const { once } = await import("node:events");
const { mkdirSync, readdirSync } = await import("node:fs");
const { join } = await import("node:path");
const { startStack } = await import("../lib/stack.mjs");
const { tempDir } = await import("../lib/tmp.mjs");

const state = join(tempDir(after), "state");
mkdirSync(state, { recursive: true });
const store = mountSmall(after, state, "artifacts", 560); // of which 512 MiB stay free
const site = await startStack(after, { state, without: ["runner", "events"] });

/** What curl is answered when it sends so many MiB. */
async function send(mib, ...more) {
    const curl = spawn("curl", ["-s", "-H", `Authorization: Bearer ${site.token}`, ...more, "-T", "-", `${site.url}/api/v1/data-sources/big.csv`]);
    const closed = once(curl, "close");
    let said = "";
    curl.stdout.on("data", (data) => (said += data));
    curl.stdin.on("error", () => {});
    const block = Buffer.alloc(1 << 20, "1,2,3,4,5,6,7,8\n");
    (async () => {
        for (let i = 0; i < mib && curl.exitCode === null; i++) if (!curl.stdin.write(block)) await Promise.race([once(curl.stdin, "drain"), closed]);
        curl.stdin.end();
    })().catch(() => {});
    await closed;
    return JSON.parse(said);
}

test("an upload that the disk has no room for is refused, and leaves nothing", async () => {
    const announced = await site.fetch("/api/v1/data-sources/big.csv", { method: "PUT", body: Buffer.alloc(60 << 20, "1,2\n") });
    assert.equal(announced.status, 507);
    assert.match((await announced.json()).detail, /the disk of this site is full/);
    const unannounced = await send(70);
    assert.equal(unannounced.status, 507);
    assert.match(unannounced.detail, /the disk of this site is full/);
    assert.deepEqual(readdirSync(join(store, "incoming")), []);
    assert.equal((await site.get("/api/v1/data-sources/big.csv")).status, 404);
    assert.equal((await send(8)).rows, (8 << 16) - 1, "what fits is taken");
});
