// What nginx itself decides: caching, headers, limits, its own errors, and which pool serves what.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import http from "node:http";
import { connect } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { addRun } from "../lib/rows.mjs";
import { root, startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner"] });
const hash = readFileSync(join(root, "build/static/manifest"), "utf8").trim();
const style = `/static/${hash}/css/app.css`;

/** The answer as it is on the wire. */
function raw(path, headers = {}) {
    return new Promise((resolve, reject) => {
        http.get(site.url + path, { headers, agent: false }, (response) => {
            const parts = [];
            response.on("data", (data) => parts.push(data));
            response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
        }).on("error", reject);
    });
}

test("static files are kept for good and sent compressed", async () => {
    const plain = await raw(style);
    assert.equal(plain.status, 200);
    assert.equal(plain.headers["cache-control"], "public, max-age=31536000, immutable");
    const packed = await raw(style, { "accept-encoding": "gzip" });
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.match(packed.headers.vary, /Accept-Encoding/i);
    assert.deepEqual(gunzipSync(packed.body), plain.body);
    assert.equal((await raw("/static/manifest")).headers["cache-control"], "no-cache");
    assert.equal((await raw("/static/none.css")).status, 404);
    assert.equal((await raw("/static/../athanor.ini")).status, 404);
});

test("every answer tells browsers what they may do", async () => {
    for (const path of [style, "/login", "/healthz", "/api/v1/runs", "/nothing/here", "/static/none"]) {
        const { headers } = await raw(path);
        assert.match(headers["content-security-policy"] ?? "", /default-src 'self'.*frame-ancestors 'none'/, path);
        assert.equal(headers["x-content-type-options"], "nosniff", path);
        assert.equal(headers["referrer-policy"], "same-origin", path);
        assert.equal(headers.server, "nginx", path);
    }
});

test("too large a body is refused, as JSON under /api and as a page elsewhere", async () => {
    const large = "x".repeat(16 * 1024 * 1024 + 1);
    const api = await site.post("/api/v1/instances", large, { headers: { "content-type": "application/json" } });
    assert.equal(api.status, 413);
    assert.equal(api.headers.get("content-type"), "application/problem+json");
    assert.equal(api.json.status, 413);
    const page = await site.post("/experiments/new", large, { headers: { "content-type": "application/x-www-form-urlencoded" } });
    assert.equal(page.status, 413);
    assert.match(page.headers.get("content-type"), /^text\/html/);
    assert.match(page.text, /16 MiB/);
});

/** What comes back for bytes that no client library would send. */
function bytes(text) {
    return new Promise((resolve, reject) => {
        let answer = "";
        const socket = connect(site.port, "127.0.0.1", () => socket.write(text));
        socket.setEncoding("utf8").setTimeout(20_000, () => socket.destroy(new Error("no answer")));
        socket.on("data", (data) => (answer += data)).on("error", reject);
        socket.on("close", () => {
            const [head, body] = answer.split("\r\n\r\n");
            const [first, ...lines] = head.split("\r\n");
            const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(": ")));
            resolve({ status: Number(first.split(" ")[1]), headers, body });
        });
    });
}
const line = (method, path, more = "") => bytes(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}\r\n`);

for (const [what, status, ask] of [
    ["U+0000 in an address", 400, (path) => line("GET", `${path}%00`)],
    ["a broken escape", 400, (path) => line("GET", `${path}%zz`)],
    ["an address without a host", 400, (path) => bytes(`GET ${path} HTTP/1.1\r\n\r\n`)],
    ["too long a header", 431, (path) => line("GET", path, `X-Long: ${"y".repeat(20000)}\r\n`)],
    ["too long an address", 414, (path) => line("GET", `${path}?x=${"y".repeat(20000)}`)],
    ["a method that nobody serves", 405, (path) => line("TRACE", path)],
]) {
    test(`${what} is refused in the form of its address`, async () => {
        for (const path of ["/api/v1/runs/1", "/api/v1/runs/1/wait", "/events", "/runs/1/events"]) {
            const answer = await ask(path);
            assert.equal(answer.status, status, path);
            assert.equal(answer.headers["content-type"], "application/problem+json", path);
            const problem = JSON.parse(answer.body);
            assert.equal(problem.status, status);
            assert.ok(problem.title && problem.detail);
        }
        const page = await ask("/runs/1");
        assert.equal(page.status, status);
        assert.match(page.headers["content-type"], /^text\/html/);
        assert.match(page.body, new RegExp(`<h1>${status} \\w`));
        assert.match(page.headers["content-security-policy"], /default-src/);
        if (status === 405) assert.equal(page.headers.allow, "get, head, post, put, patch, delete");
    });
}

test("a body on an address that takes none is refused as JSON", async () => {
    for (const path of ["/api/v1/runs/1/wait", "/events", "/runs/1/events"]) {
        const answer = await site.read(path, { method: "POST", body: "x".repeat(2000) });
        assert.equal(answer.status, 413, path);
        assert.equal(answer.headers.get("content-type"), "application/problem+json");
        assert.equal(answer.json.status, 413);
    }
});

test("a page is compressed, a stream is not", async () => {
    const page = await raw("/login", { "accept-encoding": "gzip" });
    assert.equal(page.headers["content-encoding"], "gzip");
    const events = await new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${site.token}`, "accept-encoding": "gzip", accept: "text/event-stream" };
        const request = http.get(`${site.url}/events?runs=`, { headers, agent: false }, (response) => {
            response.once("data", () => {
                request.destroy();
                resolve(response);
            });
        });
        request.on("error", reject);
    });
    assert.equal(events.statusCode, 200);
    assert.equal(events.headers["content-encoding"], undefined);
    assert.equal(events.headers["x-accel-buffering"], "no");
    assert.equal(events.headers["cache-control"], "no-store");
});

