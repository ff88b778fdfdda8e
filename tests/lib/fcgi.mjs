// FastCGI by hand, for what nginx would never send.

import { connect } from "node:net";

const [BEGIN, PARAMS, STDIN, STDOUT] = [1, 4, 5, 6];

export function record(type, content = Buffer.alloc(0)) {
    const head = Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, 0, 0]);
    return Buffer.concat([head, content]);
}

function pair(name, value) {
    const length = (n) => (n < 128 ? Buffer.from([n]) : Buffer.from([(n >>> 24) | 128, n >>> 16, n >>> 8, n]));
    const [a, b] = [Buffer.from(name), Buffer.from(value)];
    return Buffer.concat([length(a.length), length(b.length), a, b]);
}

/** A whole request, its records one after the other. */
export function request(params, body = Buffer.alloc(0)) {
    const all = Buffer.concat(Object.entries({ REQUEST_METHOD: "GET", ...params }).map(([k, v]) => pair(k, v)));
    const parts = [record(BEGIN, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])), record(PARAMS, all), record(PARAMS)];
    for (let at = 0; at < body.length; at += 65528) parts.push(record(STDIN, body.subarray(at, at + 65528)));
    parts.push(record(STDIN));
    return parts;
}

/** Collects what stands on the standard output in FastCGI bytes: `Status: ...`. */
export function output(bytes) {
    let text = "";
    for (let at = 0; at + 8 <= bytes.length;) {
        const length = bytes.readUInt16BE(at + 4);
        if (bytes[at + 1] === STDOUT) text += bytes.toString("utf8", at + 8, at + 8 + length);
        at += 8 + length + bytes[at + 6];
    }
    return text;
}

/** Connects to a socket; `closed` resolves to all that was received when the other end closes. */
export function open(path) {
    const socket = connect(path);
    const parts = [];
    socket.on("data", (data) => parts.push(data));
    const closed = new Promise((resolve) => {
        socket.on("close", () => resolve(Buffer.concat(parts)));
        socket.on("error", () => {});
    });
    const ready = new Promise((resolve, reject) => socket.on("connect", resolve).on("error", reject));
    return { socket, ready, closed, received: () => Buffer.concat(parts) };
}
