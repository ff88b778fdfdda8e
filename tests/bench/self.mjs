// The load generator against a server that is known to the byte: a measurement is worth what its counting is worth.

import { createServer } from "node:net";

import { converse } from "./lib/process.mjs";
import { program } from "./lib/bench.mjs";

export const title = "the load generator counts right";

const pad = (value, digits) => String(value).padStart(digits, "0");
const micros = () => process.hrtime.bigint() / 1000n;
const stamp = (seq, ageUs = 0n) => `@${pad(micros() - ageUs, 16)}.${pad(seq, 10)}@`;

/** A frame of one message, or of several that were merged. */
const frame = (...seqs) => `id: ${seqs.at(-1)}.1\nevent: logs\ndata: {"lines":[${seqs.map((n) => `[1,1,"${stamp(n)}xxxx"]`).join(",\t")}]}\n\n`;

/** The text as HTTP chunks of random sizes. */
function chunked(text) {
    let out = "";
    for (let at = 0; at < text.length; ) {
        const size = 1 + Math.floor(Math.random() * 90);
        const piece = text.slice(at, at + size);
        out += `${piece.length.toString(16)}\r\n${piece}\r\n`;
        at += size;
    }
    return out;
}

/** A server that answers every viewer with `head`, then what `send` is given, cut at random places. */
function serve(head) {
    const sockets = new Set();
    const asked = [];
    const server = createServer((socket) => {
        socket.setNoDelay(true).on("error", () => {});
        socket.once("data", (request) => {
            asked.push(String(request));
            socket.write(head);
            sockets.add(socket);
        });
    });
    return new Promise((resolve) => {
        server.listen(0, "127.0.0.1", () =>
            resolve({
                port: server.address().port,
                asked,
                cut() {
                    for (const socket of sockets) socket.destroy();
                    sockets.clear();
                },
                async send(text) {
                    for (let at = 0; at < text.length; ) {
                        const size = 1 + Math.floor(Math.random() * 400);
                        for (const socket of sockets) socket.write(text.slice(at, at + size));
                        at += size;
                        await new Promise(setImmediate);
                    }
                },
                close() {
                    this.cut();
                    server.close();
                },
            }),
        );
    });
}

function expect(what, got, wanted) {
    for (const [key, value] of Object.entries(wanted)) {
        if (got[key] !== value) throw new Error(`${what}: ${key} is ${got[key]}, not ${value} (${JSON.stringify(got)})`);
    }
}

async function settled(load, messages) {
    for (let i = 0; i < 200; i++) {
        const report = await load.ask("report");
        if (report.messages >= messages) return report;
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return load.ask("report");
}

const okay = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";

async function countsWhatWasSent(head, wrap) {
    const server = await serve(head);
    const load = converse(program("sse_load"), [String(server.port), "/x", "50"]);
    expect("connecting", await load.next(), { viewers: 50, refused: 0 });
    await load.ask("start");
    let text = ": a comment\n\nretry: 1000\n\nevent: ping\ndata: {}\n\n";
    for (let n = 1; n <= 300; n += 3) text += frame(n) + frame(n + 1, n + 2);
    await server.send(wrap(text));
    const report = await settled(load, 15000);
    expect("a whole stream", report, { messages: 15000, events: 10000, missing: 0, repeated: 0, least: 300, most: 300, lost: 0 });
    await load.quit();
    server.close();
}

async function noticesFaults() {
    const server = await serve(okay + "\r\n");
    const load = converse(program("sse_load"), [String(server.port), "/x", "10"]);
    await load.next();
    await load.ask("start");
    await server.send([1, 2, 5, 6, 6, 4, 7].map((n) => frame(n)).join(""));
    const report = await settled(load, 70);
    expect("a faulty stream", report, { messages: 70, missing: 20, repeated: 20, least: 7 });
    server.close();
    for (let i = 0; i < 100 && (await load.ask("report")).lost < 10; i++) await new Promise((r) => setTimeout(r, 10));
    expect("a server that goes", await load.ask("report"), { lost: 10 });
    await load.quit();
}

async function knowsLatency() {
    const server = await serve(okay + "\r\n");
    const load = converse(program("sse_load"), [String(server.port), "/x", "1"]);
    await load.next();
    await load.ask("start");
    for (let n = 1; n <= 100; n++) await server.send(`data: ${stamp(n, n <= 98 ? 50_000n : 900_000n)}\n\n`);
    const { p50_us, p99_us } = await settled(load, 100);
    if (p50_us < 50_000 || p50_us > 60_000 || p99_us < 900_000 || p99_us > 950_000)
        throw new Error(`latencies of 50 and 900 ms are measured as ${p50_us} and ${p99_us} us`);
    await load.quit();
    server.close();
}

async function countsRefusals() {
    const server = await serve("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    const load = converse(program("sse_load"), [String(server.port), "/x", "7"]);
    expect("refused viewers", await load.next(), { viewers: 0, refused: 7 });
    await load.quit();
    server.close();
}

async function comesBack() {
    const server = await serve(okay + "\r\n");
    const load = converse(program("sse_load"), ["--return", String(server.port), "/x", "5", "X-Own: kept"]);
    await load.next();
    await load.ask("start");
    await server.send(`retry: 40\n\n${frame(1)}${frame(2)}id: 9.9\ndata: not complete`);
    await settled(load, 10);
    server.cut();
    for (let i = 0; i < 200 && server.asked.length < 10; i++) await new Promise((r) => setTimeout(r, 10));
    const wrong = server.asked.slice(5).filter((text) => !/^GET \/x [^]*X-Own: kept\r\nLast-Event-ID: 2\.1\r\n/.test(text));
    if (server.asked.length !== 10 || wrong.length) throw new Error(`they come back as ${wrong[0] ?? server.asked.length}`);
    await server.send(frame(3));
    expect("those who came back", await settled(load, 15), { messages: 15, missing: 0, repeated: 0, least: 3, lost: 5, away: 0 });
    await load.quit();
    server.close();
}

/** @param {import("./lib/bench.mjs").Bench} bench */
export async function measure(bench) {
    await countsWhatWasSent(`${okay}Transfer-Encoding: chunked\r\n\r\n`, chunked);
    await countsWhatWasSent(`${okay}\r\n`, (text) => text);
    await noticesFaults();
    await knowsLatency();
    await countsRefusals();
    await comesBack();
    bench.report.note("messages, events, gaps, repeats, refusals, latencies and returns are counted as they were");
}
