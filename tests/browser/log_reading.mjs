// A log as a person reads it: colours, levels, times, metadata, long lines, links, copies; and nothing that it says is ever run.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { assertAccessible, assertFits, keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { addLog, addRun } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner"] });
const browser = await startBrowser(after);
const person = await signIn(browser, site);

const START = 1700000000000;
const META = '{"step":5,"big":123456789012345678901234567890,"far":1e400,"10":1,"2":0.10,"words":["a","b"]}';
const esc = "\u001b[";
const canary = '<img src=x onerror="window.canary=1"><script>window.canary=1</script>';
const tones = ["plain", `${esc}31mred ${esc}32mgreen ${esc}33myellow ${esc}34mblue ${esc}35mmagenta ${esc}36mcyan ${esc}37mwhite ${esc}30mblack${esc}0m`,
    `${esc}91mbright red ${esc}92mgreen ${esc}93myellow ${esc}94mblue ${esc}95mmagenta ${esc}96mcyan ${esc}97mwhite ${esc}90mgrey${esc}0m`,
    `${esc}1mbold${esc}0m ${esc}2mdim${esc}0m ${esc}3mitalic${esc}0m ${esc}4munderline${esc}0m ${esc}7minverse${esc}0m ${esc}9mstruck${esc}0m ${esc}1;31mbold red${esc}0m ${esc}2;32mdim green${esc}0m`,
    `${esc}41mon red${esc}0m ${esc}30;42mblack on green${esc}0m ${esc}33;44myellow on blue${esc}0m ${esc}7;35minverse magenta${esc}0m ${esc}107mon white${esc}0m ${esc}40mon black${esc}0m`,
    Array.from({ length: 36 }, (_, i) => `${esc}38;5;${16 + i * 6}m${String(i).padStart(2, "0")}`).join(" ") + `${esc}0m`,
    Array.from({ length: 30 }, (_, i) => `${esc}38;2;${i * 8};${255 - i * 8};128m#${esc}48;2;0;${i * 8};60m=${esc}49m`).join("") + `${esc}0m`];

/** One of everything, by name. */
const named = {
    first: [START, 1, "the first line"],
    ...Object.fromEntries(tones.map((text, i) => [`tone${i}`, [START + 500, 1, text]])),
    debug: [START + 1000, 0, "a debug line", 2],
    warn: [START + 1250, 2, "a warning", 2],
    error: [START + 61_500, 3, `an error with ${esc}33ma colour${esc}0m`, 2],
    stderr: [START + 3_661_500, 1, "from stderr", 1],
    meta: [START + 3_700_000, 1, "with metadata", 2, { RAW: 1 }],
    trace: [START + 3_700_001, 3, "Traceback:\n  File one\n  File two\nValueError: bad", 2],
    controls: [START + 3_700_002, 1, "bell\u0007 back\b tab\there \u009b31m \u001b[31"],
    canary: [START + 3_700_003, 1, canary, 2, { [canary]: canary }],
    osc: [START + 3_700_004, 1, `\u001b]8;;javascript:window.canary=1\u0007${canary}\u001b]8;;\u0007 \u001b]0;${canary}\u0007\u001b]52;c;AAAA\u001b\\ \u001bP${canary}\u001b\\ ${esc}31é${canary}m`],
    long: [START + 3_700_005, 1, `long ${"0123456789".repeat(500)} end`],
    piece: [START + 3_700_006, 1, "a piece ", 0, null, 1],
    rest: [START + 3_700_006, 1, "and its rest"],
    last: [START + 3_700_007, 1, "the last line"],
};
const names = Object.keys(named);
const numberOf = (name) => names.indexOf(name) + 1;
const run = await addRun(site);
await addLog(site, run, Object.values(named), 4);
await site.sql("UPDATE log_chunks SET body = replace(body, '{\"RAW\":1}', $2) WHERE run_id = $1", run, META);
await site.sql("UPDATE runs SET started_at = to_timestamp($2 / 1000.0) WHERE id = $1", run, START - 250);
await site.sql("SELECT body FROM finish_run($1, NULL, 'completed', NULL, NULL, 0, NULL)", run);

