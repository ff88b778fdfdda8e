// The Compare tab: one row a run, what differs and what came out as columns, repeats collapsed to means with their intervals.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { assertAccessible, assertFits, follow, keepScreenshot, queryOf, signIn, startBrowser } from "../lib/browser.mjs";
import { addExperiment, addRecord } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner"] });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

await addExperiment(site, "trainer", [{ name: "size", type: "integer" }], { seed: "seed", columns: { accuracy: { better: "high" }, loss: { better: "low" } } });
const [{ id: instance }] = await site.sql("INSERT INTO instances (experiment, name) VALUES ('trainer', 'Training') RETURNING id");

/** A run with this configuration that says these results and metrics, and ends. */
async function makeRun(configuration, results, loss = null, status = "completed") {
    await site.sql("UPDATE instances SET configuration = $2::json WHERE id = $1::bigint", instance, JSON.stringify(configuration));
    const [{ run }] = await site.sql("SELECT create_run($1::bigint, 0) AS run", instance);
    await site.sql("SELECT body FROM claim_run($1::bigint, NULL, 'host', '{}')", run);
    for (const [key, value] of Object.entries(results)) await addRecord(site, run, "result", key, { key, value });
    if (loss !== null) {
        const n = await addRecord(site, run, "metrics", null, { points: [["loss", 1, loss, 1]] });
        await site.sql(`INSERT INTO metric_chunks VALUES ($1::bigint, 'loss', $2::bigint, 2, 0, 1, $3)`, run, n, JSON.stringify({ points: [[0, 9, 1], [1, loss, 2]] }));
    }
    if (status !== "running") await site.sql("SELECT body FROM finish_run($1::bigint, NULL, $2, NULL, NULL, 0, NULL)", run, status);
    return run;
}

const small = { size: 8, rate: 0.5, seed: 1 };
const runs = [
    await makeRun(small, { accuracy: 0.8, note: "first", tree: { a: 1 } }, 0.5),
    await makeRun({ ...small, seed: 2 }, { accuracy: 0.9 }, 0.25),
    await makeRun({ ...small, size: 16 }, { accuracy: 0.7, epochs: 12 }, 0.00001),
    await makeRun({ ...small, seed: 3 }, { accuracy: 0.85 }),
    await makeRun(small, { accuracy: 0.1 }, 3, "failed"),
];

const headers = (page) => page.locator("thead th a").evaluateAll((all) => all.map((a) => a.dataset.sort));
const order = (page) => page.locator("tbody tr").evaluateAll((rows) => rows.map((row) => Number(row.dataset.run)));
const column = async (page, name) => {
    const at = await page.locator(`thead a[data-sort="${name}"]`).evaluate((a) => a.closest("th").cellIndex);
    return (await page.locator(`tbody td:nth-child(${at + 1})`).allTextContents()).map((text) => text.replace(" (best)", "").trim());
};

test("a row is a run; columns are the differing values, scalar results and last metrics; the best is marked", async () => {
    const page = await person.newPage();
    await page.goto(`/experiments/${instance}?tab=compare`);
    assert.deepEqual(await headers(page), ["configuration:size", "configuration:seed", "result:accuracy", "result:epochs", "result:note", "metric:loss"]);
    assert.deepEqual(await order(page), runs.toReversed());
    assert.deepEqual(await column(page, "configuration:size"), ["8", "8", "16", "8", "8"]);
    assert.deepEqual(await column(page, "result:accuracy"), ["0.1000", "0.8500", "0.7000", "0.9000", "0.8000"]);
    assert.deepEqual(await column(page, "metric:loss"), ["3.00e+0", "", "1.00e-5", "2.50e-1", "5.00e-1"], "all of a column alike");
    assert.deepEqual(await column(page, "result:note"), ["", "", "", "", "first"]);
    const best = await page.locator("td.best").allTextContents();
    assert.deepEqual(best.map((text) => text.replace(" (best)", "").trim()).sort(), ["0.9000", "1.00e-5"]);
    await page.close();
});

