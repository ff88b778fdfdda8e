// What the streams do when parts of the site are away, when there are too many readers, or bad ones.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { connect } from "node:net";
import { realpathSync } from "node:fs";
import { join } from "node:path";

import { startProxy } from "../lib/pg_proxy.mjs";
import { Psql } from "../lib/psql.mjs";
import { setAndRestart, startRelay } from "../lib/relay.mjs";
import { followRun, openStream } from "../lib/sse.mjs";
import { sleep, until } from "../lib/wait.mjs";
import { Writer, makeInstance, makeRun } from "../lib/writer.mjs";

const soak = Boolean(process.env.ATHANOR_SOAK);
/** How many clients never read. */
const SILENT = soak ? 1000 : 20;

async function metrics(site) {
    const { text } = await site.get("/events/metrics");
    return Object.fromEntries([...text.matchAll(/^athanor_events_(\w+) (\d+)$/gm)].map((m) => [m[1], Number(m[2])]));
}

const line = (n, length = 80) => [1700000000000 + n, 1, `line ${n} `.padEnd(length, "x")];
const someLines = (from, count, length) => Array.from({ length: count }, (_, i) => line(from + i, length));

async function newRun(site, options) {
    return new Writer(site.db, site.redis, await makeRun(site.db, await makeInstance(site.db)), options);
}

const resets = (stream) => stream.events.filter((e) => e.type === "reset").length;

/** A site for those that leave it as it was. */
const site = await startRelay(after);

test("while Postgres is away streams stay open, and go on behind it", async (t) => {
    const site = await startRelay(t);
    const writer = await newRun(site);
    await writer.batch(someLines(1, 1000));
    const open = await openStream(site, `/runs/${writer.run}/events`);
    const many = await openStream(site, `/events?runs=${writer.run}`);
    await open.until("the lines", () => open.log().cursor === writer.cursor);
    await many.until("its reset", () => resets(many) === 1);
    await site.stopProgram("postgres");
    const asking = openStream(site, `/runs/${writer.run}/events`, { headers: { accept: "application/json" } });
    await sleep(1500);
    assert.equal(open.ended, false);
    await site.startProgram("postgres");
    const late = await asking;
    assert.ok([200, 503].includes(late.status), String(late.status));
    await site.sql("SELECT 1"); // it takes statements again
    writer.db = new Psql(site);
    t.after(() => writer.db.end());
    await writer.batch(someLines(1001, 1000));
    await writer.finish();
    await open.untilClosed();
    assert.deepEqual(open.log().lines, writer.lines);
    await many.until("the run is closed", () => many.log(writer.run).closed);
    await many.until("changes may have been missed, so there is another reset", () => resets(many) >= 2);
    late.cut();
    many.cut();
});

test("who is told to read anew after an outage is told of all that changes from then on", async (t) => {
    const site = await startRelay(t);
    const proxy = await startProxy(t, site.state);
    await setAndRestart(site, "database", proxy.database);
    const stream = await openStream(site, "/events");
    await stream.until("its reset", () => resets(stream) === 1);
    const listening = proxy.hold("listen athanor_changes");
    await site.sql("SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE application_name = 'athanor-events'");
    await listening.seen;
    await sleep(300);
    assert.equal(resets(stream), 1, "it would read too soon: what changes now is not heard of");
    listening.go();
    await stream.until("it is told to read anew", () => resets(stream) === 2);
    const instance = await makeInstance(site.db);
    await stream.until("the change is told", () => stream.events.some((e) => e.type === "instance" && e.data.id === instance));
    stream.cut();
});

test("a relay that is told to leave says when to come back", async () => {
    const writer = await newRun(site);
    await writer.batch(someLines(1, 10));
    const streams = await Promise.all(Array.from({ length: 10 }, () => openStream(site, `/runs/${writer.run}/events`)));
    await until("all have the lines", () => streams.every((s) => s.logs.size && s.log().cursor === writer.cursor));
    streams.forEach((s) => (s.retry = null));
    const pid = await site.kill("events", "SIGTERM");
    await until("all have ended", () => streams.every((s) => s.ended), 15);
    for (const stream of streams) {
        assert.equal(stream.error, null);
        assert.ok(stream.retry >= 500, `retry: ${stream.retry}`);
    }
    await until("the log tells of it", () => site.log("events").includes("leaving"));
    await site.waitForRestart("events", pid);
    const [first] = streams;
    const again = await openStream(site, `/runs/${writer.run}/events`, { lastEventId: first.lastId, logs: first.logs });
    await writer.batch(someLines(11, 10));
    await writer.finish();
    await again.untilClosed();
    assert.deepEqual(again.log().lines, writer.lines);
});