const row = (page, name) => page.locator(`[data-line="${numberOf(name)}"]`);
const textOf = (page, name) => row(page, name).locator(".log-text");

async function open(hash = "", who = person) {
    const page = await who.newPage();
    await page.goto(`/runs/${run}${hash}`);
    await page.locator("[data-log][data-window]").waitFor();
    return page;
}

/** What was too long to come with the page has been read. */
const read = (page) => page.locator("[data-line][data-loading]").first().waitFor({ state: "detached" });

test("the first paint says the same as the window, without escape sequences", async () => {
    const plain = await signIn(browser, site, { javaScriptEnabled: false });
    const still = await plain.newPage();
    await still.goto(`/runs/${run}`);
    const page = await open();
    const texts = (p) => p.locator("[data-line] .log-text").allTextContents();
    await read(page);
    const drawn = await texts(still);
    const live = await texts(page);
    const whole = names.map((name, i) => [name, i]).filter(([name]) => !["trace", "long"].includes(name));
    for (const [name, i] of whole) assert.equal(drawn[i], live[i], name);
    assert.ok(drawn.every((text) => !/[\0-\x08\x0b-\x1f]/.test(text)), "no control character");
    assert.equal(drawn[numberOf("long") - 1].length, 4000, "a long line is shortened");
    assert.match(await row(still, "long").textContent(), /… 1,009 more characters/);
    assert.equal(await row(still, "meta").locator(".log-meta").textContent(), META);
    await plain.context.close();
    await page.close();
});

test("ANSI colours and styles are shown, readable in both themes", async () => {
    for (const colorScheme of ["light", "dark"]) {
        const who = await signIn(browser, site, { colorScheme });
        const page = await open("", who);
        const spans = (name) => textOf(page, name).locator("span").evaluateAll((list) => list.map((e) => [e.textContent, e.className, getComputedStyle(e).color, getComputedStyle(e).backgroundColor]));
        const reds = await spans("tone1");
        assert.deepEqual(reds.map(([text]) => text.trim()), ["red", "green", "yellow", "blue", "magenta", "cyan", "white", "black"]);
        assert.equal(new Set(reds.map(([, , colour]) => colour)).size, 8, "eight colours");
        const styles = Object.fromEntries((await spans("tone3")).map(([text, names_]) => [text, names_]));
        assert.deepEqual(styles, { bold: "ansi-bold", dim: "", italic: "ansi-italic", underline: "ansi-underline", inverse: "", struck: "ansi-strike", "bold red": "ansi-bold", "dim green": "" });
        const [inverse] = (await spans("tone3")).filter(([text]) => text === "inverse");
        const [own, ground] = await page.locator("[data-log]").evaluate((e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]);
        assert.deepEqual(inverse.slice(2), [ground, own], "inverse");
        assert.ok((await spans("tone4")).every(([, , , back]) => back !== "rgba(0, 0, 0, 0)"), "backgrounds");
        assert.equal((await spans("tone5")).length, 36);
        await assertAccessible(page, `colours, ${colorScheme}`);
        await keepScreenshot(page, `log-colours-${colorScheme}`);
        await who.context.close();
    }
});

test("escape, OSC and control sequences and markup in lines and metadata are text or nothing, never run", async () => {
    const page = await open();
    assert.equal(await textOf(page, "canary").textContent(), canary);
    assert.equal(await textOf(page, "osc").textContent(), `${canary}   \ufffd[31é${canary}m`);
    assert.equal(await textOf(page, "controls").textContent(), "bell\ufffd back\ufffd tab\there \ufffd31m \ufffd[31");
    await row(page, "canary").locator(".log-more").click();
    assert.ok((await row(page, "canary").locator(".log-detail").textContent()).includes(JSON.stringify(canary)));
    assert.equal(await page.locator("[data-log] :is(img, script, a:not(.log-no))").count(), 0);
    await page.locator("[data-log-search]").fill("<img src=x");
    await until("it is found", async () => (await page.locator("[data-log-found]").textContent()) === "1 of 2");
    assert.equal(await page.locator("[data-log] :is(img, script)").count(), 0);
    assert.equal(await page.evaluate(() => "canary" in window), false);
    assert.ok((await page.title()).includes("Athanor"));
    await page.close();
    assert.deepEqual(person.complaints, []);
});

