// An open run page loses its connection in every way there is, and comes back each time without a click; what it then shows is what
// the database holds: after Refresh, or at once where it catches up by itself. 50 faults with ATHANOR_SOAK=1, else each kind once.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { addInstance, addRun, experiments, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { startProxy } from "../lib/proxy.mjs";
import { assertComplete, assertCurrent, connection, is } from "../lib/run_page.mjs";
import { startStack } from "../lib/stack.mjs";
import { sleep, until } from "../lib/wait.mjs";

const site = await startStack(after, { experiments });
const proxy = await startProxy(after, site);
const browser = await startBrowser(after);
await until("the experiment is offered", async () => (await site.get("/api/v1/experiments")).json.items.length > 0);

const cdp = await browser.newBrowserCDPSession();
const renderers = async () => (await cdp.send("SystemInfo.getProcessInfo")).processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);

/** Keeps what the page says of its connection, for a fault may be over before anybody looks. */
const watchStates = (page) =>
    page.evaluate(() => {
        const place = /** @type {HTMLElement} */ (document.querySelector(".run-page [data-connection]"));
        const states = (/** @type {any} */ (window).states = [place.dataset.connection]);
        new MutationObserver(() => states.push(place.dataset.connection)).observe(place, { attributes: true, attributeFilter: ["data-connection"] });
    });
/** Presses Refresh, where that is offered. */
const press = async (page) => (await page.locator("[data-action=refresh]").isVisible()) && page.locator("[data-action=refresh]").click();
const takeStates = (page) => page.evaluate(() => /** @type {any} */ (window).states.splice(0));

/** @param {number} status */
const answered = (status) => async () => {
    const attempts = proxy.fail(status);
    await until("it has been refused twice", () => attempts() >= 2 * people.length, 60);
    proxy.mend();
};

/** What happens to the open pages. All but the reload break the connection. @type {Record<string, () => Promise<any>>} */
const faults = {
    "502": answered(502),
    "503": answered(503),
    "504": answered(504),
    "nginx reload": () => site.kill("nginx", "SIGHUP"),
    "nginx kill": async () => site.waitForRestart("nginx", await site.kill("nginx")),
    "relay kill": async () => site.waitForRestart("events", await site.kill("events")),
    "cut": async () => proxy.cut(),
    "offline, online": async () => {
        await Promise.all([proxy.down(), ...people.map(({ person }) => person.context.setOffline(true))]);
        await sleep(500);
        await proxy.up();
        await Promise.all(people.map(({ person }) => person.context.setOffline(false)));
    },
    "frozen": async () => {
        const sessions = await Promise.all(people.map(({ person, page }) => person.context.newCDPSession(page)));
        await Promise.all(sessions.map((session) => session.send("Page.setWebLifecycleState", { state: "frozen" })));
        proxy.cut();
        await sleep(700);
        await Promise.all(sessions.map((session) => session.send("Page.setWebLifecycleState", { state: "active" })));
        await Promise.all(sessions.map((session) => session.detach()));
    },
    "stopped": async () => {
        const pids = await renderers();
        for (const pid of pids) process.kill(pid, "SIGSTOP");
        proxy.cut();
        await sleep(700);
        for (const pid of pids) process.kill(pid, "SIGCONT");
    },
};
const unbroken = ["nginx reload"];
// It takes the 45 s after which silence counts.
if (process.env.ATHANOR_SOAK) faults.silent = async () => proxy.mute();

/** Someone who presses Refresh, and someone whose page catches up by itself. @type {any[]} */
const people = [];
const kinds = Object.keys(faults);
const count = process.env.ATHANOR_SOAK ? 50 : kinds.length;

test(`${count} faults: the connection recovers without a click, and the page then shows what the database holds`, async (t) => {
    const run = await addRun(site, await addInstance(site, "Unbreakable", { steps: 100000, pause_ms: 40 }));
    for (const byItself of [false, true]) {
        const person = await signIn(browser, proxy.site);
        const page = await person.newPage();
        await page.addInitScript(`localStorage.setItem("athanor-catch-up", "${byItself ? "yes" : "no"}")`);
        await page.goto(`/runs/${run}`);
        await waitForBadge(page, "running");
        await is(page, "live");
        await watchStates(page);
        people.push({ person, page, byItself });
    }
    const board = await people[0].person.newPage();
    await board.goto(`/runs/${run}?tab=leaderboard`);

    for (let i = 0; i < count; i++) {
        const kind = kinds[i % kinds.length];
        await faults[kind]();
        for (const { page, byItself } of people) {
            const states = [];
            await until(`it is back after fault ${i + 1}, ${kind}`, async () => {
                states.push(...(await takeStates(page)));
                const now = await connection(page).getAttribute("data-connection");
                return (now === "live" || now === "stale") && (unbroken.includes(kind) || states.includes("reconnecting"));
            }, 120);
            if (byItself) assert.ok(await page.locator("[data-action=refresh]").isHidden(), "there is nothing to press");
            await assertCurrent(page, site, run, byItself ? undefined : () => press(page));
        }
        t.diagnostic(`${i + 1}: ${kind}`);
    }

    await site.post(`/api/v1/runs/${run}/cancel`, {});
    for (const { page } of people) {
        await waitForBadge(page, "cancelled", ".run-badge", 40);
        await until("the page is closed", async () => (await press(page), (await connection(page).getAttribute("data-connection")) === "closed"), 40);
        await assertComplete(page, site, run);
    }
    const { json } = await site.get(`/api/v1/runs/${run}`);
    assert.ok(json.records > 0);
    const [{ rows }] = await site.sql("SELECT count(*)::int AS rows FROM records WHERE run_id = $1 AND kind = 'row'", run);
    await until("the other tab counts all rows", async () => (await press(board), await board.locator("[data-count=leaderboard]").textContent()) === `(${rows.toLocaleString("en-US")})`);
});
