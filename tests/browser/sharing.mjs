// All tabs of a browser share one connection: ten of them on ten runs, a slow one, one that sleeps, and a browser that cannot share.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { addInstance, addRun, experiments, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { assertComplete, assertCurrent, connection, counted, is, lastShown } from "../lib/run_page.mjs";
import { startStack } from "../lib/stack.mjs";
import { sleep, until } from "../lib/wait.mjs";

const site = await startStack(after, { experiments, conf: { jobs: 12 } });
const browser = await startBrowser(after);
await until("the experiment is offered", async () => (await site.get("/api/v1/experiments")).json.items.length > 0);

/** How many streams the relay has open. */
const streams = async () => Number(/^athanor_events_streams (\d+)$/m.exec((await site.get("/events/metrics")).text)?.[1]);
const open = async (person, path) => {
    const page = await person.newPage();
    await page.goto(path);
    return page;
};
const moves = async (page) => {
    const before = await lastShown(page);
    await until("lines arrive", async () => (await lastShown(page)) > before);
};

test("ten tabs show ten different runs on plain HTTP, live at once, on one connection; closing any of them breaks none", async () => {
    const person = await signIn(browser, site);
    const instance = await addInstance(site, "Ten", { steps: 100000, pause_ms: 300 });
    const tabs = [];
    for (let i = 0; i < 10; i++) {
        const run = await addRun(site, instance);
        tabs.push({ run, page: await open(person, `/runs/${run}`) });
    }
    for (const { page } of tabs) await is(page, "live");
    await Promise.all(tabs.map(({ page }) => moves(page)));
    await until("one connection carries them all", async () => (await streams()) === 1);
    while (tabs.length > 1) {
        const [closed] = tabs.splice(tabs.length % 3 === 0 ? 0 : Math.floor(tabs.length / 2), 1);
        await closed.page.close();
        await site.post(`/api/v1/runs/${closed.run}/cancel`, { force: true });
        if (tabs.length % 3 === 0) await Promise.all(tabs.map(({ page }) => moves(page)));
        assert.deepEqual(await Promise.all(tabs.map(({ page }) => connection(page).getAttribute("data-connection"))), tabs.map(() => "live"));
    }
    const [{ run, page }] = tabs;
    await sleep(3500); // by then the closed tabs' runs are no longer followed
    await moves(page);
    await until("one connection carries it", async () => (await streams()) === 1);
    assert.ok(await page.locator("[data-action=refresh]").isHidden());
    await site.post(`/api/v1/runs/${run}/cancel`, {});
    await waitForBadge(page, "cancelled");
    await assertComplete(page, site, run);
    assert.deepEqual(person.complaints, []);
    await person.context.close();
    await until("nobody is left", async () => (await streams()) === 0);
});

test("two tabs on one run, the second opened in its middle, show the same", async () => {
    const person = await signIn(browser, site);
    const run = await addRun(site, await addInstance(site, "Two on one", { steps: 60, pause_ms: 50 }));
    const first = await open(person, `/runs/${run}`);
    await until("lines arrive", async () => (await lastShown(first)) > 5, 20);
    const second = await open(person, `/runs/${run}`);
    for (const page of [first, second]) {
        await waitForBadge(page, "completed");
        await assertComplete(page, site, run);
        assert.ok(await page.locator("[data-action=refresh]").isHidden());
    }
    await person.context.close();
});

test("a tab that does not keep up is sent no more until it does, misses nothing, and holds up no other", async () => {
    const person = await signIn(browser, site);
    const run = await addRun(site, await addInstance(site, "Flood", { steps: 100000, pause_ms: 10, burst: 20 }));
    const [slow, other] = [await open(person, `/runs/${run}`), await open(person, `/runs/${run}`)];
    for (const page of [slow, other]) await is(page, "live");
    const busy = slow.evaluate(() => {
        const end = performance.now() + 5000;
        while (performance.now() < end);
    });
    const before = await counted(other);
    await until("the other goes on", async () => (await counted(other)) > before + 500);
    await busy;
    await until("it has caught up", async () => {
        const all = await counted(other);
        return (await counted(slow)) >= all - 200;
    });
    await assertCurrent(slow, site, run);
    assert.equal(await connection(slow).getAttribute("data-connection"), "live");
    assert.ok(await slow.locator("[data-action=refresh]").isHidden(), "being slow is not being away");
    await site.post(`/api/v1/runs/${run}/cancel`, { force: true });
    for (const page of [slow, other]) {
        await waitForBadge(page, "cancelled");
        await assertComplete(page, site, run);
    }
    await person.context.close();
});

test("a browser without shared workers has a stream for each page", async () => {
    const person = await signIn(browser, site);
    await person.context.addInitScript("delete globalThis.SharedWorker");
    const run = await addRun(site, await addInstance(site, "Alone", { steps: 100000, pause_ms: 100 }));
    const [page, list] = [await open(person, `/runs/${run}`), await open(person, "/runs")];
    await is(page, "live");
    await list.locator('[data-connection="live"]').waitFor({ state: "attached" });
    await moves(page);
    await until("each has its own", async () => (await streams()) === 2);
    await list.close();
    await until("a closed page's stream ends", async () => (await streams()) === 1);
    await site.post(`/api/v1/runs/${run}/cancel`, {});
    await waitForBadge(page, "cancelled");
    await assertComplete(page, site, run);
    assert.deepEqual(person.complaints, []);
    await person.context.close();
});
