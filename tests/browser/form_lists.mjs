// "New and edit" of the interface, sentence by sentence, and lists within lists.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { assertAccessible, assertFits, keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { addExperiment } from "../lib/rows.mjs";
import { writeExperiment } from "../lib/runs.mjs";
import { startStack } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { until } from "../lib/wait.mjs";

const folder = tempDir(after);
writeExperiment(folder, "assembly", ["true"], {
    title: "Assembly line",
    description: "One stage after the other.",
    seed: "seed",
    configuration: [
        { name: "size", type: "integer", min: 8, max: 512, step: 8, default: 64, required: true, label: "Lattice size", description: "Sites along one edge." },
        { name: "seed", type: "integer", min: 5, max: 9, label: "Seed" },
        { name: "code", type: "string", min: 3, max: 5, label: "Code" },
        { name: "device", type: "enum", options: ["cpu", { value: "gpu", label: "The GPU", available: false, reason: "no driver" }], default: "cpu", label: "Device" },
        {
            name: "stages", type: "list", label: "Stages", min: 1, max: 4, required: true, description: "What is done, one after the other.",
            default: [{ kind: "warm" }, { kind: "measure", steps: [{ n: 10 }] }],
            fields: [
                { name: "kind", type: "string", required: true, label: "Kind" },
                { name: "fast", type: "boolean", label: "Fast" },
                { name: "limits", type: "group", label: "Limits", fields: [{ name: "time", type: "float", min: 0, label: "Time" }] },
                {
                    name: "steps", type: "list", label: "Steps",
                    fields: [{ name: "n", type: "integer", min: 1, required: true, label: "N" }, { name: "tags", type: "list", label: "Tags", fields: [{ name: "tag", type: "string", required: true, label: "Tag" }] }],
                },
            ],
        },
        { name: "api", type: "group", label: "Remote API", description: "Where results go.", fields: [{ name: "url", type: "string", format: "url", label: "URL" }, { name: "auth", type: "group", label: "Auth", fields: [{ name: "user", type: "string", label: "User" }] }] },
    ],
});
const site = await startStack(after, { experiments: [folder] });
await addExperiment(site, "shattered", [], { error: "line 3: nonsense" });
await addExperiment(site, "absent", []);
const browser = await startBrowser(after);
await until("the experiment is offered", async () => (await site.get("/api/v1/experiments/assembly")).json?.available);
const person = await signIn(browser, site);

const S = "configuration.stages";
const box = (page, path) => page.locator(`[data-field="${path}"]`);
const input = (page, path) => page.locator(`[name="${path}"]`);
const errorOf = (page, path) => page.locator(`[data-field="${path}"] > .field-error`);
const button = (page, path, action) => page.locator(`[data-field="${path}"] > .item-head [data-action=${action}]`);
const addTo = (page, path) => page.locator(`[data-field="${path}"] > .list-foot [data-action=add-item]`);
const said = (page) => page.locator("[data-announce]").textContent();
const kinds = (page) => page.locator(`[name^="${S}."][name$=".kind"]`).evaluateAll((all) => all.map((one) => [one.name, one.value]));
const focused = (page) => page.evaluate(() => document.activeElement.name || document.activeElement.getAttribute("aria-label") || document.activeElement.textContent.trim());
const read = async (page) => (await site.get(`/api/v1/instances/${/(\d+)$/.exec(page.url())[1]}`)).json;

async function open(options = {}) {
    const page = await (options.person ?? person).newPage();
    await page.goto("/experiments/new?experiment=assembly");
    return page;
}

async function save(page) {
    await page.locator("[data-action=save]").click();
    await page.waitForURL(/\/experiments\/\d+$/);
    return read(page);
}

test("breadcrumb, select an experiment; unavailable ones are disabled with the reason", async () => {
    const page = await person.newPage();
    await page.goto("/experiments/new");
    assert.deepEqual(await page.locator(".breadcrumb li").allTextContents(), ["Experiments", "New instance"]);
    const options = await page.locator("#experiment option").evaluateAll((all) => all.map((o) => [o.textContent, o.disabled]));
    assert.deepEqual(options, [["Choose an experiment", false], ["absent (no runner offers it now)", true], ["Assembly line", false], ["shattered (its manifest is broken: line 3: nonsense)", true]]);
    await page.locator("#experiment").selectOption("assembly");
    await page.waitForURL(/experiment=assembly$/);
    await page.getByLabel("Name").waitFor();
    await page.close();
});

