// The connection goes and comes back: what was missed waits for the reader, nothing is lost, and nobody clicks to reconnect.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { addInstance, addRun, experiments, keepScreenshot, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { holdBack } from "../lib/hold.mjs";
import { startProxy } from "../lib/proxy.mjs";
import { assertComplete, connection, counted, followsEnd, is, lastShown, statesOf } from "../lib/run_page.mjs";
import { writeExperiment } from "../lib/runs.mjs";
import { startStack } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { sleep, until } from "../lib/wait.mjs";

const folder = tempDir(after);
const go = join(folder, "go");
writeExperiment(join(folder, "more"), "gated", `seq 3; until [ -e ${go} ]; do sleep 0.1; done; seq 4 6`);
const site = await startStack(after, { experiments: [...experiments, join(folder, "more")], conf: { jobs: 8 } });
const browser = await startBrowser(after);
await until("the experiments are offered", async () => (await site.get("/api/v1/experiments")).json.items.length === 2);

/** Waits until the run has said so many lines. */
const says = (run, lines) => until(`run ${run} has said ${lines} lines`, async () => (await site.get(`/api/v1/runs/${run}`)).json.lines >= lines);

// A test that fails leaves the relay running for the next.
test.afterEach(async () => {
    if ((await site.status()).events.state !== "up") await site.startProgram("events");
});

test("after an outage the panels stand still, the button says how much, and a press shows all", async () => {
    const person = await signIn(browser, site);
    const run = await addRun(site, await addInstance(site, "Outage", { steps: 100000, pause_ms: 100 }));
    const [page, results] = [await person.newPage(), await person.newPage()];
    await page.goto(`/runs/${run}`);
    await results.goto(`/runs/${run}?tab=leaderboard`);
    await waitForBadge(page, "running");
    await until("lines arrive", async () => (await lastShown(page)) > 5);
    for (const one of [page, results]) await is(one, "live");
    const rows = async () => results.locator("[data-row]").evaluateAll((all) => all.map((row) => row.firstElementChild.textContent).map(Number));
    await until("rows arrive", async () => (await rows()).length > 0);

    await site.stopProgram("events");
    await is(page, "reconnecting");
    assert.match(await connection(page).textContent(), /^Reconnecting \(attempt \d+\)\.\.\.$/);
    await keepScreenshot(page, "reconnecting");
    await says(run, (await lastShown(page)) + 15);
    const [before, a] = [await lastShown(page), await rows()];
    await site.startProgram("events");
    await is(page, "stale");
    const button = page.locator("[data-action=refresh]");
    await until("the button says how much", async () => /^Refresh: \d+ new lines$/.test(await button.textContent()));
    await keepScreenshot(page, "stale");
    const missed = Number((await button.textContent()).replace(/\D/g, ""));
    assert.ok(missed > 5, `${missed} lines were missed`);
    await until("counts stay current", async () => (await counted(page)) > before + missed + 5);
    assert.equal(await lastShown(page), before, "the panels do not move");
    assert.ok(Number((await button.textContent()).replace(/\D/g, "")) > missed, "the button counts on");

    await button.click();
    await is(page, "live");
    assert.ok(await button.isHidden());
    await followsEnd(page);

    await results.locator("[data-action=refresh]").click();
    await until("rows are dense", async () => {
        const seen = await rows();
        const total = Number(await results.locator("[data-table] table").getAttribute("aria-rowcount")) - 1;
        return total > a.length && seen.length > 0 && seen.every((v, i) => v === i + 1);
    });
    await site.post(`/api/v1/runs/${run}/cancel`, {});
    await waitForBadge(page, "cancelled");
    await assertComplete(page, site, run);
    await person.context.close();
});

test("what was asked for before another outage does not move what stands still after it", async () => {
    const person = await signIn(browser, site);
    const run = await addRun(site, await addInstance(site, "Two outages", { steps: 100000, pause_ms: 100 }));
    const page = await person.newPage();
    await page.goto(`/runs/${run}?tab=leaderboard`);
    const rows = async () => Number(await page.locator("[data-table] table").getAttribute("aria-rowcount")) - 1;
    await until("rows arrive", async () => (await rows()) > 0);
    const outage = async () => {
        await is(page, "live");
        await site.stopProgram("events");
        await is(page, "reconnecting");
        await says(run, (await counted(page)) + 10);
        await site.startProgram("events");
        await is(page, "stale");
    };
    await outage();
    const missed = await holdBack(page, /\/records\?after=/, { answered: true });
    await page.locator("[data-action=refresh]").click();
    await missed.asked();
    await outage();
    const [before, come] = [await rows(), page.waitForResponse(/\/records\?after=/)];
    missed.release();
    await (await come).finished();
    await sleep(600);
    assert.equal(await rows(), before);
    await page.locator("[data-action=refresh]").click();
    await until("all rows come", async () => (await rows()) > before + 20);
    await site.post(`/api/v1/runs/${run}/cancel`, { force: true });
    await person.context.close();
});

