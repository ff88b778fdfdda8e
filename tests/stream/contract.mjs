// What the two streams and /wait promise to whoever asks, rightly or not.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";

import { newSession, newToken, startRelay } from "../lib/relay.mjs";
import { openStream } from "../lib/sse.mjs";
import { sleep, until } from "../lib/wait.mjs";
import { Writer, makeInstance, makeRun } from "../lib/writer.mjs";

const site = await startRelay(after);
const { db, redis } = site;
const instance = await makeInstance(db, "contract");

/** Open from the beginning to the last test, so that nobody waits for its ping. */
const idle = await openStream(site, "/events");
const opened = Date.now();

/** A run with three lines and two records of its own, which has ended. */
async function finishedRun(status = "completed") {
    const writer = new Writer(db, redis, await makeRun(db, instance));
    await writer.batch(
        [[1, 1, "a"], [2, 1, "b"], [3, 1, "c"]],
        [{ after: 0, kind: "fact", key: "k", value: 1 }, { after: 2, kind: "result", key: "r", value: [1] }],
    );
    await writer.finish(status);
    return writer;
}

/** A problem of this status, as JSON. */
async function refused(path, status, options = {}) {
    const answer = await openStream(site, path, options);
    assert.equal(answer.status, status, `${path}: ${answer.body}`);
    assert.match(answer.headers["content-type"], /^application\/problem\+json/);
    const problem = JSON.parse(answer.body);
    assert.equal(problem.status, status);
    assert.ok(problem.detail);
    return Object.assign(problem, { headers: answer.headers });
}

const kinds = (stream) => stream.events.map((e) => e.type);
const ids = (stream) => stream.events.map((e) => e.id);

test("a finished run is told from the beginning, in order, and closed", async () => {
    const writer = await finishedRun();
    const stream = await openStream(site, `/runs/${writer.run}/events`);
    assert.equal(stream.status, 200);
    assert.equal(stream.headers["content-type"], "text/event-stream");
    assert.equal(stream.headers["x-accel-buffering"], "no");
    assert.equal(stream.headers["cache-control"], "no-store");
    await stream.untilClosed();
    assert.deepEqual(kinds(stream), ["record", "record", "logs", "record", "logs", "record", "closed"]);
    assert.deepEqual(ids(stream), ["0.1", "0.2", "2.2", "2.3", "3.3", "3.4", "3.4"]);
    assert.deepEqual(stream.events[2].data, { first: 1, lines: [[1, 1, "a"], [2, 1, "b"]] });
    assert.deepEqual(stream.events.at(-1).data, { status: "completed" });
    assert.ok(stream.retry >= 100 && stream.retry <= 10000);
});

test("retry is not the same for all", async () => {
    const run = await makeRun(db, instance);
    const streams = await Promise.all(Array.from({ length: 8 }, () => openStream(site, `/runs/${run}/events`)));
    await Promise.all(streams.map((s) => s.until("its first frame", () => s.retry)));
    assert.ok(new Set(streams.map((s) => s.retry)).size > 1);
    streams.forEach((s) => s.cut());
});

test("a stream begins behind the place that was asked for", async () => {
    const { run } = await finishedRun("failed");
    const from = async (query, lastEventId) => {
        const stream = await openStream(site, `/runs/${run}/events${query}`, { lastEventId, check: false });
        await stream.until("the end", () => stream.ended);
        return ids(stream).join(" ");
    };
    const whole = "0.1 0.2 2.2 2.3 3.3 3.4 3.4";
    assert.equal(await from(""), whole);
    assert.equal(await from("?from=0.0"), whole);
    assert.equal(await from("?from=2.2"), "2.3 3.3 3.4 3.4");
    assert.equal(await from("?from=1.2"), "2.2 2.3 3.3 3.4 3.4");
    assert.equal(await from("?last_event_id=2.3"), "3.3 3.4 3.4");
    assert.equal(await from("?from=2.2&last_event_id=2.3"), "3.3 3.4 3.4");
    assert.equal(await from("?from=2.2&last_event_id=0.0", "3.3"), "3.4 3.4");
    assert.equal(await from("?last_event_id=3%2E3"), "3.4 3.4");
});