test("name (required), description, project label with suggestions; then the form that the schema draws", async () => {
    for (const project of ["zinc", "alloy", "alloy"]) {
        await site.post("/api/v1/instances", { experiment: "absent", name: project, project });
    }
    const page = await open();
    assert.equal(await page.getByLabel("Name").getAttribute("required"), "");
    assert.equal(await page.getByLabel("Description").evaluate((e) => e.nodeName), "TEXTAREA");
    assert.deepEqual(await page.getByLabel("Project").evaluate((e) => [...e.list.options].map((o) => o.value)), ["alloy", "zinc"]);
    await page.close();
});

test("one card a group, ungrouped fields in a first card, labels above, full-width inputs, red asterisk on required, help text", async () => {
    const page = await open();
    assert.deepEqual(await page.locator(".form-card > .card-title").allTextContents(), ["Instance", "Configuration", "Remote API"]);
    assert.equal(await page.locator(".form-card").nth(1).locator('[name="configuration.size"]').count(), 1);
    const size = await input(page, "configuration.size").boundingBox();
    const label = await page.locator('label[for="f-configuration.size"]').boundingBox();
    const card = await page.locator(".form-card").nth(1).boundingBox();
    assert.ok(label.y + label.height <= size.y && Math.abs(label.x - size.x) < 2, "the label is above");
    assert.ok(size.width > card.width - 40, "as wide as its card");
    const red = await box(page, "configuration.size").locator(".required").evaluate((e) => [e.textContent, getComputedStyle(e).color]);
    assert.equal(red[0], "*");
    assert.equal(red[1], await page.evaluate(() => Object.assign(document.body.appendChild(document.createElement("p")), { className: "field-error", textContent: "x" }) && getComputedStyle(document.body.lastElementChild).color));
    assert.equal(await box(page, "configuration.size").locator(".field-help").textContent(), "Sites along one edge.");
    await page.close();
});

test("enum as select with unavailable options disabled and their reason, boolean as checkbox, numbers with min, max and step", async () => {
    const page = await open();
    const gpu = page.getByLabel("Device").locator("option[value=gpu]");
    assert.deepEqual([await gpu.textContent(), await gpu.isDisabled()], ["The GPU (no driver)", true]);
    const size = input(page, "configuration.size");
    assert.deepEqual(await size.evaluate((e) => [e.type, e.min, e.max, e.step]), ["number", "8", "512", "8"]);
    assert.equal(await input(page, `${S}.0.fast`).getAttribute("type"), "checkbox");
    await page.close();
});

test("an option that has become unavailable is kept in sight, and refused by both", async () => {
    const { json } = await site.post("/api/v1/instances", { experiment: "assembly", name: "old", configuration: {} });
    await site.sql(`UPDATE instances SET configuration = (configuration::jsonb || '{"device":"gpu"}')::json WHERE id = $1`, json.id);
    const page = await person.newPage();
    await page.goto(`/experiments/${json.id}/edit`);
    assert.equal(await page.getByLabel("Device").inputValue(), "gpu");
    await page.locator("[data-action=save]").click();
    assert.equal(await errorOf(page, "configuration.device").textContent(), "is not available: no driver");
    await page.evaluate(() => document.querySelector("[data-form]").submit());
    await page.locator("[data-form-error]").waitFor();
    assert.equal(await errorOf(page, "configuration.device").textContent(), "is not available: no driver");
    await site.sql(`UPDATE instances SET configuration = (configuration::jsonb || '{"device":"tpu"}')::json WHERE id = $1`, json.id);
    await page.goto(`/experiments/${json.id}/edit`);
    await page.locator("[data-action=save]").click();
    assert.equal(await errorOf(page, "configuration.device").textContent(), "must be one of: cpu", "nor one that is none any more");
    await page.evaluate(() => document.querySelector("[data-form]").submit());
    await page.locator("[data-form-error]").waitFor();
    assert.equal(await errorOf(page, "configuration.device").textContent(), "must be one of: cpu");
    await page.close();
});

