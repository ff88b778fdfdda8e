// The Metrics tab, sentence by sentence.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { quietRun, sayPoints, saySeries } from "../lib/said.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner"] });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

const run = await quietRun(site);
await saySeries(site, run, "loss", 50_000, "CASE WHEN i = 33333 THEN 99 ELSE exp(-i / 9000.0) END");
await saySeries(site, run, "accuracy", 300, "1 - exp(-i / 100.0)");
await saySeries(site, run, "flat", 10, "0");

const open = async (path, who = person) => {
    const page = await who.newPage();
    await page.goto(path);
    return page;
};
const charts = (page) => page.locator(".uplot canvas");
const drawn = (page, count) => until(`${count} charts are drawn`, async () => (await charts(page).count()) === count);
/** How much of a chart is painted in the colour of its line. */
const ink = (page, key) =>
    page.locator(`[data-series="${key}"]`).evaluate((figure) => {
        const canvas = figure.querySelector("canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const [r, g, b] = getComputedStyle(figure.querySelector("[data-plot]")).color.match(/\d+/g).map(Number);
        let n = 0;
        for (let i = 0; i < data.length; i += 4) if (Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 60 && data[i + 3] > 100) n++;
        return n;
    });

test("a small chart a series, thinned out by the server beyond 2,000 points; no outlier is lost", async () => {
    const page = await person.newPage();
    const answers = [];
    page.on("response", (answer) => answer.url().includes("/metrics?") && answers.push(answer));
    await page.goto(`/runs/${run}?tab=metrics`);
    await drawn(page, 3);
    assert.deepEqual(await page.locator("[data-series]").evaluateAll((figures) => figures.map((f) => f.dataset.series)), ["loss", "accuracy", "flat"]);
    assert.equal(await page.locator("[data-count=metrics]").textContent(), "(3)");
    assert.match(await page.locator('[data-series="loss"] .chart-facts').textContent(), /^50,000 points, steps 0 to 49999$/);
    const [loss] = (await Promise.all(answers.map((a) => a.json()))).filter((a) => a.key === "loss");
    assert.equal(loss.total, 50_000);
    assert.ok(loss.points.length <= 2000);
    assert.ok(loss.points.some(([step, value]) => step === 33_333 && value === 99), "the outlier");
    for (const key of ["loss", "accuracy", "flat"]) await until(`${key} is drawn`, async () => (await ink(page, key)) > 50);
    await keepScreenshot(page, "metrics");
    await page.close();
});

test("a value without neighbours is drawn, too", async () => {
    const own = await quietRun(site);
    await sayPoints(site, own, [["single", 5, 1e-7]]);
    const page = await open(`/runs/${own}?tab=metrics`);
    await drawn(page, 1);
    await until("a point is painted", async () => (await ink(page, "single")) > 5);
    await page.close();
});

test("the tab is there when there are series, and says so of one that begins while one looks on; live", async () => {
    const own = await quietRun(site);
    const page = await open(`/runs/${own}`);
    assert.equal(await page.locator("[data-tab=metrics]").count(), 0);
    await page.locator('[data-connection="live"]').waitFor();
    await sayPoints(site, own, [["loss <i>", 1, 0.5], ["loss <i>", 2, 0.25]]);
    await page.locator("[data-tab=metrics]").click();
    await drawn(page, 1);
    const last = () => page.locator('[data-series="loss <i>"] [data-last]').textContent();
    await until("the newest value", async () => (await last()) === "0.2500");
    await sayPoints(site, own, [["loss <i>", 3, "NaN"], ["loss <i>", 4, 0.125], ["other", 1, 7]]);
    await until("the value changes", async () => (await last()) === "0.1250");
    await until("its points are counted", async () => /^4 points, steps 1 to 4$/.test(await page.locator('[data-series="loss <i>"] .chart-facts').textContent()));
    await drawn(page, 2);
    await until("the tab counts", async () => (await page.locator("[data-count=metrics]").textContent()) === "(2)");
    await page.close();
});

test("shared cursor: the others tell their values at the step under the pointer", async () => {
    const page = await open(`/runs/${run}?tab=metrics`);
    await drawn(page, 3);
    const box = await page.locator('[data-series="accuracy"] .u-over').boundingBox();
    const value = (key) => page.locator(`[data-series="${key}"] [data-last]`).textContent();
    let moves = 0;
    let [own, other] = ["", ""];
    await until("the chart tells, and the other too", async () => {
        // Again and again: a chart that is given its size takes the cursor away.
        await page.mouse.move(box.x + box.width / 3, box.y + 40 + (moves++ % 2));
        [own, other] = [await value("accuracy"), await value("loss")];
        return /^\d+: 0\.\d{4}$/.test(own) && /^\d+: /.test(other);
    });
    const step = Number(own.split(":")[0]);
    assert.ok(step > 80 && step < 120, `step ${step}`);
    assert.ok(Number(other.split(":")[0]) < 250);
    await page.mouse.move(5, 5);
    await until("and the last value stands again", async () => (await value("accuracy")) === "0.9497");
    await page.close();
});

test("zoom: a range that is marked comes with its details in all charts, and is left again", async () => {
    const page = await open(`/runs/${run}?tab=metrics`);
    await drawn(page, 3);
    assert.ok(await page.locator("[data-metrics-reset]").isHidden());
    const box = await page.locator('[data-series="loss"] .u-over').boundingBox();
    const detail = page.waitForResponse((answer) => answer.url().includes("key=loss") && answer.url().includes("from="));
    await page.mouse.move(box.x + box.width * 0.66, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.68, box.y + 60, { steps: 3 });
    await page.mouse.up();
    const { points, total } = await (await detail).json();
    assert.ok(total < 4000 && points.length > total / 3, `${points.length} of ${total}: finer than before`);
    assert.ok(points[0][0] > 31_000 && points.at(-1)[0] < 36_000);
    const whole = page.waitForResponse((answer) => answer.url().includes("key=loss") && !answer.url().includes("from="));
    await page.getByRole("button", { name: "Reset zoom" }).click();
    assert.equal((await (await whole).json()).total, 50_000);
    assert.ok(await page.locator("[data-metrics-reset]").isHidden());
    await page.close();
});

test("log scale and smoothing change the drawing, and nothing breaks where there is nothing above zero", async () => {
    const page = await open(`/runs/${run}?tab=metrics`);
    await drawn(page, 3);
    const picture = (key) => page.locator(`[data-series="${key}"] canvas`).evaluate((canvas) => canvas.toDataURL());
    const linear = await picture("loss");
    await page.getByLabel("Log scale").check();
    await until("another picture", async () => (await picture("loss")) !== linear);
    await until("the flat one is drawn", async () => (await ink(page, "flat")) > 50);
    const log = await picture("loss");
    await page.getByLabel("Smoothing").fill("0.9");
    await until("yet another", async () => (await picture("loss")) !== log);
    await keepScreenshot(page, "metrics-log-smoothed");
    await page.close();
});

test("charts follow the theme", async () => {
    const page = await open(`/runs/${run}?tab=metrics`);
    await drawn(page, 3);
    const before = await ink(page, "loss");
    await page.locator("[data-menu=theme] summary").click();
    await page.getByRole("button", { name: "Dark" }).click();
    await until("drawn in the other theme's colour", async () => (await ink(page, "loss")) > before / 3);
    await page.locator("[data-menu=theme] summary").click();
    await page.getByRole("button", { name: "System" }).click();
    await page.close();
});

test("many series: those in view have charts, the others are paged and searched", async () => {
    const own = await quietRun(site);
    await sayPoints(site, own, Array.from({ length: 120 }, (_, i) => [`series.${i}`, 1, i]));
    const page = await open(`/runs/${own}?tab=metrics`);
    await until("some are drawn", () => charts(page).count());
    assert.ok((await charts(page).count()) < 40);
    assert.equal(await page.locator("[data-series]").count(), 100);
    await page.getByRole("link", { name: "More series" }).click();
    await until("all are here", async () => (await page.locator("[data-series]").count()) === 120);
    await page.getByLabel("Search series").fill("series.11");
    await until("eleven of them match", async () => (await page.locator("[data-series]:visible").count()) === 11);
    await until("the address says so", () => new URL(page.url()).search === "?tab=metrics&q=series.11");
    await page.close();
});

test("without a script: what there is, and the points as CSV", async () => {
    const plain = await signIn(browser, site, { javaScriptEnabled: false });
    const page = await open(`/runs/${run}?tab=metrics`, plain);
    assert.match(await page.locator('[data-series="accuracy"]').innerText(), /accuracy\s+0\.9497\d*\s+300 points, steps 0 to 299/);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "flat as CSV" }).click()]);
    assert.equal(download.suggestedFilename(), "flat.csv");
    const { readFileSync } = await import("node:fs");
    assert.match(readFileSync(await download.path(), "utf8"), /^step,value,ms\r\n0,0,1700000000000\r\n1,0,1700000000001\r\n/);
    await plain.context.close();
});
