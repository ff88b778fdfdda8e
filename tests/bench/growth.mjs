// What pages cost as a site fills: the server's time of each from a hundred runs to a million. Each is made anew for every request.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "../lib/stack.mjs";
import { startSiteNginx } from "./lib/nginx.mjs";
import { seed, seedLog } from "./lib/seed.mjs";
import { plot } from "./lib/plot.mjs";
import { wrk } from "./lib/wrk.mjs";

export const title = "the server's time of pages, from 100 runs to 1,000,000";

/** Runs in all at each step; there is an instance for every hundred. */
const steps = [100, 1_000, 10_000, 100_000, 1_000_000];

const pagesOf = ({ instance, run }) => ({
    dashboard: "/experiments",
    "dashboard, search": "/experiments?q=study+7",
    "dashboard, nothing found": "/experiments?q=zebra",
    "dashboard, common words, nothing found": "/experiments?q=size+of",
    "dashboard, filter": "/experiments?status=failed&project=project+3",
    runs: "/runs",
    "runs, filter": "/runs?status=failed",
    "runs, of a project": "/runs?project=project+3&status=completed",
    instance: `/experiments/${instance}`,
    "instance, compare": `/experiments/${instance}?tab=compare`,
    "run of 1,000 lines": `/runs/${run}`,
});

/** @param {import("./lib/bench.mjs").Bench} bench */
export async function measure(bench) {
    const site = await bench.site({ without: ["runner"] });
    const nginx = await startSiteNginx(bench, site, 1);
    const headers = { Cookie: await site.login() };
    const found = {};
    let first = null;
    let runs = 0;
    const wanted = bench.quick ? steps.slice(0, 3) : steps;
    for (const step of wanted) {
        const added = step - runs;
        const made = await seed(site, Math.max(1, added / 100), Math.min(100, added));
        runs = step;
        if (!first) {
            first = made;
            await seedLog(site, first.run, 1000);
        }
        for (const [name, path] of Object.entries(pagesOf(first))) {
            const { p50 } = await wrk(nginx.url + path, { connections: 1, seconds: 1, headers, anew: true });
            (found[name] ??= []).push(p50);
        }
    }
    const last = wanted.at(-1).toLocaleString("en-US");
    for (const [name, times] of Object.entries(found)) {
        bench.report.figure(`${name}, ${last} runs`, "ms", times.at(-1), ["below", 20]);
        bench.report.note(`${name}: ${wanted.map((step, i) => `${step.toLocaleString("en-US")} runs ${times[i].toFixed(2)} ms`).join(", ")}`);
    }
    bench.report.data.growth = { runs: wanted, milliseconds: found };
    const file = join(root, "build/bench/growth.svg");
    writeFileSync(file, plot({ x: wanted, lines: found, xLabel: "runs", yLabel: "ms at the server, median" }));
    bench.report.note("plotted in build/bench/growth.svg");
}
