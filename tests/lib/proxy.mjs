// A proxy between a browser and a site, for faults that no program of the site makes: gateway errors, cut and silent connections, no network.

import { createServer, request } from "node:http";

import { freePort } from "./stack.mjs";
import { atEnd } from "./tmp.mjs";

/**
 * @param {any} t @param {any} site
 * @returns the site as seen through the proxy, and the proxy
 */
export async function startProxy(t, site) {
    /** Open connections of browsers. @type {Set<import("node:net").Socket>} */
    const sockets = new Set();
    /**
     * Those on which a stream is open: what comes from the site, and what goes on.
     * @type {Map<import("node:net").Socket, {answer: import("node:http").IncomingMessage, res: import("node:http").ServerResponse}>}
     */
    const streams = new Map();
    /** @type {{status: number, refused: number} | null} */
    let fault = null;

    const server = createServer((req, res) => {
        const isStream = /^(\/runs\/\d+)?\/events\b/.test(req.url ?? "");
        if (isStream && fault) {
            fault.refused++;
            res.writeHead(fault.status, { "content-type": "text/html" }).end("<h1>gateway</h1>");
            return;
        }
        const onward = request({ host: "127.0.0.1", port: site.port, method: req.method, path: req.url, headers: req.headers }, (answer) => {
            res.writeHead(answer.statusCode ?? 502, answer.headers);
            res.flushHeaders();
            if (isStream) streams.set(req.socket, { answer, res });
            answer.on("close", () => res.destroyed || res.writableEnded || res.destroy());
            answer.pipe(res);
        });
        onward.on("error", () => res.destroy());
        res.on("close", () => {
            streams.delete(req.socket);
            onward.destroy();
        });
        req.pipe(onward);
    });
    server.on("connection", (socket) => {
        sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => sockets.delete(socket));
    });
    const listen = (port) => new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(undefined)));
    const port = await freePort(); // that nobody else gets while nobody listens on it
    await listen(port);
    atEnd(t, () => {
        for (const socket of sockets) socket.destroy();
        return new Promise((resolve) => server.close(resolve));
    });

    const url = `http://127.0.0.1:${port}`;
    return {
        site: { ...site, url, newLoginUrl: async () => (await site.newLoginUrl()).replace(site.url, url) },

        /** Streams break off, as when a network goes. */
        cut() {
            for (const socket of streams.keys()) socket.resetAndDestroy();
        },

        /** Streams end within the next frame: half of what comes is passed on, and nothing more. */
        halve() {
            for (const [socket, { answer, res }] of streams) {
                answer.unpipe();
                answer.once("data", (chunk) => res.write(chunk.subarray(0, chunk.length >> 1), () => socket.end()));
                answer.resume();
            }
        },

        /** The open streams stay open, and nothing comes any more. */
        mute() {
            for (const { answer } of streams.values()) answer.unpipe();
        },

        /** Streams break off, and until `mend` each attempt is answered with the status. Gives the number of attempts so far. @param {number} status */
        fail(status) {
            const mine = { status, refused: 0 };
            fault = mine;
            this.cut();
            return () => mine.refused;
        },

        mend() {
            fault = null;
        },

        /** Nobody listens any more, and what was open is cut. */
        async down() {
            const closed = new Promise((resolve) => server.close(resolve));
            for (const socket of sockets) socket.resetAndDestroy();
            await closed;
        },

        up: () => listen(port),
    };
}
