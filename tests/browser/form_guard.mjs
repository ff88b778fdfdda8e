// Nothing typed into a form is lost: it is sent once, leaves only when somebody takes it, and is not left behind unasked; of two who change one
// instance the later is told.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { addInstance, assertAccessible, experiments, forgive, keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { experiments });
const browser = await startBrowser(after);
await until("the experiment is offered", async () => (await site.get("/api/v1/experiments/talker")).json?.available);
const person = await signIn(browser, site);

async function open(options = {}) {
    const page = await (options.person ?? person).newPage();
    await page.goto("/experiments/new?experiment=talker");
    return page;
}

/** Saves, and reads the instance that one is led to. */
async function save(page) {
    await page.locator("[data-action=save]").click();
    await page.waitForURL(/\/experiments\/\d+$/);
    return (await site.get(`/api/v1/instances/${/(\d+)$/.exec(page.url())[1]}`)).json;
}

test("Create pressed twice makes one instance", async () => {
    const page = await open();
    await page.getByLabel("Name").fill("Only once");
    await page.locator("[data-action=save]").dblclick({ noWaitAfter: true });
    await page.waitForURL(/\/experiments\/\d+$/);
    const { json } = await site.get("/api/v1/instances?experiment=talker");
    assert.equal(json.items.filter((one) => one.name === "Only once").length, 1);
    await page.close();
});

test("what was typed is not left behind unasked", async () => {
    const page = await open();
    // What it began with is read when it has been painted; with something typed in by then it would ask in any case.
    await page.locator("[data-form][data-whole]").waitFor();
    const asked = [];
    page.on("dialog", (dialog) => {
        asked.push(dialog.type());
        return dialog.dismiss();
    });
    await page.getByLabel("Name").fill("half");
    await page.getByRole("link", { name: "Cancel" }).click({ noWaitAfter: true });
    await until("it asks", () => asked.length === 1);
    assert.match(page.url(), /new/);
    await page.getByLabel("Name").fill("");
    await page.getByRole("link", { name: "Cancel" }).click();
    await page.waitForURL(/\/experiments$/);
    assert.deepEqual(asked, ["beforeunload"]);
    await page.close();
});

test("a form leaves only when somebody takes it: offline, signed out or without its instance it stays as typed", async () => {
    const own = await signIn(browser, site);
    const page = await open({ person: own });
    const press = page.locator("[data-action=save]");
    const unsent = page.locator("[data-unsent]");
    await page.getByLabel("Name").fill("Typed with care");
    await own.context.setOffline(true);
    await press.click();
    await unsent.getByText("The server cannot be reached").waitFor();
    await keepScreenshot(page, "form-unsent");
    await own.context.setOffline(false);
    const surplus = await page.evaluateHandle(() => {
        const box = document.createElement("div");
        box.append(...Array.from({ length: 10_001 }, (_, i) => Object.assign(document.createElement("input"), { type: "hidden", name: `x.${i}` })));
        document.querySelector("[data-form]").append(box);
        return box;
    });
    await press.click();
    await unsent.getByText("A form holds 10,000 values at the most").waitFor();
    await surplus.evaluate((box) => box.remove());
    const cookies = await own.context.cookies();
    await own.context.clearCookies();
    await press.click();
    await unsent.getByText("You are signed out").waitFor();
    await assertAccessible(page, "a form that was not sent");
    await own.context.addCookies(cookies);
    const { experiment, name } = await save(page);
    assert.deepEqual([experiment, name], ["talker", "Typed with care"]);
    await own.context.close();

    const id = await addInstance(site, "Short-lived");
    const late = await person.newPage();
    await late.goto(`/experiments/${id}/edit`);
    await late.getByLabel("What it says").fill("abcd");
    await site.delete(`/api/v1/instances/${id}`);
    await late.locator("[data-action=save]").click();
    await late.locator("[data-unsent]").getByText("has been deleted").waitFor();
    assert.equal(await late.getByLabel("What it says").inputValue(), "abcd");
    forgive(person, `/instances/${id}`);
    await late.close();
});

test("of two tabs that edit one instance the second is told of the first, with what it typed, and has its way when it insists", async () => {
    const id = await addInstance(site, "Shared", { steps: 8 });
    const [first, second] = [await person.newPage(), await person.newPage()];
    for (const page of [first, second]) await page.goto(`/experiments/${id}/edit`);
    await first.getByLabel("Steps").fill("16");
    await save(first);
    await second.getByLabel("Steps").fill("24");
    await second.locator("[data-action=save]").click();
    await second.locator("[data-form-outdated]").waitFor();
    assert.equal(await second.getByLabel("Steps").inputValue(), "24");
    await assertAccessible(second, "a form that is outdated");
    await keepScreenshot(second, "form-outdated");
    const [now] = await Promise.all([second.waitForEvent("popup"), second.getByRole("link", { name: "what it is now" }).click()]);
    assert.equal(await now.getByLabel("Steps").inputValue(), "16");
    assert.equal((await save(second)).configuration.steps, 24);
    for (const page of [now, first, second]) await page.close();
    person.complaints.splice(0, Infinity, ...person.complaints.filter((text) => !text.includes("409")));
});

test("nothing was complained of", () => assert.deepEqual(person.complaints.filter((text) => !text.includes("422")), []));
