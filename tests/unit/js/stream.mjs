// The stream's client side: frames from bytes, waiting times, and the hub that many pages share.

import test from "node:test";
import assert from "node:assert/strict";

import { backoffMs } from "../../../static/js/stream/backoff.js";
import { Hub } from "../../../static/js/stream/hub.js";
import { FrameParser } from "../../../static/js/stream/parser.js";

test("frames are the same however their text is divided", () => {
    const text = 'retry: 2000\n\n: hello\n\nevent: logs\nid: 7@1.2\ndata: {"a":1}\n\ndata: one\r\ndata:two\r\n\r\nid: 3\n\nevent: x\ndata\n\n';
    const wanted = [
        { event: "logs", id: "7@1.2", data: '{"a":1}' },
        { event: "message", id: null, data: "one\ntwo" },
        { event: "x", id: null, data: "" },
    ];
    for (let size = 1; size <= text.length; size++) {
        const frames = [];
        const parser = new FrameParser((frame) => frames.push(frame));
        for (let at = 0; at < text.length; at += size) parser.feed(text.slice(at, at + size));
        assert.deepEqual(frames, wanted, `pieces of ${size}`);
    }
});

test("the waiting time doubles up to 15 s, less up to a half by chance", () => {
    const full = [500, 1000, 2000, 4000, 8000, 15000, 15000];
    assert.deepEqual(full.map((_, i) => backoffMs(i + 1, () => 0)), full);
    assert.equal(backoffMs(1, () => 0.999999), 250);
    assert.ok(Array.from({ length: 50 }, () => backoffMs(3)).every((ms) => ms >= 1000 && ms <= 2000));
});

/** A server of streams: `say` sends a frame into the open one. */
function fakeServer(t) {
    const server = { asked: [], status: 200, controller: null, held: null };
    const encoder = new TextEncoder();
    t.mock.method(globalThis, "fetch", async (address, { signal }) => {
        server.asked.push(address);
        await server.held;
        if (signal.aborted) throw new Error("aborted");
        if (server.status !== 200) return new Response("", { status: server.status });
        const body = new ReadableStream({
            start(controller) {
                server.controller = controller;
                signal.addEventListener("abort", () => {
                    try {
                        controller.error(new Error("aborted"));
                    } catch {
                        // It has been closed before.
                    }
                });
            },
        });
        queueMicrotask(() => server.say("reset", "{}"));
        return new Response(body, { status: 200 });
    });
    server.say = (event, data, id) => server.controller.enqueue(encoder.encode(`event: ${event}\n${id ? `id: ${id}\n` : ""}data: ${data}\n\n`));
    return server;
}

/** A page: keeps what it is sent, and acknowledges if `acks`. */
function fakePage(t, hub, acks = true) {
    const { port1, port2 } = new MessageChannel();
    const page = { messages: [], acks, post: (message) => port2.postMessage(message) };
    port2.on("message", (message) => {
        page.messages.push(message);
        if (message.type === "frame" && page.acks) port2.postMessage({ type: "ack", seq: message.seq });
    });
    page.of = (type) => page.messages.filter((message) => message.type === type);
    hub.attach(port1);
    t.after(() => port2.close());
    return page;
}

function makeHub(t) {
    const hub = new Hub();
    t.after(() => {
        hub.source.close();
        clearTimeout(hub.planTimer);
        clearInterval(hub.sweeper);
    });
    return hub;
}

