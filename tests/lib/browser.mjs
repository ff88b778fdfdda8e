// A browser for tests: Debian's chromium, driven by Playwright; what a page complains of is kept, and screenshots are left to be looked at.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { atEnd, tempDir } from "./tmp.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = fileURLToPath(new URL("../browser/screenshots/", import.meta.url));

/** The experiments that browser tests start. */
export const experiments = [fileURLToPath(new URL("../browser/experiments", import.meta.url))];

/** What the talker waits for after a quarter of its steps, once `path` is its notes: so one can look at it while it runs. @param {any} t */
export function makeGate(t) {
    const path = join(tempDir(t), "open");
    return { path, open: () => writeFileSync(path, "") };
}

/** Debian's chromium without its windows and menus: a page costs half as much there. Where it is missing, the whole one does as well. */
const shell = "/usr/lib/chromium/chromium-headless-shell";
const program = process.env.CHROMIUM ?? (existsSync(shell) ? shell : "/usr/bin/chromium");

const flags = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** @param {any} t @returns {Promise<import("playwright-core").Browser>} */
export async function startBrowser(t) {
    const browser = await chromium.launch({
        executablePath: program,
        chromiumSandbox: false,
        args: flags,
        timeout: 120_000,
    });
    atEnd(t, () => browser.close());
    return browser;
}

/**
 * A person at a browser, logged in: a context of its own, and what its pages complained of.
 * @param {import("playwright-core").Browser} browser @param {any} site @param {import("playwright-core").BrowserContextOptions & {login?: boolean}} [options]
 */
export async function signIn(browser, site, { login = true, ...options } = {}) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: site.url, ...options });
    context.setDefaultTimeout(40_000);
    /** @type {string[]} */
    const complaints = [];
    context.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(`${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (error) => complaints.push(String(error.error().stack)));
    if (login) {
        const page = await context.newPage();
        await page.goto(await site.newLoginUrl());
        assert.equal(new URL(page.url()).pathname, "/experiments");
        await page.close();
    }
    return { context, complaints, newPage: () => context.newPage() };
}

/** Drops the complaints of a page that asked for what had just been deleted. @param {{complaints: string[]}} person @param {string} path what the address contains */
export function forgive(person, path) {
    const kept = person.complaints.filter((text) => !(text.includes("404 (Not Found)") && text.includes(path)));
    person.complaints.splice(0, Infinity, ...kept);
}

/** The query as the page itself has it: what a script writes into the address, page.url() tells a moment later. @param {import("playwright-core").Page} page */
export const queryOf = (page) => page.evaluate(() => location.search);

/** Presses what leads to another page, and waits for that. @param {import("playwright-core").Page} page @param {import("playwright-core").Locator} what */
export async function follow(page, what) {
    await Promise.all([page.waitForEvent("load"), what.click()]);
}

/** Axe finds nothing, with nothing half faded in. @param {import("playwright-core").Page} page @param {string} where */
export async function assertAccessible(page, where) {
    await page.emulateMedia({ reducedMotion: "reduce" });
    if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
    const violations = await page.evaluate(async () => (await /** @type {any} */ (window).axe.run({ resultTypes: ["violations"] })).violations);
    await page.emulateMedia({ reducedMotion: null });
    const words = violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => `${n.html}\n    ${n.failureSummary}`).join("\n  ")}`);
    assert.deepEqual(words, [], `axe on ${where}`);
}

/** Nothing is wider than the window. @param {import("playwright-core").Page} page @param {string} where */
export async function assertFits(page, where) {
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(over <= 0, `${where} is ${over} px wider than the window`);
}

/** Kept under tests/browser/screenshots, to be looked at. @param {import("playwright-core").Page} page @param {string} name */
export async function keepScreenshot(page, name) {
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: `${shots}${name}.png` });
}

/** Makes an instance and returns its id. @param {any} site @param {string} name @param {object} [configuration] @param {string} [experiment] */
export async function addInstance(site, name, configuration = {}, experiment = "talker") {
    const answer = await site.post("/api/v1/instances", { experiment, name, description: "", project: "", configuration });
    assert.equal(answer.status, 201, answer.text);
    return answer.json.id;
}

/** Starts a run of an instance and returns its id. @param {any} site @param {number} instance */
export async function addRun(site, instance) {
    const answer = await site.post(`/api/v1/instances/${instance}/runs`, {});
    assert.equal(answer.status, 201, answer.text);
    return answer.json.id;
}

/** Waits for a badge. @param {import("playwright-core").Page} page @param {string} status @param {string} [within] @param {number} [seconds] */
export async function waitForBadge(page, status, within = ".run-badge", seconds = 40) {
    await page.locator(`${within} [data-status="${status}"]`).waitFor({ timeout: seconds * 1000 });
}
