// The form that a schema draws, with scripts and without.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { addInstance, assertAccessible, experiments, forgive, keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { addExperiment } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { experiments });
const browser = await startBrowser(after);
await until("the experiment is offered", async () => (await site.get("/api/v1/experiments")).json.items.length > 0);
const person = await signIn(browser, site);

const errorOf = (page, field) => page.locator(`[data-field="${field}"] .field-error`);
/** Whether a field's error is part of what a screen reader says of it. */
const isDescribed = async (page, field) => ((await input(page, field).getAttribute("aria-describedby")) ?? "").split(" ").includes(await errorOf(page, field).getAttribute("id"));
const input = (page, name) => page.locator(`[name="${name}"]`);

test("fields have the labels, defaults, limits and kinds that the schema gives", async () => {
    const page = await person.newPage();
    await page.goto("/experiments/new?experiment=talker");
    const steps = page.getByLabel("Steps");
    assert.deepEqual(
        [await steps.inputValue(), await steps.getAttribute("type"), await steps.getAttribute("min"), await steps.getAttribute("max")],
        ["5", "number", "1", "100000"],
    );
    assert.ok(await page.locator('[data-field="configuration.steps"] .required').isVisible());
    assert.equal(await page.getByLabel("Pause, ms").getAttribute("step"), "10");
    assert.deepEqual(await page.getByLabel("Ending").locator("option:not([value=''])").allTextContents(), ["well", "badly", "never"]);
    assert.equal(await page.getByLabel("Ending").inputValue(), "well");
    assert.equal(await page.getByLabel("Loud").getAttribute("type"), "checkbox");
    assert.equal(await page.getByLabel("Mail").getAttribute("type"), "email");
    assert.equal(await page.getByLabel("Notes").evaluate((e) => e.nodeName), "TEXTAREA");
    assert.equal(await page.getByLabel("Factor").getAttribute("step"), "any");
    assert.ok(await page.getByRole("group", { name: "Contact" }).getByLabel("Mail").isVisible());
    await page.close();
});

test("a field is checked when it is left, and its error goes when it is mended", async () => {
    const page = await person.newPage();
    await page.goto("/experiments/new?experiment=talker");
    const cases = [
        ["configuration.steps", "0", "must be at least 1", "3"],
        ["configuration.pause_ms", "15", "must be a multiple of 10", "20"],
        ["configuration.contact.mail", "nobody", "must be an e-mail address", "a@b.example"],
        ["configuration.contact.page", "ftp://x", "must be an address that begins with http:// or https://", "https://x.example/"],
        ["configuration.contact.factor", "1.5", "must be at most 1", "0.25"],
        ["name", "", "is required", "Right"],
    ];
    for (const [name, wrong, message, right] of cases) {
        await input(page, name).fill(wrong);
        await input(page, name).blur();
        assert.equal(await errorOf(page, name).textContent(), message);
        assert.equal(await input(page, name).getAttribute("aria-invalid"), "true");
        assert.ok(await isDescribed(page, name), "it is read out with the field");
        await input(page, name).fill(right);
        assert.equal(await errorOf(page, name).textContent(), message, "not before it is left");
        await input(page, name).blur();
        assert.equal(await errorOf(page, name).textContent(), "");
        assert.equal(await input(page, name).getAttribute("aria-invalid"), null);
    }
    await page.close();
});

