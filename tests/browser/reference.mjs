// The reference of the API: every operation is on the page, its links lead somewhere, its lines can be copied.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { assertAccessible, assertFits, follow, keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { operations } from "../lib/openapi.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner"] });
const browser = await startBrowser(after);
const person = await signIn(browser, site, { permissions: ["clipboard-read", "clipboard-write"] });
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

test("all operations are there, with what they need", async () => {
    const page = await person.newPage();
    await page.goto("/experiments");
    await page.locator("[data-menu=session] summary").click();
    await follow(page, page.getByRole("link", { name: "API reference" }));
    const shown = await page.locator("[data-operation]").evaluateAll((all) =>
        all.map((one) => [one.id, one.querySelector(".api-path").textContent.trim(), one.querySelector("[data-scope]").textContent].join(" ")));
    assert.deepEqual(shown.sort(), operations.map((one) => `${one.operation.operationId} ${one.name} ${one.scope}`).sort());
    const dead = await page.locator(".api-page a[href^='#']").evaluateAll((all) =>
        all.map((one) => one.getAttribute("href")).filter((href) => !document.getElementById(href.slice(1))));
    assert.deepEqual(dead, []);
    await page.locator(".api-nav a[href='#getRun']").click();
    await until("it is scrolled to", () => page.locator("#getRun").evaluate((one) => Math.abs(one.getBoundingClientRect().top) < 200));
    await page.locator("[data-copy=curl-getRun]").click();
    await page.getByText("Copied", { exact: true }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'curl -H "Authorization: Bearer $TOKEN" "$ATHANOR/api/v1/runs/7"');
    await page.close();
});

test("it can be read in both themes, on narrow and wide windows", async () => {
    const page = await person.newPage();
    await page.goto("/api");
    for (const [theme, width] of [["light", 1440], ["dark", 360]]) {
        await page.setViewportSize({ width, height: 900 });
        await page.evaluate((name) => (document.documentElement.dataset.theme = name), theme);
        await assertFits(page, `the reference, ${width} px`);
        await keepScreenshot(page, `api-${theme}-${width}`);
    }
    // All operations have the same markup; axe takes long for a hundred of it.
    await page.evaluate(() => {
        for (const kind of [".api-operation", ".api-schema", ".api-nav li li"]) for (const one of [...document.querySelectorAll(kind)].slice(8)) one.remove();
    });
    for (const theme of ["dark", "light"]) {
        await page.evaluate((name) => (document.documentElement.dataset.theme = name), theme);
        await assertAccessible(page, `the reference, ${theme}`);
    }
    await page.close();
});