test("nginx reloads and nobody misses a line", async () => {
    const writer = await newRun(site);
    const reading = Promise.all([1, 2, 3].map(() => followRun(site, writer.run, { seconds: 120 })));
    for (let i = 0; i < 60; i++) {
        await writer.batch(someLines(writer.line + 1, 20));
        if (i === 20) await site.kill("nginx", "SIGHUP");
        if (i === 40) await site.waitForRestart("nginx", await site.kill("nginx"));
        await sleep(20);
    }
    await writer.finish();
    for (const log of await reading) assert.deepEqual(log.lines, writer.lines);
});

test("too many streams are refused, and nobody is thrown out for them", async (t) => {
    const site = await startRelay(t, { conf: { sse_clients: 3 } });
    const writer = await newRun(site);
    const path = `/runs/${writer.run}/events`;
    const open = [];
    for (let i = 0; i < 3; i++) open.push(await openStream(site, path));
    const refused = await openStream(site, path, { headers: { accept: "application/json" } });
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers["retry-after"]) > 0);
    assert.equal(JSON.parse(refused.body).status, 503);
    assert.equal((await site.get(`/api/v1/runs/${writer.run}/wait?timeout_s=0`)).status, 503);
    assert.equal((await metrics(site)).streams, 3);
    await writer.batch(someLines(1, 5));
    await until("the others are served", () => open.every((s) => s.logs.size && s.log().cursor === writer.cursor));
    open[0].cut();
    await until("there is room again", async () => {
        const stream = await openStream(site, path, { headers: { accept: "application/json" } });
        stream.cut();
        return stream.status === 200;
    });
    open.forEach((s) => s.cut());
});