test("lists: an inline repeater; add puts the focus into the new item and says so", async () => {
    const page = await open();
    assert.deepEqual(await kinds(page), [[`${S}.0.kind`, "warm"], [`${S}.1.kind`, "measure"]]);
    assert.equal(await input(page, `${S}.1.steps.0.n`).inputValue(), "10");
    await addTo(page, S).click();
    assert.equal(await focused(page), `${S}.2.kind`);
    assert.equal(await said(page), "Item 3 added to Stages");
    await page.keyboard.type("cool");
    await addTo(page, `${S}.2.steps`).click();
    await input(page, `${S}.2.steps.0.n`).fill("7");
    await addTo(page, `${S}.2.steps.0.tags`).click();
    await page.keyboard.type("deep");
    await page.getByLabel("Name").fill("Grown");
    const { configuration } = await save(page);
    assert.deepEqual(configuration.stages[2], { kind: "cool", fast: false, limits: { time: null }, steps: [{ n: 7, tags: [{ tag: "deep" }] }] });
    await page.close();
});

test("items are collapsible to \"Item 1\"", async () => {
    const page = await open();
    const title = button(page, `${S}.0`, "fold-item");
    assert.equal((await title.textContent()).trim(), "Item 1");
    await title.click();
    assert.equal(await title.getAttribute("aria-expanded"), "false");
    assert.ok(await input(page, `${S}.0.kind`).isHidden());
    assert.equal(await box(page, `${S}.0`).locator("> .item-head [data-item-brief]").textContent(), "warm");
    await title.press("Enter");
    assert.ok(await input(page, `${S}.0.kind`).isVisible());
    await box(page, S).locator("> .list-head [data-action=fold-all]").click();
    assert.deepEqual(await page.locator(`[data-field="${S}.0"] > .item-body, [data-field="${S}.1"] > .item-body`).evaluateAll((all) => all.map((one) => one.hidden)), [true, true]);
    await box(page, S).locator("> .list-head").getByRole("button", { name: "Expand all" }).click();
    assert.ok(await input(page, `${S}.1.kind`).isVisible());
    await page.close();
});

test("remove: the focus goes on to what is near, and it can be undone", async () => {
    const page = await open();
    await input(page, `${S}.0.kind`).fill("typed before");
    await button(page, `${S}.0`, "remove-item").click();
    assert.deepEqual(await kinds(page), [[`${S}.0.kind`, "measure"]]);
    assert.equal(await focused(page), "Item 1");
    assert.equal(await said(page), "Item 1 removed from Stages, 1 left");
    await page.getByRole("button", { name: "Undo" }).click();
    assert.deepEqual(await kinds(page), [[`${S}.0.kind`, "typed before"], [`${S}.1.kind`, "measure"]]);
    await button(page, `${S}.1`, "remove-item").click();
    await button(page, `${S}.0`, "remove-item").click();
    assert.equal(await focused(page), "Add to Stages");
    await page.close();
});

test("reorder: up and down buttons for the keyboard; the focus stays with the item, also at the ends", async () => {
    const page = await open();
    await addTo(page, S).click();
    await page.keyboard.type("third");
    await button(page, `${S}.2`, "move-up").focus();
    await page.keyboard.press("Enter");
    assert.equal(await focused(page), "Move Item 2 up");
    assert.equal(await said(page), "Moved to place 2 of 3 in Stages");
    await page.keyboard.press("Enter");
    assert.equal(await focused(page), "Move Item 1 down", "there is no further up");
    assert.deepEqual((await kinds(page)).map(([, value]) => value), ["third", "warm", "measure"]);
    assert.ok(await button(page, `${S}.0`, "move-up").isDisabled());
    assert.ok(await button(page, `${S}.2`, "move-down").isDisabled());
    await page.getByLabel("Name").fill("Moved");
    const { configuration } = await save(page);
    assert.deepEqual(configuration.stages.map((stage) => stage.kind), ["third", "warm", "measure"]);
    assert.deepEqual(configuration.stages[2].steps, [{ n: 10, tags: [] }], "what an item holds goes with it");
    await page.close();
});

