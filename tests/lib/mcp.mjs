// Agents as tests play them: the official SDKs of both eras of the protocol, and messages by hand.

import assert from "node:assert/strict";

import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import Ajv from "ajv/dist/2020.js";

/** The revision without a handshake, and the newest that begins with one. */
export const current = "2026-07-28";
export const before = "2025-11-25";

const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true });
const whoIAm = { name: "athanor-tests", version: "1" };
const prefix = "io.modelcontextprotocol/";

/** The metadata that each request of the current revision carries. */
export const meta = { [`${prefix}protocolVersion`]: current, [`${prefix}clientInfo`]: whoIAm, [`${prefix}clientCapabilities`]: {} };

/** Sends one message by hand, as JSON or as the text that is given. */
export function post(site, message, { headers = {}, ...options } = {}) {
    const body = typeof message === "string" ? message : JSON.stringify(message);
    return site.read("/mcp", {
        method: "POST", body, ...options,
        headers: { "content-type": "application/json", accept: "application/json, text/event-stream", "mcp-protocol-version": before, ...headers },
    });
}

/** A request of the current revision, with the headers that it needs. */
export function postCurrent(site, method, params = {}, { headers = {}, ...options } = {}) {
    const named = params.name === undefined ? {} : { "mcp-name": params.name };
    return post(site, { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: meta } },
        { headers: { "mcp-protocol-version": current, "mcp-method": method, ...named, ...headers }, ...options });
}

/** Why a test with that era's client is left out; false where it is not. */
export const lacking = (era) => era === "current" && Number(process.versions.node.split(".")[0]) < 20 && `the client of ${current} needs Node 20`;

async function newClient() {
    const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
    return { client: new Client(whoIAm, { versionNegotiation: { mode: "auto" } }), Transport: StreamableHTTPClientTransport };
}

/**
 * An agent with a token. What its tools return is held to their own output schemas.
 * @param {any} t a test, or `after`
 * @param {any} site
 * @param {{token?: string, era?: "current" | "before"}} [options]
 */
export async function connectAgent(t, site, { token = site.token, era = "before" } = {}) {
    const { client, Transport } = era === "current" ? await newClient() : { client: new OldClient(whoIAm), Transport: OldTransport };
    await client.connect(new Transport(new URL(`${site.url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
    (t.after ?? t).call(t, () => client.close());
    const { tools } = await client.listTools();
    const judges = new Map(tools.map((tool) => [tool.name, ajv.compile(tool.outputSchema)]));
    const takes = new Map(tools.map((tool) => [tool.name, ajv.compile(tool.inputSchema)]));

    async function call(name, args = {}) {
        const answer = await client.callTool({ name, arguments: args });
        if (answer.isError) return answer;
        assert.ok(judges.get(name)(answer.structuredContent), `${name}: ${ajv.errorsText(judges.get(name).errors)}`);
        return answer;
    }
    return {
        client, tools, call,

        /** Calls a tool that must succeed; what it returns. */
        async ask(name, args = {}) {
            assert.ok(takes.get(name)(args), `${name}: ${ajv.errorsText(takes.get(name).errors)}`);
            const answer = await call(name, args);
            assert.ok(!answer.isError, answer.content[0].text);
            return answer.structuredContent;
        },

        /** Calls a tool that must refuse; its words. */
        async refusal(name, args = {}) {
            const answer = await call(name, args);
            assert.equal(answer.isError, true, JSON.stringify(answer.structuredContent));
            assert.equal(answer.structuredContent, undefined);
            return answer.content[0].text;
        },
    };
}
