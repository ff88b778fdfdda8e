// The Results tab, sentence by sentence: cards and trees as a person reads them, numbers as written, many keys, large values.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { readFileSync } from "node:fs";

import { follow, keepScreenshot, queryOf, signIn, startBrowser } from "../lib/browser.mjs";
import { quietRun, result, say } from "../lib/said.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner"] });
const browser = await startBrowser(after);
const person = await signIn(browser, site);

/** A run with these results: [key, text of the value]. */
async function makeResults(results) {
    const run = await quietRun(site);
    await say(site, run, results.map(([key, value]) => result(key, value)));
    return run;
}

test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

const open = async (path, who = person) => {
    const page = await who.newPage();
    await page.goto(path);
    return page;
};
const keysOf = (page) => page.locator("[data-result]:visible").evaluateAll((cards) => cards.map((card) => card.dataset.result));
const valueOf = (page, key) => page.locator(`[data-result="${key}"] [data-value]`);

test("numbers stand as they were written", async () => {
    const run = await makeResults([
        ["big", "18446744073709551616"],
        ["tenth", "0.10"],
        ["nested", '{"big":18446744073709551617,"plain":0.5}'],
    ]);
    const page = await person.newPage();
    await page.goto(`/runs/${run}?tab=results`);
    assert.equal(await valueOf(page, "big").textContent(), "18446744073709551616");
    assert.equal(await valueOf(page, "tenth").textContent(), "0.10");
    await page.getByText("18446744073709551617").waitFor();
    await page.locator('[data-result="nested"]').getByRole("button", { name: "Raw text" }).click();
    assert.equal(await valueOf(page, "nested").textContent(), '{\n  "big": 18446744073709551617,\n  "plain": 0.5\n}');
    await page.close();
});

test("a tree opens by branches, a hundred at a time; what is closed has no nodes", async () => {
    const list = JSON.stringify(Array.from({ length: 250 }, (_, i) => ({ i, deep: { deeper: i } })));
    const run = await makeResults([["list", list]]);
    const page = await person.newPage();
    await page.goto(`/runs/${run}?tab=results`);
    const card = page.locator('[data-result="list"]');
    const nodes = () => card.locator(".json-node").count();
    assert.equal(await nodes(), 1, "closed at first");
    await card.getByRole("button", { name: "Array(250)" }).click();
    assert.equal(await card.getByRole("button", { name: "Object{2 keys}" }).count(), 100);
    await card.getByRole("button", { name: "show more (150 left)" }).click();
    assert.equal(await card.getByRole("button", { name: "Object{2 keys}" }).count(), 200);
    await card.getByRole("button", { name: "0: Object{2 keys}" }).first().click();
    await card.getByText("deep: Object{1 key}").waitFor();
    await card.getByRole("button", { name: "Collapse all" }).click();
    assert.equal(await nodes(), 1);
    await card.getByRole("button", { name: "Expand five levels" }).click();
    assert.ok((await card.getByText("deeper: ").count()) === 100);
    await page.close();
});

test("a value over 64 KiB is fetched when it is asked for", async () => {
    const run = await makeResults([["large", JSON.stringify({ text: "x".repeat(70_000), last: "the end" })]]);
    const page = await person.newPage();
    await page.goto(`/runs/${run}?tab=results`);
    const card = page.locator('[data-result="large"]');
    assert.match(await card.locator("[data-large]").textContent(), /This value has 68\.\d KiB/);
    await card.getByRole("button", { name: "Show it here" }).click();
    await card.getByText('"the end"').waitFor();
    assert.equal(await card.locator("[data-large]").count(), 0);
    await page.close();
});

test("cards are searched and sorted by key", async () => {
    const run = await makeResults([["b", "1"], ["c", "2"], ["a", "3"], ["b", "4"]]);
    const page = await person.newPage();
    await page.goto(`/runs/${run}?tab=results`);
    const keys = () => page.locator("[data-result]:visible").evaluateAll((cards) => cards.map((card) => card.dataset.result));
    assert.deepEqual(await keys(), ["c", "a", "b"], "newest last");
    assert.equal(await valueOf(page, "b").textContent(), "4");
    assert.match(await page.locator('[data-result="b"] .result-facts').textContent(), /2 values/);
    await page.getByLabel("Order").selectOption("key");
    assert.deepEqual(await keys(), ["a", "b", "c"]);
    await page.getByLabel("Search keys").fill("C");
    assert.deepEqual(await keys(), ["c"]);
    await page.close();
});