test("where nothing was missed there is no button", async () => {
    const person = await signIn(browser, site);
    const run = await addRun(site, await addInstance(site, "Quiet", { steps: 3, ending: "never" }));
    const page = await person.newPage();
    await page.goto(`/runs/${run}?tab=events`);
    await until("it has said all", async () => (await counted(page)) === 6 && (await page.locator('[data-event="talk.finished"]').count()) === 1);
    await is(page, "live");
    const states = await statesOf(page);
    await site.waitForRestart("events", await site.kill("events"));
    await until("it has been away", () => states.includes("reconnecting"));
    await is(page, "live");
    assert.ok(await page.locator("[data-action=refresh]").isHidden());
    await site.post(`/api/v1/runs/${run}/cancel`, {});
    await waitForBadge(page, "cancelled");
    await person.context.close();
});

test("'Catch up by itself' needs no press, and is remembered", async () => {
    const person = await signIn(browser, site);
    const run = await addRun(site, await addInstance(site, "By itself", { steps: 100000, pause_ms: 50 }));
    const page = await person.newPage();
    await page.goto(`/runs/${run}`);
    await waitForBadge(page, "running");
    await is(page, "live");
    await site.stopProgram("events");
    await is(page, "reconnecting");
    await page.getByLabel("Catch up by itself").check();
    await says(run, (await counted(page)) + 10);
    await site.startProgram("events");
    await is(page, "live");
    await followsEnd(page);
    await page.reload();
    await is(page, "live");
    await site.stopProgram("events");
    await is(page, "reconnecting");
    assert.ok(await page.getByLabel("Catch up by itself").isChecked());
    await site.startProgram("events");
    await is(page, "live");
    await site.post(`/api/v1/runs/${run}/cancel`, {});
    await waitForBadge(page, "cancelled");
    await assertComplete(page, site, run);
    await person.context.close();
});

test("a run that ends while the connection is away is seen to have ended", async () => {
    const person = await signIn(browser, site);
    const run = await addRun(site, await addInstance(site, "Ends unseen", {}, "gated"));
    const [page, dashboard] = [await person.newPage(), await person.newPage()];
    await page.goto(`/runs/${run}`);
    // What it asks for as it opens tells of runs that ended just before.
    await Promise.all([dashboard.waitForResponse(/\/api\/v1\/endings/), dashboard.goto("/experiments")]);
    await is(page, "live");
    await until("it waits", async () => (await counted(page)) === 3);
    await site.stopProgram("events");
    writeFileSync(go, "");
    await until("it ends", async () => (await site.get(`/api/v1/runs/${run}`)).json.status === "completed", 30);
    // A toast is brief.
    await Promise.all([
        site.startProgram("events"),
        waitForBadge(page, "completed"),
        dashboard.locator("[data-toast]", { hasText: "Ends unseen #1" }).waitFor(),
    ]);
    await until("all are counted", async () => (await counted(page)) === 6);
    await person.context.close();
});

test("nginx and pages may be restarted under an open page", async () => {
    const person = await signIn(browser, site);
    const run = await addRun(site, await addInstance(site, "Restarts", { steps: 100000, pause_ms: 50 }));
    const page = await person.newPage();
    await page.goto(`/runs/${run}`);
    await waitForBadge(page, "running");
    await is(page, "live");
    for (const name of ["nginx", "pages-quick"]) await site.waitForRestart(name, await site.kill(name));
    await is(page, ["live", "stale"]);
    await site.post(`/api/v1/runs/${run}/cancel`, {});
    await waitForBadge(page, "cancelled");
    await is(page, ["stale", "closed"]);
    if (await page.locator("[data-action=refresh]").isVisible()) await page.locator("[data-action=refresh]").click();
    await assertComplete(page, site, run);
    await person.context.close();
});

