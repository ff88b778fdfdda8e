// All runs: filters, pages, cancelling and deleting many, with scripts and without; an open page of what was deleted says so.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { addInstance, addRun, assertAccessible, assertFits, experiments, follow, forgive, keepScreenshot, queryOf, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { holdBack } from "../lib/hold.mjs";
import { startStack } from "../lib/stack.mjs";
import { sleep, until } from "../lib/wait.mjs";

const site = await startStack(after, { experiments });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
await until("the experiment is offered", async () => (await site.get("/api/v1/experiments")).json.items.length > 0);
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

const shown = (page) => page.locator("tr[data-run]").evaluateAll((rows) => rows.map((row) => Number(row.dataset.run)));
const statusOf = async (run) => (await site.get(`/api/v1/runs/${run}`)).json.status;
const done = (run) => until(`run ${run} ends`, async () => (await site.get(`/api/v1/runs/${run}`)).json.finished_at, 30);
const cancelAll = (runs) => Promise.all(runs.map((run) => site.post(`/api/v1/runs/${run}/cancel`, { force: true })));
const choose = (page, run) => page.locator(`tr[data-run="${run}"] [name=run]`).check();

const first = await addInstance(site, "First", { steps: 2 });
const second = await addInstance(site, "Second", { ending: "badly" });
await site.put(`/api/v1/instances/${second}`, { project: "night shift" });
const good = [await addRun(site, first), await addRun(site, first), await addRun(site, first)];
const bad = await addRun(site, second);
for (const run of [...good, bad]) await done(run);

test("filters by status, experiment, instance and project stand in the address, and add up", async () => {
    const page = await person.newPage();
    await page.goto("/runs");
    assert.deepEqual(await shown(page), [bad, ...good.toReversed()]);
    await page.locator("[name=status]").selectOption("failed");
    await until("failed", async () => (await shown(page)).join() === String(bad));
    await page.locator("[name=project]").selectOption("night shift");
    await until("in the address", () => new URL(page.url()).search === "?status=failed&project=night+shift");
    assert.deepEqual(await shown(page), [bad]);
    await page.locator("[name=status]").selectOption("completed");
    await page.getByText("No runs like this").waitFor();
    assert.equal(await page.getByRole("link", { name: "Show all" }).getAttribute("href"), "/runs");
    await page.locator("[data-clear]").click();
    await until("all are back", async () => (await shown(page)).length === 4);
    await page.goto(`/runs?instance=${first}`);
    assert.deepEqual(await shown(page), good.toReversed());
    await page.locator("[name=instance]").uncheck();
    await until("of every instance", async () => (await shown(page)).length === 4);
    await page.goto("/runs?experiment=talker&status=completed");
    assert.deepEqual(await shown(page), good.toReversed());
    assert.equal(await page.locator("[name=experiment]").inputValue(), "talker");
    await page.close();
});

test("an answer that comes after a newer one takes nothing back", async (t) => {
    const page = await person.newPage();
    await page.goto("/runs");
    const old = await holdBack(page, /\/runs\?status=completed$/, { answered: true, once: true });
    await page.locator("[name=status]").selectOption("completed");
    await old.asked();
    const late = await addRun(site, first);
    // However this ends: the others count the runs.
    t.after(async () => {
        await cancelAll([late]);
        await until("it is deleted", async () => (await site.delete(`/api/v1/runs/${late}`)).status !== 409);
    });
    await waitForBadge(page, "completed", `tr[data-run="${late}"]`);
    old.release();
    await sleep(500);
    assert.deepEqual(await shown(page), [late, ...good.toReversed()]);
    await page.close();
});

test("a row tells status, times, duration, lines and results, and is a link as a whole", async () => {
    const page = await person.newPage();
    await page.goto("/runs");
    const row = page.locator(`tr[data-run="${good[0]}"]`);
    assert.equal(await row.locator("[data-status]").getAttribute("data-status"), "completed");
    assert.match(await row.locator("time").first().getAttribute("title"), /^\d{4}-\d\d-\d\d /);
    assert.equal(await row.locator(".result-chip").first().textContent(), "count 2");
    assert.match(await page.locator(`tr[data-run="${bad}"]`).textContent(), /exit code 3/);
    const box = await row.boundingBox();
    await page.mouse.click(box.x + box.width * 0.62, box.y + box.height - 4);
    await page.waitForURL(new RegExp(`/runs/${good[0]}$`));
    await page.close();
});