test("reorder: by the drag handle; Esc puts the item back", async () => {
    const page = await open();
    for (const kind of ["c", "d"]) {
        await addTo(page, S).click();
        await page.keyboard.type(kind);
    }
    await box(page, S).locator("> .list-head [data-action=fold-all]").click();
    const handle = (i) => page.locator(`[data-field="${S}.${i}"] > .item-head [data-handle]`);
    const dragTo = async (from, to) => {
        await handle(from).evaluate((e) => e.scrollIntoView({ block: "center", behavior: "instant" }));
        const [a, b] = [await handle(from).boundingBox(), await handle(to).boundingBox()];
        await page.mouse.move(a.x + 8, a.y + 8);
        await page.mouse.down();
        await page.mouse.move(a.x + 8, (a.y + b.y) / 2, { steps: 4 });
        await page.mouse.move(a.x + 8, b.y + (to > from ? 20 : 4), { steps: 4 });
    };
    await dragTo(0, 3);
    await page.mouse.up();
    assert.deepEqual((await kinds(page)).map(([, value]) => value), ["measure", "c", "d", "warm"]);
    assert.equal(await said(page), "Moved to place 4 of 4 in Stages");
    await dragTo(3, 1);
    await page.mouse.up();
    assert.deepEqual((await kinds(page)).map(([, value]) => value), ["measure", "warm", "c", "d"]);
    await dragTo(0, 2);
    await page.keyboard.press("Escape");
    await page.mouse.up();
    assert.deepEqual((await kinds(page)).map(([, value]) => value), ["measure", "warm", "c", "d"]);
    await page.close();
});

test("nested, indented: names and labels are those of their places, whatever was moved", async () => {
    const page = await open();
    await addTo(page, `${S}.1.steps`).click();
    await input(page, `${S}.1.steps.1.n`).fill("20");
    await addTo(page, `${S}.1.steps.1.tags`).click();
    await button(page, `${S}.1.steps.1`, "move-up").click();
    await button(page, `${S}.1`, "move-up").click();
    assert.equal(await input(page, `${S}.0.steps.0.n`).inputValue(), "20");
    assert.equal(await input(page, `${S}.0.steps.0.tags.0.tag`).count(), 1);
    const wrong = await page.evaluate(() => {
        const bad = [];
        const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
        if (new Set(ids).size !== ids.length) bad.push("an id stands twice");
        for (const name of ["for", "aria-labelledby", "aria-describedby", "aria-controls"])
            for (const e of document.querySelectorAll(`form [${name}]`))
                for (const id of e.getAttribute(name).split(" ")) if (!document.getElementById(id)) bad.push(`${name} ${id}`);
        for (const e of document.querySelectorAll("[data-form] [name^='configuration.']"))
            if (e.closest(".field").dataset.field !== e.name || e.id !== `f-${e.name}`) bad.push(e.name);
        return bad;
    });
    assert.deepEqual(wrong, []);
    const left = async (path) => (await box(page, path).boundingBox()).x;
    assert.ok((await left(`${S}.0.steps`)) > (await left(S)) && (await left(`${S}.0.steps.0.tags`)) > (await left(`${S}.0.steps`)));
    await page.close();
});

test("validation on blur and on submit: message under the field and red border, cleared on blur once mended", async () => {
    const page = await open();
    await addTo(page, `${S}.0.steps`).click();
    const n = input(page, `${S}.0.steps.0.n`);
    await n.fill("0");
    await n.blur();
    assert.equal(await errorOf(page, `${S}.0.steps.0.n`).textContent(), "must be at least 1");
    const [message, field] = [await errorOf(page, `${S}.0.steps.0.n`).boundingBox(), await n.boundingBox()];
    assert.ok(message.y >= field.y + field.height, "under the field");
    const colours = await n.evaluate((e) => [getComputedStyle(e).borderTopColor, getComputedStyle(e.closest(".field").querySelector(".field-error")).color]);
    assert.equal(colours[0], colours[1], "a red border");
    assert.equal(await page.locator("[data-action=next-fault]").textContent(), "1 value is not right");
    await n.fill("3");
    await n.blur();
    assert.equal(await errorOf(page, `${S}.0.steps.0.n`).textContent(), "");
    assert.ok(await page.locator("[data-action=next-fault]").isHidden());
    for (const [text, expected] of [["ab", "needs at least 3 characters"], ["abcdef", "takes at most 5 characters"], ["😀😀😀", ""]]) {
        await input(page, "configuration.code").fill(text);
        await input(page, "configuration.code").blur();
        assert.equal(await errorOf(page, "configuration.code").textContent(), expected, text);
    }
    // The foot leads from one to the next, and a button that moves as an error appears is pressed all the same.
    await page.getByLabel("Name").fill(" ");
    await input(page, "configuration.code").fill("a");
    await page.locator("[data-action=save]").click();
    assert.equal(await focused(page), "name");
    const next = page.locator("[data-action=next-fault]");
    assert.equal(await next.textContent(), "2 values are not right");
    await next.click();
    assert.equal(await focused(page), "configuration.code");
    await next.click();
    assert.equal(await focused(page), "name");
    await input(page, "configuration.code").fill("");
    // On submit: all at once, folded ones are opened, and the first gets the focus.
    await input(page, `${S}.1.kind`).fill("");
    await button(page, `${S}.1`, "fold-item").click();
    await page.getByLabel("Name").fill("x");
    await page.locator("[data-action=save]").click();
    assert.equal(await focused(page), `${S}.1.kind`);
    assert.ok(await input(page, `${S}.1.kind`).isVisible());
    await page.close();
});

