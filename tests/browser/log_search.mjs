// Filter by level and search over the whole log, done by the server, shown in the same window; following; previews; keys.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { makeLongRun } from "../lib/biglog.mjs";
import { addInstance, addRun, experiments, keepScreenshot, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { holdBack } from "../lib/hold.mjs";
import { addLog, addRun as addIdleRun } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { sleep, until } from "../lib/wait.mjs";

/** An experiment that draws a bar, as pip and tqdm do, again and again until it may end. */
const own = tempDir(after);
mkdirSync(join(own, "bar"), { mode: 0o755 });
const enough = join(own, "enough");
const draw = `until [ -e '${enough}' ]; do for i in 10 20 30 40 50 60 70 80 90; do printf '\\rbar %s %%' $i; sleep 0.3; done; done; printf '\\rbar 100 %%'; echo; echo done`;
const manifest = { name: "bar", title: "Bar", version: "1", command: ["sh", "-c", draw], configuration: [] };
writeFileSync(join(own, "bar", "experiment.json"), JSON.stringify(manifest));

const site = await startStack(after, { experiments: [...experiments, own] });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
const LINES = 200_000;
const long = await makeLongRun(site, LINES, { chunk: 1000 });

/** How many of 1..LINES hold the digits. */
const holding = (digits) => Array.from({ length: LINES }, (_, i) => i + 1).filter((n) => String(n).includes(digits));
const found = (page) => page.locator("[data-log-found]").textContent();
const says = (page, words) => until(words, async () => (await found(page)) === words);
const shown = (page) =>
    page.evaluate(() => {
        const box = document.querySelector("[data-log]").getBoundingClientRect();
        return [...document.querySelectorAll("[data-line]")]
            .filter((row) => row.getBoundingClientRect().bottom > box.top + 1 && row.getBoundingClientRect().top < box.bottom - 1)
            .map((row) => Number(row.dataset.line));
    });
const grouped = (n) => n.toLocaleString("en-US");

async function open(path) {
    const page = await person.newPage();
    await page.goto(path);
    await page.locator("[data-log][data-window]").waitFor();
    return page;
}

test("search goes over the whole log: exact count, matches marked, next and previous by keys and buttons", async () => {
    const page = await open(`/runs/${long}`);
    const all = holding("777");
    await page.keyboard.press("/");
    await page.keyboard.type("LINE 777");
    const hits = holding("777").filter((n) => String(n).startsWith("777"));
    await says(page, `${grouped(hits.length)} of ${grouped(hits.length)}`);
    await page.locator("[data-log-search]").fill("");
    await page.locator("[data-log]").press("End");
    await until("the end", async () => (await shown(page)).at(-1) === LINES);
    await page.locator("[data-log-search]").fill("777");
    await says(page, `${grouped(all.length)} of ${grouped(all.length)}`);
    const current = () => page.locator("[data-line][data-current]").getAttribute("data-line").then(Number);
    await until("the last match before the end, which was in view", async () => (await current()) === all.at(-1));
    assert.ok((await page.locator("[data-log] mark").allTextContents()).every((text) => text === "777"));

    await page.keyboard.press("Enter");
    await says(page, `1 of ${grouped(all.length)}`);
    await until("around to the first", async () => (await current()) === all[0]);
    await page.keyboard.press("Enter");
    await until("the second", async () => (await current()) === all[1]);
    await page.keyboard.press("Shift+Enter");
    await page.locator("[data-log]").focus();
    await page.keyboard.press("n");
    await page.keyboard.press("n");
    await until("the third", async () => (await current()) === all[2]);
    await page.keyboard.press("Shift+N");
    await until("the second again", async () => (await current()) === all[1]);
    await page.getByRole("button", { name: "Previous match" }).click();
    await page.getByRole("button", { name: "Previous match" }).click();
    await until("around to the last", async () => (await current()) === all.at(-1));
    await page.getByRole("button", { name: "Next match" }).click();
    await until("the first", async () => (await current()) === all[0]);
    await page.locator("[data-log-search]").fill("nowhere to be found");
    await says(page, "no match");
    await page.locator("[data-log-search]").press("Escape");
    await until("cleared", async () => (await found(page)) === "" && (await page.locator("[data-log] mark").count()) === 0);
    await page.close();
});

test("only the lines that match, in the same window, with any of them a scroll away", async () => {
    const page = await open(`/runs/${long}?q=99&only=1`);
    const all = holding("99");
    await says(page, `${grouped(all.length)} matches`);
    await until("the end", async () => (await shown(page)).at(-1) === all.at(-1));
    const scroller = page.locator("[data-log]");
    for (const share of [0.25, 0.5, 0.9]) {
        await scroller.evaluate((e, f) => (e.scrollTop = f * (e.scrollHeight - e.clientHeight)), share);
        await until("matches in order", async () => {
            const rows = await shown(page);
            const at = all.indexOf(rows[0]);
            return Math.abs(at - share * all.length) < 60 && rows.every((n, i) => n === all[at + i]);
        });
    }
    await page.keyboard.press("Home");
    await scroller.focus();
    await page.keyboard.press("Home");
    await until("the first", async () => (await shown(page))[0] === all[0]);
    assert.ok((await page.locator("*").count()) < 3000);
    await keepScreenshot(page, "log-only-matches");
    await page.getByLabel("Only matches").uncheck();
    await until("all lines again, at the same place", async () => {
        const rows = await shown(page);
        return rows.includes(all[0]) && rows[1] === rows[0] + 1;
    });
    await page.close();
});

test("the level filter shows lines of a level and above; filter and search are in the address", async () => {
    const page = await open(`/runs/${long}`);
    await page.getByLabel("Level").selectOption("error");
    const errors = Math.floor(LINES / 97);
    await says(page, `${grouped(errors)} lines`);
    await until("errors alone", async () => (await shown(page)).every((n) => n % 97 === 0) && (await shown(page)).at(-1) === errors * 97);
    await page.locator("[data-log-search]").fill("5");
    const both = holding("5").filter((n) => n % 97 === 0);
    await until("matches among them", async () => (await found(page)).endsWith(` of ${grouped(both.length)}`));
    const query = () => new URL(page.url()).searchParams;
    await until("both are in the address", () => query().get("level") === "error" && query().get("q") === "5");

    const again = await open(page.url());
    await until("the same", async () => (await found(again)).endsWith(` of ${grouped(both.length)}`));
    assert.deepEqual([await again.getByLabel("Level").inputValue(), await again.locator("[data-log-search]").inputValue()], ["error", "5"]);
    assert.ok((await shown(again)).every((n) => n % 97 === 0));
    await again.locator("[data-tab=configuration]").click();
    await again.locator("[data-panel=configuration]").waitFor();
    await again.locator("[data-tab=logs]").click();
    await until("another tab does not lose it", () => new URL(again.url()).searchParams.get("q") === "5");
    await again.getByLabel("Level").selectOption("");
    await until("all again", async () => (await found(again)).endsWith(` of ${grouped(holding("5").length)}`));
    await page.close();
    await again.close();
});

test("a count is given up as soon as something else is typed", async () => {
    const page = await open(`/runs/${long}`);
    const givenUp = [];
    page.on("requestfailed", (request) => request.url().includes("/lines?") && request.url().includes("q=") && givenUp.push(new URL(request.url()).searchParams.get("q")));
    const slow = await holdBack(page, "**/lines?*q=slow*");
    await page.locator("[data-log-search]").fill("slow");
    await slow.asked();
    await until("it is being counted", async () => (await found(page)) === "…");
    await page.locator("[data-log-search]").fill("777");
    await says(page, `${grouped(holding("777").length)} of ${grouped(holding("777").length)}`);
    await until("the first was given up", () => givenUp.length > 0);
    assert.deepEqual(givenUp, ["slow"]);
    slow.release();
    await page.close();
});

test("while a run goes on, counts and the lines that match grow by themselves, and the end of them is followed", async () => {
    const run = await addIdleRun(site);
    /** Five lines a step. */
    const talk = (from, to) => addLog(site, run, Array.from({ length: 5 * (to - from + 1) }, (_, i) => [1700000000000, 1, `step ${from + Math.floor(i / 5)}: ${i % 5}`]), 5);
    await talk(1, 10);
    const page = await open(`/runs/${run}?q=0:&only=1`);
    await waitForBadge(page, "running");
    await says(page, "5 matches");
    for (const step of [20, 30, 40]) {
        await talk(step - 9, step);
        await says(page, `${step / 2} matches`);
        await until("its end is in view", async () => (await shown(page)).at(-1) === 5 * step);
    }
    await talk(41, 60);
    await site.sql("SELECT body FROM finish_run($1, NULL, 'completed', NULL, NULL, 0, NULL)", run);
    await waitForBadge(page, "completed");
    await says(page, "30 matches");
    await until("its end is in view", async () => (await shown(page)).at(-1) === 300);
    assert.equal((await site.get(`/api/v1/runs/${run}/logs?q=0:&limit=1`)).json.total, 30);
    await page.close();
});

test("PageUp, PageDown, g, G and their like read on without leaving a line out", async () => {
    const page = await open(`/runs/${long}`);
    await page.locator("[data-log]").focus();
    await page.keyboard.press("g");
    await until("the first line", async () => (await shown(page))[0] === 1);
    for (let i = 0; i < 4; i++) {
        const before = await shown(page);
        await page.keyboard.press("PageDown");
        await until("a page on", async () => (await shown(page))[0] > before[0]);
        const now = await shown(page);
        assert.ok(now[0] <= before.at(-1) && now[0] > before[0] + 20, `from ${before[0]}..${before.at(-1)} to ${now[0]}`);
    }
    const deep = (await shown(page))[0];
    await page.keyboard.press("PageUp");
    await until("a page back", async () => (await shown(page))[0] < deep);
    await page.keyboard.press("Shift+G");
    await until("the last line", async () => (await shown(page)).at(-1) === LINES);
    await page.keyboard.press("Home");
    await until("the first again", async () => (await shown(page))[0] === 1);
    await page.keyboard.press("End");
    await until("the end again", async () => (await shown(page)).at(-1) === LINES);
    await page.close();
});

test("of wrapped lines none is left out by PageUp and the wheel, and the ends are reached", async () => {
    const run = await addIdleRun(site);
    const count = 200;
    const lines = Array.from({ length: count }, (_, i) => [1700000000000, 1, `row ${i + 1} ${"word ".repeat((i * 37) % 150)}`]);
    await addLog(site, run, lines, 50);
    const page = await open(`/runs/${run}`);
    await page.setViewportSize({ width: 800, height: 600 });
    await page.getByLabel("Wrap").check();
    await until("the end", async () => (await shown(page)).at(-1) === count);
    await page.locator("[data-log]").focus();
    const seen = new Set(await shown(page));
    for (let i = 0; i < 200 && !seen.has(1); i++) {
        const before = await shown(page);
        await page.keyboard.press("PageUp");
        await until("a page up", async () => {
            const now = await shown(page);
            return now[0] < before[0] || now[0] === 1;
        });
        await sleep(30);
        for (const n of [...before, ...(await shown(page))]) seen.add(n);
    }
    assert.equal(seen.size, count, "every line has been in view");
    await until("the first stands at the edge", async () => {
        const [top, box] = await page.evaluate(() => [document.querySelector('[data-line="1"]').getBoundingClientRect().top, document.querySelector("[data-log]").getBoundingClientRect().top]);
        return Math.abs(top - box) < 2;
    });
    await page.locator("[data-log]").hover();
    // The wheel glides: every frame is looked at.
    await page.evaluate(() => {
        window.seen = new Set();
        const look = () => {
            const box = document.querySelector("[data-log]").getBoundingClientRect();
            for (const row of document.querySelectorAll("[data-line]")) {
                const at = row.getBoundingClientRect();
                if (at.bottom > box.top && at.top < box.bottom) window.seen.add(Number(row.dataset.line));
            }
            requestAnimationFrame(look);
        };
        look();
    });
    const last = () => page.evaluate((n) => window.seen.has(n), count);
    const place = () => page.evaluate(() => `${document.querySelector(".log-lines").style.transform} ${document.querySelector("[data-line]").dataset.line}`);
    const turn = await page.locator("[data-log]").evaluate((e) => Math.floor(e.clientHeight * 0.8));
    for (let i = 0; i < 300 && !(await last()); i++) {
        const before = await place();
        await page.mouse.wheel(0, turn);
        await until("it moves", async () => (await place()) !== before || (await last()));
        // A machine that pauses would else let some turns come at once, past the lines between them.
        let at = "";
        await until("and comes to rest", async () => {
            const now = at;
            at = await place();
            await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(drawn)))));
            return at === now;
        });
    }
    const down = await page.evaluate(() => window.seen.size);
    assert.equal(down, count, "every line has been in view on the way down");
    await page.close();
});

test("a bar drawn with carriage returns is one live line, until its line is stored", async () => {
    await until("the experiment is offered", async () => (await site.get("/api/v1/experiments/bar")).status === 200);
    const run = await addRun(site, await addInstance(site, "Bar", {}, "bar"));
    const page = await open(`/runs/${run}`);
    const live = page.locator("[data-line][data-preview]");
    await live.waitFor();
    await until("it moves", async () => /^bar \d+ %$/.test((await live.count()) ? await live.locator(".log-text").textContent() : ""));
    assert.equal(await live.count(), 1);
    const stored = Number(await live.getAttribute("data-line"));
    writeFileSync(enough, "");
    await waitForBadge(page, "completed");
    await until("the last state is the line", async () => (await page.locator(`[data-line="${stored}"]:not([data-preview]) .log-text`).textContent()) === "bar 100 %");
    await until("nothing is under way", async () => (await live.count()) === 0);
    const bars = (await site.get(`/api/v1/runs/${run}/logs?q=bar`)).json;
    assert.deepEqual([bars.total, bars.lines[0][3]], [1, "bar 100 %"]);
    await page.close();
    assert.deepEqual(person.complaints, []);
});
