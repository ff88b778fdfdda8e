// What every page has: header, theme, badges, keys, and a word when its connection is lost.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { addInstance, addRun, assertAccessible, assertFits, experiments, keepScreenshot, makeGate, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { holdBack } from "../lib/hold.mjs";
import { descendants } from "../lib/proc.mjs";
import { startStack } from "../lib/stack.mjs";
import { sleep, until } from "../lib/wait.mjs";

const site = await startStack(after, { experiments, conf: { jobs: 6 } });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
await until("the experiment is offered", async () => (await site.get("/api/v1/experiments")).json.items.length > 0);
const instance = await addInstance(site, "Framed", { steps: 3, ending: "never" });
const run = await addRun(site, instance);
const paths = ["/experiments", "/experiments/new?experiment=talker", `/experiments/${instance}`, `/experiments/${instance}/edit`, "/runs", "/runners", `/runs/${run}`];

test.afterEach(async () => {
    if ((await site.status()).events.state !== "up") await site.startProgram("events");
});

const open = async (path, who = person) => {
    const page = await who.newPage();
    await page.goto(path);
    return page;
};
const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent?.trim() ?? "");

test("every page has a slim header: logo and home, breadcrumb, theme switch, session menu", async () => {
    const page = await person.newPage();
    for (const path of paths) {
        await page.goto(path);
        const header = page.locator(".site-header");
        assert.ok((await header.boundingBox()).height <= 48, `${path}: it is slim`);
        assert.equal(await header.locator(".site-logo").getAttribute("href"), "/experiments");
        assert.ok((await header.locator(".breadcrumb li").count()) >= 1, `${path} has a breadcrumb`);
        assert.equal(await header.locator("[data-menu=theme] button").count(), 3);
        assert.equal(await header.locator("[data-menu=session] form[action='/logout']").count(), 1);
        assert.match((await page.locator("body").getAttribute("data-page")) ?? "", /^(experiments|new|instance|edit|runs|runners|run)$/);
        await page.locator("[data-connection=live]").waitFor({ state: "attached" });
    }
    await page.close();
});

test("the chosen theme is painted from the first moment on, before the style sheet has come", async () => {
    for (const [theme, system, dark] of [["dark", "light", true], ["light", "dark", false], ["system", "dark", true], ["system", "light", false]]) {
        const someone = await signIn(browser, site, { colorScheme: system });
        await someone.context.addCookies([{ name: "athanor_theme", value: theme, url: site.url }]);
        const style = await holdBack(someone.context, "**/app.css");
        const page = await someone.newPage();
        const going = page.goto("/runs");
        await page.locator("main").waitFor({ state: "attached" });
        assert.equal(await page.locator("html").getAttribute("data-theme"), theme);
        assert.equal(await page.locator("meta[name=color-scheme]").getAttribute("content"), theme === "system" ? "light dark" : theme);
        style.release();
        await going;
        const [, r] = /rgba?\((\d+)/.exec(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)) ?? [];
        assert.equal(Number(r) < 80, dark, `${theme} on a ${system} system`);
        await someone.context.close();
    }
});

test("statuses are always the same badge, and only what is under way pulses, unless motion is to be reduced", async () => {
    const tones = {};
    for (const colorScheme of ["light", "dark"]) {
        const someone = await signIn(browser, site, { colorScheme });
        const page = await open("/runs", someone);
        for (const status of ["pending", "running", "completed", "failed", "cancelled", "cancelling"]) {
            tones[status] = await page.evaluate((name) => {
                const badge = document.createElement("span");
                badge.className = "status";
                badge.dataset.status = name;
                document.querySelector("main").append(badge);
                const look = { colour: getComputedStyle(badge).color, pulses: getComputedStyle(badge, "::before").animationName !== "none" };
                badge.remove();
                return look;
            }, status);
        }
        const colours = Object.values(tones).map(({ colour }) => colour);
        assert.equal(new Set(colours).size, 5, `five colours, amber twice: ${colours}`);
        assert.equal(tones.cancelled.colour, tones.cancelling.colour);
        assert.deepEqual(Object.keys(tones).filter((name) => tones[name].pulses), ["running", "cancelling"]);
        await page.emulateMedia({ reducedMotion: "reduce" });
        assert.equal(await page.locator('[data-status="running"]').first().evaluate((badge) => getComputedStyle(badge, "::before").animationName), "none");
        await someone.context.close();
    }
});