async function until(fn, what) {
    for (let i = 0; i < 2000; i++) {
        if (fn()) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.fail(`not within 20 s: ${what}`);
}

/** The page has been told of a loss, and that it is over. The server is asked before the page hears of the loss. */
const isLiveAgain = (page) => page.of("state").at(-1)?.state === "live" && page.of("state").at(-1).again;

test("pages share one stream of the union of their runs", async (t) => {
    const server = fakeServer(t);
    const hub = makeHub(t);
    const [a, b] = [fakePage(t, hub), fakePage(t, hub)];
    a.post({ type: "watch", run: 7, cursor: "10.2" });
    b.post({ type: "watch", run: 9, cursor: "0.0" });
    await until(() => server.asked.at(-1) === "/events?runs=7@10.2,9@0.0" && a.of("state").at(-1)?.state === "live", "the union is followed");
    server.say("logs", '{"run":7,"first":11,"lines":[[1,1,"x"]]}', "7@11.2,9@0.0");
    server.say("run", '{"id":3,"status":"running"}');
    await until(() => a.of("frame").some((f) => f.event === "logs") && b.of("frame").some((f) => f.event === "run"), "frames arrive");
    assert.ok(!b.of("frame").some((f) => f.event === "logs"), "a run's frames go to the pages that show it");
    // A third page makes a new connection, from where the others stand, which is no loss.
    const c = fakePage(t, hub);
    c.post({ type: "watch", run: 4, cursor: "5.5" });
    await until(() => server.asked.at(-1) === "/events?runs=7@11.2,9@0.0,4@5.5", "the new union is followed");
    await until(() => c.of("state").at(-1)?.state === "live", "live again");
    assert.equal(a.of("state").at(-1).again, false);
});

test("after a loss the hub asks from the end, and says so", async (t) => {
    const server = fakeServer(t);
    const hub = makeHub(t);
    const page = fakePage(t, hub);
    page.post({ type: "watch", run: 7, cursor: "10.2" });
    await until(() => page.of("state").at(-1)?.state === "live" && server.asked.at(-1).includes("7@"), "live");
    server.controller.close();
    await until(() => page.of("state").some((s) => s.state === "reconnecting" && s.attempt === 1), "reconnecting");
    await until(() => isLiveAgain(page), "live again");
    assert.match(server.asked.at(-1), /^\/events\?runs=7@9223372036854775807\.9223372036854775807$/);
});

test("it tries again and again, and counts", async (t) => {
    const server = fakeServer(t);
    t.mock.method(Math, "random", () => 1);
    const page = fakePage(t, makeHub(t));
    await until(() => page.of("state").at(-1)?.state === "live", "live");
    server.status = 502;
    server.controller.close();
    await until(() => page.of("state").some((s) => s.attempt === 3), "the third attempt");
    page.post({ type: "wake" });
    server.status = 200;
    await until(() => isLiveAgain(page), "live again");
    const attempts = page.of("state").filter((s) => s.state === "reconnecting").map((s) => s.attempt);
    assert.deepEqual(attempts.slice(0, 3), [1, 2, 3]);
});

test("hope that comes while an attempt is under way is not lost with it", async (t) => {
    const server = fakeServer(t);
    t.mock.method(Math, "random", () => 0);
    const hub = makeHub(t);
    const page = fakePage(t, hub);
    await until(() => page.of("state").at(-1)?.state === "live", "live");
    let release = () => {};
    server.held = new Promise((resolve) => (release = () => resolve(null)));
    server.status = 502;
    server.controller.close();
    await until(() => server.asked.length === 2, "an attempt is under way");
    hub.source.attempt = 9; // the next one would be 15 s away
    const begun = performance.now();
    hub.source.wake();
    release();
    await until(() => server.asked.length === 3, "the next attempt");
    assert.ok(performance.now() - begun < 10_000, "it does not wait");
});

test("signed out is the end of trying", async (t) => {
    const server = fakeServer(t);
    server.status = 401;
    const page = fakePage(t, makeHub(t));
    await until(() => page.of("state").at(-1)?.state === "denied", "denied");
    const { length } = server.asked;
    await new Promise((resolve) => setTimeout(resolve, 800));
    assert.equal(server.asked.length, length);
});

test("a page that does not acknowledge is sent nothing more until it does", async (t) => {
    const server = fakeServer(t);
    const hub = makeHub(t);
    const page = fakePage(t, hub, false);
    page.post({ type: "watch", run: 7, cursor: "0.0" });
    await until(() => page.of("state").at(-1)?.state === "live" && server.asked.at(-1).includes("7@"), "live");
    for (let n = 1; n <= 500; n++) server.say("logs", `{"run":7,"first":${n},"lines":[[1,1,"x"]]}`, `7@${n}.0`);
    await until(() => hub.cursors.get(7) === "500.0", "the cursor is kept");
    await until(() => page.of("frame").length === 200, "some arrive");
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(page.of("frame").length, 200);
    page.acks = true;
    page.post({ type: "ack", seq: page.of("frame").at(-1).seq });
    await until(() => page.of("resume").length === 1, "told to read by number");
    server.say("logs", '{"run":7,"first":501,"lines":[[1,1,"x"]]}', "7@501.0");
    await until(() => page.of("frame").at(-1).data.includes('"first":501'), "live again");
});

test("a run that has closed is followed no more, and its end reconnects nobody", async (t) => {
    const server = fakeServer(t);
    const hub = makeHub(t);
    const page = fakePage(t, hub);
    page.post({ type: "watch", run: 7, cursor: "0.0" });
    await until(() => page.of("state").at(-1)?.state === "live" && server.asked.at(-1).includes("7@"), "live");
    const { length } = server.asked;
    server.say("closed", '{"run":7,"status":"completed"}', "7@3.3");
    await until(() => page.of("frame").some((f) => f.event === "closed"), "closed arrives");
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(server.asked.length, length);
    assert.equal(hub.cursors.size, 0);
});

/** Lets the wall clock run ahead, as it does while a computer sleeps. */
function sleepFor(t, ms) {
    const now = Date.now;
    t.mock.method(Date, "now", () => now() + ms);
}

test("no frame for 45 s counts as disconnected", async (t) => {
    const server = fakeServer(t);
    const hub = makeHub(t);
    const page = fakePage(t, hub);
    await until(() => page.of("state").at(-1)?.state === "live", "live");
    const { source } = hub;
    const now = Date.now();
    const clock = t.mock.method(Date, "now", () => now);
    source.heardAt = now - 45_000;
    source.tick();
    assert.equal(source.state.state, "live");
    source.heardAt -= 1;
    source.tick();
    assert.equal(source.state.state, "reconnecting");
    clock.mock.restore();
    await until(() => isLiveAgain(page), "live again");
    assert.equal(server.asked.length, 2);
});

test("after a sleep it does not wait for a dead connection", async (t) => {
    const server = fakeServer(t);
    const page = fakePage(t, makeHub(t));
    await until(() => page.of("state").at(-1)?.state === "live", "live");
    t.mock.method(Math, "random", () => 0);
    sleepFor(t, 3_600_000);
    await until(() => isLiveAgain(page), "live again");
    assert.equal(server.asked.length, 2);
    assert.deepEqual(page.of("state").slice(-2).map(({ state, again }) => [state, again]), [["reconnecting", false], ["live", true]]);
});

test("a page that is looked at does not wait for a silent connection, but trusts one that speaks", async (t) => {
    const server = fakeServer(t);
    const hub = makeHub(t);
    const page = fakePage(t, hub);
    await until(() => page.of("state").at(-1)?.state === "live", "live");
    page.post({ type: "wake" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(server.asked.length, 1);
    hub.source.heardAt -= 21_000;
    page.post({ type: "wake" });
    await until(() => isLiveAgain(page), "live again");
    assert.equal(server.asked.length, 2);
});

test("a page that comes after a loss has missed nothing", async (t) => {
    const server = fakeServer(t);
    const hub = makeHub(t);
    const first = fakePage(t, hub);
    await until(() => first.of("state").at(-1)?.state === "live", "live");
    server.controller.close();
    await until(() => first.of("state").at(-1).again, "live again");
    const second = fakePage(t, hub);
    await until(() => second.of("state").length > 0, "told the state");
    assert.deepEqual([second.of("state")[0].state, second.of("state")[0].again], ["live", false]);
});

test("after a loss nothing of it is asked for, even when another page comes", async (t) => {
    const server = fakeServer(t);
    const hub = makeHub(t);
    const first = fakePage(t, hub);
    first.post({ type: "watch", run: 7, cursor: "10.2" });
    await until(() => first.of("state").at(-1)?.state === "live" && server.asked.at(-1).includes("7@"), "live");
    server.controller.close();
    await until(() => first.of("state").at(-1).again, "live again");
    fakePage(t, hub).post({ type: "watch", run: 9, cursor: "0.0" });
    await until(() => server.asked.at(-1).endsWith(",9@0.0"), "the new union is followed");
    assert.match(server.asked.at(-1), /runs=7@9223372036854775807\.9223372036854775807,9@0\.0$/);
});

test("a run that is watched while an attempt is under way is followed, too", async (t) => {
    const server = fakeServer(t);
    const hub = makeHub(t);
    const page = fakePage(t, hub);
    page.post({ type: "watch", run: 7, cursor: "10.2" });
    await until(() => page.of("state").at(-1)?.state === "live" && server.asked.at(-1).includes("7@"), "live");
    let release = () => {};
    server.held = new Promise((resolve) => (release = resolve));
    const { length } = server.asked;
    server.controller.close();
    await until(() => server.asked.length > length, "an attempt waits for its answer");
    page.post({ type: "watch", run: 9, cursor: "0.0" });
    await until(() => hub.following.includes("9"), "the other run is planned for");
    release();
    await until(() => isLiveAgain(page), "live again");
    assert.match(server.asked.at(-1), /7@\d+\.\d+,9@\d+\.\d+$/);
});

test("a run that is gone does not keep the others from being followed", async (t) => {
    const server = fakeServer(t);
    const page = fakePage(t, makeHub(t));
    server.status = 404;
    page.post({ type: "watch", run: 7, cursor: "0.0" });
    await until(() => page.of("state").at(-1)?.state === "reconnecting", "refused");
    server.status = 200;
    await until(() => page.of("state").at(-1).state === "live", "live");
    assert.match(server.asked.at(-1), /7@9223372036854775807/);
});

test("a page that has slept is told that it was away, and followed again from the end", async (t) => {
    const server = fakeServer(t);
    const hub = makeHub(t);
    const [sleeper, other] = [fakePage(t, hub, false), fakePage(t, hub)];
    sleeper.post({ type: "watch", run: 7, cursor: "0.0" });
    other.post({ type: "watch", run: 9, cursor: "0.0" });
    await until(() => other.of("state").at(-1)?.state === "live" && server.asked.at(-1).includes("9@"), "live");
    server.say("ping", '{"now":1}');
    await until(() => sleeper.of("frame").some((f) => f.event === "ping"), "a frame is not acknowledged");
    await until(() => [...hub.pages].filter((page) => page.sizes.length > 0).length === 1, "the other one's are");
    for (const page of hub.pages) page.heardAt -= 121_000;
    hub.sweep();
    await until(() => server.asked.at(-1) === "/events?runs=9@0.0", "its run is left out");
    sleeper.post({ type: "ack", seq: sleeper.of("frame").at(-1).seq });
    await until(() => sleeper.of("resume").length === 1, "told");
    assert.equal(sleeper.of("resume")[0].away, true);
    await until(() => /^.events.runs=9@0\.0,7@9223372036854775807/.test(server.asked.at(-1)), "followed again");
});

test("the 33rd run finds the stream full", async (t) => {
    fakeServer(t);
    const page = fakePage(t, makeHub(t));
    for (let run = 1; run <= 33; run++) page.post({ type: "watch", run, cursor: "0.0" });
    await until(() => page.of("full").length > 0, "full");
    assert.equal(page.of("full").length, 1);
});

test("a page that comes later is told the latest progress, and nothing of it when the run has closed", async (t) => {
    const server = fakeServer(t);
    const hub = makeHub(t);
    const first = fakePage(t, hub);
    first.post({ type: "watch", run: 7, cursor: "0.0" });
    await until(() => first.of("state").at(-1)?.state === "live" && server.asked.at(-1).includes("7@"), "live");
    for (const n of [1, 2]) server.say("progress", `{"run":7,"current":${n}}`);
    await until(() => first.of("frame").some((f) => f.data.includes('"current":2')), "progress");
    const second = fakePage(t, hub);
    second.post({ type: "watch", run: 7, cursor: "0.0" });
    await until(() => second.of("frame").length > 0, "told");
    assert.deepEqual(second.of("frame").map(({ event, run, data }) => [event, run, data]), [["progress", 7, '{"run":7,"current":2}']]);
    server.say("closed", '{"run":7,"status":"completed"}', "7@3.3");
    await until(() => second.of("frame").some((f) => f.event === "closed"), "closed");
    assert.equal(hub.latest.size, 0);
});

test("a crowd of endings leaves nothing behind in the hub", async (t) => {
    const server = fakeServer(t);
    const hub = makeHub(t);
    const page = fakePage(t, hub);
    page.post({ type: "watch", run: 1, cursor: "0.0" });
    await until(() => page.of("state").at(-1)?.state === "live" && server.asked.at(-1).includes("1@"), "live");
    const [known] = hub.pages;
    for (let id = 2; id < 5000; id++) {
        server.say("run", `{"id":${id},"status":"completed"}`);
        if (id % 150 === 0) await until(() => page.of("frame").at(-1)?.data.includes(`"id":${id},`) && known.sizes.length === 0, `ending ${id}`);
    }
    await until(() => page.of("frame").at(-1).data.includes('"id":4999,') && known.sizes.length === 0, "all are acknowledged");
    assert.deepEqual([hub.cursors.size, known.runs.size, known.ahead, hub.pages.size], [1, 1, 0, 1]);
});
