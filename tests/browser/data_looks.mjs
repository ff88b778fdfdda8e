// The pages of data in both themes and two widths: axe finds nothing, nothing is wider than the window.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { assertAccessible, assertFits, keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner"] });
const browser = await startBrowser(after);
const upload = async (name, body, query = "") => (await site.fetch(`/api/v1/data-sources/${encodeURIComponent(name)}${query}`, { method: "PUT", body })).json();

const names = Array.from({ length: 30 }, (_, i) => (i === 3 ? "a column with a name that goes on and on until nobody reads it" : `column ${i}`));
const rows = Array.from({ length: 30 }, (_, k) => names.map((_name, i) => (i === 5 ? "some words that are too long for a cell of a table ".repeat(3) : i === 6 ? "" : k * i)).join(","));
await upload("a table with a name that is far too long for a narrow window but has to fit all the same.csv", `${names.join(",")}\n${rows.join("\n")}\n1,2\n`, "?project=a%20project%20of%20some%20length");
await upload("iris.csv", "sepal length,species\n5.1,setosa\n");
const { id, reference } = await upload("iris.csv", "sepal length,species\n5.1,setosa\n7.0,virginica\n", "?replace=1");
await site.sql("INSERT INTO instances (experiment, name, configuration) VALUES ('x', 'An instance that uses it', json_build_object('data', $1::text))", reference);
const [{ long }] = await site.sql("SELECT min(id)::int AS long FROM data_sources");

for (const theme of ["light", "dark"]) {
    for (const width of [360, 1440]) {
        test(`${theme}, ${width} px`, async () => {
            const someone = await signIn(browser, site, { viewport: { width, height: width < 500 ? 740 : 900 }, colorScheme: theme });
            const shown = await someone.newPage();
            for (const [name, path] of [["data", "/data"], ["data-source", `/data/${id}`], ["data-long", `/data/${long}`]]) {
                await shown.goto(path);
                await shown.locator("h1").waitFor();
                await assertAccessible(shown, `${path}, ${theme}, ${width}`);
                await assertFits(shown, `${path}, ${width}`);
                await keepScreenshot(shown, `${name}-${theme}-${width}`);
            }
            assert.deepEqual(someone.complaints, []);
            await shown.close();
        });
    }
}
