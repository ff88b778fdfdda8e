// Hears what is announced of a run on Redis, and keeps how far that was.

import { connect } from "node:net";

import { atEnd } from "./tmp.mjs";

/** @param {any} site @param {number} run @returns {{line: number, record: number}} grows as batches are announced */
export function hearAnnounced(t, site, run) {
    const heard = { line: 0, record: 0 };
    const socket = connect(site.conf.redis);
    let rest = "";
    socket.setEncoding("latin1");
    socket.on("error", () => {});
    socket.on("connect", () => socket.write(`SUBSCRIBE athanor:run:${run}\r\n`));
    socket.on("data", (data) => {
        rest += data;
        for (const [, line, record] of rest.matchAll(/\nB \d+ \d+ (\d+) \d+ (\d+)\n/g)) {
            heard.line = Math.max(heard.line, Number(line));
            heard.record = Math.max(heard.record, Number(record));
        }
        rest = rest.slice(-200);
    });
    atEnd(t, () => socket.destroy());
    return heard;
}
