// The relay is killed while a crowd watches: all come back by themselves, spread over the time that they were told, and miss nothing.
import test from "node:test";
import assert from "node:assert/strict";
import http from "node:http";

import { startRelay } from "../lib/relay.mjs";
import { RunLog, SseParser, parseCursor } from "../lib/sse.mjs";
import { sleep, until } from "../lib/wait.mjs";
import { Writer, makeInstance, makeRun } from "../lib/writer.mjs";

const VIEWERS = process.env.ATHANOR_SOAK ? 9000 : 300;

/** One of many: it follows a run, comes back when its stream ends, and checks every number. */
class Viewer {
    connects = 0;
    /** @type {Error | null} */
    error = null;

    constructor(site, run) {
        Object.assign(this, { site, run, log: new RunLog(run), retry: 1000, lastId: "" });
        this.#connect();
    }

    #connect() {
        const headers = { accept: "text/event-stream", authorization: `Bearer ${this.site.token}` };
        if (this.lastId) headers["last-event-id"] = this.lastId;
        const parser = new SseParser((event) => this.#take(event));
        parser.lastId = this.lastId;
        this.request = http.get(`${this.site.url}/runs/${this.run}/events`, { headers, agent: false }, (answer) => {
            this.connects += answer.statusCode === 200 && !answer.headers["x-athanor-unavailable"];
            answer.on("data", (bytes) => {
                try {
                    parser.push(bytes);
                } catch (error) {
                    this.error = error;
                    this.request.destroy();
                }
                this.retry = parser.retry ?? this.retry;
                this.lastId = parser.lastId;
            });
            answer.on("error", () => {});
        });
        this.request.on("error", () => {});
        this.request.on("close", () => {
            if (!this.log.closed && !this.error && !this.over) this.timer = setTimeout(() => this.#connect(), this.retry);
        });
    }

    #take({ type, data, id }) {
        const parsed = JSON.parse(data);
        if (type === "logs") this.log.onLogs(parsed);
        else if (type === "record") this.log.onRecord(parsed);
        else if (type === "closed") this.log.onClosed(parsed);
        if (id !== null) this.log.checkId(parseCursor(id));
        this.log.lines.length = 0; // counted and checked
    }

    end() {
        this.over = true;
        clearTimeout(this.timer);
        this.request.destroy();
    }
}

test(`the relay is killed with ${VIEWERS} viewers: all are back and complete`, async (t) => {
    const site = await startRelay(t, { conf: { sse_clients: VIEWERS + 100 } });
    const writer = new Writer(site.db, site.redis, await makeRun(site.db, await makeInstance(site.db)));
    const say = () => writer.batch([[1, 1, `line ${writer.line + 1}`], [1, 1, "another"]], [{ after: 1, kind: "fact", key: "k", value: 1 }]);
    const viewers = [];
    t.after(() => viewers.forEach((viewer) => viewer.end()));
    const arrived = () => viewers.every((viewer) => viewer.error || viewer.log.cursor === writer.cursor);
    await say();
    while (viewers.length < VIEWERS) {
        for (let i = 0; i < 100; i++) viewers.push(new Viewer(site, writer.run));
        await sleep(30);
    }
    await until("all watch", arrived, 60);

    const pid = await site.kill("events");
    const began = Date.now();
    for (let i = 0; i < 10; i++) {
        await say();
        await sleep(100);
    }
    await site.waitForRestart("events", pid);
    await until("all are back and complete", () => arrived() && viewers.every((viewer) => viewer.error || viewer.connects === 2), 90);
    const took = Date.now() - began;
    await writer.finish();
    await until("all have seen the end", () => viewers.every((viewer) => viewer.error || viewer.log.closed), 30);
    assert.deepEqual(viewers.filter((viewer) => viewer.error).map((viewer) => viewer.error), []);
    t.diagnostic(`${VIEWERS} viewers were back and complete after ${(took / 1000).toFixed(1)} s`);
});
