// Clients connect to each socket of a site, send one byte and wait: everybody else is answered at once.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { lstatSync, readdirSync, realpathSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { openStream } from "../lib/sse.mjs";
import { control, startStack } from "../lib/stack.mjs";
import { sleep, until } from "../lib/wait.mjs";

const site = await startStack(after);
const folder = realpathSync(join(site.state, "run"));
const sockets = readdirSync(folder).filter((name) => lstatSync(join(folder, name)).isSocket());
const PEERS = 40;
const WITHIN_MS = 1000 * 3; // three times what is promised

test("all the sockets of a site are known", () => {
    assert.deepEqual(sockets.sort(), [".s.PGSQL.5432", "control.sock", "events.sock", "pages-bulk.sock", "pages-quick.sock", "pages-upload.sock", "redis.sock"]);
});

for (const name of ["the port", ...sockets]) {
    test(`${PEERS} peers that send one byte to ${name} delay nobody`, async (t) => {
        const peers = Array.from({ length: PEERS }, () => {
            const peer = name === "the port" ? connect(site.port, "127.0.0.1") : connect(join(folder, name));
            return peer.on("error", () => {}).on("connect", () => peer.write("\x01"));
        });
        t.after(() => peers.forEach((peer) => peer.destroy()));
        await until("they are connected", () => peers.every((peer) => !peer.connecting));
        await sleep(200);
        const answers = {
            page: async () => assert.equal((await site.get("/runs")).status, 200),
            "a row": async () => assert.equal((await site.get("/api/v1/runs")).status, 200),
            "a search": async () => assert.equal((await site.get("/api/v1/runs/1/logs?q=x")).status, 404),
            "a stream": async () => {
                const stream = await openStream(site, "/events");
                await stream.until("its first frame", () => stream.events.length);
                stream.cut();
            },
            "the launcher": () => control(site.state, "status"),
        };
        for (const [what, ask] of Object.entries(answers)) {
            const began = Date.now();
            await ask();
            assert.ok(Date.now() - began < WITHIN_MS, `${what} took ${Date.now() - began} ms`);
        }
    });
}
