// Every page and tab in both themes and two widths: axe finds nothing, nothing is wider than the window, nothing breaks the content
// security policy. Screenshots are kept.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { addInstance, addRun, assertAccessible, assertFits, experiments, keepScreenshot, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { endRun, event, quietRun, result, row, say, saySeries } from "../lib/said.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { experiments });
const browser = await startBrowser(after);
await until("the experiment is offered", async () => (await site.get("/api/v1/experiments")).json.items.length > 0);

const long = "An instance with a name that goes on and on, so that one sees whether a card or a header keeps its shape";
const instance = await addInstance(site, long, { steps: 30, pause_ms: 10, burst: 20, text: "a longer text ".repeat(12) });
const run = await addRun(site, instance);
const failed = await addRun(site, await addInstance(site, "Failing", { steps: 2, ending: "badly" }));
const active = await addRun(site, await addInstance(site, "Active", { steps: 50000, pause_ms: 500 }));
for (const id of [run, failed]) await until("runs end", async () => (await site.get(`/api/v1/runs/${id}`)).json.finished_at, 30);

/** A run that has said something of every kind, with names that are too long. */
const rich = await quietRun(site); // of an experiment that the runner does not have, so that it is ours
await say(site, rich, [
    result("accuracy", "0.93"), result(`a key ${"without_a_break_".repeat(5)}`, JSON.stringify("a text of some length ".repeat(9))), result("count", "18446744073709551616"),
    result("nested", '{"list":[1,2.5,{"deep":null,"yes":true}],"text":"words","empty":{}}'), result("large", JSON.stringify({ text: "x".repeat(70_000) })), result("accuracy", "0.95"),
    event("run.started", "go"), event("model.fitted", "a message that needs more than one line where the window is narrow, and then some", '{"a":[1,2]}', "812.5"),
    event("disk.warning", "nearly full"), event("io.error", "lost", JSON.stringify("y".repeat(9000))), event("note", "", "null", "125000"),
    ...Array.from({ length: 30 }, (_, i) => row("models", `{"name":"model ${i}","score":${Math.sin(i)},"loss":${i ? Math.exp(-i) : '"NaN"'},"n":${i * 7},"notes":${i % 3 ? "null" : '"a longer remark on this model"'}}`)),
    row("a second table", '{"only":"text"}'),
    ["artifact", "model.bin", `"name":"model.bin","sha256":"${"ab".repeat(32)}","size":123456,"media_type":"application/octet-stream"`],
    ["artifact", "x", `"name":"plots/${"a long name of a file ".repeat(4)}.pdf","sha256":"${"cd".repeat(32)}","size":1234567,"media_type":"application/pdf"`],
]);
await saySeries(site, rich, "loss", 3000, "exp(-i / 500.0)");
await saySeries(site, rich, `a.series.${"with.a.long.name.".repeat(3)}`, 100, "i % 7");
await endRun(site, rich);

const pages = {
    login: "/login",
    dashboard: "/experiments",
    "nothing-found": "/experiments?q=zzz",
    new: "/experiments/new",
    form: "/experiments/new?experiment=talker",
    edit: `/experiments/${instance}/edit`,
    instance: `/experiments/${instance}`,
    "instance-configuration": `/experiments/${instance}?tab=configuration`,
    runs: "/runs",
    runners: "/runners",
    tokens: "/tokens",
    error: "/runs/999999",
    "run-failed": `/runs/${failed}`,
    "run-active": `/runs/${active}`,
    "run-logs": `/runs/${run}?tab=logs`,
    "run-configuration": `/runs/${run}?tab=configuration`,
    ...Object.fromEntries(["results", "events", "leaderboard", "metrics", "artifacts"].map((tab) => [`run-${tab}`, `/runs/${rich}?tab=${tab}`])),
};

const themes = /** @type {const} */ (["light", "dark"]);
for (const width of [360, 1440]) {
    test(`light and dark, ${width} px`, async () => {
        const viewport = { width, height: width < 500 ? 740 : 900 };
        const person = await signIn(browser, site, { viewport });
        const guest = await signIn(browser, site, { viewport, login: false });
        /** @type {string[]} */
        const findings = [];
        const note = (/** @type {Error} */ error) => findings.push(error.message);
        for (const [name, path] of Object.entries(pages)) {
            const page = await (name === "login" ? guest : person).newPage();
            await page.goto(path);
            await page.waitForLoadState("load");
            if (name === "run-metrics") await page.locator(".uplot canvas").nth(1).waitFor();
            if (name === "run-active") await page.locator('[data-connection="live"]').waitFor();
            await page.waitForTimeout(150);
            await assertFits(page, name).catch(note);
            for (const colorScheme of themes) {
                await page.emulateMedia({ colorScheme });
                await assertAccessible(page, `${name}, ${colorScheme}`).catch(note);
                await keepScreenshot(page, `${name}-${colorScheme}-${width}`);
            }
            await page.close();
        }
        assert.deepEqual(findings, []);
        // A page of an error answers with its status, of which the console tells.
        const real = person.complaints.filter((text) => !text.includes("/runs/999999"));
        assert.deepEqual(real, []);
        assert.deepEqual(guest.complaints, []);
        await person.context.close();
        await guest.context.close();
    });
}

test("dialogs and menus are accessible too", async () => {
    for (const colorScheme of ["light", "dark"]) {
        const person = await signIn(browser, site, { colorScheme });
        const page = await person.newPage();
        await page.goto(`/runs/${active}`);
        await waitForBadge(page, "running");
        await page.locator("[data-action=cancel]").click();
        await page.locator("dialog[open]").waitFor();
        await assertAccessible(page, `the question before a cancel, ${colorScheme}`);
        await keepScreenshot(page, `dialog-${colorScheme}`);
        await page.keyboard.press("Escape");
        await page.goto("/experiments");
        await page.keyboard.press("?");
        await page.locator("dialog[data-dialog=shortcuts]").waitFor();
        await assertAccessible(page, `the shortcuts, ${colorScheme}`);
        await keepScreenshot(page, `shortcuts-${colorScheme}`);
        await page.keyboard.press("Escape");
        await page.locator(".instance-card summary").first().click();
        await page.locator("[data-menu=theme] summary").click();
        assert.equal(await page.locator("details.menu[open]").count(), 1, "one menu at a time");
        await assertAccessible(page, `an open menu, ${colorScheme}`);
        await keepScreenshot(page, `menu-${colorScheme}`);
        await person.context.close();
    }
});

test("the theme is chosen without leaving the page, kept by the server, and 'system' follows the system without a flash", async () => {
    const person = await signIn(browser, site, { colorScheme: "dark" });
    const page = await person.newPage();
    const background = () => page.evaluate(() => getComputedStyle(document.body.parentElement).backgroundColor);
    await page.goto("/experiments");
    const dark = await background();
    await page.locator("[data-menu=theme] summary").click();
    await Promise.all([page.waitForResponse((r) => r.url().endsWith("/theme")), page.getByRole("button", { name: "Light" }).click()]);
    const light = await background();
    assert.notEqual(light, dark);
    await page.goto("/runs");
    assert.equal(await page.locator("html").getAttribute("data-theme"), "light");
    assert.equal(await background(), light);
    await page.locator("[data-menu=theme] summary").click();
    await Promise.all([page.waitForResponse((r) => r.url().endsWith("/theme")), page.getByRole("button", { name: "System" }).click()]);
    await page.reload();
    assert.equal(await background(), dark);
    await page.emulateMedia({ colorScheme: "light" });
    assert.equal(await background(), light);
    await person.context.close();
});
