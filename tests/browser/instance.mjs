// The page of an instance: its head, its runs as they come and go, its configuration, and the comparison of its runs.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { addInstance, addRun, assertAccessible, assertFits, experiments, follow, keepScreenshot, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { writeExperiment } from "../lib/runs.mjs";
import { startStack } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { until } from "../lib/wait.mjs";

const folder = tempDir(after);
writeExperiment(folder, "listed", ["true"], {
    seed: "seed",
    configuration: [{ name: "seed", type: "integer", default: 7 }, { name: "pairs", type: "list", default: [{ left: "a" }], fields: [{ name: "left", type: "string" }] }],
});
const site = await startStack(after, { experiments: [...experiments, folder] });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
await until("the experiment is offered", async () => (await site.get("/api/v1/experiments")).json.items.length === 2);
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

const done = (run) => until(`run ${run} ends`, async () => (await site.get(`/api/v1/runs/${run}`)).json.finished_at, 30);
const instance = await addInstance(site, "Study", { steps: 3 });
await site.put(`/api/v1/instances/${instance}`, { description: "What it is for.\nIn two lines.", project: "thesis" });

test("the head names it, its experiment and label, tells when it was made and changed, and follows changes", async () => {
    const page = await person.newPage();
    await page.goto(`/experiments/${instance}`);
    assert.equal(await page.locator("h1").textContent(), "Study");
    assert.equal(await page.locator("[data-experiment]").textContent(), "Talker");
    assert.equal(await page.locator(".page-head [data-project]").textContent(), "thesis");
    assert.match(await page.locator(".page-text").textContent(), /^What it is for\.\nIn two lines\.$/);
    assert.equal(await page.locator(".page-head time").first().getAttribute("title").then((t) => /^\d{4}-/.test(t)), true);
    await page.locator("summary[aria-label=More]").click();
    for (const action of ["edit", "clone", "export", "delete"]) assert.ok(await page.locator(`.menu-box [data-action=${action}]`).isVisible(), action);
    await page.keyboard.press("Escape");
    await site.put(`/api/v1/instances/${instance}`, { name: "Study of three" });
    await page.locator("h1", { hasText: "Study of three" }).waitFor();
    await page.close();
});

test("runs come, change and go in its table, newest first, with key results and links", async () => {
    const page = await person.newPage();
    await page.goto(`/experiments/${instance}`);
    await page.getByText("No runs").waitFor();
    await page.keyboard.press("r");
    await page.waitForURL(/\/runs\/\d+$/);
    const run = Number(page.url().split("/").pop());
    await page.goto(`/experiments/${instance}`);
    await waitForBadge(page, "completed", `tr[data-run="${run}"]`);
    const second = await addRun(site, instance);
    await waitForBadge(page, "completed", `tr[data-run="${second}"]`);
    assert.deepEqual(await page.locator("tr[data-run]").evaluateAll((rows) => rows.map((row) => Number(row.dataset.run))), [second, run]);
    assert.equal(await page.locator("[data-count=runs]").textContent(), "(2)");
    const row = page.locator(`tr[data-run="${run}"]`);
    assert.equal(await row.locator(".result-chip").first().textContent(), "count 3");
    assert.equal(await row.locator('a[href$="?tab=results"]').first().getAttribute("href"), `/runs/${run}?tab=results`);
    assert.equal(await row.locator('a[href$="?tab=logs"]').getAttribute("href"), `/runs/${run}?tab=logs`);
    await page.locator(`tr[data-run="${second}"] [name=run]`).check();
    await page.locator("[data-action=delete-selected]").click();
    await follow(page, page.locator("dialog[open] [data-action=confirm]"));
    await page.locator(`tr[data-run="${second}"]`).waitFor({ state: "detached" });
    assert.match(page.url(), new RegExp(`/experiments/${instance}$`));
    await row.locator("td").nth(4).click({ force: true }); // the link lies over all cells
    await page.waitForURL(new RegExp(`/runs/${run}$`));
    await page.close();
});