test("the view of a page that cannot be read for a while is read again", async () => {
    const person = await signIn(browser, site);
    const run = await addRun(site, await addInstance(site, "Pages away", { steps: 100000, pause_ms: 50 }));
    const page = await person.newPage();
    await page.goto(`/runs/${run}`);
    await waitForBadge(page, "running");
    await is(page, "live");
    await site.stopProgram("events");
    await is(page, "reconnecting");
    await says(run, (await counted(page)) + 10);
    let refused = 0;
    await page.route("**/runs/*?tab=head", (route) => (refused++, route.fulfill({ status: 503, body: "" })));
    await site.startProgram("events");
    await until("it has tried", () => refused >= 3);
    assert.equal(await connection(page).getAttribute("data-connection"), "reconnecting", "what was missed is not known yet");
    await page.unroute("**/runs/*?tab=head");
    await is(page, "stale");
    await page.locator("[data-action=refresh]").click();
    await followsEnd(page);
    await site.post(`/api/v1/runs/${run}/cancel`, {});
    await waitForBadge(page, "cancelled");
    await assertComplete(page, site, run);
    await person.context.close();
});

test("a page of a run that is deleted says so", async () => {
    const person = await signIn(browser, site);
    const run = await addRun(site, await addInstance(site, "Deleted", { steps: 1 }));
    await until("it ends", async () => (await site.get(`/api/v1/runs/${run}`)).json.status === "completed", 30);
    const page = await person.newPage();
    await page.goto(`/runs/${run}`);
    assert.equal((await site.delete(`/api/v1/runs/${run}`)).status, 204);
    await page.locator("[data-deleted]").waitFor();
    await person.context.close();
});

test("an answer of before does not take back that a run was deleted", async () => {
    const person = await signIn(browser, site);
    const run = await addRun(site, await addInstance(site, "Deleted early", { steps: 1 }));
    await until("it ends", async () => (await site.get(`/api/v1/runs/${run}`)).json.status === "completed", 30);
    const page = await person.newPage();
    const view = await holdBack(page, "**/runs/*?tab=head", { answered: true });
    await page.goto(`/runs/${run}`);
    await view.asked();
    assert.equal((await site.delete(`/api/v1/runs/${run}`)).status, 204);
    await page.locator("[data-deleted]").waitFor();
    const come = page.waitForResponse(/tab=head/);
    view.release();
    await (await come).finished();
    await sleep(300);
    assert.ok(await page.locator("[data-deleted]").isVisible());
    await person.context.close();
});

test("signed out is said, with a way back, and not tried again", async () => {
    const person = await signIn(browser, site);
    const run = await addRun(site, await addInstance(site, "Signed out", { steps: 3, ending: "never" }));
    const page = await person.newPage();
    await page.goto(`/runs/${run}`);
    await is(page, "live");
    await site.sql("DELETE FROM sessions");
    await is(page, "denied");
    assert.match(await connection(page).textContent(), /^Signed out/);
    assert.equal(await connection(page).getByRole("link").getAttribute("href"), `/login?next=${encodeURIComponent(`/runs/${run}`)}`);
    await person.context.close();
});

test("it does not wait when the browser comes online or the tab is shown", async (t) => {
    const proxy = await startProxy(t, site);
    const run = await addRun(site, await addInstance(site, "Impatient", { steps: 3, ending: "never" }));
    const people = [];
    for (const event of ["online", "visibilitychange"]) {
        const person = await signIn(browser, proxy.site);
        const page = await person.newPage();
        await page.goto(`/runs/${run}`);
        await is(page, "live");
        people.push({ person, page, event });
    }
    await proxy.down();
    // The next attempt is at least seven seconds away by then.
    const late = async ({ page }) => Number(/attempt (\d+)/.exec(await connection(page).textContent())?.[1]) >= 6;
    await Promise.all(people.map((one) => until("the fifth attempt has failed", () => late(one), 60)));
    await proxy.up();
    await Promise.all(people.map(({ page, event }) => page.evaluate((name) => (name === "online" ? window : document).dispatchEvent(new Event(name)), event)));
    await Promise.all(people.map(({ page }) => is(page, "live", 6)));
    for (const { person } of people) await person.context.close();
    await site.post(`/api/v1/runs/${run}/cancel`, { force: true });
});

test("'closed' ends the run's part for good, whatever becomes of the connection", async () => {
    const person = await signIn(browser, site);
    const run = await addRun(site, await addInstance(site, "Closed", { steps: 2 }));
    const page = await person.newPage();
    await page.goto(`/runs/${run}`);
    await waitForBadge(page, "completed");
    await is(page, "closed");
    const said = await statesOf(page);
    await site.waitForRestart("events", await site.kill("events"));
    await sleep(1500);
    assert.deepEqual(said.filter((state) => state !== "closed"), []);
    assert.ok(await page.locator("[data-action=refresh]").isHidden());
    await person.context.close();
});
