// test-slow
// Exactly once, whatever dies: many readers of one long run are cut at random moments while a tenth of the messages are lost on their way
// from Redis, the relay, Redis and Postgres are killed and nginx is reloaded; each of them must have seen every line and record once, in order.
import test from "node:test";
import assert from "node:assert/strict";

import { loseMessages } from "../lib/lossy.mjs";
import { Psql } from "../lib/psql.mjs";
import { startRelay } from "../lib/relay.mjs";
import { followRun } from "../lib/sse.mjs";
import { sleep } from "../lib/wait.mjs";
import { Writer, makeInstance, makeRun } from "../lib/writer.mjs";

const soak = Boolean(process.env.ATHANOR_SOAK);
const LINES = 100_000;
const CUTS = soak ? 10_000 : 500;
const READERS = 16;

const dice = (n) => Math.floor(Math.random() * n);

/** A batch of up to 200 lines with records between them. */
function someBatch(writer) {
    const count = Math.min(dice(200), LINES - writer.line);
    const lines = Array.from({ length: count }, (_, i) => [
        1700000000000 + writer.line + i,
        dice(4),
        `line ${writer.line + i + 1} ${"x".repeat(dice(120))} ${dice(10) ? "" : "\u{1F525} \"quoted\" \\ \t"}`,
        ...(dice(5) ? [] : [2, { tag: dice(100) }]),
    ]);
    const places = Array.from({ length: dice(4) ? 0 : dice(6) }, () => dice(count + 1)).sort((a, b) => a - b);
    return [lines, places.map((after) => ({ after, kind: "fact", key: `k${dice(10)}`, value: dice(1e6) }))];
}

/** As a supervisor does: the same batch again, on a new connection, until it is known to be there. */
async function persist(site, writer, lines, records) {
    for (;;) {
        try {
            return await writer.batch(lines, records);
        } catch (error) {
            if (!writer.db.isOver) throw error;
            await sleep(50);
            writer.db = new Psql(site);
        }
    }
}

/** Says it all, no faster than the cuts and the other faults fall, so that they fall everywhere. */
async function write(site, writer, counter, harmed) {
    while (writer.line < LINES) {
        const [lines, records] = someBatch(writer);
        if (lines.length || records.length) await persist(site, writer, lines, records);
        while (counter.cuts / CUTS < writer.line / LINES - 0.02 || Object.keys(harmed).length / faults.length < writer.line / LINES - 0.2) await sleep(5);
    }
}

/** A page that is closed and opened all the time. */
async function read(site, run, counter) {
    const logs = new Map();
    const log = await followRun(site, run, {
        logs,
        seconds: soak ? 7000 : 400,
        cutWhen: () => dice(30) === 0 && ++counter.cuts > 0,
    });
    counter.connects += log.connects;
    return log;
}

/** What happens to the site, in turn, until `isOver()`. Each comes back before the next is chosen. */
const faults = [
    ["redis", "SIGKILL"],
    ["events", "SIGKILL"],
    ["nginx", "SIGHUP"],
    ["postgres", "SIGQUIT"],
];
async function harm(site, isOver, counts) {
    for (let i = 0; !isOver(); i++) {
        const [name, signal] = faults[i % faults.length];
        const pid = await site.kill(name, signal);
        counts[name] = (counts[name] ?? 0) + 1;
        if (signal !== "SIGHUP") await site.waitForRestart(name, pid);
        await sleep(400 + dice(800));
    }
}

test(`${CUTS} cuts of a run of 100,000 lines lose and double nothing`, async (t) => {
    const site = await startRelay(t);
    const lossy = await loseMessages(t, site, () => dice(10) === 0);
    const run = await makeRun(site.db, await makeInstance(site.db));
    const writer = new Writer(site.db, site.redis, run);
    t.after(() => writer.db.end());
    const counter = { cuts: 0, connects: 0 };
    const harmed = {};
    let written = false;
    const reading = Promise.all(Array.from({ length: READERS }, () => read(site, run, counter)));
    reading.catch(() => {});
    const harming = harm(site, () => written, harmed);
    await Promise.race([write(site, writer, counter, harmed), reading]);
    written = true;
    await harming;
    await site.sql("SELECT 1"); // Postgres may have been the last to be harmed, and nobody has told the writer's session
    writer.db.end();
    writer.db = new Psql(site);
    await writer.finish();
    const logs = await reading;

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
    assert.deepEqual(Object.keys(harmed).sort(), faults.map(([name]) => name).sort(), "every fault has happened");
    assert.ok(lossy.lost > 0 && lossy.passed > lossy.lost, `${lossy.lost} messages were lost, ${lossy.passed} were not`);
    t.diagnostic(`${counter.cuts} cuts, ${counter.connects} connects, ${writer.records.length} records, ${lossy.lost} lost messages, ${JSON.stringify(harmed)}`);
});
