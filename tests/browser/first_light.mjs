// The main path, clicked: sign in, make an instance, start a run, watch it live, in two tabs; cancel one.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { addInstance, addRun, experiments, keepScreenshot, makeGate, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { experiments });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
await until("the experiment is offered", async () => (await site.get("/api/v1/experiments")).json.items.length > 0);

test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

const textOf = (page, selector) => page.locator(selector).first().textContent();
const lineCount = (page) => page.locator("[data-line]").count();

test("an empty dashboard leads to the first instance, and its run arrives live, without a reload", async () => {
    const gate = makeGate(after);
    const page = await person.newPage();
    await page.goto("/experiments");
    await page.locator("[data-empty]").waitFor();
    await page.getByRole("link", { name: "Create the first" }).click();
    await page.locator("#experiment").selectOption("talker");
    await page.locator('[name="name"]').fill("First light");
    await page.locator('[name="configuration.steps"]').fill("40");
    await page.locator('[name="configuration.text"]').fill('<img src=x> & "quotes"');
    await page.locator('[name="configuration.notes"]').fill(gate.path);
    await page.getByRole("button", { name: "Create" }).click();
    await page.waitForURL(/\/experiments\/\d+$/);
    assert.equal(await textOf(page, "h1"), "First light");

    await page.locator("[data-action=start-run]").click();
    await page.waitForURL(/\/runs\/\d+$/);
    const loads = [];
    page.on("framenavigated", () => loads.push(page.url()));

    await waitForBadge(page, "running");
    await page.locator('[data-line="3"]').waitFor();
    assert.equal(await textOf(page, '[data-line="1"]:not([data-loading]) .log-text'), 'step 1: <img src=x> & "quotes" 1');
    await until("progress is shown", async () => /\d+ % · \d+ of 40 · step \d+/.test(await textOf(page, "[data-progress-text]")));
    await until("the title tells", async () => /^Running \d+ % · First light #1 · Athanor$/.test(await page.title()));
    await page.locator("[data-connection=live]").waitFor();
    await keepScreenshot(page, "first-light-running");

    // A second tab, opened in the middle, shows the same.
    const second = await person.newPage();
    await second.goto(page.url());
    await second.locator('[data-line="5"]').waitFor();
    await waitForBadge(second, "running");
    gate.open();

    for (const tab of [page, second]) {
        await waitForBadge(tab, "completed");
        await until("all lines are counted", async () => (await textOf(tab, "[data-count=logs]")) === "(43)");
        await tab.locator('[data-line="43"]').waitFor();
        await until("no line is still on its way", async () => (await tab.locator("[data-loading]").count()) === 0);
        await tab.locator("[data-connection=closed]").waitFor({ state: "attached" });
        assert.ok(await tab.locator("[data-progress]").isHidden());
        assert.match(await tab.title(), /^Completed · /);
    }
    const shown = await page.locator("[data-line] .log-text").allTextContents();
    const said = (await site.get(`${new URL(page.url()).pathname.replace("/runs", "/api/v1/runs")}/log.txt`)).text.trimEnd().split("\n");
    assert.deepEqual(shown, said.slice(-shown.length));

    // The other tabs were not looked at until now; they hold what arrived.
    await until("results are counted", async () => (await textOf(page, "[data-count=results]")) === "(2)");
    await page.locator("[data-tab=results]").click();
    assert.equal((await textOf(page, '[data-result="count"] [data-value]')).trim(), "40");
    assert.match(await textOf(page, '[data-result="model"] [data-value]'), /Object\{3 keys\}/);
    await page.locator("[data-tab=events]").click();
    await page.locator('[data-event="talk.finished"]').waitFor();
    assert.equal(await textOf(page, '[data-event="talk.finished"] .event-duration'), "1.2 s");
    assert.equal(await page.locator('[data-event="talk.finished"]').getAttribute("data-tone"), "finished");
    await page.locator("[data-tab=leaderboard]").click();
    await until("all rows are there", async () => (await page.locator("[data-row]").count()) === 40);
    await page.locator("[data-tab=configuration]").click();
    await page.getByText("shell", { exact: true }).waitFor();
    assert.deepEqual(loads.filter((url) => !url.includes("?tab=")), [], "no reload");
    await Promise.all([page.close(), second.close()]);
});

test("panels that are open take what arrives", async () => {
    const gate = makeGate(after);
    const run = await addRun(site, await addInstance(site, "Open panels", { steps: 60, pause_ms: 10, notes: gate.path }));
    const pages = {};
    for (const tab of ["results", "events", "leaderboard"]) {
        pages[tab] = await person.newPage();
        await pages[tab].goto(`/runs/${run}?tab=${tab}`);
    }
    const rows = pages.leaderboard.locator("[data-row]");
    const before = await until("rows arrive", () => rows.count());
    gate.open();
    await until("more rows arrive", async () => (await rows.count()) > before);
    await pages.events.locator('[data-event="talk.finished"]').waitFor();
    await pages.results.locator('[data-result="count"]').waitFor();
    assert.equal((await textOf(pages.results, '[data-result="count"] [data-value]')).trim(), "60");
    await until("all rows are there", async () => (await rows.count()) === 60);

    const board = pages.leaderboard;
    const score = async () => (await board.locator("[data-row] td:nth-child(2)").allTextContents()).map(Number);
    await board.locator('[data-sort="score"]').click();
    await until("descending first", async () => (await score()).every((v, i, all) => i === 0 || all[i - 1] >= v));
    assert.equal(await board.locator('th[aria-sort="descending"]').textContent(), "score");
    await board.locator('[data-sort="score"]').click();
    await until("then it toggles", async () => (await score()).every((v, i, all) => i === 0 || all[i - 1] <= v));
    assert.equal(await textOf(board, "[data-row] td.best"), Math.max(...(await score())).toFixed(4));
    for (const page of Object.values(pages)) await page.close();
});

test("rows that cannot be read for the moment are read again, and stay meanwhile", async () => {
    const run = await addRun(site, await addInstance(site, "Rows", { steps: 20, pause_ms: 10 }));
    await until("it has ended", async () => (await site.get(`/api/v1/runs/${run}`)).json.status === "completed");
    const page = await person.newPage();
    let asked = 0;
    await page.route(/\/records\?kind=row/, (route) => (asked++ === 0 ? route.fulfill({ status: 503, json: {} }) : route.continue()));
    await page.goto(`/runs/${run}?tab=leaderboard`);
    assert.equal(await page.locator("[data-row]").count(), 20);
    await page.locator('[data-sort="score"]').click();
    await until("they are asked for again", () => asked > 1);
    await page.locator('th[aria-sort="descending"]').waitFor();
    assert.equal(await page.locator("[data-row]").count(), 20);
    person.complaints.splice(0); // of the 503
    await page.close();
});

test("the dashboard and the list of runs change as runs start and end, and a toast tells", async () => {
    const gate = makeGate(after);
    const instance = await addInstance(site, "Seen from afar", { steps: 4, notes: gate.path });
    const [dashboard, runs, detail] = [await person.newPage(), await person.newPage(), await person.newPage()];
    await dashboard.goto("/experiments");
    await runs.goto("/runs");
    await detail.goto(`/experiments/${instance}`);
    await dashboard.locator(`[data-instance="${instance}"]`).getByText("never run").waitFor();
    const run = await addRun(site, instance);
    const toast = dashboard.locator("[data-toast]", { hasText: "Seen from afar #1" });
    const allShow = (status) => [
        waitForBadge(dashboard, status, `[data-instance="${instance}"]`),
        waitForBadge(runs, status, `[data-run="${run}"]`),
        waitForBadge(detail, status, `[data-run="${run}"]`),
    ];
    await Promise.all(allShow("running"));
    gate.open();
    // Under the mouse it stays.
    await Promise.all([toast.hover(), ...allShow("completed")]);
    assert.equal((await textOf(dashboard, `[data-instance="${instance}"] [data-count=runs]`)).trim(), "1 run");
    assert.equal(await textOf(detail, "[data-count=runs]"), "(1)");
    await keepScreenshot(dashboard, "dashboard-toast");
    await toast.getByRole("link").click();
    await dashboard.waitForURL(new RegExp(`/runs/${run}$`));
    for (const page of [dashboard, runs, detail]) await page.close();
});

test("a run is cancelled after a question, and the answer can be no", async () => {
    const page = await person.newPage();
    await page.goto(`/runs/${await addRun(site, await addInstance(site, "To be cancelled", { ending: "never" }))}`);
    await waitForBadge(page, "running");
    await page.locator("[data-action=cancel]").click();
    await page.getByRole("button", { name: "Let it run" }).click();
    await until("the dialog is gone", async () => (await page.locator("dialog").count()) === 0);
    await page.locator("[data-action=cancel]").click();
    await page.keyboard.press("Escape");
    await until("Esc closes the dialog", async () => (await page.locator("dialog").count()) === 0);
    assert.equal(await page.locator(".run-badge [data-status]").getAttribute("data-status"), "running");
    await page.locator("[data-action=cancel]").click();
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await waitForBadge(page, "cancelled");
    assert.equal(await page.locator("[data-action=cancel]").count(), 0);
    await page.close();
});

test("a run that fails says why in plain words", async () => {
    const page = await person.newPage();
    await page.goto(`/runs/${await addRun(site, await addInstance(site, "To fail", { ending: "badly" }))}`);
    await waitForBadge(page, "failed");
    assert.equal(await textOf(page, "[data-reason]"), "The program ended with exit code 3");
    await page.close();
});

test("the log: stderr, levels and metadata stand apart, a permalink marks its line", async () => {
    const page = await person.newPage();
    const run = await addRun(site, await addInstance(site, "Marks", { steps: 3 }));
    await page.goto(`/runs/${run}`);
    await waitForBadge(page, "completed");
    const row = (text) => page.locator("[data-line]", { hasText: text });
    await row("an error").waitFor();
    assert.equal(await row("a word on stderr").getAttribute("data-source"), "stderr");
    assert.equal(await row("a warning").getAttribute("data-level"), "warn");
    assert.equal(await row("a warning").locator(".log-more").textContent(), '{"left":3}');
    assert.equal(await row("a warning").locator("b").count(), 0);
    await page.locator('[data-line="2"] .log-no').click();
    await page.waitForURL(/#L2$/);
    await page.locator('[data-line="4"] .log-no').click({ modifiers: ["Shift"] });
    await page.waitForURL(/#L2-4$/);
    const again = await person.newPage();
    await again.goto(page.url());
    await until("its lines are marked", async () => (await again.locator("[data-line][data-marked]").count()) === 3);
    assert.ok((await lineCount(page)) > 0);
    await Promise.all([page.close(), again.close()]);
});