test("of a long form only what is in sight is laid out at first, and nothing that is seen moves when the rest is", async () => {
    const kinds = [{ type: "integer" }, { type: "float" }, { type: "string" }, { type: "string", format: "textarea" }, { type: "string", format: "url" }, { type: "boolean" }, { type: "enum", options: ["a"] }];
    const helped = kinds.map((kind) => ({ ...kind, description: "A line of help." }));
    const list = { type: "list", fields: [{ name: "x", type: "string" }], default: [{}, {}] };
    await addExperiment(site, "long", [...kinds, ...helped, ...kinds, ...helped, ...kinds, list, ...helped].map((kind, i) => ({ name: `f${i}`, ...kind })));
    const page = await person.newPage();
    await page.goto("/experiments/new?experiment=long");
    await page.locator("[data-form][data-whole]").waitFor();
    const seen = () =>
        page.evaluate(async () => {
            await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
            const fields = [...document.querySelectorAll(".item-head, .field")];
            const places = fields.map((one) => one.getBoundingClientRect()).filter(({ top }) => top < innerHeight).map(({ top, height }) => [top, height]);
            return { last: fields.at(-1).firstElementChild.checkVisibility({ contentVisibilityAuto: true }), places };
        });
    const whole = await seen();
    assert.ok(whole.last && whole.places.length > 3);
    await page.evaluate(() => document.querySelector("[data-form]").removeAttribute("data-whole"));
    await until("what is out of sight is put off", async () => !(await seen()).last);
    assert.deepEqual((await seen()).places, whole.places);

    // A page that comes again comes whole, and is where it was.
    const top = () => page.evaluate(() => document.querySelector('[name="configuration.f30"]').getBoundingClientRect().top);
    await page.evaluate(() => document.querySelector("[data-form]").setAttribute("data-whole", ""));
    await page.locator('[name="configuration.f30"]').evaluate((input) => input.scrollIntoView({ block: "center" }));
    const before = await top();
    await page.reload();
    await page.locator("[data-form][data-whole]").waitFor();
    await until("it is where it was", async () => Math.abs((await top()) - before) < 2);
    await page.close();
});

test("what is wrong is not sent; the first such field gets the focus", async () => {
    const page = await person.newPage();
    await page.goto("/experiments/new?experiment=talker");
    await input(page, "configuration.steps").fill("");
    await page.getByRole("button", { name: "Create" }).click();
    assert.equal(await page.evaluate(() => document.activeElement.name), "name");
    assert.equal(await errorOf(page, "configuration.steps").textContent(), "is required");
    assert.match(page.url(), /\/experiments\/new\?/);
    await page.close();
});

test("the server checks again: the form comes back as typed, with each error in its place", async () => {
    const guest = await signIn(browser, site, { javaScriptEnabled: false });
    const page = await guest.newPage();
    await page.goto("/experiments/new");
    await page.locator("#experiment").selectOption("talker");
    await page.getByRole("button", { name: "Choose" }).click();
    const typed = {
        name: "  ",
        description: "two\nlines <b>",
        project: "p & q",
        "configuration.steps": "0",
        "configuration.pause_ms": "15",
        "configuration.text": '"><script>alert(1)</script>',
        "configuration.contact.mail": "nobody@",
        "configuration.contact.page": "nowhere",
        "configuration.notes": "\n  indented\n\n<i>notes</i>\n",
    };
    for (const [name, value] of Object.entries(typed)) await input(page, name).fill(value);
    await input(page, "configuration.ending").selectOption("badly");
    await input(page, "configuration.contact.loud").check();
    const [answer] = await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Create" }).click()]);
    assert.equal(answer.status(), 422);
    for (const [name, value] of Object.entries(typed)) assert.equal(await input(page, name).inputValue(), value, name);
    assert.equal(await input(page, "configuration.ending").inputValue(), "badly");
    assert.ok(await input(page, "configuration.contact.loud").isChecked());
    const expected = {
        "configuration.steps": "must be at least 1",
        "configuration.pause_ms": "must be a multiple of 10",
        "configuration.contact.mail": "must be an e-mail address",
        "configuration.contact.page": "must be an address that begins with http:// or https://",
    };
    for (const [name, message] of Object.entries(expected)) {
        assert.equal(await errorOf(page, name).textContent(), message);
        assert.ok(await isDescribed(page, name), "it is read out with the field");
    }
    assert.notEqual(await errorOf(page, "name").textContent(), "");
    assert.ok(await page.locator("[data-form-error]").isVisible());
    await keepScreenshot(page, "form-refused");

    // Mended, it is made, without a script.
    for (const [name, value] of Object.entries({ name: "Made by hand", "configuration.steps": "2", "configuration.pause_ms": "10", "configuration.contact.mail": "", "configuration.contact.page": "" })) {
        await input(page, name).fill(value);
    }
    await page.getByRole("button", { name: "Create" }).click();
    await page.waitForURL(/\/experiments\/\d+$/);
    const { json } = await site.get(`/api/v1/instances/${page.url().split("/").pop()}`);
    assert.equal(json.name, "Made by hand");
    assert.equal(json.description, typed.description);
    assert.equal(json.configuration.notes, typed["configuration.notes"]);
    assert.equal(json.configuration.text, typed["configuration.text"]);
    assert.equal(json.configuration.contact.loud, true);
    assert.deepEqual(guest.complaints.filter((text) => !text.includes("422")), []);
    await guest.context.close();
});

