// The page /data: uploading by choosing and by dropping, what can go wrong, and what can be done with a table then.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { follow, keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { descendants } from "../lib/proc.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner"], conf: { data_mb: 16 } });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
const page = await person.newPage();
/** Refusals are meant here; Chromium tells of each. */
test.afterEach(() => assert.deepEqual(person.complaints.splice(0).filter((text) => !/status of (409|422) .*\/data/.test(text)), []));

const file = (name, text) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
const choose = (...files) => page.locator("[data-file]").setInputFiles(files);
const item = (name) => page.locator(`[data-upload-item="${name}"]`);
const done = (name) => item(name).and(page.locator("[data-state=done]")).waitFor({ timeout: 90_000 });
const failed = (name) => item(name).and(page.locator("[data-state=failed]")).waitFor();
const rowOf = (name) => page.locator("tr[data-source]", { has: page.locator("[data-name]", { hasText: name }) });
const rows = async () => (await site.get("/api/v1/data-sources?limit=1000")).json.items;

test("an empty site invites, and curl's line is at hand", async () => {
    await page.goto("/data");
    await page.locator("[data-empty]").waitFor();
    await page.getByText("From a shell").click();
    assert.match(await page.locator(".upload-curl code").textContent(), /curl -T iris\.csv/);
    assert.equal(await page.locator('.site-nav a[href="/data"]').count(), 1);
    await keepScreenshot(page, "data-empty");
});

test("files that are chosen go up one after the other, and appear in the table", async () => {
    const iris = "sepal length,species\n5.1,setosa\n4.9,virginica\n";
    await choose(file("iris.csv", iris), file("odd rows.csv", "a,b\n1\n2,3\n"));
    await done("iris.csv");
    await done("odd rows.csv");
    assert.match(await item("iris.csv").textContent(), /2 rows, 2 columns/);
    assert.match(await item("odd rows.csv").textContent(), /1 row has another number of cells/);
    const row = rowOf("iris.csv");
    await row.waitFor();
    assert.equal(await row.locator("[data-rows]").textContent(), "2");
    assert.equal(await row.locator("[data-sha256]").getAttribute("data-sha256"), createHash("sha256").update(iris).digest("hex"));
    assert.equal(await row.locator("[data-types]").textContent(), "1 float, 1 string");
    await rowOf("odd rows.csv").locator("[data-odd]").waitFor();
    assert.equal(await page.locator("[data-empty]").count(), 0);
});

test("files that are dropped go into the project that stands there", async () => {
    await page.locator("input[name=project]").fill("lab");
    const data = await page.evaluateHandle(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(["x;y\n1;2\n"], "dropped.csv", { type: "text/csv" }));
        return transfer;
    });
    await page.locator("[data-drop]").dispatchEvent("dragover", { dataTransfer: data });
    assert.equal(await page.locator("[data-drop][data-over]").count(), 1);
    await page.locator("[data-drop]").dispatchEvent("drop", { dataTransfer: data });
    await done("dropped.csv");
    assert.match(await rowOf("dropped.csv").textContent(), /lab/);
    assert.equal((await rows()).find((row) => row.name === "dropped.csv").project, "lab");
    await page.locator("input[name=project]").fill("");
});

test("what others upload appears by itself", async () => {
    await page.locator("[data-connection=live]").waitFor({ state: "attached" });
    const { status } = await site.fetch("/api/v1/data-sources/elsewhere.csv", { method: "PUT", body: "a\n1\n" });
    assert.equal(status, 201);
    await rowOf("elsewhere.csv").waitFor();
});

test("a name that is taken can be replaced, or another one used", async () => {
    await choose(file("iris.csv", "a\n1\n2\n3\n"));
    await failed("iris.csv");
    const again = item("iris.csv").last();
    assert.match(await again.locator("[role=alert]").textContent(), /already/);
    await keepScreenshot(page, "data-conflict");
    await again.locator("[data-action=rename]").click();
    await again.getByText("iris-2.csv").waitFor();
    await rowOf("iris-2.csv").waitFor();
    await choose(file("iris.csv", "a\n1\n2\n3\n4\n"));
    await item("iris.csv").last().locator("[data-action=replace]").click();
    await page.locator("tr[data-source] .tag", { hasText: /^v2$/ }).waitFor();
    assert.deepEqual((await rows()).filter((row) => row.name === "iris.csv").map((row) => [row.version, row.rows]), [[2, 4]]);
});

test("what cannot be taken says why, and keeps nothing", async () => {
    await choose(file("empty.csv", ""), file("binary.csv", "a\n\0\n"), file("large.csv", "x".repeat((16 << 20) + 1)));
    for (const [name, words] of [["empty.csv", /empty/], ["binary.csv", /NUL at byte 3/], ["large.csv", /larger than 16\.0 MiB/]]) {
        await failed(name);
        assert.match(await item(name).locator("[role=alert]").textContent(), words);
    }
    assert.ok(!(await rows()).some((row) => /empty|binary|large/.test(row.name)));
    await item("large.csv").getByRole("button", { name: "Dismiss" }).click();
    assert.equal(await item("large.csv").count(), 0);
});

