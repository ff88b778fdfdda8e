// Answers that come late: what the reader has done since, and what the run has said since, is neither taken back nor lost.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { queryOf, signIn, startBrowser } from "../lib/browser.mjs";
import { holdBack } from "../lib/hold.mjs";
import { addLog } from "../lib/rows.mjs";
import { event, quietRun, result, say, sayPoints } from "../lib/said.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner"] });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

async function open(path) {
    const page = await person.newPage();
    await page.goto(path);
    await page.locator('[data-connection="live"]').waitFor();
    return page;
}

/** Answers are made at once, and given when they are released. */
const late = (page, address) => holdBack(page, address, { answered: true });

const messages = (page) => page.locator(".event-text").allTextContents();
const steps = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => event("step.started", `event ${from + i}`));
const named = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => `event ${from + i}`).join();

test("another kind of events may be chosen while further ones are read", async () => {
    const run = await quietRun(site);
    await say(site, run, [event("rare.finished", "the rare one"), ...steps(1, 300)]);
    const page = await open(`/runs/${run}?tab=events`);
    const earlier = await late(page, /before=/);
    await page.locator("[data-events-scroll]").evaluate((e) => (e.scrollTop = 0));
    await earlier.asked();
    await page.locator("[data-events-kind]").selectOption("rare.finished");
    await until("the rare one alone", async () => (await messages(page)).join() === "the rare one");
    const answered = page.waitForResponse(/before=/);
    earlier.release();
    await (await answered).finished();
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    assert.deepEqual(await messages(page), ["the rare one"]);
    await page.close();
});

test("an event that is told while events are read is there, once", async () => {
    for (const tellFirst of [false, true]) {
        const run = await quietRun(site);
        await say(site, run, [event("other", "another"), ...steps(1, 20)]);
        const page = await open(`/runs/${run}?tab=events`);
        const count = (n) => page.locator("[data-events-kind] option", { hasText: `step.started (${n})` }).waitFor({ state: "attached" });
        let release = () => {};
        const held = new Promise((resolve) => (release = resolve));
        let asked = false;
        await page.route(/kind=step/, async (route) => {
            asked = true;
            if (tellFirst) await held;
            const answer = await route.fetch();
            await held;
            await route.fulfill({ response: answer });
        });
        const answer = tellFirst ? null : page.waitForRequest(/kind=step/);
        await page.locator("[data-events-kind]").selectOption("step.started");
        await until("it is asked", () => asked);
        await answer;
        await say(site, run, [...steps(21, 21), event("other", "another")]);
        await count(21);
        release();
        await until("all of the kind, in order, each once", async () => (await messages(page)).join() === named(1, 21));
        await say(site, run, steps(22, 22));
        await until("and the next one", async () => (await messages(page)).join() === named(1, 22));
        await page.close();
    }
});

test("an event that is told while the last ones are read is there, too", async () => {
    const run = await quietRun(site);
    const last = await say(site, run, steps(1, 30));
    const page = await open(`/runs/${run}?tab=events&before=${last - 9}`);
    const later = await late(page, /after=/);
    await page.getByRole("link", { name: "Later events" }).click();
    await later.asked();
    await say(site, run, steps(31, 31));
    await page.locator("[data-events-kind] option", { hasText: "step.started (31)" }).waitFor({ state: "attached" });
    later.release();
    await until("all events", async () => (await messages(page)).join() === named(1, 31));
    await page.close();
});

test("a large value that comes late does not take the place of a newer one", async () => {
    const run = await quietRun(site);
    const n = await say(site, run, [result("key", JSON.stringify("x".repeat(70_000)))]);
    const page = await open(`/runs/${run}?tab=results`);
    const value = await late(page, new RegExp(`/records/${n}$`));
    await page.locator("[data-load]").click();
    await value.asked();
    await say(site, run, [result("key", "7")]);
    const card = page.locator('[data-result="key"] [data-value]');
    await until("the newer value", async () => (await card.textContent()) === "7");
    const answered = page.waitForResponse(new RegExp(`/records/${n}$`));
    value.release();
    await (await answered).finished();
    for (const order of ["key", "time"]) {
        await page.locator("[data-results-order]").selectOption(order);
        await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
        assert.equal(await card.textContent(), "7", order);
    }
    await page.close();
});

test("further results of another search come to nothing", async () => {
    const run = await quietRun(site);
    await say(site, run, ["some", "other"].flatMap((word) => Array.from({ length: 250 }, (_, i) => result(`${word} ${i}`, "1"))));
    const page = await open(`/runs/${run}?tab=results`);
    const more = page.locator("[data-results-more]");
    const further = await late(page, /before=|from=/);
    await more.click();
    await further.asked();
    await page.locator("[data-results-search]").fill("some");
    const ours = page.locator('[data-results-more][href*="q=some"]');
    await ours.waitFor();
    const answered = page.waitForResponse(/before=|from=/);
    further.release();
    await (await answered).finished();
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    assert.equal(await more.count(), 1);
    await ours.click();
    await until("all that match", async () => (await page.locator("[data-result]").count()) === 250);
    await page.close();
});

