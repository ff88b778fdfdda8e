// The header of a run page: always visible, true by the server's clock, and with the reason of a failure in plain words.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { duration } from "../../static/js/format.js";
import { addInstance, addRun, assertAccessible, assertFits, experiments, follow, keepScreenshot, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { writeExperiment } from "../lib/runs.mjs";
import { startStack } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { orLate, sleep, until } from "../lib/wait.mjs";

const canary = '<img src=x onerror=window.canary=1>{{x}}';
const folder = join(tempDir(after), "more");
const say = (message) => `printf '%s\\n' '${JSON.stringify(message)}' >&3`;
writeExperiment(folder, "vague", `${say({ type: "progress", message: `thinking ${canary}` })}; sleep 600`);
writeExperiment(folder, "stubborn", `trap '' TERM; ${say({ type: "progress", current: 1, total: 4, message: "a quarter" })}; while :; do sleep 1; done`, { grace_s: 300 });
writeExperiment(folder, "mute", "sleep 600");
const go = join(folder, "../go");
writeExperiment(folder, "late", `until [ -e ${go} ]; do sleep 0.1; done; ${say({ type: "row", table: "t", values: { v: 1 } })}; sleep 600`);

const site = await startStack(after, { experiments: [...experiments, folder], conf: { jobs: 8 } });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
await until("the experiments are offered", async () => (await site.get("/api/v1/experiments")).json.items.length === 5);
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

const text = async (page, selector) => ((await page.locator(selector).first().textContent()) ?? "").trim();
const start = async (experiment, name = experiment, configuration = {}) => addRun(site, await addInstance(site, name, configuration, experiment));
const open = async (run, tab = "logs", who = person) => {
    const page = await who.newPage();
    await page.goto(`/runs/${run}?tab=${tab}`);
    return page;
};
const cancel = (run) => site.post(`/api/v1/runs/${run}/cancel`, { force: true });

test("the header is always visible: only panels scroll, at 360 and 1440 px", async () => {
    const run = await start("talker", "A name that goes on and on, so that one sees whether the header keeps its shape", { steps: 40, pause_ms: 0, burst: 30, ending: "badly", text: "x".repeat(300) });
    await until("it ends", async () => (await site.get(`/api/v1/runs/${run}`)).json.finished_at, 30);
    for (const width of [360, 1440]) {
        const page = await open(run);
        await page.setViewportSize({ width, height: 640 });
        for (const tab of ["logs", "results", "events", "leaderboard", "configuration"]) {
            await page.locator(`[data-tab=${tab}]`).click();
            await page.locator(`[data-panel=${tab}]:not([hidden]):not([aria-busy])`).waitFor();
            await page.mouse.move(width / 2, 500);
            await page.mouse.wheel(0, 3000);
            await page.evaluate(() => scrollTo(0, 5000));
            const where = await page.evaluate(() => {
                const box = (selector) => document.querySelector(selector)?.getBoundingClientRect().toJSON();
                return { head: box(".run-head"), badge: box(".run-badge"), tabs: box(".tabs-bar"), bar: box(".site-header"), page: document.documentElement.scrollTop };
            });
            assert.equal(where.page, 0, `${tab}: the document does not scroll`);
            assert.equal(where.bar.top, 0);
            assert.ok(where.head.top >= where.bar.bottom && where.badge.top >= where.head.top && where.tabs.bottom < 360, `${tab}: ${JSON.stringify(where)}`);
            await assertFits(page, `${tab} at ${width} px`);
        }
        await keepScreenshot(page, `head-failed-${width}`);
        await page.close();
    }
});

test("the breadcrumb says Experiments / instance / Run #N, and leads there", async () => {
    const run = await start("mute", `Crumbs ${canary}`);
    const page = await open(run);
    assert.deepEqual(await page.locator(".breadcrumb li").allTextContents(), ["Experiments", `Crumbs ${canary}`, "Run #1"]);
    const [{ instance_id: instance }] = await site.sql("SELECT instance_id FROM runs WHERE id = $1", run);
    assert.deepEqual(await page.locator(".breadcrumb a").evaluateAll((all) => all.map((a) => a.getAttribute("href"))), ["/experiments", `/experiments/${instance}`]);
    const here = page.locator(".breadcrumb [aria-current=page]");
    assert.equal(await here.textContent(), "Run #1");
    await until("it does not wait", async () => (await page.locator("[data-waiting]").count()) === 0);
    await page.setViewportSize({ width: 360, height: 700 });
    for (const crumb of await page.locator(".breadcrumb li").all()) assert.ok((await crumb.boundingBox()).width > 20, await crumb.textContent());
    assert.ok(await here.evaluate((e) => e.scrollWidth <= e.clientWidth && e.getBoundingClientRect().right <= innerWidth), "the number of the run is never cut");
    await keepScreenshot(page, "crumbs-360");
    await cancel(run);
    await page.close();
});

test("elapsed time ticks by the server's clock, and is frozen to the final duration", async () => {
    const run = await start("mute", "Clock");
    await until("it runs", async () => (await site.get(`/api/v1/runs/${run}`)).json.started_at, 20);
    const wrong = await signIn(browser, site);
    await wrong.context.addInitScript("{ const now = Date.now; Date.now = () => now() + 7_200_000; }");
    const page = await open(run, "logs", wrong);
    const shown = async () => Number.parseFloat(await text(page, "[data-elapsed-shown]"));
    const real = async () => (Date.now() - Date.parse((await site.get(`/api/v1/runs/${run}`)).json.started_at)) / 1000;
    for (let i = 0; i < 3; i++) {
        await until("the clocks agree", async () => /^[\d.]+ s$/.test(await text(page, "[data-elapsed-shown]")) && Math.abs((await shown()) - (await real())) < 1);
        await sleep(400);
    }
    await cancel(run);
    await waitForBadge(page, "cancelled");
    const { json } = await site.get(`/api/v1/runs/${run}`);
    const final = Date.parse(json.finished_at) - Date.parse(json.started_at);
    await until("it is the final duration", async () => (await text(page, "[data-elapsed-shown]")) === duration(final));
    const frozen = await text(page, "[data-elapsed-shown]");
    await sleep(400);
    assert.equal(await text(page, "[data-elapsed-shown]"), frozen);
    await wrong.context.close();
});

test("the progress bar says how far and what; without a total it is indeterminate, and text from the experiment stays text", async () => {
    const [vague, quarter] = [await start("vague", "Vague"), await start("stubborn", "Quarter")];
    const [a, b] = [await open(vague), await open(quarter)];
    await until("its message", async () => (await text(a, "[data-progress-text]")) === `thinking ${canary}`, 20);
    assert.equal(await a.locator("[data-progress] progress").getAttribute("value"), null);
    assert.equal(await a.locator("[data-progress] img").count(), 0);
    await until("its share", async () => (await text(b, "[data-progress-text]")) === "25 % · 1 of 4 · a quarter", 20);
    assert.equal(await b.locator("[data-progress] progress").getAttribute("value"), "25");
    await until("its title says it", async () => (await b.title()) === "Running 25 % · Quarter #1 · Athanor");
    await until("the other's, too", async () => (await a.title()) === "Running · Vague #1 · Athanor");
    await keepScreenshot(a, "head-indeterminate");
    assert.equal(await a.evaluate(() => "canary" in window), false);

    // The other, too, says it at once when the page comes later.
    await b.reload();
    await until("it is told to those who come late", async () => (await text(b, "[data-progress-text]")) === "25 % · 1 of 4 · a quarter");
    for (const run of [vague, quarter]) await cancel(run);
    for (const page of [a, b]) {
        await waitForBadge(page, "cancelled");
        await until("the bar goes at the end", () => page.locator("[data-progress]").isHidden());
        await page.close();
    }
});

test("a tab that is pressed stays where it is until it is let go", async () => {
    const run = await start("late", "Pressed");
    const page = await open(run);
    await waitForBadge(page, "running");
    // Where it stays: what a run that has just begun says of itself moves the tabs.
    const place = () => page.locator("[data-tab=configuration]").boundingBox();
    await until("the tabs stand still", async () => {
        const before = await place();
        await sleep(500);
        return isDeepStrictEqual(await place(), before);
    });
    const { x, y, width, height } = await place();
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    const told = page.waitForResponse(async (answer) => answer.url().endsWith("tab=head") && (await answer.json()).tabs.some((tab) => tab.name === "leaderboard" && !tab.hidden));
    writeFileSync(go, "");
    await orLate(told);
    await sleep(300);
    assert.equal(await page.locator("[data-tab=leaderboard]").count(), 0);
    await page.mouse.up();
    await page.locator("[data-tab=leaderboard]").waitFor();
    await page.locator("[data-panel=configuration]:not([hidden]):not([aria-busy])").waitFor();
    await cancel(run);
    await page.close();
});

test("the title shows the status before any script has run", async () => {
    const run = await start("talker", "Titled", { steps: 1 });
    await until("it ends", async () => (await site.get(`/api/v1/runs/${run}`)).json.finished_at, 30);
    const plain = await signIn(browser, site, { javaScriptEnabled: false });
    const page = await open(run, "logs", plain);
    assert.equal(await page.title(), "Completed · Titled #1 · Athanor");
    await plain.context.close();
});

test("Cancel asks first; once it is cancelling there is Force stop, which asks too", async () => {
    const run = await start("stubborn", "Stubborn");
    const page = await open(run);
    await until("it ignores signals", async () => (await text(page, "[data-progress-text]")).includes("a quarter"), 20);
    await page.locator("[data-action=cancel]").click();
    await follow(page, page.getByRole("button", { name: "Cancel the run" }));
    await waitForBadge(page, "cancelling");
    assert.equal(await page.locator("[data-action=cancel]").count(), 0);
    assert.match(await page.title(), /^Cancelling /);
    await page.setViewportSize({ width: 360, height: 740 });
    await keepScreenshot(page, "head-cancelling-360");
    await assertFits(page, "a run that is cancelling");
    await page.locator("[data-action=force-stop]").click();
    await page.getByRole("button", { name: "Wait for it" }).click();
    await sleep(200);
    assert.equal(await text(page, ".run-badge"), "Cancelling");
    await page.locator("[data-action=force-stop]").click();
    await assertAccessible(page, "the question before a forced stop");
    await follow(page, page.locator("[data-action=confirm]"));
    await waitForBadge(page, "cancelled");
    assert.equal(await page.locator("[data-action=force-stop]").count(), 0);
    await page.close();
});

test("an answer that comes too late harms nothing", async () => {
    const run = await start("mute", "Too late");
    const page = await open(run);
    await waitForBadge(page, "running");
    await page.locator("[data-action=cancel]").click();
    await cancel(run);
    await until("it has ended", async () => (await page.locator('.run-badge [data-status="cancelled"]').count()) === 1, 20);
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await page.locator("[data-toast]", { hasText: "Too late" }).waitFor();
    await page.close();
});

test("the reason of a failure stands in plain words, live, and a long error expands", async () => {
    const endings = [
        ["exit", null, 7, null, "The program ended with exit code 7"],
        ["signal", null, null, 11, "The program was ended by signal 11"],
        ["timeout", null, null, null, "The run took longer than its time limit"],
        ["memory", null, null, null, "The run used more memory than its limit"],
        ["lost", null, null, null, "The runner of this run was lost"],
        ["start", "cannot start main.sh: no such file", null, null, "Cannot start main.sh: no such file"],
        ["shutdown", null, null, null, "The site was stopped while this ran"],
        ["reported", `boom ${canary}\n${"a line of a trace\n".repeat(60)}`, 1, null, "The experiment reported a failure"],
    ];
    const instance = await addInstance(site, "Reasons", {}, "mute");
    const page = await person.newPage();
    for (const [reason, error, exit, signal, words] of endings) {
        // In one transaction: no runner takes it.
        const [{ id }] = await site.sql("SELECT r.id FROM create_run($1::bigint, 0) AS r (id), LATERAL claim_run(r.id, NULL, 'host', '{}')", instance);
        await page.goto(`/runs/${id}`);
        await waitForBadge(page, "running");
        await site.sql("SELECT epoch FROM finish_run($1::bigint, NULL, 'failed', $2, nullif($3, ''), nullif($4, '')::int, nullif($5, '')::int)", id, reason, error ?? "", exit ?? "", signal ?? "");
        await waitForBadge(page, "failed");
        await until(`${reason} in words`, async () => (await text(page, "[data-reason]")) === words);
    }
    const error = page.locator("details.run-error");
    assert.ok(await error.locator("pre").isHidden());
    await error.locator("summary").click();
    assert.ok((await error.locator("pre").textContent()).startsWith(`boom ${canary}\na line of a trace`));
    assert.equal(await error.locator("img").count(), 0);
    for (const width of [1440, 360]) {
        await page.setViewportSize({ width, height: 740 });
        const [pre, log] = [await error.locator("pre").boundingBox(), await page.locator("[data-panel=logs]").boundingBox()];
        assert.ok(pre.height > 60 && log.height > 150, `the error has ${pre.height} px, the log ${log.height} at ${width}`);
        await assertFits(page, "a long error");
        await keepScreenshot(page, `head-error-${width}`);
    }
    await assertAccessible(page, "a long error");
    await page.close();
});