test("peers that send one byte, garbage or half a request harm nobody", async (t) => {
    const writer = await newRun(site);
    await writer.batch(someLines(1, 5));
    const path = join(realpathSync(join(site.state, "run")), "events.sock");
    const begin = Buffer.from([1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    const bad = [Buffer.from([1]), Buffer.from("GET / HTTP/1.1\r\n\r\n"), begin, Buffer.concat([begin, Buffer.from([1, 4, 0, 1, 255, 255, 0, 0])])];
    // Who is dropped comes again, so that there are always some while the others are served.
    const peers = new Set();
    let served = false;
    t.after(() => (served = true));
    const add = (i) => {
        const socket = connect(path);
        peers.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => {
            peers.delete(socket);
            setTimeout(() => served || add(i), 100);
        });
        socket.write(bad[i % bad.length]);
    };
    for (let i = 0; i < 200; i++) add(i);
    await until("they are connected", async () => (await metrics(site)).connections > 100);
    const stream = await openStream(site, `/runs/${writer.run}/events`);
    await stream.until("the lines", () => stream.log().cursor === writer.cursor, 10);
    served = true;
    await until("all of them are gone", () => peers.size === 0, 18);
    assert.equal(stream.ended, false);
    stream.cut();
});

test("readers that take nothing hold little, and the others get everything", async (t) => {
    const writer = await newRun(site);
    await writer.batch(someLines(1, 10));
    const before = await metrics(site);
    const stalled = Array.from({ length: SILENT }, () => {
        const socket = connect(site.port, "127.0.0.1");
        socket.on("error", () => {});
        socket.pause();
        socket.write(`GET /runs/${writer.run}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${site.token}\r\n\r\n`);
        return socket;
    });
    t.after(() => stalled.forEach((s) => s.destroy()));
    await until("they are there", async () => (await metrics(site)).streams === SILENT);
    const good = await openStream(site, `/runs/${writer.run}/events`);
    for (let i = 0; i < 400; i++) await writer.batch(someLines(writer.line + 1, 100, 800));
    await good.until("32 MB", () => good.log().cursor === writer.cursor, 60);
    const now = await until("the others take nothing", async () => {
        const all = await metrics(site);
        return all.stalled === SILENT && all;
    });
    assert.ok(now.stalled_bytes <= SILENT * 64 * 1024, `${now.stalled_bytes} bytes for ${SILENT}`);
    // What was read again for a reader that fell behind the ring is kept for the next, as long as there is room.
    const read = now.page_bytes_total - before.page_bytes_total;
    assert.ok(now.frame_bytes < 24 * 1024 * 1024 + read, `${now.frame_bytes} bytes of frames, ${read} were read`);
    await writer.finish();
    await good.untilClosed();

    // One of them begins to read, and has missed nothing.
    let text = "";
    stalled[0].setEncoding("latin1").on("data", (data) => (text = (text + data).slice(-2000)));
    stalled[0].resume();
    await until("it is told the end", () => text.includes(`id: ${writer.cursor}\nevent: closed`), 30);
    assert.ok((await metrics(site)).slow_falls_total > 0);
});

test("many who join a long run while it goes on share what is read", async (t) => {
    const writer = await newRun(site);
    for (let i = 0; i < 100; i++) await writer.batch(someLines(writer.line + 1, 200, 100));
    await until("nobody else is there", async () => (await metrics(site)).streams === 0);
    const before = await metrics(site);
    let joined = false;
    t.after(() => (joined = true));
    const going = (async () => {
        for (; !joined; await sleep(100)) await writer.batch(someLines(writer.line + 1, 5, 100));
    })();
    const streams = await Promise.all(Array.from({ length: 100 }, () => openStream(site, `/runs/${writer.run}/events`)));
    const reached = (s) => (assert.ok(!s.ended, `a stream ended at ${s.log().cursor}: ${s.error ?? s.status}`), s.log().line);
    await until("all are live", () => streams.every((s) => reached(s) > 20_000), 180);
    joined = true;
    await going;
    await until("all are at the end", () => streams.every((s) => s.log().cursor === writer.cursor), 60);
    const now = await metrics(site);
    // 2.6 MB are six pages of 512 KiB; a page may be read twice, when some have gone on in the meantime.
    const read = now.pages_read_total - before.pages_read_total;
    assert.ok(read >= 5 && read <= 12, `${read} pages for 100 readers`);
    assert.ok(now.frames_sent_total - before.frames_sent_total > 100 * read, "each has had them");
    streams.forEach((s) => s.cut());
});

test("memory stays below its limit, and everybody is served nevertheless", async (t) => {
    const site = await startRelay(t, { conf: { sse_memory_mb: 16 } });
    const writer = await newRun(site);
    for (let i = 0; i < 150; i++) await writer.batch(someLines(writer.line + 1, 100, 2000));
    const streams = await Promise.all(
        Array.from({ length: 12 }, (_, i) => openStream(site, `/runs/${writer.run}/events?from=${i * 1200}.1`)),
    );
    let most = 0;
    await until("all are at the end of 30 MB", async () => {
        most = Math.max(most, (await metrics(site)).frame_bytes);
        return streams.every((s) => s.logs.size && s.log().cursor === writer.cursor);
    }, 90);
    const limit = (await metrics(site)).frame_bytes_limit;
    assert.equal(limit, 16 * 1024 * 1024);
    assert.ok(most > 1024 * 1024 && most <= limit, `${most} bytes of frames`);
    streams.forEach((s) => s.cut());
});

// It takes longer than a minute, so it is left to the soak.
if (soak)
    test("a client that takes nothing for a minute is cut", async (t) => {
        const site = await startRelay(t);
        const writer = await newRun(site);
        const socket = connect(join(realpathSync(join(site.state, "run")), "events.sock"));
        socket.on("error", () => {});
        socket.pause();
        const pair = (name, value) => Buffer.concat([Buffer.from([name.length, value.length]), Buffer.from(name + value)]);
        const record = (type, body) => Buffer.concat([Buffer.from([1, type, 0, 1, 0, body.length, 0, 0]), body]);
        const params = Buffer.concat([
            pair("REQUEST_METHOD", "GET"),
            pair("DOCUMENT_URI", `/runs/${writer.run}/events`),
            pair("HTTP_AUTHORIZATION", `Bearer ${site.token}`),
        ]);
        const nothing = Buffer.alloc(0);
        socket.write(Buffer.concat([record(1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])), record(4, params), record(4, nothing), record(5, nothing)]));
        for (let i = 0; i < 20; i++) await writer.batch(someLines(writer.line + 1, 100, 800));
        await until("it is stalled", async () => (await metrics(site)).stalled === 1);
        await until("it is cut", async () => (await metrics(site)).cut_idle_total === 1, 180);
        assert.equal((await metrics(site)).streams, 0);
        socket.destroy();
    });