test("'?' lists the keyboard shortcuts, Esc closes them; n, r and / do what it says, but not where one types", async () => {
    const page = await open("/experiments");
    await page.keyboard.press("?");
    const dialog = page.locator("dialog[data-dialog=shortcuts]");
    await dialog.waitFor();
    assert.deepEqual(await dialog.locator("kbd").allTextContents(), ["?", "/", "n", "Esc"]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.keyboard.press("/");
    assert.ok(await page.locator("[data-search]").first().evaluate((field) => field === document.activeElement));
    await page.keyboard.type("n?r");
    assert.equal(await page.locator("[data-search]").first().inputValue(), "n?r");
    assert.equal(await dialog.count(), 0);
    await page.goto("/experiments");
    await page.keyboard.press("n");
    await page.waitForURL(/\/experiments\/new/);

    await page.goto(`/experiments/${instance}`);
    await page.locator("[data-menu=session] summary").click();
    await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
    await dialog.waitFor();
    assert.deepEqual(await dialog.locator("kbd").allTextContents(), ["?", "/", "r", "Esc"]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.keyboard.press("r");
    await page.waitForURL(/\/runs\/\d+$/);
    const started = Number(page.url().split("/").pop());
    await page.locator('[data-connection="live"]').waitFor();
    await page.keyboard.press("?");
    await dialog.waitFor();
    assert.match((await dialog.locator("kbd").allTextContents()).join(" "), /\bEnd\b/);
    await page.keyboard.press("Escape");
    await page.close();
    await site.post(`/api/v1/runs/${started}/cancel`, {});
});

test("a theme that is chosen right before one leaves the page is kept", async () => {
    const someone = await signIn(browser, site);
    const page = await open("/runs", someone);
    const workers = descendants(await site.pid("nginx")).map(({ pid }) => pid);
    assert.ok(workers.length > 0);
    const sent = page.waitForRequest(/\/theme$/);
    for (const pid of workers) process.kill(pid, "SIGSTOP");
    try {
        await page.locator("[data-menu=theme] summary").click();
        await page.locator("[data-menu=theme] button[value=dark]").click();
        await sent;
        await page.goto("about:blank");
    } finally {
        for (const pid of workers) process.kill(pid, "SIGCONT");
    }
    await until("the theme is kept", async () => (await someone.context.cookies(site.url)).some(({ name, value }) => name === "athanor_theme" && value === "dark"));
    await someone.context.close();
});

test("menus open and close by keyboard, and close when the focus leaves", async () => {
    const page = await open("/runs");
    await page.keyboard.press("Tab");
    assert.equal(await focused(page), "Skip to the content");
    const menu = page.locator("[data-menu=theme]");
    await menu.locator("summary").focus();
    await page.keyboard.press("Enter");
    assert.ok(await menu.evaluate((details) => details.open));
    await page.keyboard.press("Tab");
    assert.equal(await focused(page), "Light");
    await page.keyboard.press("Escape");
    assert.equal(await menu.evaluate((details) => details.open), false);
    assert.equal(await focused(page), "Theme");
    await page.keyboard.press("Enter");
    for (let i = 0; i < 4; i++) await page.keyboard.press("Tab");
    assert.equal(await menu.evaluate((details) => details.open), false, "the focus has left");
    await page.close();
});

test("a page without a header of its own says when its connection is lost, and when one is signed out", async () => {
    for (const [colorScheme, width] of [["light", 360], ["dark", 1440]]) {
        const someone = await signIn(browser, site, { colorScheme, viewport: { width, height: 740 } });
        const page = await open("/experiments", someone);
        const words = page.locator(".site-connection");
        await page.locator('.site-connection[data-connection="live"]').waitFor({ state: "attached" });
        assert.ok(await words.isHidden(), "as long as all is well there is nothing to say");
        await site.stopProgram("events");
        await words.waitFor();
        assert.match(await words.textContent(), /^Reconnecting \(attempt \d+\)\.\.\.$/);
        await assertFits(page, "a page that reconnects");
        await assertAccessible(page, "a page that reconnects");
        await keepScreenshot(page, `frame-reconnecting-${colorScheme}-${width}`);
        await site.startProgram("events");
        await until("it goes away", () => words.isHidden(), 60);

        await someone.context.clearCookies();
        await site.sql("DELETE FROM sessions WHERE id = (SELECT max(id) FROM sessions)");
        await page.locator('.site-connection[data-connection="denied"]').waitFor();
        assert.equal((await words.textContent()).trim(), "Signed out: sign in again");
        assert.equal(await words.getByRole("link").getAttribute("href"), "/login?next=%2Fexperiments");
        await keepScreenshot(page, `frame-denied-${colorScheme}-${width}`);

        // Whoever signs in again elsewhere is back here, too.
        const other = await someone.newPage();
        await other.goto(await site.newLoginUrl());
        await until("it is live again", () => words.isHidden(), 60);
        await someone.context.close();
    }
});

test("an experiment's words in a live header, a tab's title and a preview stay text", async (t) => {
    const canary = '"><img src=x onerror="window.canary=1">{{x}}';
    const gate = makeGate(t);
    const hostile = await addInstance(site, canary, { steps: 20, pause_ms: 100, text: canary, ending: "badly", notes: gate.path });
    const page = await open(`/runs/${await addRun(site, hostile)}`);
    await waitForBadge(page, "running");
    await until("the title names it", async () => (await page.title()).includes(`${canary} #1`));
    await page.locator("[data-line]", { hasText: canary }).first().waitFor();
    gate.open();
    await waitForBadge(page, "failed");
    for (const tab of ["results", "events", "leaderboard", "configuration", "logs"]) await page.locator(`[data-tab=${tab}]`).click();
    await sleep(200);
    assert.equal(await page.locator("main img, .site-header img").count(), 0);
    assert.equal(await page.evaluate(() => "canary" in window), false);
    const csp = person.complaints.splice(0).filter((text) => /Content Security Policy|canary/i.test(text));
    assert.deepEqual(csp, []);
    await page.close();
});