test("metadata expands in place, exactly as it was written", async () => {
    const page = await open();
    await read(page);
    const more = row(page, "meta").locator(".log-more");
    assert.equal(await more.textContent(), META.slice(0, 100) + (META.length > 100 ? "…" : ""));
    const below = await row(page, "trace").boundingBox();
    await more.focus();
    await page.keyboard.press("Enter");
    const detail = row(page, "meta").locator(".log-detail");
    assert.equal(await detail.textContent(),
        '{\n  "step": 5,\n  "big": 123456789012345678901234567890,\n  "far": 1e400,\n  "10": 1,\n  "2": 0.10,\n  "words": [\n    "a",\n    "b"\n  ]\n}');
    assert.equal(await row(page, "meta").locator(".log-more").getAttribute("aria-expanded"), "true");
    await until("the lines below make room", async () => (await row(page, "trace").boundingBox()).y > below.y + 100);
    await keepScreenshot(page, "log-metadata");
    await assertAccessible(page, "open metadata");
    await row(page, "meta").locator(".log-more").click();
    await until("closed", async () => Math.abs((await row(page, "trace").boundingBox()).y - below.y) < 1);
    await page.close();
});

test("long lines and messages of several lines are shown shortened, and expand", async () => {
    const page = await open();
    await read(page);
    assert.equal((await textOf(page, "long").textContent()).length, 4000);
    const more = row(page, "long").locator(".log-more");
    assert.equal(await more.textContent(), "… 1,009 more characters");
    await more.evaluate((e) => e.click());
    await until("all of it", async () => (await textOf(page, "long").textContent()).endsWith(" end"));
    const behind = (name) => textOf(page, name).evaluate((e) => getComputedStyle(e, "::after").content);
    assert.deepEqual([await behind("piece"), await behind("rest")], ['"…"', "none"], "a piece says that it goes on");
    assert.equal(await textOf(page, "trace").textContent(), "Traceback:");
    assert.equal(await row(page, "trace").locator(".log-more").textContent(), "+ 3 more lines");
    await row(page, "trace").locator(".log-more").evaluate((e) => e.click());
    await until("the whole trace", async () => (await textOf(page, "trace").textContent()) === named.trace[2]);
    assert.ok((await row(page, "trace").boundingBox()).height >= 80);
    await keepScreenshot(page, "log-expanded");
    await page.close();
});

test("another tab and back: the place stays, also of a log whose lines are of different heights", async () => {
    const page = await open();
    await page.setViewportSize({ width: 500, height: 420 });
    await page.getByLabel("Wrap").check();
    await row(page, "last").waitFor();
    await read(page);
    await page.locator("[data-log]").press("PageUp");
    const places = () => page.locator("[data-line]").evaluateAll((rows) => rows.map((e) => `${e.dataset.line} ${Math.round(e.getBoundingClientRect().top)}`));
    let before = [];
    await until("nothing moves any more", async () => {
        const last = before;
        await page.waitForTimeout(400);
        before = await places();
        return before.join() === last.join();
    });
    await page.locator("[data-tab=events]").click();
    await page.locator("[data-panel=events]").waitFor();
    await page.waitForTimeout(200);
    await page.locator("[data-tab=logs]").click();
    await page.waitForTimeout(200);
    await until("the same lines at the same places", async () => (await places()).join() === before.join());
    await page.evaluate(() => localStorage.clear());
    await page.close();
});