test("slow work goes to its own pool", async () => {
    await site.stopProgram("pages-bulk");
    try {
        assert.equal((await site.get("/api/v1/runs/1/logs")).status, 404, "reading a log is quick");
        for (const path of ["/api/v1/runs/1/log.txt", "/api/v1/runs/1/log.txt/", "/api/v1/runs/1/logs?q=x"]) {
            const late = new AbortController();
            const timer = setTimeout(() => late.abort(), 300);
            await assert.rejects(site.get(path, { signal: late.signal }), { name: "AbortError" }, `${path} waits for the bulk pool`);
            clearTimeout(timer);
        }
    } finally {
        await site.startProgram("pages-bulk");
    }
    assert.equal((await site.get("/api/v1/runs/1/log.txt")).status, 404);
});

test("a slash at the end of an address means nothing", async () => {
    const run = await addRun(site, "completed");
    for (const path of ["/healthz", "/metrics", "/runs", `/api/v1/runs/${run}`, `/api/v1/runs/${run}/wait`, `/api/v1/runs/${run}/log.txt`])
        for (const end of ["", "/"]) assert.equal((await site.get(path + end)).status, 200, path + end);
    for (const path of ["/events", `/runs/${run}/events`])
        for (const end of ["", "/"]) {
            const { status, headers, body } = await site.fetch(path + end);
            assert.deepEqual([status, headers.get("content-type")], [200, "text/event-stream"], path + end);
            await body.cancel();
        }
    for (const path of ["/mcp", "/mcp/"]) {
        const call = (body) => site.post(path, body, { headers: { accept: "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25" } });
        const { status, json } = await call({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "wait_for_run", arguments: { run_id: run, timeout_s: 1 } } });
        assert.deepEqual([status, json?.result?.structuredContent?.id], [200, run], path);
        for (const answer of [await site.post(path, {}, { token: null }), await call("x".repeat(5 << 20))]) {
            assert.ok([401, 413].includes(answer.status), `${path}: ${answer.status}`);
            assert.match(answer.headers.get("content-type"), /json/, path);
        }
    }
    assert.equal((await site.delete(`/api/v1/runs/${run}/`)).status, 204);
});

test("while the relay cannot be reached, every kind of client is told in its way", async () => {
    // A relay that dies while it holds a request: the pending connect is reset.
    const pid = await site.pid("events");
    const answers = (accept, path) => fetch(site.url + path, { headers: { accept, authorization: `Bearer ${site.token}` } });
    process.kill(pid, "SIGSTOP");
    const native = answers("text/event-stream", "/events?runs=");
    const json = answers("application/json", "/api/v1/runs/1/wait");
    await new Promise((resolve) => setTimeout(resolve, 300));
    // Its accepted connections end with it, those in the backlog wait for the next one; so it has to accept first.
    process.kill(pid, "SIGCONT");
    process.kill(pid, "SIGKILL");
    for (const [kind, promise] of Object.entries({ native, json })) {
        const answer = await promise;
        if (kind === "native") {
            assert.equal(answer.status, 200);
            assert.match(answer.headers.get("content-type"), /^text\/event-stream/);
            if (answer.headers.get("x-athanor-unavailable")) assert.match(await answer.text(), /^retry: \d+\n\n$/);
            else await answer.body.cancel();
        } else {
            assert.ok([404, 503].includes(answer.status));
            assert.equal(answer.headers.get("content-type"), "application/problem+json");
        }
    }
    await site.waitForRestart("events", pid);
});