test("a place that the run never passed is followed from there, and its ids lead on", async () => {
    const { run } = await finishedRun();
    const behind = await openStream(site, `/runs/${run}/events?from=3.0`, { check: false });
    await behind.until("the end", () => behind.ended);
    assert.deepEqual(ids(behind), ["3.1", "3.2", "3.3", "3.4", "3.4"]);
    const ahead = await openStream(site, `/runs/${run}/events?from=0.3`, { check: false });
    await ahead.until("the end", () => ahead.ended);
    assert.deepEqual(ids(ahead), ["3.3", "3.4", "3.4"]);
});

test("a finished run asked from its end answers 204", async () => {
    const { run } = await finishedRun();
    for (const query of ["?from=3.4", "?from=end", "?last_event_id=3.4", "?from=99999.99999"]) {
        const answer = await openStream(site, `/runs/${run}/events${query}`);
        assert.equal(answer.status, 204, query);
        assert.equal(answer.body, "");
    }
    assert.equal((await openStream(site, `/runs/${run}/events`, { lastEventId: "3.4" })).status, 204);
});

test("a place beyond the end, and `end`, are live only", async () => {
    const writer = new Writer(db, redis, await makeRun(db, instance));
    await writer.batch([[1, 1, "before"]]);
    for (const place of ["end", "100.0", "0.9", "9223372036854775807.9223372036854775807"]) {
        const stream = await openStream(site, `/runs/${writer.run}/events?from=${place}`, { check: false });
        await stream.until("it is open", () => stream.retry);
        await writer.batch([[2, 1, "behind"]]);
        await stream.until("a line", () => stream.events.length);
        assert.equal(stream.events[0].id, writer.cursor, place);
        stream.cut();
    }
});

test("malformed places are refused, with the field's name", async () => {
    const run = await makeRun(db, instance);
    for (const bad of ["1", "1.", ".1", "1.2.3", "a.b", "-1.0", "+1.0", "01.0", "1.0%20", "%201.0", "1.0+", "1.0x", "9223372036854775808.0", "%zz", "1.0%00"]) {
        assert.equal((await refused(`/runs/${run}/events?from=${bad}`, 400)).field, "from", bad);
        assert.equal((await refused(`/runs/${run}/events?last_event_id=${bad}`, 400)).field, "last_event_id", bad);
    }
    assert.equal((await refused(`/runs/${run}/events`, 400, { lastEventId: "x" })).field, "last_event_id");
    assert.equal((await refused(`/runs/${run}/events`, 400, { lastEventId: `${run}@1.0` })).field, "last_event_id");
    for (const bad of ["x", "7@", "7@1", "0@0.0", "-1@0.0", "7@0.0,", ",", "7@0.0,7@0.0", "7@end"])
        assert.equal((await refused(`/events?runs=${bad}`, 400)).field, "runs", bad);
    const many = Array.from({ length: 33 }, (_, i) => i + 1).join(",");
    assert.equal((await refused(`/events?runs=${many}`, 400)).field, "runs");
    assert.equal((await refused(`/events?runs=${run}@0.0`, 400, { lastEventId: "1.0" })).field, "last_event_id");
    assert.equal((await refused(`/events?runs=${run}&from=1.0`, 400)).field, "from");
});

test("unknown runs and addresses answer 404", async () => {
    await refused("/runs/999999/events", 404);
    await refused("/runs/0/events", 404);
    await refused("/runs/x/events", 404);
    await refused("/runs/99999999999999999999/events", 404);
    await refused("/events?runs=999999@0.0", 404);
    await refused("/api/v1/runs/999999/wait", 404);
});

test("who has no session answers 401, and learns nothing else", async () => {
    const { run } = await finishedRun();
    for (const path of [`/runs/${run}/events`, "/runs/999999/events", "/events", `/api/v1/runs/${run}/wait`, `/runs/${run}/events?from=x`]) {
        const problem = await refused(path, 401, { token: null });
        assert.match(problem.headers["www-authenticate"], /^Bearer/);
        await refused(path, 401, { token: "ath_unknown" });
        await refused(path, 401, { token: null, headers: { cookie: "athanor_session=unknown" } });
    }
});

test("a token that is revoked loses its streams", async () => {
    const run = await makeRun(db, instance);
    const token = await newToken(db, "read");
    const [one, many] = [await openStream(site, `/runs/${run}/events`, { token }), await openStream(site, "/events", { token })];
    await until("both are open", () => one.retry && many.events.length);
    await db.query(`UPDATE api_tokens SET revoked_at = now() WHERE scope = 'read'`);
    await until("they have ended", () => one.ended && many.ended, 15);
    await refused(`/runs/${run}/events`, 401, { token });
});