test("many are chosen, then cancelled; those that have ended are left alone", async (t) => {
    const slow = await addInstance(site, "Slow", { steps: 5000, pause_ms: 200 });
    const active = [];
    t.after(() => cancelAll(active)); // however this ends: the runs of the others would wait for them
    for (let i = 0; i < 4; i++) active.push(await addRun(site, slow));
    const page = await person.newPage();
    await page.goto("/runs");
    await waitForBadge(page, "running", `tr[data-run="${active[0]}"]`);
    const cancel = page.locator("[data-action=cancel-selected]");
    assert.ok(await cancel.isDisabled(), "nothing is chosen");
    await page.locator("[data-select-all]").check();
    assert.equal(await page.locator("[data-selected]").textContent(), "8 chosen");
    await page.locator("[data-select-all]").uncheck();
    for (const run of [...active, good[0]]) await choose(page, run);
    assert.equal(await page.locator("[data-selected]").textContent(), "5 chosen");
    // The choice stays as rows change.
    const late = await addRun(site, first);
    await page.locator(`tr[data-run="${late}"]`).waitFor();
    assert.equal(await page.locator("[data-selected]").textContent(), "5 chosen");
    await cancel.click();
    const dialog = page.locator("dialog[open]");
    assert.match(await dialog.textContent(), /Cancel 4 runs\?.*1 run of those chosen is over already\./s);
    await assertAccessible(page, "the question before many are cancelled");
    await follow(page, dialog.locator("[data-action=confirm]"));
    assert.match(page.url(), /\/runs$/);
    for (const run of active) await until(`run ${run} is cancelled`, async () => (await statusOf(run)) === "cancelled", 30);
    assert.equal(await statusOf(good[0]), "completed");
    await done(late);
    for (const run of active) await waitForBadge(page, "cancelled", `tr[data-run="${run}"]`);
    await page.close();
});

test("many are deleted, after a count and their bytes; open pages of them say so", async () => {
    const [page, open, log] = [await person.newPage(), await person.newPage(), await person.newPage()];
    const gone = (await site.sql("SELECT id FROM runs WHERE status = 'cancelled' ORDER BY id")).map(({ id }) => id);
    await open.goto(`/runs/${gone[0]}`);
    await log.goto(`/experiments/${first}`);
    await page.goto("/runs?status=cancelled");
    for (const run of gone) await choose(page, run);
    await page.locator("[data-action=delete-selected]").click();
    const dialog = page.locator("dialog[open]");
    assert.match(await dialog.textContent(), /Delete 4 runs\?\s*With them go [\d,]+ lines of log and all results, [\d.]+ KiB of the database\./);
    await dialog.locator("[data-action=back]").click();
    assert.equal((await shown(page)).length, 4, "the answer can be no");
    await page.locator("[data-action=delete-selected]").click();
    await follow(page, dialog.locator("[data-action=confirm]")); // the list that is left hears of it as well
    await page.getByText("No runs like this").waitFor();
    assert.equal(await queryOf(page), "?status=cancelled", "and back where one was");
    for (const run of gone) assert.equal((await site.get(`/api/v1/runs/${run}`)).status, 404);
    await until("an open page of a deleted run says so", async () => /deleted/i.test(await open.locator("body").innerText()));
    await log.goto(`/experiments/${second}`);
    await log.locator("tr[data-run]").first().waitFor();
    await site.delete(`/api/v1/instances/${second}`);
    await log.locator("[data-gone]").waitFor();
    await keepScreenshot(log, "instance-deleted");
    await Promise.all([page.close(), open.close(), log.close()]);
    forgive(person, ""); // what was asked of what had been deleted
});

test("an ended run is deleted from its own page, after the bytes that go with it, and one is led to its instance", async () => {
    const instance = await addInstance(site, "Short-lived", { steps: 2 });
    const run = await addRun(site, instance);
    const page = await person.newPage();
    await page.goto(`/runs/${run}`);
    await waitForBadge(page, "completed");
    await page.locator(".run-actions [data-action=delete]").click();
    const dialog = page.locator("dialog[open]");
    assert.match(await dialog.locator("p").first().textContent(), /^With it go \d+ lines of log and all results, \d+(\.\d)? KiB of the database\.$/);
    await assertAccessible(page, "the question before a run is deleted");
    await keepScreenshot(page, "run-delete");
    await dialog.locator("[data-action=back]").click();
    await dialog.waitFor({ state: "detached" });
    assert.equal((await site.get(`/api/v1/runs/${run}`)).status, 200);
    await page.locator(".run-actions [data-action=delete]").click();
    await dialog.locator("[data-action=confirm]").click();
    await page.waitForURL(new RegExp(`/experiments/${instance}$`));
    assert.equal((await site.get(`/api/v1/runs/${run}`)).status, 404);
    await page.close();
    forgive(person, `/runs/${run}`); // the page may have asked before it was left
});