test("an answer of nginx's own for a stream is one that a native EventSource survives", async (t) => {
    const broken = await startStack(t, { without: ["runner", "events"] });
    const native = await fetch(`${broken.url}/runs/1/events`, { headers: { accept: "text/event-stream" } });
    assert.equal(native.status, 200);
    assert.match(native.headers.get("content-type"), /^text\/event-stream/);
    assert.equal(native.headers.get("x-athanor-unavailable"), "502", "who can read headers sees the truth");
    assert.match(await native.text(), /^retry: (1000|1500|2000|2500|3000)\n\n$/);
    const wait = await fetch(`${broken.url}/api/v1/runs/1/wait`, { headers: { accept: "application/json" } });
    assert.equal(wait.status, 503);
    assert.equal(wait.headers.get("content-type"), "application/problem+json");
    assert.equal((await wait.json()).status, 503);
    assert.equal(wait.headers.get("retry-after"), "2");
});

test("too many requests of one kind by one caller are refused for a while, and nobody else's", async () => {
    const make = (token) => site.post("/api/v1/tokens", { name: "one of many", scope: "read", nonsense: 1 }, { token });
    const answers = await Promise.all(Array.from({ length: 100 }, () => make(site.token)));
    const refused = answers.filter((one) => one.status === 429);
    assert.ok(refused.length > 20 && refused.length < 50, `${refused.length} of 100 were refused`);
    assert.ok(answers.every((one) => [422, 429].includes(one.status)));
    for (const { headers, json } of refused) {
        assert.equal(headers.get("content-type"), "application/problem+json");
        assert.equal(headers.get("retry-after"), "1");
        assert.equal(json.title, "Too Many Requests");
        assert.match(json.detail, /wait/);
    }
    const dressed = await Promise.all(Array.from({ length: 100 }, (_, i) => site.post(`/api/v1/tokens${i % 2 ? "/" : ""}`, { nonsense: 1 },
        { token: null, headers: { authorization: `bearer   ${site.token}`, cookie: `athanor_session=${i}` } })));
    assert.ok(dressed.filter((one) => one.status === 429).length > 60, "however it is written");
    assert.equal((await site.get("/api/v1/tokens")).status, 200, "reading goes on");
    assert.equal((await site.post("/api/v1/tokens", {}, { cookie: await site.login() })).status, 422, "others are not kept waiting");
    const logins = await Promise.all(Array.from({ length: 200 }, (_, i) => site.form(i % 2 ? "/login" : "/login/", { token: `guess ${i}` }, { token: null })));
    const late = logins.filter((one) => one.status === 429);
    assert.ok(late.length > 30, `${late.length} of 200 logins were refused`);
    assert.match(late[0].headers.get("content-type"), /^text\/html/);
    assert.equal(late[0].headers.get("retry-after"), "1");
});

test("errors below /api are problem+json, whoever makes them", async () => {
    const all = [
        ["GET", "/api/v1", 404], ["GET", "/api/v1/", 404], ["GET", "/api/v1/none", 404], ["GET", "/api/v2/runs", 404],
        ["GET", "/api/v1/runs/%zz", 400], ["GET", `/api/v1/runs?q=${"x".repeat(17_000)}`, 414], ["DELETE", "/api/v1/runs", 405], ["PATCH", "/api/v1/runs/1", 405],
        ["BREW", "/api/v1/runs", 405], ["OPTIONS", "/api/v1/runs", 405], ["PUT", "/api/v1/runs/1/wait", 405], ["POST", "/api/v1/openapi.json", 405],
        ["GET", "/api/v1/runs/9/records/x", 404], ["GET", "/api/v1/experiments/none/schema.json", 404],
    ];
    for (const [method, path, status] of all) {
        const answer = await site.read(path, { method });
        const what = `${method} ${path.slice(0, 60)}`;
        assert.equal(answer.status, status, what);
        assert.match(answer.headers.get("content-type"), /^application\/problem\+json/, what);
        assert.equal(answer.json.status, status, what);
        if (status === 405) assert.ok(answer.headers.get("allow"), what);
    }
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"]) {
        const answer = await site.post("/api/v1/instances", "{}", { headers: { "content-type": type } });
        assert.equal(answer.status, 415);
        assert.match(answer.headers.get("content-type"), /^application\/problem\+json/);
    }
});
