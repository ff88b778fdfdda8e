// Pipelines: promoting a run from its page, versions, stages, verifying, and all of it without scripts.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";

import { assertAccessible, assertFits, follow, keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { endRun, quietRun, result, row, say } from "../lib/said.mjs";
import { startStack } from "../lib/stack.mjs";
import { keepFile, sha256, storePath } from "../lib/store.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner"] });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
const plain = await signIn(browser, site, { javaScriptEnabled: false });
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

const open = async (path, who = person) => {
    const page = await who.newPage();
    await page.goto(path);
    return page;
};
let made = 0;
async function completed(files = [["lda/pipeline.pkl", `weights ${++made}`], ["roc.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"]]) {
    const run = await quietRun(site);
    await say(site, run, [row("leaderboard", '{"Model":"Discriminant","ID":"lda","Accuracy":0.98,"AUC":0.5}'), result("score", "0.75")]);
    for (const [name, data, type] of files) await keepFile(site, run, name, data, type);
    await endRun(site, run);
    return run;
}
const promote = (run, body) => site.post(`/api/v1/runs/${run}/promote`, body);

test("with nothing promoted the page says how", async () => {
    const page = await open("/pipelines");
    assert.match(await page.locator(".empty").textContent(), /Nothing has been promoted yet.*press Promote/s);
    assert.equal(await page.locator('.site-nav a[href="/pipelines"]').count(), 1);
    await assertAccessible(page, "no pipelines");
    await page.close();
});

test("Promote on a completed run: a dialog, filled in; refused it comes back as typed; a tick afterwards", async () => {
    const run = await completed();
    const page = await open(`/runs/${run}`);
    await page.locator("[data-action=promote]").click();
    const dialog = page.locator("dialog");
    assert.equal(await dialog.locator("[name=name]").inputValue(), "said", "the instance's name");
    assert.match(await dialog.locator("[name=artifact] option:checked").textContent(), /^lda\/pipeline.pkl \(9 B\)$/);
    await assertAccessible(page, "promote");
    await dialog.locator("[name=name]").fill("no good/name");
    await dialog.locator("[name=description]").fill("two\nlines");
    await dialog.locator("[name=tags]").fill("a, b");
    await dialog.locator("[data-action=promote-now]").click();
    await dialog.locator("[name=name][aria-invalid]").waitFor();
    assert.match(await dialog.locator("#promote-name-error").textContent(), /takes letters from A to Z/);
    assert.deepEqual([await dialog.locator("[name=name]").inputValue(), await dialog.locator("[name=description]").inputValue(), await dialog.locator("[name=tags]").inputValue()],
        ["no good/name", "two\nlines", "a, b"]);
    await keepScreenshot(page, "promote");
    await dialog.locator("[name=name]").fill("iris");
    // The toast does not stay for ever.
    await Promise.all([page.locator("[data-toast]", { hasText: "Promoted as iris v1" }).waitFor(), dialog.locator("[name=name]").press("Enter")]);
    await page.locator("[data-promoted]", { hasText: "iris v1" }).waitFor();
    await dialog.waitFor({ state: "detached" });
    await page.locator("[data-tab=artifacts]").click();
    await page.getByRole("link", { name: "Promote roc.svg" }).click();
    assert.match(await dialog.locator("[name=artifact] option:checked").textContent(), /^roc\.svg/, "the file that was meant");
    await page.keyboard.press("Escape");
    await follow(page, page.locator("[data-promoted]"));
    assert.match(await page.locator("h1").textContent(), /iris\s+v1/);
    assert.equal(await page.locator(".page-text").textContent(), "two\nlines");
    assert.deepEqual(person.complaints.splice(0).filter((text) => !/422/.test(text)), []);
    await page.close();
});