test("more than the relay takes is refused with the reason, whatever it is made of", async () => {
    const run = await makeRun(db, instance);
    const many = { cookie: `a=${"x".repeat(9000)}`, "last-event-id": `1.${"0".repeat(9000)}` };
    const problem = await refused(`/runs/${run}/events`, 431, { headers: many });
    assert.match(problem.detail, /too large/);
    await refused(`/runs/${run}/events?from=${"1".repeat(5000)}`, 400);
    const fits = await openStream(site, `/runs/${run}/events`, { headers: { cookie: `a=${"x".repeat(12000)}` } });
    assert.equal(fits.status, 200);
    fits.cut();
});

test("only GET is answered", async () => {
    const { run } = await finishedRun();
    for (const path of [`/runs/${run}/events`, "/events", `/api/v1/runs/${run}/wait`]) {
        const answer = await site.fetch(path, { method: "POST" });
        assert.equal(answer.status, 405);
        assert.equal(answer.headers.get("allow"), "GET");
    }
});

test("a stream of many runs names each run and carries the whole vector", async () => {
    const [one, two] = [await finishedRun(), new Writer(db, redis, await makeRun(db, instance))];
    const stream = await openStream(site, `/events?runs=${one.run}@2.2,${two.run}`);
    await stream.until("the first run's end", () => stream.log(one.run).closed);
    assert.equal(stream.events[0].type, "reset");
    await two.batch([[1, 1, "x"], [2, 1, "y"]], [{ after: 1, kind: "fact", key: "k", value: 1 }]);
    await stream.until("the second run", () => stream.logs.get(two.run)?.cursor === two.cursor);
    assert.equal(stream.lastId, `${one.run}@3.4,${two.run}@2.2`);
    stream.cut();

    await two.batch([[3, 1, "z"]]);
    const again = await openStream(site, `/events?runs=${one.run}@0.0,${two.run}@0.0`, { lastEventId: stream.lastId, logs: stream.logs, check: false });
    await again.until("what was missed", () => again.events.some((e) => e.type === "logs"));
    const frames = again.events.filter((e) => e.data.run === two.run);
    assert.deepEqual(frames.map((e) => e.id), [`${one.run}@3.4,${two.run}@3.2`]);
    assert.deepEqual(again.events.filter((e) => e.data.run === one.run).map((e) => e.type), ["closed"]);
    again.cut();
});