test("what an answer has told of already is not counted again when the stream tells of it", async () => {
    const run = await quietRun(site);
    await say(site, run, Array.from({ length: 250 }, (_, i) => result(`key ${i}`, "1")));
    await sayPoints(site, run, [["loss", 1, 0.5], ["rate", 1, 1]]);
    const pages = [await open(`/runs/${run}?tab=results`), await open(`/runs/${run}?tab=metrics`)];
    const [results, metrics] = pages;
    const relay = await site.kill("events", "SIGSTOP");
    try {
        await say(site, run, [result("key 7", "2"), result("key 7", "3")]);
        await sayPoints(site, run, [["loss", 2, 0.25]]);
        await results.locator("[data-results-search]").fill("key 7");
        await results.locator('[data-result="key 7"]', { hasText: "3 values" }).waitFor();
        await metrics.locator("[data-metrics-search]").fill("los");
        await metrics.locator('[data-series="loss"]', { hasText: "2 points" }).waitFor();
    } finally {
        process.kill(relay, "SIGCONT");
    }
    await say(site, run, [result("key 77", '"now"')]);
    await results.locator('[data-result="key 77"]', { hasText: "now" }).waitFor();
    assert.equal(await results.locator('[data-result="key 7"] [data-value]').textContent(), "3");
    assert.match(await results.locator('[data-result="key 7"] .result-facts').textContent(), /^3 values/);
    await sayPoints(site, run, [["loss", 3, 0.125]]);
    await until("the next point is told", async () => (await metrics.locator('[data-series="loss"] [data-last]').textContent()) === "0.1250");
    assert.equal(await metrics.locator('[data-series="loss"] .chart-facts').textContent(), "3 points, steps 1 to 3");
    for (const page of pages) await page.close();
});

test("points that come while series are searched are counted", async () => {
    const run = await quietRun(site);
    await sayPoints(site, run, [["loss", 1, 0.5], ["rate", 1, 1]]);
    const page = await open(`/runs/${run}?tab=metrics`);
    const found = await late(page, /q=los$/);
    await page.locator("[data-metrics-search]").fill("los");
    await found.asked();
    await sayPoints(site, run, [["loss", 2, 0.25], ["loss", 3, 0.125]]);
    const facts = page.locator('[data-series="loss"] .chart-facts');
    await until("they are told", async () => (await facts.textContent()) === "3 points, steps 1 to 3");
    found.release();
    await page.locator('[data-series="rate"]').waitFor({ state: "detached" });
    await until("they still count", async () => (await facts.textContent()) === "3 points, steps 1 to 3");
    assert.equal(await page.locator('[data-series="loss"] [data-last]').textContent(), "0.1250");
    await page.close();
});

test("points that come while a series is read are in its chart", async () => {
    const run = await quietRun(site);
    await sayPoints(site, run, [["loss", 1, 0.5], ["loss", 2, 0.25]]);
    const page = await person.newPage();
    const points = await late(page, /\/metrics\?.*key=loss/);
    await page.goto(`/runs/${run}?tab=metrics`);
    await page.locator('[data-connection="live"]').waitFor();
    await points.asked();
    await sayPoints(site, run, [["loss", 3, 0.125], ["loss", 4, 0.0625]]);
    await until("it is told", async () => (await page.locator('[data-series="loss"] [data-last]').textContent()) === "0.0625");
    points.release();
    const facts = page.locator('[data-series="loss"] .chart-facts');
    await until("they count", async () => (await facts.textContent()) === "4 points, steps 1 to 4");
    await page.close();
});

test("a range that is marked while a series is read comes with its details there, too", async () => {
    const run = await quietRun(site);
    for (const key of ["first", "second"]) await sayPoints(site, run, Array.from({ length: 50 }, (_, i) => [key, i, i % 7]));
    const page = await person.newPage();
    const second = await late(page, /\/metrics\?.*key=second$/);
    await page.goto(`/runs/${run}?tab=metrics`);
    await second.asked();
    await page.locator('[data-series="first"] canvas').waitFor();
    const detail = page.waitForRequest((request) => request.url().includes("key=second") && request.url().includes("from="));
    const box = await page.locator('[data-series="first"] .u-over').boundingBox();
    await page.mouse.move(box.x + box.width * 0.3, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + 60, { steps: 3 });
    await page.mouse.up();
    await page.locator("[data-metrics-reset]").waitFor();
    second.release();
    await detail;
    await page.close();
});

