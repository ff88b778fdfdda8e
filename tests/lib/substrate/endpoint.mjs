// An OpenAI-compatible chat endpoint over n-gram models, which can be told to misbehave.

import { createServer } from "node:http";

import { atEnd } from "../tmp.mjs";

/**
 * @param {any} t
 * @param {Record<string, import("./ngram.mjs").Ngram>} models
 * @param {{key?: string}} [options] `key`: requests without it are refused
 */
export async function startEndpoint(t, models, { key } = {}) {
    const endpoint = {
        url: "",
        /** Each request: when, how it was answered, its body. @type {{at: number, status: number | string, body: any, authorization?: string}[]} */
        requests: [],
        /** By the number of a request, from 1: what happens instead of an answer. @type {Map<number, any>} */
        faults: new Map(),
        /** What happens to each request from now on. @type {any} */
        always: null,
    };

    const faults = {
        busy: (response, { seconds }) => refuse(response, 429, "slow down", { "retry-after": String(seconds) }),
        broken: (response) => refuse(response, 500, "something broke"),
        dropped: (response) => response.socket.destroy(),
        silent: () => {}, // never answers
        mute: (response, _, body) => reply(response, complete({ ...body, logprobs: false })),
    };
    const statuses = { busy: 429, broken: 500 };

    function complete(body) {
        const tokens = models[body.model].answer(body.messages, {
            maxTokens: body.max_tokens, temperature: body.temperature, seed: body.seed, top: body.top_logprobs ?? 0,
        });
        const content = tokens.map(({ token }) => token).join("");
        return {
            object: "chat.completion", model: body.model,
            choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content }, logprobs: body.logprobs ? { content: tokens } : null }],
        };
    }

    function handle(request, response, text) {
        const body = JSON.parse(text);
        const record = { at: Date.now(), status: /** @type {number | string} */ (200), body, authorization: request.headers.authorization };
        const number = endpoint.requests.push(record);
        const fault = endpoint.always ?? endpoint.faults.get(number);
        if (fault) {
            record.status = statuses[fault.kind] ?? fault.kind;
            return faults[fault.kind](response, fault, body);
        }
        if (key && request.headers.authorization !== `Bearer ${key}`) return refuse(response, (record.status = 401), "wrong key");
        if (request.url !== "/v1/chat/completions") return refuse(response, (record.status = 404), "no such path");
        if (!models[body.model]) return refuse(response, (record.status = 404), `no model ${body.model}`);
        reply(response, complete(body));
    }

    const server = createServer((request, response) => {
        let text = "";
        request.setEncoding("utf8").on("data", (data) => (text += data)).on("end", () => handle(request, response, text));
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    atEnd(t, () => {
        server.closeAllConnections();
        server.close();
    });
    endpoint.url = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/v1`;
    return endpoint;
}

function reply(response, value, status = 200, headers = {}) {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

function refuse(response, status, message, headers = {}) {
    reply(response, { error: { message } }, status, headers);
}
