// A browser for tests: Debian's chromium, driven by Playwright; what a page complains of is kept, and screenshots are left to be looked at.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { atEnd } from "./tmp.mjs";

const { default: AxeBuilder } = createRequire(import.meta.url)("@axe-core/playwright");
const shots = fileURLToPath(new URL("../browser/screenshots/", import.meta.url));

/** The experiments that browser tests start. */
export const experiments = [fileURLToPath(new URL("../browser/experiments", import.meta.url))];

const flags = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** @param {any} t @returns {Promise<import("playwright-core").Browser>} */
export async function startBrowser(t) {
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        chromiumSandbox: false,
        args: flags,
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
    context.setDefaultTimeout(20_000);
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

/** Presses what leads to another page, and waits for that. @param {import("playwright-core").Page} page @param {import("playwright-core").Locator} what */
export async function follow(page, what) {
    await Promise.all([page.waitForEvent("load"), what.click()]);
}

/** Axe finds nothing, with nothing half faded in. @param {import("playwright-core").Page} page @param {string} where */
export async function assertAccessible(page, where) {
    await page.emulateMedia({ reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze(); // without a second page: there are no frames
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
export async function waitForBadge(page, status, within = ".run-badge", seconds = 20) {
    await page.locator(`${within} [data-status="${status}"]`).waitFor({ timeout: seconds * 1000 });
}