test("a list's own rules are told at the list, and cleared once mended", async () => {
    const page = await open();
    await button(page, `${S}.1`, "remove-item").click();
    await button(page, `${S}.0`, "remove-item").click();
    await page.getByLabel("Name").fill("x");
    await page.locator("[data-action=save]").click();
    assert.equal(await errorOf(page, S).textContent(), "is required");
    assert.equal(await focused(page), "Add to Stages");
    for (let i = 0; i < 5; i++) await addTo(page, S).click();
    await page.locator("[data-action=save]").click();
    assert.equal(await errorOf(page, S).textContent(), "takes at most 4 items");
    await button(page, `${S}.4`, "remove-item").click();
    assert.equal(await errorOf(page, S).textContent(), "");
    await page.close();
});

test("the server checks again with the same rules and returns the form filled in as typed with every error in place, also within lists", async () => {
    const page = await open();
    await addTo(page, `${S}.0.steps`).click();
    await addTo(page, `${S}.0.steps.0.tags`).click();
    const typed = { name: "ä ".repeat(110), "configuration.size": "12", [`${S}.0.kind`]: "", [`${S}.0.limits.time`]: "-1", [`${S}.0.steps.0.n`]: "0", [`${S}.1.kind`]: '"><i>', "configuration.api.url": "nowhere" };
    for (const [name, value] of Object.entries(typed)) await input(page, name).fill(value);
    await input(page, `${S}.1.fast`).check();
    const errors = () => page.locator("[data-form] .field-error").evaluateAll((all) => all.map((e) => [e.parentElement.dataset.field, e.textContent]).filter(([, text]) => text));
    await page.locator("[data-action=save]").click();
    const here = await errors();
    assert.deepEqual(here.map(([field]) => field.replace(/^configuration\./, "")), ["name", "size", "stages.0.kind", "stages.0.limits.time", "stages.0.steps.0.n", "stages.0.steps.0.tags.0.tag", "api.url"]);
    const [answer] = await Promise.all([page.waitForNavigation(), page.evaluate(() => document.querySelector("[data-form]").submit())]);
    assert.equal(answer.status(), 422);
    assert.deepEqual(await errors(), here, "the same words at the same fields");
    for (const [name, value] of Object.entries(typed)) assert.equal(await input(page, name).inputValue(), value, name);
    assert.ok(await input(page, `${S}.1.fast`).isChecked());
    assert.equal(await focused(page), "name");
    await assertAccessible(page, "the form with faults");
    await page.close();
});

test("what is no number is shown as it was typed", async () => {
    const answer = await site.form("/experiments/new", { experiment: "assembly", name: "n", "configuration.size": "64 sites", [`${S}.0.kind`]: "k" }, { cookie: await site.login() });
    const page = await person.newPage();
    await page.setContent(answer.text.replace(/<script[^>]*><\/script>/, ""));
    assert.equal(await input(page, "configuration.size").inputValue(), "64 sites");
    await page.close();
});

test("sticky footer: Cancel, Create", async () => {
    const page = await open();
    const foot = page.locator(".form-foot");
    const seen = async () => {
        const { y, height } = await foot.boundingBox();
        return y + height <= 900 && y > 700;
    };
    assert.ok(await seen(), "in view at the top of a long form");
    await page.mouse.wheel(0, 500);
    assert.ok(await seen());
    assert.equal(await page.getByRole("button", { name: "Create" }).count(), 1);
    await page.getByRole("link", { name: "Cancel" }).click();
    await page.waitForURL(/\/experiments$/);
    await page.close();
});

