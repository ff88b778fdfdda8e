// The log viewer: a window over the line numbers, whatever their count.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { makeLongRun } from "../lib/biglog.mjs";
import { addInstance, addRun, experiments, keepScreenshot, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { addLog, addRun as addIdleRun } from "../lib/rows.mjs";
import { followsEnd } from "../lib/run_page.mjs";
import { startStack } from "../lib/stack.mjs";
import { sleep, until } from "../lib/wait.mjs";

const site = await startStack(after, { experiments });
const browser = await startBrowser(after);
const person = await signIn(browser, site);

const scrollTo = (page, fraction) => page.locator("[data-log]").evaluate((e, f) => (e.scrollTop = f * (e.scrollHeight - e.clientHeight)), fraction);

/** The rows that are drawn, with their place in the window: dense, each with its own line's text. */
async function rowsOf(page) {
    return page.evaluate(() => {
        const box = document.querySelector("[data-log]").getBoundingClientRect();
        return [...document.querySelectorAll("[data-line]")]
            .map((row) => {
                const at = row.getBoundingClientRect();
                return { n: Number(row.dataset.line), text: row.querySelector(".log-text").textContent, seen: at.bottom > box.top + 1 && at.top < box.bottom - 1 };
            })
            .filter((row) => row.seen);
    });
}

/** Waits until the window shows its lines, and returns their numbers. */
async function settled(page, what) {
    let rows = [];
    await until(what, async () => {
        rows = await rowsOf(page);
        return rows.length > 5 && rows.every((row, i) => row.text === `line ${row.n}` && (i === 0 || row.n === rows[i - 1].n + 1));
    });
    return rows.map((row) => row.n);
}

/** The wheel glides: waits until the rows stand still over some frames, and returns them. */
async function atRest(page) {
    let rows = [];
    await until("the rows stand still", async () => {
        const before = JSON.stringify(rows);
        rows = await rowsOf(page);
        await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(drawn)))));
        return JSON.stringify(rows) === before;
    });
    return rows;
}

for (const lines of [3000, 3_000_000]) {
    test(`${lines} lines scroll from end to end, with a screenful in the document`, async () => {
        const run = await makeLongRun(site, lines, { chunk: lines > 10_000 ? 10_000 : 700 });
        const page = await person.newPage();
        await page.goto(`/runs/${run}`);
        assert.equal(await page.locator("[data-count=logs]").textContent(), `(${lines.toLocaleString("en-US")})`);
        assert.equal((await settled(page, "the end is shown first")).at(-1), lines);
        const edges = () => page.locator(".log-text").evaluateAll((all) => [...new Set(all.map((text) => Math.round(text.getBoundingClientRect().left)))]);

        const atEnd = await edges();
        await scrollTo(page, 0);
        await until("the beginning", async () => (await rowsOf(page))[0].text === "line 1");
        assert.equal(atEnd.length, 1, "the texts stand below each other");
        assert.deepEqual(await edges(), atEnd, "short numbers take as much room as long ones");
        await scrollTo(page, 0.5);
        await until("the middle", async () => Math.abs((await rowsOf(page))[0].n - lines / 2) < lines * 0.01 + 50);
        await settled(page, "its lines");

        // Short ways move by lines, not in proportion, also where the bar is scaled.
        await page.locator("[data-log]").hover();
        await sleep(300);
        const before = (await settled(page, "before the wheel"))[0];
        await page.mouse.wheel(0, 200);
        await until("the wheel moves the lines", async () => (await rowsOf(page))[0].n >= before + 9);
        await atRest(page);
        const moved = (await settled(page, "after the wheel"))[0] - before;
        assert.ok(moved >= 9 && moved <= 11, `200 px are ten lines, not ${moved}`);

        await page.locator("[data-log]").focus();
        await page.keyboard.press("End");
        await until("the last line", async () => (await rowsOf(page)).at(-1)?.text === `line ${lines}`);
        await page.keyboard.press("Home");
        await until("the first line", async () => (await rowsOf(page))[0]?.text === "line 1");

        await page.goto(`/runs/${run}#L${Math.floor(lines / 3)}`);
        await page.reload();
        await page.locator(`[data-line="${Math.floor(lines / 3)}"][data-marked]`).waitFor();
        assert.ok((await page.locator("*").count()) < 3000, "nodes in the document");
        await keepScreenshot(page, `log-${lines}`);
        await page.close();
    });
}