test("a stream of no runs tells the changes of all", async () => {
    const stream = await openStream(site, "/events");
    await stream.until("reset", () => kinds(stream)[0] === "reset");
    const other = await makeInstance(db, "an instance with a name");
    const run = await makeRun(db, other, false);
    const told = (type, test) => stream.until(`${type} is told`, () => stream.events.find((e) => e.type === type && test(e.data)));
    const made = await told("instance", (d) => d.id === other);
    assert.equal(made.data.name, "an instance with a name");
    assert.equal("configuration" in made.data, false);
    const pending = await told("run", (d) => d.id === run && d.status === "pending");
    assert.equal(pending.data.instance_name, "an instance with a name");
    assert.equal(pending.data.instance_id, other);
    assert.equal(pending.data.number, 1);
    assert.equal("configuration" in pending.data, false);
    await db.query(`SELECT request_cancel(${run}, false)`);
    const ended = await told("run", (d) => d.id === run && d.status === "cancelled");
    assert.match(ended.data.finished_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    await db.query(`SELECT delete_instance(${other})`);
    assert.deepEqual((await told("run", (d) => d.id === run && d.deleted)).data, { id: run, deleted: true });
    assert.deepEqual((await told("instance", (d) => d.id === other && d.deleted)).data, { id: other, deleted: true });
    assert.equal(stream.lastId, "");
    stream.cut();
});

test("a run that is deleted ends its streams", async () => {
    const { run } = await finishedRun();
    const live = new Writer(db, redis, await makeRun(db, instance));
    await live.batch([[1, 1, "x"]]);
    const one = await openStream(site, `/runs/${live.run}/events`);
    const many = await openStream(site, `/events?runs=${run}@3.4,${live.run}`);
    await many.until("both are there", () => many.logs.get(live.run)?.cursor === live.cursor);
    await live.finish();
    await one.untilClosed();
    const late = await openStream(site, `/events?runs=${live.run}@1.1`);
    await db.query(`SELECT delete_run(${run}); SELECT delete_run(${live.run})`);
    await late.until("the run is deleted", () => late.events.some((e) => e.type === "run" && e.data.deleted));
    await refused(`/runs/${run}/events`, 404);
    many.cut();
    late.cut();

    // Who comes back with a place in it is told; who asks for it for the first time is refused.
    const back = await openStream(site, `/events?runs=${run}@3.4`, { check: false });
    await back.until("closed", () => back.events.some((e) => e.type === "closed"));
    assert.deepEqual(back.events.find((e) => e.type === "closed").data, { run, status: "deleted" });
    back.cut();
});

test("a pending run that is deleted closes the stream that follows it", async () => {
    const run = await makeRun(db, instance, false);
    const stream = await openStream(site, `/runs/${run}/events`);
    await stream.until("it is open", () => stream.retry);
    await db.query(`DELETE FROM runs WHERE id = ${run}`);
    await stream.untilClosed();
    assert.deepEqual(stream.events.map((e) => [e.type, e.id, e.data]), [["closed", "0.0", { status: "deleted" }]]);
});

test("a cancelled pending run tells its record and closes", async () => {
    const run = await makeRun(db, instance, false);
    const stream = await openStream(site, `/runs/${run}/events`);
    await stream.until("it is open", () => stream.retry);
    await db.query(`SELECT request_cancel(${run}, false)`);
    await stream.untilClosed();
    assert.deepEqual(kinds(stream), ["record", "closed"]);
    assert.deepEqual(stream.events.at(-1).data, { status: "cancelled" });
});

test("who logs out loses his streams, others do not", async () => {
    const run = await makeRun(db, instance);
    const cookie = await newSession(db);
    const mine = await openStream(site, `/runs/${run}/events`, { token: null, headers: { cookie } });
    const many = await openStream(site, "/events", { token: null, headers: { cookie } });
    const other = await openStream(site, `/runs/${run}/events`);
    const waiting = site.fetch(`/api/v1/runs/${run}/wait`, { token: null, headers: { cookie } });
    await until("all are open", () => mine.events.length && many.events.length && other.events.length);
    await sleep(200);
    await db.query(`DELETE FROM sessions`);
    await until("they have ended", () => mine.ended && many.ended, 15);
    assert.equal((await waiting).status, 401);
    assert.equal(other.ended, false);
    await refused(`/runs/${run}/events`, 401, { token: null, headers: { cookie } });
    other.cut();
});

test("an open stream is a use of its session", async () => {
    const run = await makeRun(db, instance);
    const cookie = await newSession(db);
    await db.query(`UPDATE sessions SET keep = '1 day', last_used_at = now() - interval '2 hours', expires_at = now() + interval '1 minute'`);
    const stream = await openStream(site, `/runs/${run}/events`, { token: null, headers: { cookie } });
    await until("its end has moved", async () => (await db.query("SELECT bool_and(expires_at > now() + interval '23 hours') FROM sessions")) === "t");
    await db.query(`UPDATE sessions SET last_used_at = now() - interval '2 hours', expires_at = now() + interval '1 minute'`);
    await until("and moves again", async () => (await db.query("SELECT bool_and(expires_at > now() + interval '23 hours') FROM sessions")) === "t", 15);
    await db.query(`UPDATE sessions SET expires_at = now()`);
    await stream.until("an expired one ends", () => stream.ended, 15);
});

test("who comes late is told the latest progress and preview", async () => {
    const writer = new Writer(db, redis, await makeRun(db, instance));
    await writer.batch([[1, 1, "one"]]);
    writer.progress({ current: 5, total: 10, percent: 50, message: "half", at: 1 });
    writer.preview("not yet a li");
    const first = await openStream(site, `/runs/${writer.run}/events`);
    await first.until("both", () => first.log().progress && first.log().preview);
    const second = await openStream(site, `/events?runs=${writer.run}@${writer.cursor}`);
    await second.until("both", () => second.logs.get(writer.run)?.progress && second.log(writer.run).preview);
    assert.equal(second.log(writer.run).progress.message, "half");
    assert.equal(second.log(writer.run).preview.line, 2);
    first.cut();
    second.cut();
});

test("wait answers when the run ends, with its row", async () => {
    const writer = new Writer(db, redis, await makeRun(db, instance));
    const waiting = site.get(`/api/v1/runs/${writer.run}/wait`);
    await sleep(200);
    await writer.finish();
    const { status, json, headers } = await waiting;
    assert.equal(status, 200);
    assert.match(headers.get("content-type"), /^application\/json/);
    assert.equal(json.id, writer.run);
    assert.equal(json.status, "completed");
    assert.equal(json.cursor, writer.cursor);
    assert.deepEqual(json.configuration, {});
    const members = [
        "id", "instance_id", "number", "status", "reason", "error", "exit_code", "signal", "priority", "time_limit_s", "cancel_requested_at",
        "created_at", "started_at", "finished_at", "cursor", "lines", "records", "configuration",
    ];
    assert.deepEqual(members.filter((name) => !(name in json)), []);
    assert.equal((await site.get(`/api/v1/runs/${writer.run}/wait`)).json.status, "completed");
});

test("wait answers the current row when the time is over", async () => {
    const run = await makeRun(db, instance);
    assert.equal((await site.get(`/api/v1/runs/${run}/wait?timeout_s=0`)).json.status, "running");
    const begin = Date.now();
    assert.equal((await site.get(`/api/v1/runs/${run}/wait?timeout_s=1`)).json.status, "running");
    assert.ok(Date.now() - begin >= 950);
    for (const bad of ["-1", "301", "x", "1.5", "+1"]) {
        const answer = await site.get(`/api/v1/runs/${run}/wait?timeout_s=${bad}`);
        assert.equal(answer.status, 400, bad);
        assert.equal(answer.json.field, "timeout_s");
    }
});

test("who waits for a run that is deleted is told so", async () => {
    const run = await makeRun(db, instance, false);
    const waits = async () => Number(/^athanor_events_waits (\d+)$/m.exec((await site.get("/events/metrics")).text)[1]);
    const before = await waits();
    const waiting = site.get(`/api/v1/runs/${run}/wait?timeout_s=60`);
    await until("it is waited for", async () => (await waits()) > before);
    await db.query(`DELETE FROM runs WHERE id = ${run}`);
    const { status, json } = await waiting;
    assert.deepEqual([status, json.detail], [404, "the run was deleted"]);
});

test("who hangs up while waiting is noticed", async () => {
    const run = await makeRun(db, instance);
    const metric = async (name) => Number(new RegExp(`^athanor_events_${name} (\\d+)$`, "m").exec((await site.get("/events/metrics")).text)[1]);
    const before = await metric("waits");
    const abort = new AbortController();
    const waiting = site.fetch(`/api/v1/runs/${run}/wait?timeout_s=300`, { signal: abort.signal }).catch(() => {});
    await until("it waits", async () => (await metric("waits")) === before + 1);
    abort.abort();
    await waiting;
    await until("it is gone", async () => (await metric("waits")) === before);
});

test("a viewer that vanishes without a word is asked after within a minute", async () => {
    const run = await makeRun(db, instance);
    const socket = connect(site.port, "127.0.0.1");
    socket.write(`GET /runs/${run}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${site.token}\r\n\r\n`);
    await new Promise((resolve) => socket.once("data", resolve));
    // Kernel's table of connections: local and remote address, state, queues, and which timer runs for how many 1/100 s (2: keepalive).
    const hex = (port) => `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
    const ends = `: ${hex(site.port)} ${hex(socket.localPort)} 01 `;
    const timer = () => {
        const row = readFileSync("/proc/net/tcp", "utf8").split("\n").find((text) => text.includes(ends));
        const [kind, left] = row.slice(row.indexOf(ends) + ends.length).split(" ")[1].split(":");
        return kind === "02" && parseInt(left, 16);
    };
    assert.ok((await until("it is watched", timer, 10)) <= 6100);
    socket.destroy();
});

test("the relay's figures are for administrators", async () => {
    const token = await newToken(db, "read");
    const answer = await site.get("/events/metrics");
    assert.equal(answer.status, 200);
    assert.match(answer.text, /^athanor_events_frame_bytes_limit 268435456$/m);
    await refused("/events/metrics", 403, { token });
    await refused("/events/metrics", 401, { token: null });
});

test("a ping with the server's clock comes every 15 s", async () => {
    await idle.until("a ping", () => idle.events.some((e) => e.type === "ping"), 45);
    const { data } = idle.events.find((e) => e.type === "ping");
    assert.ok(data.now > opened - 60_000 && data.now < Date.now() + 60_000);
    assert.deepEqual(Object.keys(data), ["now"]);
    idle.cut();
});
