// The run page's tabs in a browser: how long a value of 100,000 nodes, 1,000 results, a wide table and a long series hold it up.

import { signIn, startBrowser } from "../lib/browser.mjs";
import { quietRun, result, row, say, saySeries } from "../lib/said.mjs";

export const title = "results, leaderboard and metrics in a browser";

/** Long tasks of the page, and when the first chart was drawn. */
function watch() {
    window.tasks = [];
    new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask", buffered: true });
    new MutationObserver(() => {
        if (document.querySelector(".uplot canvas")) window.drawn ??= performance.now();
    }).observe(document, { childList: true, subtree: true });
}

/** The longest task that `act` leads to, ms; what is below 50 is not told by the browser and counts as 50. */
async function longest(page, act) {
    await page.evaluate(() => (window.tasks = []));
    await act();
    await page.waitForTimeout(300);
    return page.evaluate(() => Math.max(50, ...window.tasks));
}

/** Milliseconds of a click's own work, up to the changed document and its layout. */
const clickTime = (page, selector) =>
    page.evaluate((s) => {
        const button = document.querySelector(s);
        const begin = performance.now();
        button.click();
        document.body.offsetHeight;
        return performance.now() - begin;
    }, selector);

async function measureTree(bench, site, person) {
    const wide = `[${Array.from({ length: 1000 }, (_, i) => `{"id":${i},"name":"item ${i}","list":[${Array.from({ length: 97 }, (_, k) => k / 7).join(",")}]}`).join(",")}]`;
    const run = await quietRun(site);
    await say(site, run, [result("wide", wide)]);
    const times = { "shown": [], "five levels": [], "show more": [], "raw": [] };
    for (let i = 0; i < bench.repeats; i++) {
        const page = await person.newPage();
        await page.goto(`/runs/${run}?tab=results`);
        const card = page.locator('[data-result="wide"]');
        times["shown"].push(await longest(page, async () => {
            await card.getByRole("button", { name: "Show it here" }).click();
            await card.getByText("Array(1000)").waitFor();
        }));
        times["five levels"].push(await longest(page, () => card.getByRole("button", { name: "Expand five levels" }).click()));
        times["show more"].push(await longest(page, () => card.getByRole("button", { name: "show more (900 left)" }).click()));
        times["raw"].push(await longest(page, () => card.getByRole("button", { name: "Raw text" }).click()));
        await page.close();
    }
    for (const [what, values] of Object.entries(times)) bench.report.figure(`100,000 nodes, ${what}: longest task`, "ms", values, ["most", 100]);
}

async function measureMany(bench, site, person) {
    const run = await quietRun(site);
    await say(site, run, Array.from({ length: 1000 }, (_, i) => result(`key ${i}`, i % 4 ? String(i / 3) : `{"i":${i},"list":[1,2,{"deep":true}]}`)));
    const [opened, paged, searched] = [[], [], []];
    for (let i = 0; i < bench.repeats; i++) {
        const page = await person.newPage();
        await page.goto(`/runs/${run}?tab=results`);
        await page.waitForTimeout(300);
        opened.push(await page.evaluate(() => Math.max(50, ...window.tasks)));
        paged.push(await longest(page, async () => {
            for (let shown = 400; shown <= 1000; shown += 200) {
                await page.getByRole("link", { name: "Earlier results" }).click();
                await page.waitForFunction((n) => document.querySelectorAll("[data-result]").length === n, shown);
            }
        }));
        searched.push(await longest(page, () => page.getByLabel("Search keys").fill("99")));
        await page.close();
    }
    bench.report.figure("1,000 results, opened: longest task", "ms", opened, ["most", 100]);
    bench.report.figure("1,000 results, paged to the first: longest task", "ms", paged, ["most", 100]);
    bench.report.figure("1,000 results, searched: longest task", "ms", searched, ["most", 100]);
}

async function measureBoard(bench, site, person) {
    const run = await quietRun(site);
    const rows = bench.quick ? 1000 : 10_000;
    const cells = (i) => Array.from({ length: 38 }, (_, k) => `"c${k}":${((i * (k + 7919)) % 9973) / 100}`).join(",");
    await say(site, run, Array.from({ length: rows }, (_, i) => row("t", `{"name":"model ${(i * 7919) % rows}","score":${Math.sin(i)},${cells(i)}}`)));
    const page = await person.newPage();
    await page.goto(`/runs/${run}?tab=leaderboard`);
    await page.waitForFunction((n) => document.querySelector("[data-rows]")?.textContent === `(${n.toLocaleString("en-US")})`, rows, { timeout: 60_000 });
    for (const [what, column] of [["numbers", "score"], ["text", "name"]]) {
        const times = [];
        for (let i = 0; i < 2 * bench.repeats; i++) times.push(await clickTime(page, `[data-sort="${column}"]`));
        bench.report.figure(`${rows.toLocaleString("en-US")} rows of 40 columns sorted by ${what}`, "ms", times, ["most", 100]);
    }
    await page.close();
}

async function measureSeries(bench, site, person) {
    const run = await quietRun(site);
    const points = bench.quick ? 100_000 : 1_000_000;
    await saySeries(site, run, "loss", points);
    const [clicked, addressed] = [[], []];
    for (let i = 0; i < bench.repeats; i++) {
        const page = await person.newPage();
        await page.goto(`/runs/${run}`);
        await page.waitForTimeout(300);
        const begun = await page.evaluate(() => (document.querySelector("[data-tab=metrics]").click(), performance.now()));
        await page.waitForFunction(() => window.drawn !== undefined);
        clicked.push((await page.evaluate(() => window.drawn)) - begun);
        await page.goto(`/runs/${run}?tab=metrics`);
        await page.waitForFunction(() => window.drawn !== undefined);
        addressed.push(await page.evaluate(() => window.drawn));
        await page.close();
    }
    const what = `a series of ${points.toLocaleString("en-US")} points`;
    bench.report.figure(`${what}, from the click on the tab to its chart`, "ms", clicked, ["most", 300]);
    bench.report.figure(`${what}, from its address to its chart, the page included`, "ms", addressed);
}

/** @param {import("./lib/bench.mjs").Bench} bench */
export async function measure(bench) {
    const site = await bench.site({ without: ["runner"] });
    const person = await signIn(await startBrowser(bench.atEnd), site);
    await person.context.addInitScript(watch);
    await measureTree(bench, site, person);
    await measureMany(bench, site, person);
    await measureBoard(bench, site, person);
    await measureSeries(bench, site, person);
}
