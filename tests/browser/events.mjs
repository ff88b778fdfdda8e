// The Events tab, sentence by sentence.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { follow, keepScreenshot, queryOf, signIn, startBrowser } from "../lib/browser.mjs";
import { event, quietRun, say } from "../lib/said.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner"] });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

const TOTAL = 1500;
const run = await quietRun(site);
await say(site, run, Array.from({ length: TOTAL }, (_, i) => event(i % 100 === 7 ? "rare.finished" : "step.started", `event ${i + 1}`)));

const numbers = (page) => page.locator(".event-text").evaluateAll((items) => items.map((item) => Number(item.textContent.split(" ")[1])));
const open = async (path, who = person) => {
    const page = await who.newPage();
    await page.goto(path);
    return page;
};
const isDense = (list) => list.every((n, i) => i === 0 || n === list[i - 1] + 1);

test("a timeline of typed events: time, kind coloured by its ending, message, duration short, payload expanding", async () => {
    const own = await quietRun(site);
    const kinds = { "a.started": "started", "a.finished": "finished", created: "finished", "x.fitted": "finished", "io.failed": "failed", error: "failed", "disk.warning": "warning", other: "plain", starteds: "plain" };
    await say(site, own, [
        ...Object.keys(kinds).map((kind) => event(kind, "plain words")),
        event("took", "short", "null", "850"), event("took", "seconds", "null", "3500.9"), event("took", "minutes", "null", "125000"),
        event("told", "with more", '{"deep":{"big":18446744073709551616,"list":[1,2]}}'),
        event("told", "much", JSON.stringify({ text: "x".repeat(30_000), last: "the end" })),
        event("told", "too much", JSON.stringify({ text: "y".repeat(80_000), last: "the very end" })),
    ]);
    const page = await open(`/runs/${own}?tab=events`);
    for (const [kind, tone] of Object.entries(kinds)) assert.equal(await page.locator(`[data-event="${kind}"]`).getAttribute("data-tone"), tone, kind);
    const colours = await page.locator(".event").evaluateAll((items) => Object.fromEntries(items.map((item) => [item.dataset.tone, getComputedStyle(item.querySelector(".event-kind")).color])));
    assert.equal(new Set(Object.values(colours)).size, 5, "five colours");
    assert.match(await page.locator(".event-time").first().textContent(), /^\d\d:\d\d:\d\d\.\d{3}$/);
    assert.deepEqual(await page.locator(".event-duration").allTextContents(), ["850 ms", "3.5 s", "2 m 5 s"]);
    const payload = page.locator('[data-event="told"]');
    assert.ok(await payload.nth(0).locator("pre").isHidden());
    await payload.nth(0).locator("summary").click();
    assert.ok((await payload.nth(0).locator("pre").textContent()).includes("18446744073709551616"), "to the digit");
    for (const [i, words] of [[1, '"the end"'], [2, '"the very end"']]) {
        await payload.nth(i).locator("summary").click();
        await payload.nth(i).getByText(words).waitFor();
    }
    await keepScreenshot(page, "events");
    await page.close();
});

test("all of them, not the last 500: scrolling back reaches the first, and the page holds a bounded number", async () => {
    const page = await open(`/runs/${run}?tab=events`);
    assert.equal(await page.locator("[data-count=events]").textContent(), "(1,500)");
    assert.equal((await numbers(page)).at(-1), TOTAL);
    const seen = new Set();
    const scroller = page.locator("[data-events-scroll]");
    await until("the first event is shown", async () => {
        const shown = await numbers(page);
        assert.ok(isDense(shown) && shown.length <= 800, `${shown.length} events, from ${shown[0]}`);
        for (const n of shown) seen.add(n);
        await scroller.evaluate((box) => box.scrollTo(0, 0));
        return shown[0] === 1;
    }, 60);
    assert.equal(seen.size, TOTAL);
    assert.ok(await page.locator("[data-events-earlier]").isHidden());
    await until("and forth again", async () => {
        await scroller.evaluate((box) => box.scrollTo(0, box.scrollHeight));
        const shown = await numbers(page);
        assert.ok(isDense(shown));
        return shown.at(-1) === TOTAL;
    }, 60);
    await page.close();
});