test("an upload shows how far it is, and is cancelled at once", async () => {
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 256 * 1024 });
    await choose(file("slow.csv", `a\n${"1\n".repeat(4 << 20)}`), file("after.csv", "a\n1\n"));
    const slow = item("slow.csv");
    await slow.locator("progress").waitFor();
    await until("it moves", async () => (await slow.locator("progress").evaluate((bar) => bar.value)) > 0);
    assert.match(await item("after.csv").textContent(), /Waiting/);
    await keepScreenshot(page, "data-progress");
    await slow.locator("[data-action=cancel-upload]").click();
    await failed("slow.csv");
    assert.match(await slow.textContent(), /Cancelled; nothing was kept/);
    await session.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await done("after.csv");
    const folder = join(site.state, "artifacts/incoming");
    await until("nothing is left", () => !existsSync(folder) || readdirSync(folder).length === 0);
    await slow.locator("[data-action=retry]").click();
    await done("slow.csv");
    assert.match(await slow.textContent(), /4,194,304 rows/);
});

test("of a file that has left as a whole it is not said that nothing was kept", async () => {
    const parent = await site.pid("pages-upload");
    const pids = [parent, ...descendants(parent).map(({ pid }) => pid)];
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    try {
        await choose(file("whole.csv", "a\n1\n"));
        await item("whole.csv").getByText("Being stored").waitFor();
        await item("whole.csv").locator("[data-action=cancel-upload]").click();
        await failed("whole.csv");
        assert.match(await item("whole.csv").textContent(), /Cancelled; the list below shows whether it was kept/);
    } finally {
        for (const pid of pids) process.kill(pid, "SIGCONT");
    }
    await item("whole.csv").getByRole("button", { name: "Dismiss" }).click();
});

test("a table has a page with a sample, can be renamed, and is deleted after a question", async () => {
    await follow(page, rowOf("odd rows.csv").locator("[data-name]"));
    assert.equal(await page.locator("h1").textContent().then((text) => text.trim()), "odd rows.csv");
    assert.match(await page.locator("[data-note]").textContent(), /another number of cells/);
    assert.deepEqual(await page.locator(".data-sample td").allTextContents(), ["1", "2", "3"]);
    await page.locator("input[name=name]").fill("iris-2.csv");
    await follow(page, page.locator("[data-action=rename]"));
    assert.match(await page.locator("[data-edit-error]").textContent(), /another data source iris-2\.csv/);
    assert.equal(await page.locator("input[name=name]").inputValue(), "iris-2.csv");
    await page.locator("input[name=name]").fill("renamed.csv");
    await follow(page, page.locator("[data-action=rename]"));
    assert.equal((await page.locator("h1").textContent()).trim(), "renamed.csv");
    await page.locator("[data-action=delete]").click();
    const dialog = page.locator("dialog");
    assert.match(await dialog.textContent(), /2 rows.*There is no way back/);
    await dialog.locator("[data-action=back]").click();
    await dialog.waitFor({ state: "detached" });
    await page.locator("[data-action=delete]").click();
    await follow(page, dialog.locator("[data-action=confirm]"));
    assert.equal(new URL(page.url()).pathname, "/data");
    assert.equal(await rowOf("renamed.csv").count(), 0);
});

test("the form of an instance offers uploads by project, then the experiment's own", async () => {
    await site.sql("INSERT INTO experiments (name, title, manifest, content_hash, folder) VALUES ('reader', 'Reader', $1::json, 'x', 'x')", JSON.stringify({
        name: "reader", configuration: [{ name: "data", type: "data_source", required: true, label: "Data",
            options: [{ value: "own:a", label: "A" }, { value: "own:b", label: "B", available: false }, { value: "own:c", label: "C", available: false, reason: "no disk" }] }] }));
    await page.goto("/experiments/new?experiment=reader");
    const select = page.getByLabel("Data", { exact: false }).and(page.locator("select[name='configuration.data']"));
    assert.deepEqual(await select.locator("optgroup").evaluateAll((groups) => groups.map((group) => group.label)), ["Uploaded", "Uploaded, project lab", "From the experiment"]);
    assert.deepEqual(await select.locator("option[disabled]").allTextContents(), ["B (install required)", "C (no disk)"]);
    await page.locator("input[name=name]").fill("reads");
    await site.fetch("/api/v1/data-sources/meanwhile.csv?project=late", { method: "PUT", body: "a\n1\n" });
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await select.locator("optgroup[label='Uploaded, project late'] option", { hasText: "meanwhile.csv (1 row)" }).waitFor({ state: "attached" });
    assert.deepEqual(await select.locator("optgroup").evaluateAll((groups) => groups.map((group) => group.label)).then((labels) => labels.at(-1)), "From the experiment");
    await page.getByRole("button", { name: "Create" }).click();
    assert.equal(await page.locator("[data-field='configuration.data'] .field-error").textContent(), "is required");
    await keepScreenshot(page, "data-form");
    await select.selectOption({ label: "iris.csv (4 rows)" });
    await follow(page, page.getByRole("button", { name: "Create" }));
    assert.match(new URL(page.url()).pathname, /^\/experiments\/\d+$/);
    await page.goto("/data");
    assert.match(await rowOf("iris.csv").locator("[data-used]").textContent(), /1 instance/);
    await rowOf("iris.csv").locator("[data-action=delete]").click();
    const dialog = page.locator("dialog");
    assert.match(await dialog.locator("[data-impossible]").textContent(), /in use by 1 instance: reads/);
    assert.equal(await dialog.locator("[data-action=confirm]").count(), 0);
    await dialog.locator("[data-action=back]").click();
});
