// A proxy before Redis that loses some of what is published: it reads the server's answers one by one and leaves out those messages
// that it is told to. Everything else passes untouched, both ways.

import { chmodSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

import { setAndRestart } from "./relay.mjs";
import { atEnd, tempDir } from "./tmp.mjs";

/** The length of the answer that begins at `at`, or 0 when it has not arrived as a whole. */
function answerLength(bytes, at) {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return 0;
    const count = Number(bytes.toString("latin1", at + 1, end));
    let next = end + 2;
    switch (String.fromCharCode(bytes[at])) {
        case "$":
            if (count >= 0) next += count + 2;
            break;
        case "*":
            for (let i = 0; i < count; i++) {
                const length = next < bytes.length ? answerLength(bytes, next) : 0;
                if (!length) return 0;
                next += length;
            }
            break;
    }
    return next <= bytes.length ? next - at : 0;
}

const message = Buffer.from("*3\r\n$7\r\nmessage\r\n");

/**
 * Puts one between a site's relay and its Redis. Returns its counts.
 * @param {any} t
 * @param {any} site of startRelay
 * @param {(answer: Buffer) => boolean} isLost asked of each published message
 */
export async function loseMessages(t, site, isLost) {
    const path = join(tempDir(t), "redis.sock");
    const proxy = { passed: 0, lost: 0 };
    const open = new Set();
    const server = createServer((client) => {
        const redis = connect(site.conf.redis);
        let rest = Buffer.alloc(0);
        redis.on("data", (data) => {
            rest = Buffer.concat([rest, data]);
            let at = 0;
            for (let length; at < rest.length && (length = answerLength(rest, at)); at += length) {
                const answer = rest.subarray(at, at + length);
                const published = answer.indexOf(message) === 0;
                const lost = published && isLost(answer);
                if (published) proxy[lost ? "lost" : "passed"]++;
                if (!lost) client.write(answer);
            }
            rest = rest.subarray(at);
        });
        client.on("data", (data) => redis.write(data));
        for (const [one, other] of [[client, redis], [redis, client]]) {
            open.add(one);
            one.on("error", () => {});
            one.on("close", () => (open.delete(one), other.destroy()));
        }
    });
    atEnd(t, () => {
        server.close();
        open.forEach((socket) => socket.destroy());
    });
    await new Promise((resolve) => server.listen(path, resolve));
    chmodSync(path, 0o777);
    await setAndRestart(site, "redis", path);
    return proxy;
}