test("timestamps are off, the time of day, or since the start; levels and stderr have their colours", async () => {
    const page = await open();
    const time = (name) => row(page, name).locator(".log-time").textContent();
    const clock = (ms) => page.evaluate((at) => new Date(at).toTimeString().slice(0, 8), ms);
    assert.equal(await time("warn"), `${await clock(START + 1250)}.250`);
    await page.getByLabel("Times").selectOption("since");
    await until("since the start", async () => (await time("first")) === "+00:00.250");
    assert.deepEqual([await time("error"), await time("stderr")], ["+01:01.750", "+1:01:01.750"]);
    await page.getByLabel("Times").selectOption("off");
    await until("off", () => row(page, "first").locator(".log-time").isHidden());
    await page.reload();
    await page.locator("[data-log][data-window]").waitFor();
    assert.equal(await page.getByLabel("Times").inputValue(), "off", "it is remembered");
    await page.getByLabel("Times").selectOption("time");
    const look = (name) => row(page, name).evaluate((e) => `${getComputedStyle(e).borderLeftColor} ${getComputedStyle(e).backgroundColor} ${getComputedStyle(e.querySelector(".log-text")).color}`);
    const looks = await Promise.all(["first", "debug", "warn", "error", "stderr"].map(look));
    assert.equal(new Set(looks).size, 5, looks.join("\n"));
    assert.ok(await row(page, "error").locator(".log-level").isVisible(), "not by colour alone");
    await page.close();
});

test("a click on a line's number makes a permalink, with shift a range; links open there", async () => {
    const page = await open();
    await row(page, "debug").locator(".log-no").click();
    await until("the line is in the address", () => new URL(page.url()).hash === `#L${numberOf("debug")}`);
    await row(page, "stderr").locator(".log-no").click({ modifiers: ["Shift"] });
    await until("so is the range", () => new URL(page.url()).hash === `#L${numberOf("debug")}-${numberOf("stderr")}`);
    await until("the range is marked", async () => (await page.locator("[data-line][data-marked]").count()) === 4);
    const there = await open(`#L${numberOf("warn")}-${numberOf("error")}`);
    await until("both are marked there", async () => (await there.locator("[data-line][data-marked]").count()) === 2);
    await page.close();
    await there.close();
});

test("the marked lines are copied, also on plain HTTP; the log is downloaded as text and as NDJSON", async () => {
    const page = await open(`#L${numberOf("error")}-${numberOf("stderr")}`);
    for (const secure of [true, false]) {
        await page.evaluate((on) => {
            window.copied = null;
            document.addEventListener("copy", () => (window.copied = document.activeElement.value), { once: true });
            Object.defineProperty(navigator, "clipboard", { configurable: true, value: on ? { writeText: async (text) => (window.copied = text) } : undefined });
        }, secure);
        await page.locator("[data-log-copy]").click();
        await until("copied", async () => (await page.evaluate(() => window.copied)) === "an error with a colour\nfrom stderr\n");
        await page.getByText("2 lines copied").first().waitFor();
    }
    for (const [name, check] of [
        ["Text", (text) => text.includes("a piece and its rest\n") && text.startsWith("the first line\nplain\n")],
        ["NDJSON, with times and levels", (text) => text.includes(META) && JSON.parse(text.split("\n")[0]).text === "the first line"],
    ]) {
        await page.getByLabel("Download").click();
        const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name, exact: true }).click()]);
        assert.match(download.suggestedFilename(), /^run-\d+\.(txt|ndjson)$/);
        assert.ok(check(readFileSync(await download.path(), "utf8")), name);
    }
    await page.close();
    assert.deepEqual(person.complaints, []);
});

test("the log is accessible and fits in both themes at 360 and 1440 px, also wrapped", async () => {
    for (const colorScheme of ["light", "dark"]) {
        for (const width of [360, 1440]) {
            const who = await signIn(browser, site, { colorScheme, viewport: { width, height: width < 500 ? 740 : 900 } });
            const page = await open("", who);
            await page.locator("[data-log-search]").fill("line");
            await until("searched", async () => /of/.test(await page.locator("[data-log-found]").textContent()));
            await row(page, "first").waitFor();
            await keepScreenshot(page, `log-reading-${colorScheme}-${width}`);
            await assertFits(page, `the log at ${width}`);
            await assertAccessible(page, `the log, ${colorScheme} ${width}`);
            await keepScreenshot(page, `log-reading-${colorScheme}-${width}`);
            await page.getByLabel("Wrap").check();
            await until("wrapped", () => page.locator("[data-log]").evaluate((e) => e.scrollWidth === e.clientWidth));
            await assertAccessible(page, `the wrapped log, ${colorScheme} ${width}`);
            await keepScreenshot(page, `log-wrapped-${colorScheme}-${width}`);
            assert.deepEqual(who.complaints, []);
            await who.context.close();
        }
    }
});