test("the end is followed until the reader scrolls up; then the view stands, and a pill leads back", async (t) => {
    const run = await addRun(site, await addInstance(site, "Talks on", { steps: 100000, pause_ms: 100, burst: 5 }));
    t.after(() => site.post(`/api/v1/runs/${run}/cancel`, { force: true }));
    const page = await person.newPage();
    await page.goto(`/runs/${run}`);
    await waitForBadge(page, "running");
    const count = async () => Number((await page.locator("[data-count=logs]").textContent()).replace(/\D/g, ""));
    await until("there is more than a window", async () => (await count()) > 100);
    await followsEnd(page);

    // A view that grows is laid out at its end; what the browser takes the bar back by is not the reader's wish.
    const grown = await page.locator("[data-log]").evaluate((e) => {
        const before = [e.clientHeight, e.scrollTop];
        e.style.flex = `0 0 ${e.offsetHeight + 60}px`;
        return [e.clientHeight - before[0], e.scrollTop - before[1]];
    });
    assert.deepEqual(grown, [60, -60]);
    const seen = await count();
    await until("more lines come", async () => (await count()) > seen + 20);
    await followsEnd(page);

    await page.locator("[data-log]").hover();
    await page.mouse.wheel(0, -600);
    await page.locator("[data-log-pill]:visible").waitFor();
    await sleep(200);
    const held = await atRest(page);
    const counted = await count();
    await until("more lines come", async () => (await count()) > counted + 20);
    assert.deepEqual(await rowsOf(page), held, "the view does not move");
    assert.match(await page.locator("[data-log-pill]").textContent(), /^[\d,]+ new lines$/);
    await keepScreenshot(page, "log-pill");
    await page.locator("[data-log-pill]").click();
    await followsEnd(page);
    assert.ok(await page.locator("[data-log-pill]").isHidden());
    await page.close();
});

test("wrapped lines are followed, whatever the height of those that come", async () => {
    const run = await addIdleRun(site);
    const say = (words, times) => addLog(site, run, Array.from({ length: times }, () => [1700000000000, 1, words]), times);
    await say("wide text ".repeat(60), 5);
    const page = await person.newPage();
    await page.setViewportSize({ width: 700, height: 600 });
    await page.goto(`/runs/${run}`);
    await page.getByLabel("Wrap").check();
    await page.locator('[data-connection="live"]').waitFor();
    let total = 5;
    for (const times of [1, 1, 1, 2, 1, 3, 1, 5, 1, 8]) {
        await say("short", times);
        total += times;
        await until(`line ${total} is in view`, async () => (await rowsOf(page)).at(-1)?.n === total);
        await sleep(250); // the bar settles
        assert.equal((await rowsOf(page)).at(-1).n, total, "it stays there");
    }
    assert.ok(await page.locator("[data-log-pill]").isHidden());
    await page.close();
});

test("wrapped lines end at the end; times can be hidden", async () => {
    const run = await addRun(site, await addInstance(site, "Wide", { steps: 60, pause_ms: 0, text: "wide text ".repeat(60) }));
    const page = await person.newPage();
    await page.setViewportSize({ width: 700, height: 600 });
    await page.goto(`/runs/${run}`);
    await waitForBadge(page, "completed");
    await until("the last line", async () => (await rowsOf(page)).at(-1)?.text === "an error");
    await page.getByLabel("Wrap").check();
    await until("the last line is at the end", async () => (await rowsOf(page)).at(-1)?.text === "an error");
    const wide = await page.locator("[data-log]").evaluate((e) => e.scrollWidth - e.clientWidth);
    assert.equal(wide, 0);
    const log = page.locator("[data-log]");
    await until("the scroll bar is at the end, too", () => log.evaluate((e) => e.scrollHeight > 5000 && e.scrollTop >= e.scrollHeight - e.clientHeight - 2));
    await scrollTo(page, 0);
    await until("the first line is at the beginning", async () => (await rowsOf(page))[0]?.n === 1);
    await page.getByLabel("Times").selectOption("off");
    assert.ok(await page.locator("[data-line] .log-time").first().isHidden());
    await page.getByLabel("Times").selectOption("since");
    // Whoever scrolls up just before the rows change is not taken back to the end.
    await log.evaluate((e) => (e.scrollTop = e.scrollHeight));
    await until("the last line again", async () => (await rowsOf(page)).at(-1)?.text === "an error");
    await page.evaluate(() => {
        const wrap = /** @type {HTMLInputElement} */ (document.querySelector("[data-log-wrap]"));
        document.querySelector("[data-log]").scrollTop = 0;
        wrap.click();
    });
    await until("the first line again", async () => (await rowsOf(page))[0]?.n === 1);
    await until("times count from the start", async () => /^\+00:\d\d\.\d{3}$/.test(await page.locator('[data-line="1"] .log-time').textContent()));
    await page.close();
    assert.deepEqual(person.complaints, []);
});
