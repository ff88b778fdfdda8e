// test-slow
// Redis only makes it sooner: killed again and again, losing a tenth of its messages and the last ones too, or never there, nobody misses
// anything, and what was committed is there within two seconds.
import test from "node:test";
import assert from "node:assert/strict";

import { loseMessages } from "../lib/lossy.mjs";
import { startRelay } from "../lib/relay.mjs";
import { openStream } from "../lib/sse.mjs";
import { sleep, until } from "../lib/wait.mjs";
import { Writer, makeInstance, makeRun } from "../lib/writer.mjs";

const KILLS = process.env.ATHANOR_SOAK ? 20 : 5;
const LAG_S = 2 * 3; // three times what is promised

const dice = (n) => Math.floor(Math.random() * n);

async function newRun(site) {
    return new Writer(site.db, site.redis, await makeRun(site.db, await makeInstance(site.db)));
}

/** Writes until told to stop; each batch must reach all streams in time. */
async function write(writer, streams, isOver) {
    let slowest = 0;
    const waits = [];
    while (!isOver()) {
        const lines = Array.from({ length: 1 + dice(50) }, (_, i) => [writer.line + i, 1, `line ${writer.line + i + 1}`]);
        await writer.batch(lines, dice(3) ? [] : [{ after: dice(lines.length + 1), kind: "fact", key: "k", value: dice(100) }]);
        const { line, record } = writer;
        const began = Date.now();
        const there = ({ error, log }) => error || (log().line >= line && log().record >= record);
        waits.push(
            until(`${line}.${record} is there`, () => streams.every(there), LAG_S).then(() => (slowest = Math.max(slowest, Date.now() - began))),
        );
        await sleep(20 + dice(40));
    }
    await Promise.all(waits);
    return slowest;
}

async function check(streams, writer) {
    for (const stream of streams) {
        await stream.untilClosed();
        assert.deepEqual(stream.log().lines, writer.lines);
        assert.deepEqual(stream.log().records.slice(1, -1), writer.records);
    }
}

test(`Redis is killed ${KILLS} times and loses a tenth of its messages, the last ones too`, async (t) => {
    const site = await startRelay(t);
    let ending = false;
    const lossy = await loseMessages(t, site, () => ending || dice(10) === 0);
    const writer = await newRun(site);
    const streams = await Promise.all([1, 2, 3].map(() => openStream(site, `/runs/${writer.run}/events`)));
    let over = false;
    const writing = write(writer, streams, () => over);
    writing.catch(() => {});
    for (let i = 0; i < KILLS; i++) {
        await sleep(300 + dice(500));
        await site.waitForRestart("redis", await site.kill("redis"));
    }
    const passed = lossy.passed;
    await until("messages come again", () => lossy.passed > passed + 5, 60);
    ending = true;
    await sleep(500);
    over = true;
    const slowest = await writing;
    await writer.finish();
    await check(streams, writer);
    assert.ok(lossy.lost > 0, "messages were lost");
    t.diagnostic(`${lossy.lost} of ${lossy.lost + lossy.passed} messages were lost; the slowest batch took ${slowest} ms`);
});

test("a run without Redis, from its first line to its last", async (t) => {
    const site = await startRelay(t);
    await site.stopProgram("redis");
    const writer = await newRun(site);
    const streams = [await openStream(site, `/runs/${writer.run}/events`)];
    const end = Date.now() + 3000;
    const slowest = await write(writer, streams, () => Date.now() > end);
    await writer.finish();
    await check(streams, writer);
    t.diagnostic(`the slowest batch took ${slowest} ms`);

    // It comes back, and is used again.
    await site.startProgram("redis");
    const metrics = async () => (await site.get("/events/metrics")).text;
    await until("Redis is used again", async () => /^athanor_events_redis_up 1$/m.test(await metrics()), 30);
    const again = await newRun(site);
    const stream = await openStream(site, `/runs/${again.run}/events`);
    await stream.until("it is open", () => stream.retry);
    const taken = async () => Number(/^athanor_events_batches_total (\d+)$/m.exec(await metrics())[1]);
    await until("a batch came through it", async () => (await again.batch([[1, 1, "x"]]), (await taken()) > 0), 30);
    await again.finish();
    await check([stream], again);
});

test("progress and preview that are said while the relay does not hear are told once it does", async (t) => {
    const site = await startRelay(t);
    for (let i = 0; i < 3; i++) {
        const late = await newRun(site);
        site.redis.command("CLIENT", "KILL", "TYPE", "pubsub");
        const stream = await openStream(site, `/runs/${late.run}/events`);
        await stream.until("it is open", () => stream.retry);
        late.progress({ current: i, total: 10, at: 1 });
        late.preview("not yet");
        await stream.until("both are told", () => stream.log().progress?.current === i && stream.log().preview, 30);
        await late.finish();
        await stream.untilClosed();
    }
});
