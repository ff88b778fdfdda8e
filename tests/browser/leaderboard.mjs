// The Leaderboard tab, sentence by sentence, and cell by cell by tests/shared/table.json.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { follow, keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { holdBack } from "../lib/hold.mjs";
import { addExperiment } from "../lib/rows.mjs";
import { quietRun, row, say } from "../lib/said.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const { columns: cases } = JSON.parse(readFileSync(new URL("../shared/table.json", import.meta.url), "utf8"));
const site = await startStack(after, { without: ["runner"] });
const browser = await startBrowser(after);
const person = await signIn(browser, site, { locale: "en-US" });
const plain = await signIn(browser, site, { javaScriptEnabled: false });
await addExperiment(site, "boards", [], { columns: { accuracy: { better: "high" }, loss: { better: "low" } } });
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

const open = async (run, who = person) => {
    const page = await who.newPage();
    await page.goto(`/runs/${run}?tab=leaderboard`);
    return page;
};
const cellsOf = (page, table, column) => page.locator(`[data-table="${table}"] [data-row] td:nth-child(${column})`).allTextContents();
const rowsOf = (page, table) => page.locator(`[data-table="${table}"] [data-row]`).evaluateAll((rows) => rows.map((row) => Number(row.dataset.row)));
const sortBy = (page, table, column) => page.locator(`[data-table="${table}"] [data-sort="${column}"]`).click();
const ready = (page, table = "t") => page.locator(`[data-table="${table}"] table[aria-rowcount]`).waitFor();

test("any table that the run emits, columns in the order of the first row, later ones appended; hidden while there is none", async () => {
    const run = await quietRun(site);
    const page = await person.newPage();
    await page.goto(`/runs/${run}`);
    assert.equal(await page.locator("[data-tab=leaderboard]").count(), 0, "no table, no tab");
    await say(site, run, [row("first", '{"name":"a","10":1,"2":2}'), row("second <i>", '{"x":1}'), row("first", '{"z":1,"name":"b","10":3}')]);
    await page.locator("[data-tab=leaderboard]").click();
    await ready(page, "first");
    assert.deepEqual(await page.locator('[data-table="first"] th').allTextContents(), ["name", "10", "2", "z"]);
    assert.deepEqual(await page.locator("[data-table] h2").allTextContents(), ["first (2)", "second <i> (1)"]);
    assert.equal(await page.locator("[data-count=leaderboard]").textContent(), "(3)");
    await page.close();
});

test("numbers and text, by the rules, as the server and the browser draw them and in both orders", async () => {
    const run = await quietRun(site);
    const list = [];
    cases.forEach((one, c) => one.cells.forEach((cell) => list.push(row(`t${c}`, cell === null ? '{"other":0}' : `{"other":0,"v":${cell}}`))));
    await say(site, run, list);
    for (const who of [plain, person]) {
        const page = await open(run, who);
        if (who === person) await ready(page, `t${cases.length - 1}`);
        for (const [c, one] of cases.entries()) {
            assert.deepEqual(await cellsOf(page, `t${c}`, 2), one.text, one.name);
            const align = await page.locator(`[data-table="t${c}"] [data-row] td:nth-child(2)`).first().evaluate((cell) => getComputedStyle(cell).textAlign === "right");
            assert.equal(align, one.numeric, `${one.name}: numbers stand right`);
        }
        await page.close();
    }
    const page = await open(run);
    await ready(page, `t${cases.length - 1}`);
    for (const [c, one] of cases.entries()) {
        const said = await rowsOf(page, `t${c}`);
        for (const direction of ["descending", "ascending"]) {
            await sortBy(page, `t${c}`, "v");
            await page.locator(`[data-table="t${c}"] th[aria-sort=${direction}]`).waitFor();
            if (one[direction]) assert.deepEqual(await rowsOf(page, `t${c}`), one[direction].map((i) => said[i]), `${one.name}: ${direction}`);
        }
    }
    await page.close();
});

test("click or Enter on a header sorts: descending first, then toggles", async () => {
    const run = await quietRun(site);
    await say(site, run, [1, 3, 2].map((v) => row("t", `{"v":${v},"w":${-v}}`)));
    const page = await open(run);
    await ready(page);
    const shows = (column, cells) => until(`column ${column} says ${cells}`, async () => (await cellsOf(page, "t", column)).join() === cells);
    await sortBy(page, "t", "v");
    await shows(1, "3,2,1");
    await page.keyboard.press("Enter"); // the button keeps the focus
    await shows(1, "1,2,3");
    await page.keyboard.press("Enter");
    await shows(1, "3,2,1");
    await page.locator('[data-sort="w"]').press("Enter");
    await shows(2, "-1,-2,-3");
    assert.equal(await page.locator("th[aria-sort]").textContent(), "w");
    await page.close();
});

