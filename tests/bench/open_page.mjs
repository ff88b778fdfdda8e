// What a page costs that is left open for long: its heap while thousands of runs end.

import { addInstance, signIn, startBrowser } from "../lib/browser.mjs";
import { addExperiment } from "../lib/rows.mjs";
import { until } from "../lib/wait.mjs";

export const title = "a page left open while runs end";

const BATCH = 250;

/** Ends so many new runs at once, as pages see it. */
async function endRuns(site, instance, count) {
    for (let left = count; left > 0; left -= BATCH) {
        await site.sql(
            `SELECT count(*) FROM (SELECT create_run($1::bigint, 0) AS id FROM generate_series(1, $2::int)) AS r,
             LATERAL finish_run(r.id, NULL, 'cancelled', 'cancelled', NULL, NULL, NULL)`,
            instance, Math.min(left, BATCH),
        );
    }
}

/** The heap after a collection, in MB, once the toasts have gone. */
async function heapOf(page) {
    await until("the toasts have gone", async () => (await page.locator("[data-toast]").count()) === 0, 30);
    const session = await page.context().newCDPSession(page);
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    await session.detach();
    return usedSize / 1e6;
}

/** @param {import("./lib/bench.mjs").Bench} bench */
export async function measure(bench) {
    const site = await bench.site({ without: ["runner"] });
    const browser = await startBrowser(bench.atEnd);
    const person = await signIn(browser, site);
    await addExperiment(site, "talker", []);
    const instance = await addInstance(site, "Many");
    const pages = {};
    for (const path of ["/experiments", "/runs", `/experiments/${instance}`]) {
        pages[path] = await person.newPage();
        await pages[path].goto(path);
    }
    const count = bench.quick ? 2000 : 20_000;
    await endRuns(site, instance, 1000);
    const before = {};
    for (const [path, page] of Object.entries(pages)) before[path] = await heapOf(page);
    await endRuns(site, instance, count);
    for (const [path, page] of Object.entries(pages)) {
        const heap = await heapOf(page);
        bench.report.figure(`${path}: heap after ${count.toLocaleString("en-US")} more runs have ended`, "MB", heap, ["below", 20]);
        bench.report.figure(`${path}: growth of its heap meanwhile`, "MB", heap - before[path], ["below", 1]);
    }
}
