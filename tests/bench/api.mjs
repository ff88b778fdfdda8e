// A thousand random calls of the API a second, good and malformed, at a steady pace whatever the answers take.

import http from "node:http";

import fc from "fast-check";

import { addressOf, callOf, prepare, sentHeaders } from "../lib/calls.mjs";
import { operations } from "../lib/openapi.mjs";

export const title = "1,000 random calls of the API a second for a minute";

const rate = 1000;
const tickMs = 5;

/** Sends one call and reads its answer; the status, 0 where the connection broke. */
function ask(site, agent, cookie, call) {
    const { one, body, token } = call;
    const headers = { ...sentHeaders(call), ...(token === undefined ? { cookie, origin: site.url } : token ? { authorization: `Bearer ${token}` } : {}) };
    for (const [name, value] of Object.entries(headers)) headers[name] = Buffer.from(value).toString("latin1");
    if (body !== undefined) headers["content-length"] = String(Buffer.byteLength(body));
    return new Promise((resolve) => {
        const request = http.request(site.url + addressOf(call), { method: one.method.toUpperCase(), agent, headers }, (answer) => {
            answer.resume().on("end", () => resolve(answer.statusCode)).on("error", () => resolve(0));
        });
        request.on("error", () => resolve(0)).end(body);
    });
}

/** Random calls at once, again and again; streams and waits stay open by their nature and are left out. */
function manyCalls() {
    const some = operations.filter((one) => one.operation["x-served-by"] !== "events");
    return fc.sample(fc.oneof(...some.map(callOf)), 5000);
}

/** Calls at the pace for so many seconds: what came back, and how long each took in milliseconds. */
async function storm(site, cookie, calls, seconds) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 128 });
    const [statuses, times, pending] = [new Map(), [], new Set()];
    const begun = performance.now();
    for (let sent = 0; sent < rate * seconds;) {
        const due = Math.min(rate * seconds, Math.floor(((performance.now() - begun) * rate) / 1000));
        for (; sent < due; sent++) {
            const from = performance.now();
            const one = ask(site, agent, cookie, calls[sent % calls.length]).then((status) => {
                times.push(performance.now() - from);
                statuses.set(status, (statuses.get(status) ?? 0) + 1);
                pending.delete(one);
            });
            pending.add(one);
        }
        await new Promise((resolve) => setTimeout(resolve, tickMs));
    }
    await Promise.all(pending);
    const took = (performance.now() - begun) / 1000;
    agent.destroy();
    times.sort((a, b) => a - b);
    return { statuses, perSecond: times.length / took, p50: times[times.length >> 1], p99: times[Math.floor(times.length * 0.99)] };
}

/** @param {import("./lib/bench.mjs").Bench} bench */
export async function measure(bench) {
    const { report } = bench;
    const site = await bench.site({ without: ["runner"] });
    await prepare(site);
    const { statuses, perSecond, p50, p99 } = await storm(site, await site.login(), manyCalls(), bench.quick ? 5 : 60);
    const count = (low, high) => [...statuses].reduce((sum, [status, n]) => sum + (status >= low && status < high ? n : 0), 0);
    report.note(`answers by status: ${[...statuses].sort(([a], [b]) => a - b).map(([status, n]) => `${status} ${n}`).join(", ")}`);
    report.figure("random calls answered", "/s", perSecond, ["least", rate * 0.98]);
    report.figure("their answers with 5xx", "answers", count(500, 600), ["most", 0]);
    report.figure("their connections that broke", "calls", count(0, 1), ["most", 0]);
    report.figure("their latency, median", "ms", p50);
    report.figure("their latency, 99th percentile", "ms", p99);
}