test("colours by type, and what is shown is what was said", async () => {
    const run = await makeResults([["all", '{"text":"a \\"b\\" <i>","number":-1.50e3,"yes":true,"nothing":null,"list":[],"object":{}}']]);
    const page = await open(`/runs/${run}?tab=results`);
    const leaves = await page.locator(".json-leaf").allTextContents();
    assert.deepEqual(leaves, ['text: "a \\"b\\" <i>"', "number: -1.50e3", "yes: true", "nothing: null"]);
    assert.deepEqual(await page.locator(".json-toggle").allTextContents(), ["Object{6 keys}", "list: Array(0)", "object: Object{0 keys}"]);
    const colours = await Promise.all(["string", "number", "boolean", "null"].map((type) => page.locator(`.json-${type}`).first().evaluate((leaf) => getComputedStyle(leaf).color)));
    assert.equal(new Set(colours).size, 4);
    await keepScreenshot(page, "results");
    await page.close();
});

test("five levels at a time, then show more", async () => {
    let value = '"the bottom"';
    for (let i = 12; i > 0; i--) value = `{"level ${i}":${value}}`;
    const page = await open(`/runs/${await makeResults([["deep", value]])}?tab=results`);
    const card = page.locator('[data-result="deep"]');
    await card.getByRole("button", { name: "Expand five levels" }).click();
    assert.equal(await card.getByText("level 5: Object").count(), 1);
    assert.equal(await card.getByText("level 6: ").count(), 0);
    await card.getByRole("button", { name: "show more" }).click();
    assert.equal(await card.getByText("level 10: Object").count(), 1);
    assert.equal(await card.getByText("level 11: ").count(), 0);
    await card.getByRole("button", { name: "show more" }).click();
    await card.getByText('"the bottom"').waitFor();
    assert.equal(await card.getByRole("button", { name: "show more" }).count(), 0);
    await page.close();
});

test("a value of 100,000 nodes opens by parts: no step makes more than a thousand nodes", async () => {
    const wide = `[${Array.from({ length: 1000 }, (_, i) => `{"id":${i},"list":[${Array.from({ length: 98 }, (_, k) => k).join(",")}]}`).join(",")}]`;
    const page = await open(`/runs/${await makeResults([["wide", wide]])}?tab=results`);
    const card = page.locator('[data-result="wide"]');
    const nodes = () => card.locator(".json-node").count();
    await card.getByRole("button", { name: "Show it here" }).click();
    await card.getByRole("button", { name: "Array(1000)" }).waitFor();
    assert.ok((await nodes()) < 5);
    await card.getByRole("button", { name: "Expand five levels" }).click();
    assert.ok((await nodes()) > 500 && (await nodes()) < 1400, `${await nodes()} nodes`);
    await card.getByRole("button", { name: "show more (900 left)" }).click();
    await card.getByRole("button", { name: "Raw text" }).click();
    const raw = await card.locator("[data-value]").textContent();
    assert.ok(raw.length < 70_000 && raw.startsWith('[\n  {\n    "id": 0,'));
    await card.getByRole("button", { name: "show more" }).click();
    assert.ok((await card.locator("[data-value]").textContent()).length > 120_000);
    await card.getByRole("button", { name: "Collapse all" }).click();
    assert.equal(await nodes(), 1);
    await page.close();
});

test("copy takes all of a value, indented", async () => {
    await person.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await open(`/runs/${await makeResults([["v", '{"big":18446744073709551616,"list":[1,2]}']])}?tab=results`);
    await page.locator('[data-result="v"]').getByRole("button", { name: "Copy" }).click();
    await page.getByText("Copied").waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), '{\n  "big": 18446744073709551616,\n  "list": [\n    1,\n    2\n  ]\n}');
    await page.close();
});

