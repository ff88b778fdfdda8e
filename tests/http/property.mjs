// test-slow
// Random calls made from the API's description, good and malformed: no 5xx, and no answer whose status or body it does not describe.
// The same calls in each suite; ATHANOR_SEED=N makes others, ATHANOR_SOAK=1 ten times as many, and others each time.

import assert from "node:assert/strict";
import test, { after } from "node:test";

import fc from "fast-check";

import { addressOf, callOf, prepare, sentHeaders } from "../lib/calls.mjs";
import { operations } from "../lib/openapi.mjs";
import { startStack } from "../lib/stack.mjs";

const times = process.env.ATHANOR_SOAK ? 10 : 1;
const site = await startStack(after, { without: ["runner"] });
await prepare(site);
// A session: calls may revoke any token.
const cookie = await site.login();

/** Streams and waits are left as soon as their head has come. */
async function send(call) {
    const { one, body, token } = call;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 60_000);
    const who = token === undefined ? { cookie } : { token };
    const answer = await site.fetch(addressOf(call), { method: one.method.toUpperCase(), body, headers: sentHeaders(call), signal: stop.signal, ...who });
    const type = answer.headers.get("content-type") ?? "";
    const open = type.startsWith("text/event-stream");
    const text = open ? "" : await answer.text();
    clearTimeout(timer);
    if (open) stop.abort();
    return { status: answer.status, headers: answer.headers, text, json: /[/+]json\b/.test(type) ? JSON.parse(text) : null };
}

const quick = operations.filter((one) => one.operation.operationId !== "waitForRun");
const seed = Number(process.env.ATHANOR_SEED ?? (times > 1 ? Date.now() % 1e9 : 20261121));
const words = (call) => `${call.one.name} as ${addressOf(call)} ${JSON.stringify(call.headers)} ${String(call.body).slice(0, 300)}`;

let [calls, good] = [0, 0];

/** Says what was asked, and how to ask it again, without the rest of the call. */
function report(run) {
    if (!run.failed) return;
    throw new Error(`${words(run.counterexample[0])}\n${run.errorInstance?.message ?? run.error}\nATHANOR_SEED=${run.seed} asks the same`);
}

for (const one of quick) {
    test(`${one.name} answers random calls as it is described`, async () => {
        const property = fc.asyncProperty(callOf(one), async (call) => {
            const answer = await send(call);
            calls++;
            if (answer.status < 400) good++;
            assert.ok(answer.status < 500, `${answer.status} ${answer.text}`);
            assert.equal(one.faultOf(answer), "");
        });
        await fc.assert(property, { numRuns: 25 * times, seed, endOnFailure: true, reporter: report });
    });
}

test("many calls at once are answered as well", async () => {
    const some = fc.sample(fc.oneof(...quick.filter((one) => !/events/.test(one.path)).map(callOf)), { numRuns: 1000 * times, seed });
    const faults = [];
    const worker = async () => {
        for (let call; (call = some.pop());) {
            const answer = await send(call);
            const fault = answer.status >= 500 ? `${answer.status} ${answer.text}` : call.one.faultOf(answer);
            if (fault) faults.push(`${words(call)}\n${fault}`);
        }
    };
    await Promise.all(Array.from({ length: 32 }, worker));
    assert.deepEqual(faults, [], `ATHANOR_SEED=${seed} asks the same`);
});

test("many of the calls were good ones, and the site is whole afterwards", async () => {
    assert.ok(good > calls / 4, `${good} of ${calls} calls were good`);
    assert.equal((await site.get("/healthz")).status, 200);
    assert.equal((await site.get("/api/v1/runs", { cookie })).status, 200);
    for (const name of ["pages-quick", "pages-bulk", "pages-upload", "events"]) assert.equal((await site.status())[name].starts, 1, `${name} has not been started again`);
});