test("the seed gets a random number within its bounds", async () => {
    const page = await open();
    const seen = new Set();
    for (let i = 0; i < 40; i++) {
        await page.getByRole("button", { name: "A new random Seed" }).click();
        seen.add(await input(page, "configuration.seed").inputValue());
    }
    assert.ok([...seen].every((value) => /^[5-9]$/.test(value)) && seen.size > 2, [...seen].join());
    await page.close();
});

test("an instance goes out as a file, and a file comes back into the form", async () => {
    const { json: made } = await site.post("/api/v1/instances", { experiment: "assembly", name: "Ünï/1", description: "a\nb", project: "p", configuration: { code: "", stages: [{ kind: "k", steps: [{ n: 9007199254740991 }] }] } });
    const page = await person.newPage();
    await page.goto(`/experiments/${made.id}`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.evaluate((id) => Object.assign(document.createElement("a"), { href: `/experiments/${id}/export` }).click(), made.id)]);
    assert.match(download.suggestedFilename(), /^n-1\.json$/);
    const file = join(tempDir(after), "export.json");
    await download.saveAs(file);
    const exported = JSON.parse(readFileSync(file, "utf8"));
    assert.deepEqual(exported, { experiment: "assembly", name: "Ünï/1", description: "a\nb", project: "p", configuration: made.configuration });
    await page.goto("/experiments/new");
    await page.getByText("Import an exported instance").click();
    await Promise.all([page.waitForNavigation(), page.locator("[data-import-file]").setInputFiles(file)]);
    assert.equal(await page.getByLabel("Name").inputValue(), "Ünï/1");
    const saved = await save(page);
    assert.deepEqual(saved.configuration, made.configuration);
    await page.close();
});

test("an import is checked: what is wrong is marked in the form, and nothing of it is lost", async () => {
    const page = await person.newPage();
    await page.goto("/experiments/new");
    await page.getByText("Import an exported instance").click();
    const paste = async (text) => {
        if (!(await page.locator("#document").isVisible())) await page.getByText("Import an exported instance").click();
        await page.locator("#document").fill(text);
        await Promise.all([page.waitForNavigation(), page.locator("[data-action=import]").click()]);
    };
    for (const [text, words] of [["{", /not JSON/], ["[1]", /not an object/], ["{}", /experiment is missing/], ['{"experiment":"none"}', /no experiment none/], ['{"experiment":"assembly","x":1}', /no member x/]]) {
        await paste(text);
        assert.match(await page.locator("[data-import-error]").textContent(), words);
        assert.equal(await page.locator("#document").inputValue(), text, "as it was pasted");
        assert.equal(await page.locator("[data-form]").count(), 0);
    }
    await keepScreenshot(page, "import-refused");
    const text = JSON.stringify({ experiment: "assembly", name: "Half right", configuration: { size: "big", gone: 7, stages: [{ kind: 5, steps: [{ n: 0 }] }] } });
    await paste(text);
    assert.match(await page.locator("[data-form-error]").textContent(), /configuration\.gone/);
    assert.equal(await input(page, "configuration.size").inputValue(), "big");
    assert.equal(await errorOf(page, "configuration.size").textContent(), "must be a whole number");
    assert.equal(await errorOf(page, `${S}.0.steps.0.n`).textContent(), "must be at least 1");
    assert.equal(await page.locator("#document").inputValue(), text);
    await assertAccessible(page, "an import with faults");
    await page.close();
});

for (const colorScheme of ["light", "dark"]) {
    for (const width of [360, 1440]) {
        test(`lists are accessible and fit, ${colorScheme}, ${width} px`, async () => {
            const other = await signIn(browser, site, { colorScheme, viewport: { width, height: 900 } });
            const page = await open({ person: other });
            await addTo(page, `${S}.1.steps.0.tags`).click();
            await page.locator("[data-action=save]").click();
            await button(page, `${S}.0`, "fold-item").click();
            await button(page, `${S}.0`, "move-down").click();
            await assertFits(page, "the form");
            await assertAccessible(page, "the form");
            await keepScreenshot(page, `lists-${colorScheme}-${width}`);
            assert.deepEqual(other.complaints, []);
            await other.context.close();
        });
    }
}

test("nothing was complained of", () => assert.deepEqual(person.complaints.filter((text) => !text.includes("422")), []));
