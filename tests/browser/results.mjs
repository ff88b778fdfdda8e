// test-timeout: 120
// Results as a person reads them: numbers as written, trees that open by branches, large values on demand.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { makeLongRun } from "../lib/biglog.mjs";
import { signIn, startBrowser } from "../lib/browser.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner"] });
const browser = await startBrowser(after);
const person = await signIn(browser, site);

/** A run with these results: [key, text of the value]. */
async function makeResults(results) {
    const run = await makeLongRun(site, 1, { ended: false });
    for (const [i, [key, value]] of results.entries()) {
        const n = i + 2;
        const body = `{"n":${n},"line":1,"kind":"result","at":1700000000000,"key":${JSON.stringify(key)},"value":${value}}`;
        const brief = `{"n":${n},"line":1,"kind":"result","at":1700000000000,"key":${JSON.stringify(key)},"bytes":${body.length},"href":"/api/v1/runs/${run}/records/${n}"}`;
        await site.sql(
            "INSERT INTO records (run_id, n, line, kind, key, body, brief) VALUES ($1::bigint, $2::bigint, 1, 'result', $3, $4, nullif($5, ''))",
            run, n, key, body, body.length > 65536 ? brief : "",
        );
    }
    await site.sql("UPDATE run_heads SET records = $2::bigint WHERE run_id = $1::bigint", run, results.length + 1);
    return run;
}

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
    assert.deepEqual(person.complaints, []);
});
