// Many runs are behind at once: each has its turn at Postgres, so none waits until others have been read to their ends.
import test from "node:test";
import assert from "node:assert/strict";

import { startRelay } from "../lib/relay.mjs";
import { openStream } from "../lib/sse.mjs";
import { until } from "../lib/wait.mjs";
import { Writer, makeInstance, makeRun } from "../lib/writer.mjs";

const RUNS = 8;
/** A thousand lines of 500 bytes are about one page of what the relay reads at once. */
const PAGES = 8;
const someLines = (from) => Array.from({ length: 1000 }, (_, i) => [1700000000000 + from + i, 1, `line ${from + i} `.padEnd(500, "x")]);

/** Runs with a past, told through nobody. */
async function longRuns(site, count) {
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
    const site = await startRelay(t);
    const writers = await longRuns(site, RUNS);
    const streams = await Promise.all(writers.map(({ run }) => openStream(site, `/runs/${run}/events`)));
    const lines = () => streams.map((stream) => (stream.logs.size ? stream.log().line : 0));
    let least = null;
    for (const stream of streams)
        stream.until("half of it", () => {
            if (stream.log().line < (PAGES * 1000) / 2) return false;
            least ??= Math.min(...lines());
            return true;
        }).catch(() => {});
    await until("all are at their ends", () => streams.every((stream, i) => stream.error || (stream.logs.size && stream.log().cursor === writers[i].cursor)), 60);
    streams.forEach((stream) => assert.equal(stream.error, null));
    assert.ok(least > 0, "when the first had half of its run, others had nothing");
    t.diagnostic(`when the first had half of its ${PAGES * 1000} lines, the last had ${least}`);
    streams.forEach((stream) => stream.cut());
});