test("a click that comes before the rows have been read is done when they have", async () => {
    const run = await quietRun(site);
    await say(site, run, [1, 3, 2].map((v) => row("t", `{"v":${v}}`)));
    const page = await person.newPage();
    const rows = await holdBack(page, /\/records\?kind=row/);
    await page.goto(`/runs/${run}?tab=leaderboard`);
    await rows.asked();
    await sortBy(page, "t", "v");
    assert.deepEqual(await cellsOf(page, "t", 1), ["1", "3", "2"], "as the server drew them");
    await sortBy(page, "t", "v");
    rows.release();
    await page.locator("th[aria-sort=descending]").waitFor();
    assert.deepEqual(await cellsOf(page, "t", 1), ["3", "2", "1"]);
    await page.close();
});

test("the best value of a column is marked where the manifest says which direction is better", async () => {
    const run = await quietRun(site, { experiment: "boards" });
    await say(site, run, [row("t", '{"accuracy":0.5,"loss":0.2,"n":1}'), row("t", '{"accuracy":0.9,"loss":"NaN","n":9}'), row("t", '{"accuracy":0.9,"loss":0.1,"n":3}')]);
    for (const who of [plain, person]) {
        const page = await open(run, who);
        if (who === person) await ready(page);
        assert.deepEqual(await page.locator("td.best").allTextContents(), ["0.9000", "0.9000", "0.1000"]);
        if (who === person) await keepScreenshot(page, "leaderboard");
        await page.close();
    }
});

test("growing row by row as it runs, in the order that the reader has chosen", async () => {
    const run = await quietRun(site);
    await say(site, run, [row("t", '{"v":1}'), row("t", '{"v":3}')]);
    const page = await open(run);
    await ready(page);
    await page.locator('[data-connection="live"]').waitFor();
    await sortBy(page, "t", "v");
    await say(site, run, [row("t", '{"v":2.5,"new":"column"}'), row("u", '{"v":18446744073709551616}')]);
    await until("the row stands in its place", async () => (await cellsOf(page, "t", 1)).join() === "3.0000,2.5000,1.0000");
    assert.deepEqual(await page.locator('[data-table="t"] th').allTextContents(), ["v", "new"]);
    await until("and the other table is here", async () => (await cellsOf(page, "u", 1)).join() === "18446744073709551616");
    await until("the tab counts", async () => (await page.locator("[data-count=leaderboard]").textContent()) === "(4)");
    await page.close();
});

test("a long table scrolls within a bounded page, and every row is there", async () => {
    const run = await quietRun(site);
    const list = Array.from({ length: 3000 }, (_, i) => row("t", `{"i":${i},"v":${(i * 7919) % 3000}}`));
    list.push(row("t", `{"i":3000,"v":-1,"text":${JSON.stringify("x".repeat(70_000))}}`));
    await say(site, run, list);
    const page = await open(run);
    await page.locator('table[aria-rowcount="3002"]').waitFor(); // all have been read, the one over 64 KiB too
    assert.equal(await page.locator("[data-rows]").textContent(), "(3,001)");
    await sortBy(page, "t", "v");
    await page.locator("th[aria-sort=descending]").waitFor();
    assert.ok((await page.locator("[data-row]").count()) < 150);
    const box = page.locator(".board-box");
    const seen = new Set();
    await until("the last row is shown", async () => {
        for (const v of await cellsOf(page, "t", 2)) seen.add(Number(v));
        const end = await box.evaluate(async (b) => {
            b.scrollBy(0, 600);
            for (let frame = 0; frame < 2; frame++) await new Promise((drawn) => requestAnimationFrame(drawn));
            return b.scrollTop + b.clientHeight >= b.scrollHeight - 1;
        });
        return end && seen.has(-1);
    }, 180);
    assert.equal(seen.size, 3001, "also the row over 64 KiB");
    await page.close();
});

test("download CSV: all rows, whole, nothing that a spreadsheet calculates; without a script too", async () => {
    const run = await quietRun(site);
    await say(site, run, [
        row("my table", '{"name":"=1+1","v":-0.50,"note":"say \\"hi\\", you"}'), row("my table", '{"name":"@x","v":18446744073709551616,"more":[1,{"a":"b"}]}'),
        row("my table", '{"name":"-Infinity","v":null,"note":"two\\nlines"}'),
    ]);
    for (const who of [person, plain]) {
        const page = await open(run, who);
        const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSV" }).click()]);
        assert.equal(download.suggestedFilename(), "my table.csv");
        assert.equal(readFileSync(await download.path(), "utf8"),
            'name,v,note,more\r\n\'=1+1,-0.50,"say ""hi"", you",\r\n\'@x,18446744073709551616,,"[1,{""a"":""b""}]"\r\n-Infinity,,"two\nlines",\r\n');
        await page.close();
    }
});

test("without a script all rows are reached by links", async () => {
    const run = await quietRun(site);
    await say(site, run, Array.from({ length: 130 }, (_, i) => row("t", `{"v":${i}}`)));
    const page = await open(run, plain);
    const seen = new Set(await cellsOf(page, "t", 1));
    while (await page.getByRole("link", { name: "More rows" }).count()) {
        await follow(page, page.getByRole("link", { name: "More rows" }));
        for (const v of await cellsOf(page, "t", 1)) seen.add(v);
    }
    assert.equal(seen.size, 130);
    await follow(page, page.getByRole("link", { name: "First rows" }));
    assert.equal((await cellsOf(page, "t", 1))[0], "0");
    await page.close();
});
