// The Model Context Protocol at /mcp: its messages, by hand and by the official SDKs of both eras.

import assert from "node:assert/strict";
import test, { after } from "node:test";

import { before, connectAgent, current, lacking, meta, post, postCurrent } from "../lib/mcp.mjs";
import { addExperiment } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner"] });
await addExperiment(site, "ising", [{ name: "size", type: "integer", default: 64, min: 8, max: 512, step: 8, required: true }]);
const instance = (await site.post("/api/v1/instances", { experiment: "ising", name: "an instance" })).json.id;

const request = (method, params, id = 1) => ({ jsonrpc: "2.0", id, method, params });
const called = (name, args, id) => request("tools/call", { name, arguments: args }, id);

function assertError(answer, status, code) {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers.get("content-type"), /^application\/json/);
    assert.equal(answer.json.jsonrpc, "2.0");
    assert.equal(answer.json.error.code, code, answer.text);
    assert.ok(answer.json.error.message);
    assert.equal(answer.json.result, undefined);
}

for (const era of /** @type {const} */ (["before", "current"])) {
    test(`the official client of the revision ${era === "current" ? current : before} works`, { skip: lacking(era) }, async (t) => {
        const agent = await connectAgent(t, site, { era });
        assert.equal(agent.client.getServerVersion().name, "athanor");
        assert.match(agent.client.getInstructions(), /list_experiments/);
        assert.deepEqual((await agent.ask("list_experiments")).items.map((one) => one.name), ["ising"]);
        const run = await agent.ask("start_run", { instance_id: instance });
        assert.equal(run.status, "pending");
        assert.equal((await agent.ask("wait_for_run", { run_id: run.id, timeout_s: 1 })).status, "pending");
        assert.match(await agent.refusal("get_run", { run_id: 999 }), /there is no run 999\nNext: call list_runs/);
    });
}

test("a wait ends with the run and holds no worker", async (t) => {
    const agent = await connectAgent(t, site);
    const runs = [];
    for (let i = 0; i < 8; i++) runs.push((await agent.ask("start_run", { instance_id: instance })).id);
    const waits = runs.map((run_id) => agent.ask("wait_for_run", { run_id, timeout_s: 50 }));
    assert.equal((await agent.ask("get_run", { run_id: runs[0] })).status, "pending"); // there are only four workers
    for (const run of runs) await site.post(`/api/v1/runs/${run}/cancel`, {});
    assert.deepEqual((await Promise.all(waits)).map((run) => run.status), runs.map(() => "cancelled"));
    assert.equal((await agent.ask("wait_for_run", { run_id: runs[0] })).status, "cancelled");
});

test("only a token opens it", async () => {
    for (const options of [{ token: null }, { token: "ath_wrong" }, { token: null, cookie: await site.login() }]) {
        const answer = await post(site, request("ping"), { ...options, headers: { origin: site.url } });
        assert.equal(answer.status, 401, answer.text);
        assert.equal(answer.headers.get("www-authenticate"), "Bearer");
    }
});

test("a page of another site is refused, also under a name that it has made point here", async () => {
    for (const origin of ["http://evil.example", "null", `http://localhost.evil.example:${site.port}`, "http://127.0.0.1:1"]) {
        assertError(await post(site, request("ping"), { headers: { origin } }), 403, -32600);
    }
    for (const origin of [site.url, `http://localhost:${site.port}`]) {
        assert.equal((await post(site, request("ping"), { headers: { origin } })).status, 200);
    }
});

test("it is asked with POST alone, in JSON", async () => {
    for (const method of ["GET", "DELETE", "PUT"]) {
        const answer = await site.read("/mcp", { method });
        assert.equal(answer.status, 405);
        assert.equal(answer.headers.get("allow"), "POST");
    }
    assertError(await post(site, request("ping"), { headers: { accept: "text/event-stream" } }), 406, -32600);
    assertError(await post(site, request("ping"), { headers: { "content-type": "text/plain" } }), 415, -32600);
    assert.equal((await post(site, request("ping"), { headers: { accept: "*/*" } })).status, 200);
});

test("what is no message is refused", async () => {
    for (const text of ["", "{", "[1,", "\"\u0000\"", "{\"jsonrpc\":\"2.0\",\"jsonrpc\":\"2.0\"}"]) assertError(await post(site, text), 400, -32700);
    const wrong = [
        [request("ping")], [], 7, "\"text\"", { id: 1, method: "ping" }, { jsonrpc: "1.0", id: 1, method: "ping" }, { jsonrpc: "2.0", id: 1 },
        { jsonrpc: "2.0", id: null, method: "ping" }, { jsonrpc: "2.0", id: 1.5, method: "ping" }, { jsonrpc: "2.0", id: "x".repeat(201), method: "ping" },
        { jsonrpc: "2.0", id: 1, method: 7 }, { jsonrpc: "2.0", id: 1, method: "ping", params: [1] },
    ];
    for (const message of wrong) assertError(await post(site, message), 400, -32600);
    assert.equal((await post(site, wrong[6])).json.id, 1);
    assert.ok(!("id" in (await post(site, wrong[7])).json));
    const large = await post(site, request("ping", { padding: "x".repeat(5 << 20) }));
    assert.equal(large.status, 413);
    assertError(await post(site, request("ping", { many: new Array(100_001).fill(1) })), 413, -32600);
});