test("its menu holds edit, clone, export and delete; its tabs stand in the address", async () => {
    const page = await person.newPage();
    await page.goto(`/experiments/${instance}`);
    const menu = page.locator(".page-actions .menu");
    await menu.locator("summary").click();
    assert.deepEqual((await menu.locator(".menu-box :is(a, button)").allTextContents()).map((text) => text.trim()), ["Edit", "Clone", "Export", "Delete"]);
    assert.equal(await menu.locator("[data-action=export]").getAttribute("href"), `/experiments/${instance}/export`);
    await menu.locator("[data-action=delete]").click();
    await page.locator("dialog[open]").getByText(/go(es)? with it/).waitFor();
    await page.keyboard.press("Escape");
    assert.equal((await site.get(`/api/v1/instances/${instance}`)).status, 200);
    await menu.locator("summary").click();
    await menu.locator("[data-action=edit]").click();
    await page.waitForURL(new RegExp(`/experiments/${instance}/edit$`));
    await page.goto(`/experiments/${instance}`);
    for (const tab of ["compare", "configuration", "runs"]) {
        await page.locator(`.tabs-bar [data-tab=${tab}]`).click();
        await page.locator(`[data-panel=${tab}]`).waitFor();
        await page.waitForURL(tab === "runs" ? new RegExp(`/experiments/${instance}(\\?tab=runs)?$`) : new RegExp(`\\?tab=${tab}$`));
    }
    await page.close();
});

test("the configuration follows changes that are made elsewhere", async () => {
    const id = await addInstance(site, "Followed", { steps: 3 });
    const page = await person.newPage();
    await page.goto(`/experiments/${id}?tab=configuration`);
    assert.equal(await page.locator('[name="configuration.steps"]').inputValue(), "3");
    for (const steps of [4, 5]) {
        await site.put(`/api/v1/instances/${id}`, { configuration: { steps } });
        await until("the change is shown", async () => (await page.locator('[name="configuration.steps"]').inputValue()) === String(steps));
    }
    await page.close();
});

test("the configuration is the form, read-only; of an unknown experiment it is a list", async () => {
    const page = await person.newPage();
    await page.goto(`/experiments/${instance}?tab=configuration`);
    const field = page.locator('[name="configuration.steps"]');
    assert.equal(await field.inputValue(), "3");
    assert.ok(await field.isDisabled());
    assert.equal(await page.locator("[data-panel=configuration] button:visible").count(), 0);

    await page.goto(`/experiments/${await addInstance(site, "Lists", {}, "listed")}?tab=configuration`);
    const seed = page.locator('[name="configuration.seed"]');
    const colour = (/** @type {Element} */ element) => getComputedStyle(element).color;
    assert.equal(await seed.evaluate(colour), await page.locator("body").evaluate(colour), "its values can be read as well as any text");
    assert.deepEqual(await page.locator("[data-panel=configuration] button:visible").allTextContents(), ["Item 1"], "there is nothing to press");
    const [{ id }] = await site.sql(`INSERT INTO instances (experiment, name, configuration) VALUES ('gone', 'Old', '{"a":{"b":[1,2]}}') RETURNING id`);
    await page.goto(`/experiments/${id}?tab=configuration`);
    assert.deepEqual(await page.locator(".leaves dt").allTextContents(), ["a.b[0]", "a.b[1]"]);
    await page.close();
});

for (const theme of ["light", "dark"]) {
    for (const width of [360, 1440]) {
        test(`looks: ${theme}, ${width} px`, async () => {
            const viewer = await signIn(browser, site, { viewport: { width, height: width < 500 ? 740 : 900 }, colorScheme: theme });
            const page = await viewer.newPage();
            for (const tab of ["runs", "compare", "configuration"]) {
                await page.goto(`/experiments/${instance}?tab=${tab}`);
                await page.waitForTimeout(100);
                await assertFits(page, tab);
                await assertAccessible(page, tab);
                await keepScreenshot(page, `instance-${tab}-${theme}-${width}`);
            }
            assert.deepEqual(viewer.complaints, []);
            await viewer.context.close();
        });
    }
}
