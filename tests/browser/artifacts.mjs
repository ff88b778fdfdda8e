// The Artifacts tab: what a run has kept, shown without harm.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";

import { assertAccessible, follow, keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { quietRun, say } from "../lib/said.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner"] });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
const plain = await signIn(browser, site, { javaScriptEnabled: false });
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/** Keeps files as a supervisor does: [name, content, media type]. */
async function keep(run, files) {
    for (const [, data] of files) {
        const hash = sha256(data);
        mkdirSync(join(site.state, "artifacts", hash.slice(0, 2)), { recursive: true });
        writeFileSync(join(site.state, "artifacts", hash.slice(0, 2), hash.slice(2)), data);
        chmodSync(join(site.state, "artifacts", hash.slice(0, 2), hash.slice(2)), 0o644);
    }
    await say(site, run, files.map(([name, data, type]) => ["artifact", name, `"name":${JSON.stringify(name)},"sha256":"${sha256(data)}","size":${data.length},"media_type":"${type}"`]));
}

/** A grey PNG of 40 by 20. */
function png() {
    const crc = (data) => {
        let c = ~0;
        for (const byte of data) for (let k = (c ^= byte, 0); k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
        return ~c >>> 0;
    };
    const chunk = (name, data) => {
        const out = Buffer.alloc(12 + data.length);
        out.writeUInt32BE(data.length);
        out.write(name, 4, "latin1");
        data.copy(out, 8);
        out.writeUInt32BE(crc(out.subarray(4, 8 + data.length)), 8 + data.length);
        return out;
    };
    const head = Buffer.from([0, 0, 0, 40, 0, 0, 0, 20, 8, 0, 0, 0, 0]);
    const lines = Buffer.alloc(20 * 41, 0x90).map((byte, i) => (i % 41 === 0 ? 0 : byte));
    return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head), chunk("IDAT", deflateSync(lines)), chunk("IEND", Buffer.alloc(0))]);
}

const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="30" height="10"><script>parent.canary = top.canary = 1; fetch("/theme", {method: "POST"})</script><rect width="30" height="10" onload="canary=1"/></svg>');
const html = Buffer.from("<script>canary = 1</script>");
const run = await quietRun(site);
await keep(run, [["model.bin", Buffer.alloc(2048, 7), "application/octet-stream"], ["plots/grey.png", png(), "image/png"], ["drawing.svg", svg, "image/svg+xml"], ["report <b>.html", html, "text/html"]]);

const open = async (path, who = person) => {
    const page = await who.newPage();
    await page.goto(path);
    return page;
};

test("name, size, SHA-256, media type and a download, with scripts and without", async () => {
    for (const who of [person, plain]) {
        const page = await open(`/runs/${run}?tab=artifacts`, who);
        assert.equal(await page.locator("[data-count=artifacts]").textContent(), "(4)");
        assert.deepEqual(await page.locator(".file-name").allTextContents(), ["model.bin", "plots/grey.png", "drawing.svg", "report <b>.html"]);
        const first = page.locator("[data-artifact]").first();
        assert.equal(await first.locator("[data-size]").textContent(), "2.0 KiB");
        assert.equal(await first.locator("[data-media-type]").textContent(), "application/octet-stream");
        assert.equal(await first.locator("[data-sha256]").textContent(), sha256(Buffer.alloc(2048, 7)));
        const [download] = await Promise.all([page.waitForEvent("download"), first.locator("[data-download]").click()]);
        assert.equal(download.suggestedFilename(), "model.bin");
        assert.ok(readFileSync(await download.path()).equals(Buffer.alloc(2048, 7)));
        await page.close();
    }
});

test("images are shown in place; what is in them does not run", async () => {
    const page = await open(`/runs/${run}?tab=artifacts`);
    const images = page.locator(".file-image img");
    assert.equal(await images.count(), 2, "the PNG and the SVG, not the page");
    for (const image of await images.all()) {
        await image.scrollIntoViewIfNeeded();
        await until("it is drawn", () => image.evaluate((img) => img.complete && img.naturalWidth > 0));
    }
    assert.deepEqual(await images.evaluateAll((list) => list.map((img) => img.naturalWidth)), [40, 30]);
    assert.equal(await page.evaluate(() => "canary" in window), false);
    await assertAccessible(page, "artifacts with images");
    await keepScreenshot(page, "artifacts");
    await page.close();
});

test("opened by itself a file is a download, of a type that nothing runs, in a sandbox", async () => {
    const { items } = (await site.get(`/api/v1/runs/${run}/artifacts`)).json;
    for (const [i, type] of [[2, "image/svg+xml"], [3, "application/octet-stream"]]) {
        const { headers } = await site.get(items[i].href);
        assert.equal(headers.get("content-type"), type);
        assert.match(headers.get("content-disposition"), /^attachment/);
        assert.equal(headers.get("x-content-type-options"), "nosniff");
        assert.match(headers.get("content-security-policy"), /default-src 'none'; sandbox/);
        const page = await person.newPage();
        const [download] = await Promise.all([page.waitForEvent("download"), page.goto(items[i].href).catch(() => {})]);
        assert.ok(readFileSync(await download.path()).equals([svg, html][i - 2]));
        await page.close();
    }
});

test("files arrive live, and many come in pages", async () => {
    const own = await quietRun(site);
    const page = await open(`/runs/${own}?tab=artifacts`);
    await page.getByText("No files yet.").waitFor();
    await page.locator('[data-connection="live"]').waitFor();
    await keep(own, [["late.png", png(), "image/png"]]);
    await page.locator(".file-image img").waitFor();
    assert.equal(await page.getByText("No files yet.").count(), 0);
    await until("the tab counts", async () => (await page.locator("[data-count=artifacts]").textContent()) === "(1)");
    await keep(own, Array.from({ length: 449 }, (_, i) => [`file ${i}.txt`, Buffer.from("same"), "text/plain"]));
    await until("all are here", async () => (await page.locator("[data-artifact]").count()) === 450);
    await page.reload();
    assert.equal(await page.locator("[data-artifact]").count(), 200);
    for (const count of [400, 450]) {
        await page.getByRole("link", { name: "Earlier files" }).click();
        await until(`${count} files`, async () => (await page.locator("[data-artifact]").count()) === count);
    }
    assert.equal(await page.getByRole("link", { name: "Earlier files" }).count(), 0);
    assert.equal(await page.locator(".file-name").first().textContent(), "late.png");
    await page.close();

    const still = await open(`/runs/${own}?tab=artifacts`, plain);
    const seen = new Set(await still.locator("[data-artifact]").evaluateAll((items) => items.map((item) => item.dataset.artifact)));
    while (await still.getByRole("link", { name: "Earlier files" }).count()) {
        await follow(still, still.getByRole("link", { name: "Earlier files" }));
        for (const n of await still.locator("[data-artifact]").evaluateAll((items) => items.map((item) => item.dataset.artifact))) seen.add(n);
    }
    assert.equal(seen.size, 450);
    await still.close();
});
