// Stands between a site and its Postgres, and cuts connections at the moments that hurt most.

import { createServer, connect } from "node:net";
import { chmodSync, realpathSync } from "node:fs";
import { join } from "node:path";

import { atEnd, tempDir } from "./tmp.mjs";

const SOCKET = ".s.PGSQL.5432";
/** A statement that is carried out, not merely prepared: its name stands behind the empty one of its portal. */
const BIND = "\0append_";

/**
 * Listens on a unix socket of its own; `database` is what a program must be given to use it. Each `cut(how)` waits for the next batch that
 * passes and cuts its connection:
 *   "reply"    Postgres has committed it, the answer is swallowed
 *   "request"  it has been sent, nobody waits for the answer
 *   "late"     the sender is cut off while Postgres goes on with it for a while
 * @param {string} state the site's folder
 */
export async function startProxy(t, state) {
    const folder = tempDir(t);
    const sockets = new Set();
    /** @type {{how: string, done: () => void}[]} */
    const wanted = [];
    /** @type {{text: string, seen: () => void, go: Promise<any>} | null} */
    let held = null;

    function serve(client) {
        const server = connect(join(realpathSync(join(state, "run")), SOCKET));
        for (const socket of [client, server]) {
            sockets.add(socket);
            socket.on("error", () => {});
            socket.on("close", () => sockets.delete(socket));
        }
        /** @type {{how: string, done: () => void} | null} */
        let order = null;
        const cut = () => {
            client.destroy();
            if (order?.how === "late") setTimeout(() => server.destroy(), 300);
            else server.destroy();
            order?.done();
        };
        client.on("data", async (data) => {
            if (held && data.includes(held.text)) {
                client.pause();
                held.seen();
                await held.go;
                client.resume();
            }
            if (!order && wanted.length && data.includes(BIND)) order = wanted.shift() ?? null;
            server.write(data, () => order && order.how !== "reply" && cut());
        });
        server.on("data", (data) => {
            if (order) cut();
            else client.write(data);
        });
        client.on("close", () => order || server.destroy());
        server.on("close", () => client.destroy());
    }

    const listener = createServer(serve);
    await new Promise((resolve) => listener.listen(join(folder, SOCKET), () => resolve(null)));
    chmodSync(join(folder, SOCKET), 0o777);
    atEnd(t, () => {
        for (const socket of sockets) socket.destroy();
        listener.close();
    });
    return {
        database: `host=${folder} user=athanor dbname=athanor`,

        /** Keeps back the next statement with this text, and what follows it. `seen` resolves when it has come; `go` lets it pass. @param {string} text */
        hold(text) {
            let go = () => {};
            const gone = new Promise((resolve) => (go = () => resolve(null)));
            const seen = new Promise((resolve) => (held = { text, seen: () => resolve(null), go: gone }));
            return { seen, go: () => ((held = null), go()) };
        },

        cut: (how) => new Promise((resolve) => wanted.push({ how, done: () => resolve(null) })),
    };
}