test("a dialog of somebody who is signed out meanwhile says so, and keeps what was typed", async () => {
    const other = await signIn(browser, site);
    const page = await open(`/runs/${await completed()}`, other);
    await page.locator("[data-action=promote]").click();
    await page.locator("dialog [name=name]").fill("typed-name");
    await other.context.clearCookies();
    await page.locator("dialog [data-action=promote-now]").click();
    await page.locator("[data-toast]", { hasText: "Signed out; nothing has been changed" }).waitFor();
    assert.equal(await page.locator("dialog [name=name]").inputValue(), "typed-name");
    await other.context.close();
});

test("what has not completed, or has no file, offers nothing and says why", async () => {
    const running = await quietRun(site);
    const empty = await completed([]);
    for (const [run, words] of [[running, /is still running\. Only what has completed/], [empty, /no file that could be promoted/]]) {
        const page = await open(`/runs/${run}`);
        assert.equal(await page.locator("[data-action=promote]").count(), 0);
        await page.goto(`/runs/${run}/promote`);
        assert.match(await page.locator("[data-impossible]").textContent(), words);
        assert.equal(await page.locator("[data-action=promote-now]").count(), 0);
        await page.close();
    }
    await endRun(site, running);
});

test("without scripts: promote, verify, change the stage, edit and delete as forms", async () => {
    const run = await completed();
    const page = await open(`/runs/${run}`, plain);
    const press = (name) => follow(page, page.getByRole("button", { name }));
    await follow(page, page.getByRole("link", { name: "Promote" }));
    await page.getByLabel("Name").fill("forms");
    await page.getByLabel("Tags").fill("x".repeat(60));
    await page.getByLabel("File").selectOption({ label: "roc.svg (41 B)" });
    await press("Promote");
    assert.match(await page.locator("#promote-tags-error").textContent(), /at most 50 characters/);
    assert.equal(await page.getByLabel("Name").inputValue(), "forms");
    assert.equal(await page.getByLabel("File").locator("option:checked").textContent(), "roc.svg (41 B)");
    await page.getByLabel("Tags").fill("short");
    await press("Promote");
    assert.equal(new URL(page.url()).pathname, "/pipelines/forms/versions/1");

    await press("Verify");
    assert.match(await page.locator("[data-verified=good]").textContent(), /Verified (just now|\d+ s ago)/);
    await page.getByLabel("Stage of forms v1").selectOption("production");
    await press("Set");
    assert.deepEqual(await page.locator("[data-stages] li [data-status]").allTextContents(), ["Production"]);
    assert.match(await page.locator("[data-stages] li").textContent(), /by admin/);
    await follow(page, page.getByRole("link", { name: "Delete" }));
    assert.match(await page.locator("[data-impossible]").textContent(), /in production\. Archive it first/);
    await page.goBack();
    await page.getByLabel("Stage of forms v1").selectOption("archived");
    await press("Set");

    await follow(page, page.getByRole("link", { name: "Edit" }));
    await page.getByLabel("Description").fill("x".repeat(10_001));
    await press("Save");
    assert.match(await page.locator("#version-description-error").textContent(), /at most 10000/);
    await page.getByLabel("Description").fill("better words");
    await press("Save");
    assert.equal(await page.locator(".page-text").textContent(), "better words");
    await follow(page, page.getByRole("link", { name: "Delete" }));
    assert.match(await page.locator(".confirm").textContent(), /stays with the run that made it/);
    await press("Delete");
    assert.equal(new URL(page.url()).pathname, "/pipelines");
    assert.equal(await page.locator('[data-pipeline="forms"]').count(), 0);
    await page.close();
});