test("every step from match to match counts, however late the lines come; a search that is given up says nothing", async () => {
    const run = await quietRun(site);
    await addLog(site, run, Array.from({ length: 1000 }, (_, i) => [1700000000000, 1, `word ${i + 1}`]), 100);
    const page = await open(`/runs/${run}?q=word`);
    const found = () => page.locator("[data-log-found]").textContent();
    const at = async () => Number(/^([\d,]+) of 1,000$/.exec(await found())?.[1].replace(",", ""));
    await until("a match is shown", async () => (await at()) > 900);
    const from = await at();
    const lines = await late(page, /\/lines\?.*skip=/);
    const search = page.locator("[data-log-search]");
    await search.focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("Shift+Enter");
    await lines.asked();
    lines.release();
    await until("three matches back", async () => (await at()) === from - 3);

    await page.unroute(/\/lines\?.*skip=/);
    const never = await late(page, /\/lines\?.*skip=/);
    await page.keyboard.press("Shift+Enter");
    await never.asked();
    await search.fill("word 77");
    await until("the other search", async () => (await found()).endsWith(" of 11"));
    never.release();
    await page.close();
});

test("what is chosen and typed before the script is there counts", async () => {
    const run = await quietRun(site);
    await say(site, run, [event("rare.finished", "the rare one"), ...steps(1, 9), result("one", "1"), result("two", "2")]);
    await sayPoints(site, run, [["one", 1, 1], ["two", 1, 1]]);
    await addLog(site, run, Array.from({ length: 20 }, (_, i) => [1700000000000, 1, `word ${i + 1}`]));
    const shown = (selector) => (page) => page.locator(selector).evaluateAll((list) => list.map((one) => one.dataset.result ?? one.dataset.series).join());
    /** @type {[string, (page: any) => Promise<any>, (page: any) => Promise<string>, string][]} */
    const cases = [
        ["events", (page) => page.locator("[data-events-kind]").selectOption("rare.finished"), async (page) => (await messages(page)).join(), "the rare one"],
        ["results", (page) => page.locator("[data-results-search]").fill("two"), shown("[data-result]"), "two"],
        ["metrics", (page) => page.locator("[data-metrics-search]").fill("two"), shown("[data-series]:not([hidden])"), "two"],
        ["logs", (page) => page.locator("[data-log-search]").fill("word 2"), (page) => page.locator("[data-log-found]").textContent(), "1 of 2"],
        ["logs", (page) => page.locator("[data-log-wrap]").check(), async (page) => String(await page.locator("[data-log][data-wrap]").count()), "1"],
        ["logs", (page) => page.locator("[data-log-times]").selectOption("off"), (page) => page.locator("[data-log]").getAttribute("data-times"), "off"],
    ];
    for (const [tab, act, said, wanted] of cases) {
        const page = await person.newPage();
        const script = await late(page, /\/app\.js$/);
        await page.goto(`/runs/${run}?tab=${tab}`, { waitUntil: "commit" });
        await script.asked();
        await act(page);
        script.release();
        await until(`${tab} say ${wanted}`, async () => (await said(page)) === wanted);
        await page.close();
    }
});

test("the log and the results do not take each other's search, nor the address, however late they come", async () => {
    const run = await quietRun(site);
    await say(site, run, [result("one", "1"), result("two", "2")]);
    await addLog(site, run, [[1700000000000, 1, "a line"]]);
    const page = await open(`/runs/${run}?tab=results`);
    const logs = await late(page, /\?tab=logs$/);
    await page.locator("[data-tab=logs]").click();
    await logs.asked();
    await page.locator("[data-tab=results]").click();
    await page.locator("[data-results-search]").fill("two");
    await until("the search is in the address", () => new URL(page.url()).search === "?tab=results&q=two");
    const answered = page.waitForResponse(/\?tab=logs$/);
    logs.release();
    await (await answered).finished();
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    assert.equal(await queryOf(page), "?tab=results&q=two");
    await page.locator("[data-tab=logs]").click();
    await page.locator("[data-line]", { hasText: "a line" }).waitFor();
    assert.equal(await page.locator("[data-log-search]").inputValue(), "");
    await page.evaluate(() => {
        const search = document.querySelector("[data-log-search]");
        search.value = "line";
        search.dispatchEvent(new Event("input", { bubbles: true }));
        document.querySelector("[data-tab=results]").click();
    });
    await until("the log is searched", async () => (await page.locator("[data-log-found]").textContent()) === "1 of 1");
    await until("the address is that of the results", () => new URL(page.url()).search === "?tab=results");
    assert.equal(await page.locator("[data-result]").evaluateAll((cards) => cards.map((card) => card.dataset.result).join()), "two", "they are as they were");
    await page.close();
});

test("a question is answered although something is told of the run meanwhile", async () => {
    const run = await quietRun(site);
    const page = await open(`/runs/${run}`);
    await page.locator("[data-action=cancel]").click();
    await page.locator("dialog[open]").waitFor();
    await site.sql("UPDATE run_heads SET trouble = 'The disk is full' WHERE run_id = $1::bigint", run);
    await page.locator("[data-notice]").waitFor();
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await page.locator('.run-badge [data-status="cancelling"]').waitFor();
    await page.close();
});