test("a click on a head sorts, highest first, then turns round; empty last; it stands in the address", async () => {
    const page = await person.newPage();
    await page.goto(`/experiments/${instance}?tab=compare`);
    await page.locator('[data-sort="result:accuracy"]').click();
    await until("descending", async () => (await column(page, "result:accuracy")).join() === "0.9000,0.8500,0.8000,0.7000,0.1000");
    assert.equal(await page.locator('th[aria-sort="descending"]').textContent(), "accuracy");
    await page.locator('[data-sort="result:accuracy"]').press("Enter");
    await until("ascending", async () => (await column(page, "result:accuracy"))[0] === "0.1000");
    await page.locator('[data-sort="metric:loss"]').click();
    await until("empty last", async () => (await column(page, "metric:loss")).at(-1) === "");
    assert.equal(await queryOf(page), "?tab=compare&sort=metric%3Aloss");
    const sorted = await order(page);
    await page.reload();
    assert.deepEqual(await order(page), sorted);
    await page.goBack();
    await until("back", async () => (await page.locator('th[aria-sort="ascending"]').count()) === 1);
    await page.close();
});

test("repeats of a configuration collapse to mean and 95 % interval with n, whatever their seed", async () => {
    const page = await person.newPage();
    await page.goto(`/experiments/${instance}?tab=compare`);
    await page.locator("[data-action=collapse]").click();
    await until("collapsed", async () => (await page.locator("tbody tr").count()) === 2);
    assert.deepEqual(await headers(page), ["configuration:size", "result:accuracy", "result:epochs", "result:note", "metric:loss"]);
    assert.deepEqual(await page.locator("[data-n]").allTextContents(), ["3", "1"]);
    // 0.8, 0.9, 0.85: mean 0.85, deviation 0.05, t(2) = 4.303: 4.303 * 0.05 / sqrt(3) = 0.1242. The failed run does not count.
    assert.deepEqual(await column(page, "result:accuracy"), ["0.8500 ± 0.1242", "0.7000"]);
    assert.equal(await page.locator("td.best").first().textContent().then((text) => text.startsWith("0.8500")), true);
    const [words] = await site.sql("SELECT string_agg(round(interval_95(n, 1)::numeric, 3)::text, ' ' ORDER BY n) AS text FROM unnest(ARRAY[2, 10, 31, 61, 1001]::bigint[]) AS n");
    assert.equal(words.text, "8.985 0.715 0.367 0.256 0.062");
    await page.locator("[data-action=collapse]").click();
    await until("and back", async () => (await page.locator("tbody tr").count()) === 5);
    await page.close();
});

test("a run that ends while one looks on takes its place in the order", async () => {
    const page = await person.newPage();
    await page.goto(`/experiments/${instance}?tab=compare&sort=result:accuracy`);
    const run = await makeRun(small, { accuracy: 0.95 });
    await until("it stands first", async () => (await order(page))[0] === run);
    await until("as the best", async () => (await page.locator("td.best").first().textContent()).startsWith("0.9500"));
    await site.delete(`/api/v1/runs/${run}`);
    await until("and is gone", async () => !(await order(page)).includes(run));
    await page.close();
});

test("without a script heads and buttons are links", async () => {
    const plain = await signIn(browser, site, { javaScriptEnabled: false });
    const page = await plain.newPage();
    await page.goto(`/experiments/${instance}?tab=compare`);
    await follow(page, page.locator('[data-sort="result:accuracy"]'));
    assert.equal((await column(page, "result:accuracy"))[0], "0.9000");
    await follow(page, page.locator("[data-action=collapse]"));
    assert.equal((await column(page, "result:accuracy"))[0], "0.8500 ± 0.1242");
    await plain.context.close();
});

for (const theme of ["light", "dark"]) {
    for (const width of [360, 1440]) {
        test(`looks: ${theme}, ${width} px`, async () => {
            const viewer = await signIn(browser, site, { viewport: { width, height: width < 500 ? 740 : 900 }, colorScheme: theme });
            const page = await viewer.newPage();
            for (const [name, rest] of Object.entries({ runs: "&sort=result:accuracy", collapsed: "&group=1" })) {
                await page.goto(`/experiments/${instance}?tab=compare${rest}`);
                await page.waitForTimeout(100);
                await assertFits(page, name);
                await assertAccessible(page, name);
                await keepScreenshot(page, `compare-${name}-${theme}-${width}`);
            }
            assert.deepEqual(viewer.complaints, []);
            await viewer.context.close();
        });
    }
}
