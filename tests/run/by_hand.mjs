// The queries of docs/sql.md, each as it stands there, on a site where a run has said what they ask for.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";

import { startRunner } from "../lib/runs.mjs";
import { root } from "../lib/stack.mjs";

const script = `
echo one
echo "two" >&2
printf '%s\\n' '{"type":"log","level":"error","message":"it broke","metadata":{"part":7}}' >&3
for step in 1 2 3; do printf '{"type":"metric","key":"loss","step":%s,"value":%s.5}\\n' $step $((9 - step)) >&3; done
printf '%s\\n' '{"type":"result","key":"digits","value":12345678901234567890}' >&3`;

const site = await startRunner(after, { experiments: { talker: script } });
const { id: run } = await site.complete("talker");

/** The SQL of the page, about this run and its instance. */
const page = readFileSync(join(root, "docs/sql.md"), "utf8");
const queries = [...page.matchAll(/```sql\n([^]*?)```/g)]
    .flatMap(([, block]) => block.split(/;\s*\n/))
    .map((query) => query.replace(/^--.*\n/gm, "").trim())
    .filter(Boolean)
    .map((query) => query.replace("run_id = 7", `run_id = ${run}`).replace("instance_id = 3", "instance_id = (SELECT max(id) FROM instances)"));
/** The rows of the query that has these words. */
const ask = (words) => site.sql(queries.find((query) => query.includes(words)));

test("every query of the page is asked", () => assert.equal(queries.length, 5));

test("what went wrong", async () => {
    const rows = await ask("level = 'error'");
    assert.deepEqual(rows.map((row) => row.text), ["it broke"]);
});

test("lines by the minute", async () => {
    const rows = await ask("date_trunc");
    assert.equal(rows.reduce((sum, row) => sum + row.count, 0), 3);
});

test("a part of a long log", async () => {
    const query = queries.find((each) => each.includes("chunk_first"));
    const rows = await site.sql(query.replaceAll("501000", "2").replaceAll("500000", "2"));
    assert.equal(rows.length, 1);
});

test("the last point of a series", async () => {
    const [row] = await ask("metric_points");
    assert.deepEqual([row.step, row.value], [3, 6.5]);
});

test("what else a run said, its digits as they were", async () => {
    const [{ text }] = await site.sql(`SELECT value::text AS text FROM (${queries.find((query) => query.includes("kind = 'result'"))}) AS x`);
    assert.equal(text, "12345678901234567890");
});
