// The whole AutoML loop in a browser: choose data and models, start, watch events and leaderboard fill, promote the winner, cancel another
// in mid-flight, run it again and find the same leaderboard.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { automlFolder, automlOffered, skip } from "../lib/automl.mjs";
import { addInstance, follow, keepScreenshot, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

/** Programs that learn take their time on a busy machine. */
const PATIENCE = { timeout: 150_000 };

const textOf = (page, selector) => page.locator(selector).first().textContent();
const sortByAccuracy = async (page) => {
    await page.locator('[data-sort="Accuracy"]').click();
    await page.locator("th[aria-sort=descending]", { hasText: "Accuracy" }).waitFor();
};
const rowsOf = (page) => page.locator('[data-table="leaderboard"] [data-row]');

/** The leaderboard's cells as they stand on the page, best first, without the times. */
async function board(page) {
    const heads = await page.locator('[data-table="leaderboard"] th').allTextContents();
    const timed = heads.flatMap((name, i) => (name.startsWith("TT") ? [i] : []));
    const rows = await rowsOf(page).evaluateAll((list) => list.map((tr) => [...tr.children].map((cell) => cell.textContent)));
    return [heads, ...rows].map((row) => row.filter((_, i) => !timed.includes(i)));
}

test("the loop", { skip }, async (t) => {
    const site = await startStack(after, { experiments: [automlFolder(after)] });
    const browser = await startBrowser(after);
    const person = await signIn(browser, site);
    await automlOffered(site);
    const page = await person.newPage();
    const models = ["lr", "lda", "nb", "dt"];

    await t.test("pick data and models, and start", async () => {
        await page.goto("/experiments/new?experiment=automl");
        await page.locator('[name="name"]').fill("Iris study");
        await page.locator('[name="configuration.data"]').selectOption("sklearn:iris");
        await page.locator('[name="configuration.folds"]').fill("3");
        const list = page.locator('[data-field="configuration.classification.compare"]');
        for (const [i, model] of models.entries()) {
            await list.locator("[data-action=add-item]").click();
            await page.locator(`[name="configuration.classification.compare.${i}.model"]`).selectOption(model);
        }
        await page.locator("[data-action=save]").click();
        await page.waitForURL(/\/experiments\/\d+$/);
        await page.locator("[data-action=start-run]").click();
        await page.waitForURL(/\/runs\/\d+$/);
    });
    const first = page.url();
    let before;

    await t.test("events stream in, and the leaderboard fills, without a reload", async () => {
        await page.locator("[data-tab=events]").click(PATIENCE);
        await page.locator(".event", { hasText: "model.compare" }).first().waitFor(PATIENCE);
        await page.locator("[data-tab=leaderboard]").click(PATIENCE);
        await rowsOf(page).first().waitFor(PATIENCE);
        await waitForBadge(page, "completed", ".run-badge", 150);
        await until("all rows are there", async () => (await rowsOf(page).count()) === models.length);
        await sortByAccuracy(page);
        before = await board(page);
        const accuracy = before.slice(1).map((row) => Number(row[before[0].indexOf("Accuracy")]));
        assert.deepEqual(accuracy, [...accuracy].sort((a, b) => b - a));
        assert.ok((await page.locator("td.best").count()) >= 7, "the best of each measure is marked");
        await keepScreenshot(page, "automl-leaderboard");
        await page.locator("[data-tab=events]").click();
        for (const kind of ["experiment.started", "data.split", "model.compared", "model.finalized", "experiment.finished"]) {
            await page.locator(".event-kind", { hasText: kind }).first().waitFor();
        }
        await page.locator("[data-tab=artifacts]").click();
        const plots = page.locator(".file-image img");
        await until("the plots are drawn", async () => (await plots.count()) === 2 && (await plots.evaluateAll((list) => list.every((img) => img.complete && img.naturalWidth > 0))));
        await keepScreenshot(page, "automl-plots");
    });

    await t.test("the winner is promoted with one click and a confirmation", async () => {
        await page.locator("[data-action=promote]").click();
        await page.locator("dialog [data-action=promote-now]").click();
        await follow(page, page.locator("[data-promoted]", { hasText: "iris-study v1" }));
        await page.locator("[data-sha256]").waitFor();
        const facts = Object.fromEntries(await page.locator(".leaves > div").evaluateAll((list) => list.map((one) => [one.children[0].textContent, one.children[1].textContent])));
        const [heads, winner] = before;
        assert.equal(facts.Model, winner[heads.indexOf("Model")]);
        assert.equal(Number(facts.Accuracy).toFixed(4), winner[heads.indexOf("Accuracy")]);
        await page.locator("[data-action=verify]").click();
        await page.locator("[data-verified=good]").waitFor();
    });

    await t.test("run again: an identical leaderboard, but for the times", async () => {
        await page.goto(`${first}?tab=configuration`);
        await page.locator("[data-action=run-again]").click();
        await page.waitForURL((url) => /\/runs\/\d+$/.test(url.pathname) && url.pathname !== new URL(first).pathname);
        await waitForBadge(page, "completed", ".run-badge", 150);
        await page.locator("[data-tab=leaderboard]").click();
        await until("all rows are there", async () => (await rowsOf(page).count()) === models.length);
        await sortByAccuracy(page);
        assert.deepEqual(await board(page), before);
        await page.locator("[data-tab=configuration]").click();
        await page.locator("[data-action=compare-snapshots]").click();
        await page.getByRole("link", { name: "#1, completed" }).click();
        assert.match(await textOf(page, "[data-same]"), /Both were made alike/);
    });

    await t.test("one is cancelled in mid-flight, and keeps its finished rows", async () => {
        const id = await addInstance(site, "Digits", { plan: "compare", data: "sklearn:digits", folds: 3, classification: { compare: [{ model: "nb" }, { model: "gpc" }] } }, "automl");
        await page.goto(`/experiments/${id}`);
        await page.locator("[data-action=start-run]").click();
        await page.waitForURL(/\/runs\/\d+$/);
        await page.locator("[data-tab=leaderboard]").click(PATIENCE);
        await rowsOf(page).first().waitFor(PATIENCE);
        await page.locator("[data-action=cancel]").click();
        await page.locator("dialog [data-action=confirm]").click();
        await waitForBadge(page, "cancelled");
        await page.locator("[data-tab=leaderboard]").click();
        await rowsOf(page).first().waitFor();
        assert.deepEqual(await page.locator('[data-table="leaderboard"] [data-row] td:nth-child(2)').allTextContents(), ["nb"]);
    });
    assert.deepEqual(person.complaints, []);
});