test("versions with origin, figures, download and stage; one in production at most, after a question", async () => {
    const runs = [];
    for (let i = 0; i < 5; i++) {
        runs.push(await completed());
        await promote(runs[i], { name: "models", tags: ["nightly"] });
    }
    const page = await open("/pipelines");
    const board = page.locator('[data-pipeline="models"]');
    assert.deepEqual(await board.locator("[data-version] .version-link").allTextContents(), ["v5", "v4", "v3"], "the newest three");
    const newest = board.locator('[data-version="5"]');
    assert.match(await newest.locator(".cell-metrics").textContent(), /Accuracy 0.9800AUC 0.5000score 0.7500nightly/);
    assert.equal(await newest.getByRole("link", { name: "Said #1" }).getAttribute("href"), `/runs/${runs[4]}`);
    const [download] = await Promise.all([page.waitForEvent("download"), newest.locator("[data-download]").click()]);
    assert.equal(download.suggestedFilename(), "pipeline.pkl");

    const choose = async (version, stage, answer) => {
        await board.locator(`[data-version="${version}"] [name=stage]`).selectOption(stage);
        const button = page.locator("dialog").getByRole("button", { name: answer });
        await (answer === "Leave it" ? button.click() : follow(page, button));
    };
    await choose(5, "production", "Leave it");
    await until("nothing has changed", async () => (await newest.locator("[name=stage]").inputValue()) === "");
    await choose(5, "production", "Change the stage");
    await newest.locator('[data-status="production"]').waitFor();
    await choose(4, "production", "Change the stage");
    await board.locator('[data-version="4"] [data-status="production"]').waitFor();
    assert.equal(await newest.locator("[data-status]").getAttribute("data-status"), "archived");
    assert.equal(await board.locator(".pipeline-head [data-status=production]").textContent(), "v4 in production");
    await page.goto("/pipelines/models/versions/5");
    assert.match(await page.locator("[data-stages]").textContent(), /Archived.*version 4 went into production.*Production/s);

    await page.goto("/pipelines/models");
    assert.equal(await page.locator("tr[data-version]").count(), 5);
    await page.locator("[name=stage]").first().selectOption("archived");
    await page.waitForURL(/stage=archived/);
    assert.deepEqual(await page.locator(".version-link").allTextContents(), ["v5"]);
    await page.close();
});

test("Verify says loudly when the stored file is another", async () => {
    const run = await completed([["model", "good weights"]]);
    await promote(run, { name: "fragile" });
    const page = await open("/pipelines");
    const board = page.locator('[data-pipeline="fragile"]');
    await board.locator("[data-action=verify]").click();
    await board.locator("[data-verified=good]").waitFor();
    assert.equal(await page.locator("[data-corrupted]").count(), 0);
    writeFileSync(storePath(site, sha256("good weights")), "evil weights");
    await board.locator("[data-action=verify]").click();
    assert.match(await board.locator("[data-corrupted]").textContent(), /version 1 is not what was promoted: its SHA-256 is [0-9a-f]{64} now/);
    await assertAccessible(page, "pipelines");
    await keepScreenshot(page, "pipelines");
    await page.goto("/pipelines/fragile/versions/1");
    assert.equal(await page.locator("[data-corrupted][role=alert]").count(), 1);
    await assertAccessible(page, "version");
    await keepScreenshot(page, "version");
    await page.close();
});

test("many names in pages, and found by their words; nothing is wider than a telephone", async () => {
    const run = await completed();
    for (let i = 0; i < 25; i++) await promote(run, { name: `many-${String(i).padStart(2, "0")}` });
    const seen = new Set();
    const page = await open("/pipelines", plain);
    for (;;) {
        for (const name of await page.locator("section[data-pipeline]").evaluateAll((list) => list.map((one) => one.getAttribute("data-pipeline")))) seen.add(name);
        const next = page.getByRole("link", { name: "More pipelines" });
        if (!(await next.count())) break;
        await follow(page, next);
    }
    assert.ok(["iris", "models", "fragile", "many-00", "many-24"].every((name) => seen.has(name)), [...seen].join());
    await page.goto("/pipelines?q=NY-1");
    assert.equal(await page.locator("section[data-pipeline]").count(), 10);
    await page.goto("/pipelines?q=zebra");
    assert.match(await page.locator(".empty").textContent(), /No pipeline is called like this/);
    await page.close();
    const small = await signIn(browser, site, { viewport: { width: 360, height: 740 }, colorScheme: "dark" });
    for (const path of ["/pipelines", "/pipelines/models", "/pipelines/models/versions/5", "/pipelines/models/versions/5/edit", `/runs/${run}/promote`, `/runs/${run}`]) {
        const narrow = await open(path, small);
        await assertFits(narrow, path);
        if (path.endsWith("/5")) await assertAccessible(narrow, path);
        await narrow.close();
    }
});