const MANY = 1234;
const many = await makeResults(Array.from({ length: MANY }, (_, i) => [`key ${String(i * 7 % MANY).padStart(4, "0")}`, i % 10 ? String(i) : `{"i":${i},"list":[1,2,3]}`]));

test("of many keys the newest 200 are shown, the others come by pages; the tab counts all", async () => {
    const page = await open(`/runs/${many}?tab=results`);
    assert.equal(await page.locator("[data-count=results]").textContent(), "(1,234)");
    assert.equal((await keysOf(page)).length, 200);
    for (let shown = 400; shown < MANY + 200; shown += 200) {
        assert.match(await page.locator(".panel-note", { hasText: "Earlier results" }).textContent(), /more\)$/);
        await page.getByRole("link", { name: "Earlier results" }).click();
        await until(`${shown} are shown`, async () => (await page.locator("[data-result]").count()) === Math.min(shown, MANY));
    }
    assert.equal(await page.getByRole("link", { name: "Earlier results" }).count(), 0);
    const values = await page.locator("[data-result]").evaluateAll((cards) => cards.map((card) => Number(card.dataset.n)));
    assert.ok(values.every((n, i) => i === 0 || n > values[i - 1]), "newest last");
    await page.getByLabel("Order").selectOption("key");
    const keys = await keysOf(page);
    assert.deepEqual(keys, [...keys].sort());
    await page.close();
});

test("search and order reach all keys, not only those that are shown, and stand in the address", async () => {
    const page = await open(`/runs/${many}?tab=results`);
    await page.getByLabel("Search keys").fill("KEY 012");
    await until("ten keys match", async () => (await keysOf(page)).length === 10);
    await page.getByLabel("Order").selectOption("key");
    await until("sorted", async () => (await keysOf(page)).join() === Array.from({ length: 10 }, (_, i) => `key 012${i}`).join());
    assert.equal(await queryOf(page), "?tab=results&order=key&q=KEY+012");
    await page.reload();
    assert.equal((await keysOf(page)).length, 10);
    await page.getByLabel("Search keys").fill("");
    await until("the first 200", async () => (await keysOf(page)).at(-1) === "key 0199");
    await page.getByRole("link", { name: "More results" }).click();
    await until("the next", async () => (await keysOf(page)).at(-1) === "key 0399");
    await page.getByLabel("Search keys").fill("no such key");
    await page.getByText("No key holds this text.").waitFor();
    await page.close();
});

test("results arrive live: a new key at the end, a new value of an old one in its place in the order, the digits kept", async () => {
    const run = await makeResults([["a", "1"], ["b", '{"x":1}'], ["c", "3"]]);
    const [page, sorted] = [await open(`/runs/${run}?tab=results`), await open(`/runs/${run}?tab=results&order=key`)];
    for (const one of [page, sorted]) await one.locator('[data-connection="live"]').waitFor();
    await say(site, run, [result("a", "18446744073709551616"), result("aa", '{"n":1e400,"s":"<b>"}'), result("large", JSON.stringify("z".repeat(70_000)))]);
    await until("they are there", async () => (await keysOf(page)).join() === "b,c,a,aa,large");
    assert.equal(await valueOf(page, "a").textContent(), "18446744073709551616");
    assert.match(await page.locator('[data-result="a"] .result-facts').textContent(), /2 values/);
    await until("and in the other order", async () => (await keysOf(sorted)).join() === "a,aa,b,c,large");
    await page.locator('[data-result="aa"]').getByText("1e400").waitFor();
    await page.locator('[data-result="large"]').getByRole("button", { name: "Show it here" }).click();
    await until("the long text is here, by parts", async () => /^z{65536}show more$/.test(await valueOf(page, "large").textContent()));
    await until("the tab counts", async () => (await page.locator("[data-count=results]").textContent()) === "(5)");
    await page.close();
    await sorted.close();
});

