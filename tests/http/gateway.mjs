// The program behind the pages: peers that stall or break off, workers that die, a database that is away, plain CGI.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";

import { open, record, request } from "../lib/fcgi.mjs";
import * as fcgi from "../lib/fcgi.mjs";
import { addRun } from "../lib/rows.mjs";
import { root, startStack } from "../lib/stack.mjs";
import { until, within } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner", "events"] });
const quick = join(site.state, "run", "pages-quick.sock");
const healthz = { REQUEST_URI: "/healthz" };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function workersOf(pid) {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((child) => {
        try {
            return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${child}/stat`, "utf8"))[1]) === pid;
        } catch {
            return false;
        }
    });
}

/** A run with 50 MB of log. */
async function runOfALongLog() {
    const run = await addRun(site);
    await site.sql(`INSERT INTO log_chunks
        SELECT $1, c * 100 + 1, c * 100 + 100, c * 10000, c * 10000 + 10000, 0, 100, 0, 0,
               '{"first":' || c * 100 + 1 || ',"lines":[' || (SELECT string_agg('[1,1,"' || repeat('x', 99) || '"]', E',\t') FROM generate_series(1, 100)) || ']}'
        FROM generate_series(0, 4999) c`, run);
    await site.sql("UPDATE run_heads SET lines = 500000, bytes = 50000000, infos = 500000 WHERE run_id = $1", run);
    return run;
}
const run = await runOfALongLog();
const bulk = join(site.state, "run", "pages-bulk.sock");
const params = { REQUEST_URI: `/api/v1/runs/${run}/log.txt`, HTTP_AUTHORIZATION: `Bearer ${site.token}` };

/** Stops the workers of a pool for a moment, and again. */
async function pause(pool) {
    const workers = workersOf(await site.pid(pool));
    for (let i = 0; i < 4; i++) {
        for (const worker of workers) process.kill(worker, "SIGSTOP");
        await sleep(30);
        for (const worker of workers) process.kill(worker, "SIGCONT");
        await sleep(30);
    }
}

test("a whole request is answered, however it is cut", async () => {
    const bytes = Buffer.concat(request(healthz));
    for (const sizes of [[bytes.length], [1, 7, 8, 20, bytes.length], [30, bytes.length - 1, bytes.length]]) {
        const peer = open(quick);
        await peer.ready;
        let at = 0;
        for (const size of sizes) {
            peer.socket.write(bytes.subarray(at, size));
            at = size;
            await sleep(30);
        }
        const text = fcgi.output(await within(peer.closed, 30, "an answer"));
        assert.match(text, /^Status: 200 OK\r\n/);
        assert.match(text, /"status":"ok"/);
    }
});

test("peers that say one byte, or half a request, hold nobody up", async () => {
    const whole = Buffer.concat(request(healthz));
    const peers = [];
    for (let i = 0; i < 200; i++) {
        const peer = open(quick);
        await peer.ready;
        peer.socket.write(whole.subarray(0, i % 3 === 0 ? 1 : i % whole.length));
        peers.push(peer);
    }
    for (let i = 0; i < 20; i++) {
        assert.equal((await within(site.get("/healthz"), 10, "an answer, which does not wait for 200 peers")).status, 200);
    }
    await within(Promise.all(peers.map((peer) => peer.closed)), 60, "stalled peers are dropped");
});

test("what is not FastCGI is dropped", async () => {
    for (const bytes of [Buffer.from("GET / HTTP/1.0\r\n\r\n"), Buffer.alloc(100), record(5), Buffer.alloc(100_000, 1)]) {
        const peer = open(quick);
        await peer.ready;
        peer.socket.write(bytes);
        assert.equal((await within(peer.closed, 30, "a close")).length, 0);
    }
    assert.equal((await site.get("/healthz")).status, 200);
});

test("a body that stops in the middle does not hold a worker for long", async () => {
    const parts = request({ REQUEST_METHOD: "POST", REQUEST_URI: "/login", CONTENT_LENGTH: "1000000",
        CONTENT_TYPE: "application/x-www-form-urlencoded" }, Buffer.alloc(200_000, "a"));
    const peer = open(quick);
    await peer.ready;
    peer.socket.write(Buffer.concat(parts.slice(0, -1)));
    assert.equal((await site.get("/healthz")).status, 200);
    const text = fcgi.output(await within(peer.closed, 40, "an answer"));
    assert.match(text, /^Status: 400 /);
});

test("large bodies arrive whole", async () => {
    const answer = await site.form("/login", { token: "x".repeat(900_000), more: "y".repeat(900_000) }, { token: null });
    assert.equal(answer.status, 403);
});

test("workers that die are replaced", async () => {
    const pid = await site.pid("pages-quick");
    const before = workersOf(pid);
    assert.ok(before.length >= 1);
    for (const worker of before) process.kill(worker, "SIGKILL");
    await until("new workers", () => {
        const now = workersOf(pid);
        return now.length === before.length && now.every((one) => !before.includes(one));
    });
    assert.equal((await site.get("/healthz")).status, 200);
    assert.equal(await site.pid("pages-quick"), pid);
});

test("a restart loses no request", async () => {
    let going = true, answered = 0;
    const client = (async () => {
        while (going) {
            assert.equal((await site.get("/healthz")).status, 200);
            answered++;
        }
    })();
    for (let i = 0; i < 3; i++) {
        const before = answered;
        const pid = await site.kill("pages-quick", "SIGTERM");
        await site.waitForRestart("pages-quick", pid);
        await until("requests are answered again", () => answered > before + 3);
    }
    going = false;
    await client;
});

test("without a database pages say so, and recover by themselves", async () => {
    await site.stopProgram("postgres");
    const health = await site.get("/healthz");
    assert.equal(health.status, 503);
    assert.equal(health.json.status, "unavailable");
    const api = await site.get("/api/v1/runs");
    assert.equal(api.status, 503);
    assert.equal(api.headers.get("retry-after"), "2");
    assert.equal(api.json.status, 503);
    const pid = await site.kill("pages-quick", "SIGTERM");
    await site.waitForRestart("pages-quick", pid);
    assert.equal((await site.get("/healthz")).status, 503, "a worker starts without a database too");
    await site.startProgram("postgres");
    await until("the site is healthy", async () => (await site.get("/healthz")).status === 200);
    assert.equal((await site.get("/api/v1/runs")).status, 200);
});

test("a worker that is stopped for a moment reads on", async () => {
    const body = `token=${"a".repeat(400_000)}`;
    const bytes = Buffer.concat(request({ REQUEST_METHOD: "POST", REQUEST_URI: "/login", CONTENT_LENGTH: String(body.length), CONTENT_TYPE: "application/x-www-form-urlencoded" }, Buffer.from(body)));
    const peer = open(quick);
    await peer.ready;
    peer.socket.write(bytes.subarray(0, 200_000));
    await pause("pages-quick");
    peer.socket.write(bytes.subarray(200_000));
    assert.match(fcgi.output(await within(peer.closed, 30, "an answer")), /^Status: 403 /);
});

test("a worker that is stopped for a moment writes on", async () => {
    const peer = open(bulk);
    await peer.ready;
    peer.socket.pause();
    peer.socket.write(Buffer.concat(request(params)));
    await pause("pages-bulk");
    peer.socket.resume();
    const bytes = await within(peer.closed, 60, "an answer");
    assert.ok(bytes.length > 50_000_000, `${bytes.length} bytes`);
});

test("a client that hangs up ends long work", async () => {
    const workers = workersOf(await site.pid("pages-bulk")).length;
    for (let i = 0; i < 2 * workers; i++) {
        const peer = open(bulk);
        await peer.ready;
        peer.socket.write(Buffer.concat(request(params)));
        await until("the answer begins", () => peer.received().length > 1000);
        peer.socket.destroy();
    }
    const search = async () => {
        const start = Date.now();
        assert.equal((await site.get(`/api/v1/runs/${run}/logs?q=nothing`)).status, 200);
        return Date.now() - start;
    };
    const [behind, alone] = [await search(), await search()];
    assert.ok(behind < 15_000 + 2 * alone, `${behind} ms, else ${alone} ms`);
});

test("a head that comes late is not lost, though its worker was busy or has been told to end", async (t) => {
    const site = await startStack(t, { without: ["runner", "events"], env: { ATHANOR_WORKERS: "1" } });
    const quick = join(site.state, "run", "pages-quick.sock");
    const whole = Buffer.concat(request(healthz));
    const half = async () => {
        const peer = open(quick);
        await peer.ready;
        peer.socket.write(whole.subarray(0, 30));
        return peer;
    };
    const first = await half();
    const busy = open(quick);
    await busy.ready;
    busy.socket.write(Buffer.concat(request({ REQUEST_METHOD: "POST", REQUEST_URI: "/login", CONTENT_LENGTH: "1000000" }, Buffer.alloc(200_000, "a")).slice(0, -1)));
    await sleep(100);
    first.socket.write(whole.subarray(30));
    await sleep(6000); // longer than a head may take
    busy.socket.destroy();
    assert.match(fcgi.output(await within(first.closed, 30, "the first answer")), /^Status: 200 /);

    const second = await half();
    assert.equal((await site.get("/healthz")).status, 200, "by now its worker has it");
    const [worker] = workersOf(await site.pid("pages-quick"));
    process.kill(worker, "SIGSTOP");
    const pid = await site.kill("pages-quick", "SIGTERM");
    await until("the worker is told", () => parseInt(/^ShdPnd:\t(\w+)$/m.exec(readFileSync(`/proc/${worker}/status`, "utf8"))[1], 16) & (1 << 14));
    second.socket.write(whole.subarray(30));
    process.kill(worker, "SIGCONT");
    assert.match(fcgi.output(await within(second.closed, 30, "the second answer")), /^Status: 200 /);
    await site.waitForRestart("pages-quick", pid);
});

test("the binary is a plain CGI program too", () => {
    const cgi = (env, input = "") => {
        const run = spawnSync(join(root, "build/bin/athanor-pages"), ["--config", join(site.state, "athanor.ini")], {
            env: { REQUEST_METHOD: "GET", GATEWAY_INTERFACE: "CGI/1.1", ...env }, input, encoding: "utf8", timeout: 30_000 });
        assert.equal(run.status, 0, run.stderr);
        return run.stdout;
    };
    assert.match(cgi({ REQUEST_URI: "/healthz" }), /^Status: 200 OK\r\nContent-Type: application\/json\r\n[^]*\r\n\r\n\{"status":"ok"/);
    const auth = { HTTP_AUTHORIZATION: `Bearer ${site.token}` };
    assert.match(cgi({ PATH_INFO: "/api/v1/runs", QUERY_STRING: "limit=1", ...auth }), /"items":\[\{"id":/);
    assert.match(cgi({ REQUEST_URI: "/experiments" }), /^Status: 303 /);
    const body = '{"experiment":"none","name":"x"}';
    assert.match(cgi({ REQUEST_METHOD: "POST", REQUEST_URI: "/api/v1/instances", CONTENT_TYPE: "application/json",
        CONTENT_LENGTH: String(body.length), ...auth }, body), /^Status: 422 [^]*"field":"experiment"/);
    const bare = spawnSync(join(root, "build/bin/athanor-pages"), [], { env: {}, input: "", encoding: "utf8", timeout: 30_000 });
    assert.equal(bare.status, 64);
    assert.match(bare.stderr, /usage/);
});
