// wrk, and what it says.

import { fileURLToPath } from "node:url";

import { run } from "./process.mjs";

const anewScript = fileURLToPath(new URL("anew.lua", import.meta.url));

const milliseconds = (text) => {
    const [, number, unit] = /^([\d.]+)(us|ms|s)$/.exec(text);
    return Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit];
};

/**
 * @param {string} url
 * @param {{connections: number, seconds: number, headers?: Record<string, string>, anew?: boolean}} options `anew`: no two requests are alike
 * @returns {Promise<{rate: number, p50: number, p99: number}>} requests/s and milliseconds
 */
export async function wrk(url, { connections, seconds, headers = {}, anew = false }) {
    const lines = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
    const threads = String(Math.min(2, connections));
    const text = await run("wrk", ["-t", threads, "-c", String(connections), "-d", `${seconds}s`, "--latency", ...(anew ? ["-s", anewScript] : []), ...lines, url]);
    const bad = /Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)/.exec(text);
    if (bad) throw new Error(`${url}: ${bad[0]}`);
    if (/^\s+0 requests in/m.test(text)) throw new Error(`${url}: not one answer in ${seconds} s`);
    return {
        rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]),
        p50: milliseconds(/^\s+50%\s+(\S+)/m.exec(text)[1]),
        p99: milliseconds(/^\s+99%\s+(\S+)/m.exec(text)[1]),
    };
}