test("download JSON and CSV", async () => {
    const page = await open(`/runs/${many}?tab=results`);
    for (const [name, begins] of [["JSON", `{"run":${many},"results":[\n{"key":"key 0000","value":{"i":0,"list":[1,2,3]},"count":1,`], ["CSV", 'key,value,count,at\r\nkey 0000,"{""i"":0,""list"":[1,2,3]}",1,']]) {
        const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name, exact: true }).click()]);
        assert.equal(download.suggestedFilename(), `run-${many}-results.${name.toLowerCase()}`);
        const text = readFileSync(await download.path(), "utf8");
        assert.ok(text.startsWith(begins), text.slice(0, 200));
        assert.equal(text.split("key ").length - 1, MANY);
    }
    await page.close();
});

test("without a script: indented text up to 64 KiB and a link to the rest, pages and search as links and forms", async () => {
    const plain = await signIn(browser, site, { javaScriptEnabled: false });
    const run = await makeResults([["small", '{"a":[1,0.10]}'], ["large", `{"text":"${"x".repeat(70_000)}","last":"the end"}`], ["long", JSON.stringify("é\"\\".repeat(30_000))]]);
    const page = await open(`/runs/${run}?tab=results`, plain);
    assert.equal(await valueOf(page, "small").textContent(), '{\n  "a": [\n    1,\n    0.10\n  ]\n}');
    const large = await valueOf(page, "large").textContent();
    assert.ok(large.startsWith('{\n  "text": "xxx') && large.length > 60_000 && large.length < 70_000);
    const long = await valueOf(page, "long").textContent();
    assert.ok(long.startsWith('é"\\é"') && long.length > 30_000);
    await follow(page, page.locator('[data-result="large"]').getByRole("link", { name: "All of it" }));
    assert.ok((await page.content()).includes("the end"));

    await page.goto(`/runs/${many}?tab=results`);
    const seen = new Set(await keysOf(page));
    while (await page.getByRole("link", { name: "Earlier results" }).count()) {
        await follow(page, page.getByRole("link", { name: "Earlier results" }));
        for (const key of await keysOf(page)) seen.add(key);
    }
    assert.equal(seen.size, MANY);
    await page.getByLabel("Search keys").fill("key 00");
    await page.getByLabel("Order").selectOption("key");
    await follow(page, page.getByRole("button", { name: "Show" }));
    assert.equal((await keysOf(page)).join(), Array.from({ length: 100 }, (_, i) => `key 00${String(i).padStart(2, "0")}`).join());
    await plain.context.close();
});

test("tabs: one at a time, in the address, Logs first and default, back and forth; one that cannot be loaded says so", async () => {
    const run = await makeResults([["a", "1"]]);
    const page = await open(`/runs/${run}`);
    const shown = () => page.locator("[data-panel]:visible").evaluateAll((panels) => panels.map((panel) => panel.dataset.panel));
    assert.deepEqual(await page.locator("[data-tab]").evaluateAll((tabs) => tabs.map((tab) => tab.textContent)), ["Logs (0)", "Results (1)", "Events (0)", "Artifacts (0)", "Configuration"]);
    assert.deepEqual(await shown(), ["logs"]);
    for (const tab of ["results", "configuration", "events"]) {
        await page.locator(`[data-tab=${tab}]`).click();
        await until(`${tab} is shown`, async () => (await shown()).join() === tab);
        assert.equal(await queryOf(page), `?tab=${tab}`);
        assert.equal(await page.locator("[data-tab][aria-current]").getAttribute("data-tab"), tab);
    }
    await page.goBack();
    await until("back", async () => (await shown()).join() === "configuration");
    await page.route(/tab=artifacts/, (route) => route.fulfill({ status: 503, json: { detail: "not now" } }));
    await page.locator("[data-tab=artifacts]").click();
    await page.getByText("This tab could not be loaded: not now").waitFor();
    assert.equal((await shown()).join(), "artifacts");
    person.complaints.splice(0); // of the 503
    await page.unroute(/tab=artifacts/);
    await page.locator("[data-tab=artifacts]").click();
    await page.getByText("No files yet.").waitFor();
    await page.close();
});
