// How the relay works for many: runs that are behind have turns at Postgres, and what is due to a client goes out together.
import test, { after } from "node:test";
import assert from "node:assert/strict";

import { startRelay } from "../lib/relay.mjs";
import { openStream } from "../lib/sse.mjs";
import { Writer, makeInstance, makeRun } from "../lib/writer.mjs";

const site = await startRelay(after);

const RUNS = 8;
/** A thousand lines of 500 bytes are about one page of what the relay reads at once. */
const PAGES = 8;
const someLines = (from) => Array.from({ length: 1000 }, (_, i) => [1700000000000 + from + i, 1, `line ${from + i} `.padEnd(500, "x")]);

/** Runs with a past, told through nobody. */
async function longRuns(count) {
    const instance = await makeInstance(site.db);
    const writers = [];
    for (let i = 0; i < count; i++) {
        const writer = new Writer(site.db, null, await makeRun(site.db, instance));
        for (let page = 0; page < PAGES; page++) await writer.batch(someLines(writer.line + 1));
        writers.push(writer);
    }
    return writers;
}

test(`of ${RUNS} runs that are behind at once none is read to its end before another has begun`, async (t) => {
    const writers = await longRuns(RUNS);
    // One stream of them all, so that all are behind from the same moment on.
    const stream = await openStream(site, `/events?runs=${writers.map(({ run }) => run)}`);
    const reached = (run) => stream.logs.get(run)?.line ?? 0;
    await stream.until("all are at their ends", () => writers.every(({ run, line }) => reached(run) === line), 60);
    stream.cut();

    const lines = new Map(writers.map(({ run }) => [run, 0]));
    const half = (PAGES * 1000) / 2;
    for (const { type, data } of stream.events) {
        if (type === "logs") lines.set(data.run, lines.get(data.run) + data.lines.length);
        if (Math.max(...lines.values()) >= half) break;
    }
    const least = Math.min(...lines.values());
    assert.ok(least > 0, "when the first had half of its lines, others had none");
    t.diagnostic(`when the first had half of its ${PAGES * 1000} lines, the last had ${least}`);
});

test("many small frames go out in few writes", async () => {
    const figures = async () => {
        const { text } = await site.get("/events/metrics");
        return Object.fromEntries(["frames_sent", "writes"].map((name) => [name, Number(new RegExp(`^athanor_events_${name}_total (\\d+)$`, "m").exec(text)[1])]));
    };
    const writer = new Writer(site.db, null, await makeRun(site.db, await makeInstance(site.db, "small frames")));
    const lines = Array.from({ length: 100 }, (_, i) => [1, 1, `line ${i}`]);
    for (let i = 0; i < 10; i++) await writer.batch(lines, lines.map((_, after) => ({ after, kind: "fact", key: "k", value: after })));
    await writer.finish();
    const before = await figures();
    const stream = await openStream(site, `/runs/${writer.run}/events`);
    await stream.untilClosed();
    const now = await figures();
    const [frames, writes] = [now.frames_sent - before.frames_sent, now.writes - before.writes];
    assert.ok(frames >= 2000, `${frames} frames`);
    assert.ok(writes <= frames / 20, `${writes} writes for ${frames} frames`);
});