test("ids come back as they were, notifications and answers get none", async () => {
    for (const id of ["0", "-1", "9007199254740993", '""', '"täglich \\"\\\\"']) {
        const answer = await post(site, `{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
        assert.equal(answer.text, `{"jsonrpc":"2.0","id":${id},"result":{}}`);
    }
    for (const message of [{ jsonrpc: "2.0", method: "notifications/initialized" }, { jsonrpc: "2.0", method: "anything" }, { jsonrpc: "2.0", id: 1, result: {} }]) {
        const answer = await post(site, message);
        assert.equal(answer.status, 202);
        assert.equal(answer.text, "");
    }
});

test("a handshake settles the revision", async () => {
    const begin = (protocolVersion, headers = { "mcp-protocol-version": "" }) =>
        post(site, request("initialize", { protocolVersion, capabilities: {}, clientInfo: { name: "t", version: "1" } }), { headers });
    for (const [asked, given] of [[before, before], ["2025-06-18", "2025-06-18"], ["2024-11-05", before], [current, before], ["2099-01-01", before]]) {
        const { json } = await begin(asked);
        assert.equal(json.result.protocolVersion, given);
        assert.deepEqual(json.result.capabilities, { tools: {} });
        assert.ok(!("resultType" in json.result));
    }
    assertError(await post(site, request("initialize", {})), 200, -32602);
    assertError(await post(site, request("server/discover", {})), 200, -32601);
    assertError(await post(site, request("resources/list", {})), 200, -32601);
    assertError(await post(site, request("ping"), { headers: { "mcp-protocol-version": "" } }), 400, -32020);
    const unknown = await post(site, request("ping"), { headers: { "mcp-protocol-version": "2024-11-05" } });
    assertError(unknown, 400, -32022);
    assert.deepEqual(unknown.json.error.data, { supported: [current, before, "2025-06-18"], requested: "2024-11-05" });
});

test("without a handshake each request says its version, and headers mirror the body", async () => {
    const found = await postCurrent(site, "server/discover");
    assert.equal(found.status, 200, found.text);
    assert.equal(found.json.result.resultType, "complete");
    assert.deepEqual(found.json.result.supportedVersions, [current, before, "2025-06-18"]);
    assert.deepEqual(Object.keys(found.json.result.capabilities), ["tools"]);
    assert.equal(found.json.result._meta["io.modelcontextprotocol/serverInfo"].name, "athanor");
    const listed = (await postCurrent(site, "tools/list")).json.result;
    assert.equal(listed.cacheScope, "private");
    assert.ok(listed.ttlMs > 0);
    assertError(await postCurrent(site, "ping"), 404, -32601);
    assertError(await postCurrent(site, "initialize"), 404, -32601);

    const call = { name: "get_run", arguments: { run_id: 1 } };
    const encoded = `=?base64?${Buffer.from("get_run").toString("base64")}?=`;
    assert.equal((await postCurrent(site, "tools/call", call, { headers: { "mcp-name": encoded } })).status, 200);
    for (const headers of [
        { "mcp-method": "" }, { "mcp-method": "tools/list" }, { "mcp-name": "" }, { "mcp-name": "start_run" }, { "mcp-name": "=?base64?%%?=" },
        { "mcp-protocol-version": "" }, { "mcp-protocol-version": before },
    ]) assertError(await postCurrent(site, "tools/call", call, { headers }), 400, -32020);
    assertError(await postCurrent(site, "tools/list", {}, { headers: { "mcp-protocol-version": "1900-01-01" } }), 400, -32022);
    const bare = (params) => post(site, request("tools/list", params), { headers: { "mcp-protocol-version": current, "mcp-method": "tools/list" } });
    assertError(await bare(undefined), 400, -32602);
    assertError(await bare({ _meta: { "io.modelcontextprotocol/protocolVersion": current } }), 400, -32602);
    assertError(await bare({ _meta: { ...meta, "io.modelcontextprotocol/protocolVersion": "1900-01-01" } }), 400, -32022);
});

test("calls that are none are errors of the protocol", async () => {
    assertError(await post(site, called("no_such_tool", {})), 200, -32602);
    assertError(await post(site, request("tools/call", {})), 200, -32602);
    assertError(await post(site, called("get_run", [1])), 200, -32602);
    assertError(await post(site, request("tools/list", { cursor: "x" })), 200, -32602);
});

test("nobody reaches what is within the site", async () => {
    const [{ id }] = await site.sql("SELECT max(id) AS id FROM runs");
    assert.equal((await site.get(`/_mcp/runs/${id}/wait?timeout_s=0&head=x`)).status, 404);
});