test("an active run and its instance are not deleted, and the page says why", async (t) => {
    const slow = await addInstance(site, "Stays", { steps: 5000, pause_ms: 200 });
    const run = await addRun(site, slow);
    t.after(() => cancelAll([run]));
    const page = await person.newPage();
    await page.goto(`/runs/${run}`);
    await page.locator(".run-actions [data-action=cancel]").waitFor();
    assert.equal(await page.locator(".run-actions [data-action=delete]").count(), 0);
    await page.goto(`/runs/${run}/delete`);
    assert.equal(await page.locator("[data-impossible]").textContent(), "It is still active. Cancel it first, then delete it.");
    assert.equal(await page.locator("[data-action=confirm]").count(), 0);
    await page.goto(`/experiments/${slow}/delete`);
    assert.equal(await page.locator("[data-impossible]").textContent(), "One of its runs is still active. Cancel first, then delete.");
    await page.goto("/runs?status=running");
    await choose(page, run);
    await page.locator("[data-action=delete-selected]").click();
    await page.locator("dialog[open] [data-impossible]").waitFor();
    await page.close();
});

test("the list goes on by key", async () => {
    const many = await addInstance(site, "Many", {});
    // In one transaction: no runner sees them.
    await site.sql("SELECT cancel_runs(ARRAY(SELECT create_run($1::bigint, -1000) FROM generate_series(1, 120)))", many);
    const page = await person.newPage();
    await page.goto(`/runs?instance=${many}`);
    const seen = await shown(page);
    for (const count of [100, 120]) {
        await page.getByRole("link", { name: "Older runs" }).click();
        await until("older ones", async () => (await shown(page))[0] < seen.at(-1));
        seen.push(...(await shown(page)));
        assert.equal(seen.length, count);
    }
    assert.equal(await page.locator("[rel=next]").count(), 0);
    assert.deepEqual(seen, [...new Set(seen)].sort((a, b) => b - a));
    await page.goBack();
    await until("and back", async () => page.url().includes("before=") && (await shown(page))[0] === seen[50]);

    const every = page.getByLabel("All that fit, on every page");
    await every.check();
    await page.locator("[name=status]").selectOption("cancelled");
    await until("filtered", () => page.url().includes("status=cancelled"));
    assert.ok(!(await every.isChecked()), "all was said of another list");
    await page.locator("[name=fits_status]").waitFor({ state: "attached" });
    await page.locator("[name=status]").selectOption("");
    await until("as before", async () => !page.url().includes("status=") && (await page.locator("[name=fits_status]").count()) === 0);
    await every.check();
    assert.ok(await page.locator("[data-action=compare-selected]").isDisabled(), "two are compared, not all");
    await page.locator("[data-action=cancel-selected]").click();
    await page.locator("dialog[open]").getByText("None of these runs is active.").waitFor();
    await assertFits(page, "a choice of all");
    await keepScreenshot(page, "runs-all-chosen");
    await page.locator("dialog[open] [data-action=back]").click();
    await page.locator("[data-action=delete-selected]").click();
    await page.locator("dialog[open]").getByText("Delete 120 runs?").waitFor();
    await page.locator("dialog[open] [data-action=confirm]").click();
    await until("all have gone", async () => (await site.get(`/api/v1/runs?instance=${many}`)).json.items.length === 0);
    assert.ok((await site.get("/api/v1/runs")).json.items.length > 0, "and no other");
    await page.close();
});

test("without a script runs are filtered, chosen, cancelled and deleted as well", async () => {
    const plain = await signIn(browser, site, { javaScriptEnabled: false });
    const run = await addRun(site, first);
    await done(run);
    const page = await plain.newPage();
    await page.goto("/runs");
    await page.locator("[name=status]").selectOption("completed");
    await follow(page, page.getByRole("button", { name: "Filter" }));
    await choose(page, run);
    await follow(page, page.locator("[data-action=delete-selected]"));
    await page.locator("[data-confirm-page]").waitFor();
    assert.match(await page.locator("[data-confirm-page]").textContent(), /Delete 1 run\?/);
    await follow(page, page.locator("[data-action=confirm]"));
    assert.match(page.url(), /\/runs\?.*status=completed/);
    assert.equal((await site.get(`/api/v1/runs/${run}`)).status, 404);
    await follow(page, page.locator("[data-action=delete-selected]"));
    await page.locator("table.runs").waitFor(); // nothing was chosen
    await plain.context.close();
});

for (const theme of ["light", "dark"]) {
    for (const width of [360, 1440]) {
        test(`looks: ${theme}, ${width} px`, async () => {
            const viewer = await signIn(browser, site, { viewport: { width, height: width < 500 ? 740 : 900 }, colorScheme: theme });
            const page = await viewer.newPage();
            for (const [name, path] of Object.entries({ all: "/runs", instance: `/runs?instance=${first}`, none: "/runs?status=failed&project=none" })) {
                await page.goto(path);
                await page.waitForTimeout(100);
                await assertFits(page, name);
                await assertAccessible(page, name);
                await keepScreenshot(page, `runs-${name}-${theme}-${width}`);
            }
            assert.deepEqual(viewer.complaints, []);
            await viewer.context.close();
        });
    }
}
