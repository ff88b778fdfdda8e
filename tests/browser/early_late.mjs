// What comes before a script is there, and what comes after it was overtaken: nothing that somebody did is lost, nothing old is shown.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { addInstance, signIn, startBrowser } from "../lib/browser.mjs";
import { holdBack } from "../lib/hold.mjs";
import { addExperiment } from "../lib/rows.mjs";
import { quietRun } from "../lib/said.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner"] });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

await addExperiment(site, "sleeper", [{ name: "steps", type: "integer", label: "Steps" }]);
const first = await addInstance(site, "First", {}, "sleeper");
const second = await addInstance(site, "Second", {}, "sleeper");

const names = (page) => page.locator(".instance-card h2").allTextContents();
const card = (page, id) => page.locator(`.instance-card[data-instance="${id}"]`);

/** Opens a page whose script comes only when one lets go of it. */
async function openSlowly(address) {
    const page = await person.newPage();
    const script = await holdBack(page, /\/js\/app\.js/);
    await page.goto(address, { waitUntil: "commit" });
    return { page, letGo: script.release };
}

/** The first answer that fits is held, as it was when it was asked for. */
const holdFirst = (page, fits) => holdBack(page, "**/*", { answered: true, once: true, fits });

/** A page that has read its view. */
async function openSettled(address) {
    const page = await person.newPage();
    const path = new URL(address, site.url).pathname;
    const read = page.waitForResponse((answer) => new URL(answer.url()).pathname === path && answer.request().resourceType() === "fetch");
    await page.goto(address);
    await (await read).finished();
    return page;
}

test("a filter that is set before the script is there applies when it is", async () => {
    const { page, letGo } = await openSlowly("/experiments");
    await page.locator("[data-search]").fill("sec");
    await page.locator("[name=sort]").selectOption("name");
    letGo();
    await page.waitForURL(/\?q=sec&sort=name$/);
    await until("it alone is listed", async () => (await names(page)).join() === "Second");
    await page.close();
});

test("an experiment that is chosen before the script is there is chosen", async () => {
    const { page, letGo } = await openSlowly("/experiments/new");
    await page.locator("#experiment option[value=sleeper]").evaluate((option) => {
        option.disabled = false;
    });
    await page.locator("#experiment").selectOption("sleeper");
    letGo();
    // Whoever is asked counts as somebody who uses the page: what a script sends later than 5 s after that is no step to go back.
    await until("it is chosen", () => page.evaluate(() => location.search === "?experiment=sleeper"));
    await page.waitForLoadState();
    await page.goBack();
    await until("on the way back it is to be chosen again", async () => /\/new$/.test(page.url()) && (await page.locator("#experiment").inputValue()) === "");
    await page.close();
});

test("a file that is chosen before the script is there is taken", async () => {
    const document = { name: "export.json", mimeType: "application/json", buffer: Buffer.from('{"experiment":"sleeper","name":"From a file"}') };
    const { page, letGo } = await openSlowly("/experiments/new");
    await page.locator("[data-import-file]").setInputFiles(document);
    letGo();
    await until("it fills the form", async () => (await page.getByLabel("Name").inputValue()) === "From a file");
    await page.close();

    const data = await openSlowly("/data");
    await data.page.locator("[data-file]").setInputFiles({ name: "early.csv", mimeType: "text/csv", buffer: Buffer.from("a\n1\n") });
    data.letGo();
    await data.page.locator("tr[data-source]", { hasText: "early.csv" }).waitFor();
    assert.equal(await data.page.locator("[data-upload-item]").count(), 1);
    await data.page.close();
});

test("all runs of a page that are chosen before the script is there are chosen", async () => {
    const runs = [await quietRun(site), await quietRun(site)];
    const { page, letGo } = await openSlowly("/runs");
    await page.locator("[data-select-all]").check();
    await page.locator(".more").waitFor({ state: "attached" }); // all rows are there
    letGo();
    await page.getByText("2 chosen").waitFor();
    assert.equal(await page.locator("[name=run]:checked").count(), runs.length);
    await page.close();
});

