// The page of personal tokens: made, copied, used, revoked, as a person does it.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { assertAccessible, assertFits, follow, keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after);
const browser = await startBrowser(after);
const person = await signIn(browser, site, { permissions: ["clipboard-read", "clipboard-write"] });
// The console tells of a form that comes back with its status.
test.afterEach(() => assert.deepEqual(person.complaints.splice(0).filter((text) => !/status of 422/.test(text)), []));

test("a token is made, copied, and never shown again", async () => {
    const page = await person.newPage();
    await page.goto("/experiments");
    await page.locator("[data-menu=session] summary").click();
    await follow(page, page.getByRole("link", { name: "API tokens" }));
    await page.getByLabel("Name").fill("nightly job");
    await page.getByRole("radio", { name: /^Run/ }).check();
    const date = page.locator("[name=date]");
    assert.equal(await date.isVisible(), false);
    await page.getByLabel("Expires").selectOption("date");
    await date.fill("2020-01-01");
    await page.getByLabel("Runs", { exact: true }).fill("10");
    await follow(page, page.locator("[data-action=make-token]"));
    await page.getByText("must lie ahead").waitFor();
    assert.equal(await page.getByLabel("Name").inputValue(), "nightly job");
    assert.equal(await page.getByRole("radio", { name: /^Run/ }).isChecked(), true);
    assert.equal(await date.inputValue(), "2020-01-01");
    assert.equal(await page.getByLabel("Runs", { exact: true }).inputValue(), "10");
    await page.getByLabel("Minutes", { exact: true }).fill("60");
    await assertAccessible(page, "a form with a fault");
    await page.getByLabel("Expires").selectOption("never");
    await follow(page, page.locator("[data-action=make-token]"));
    const secret = await page.locator("[data-token-secret]").textContent();
    for (const [theme, width] of [["light", 1440], ["dark", 360]]) {
        await page.setViewportSize({ width, height: 900 });
        await page.evaluate((name) => (document.documentElement.dataset.theme = name), theme);
        await assertAccessible(page, `a token is shown, ${theme}`);
        await assertFits(page, `a token is shown, ${width} px`);
        await keepScreenshot(page, `token-made-${theme}-${width}`);
    }
    await page.getByText("0 of 10 runs, 0.0 of 60 min").waitFor();
    await page.locator("[data-copy=token-secret]").click();
    await page.getByText("Copied").waitFor();
    const pasted = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(pasted, secret);
    assert.equal((await site.get("/api/v1/me", { token: secret })).json.scope, "run");
    await page.goto("/tokens");
    assert.equal((await page.content()).includes(secret), false);
    const row = page.locator("[data-token]").first();
    assert.match(await row.textContent(), new RegExp(`nightly job.*${secret.slice(0, 10)}….*run.*never`, "s"));
    await page.close();
});

test("revoking asks first, and then the token is good for nothing", async () => {
    const { json } = await site.post("/api/v1/tokens", { name: "to go" });
    const page = await person.newPage();
    await page.goto("/tokens");
    const row = page.locator(`[data-token="${json.id}"]`);
    await row.locator("[data-action=revoke]").click();
    const dialog = page.getByRole("dialog");
    assert.match(await dialog.textContent(), /Revoke to go\?/);
    await assertAccessible(page, "the question");
    await page.keyboard.press("Escape");
    assert.equal((await site.get("/api/v1/me", { token: json.token })).status, 200);
    await row.locator("[data-action=revoke]").click();
    await dialog.locator("[data-action=confirm]").click();
    await until("it has gone", async () => (await row.count()) === 0);
    assert.equal((await site.get("/api/v1/me", { token: json.token })).status, 401);
    await page.close();
});