test("an edit begins with what is there, and saves", async () => {
    const id = await addInstance(site, "To edit", { steps: 7, contact: { factor: 0.125, loud: true } });
    const page = await person.newPage();
    await page.goto(`/experiments/${id}/edit`);
    assert.equal(await input(page, "name").inputValue(), "To edit");
    assert.equal(await input(page, "configuration.steps").inputValue(), "7");
    assert.equal(await input(page, "configuration.contact.factor").inputValue(), "0.125");
    assert.ok(await input(page, "configuration.contact.loud").isChecked());
    await input(page, "name").fill("Edited");
    await input(page, "configuration.contact.loud").uncheck();
    await page.getByRole("button", { name: "Save" }).click();
    await page.waitForURL(new RegExp(`/experiments/${id}$`));
    assert.equal(await page.locator("h1").textContent(), "Edited");
    const { json } = await site.get(`/api/v1/instances/${id}`);
    assert.equal(json.configuration.contact.loud, false);
    assert.equal(json.configuration.steps, 7);
    await page.close();
});

test("a clone is another instance to edit; a deleted one is gone from the dashboard, everywhere", async () => {
    const id = await addInstance(site, "Twin", { steps: 3 });
    const [page, other] = [await person.newPage(), await person.newPage()];
    await other.goto("/experiments");
    await other.locator(`[data-instance="${id}"]`).waitFor();
    await page.goto(`/experiments/${id}`);
    await page.locator("summary[aria-label=More]").click();
    await page.locator("[data-action=clone]").click();
    await page.waitForURL(/\/experiments\/\d+\/edit$/);
    const clone = Number(page.url().match(/(\d+)\/edit$/)[1]);
    assert.notEqual(clone, id);
    assert.equal(await input(page, "configuration.steps").inputValue(), "3");
    await other.locator(`[data-instance="${clone}"]`).waitFor();
    await page.goto(`/experiments/${clone}`);
    await page.locator("summary[aria-label=More]").click();
    await page.locator("[data-action=delete]").click();
    await page.locator("dialog [data-action=confirm]").click();
    await page.waitForURL(/\/experiments$/);
    await other.locator(`[data-instance="${clone}"]`).waitFor({ state: "detached" });
    assert.ok(await other.locator(`[data-instance="${id}"]`).isVisible());
    await assertAccessible(page, "the dashboard");
    await Promise.all([page.close(), other.close()]);
    // Told that its instance has gone, the page may ask for it once more before it is left.
    forgive(person, `/experiments/${clone}`);
});

test("search and filters stand in the address", async () => {
    await addInstance(site, "Needle in the hay", {});
    const page = await person.newPage();
    await page.goto("/experiments");
    await page.keyboard.press("/");
    await page.keyboard.type("needle");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\?q=needle$/);
    await until("it alone is listed", async () => (await page.locator(".instance-card h2").allTextContents()).join() === "Needle in the hay");
    await page.goto("/experiments");
    await page.locator("select[name=status]").selectOption("none");
    await page.waitForURL(/\?status=none$/);
    assert.equal(await page.locator("select[name=status]").inputValue(), "none");
    await page.keyboard.press("n");
    await page.waitForURL(/\/experiments\/new$/);
    await page.close();
    assert.deepEqual(person.complaints, []);
});
