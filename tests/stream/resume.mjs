// test-timeout: 150
// Exactly once, whatever dies: many readers of one long run are cut at random moments while a tenth of the messages are lost and Redis and the relay
// are killed, and each of them must have seen every line and record once, in order.
import test from "node:test";
import assert from "node:assert/strict";

import { startRelay } from "../lib/relay.mjs";
import { followRun } from "../lib/sse.mjs";
import { sleep } from "../lib/wait.mjs";
import { Writer, makeInstance, makeRun } from "../lib/writer.mjs";

const soak = process.env.ATHANOR_SOAK ? 20 : 1;
const LINES = 100_000;
const CUTS = 500 * soak;
const READERS = 16;

const dice = (n) => Math.floor(Math.random() * n);

/** A batch of up to 200 lines with records between them. */
async function someBatch(writer) {
    const count = Math.min(dice(200), LINES - writer.line);
    const lines = Array.from({ length: count }, (_, i) => [
        1700000000000 + writer.line + i,
        dice(4),
        `line ${writer.line + i + 1} ${"x".repeat(dice(120))} ${dice(10) ? "" : "\u{1F525} \"quoted\" \\ \t"}`,
        ...(dice(5) ? [] : [2, { tag: dice(100) }]),
    ]);
    const places = Array.from({ length: dice(4) ? 0 : dice(6) }, () => dice(count + 1)).sort((a, b) => a - b);
    const records = places.map((after) => ({ after, kind: "fact", key: `k${dice(10)}`, value: dice(1e6) }));
    if (count || records.length) await writer.batch(lines, records);
}

/** Says it all, no faster than the cuts fall, so that they fall everywhere. */
async function write(writer, counter) {
    while (writer.line < LINES) {
        await someBatch(writer);
        while (counter.cuts / CUTS < writer.line / LINES - 0.02) await sleep(5);
    }
    await writer.finish();
}

/** A page that is closed and opened all the time. */
async function read(site, run, counter) {
    const logs = new Map();
    const log = await followRun(site, run, {
        logs,
        seconds: 120,
        cutWhen: () => dice(30) === 0 && ++counter.cuts > 0,
    });
    counter.connects += log.connects;
    return log;
}

test("500 cuts of a run of 100,000 lines lose and double nothing", async (t) => {
    const site = await startRelay(t);
    const run = await makeRun(site.db, await makeInstance(site.db));
    const writer = new Writer(site.db, site.redis, run, { publish: () => dice(10) > 0 });
    const counter = { cuts: 0, connects: 0 };
    let written = false;
    const writing = write(writer, counter).then(() => (written = true));
    const reading = Array.from({ length: READERS }, () => read(site, run, counter));

    const faults = (async () => {
        while (!written) {
            for (const name of ["redis", "events"]) {
                await sleep(800 + dice(800));
                if (written) return;
                await site.waitForRestart(name, await site.kill(name));
            }
        }
    })();
    await writing;
    await faults;
    const logs = await Promise.all(reading);

    assert.equal(writer.line, LINES);
    for (const log of logs) {
        assert.equal(log.cursor, writer.cursor);
        assert.deepEqual(log.closed, { status: "completed" });
        assert.deepEqual(log.lines, writer.lines);
        assert.deepEqual(log.records.slice(1, -1), writer.records);
        assert.equal(log.records[0].status, "running");
        assert.equal(log.records.at(-1).status, "completed");
    }
    assert.ok(counter.cuts >= CUTS * 0.98, `only ${counter.cuts} cuts`);
    t.diagnostic(`${counter.cuts} cuts, ${counter.connects} connects, ${writer.records.length} records`);
});
