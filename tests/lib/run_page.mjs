// What a test reads off an open run page, and what it compares it with.

import assert from "node:assert/strict";

import { until } from "./wait.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page */
export const connection = (page) => page.locator(".run-page [data-connection]");

/** Waits for one of these states of the connection. @param {Page} page @param {string | string[]} states @param {number} [seconds] */
export const is = (page, states, seconds = 40) =>
    until(`the page is ${states}`, async () => [states].flat().includes((await connection(page).getAttribute("data-connection")) ?? ""), seconds);

/** How many lines the tab counts. @param {Page} page */
export const counted = async (page) => Number((await page.locator("[data-count=logs]").textContent())?.replace(/\D/g, ""));

/** The rows of the log that are drawn. @param {Page} page @returns {Promise<Array<[number, string]>>} */
export const drawn = (page) =>
    page.evaluate(() =>
        [...document.querySelectorAll("[data-line]:not([data-preview]):not([data-loading])")].map((row) => [
            Number(/** @type {HTMLElement} */ (row).dataset.line),
            row.querySelector(".log-text")?.textContent ?? "",
        ]),
    );

/** @param {Page} page */
export const lastShown = async (page) => Math.max(0, ...(await drawn(page)).map(([n]) => n));

/** The log's window is at the end of what the tab counts, both looked at in one moment. @param {Page} page */
export const followsEnd = (page) =>
    until("it follows the end", () =>
        page.evaluate(() => {
            const shown = [...document.querySelectorAll("[data-line]:not([data-preview]):not([data-loading])")].map((row) => Number(/** @type {HTMLElement} */ (row).dataset.line));
            const counted = Number(document.querySelector("[data-count=logs]")?.textContent?.replace(/\D/g, ""));
            return shown.length > 0 && Math.max(...shown) >= counted - 3;
        }),
    );

/** Keeps the states that the connection passes through, also those that last for a moment only. @param {Page} page @returns {Promise<string[]>} */
export async function statesOf(page) {
    /** @type {string[]} */
    const said = [];
    await page.exposeFunction("said", (/** @type {string} */ state) => said.push(state));
    await connection(page).evaluate((place) =>
        new MutationObserver(() => /** @type {any} */ (window).said(/** @type {HTMLElement} */ (place).dataset.connection)).observe(place, { attributes: true }),
    );
    return said;
}

/** The texts of a run's log, the first at index 1. */
export const textsOf = async (site, run) => ["", ...(await site.get(`/api/v1/runs/${run}/log.txt`)).text.trimEnd().split("\n")];

/** What the page of a run that goes on shows is what the database holds, up to what it held when we asked; `press` is done meanwhile.
 * @param {Page} page @param {() => Promise<any>} [press] */
export async function assertCurrent(page, site, run, press = async () => {}) {
    const said = await textsOf(site, run);
    await until(`line ${said.length - 1} is shown`, async () => (await press(), await lastShown(page)) >= said.length - 1 && (await counted(page)) >= said.length - 1);
    const rows = await drawn(page);
    const now = await textsOf(site, run);
    assert.deepEqual(rows, rows.map(([n]) => [n, now[n]]));
}

/** What the page of a run that has ended shows at its end is what the database holds. @param {Page} page */
export async function assertComplete(page, site, run) {
    const said = await textsOf(site, run);
    await until("all lines are counted", async () => (await counted(page)) === said.length - 1);
    await until("the end is shown", async () => (await lastShown(page)) === said.length - 1);
    const rows = await drawn(page);
    assert.deepEqual(rows, rows.map(([n]) => [n, said[n]]));
}