test("what the reader sees stays where it is while earlier events come in above it", async () => {
    const page = await open(`/runs/${run}?tab=events`);
    await page.locator("[data-events-scroll]").evaluate((box) => {
        box.scrollTo(0, 400);
        return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    });
    const place = () => page.locator(".event").nth(-190).evaluate((item) => item.getBoundingClientRect().top);
    const before = await place();
    await page.locator("[data-events-earlier] a").evaluate((link) => link.click());
    await until("more are here", async () => (await page.locator(".event").count()) > 200);
    assert.ok(Math.abs((await place()) - before) < 2);
    await page.close();
});

test("filter by kind: all of that kind, in the address", async () => {
    const page = await open(`/runs/${run}?tab=events`);
    await page.getByLabel("Kind").selectOption("rare.finished");
    await until("only those", async () => (await numbers(page)).length === 15);
    assert.ok((await numbers(page)).every((n) => n % 100 === 8));
    assert.equal(await queryOf(page), "?tab=events&kind=rare.finished");
    await page.reload();
    assert.equal((await numbers(page)).length, 15);
    assert.equal(await page.getByLabel("Kind").inputValue(), "rare.finished");
    assert.deepEqual(await page.locator("[data-events-kind] option").allTextContents(), ["every kind", "rare.finished (15)", "step.started (1,485)"]);
    await page.getByLabel("Kind").selectOption("");
    await until("all again", async () => (await numbers(page)).at(-1) === TOTAL && (await numbers(page)).length === 200);
    await page.close();
});

test("events arrive live, at the end, counted, and kept from a filter that does not want them", async () => {
    const own = await quietRun(site);
    await say(site, own, [event("a", "event 1")]);
    const [page, filtered] = [await open(`/runs/${own}?tab=events`), await open(`/runs/${own}?tab=events&kind=a`)];
    await page.locator('[data-connection="live"]').waitFor();
    await say(site, own, [event("b.failed", "event 2", '{"x":1}', "12"), ...Array.from({ length: 700 }, (_, i) => event("a", `event ${i + 3}`))]);
    await until("they are there", async () => (await numbers(page)).at(-1) === 702);
    await until("also the filtered ones", async () => (await numbers(filtered)).at(-1) === 702);
    const shown = await numbers(page);
    assert.ok(isDense(shown) && shown.length <= 600, "bounded, without a gap");
    assert.ok(await page.locator("[data-events-earlier]").isVisible());
    assert.ok(!(await numbers(filtered)).includes(2));
    assert.ok((await page.locator("[data-events-kind] option").allTextContents()).includes("b.failed (1)"));
    await until("the tab counts", async () => (await page.locator("[data-count=events]").textContent()) === "(702)");
    await page.close();
    await filtered.close();
});

test("without a script the pages are linked, and the filter is a form", async () => {
    const plain = await signIn(browser, site, { javaScriptEnabled: false });
    const page = await open(`/runs/${run}?tab=events`, plain);
    const seen = new Set(await numbers(page));
    while (await page.getByRole("link", { name: "Earlier events" }).isVisible()) {
        await follow(page, page.getByRole("link", { name: "Earlier events" }));
        for (const n of await numbers(page)) seen.add(n);
    }
    assert.equal(seen.size, TOTAL);
    await follow(page, page.getByRole("link", { name: "Later events" }));
    assert.equal((await numbers(page))[0], 101);
    await follow(page, page.getByRole("link", { name: "Newest" }));
    assert.equal((await numbers(page)).at(-1), TOTAL);
    await page.getByLabel("Kind").selectOption("rare.finished");
    await follow(page, page.getByRole("button", { name: "Show" }));
    assert.equal((await numbers(page)).length, 15);
    await plain.context.close();
});