test("what was typed into a form before the script was there is not left behind unasked", async () => {
    const { page, letGo } = await openSlowly(`/experiments/${first}/edit`);
    const asked = [];
    page.on("dialog", (dialog) => {
        asked.push(dialog.type());
        return dialog.dismiss();
    });
    await page.locator("[name=name]").click();
    await page.keyboard.type("half ");
    letGo();
    await page.locator("[data-form][data-whole]").waitFor();
    await page.getByRole("link", { name: "Cancel" }).click({ noWaitAfter: true });
    await until("it asks", () => asked.length === 1);
    await page.close();
});

test("a form that nobody has touched is left without a question", async () => {
    const page = await person.newPage();
    const asked = [];
    page.on("dialog", (dialog) => {
        asked.push(dialog.type());
        return dialog.accept();
    });
    await page.goto(`/experiments/${first}`);
    await page.getByLabel("More", { exact: true }).click();
    await page.locator("[data-action=edit]").click();
    await page.waitForURL(/\/edit$/);
    await page.getByRole("link", { name: "Cancel" }).click();
    await page.waitForURL(new RegExp(`/experiments/${first}$`));
    assert.deepEqual(asked, []);
    await page.close();
});

test("what is typed into a filter that is left at once stays, and applies", async () => {
    const page = await openSettled("/experiments");
    const search = await page.locator("[data-search]").evaluate((field) => {
        field.focus();
        field.value = "fir";
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        field.blur();
        return location.search;
    });
    assert.equal(search, "?q=fir");
    await until("it alone is listed", async () => (await names(page)).join() === "First");
    assert.equal(await page.locator("[data-search]").inputValue(), "fir");
    await page.close();
});

test("an older answer that comes after a newer one is not shown", async () => {
    const page = await openSettled("/experiments");
    const late = await holdFirst(page, (request) => request.url().endsWith("/experiments?status=none"));
    await page.locator("[name=status]").selectOption("none");
    await late.asked();
    await site.put(`/api/v1/instances/${first}`, { name: "Renamed" });
    await card(page, first).getByText("Renamed").waitFor();
    const came = page.waitForEvent("requestfinished");
    late.release();
    await came;
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
    assert.ok((await names(page)).includes("Renamed"));
    await page.close();
});

test("a configuration that was fetched before it changed again does not take the newer one's place", async () => {
    const page = await openSettled(`/experiments/${first}?tab=configuration`);
    const late = await holdFirst(page, (request) => request.resourceType() === "fetch" && request.headers().accept === "text/html");
    const shown = page.locator("[data-panel=configuration] [name='configuration.steps']");
    await site.put(`/api/v1/instances/${first}`, { configuration: { steps: 5 } });
    await late.asked();
    await site.put(`/api/v1/instances/${first}`, { configuration: { steps: 7 } });
    await until("the newer one is shown", async () => (await shown.inputValue()) === "7");
    const came = page.waitForEvent("requestfinished");
    late.release();
    await came;
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
    assert.equal(await shown.inputValue(), "7");
    await page.close();
});

test("of two questions that were asked for only the later is shown", async () => {
    const page = await openSettled("/experiments");
    const late = await holdFirst(page, (request) => new URL(request.url()).pathname === `/experiments/${first}/delete`);
    const pick = async (id) => {
        await card(page, id).locator("summary").click();
        await card(page, id).locator("[data-action=delete]").click();
    };
    await pick(first);
    await late.asked();
    await pick(second);
    await page.locator("dialog h2").waitFor();
    const came = page.waitForEvent("requestfinished");
    late.release();
    await came;
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
    assert.match((await page.locator("dialog h2").allTextContents()).join(), /^[^,]*Second[^,]*$/);
    await page.close();
});