test("what others promote appears by itself, and a search narrows as it is typed", async () => {
    const page = await open("/pipelines");
    await page.locator("[data-connection=live]").waitFor({ state: "attached" });
    const sections = () => page.locator("section[data-pipeline]").evaluateAll((list) => list.map((one) => one.getAttribute("data-pipeline")));
    await promote(await completed(), { name: "aaa-by-another" });
    await page.locator('section[data-pipeline="aaa-by-another"]').waitFor();
    await page.locator("[data-search]").pressSequentially("by-ano");
    await until("it is found", async () => (await sections()).join() === "aaa-by-another");
    await page.waitForURL(/\?q=by-ano$/);
    await page.locator("[data-search]").fill("zebra");
    await page.getByText("No pipeline is called like this").waitFor();
    await page.close();
});

test("two snapshots side by side: from a list of runs, from a run, and without scripts", async () => {
    const make = async (seed, numpy) => {
        const run = await quietRun(site, { configuration: `{"seed":${seed},"model":"lda"}` });
        await say(site, run, [["fact", "numpy", `"key":"numpy","value":"${numpy}"`], result("score", String(seed / 10))]);
        await endRun(site, run);
        return run;
    };
    const [a, b] = [await make(1, "1.24"), await make(2, "1.24")];
    const page = await open("/runs");
    for (const run of [a, b]) await page.locator(`tr[data-run="${run}"] input[name=run]`).check();
    await page.locator("[data-action=compare-selected]").click();
    await page.waitForURL(/\/runs\/diff/);
    assert.deepEqual(await page.locator("tr[data-path]").evaluateAll((rows) => rows.map((one) => [...one.children].map((cell) => cell.textContent))),
        [["seed", "2", "1"], ["score", "0.2", "0.1"]], "the newer first");
    assert.match(await page.locator("[data-same]").textContent(), /2 of 4 values differ/);
    await follow(page, page.locator("[data-action=toggle-all]"));
    assert.equal(await page.locator("tr[data-path]").count(), 4);
    await assertAccessible(page, "snapshots");
    await keepScreenshot(page, "snapshots");
    await page.goto(`/runs/${a}?tab=configuration`);
    await Promise.all([page.waitForEvent("load"), page.locator("[data-action=compare-snapshots]").press("Enter")]);
    assert.match(await page.locator(".empty").textContent(), /has no other run/);
    await page.close();
    const bare = await open(`/runs/diff?a=${a}`, plain);
    await bare.getByLabel("with run").fill("99999");
    await follow(bare, bare.getByRole("button", { name: "Compare" }));
    assert.match(await bare.locator("[data-wrong]").textContent(), /There is no run 99999/);
    await bare.getByLabel("with run").fill("nonsense");
    await follow(bare, bare.getByRole("button", { name: "Compare" }));
    assert.match(await bare.locator("[data-wrong]").textContent(), /^nonsense is not the number of a run/);
    assert.equal(await bare.getByLabel("with run").inputValue(), "nonsense", "what was typed stays");
    await bare.getByLabel("with run").fill(String(await make(1, "1.24")));
    await follow(bare, bare.getByRole("button", { name: "Compare" }));
    assert.match(await bare.locator("[data-same]").textContent(), /Both were made alike/);
    await bare.close();
});
