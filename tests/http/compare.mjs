// What the Compare tab makes of odd values: none, not numbers, huge ones, some that differ in the last digit; means, intervals and their n.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { addExperiment, addRecord } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"] });
const cookie = await site.login();
await addExperiment(site, "trainer", [], { seed: "seed", columns: { score: { better: "high" }, loss: { better: "low" } } });

/** An instance with a completed run for each [configuration, results], both as JSON texts. */
async function instanceOf(runs) {
    const [{ id }] = await site.sql("INSERT INTO instances (experiment, name) VALUES ('trainer', 'x') RETURNING id");
    for (const [configuration, results] of runs) {
        await site.sql("UPDATE instances SET configuration = $2::json WHERE id = $1::bigint", id, configuration);
        const [{ run }] = await site.sql("SELECT create_run($1::bigint, 0) AS run", id);
        await site.sql("SELECT body FROM claim_run($1::bigint, NULL, 'host', '{}')", run);
        for (const [key, value] of Object.entries(results)) {
            const n = await addRecord(site, run, "result", key, { key, value: "?" });
            await site.sql("UPDATE records SET body = replace(body, '\"?\"', $3) WHERE run_id = $1::bigint AND n = $2::bigint", run, n, value);
        }
        await site.sql("SELECT body FROM finish_run($1::bigint, NULL, 'completed', NULL, NULL, 0, NULL)", run);
    }
    return id;
}

async function compare(id, query = "") {
    const answer = await site.get(`/experiments/${id}?tab=compare${query}`, { cookie, headers: { accept: "application/json" } });
    assert.equal(answer.status, 200, answer.text);
    const { columns, rows, ...rest } = answer.json.compare;
    const at = (key) => columns.findIndex((column) => column.label === key);
    return { ...rest, columns, rows, column: (key) => rows.map((row) => row.cells[at(key)]), texts: (key) => rows.map((row) => row.cells[at(key)].text), head: (key) => columns[at(key)] };
}

test("values of configurations that differ are told apart, to the last digit, however they were written", async () => {
    const id = await instanceOf([
        ['{"rate":0.12341,"big":9007199254740993,"same":1}', {}],
        ['{"rate":0.12344,"big":9007199254740992,"same":1.0}', {}],
        ['{"rate":1e-7,"big":9007199254740992,"same":1}', {}],
    ]);
    const { columns, texts } = await compare(id);
    assert.deepEqual(columns.map((column) => column.label), ["rate", "big"], "1 and 1.0 do not differ");
    assert.deepEqual(texts("rate"), ["1e-7", "0.12344", "0.12341"]);
    assert.deepEqual(texts("big"), ["9007199254740992", "9007199254740992", "9007199254740993"]);
    assert.deepEqual((await compare(id, "&sort=configuration:rate")).texts("rate"), ["0.12344", "0.12341", "1e-7"]);
});

test("repeats are those whose configurations are the same, however their numbers were written", async () => {
    const id = await instanceOf([['{"a":1,"seed":1}', { score: "1" }], ['{"a":1.0,"seed":2}', { score: "2" }], ['{"a":1e0,"seed":3}', { score: "3" }], ['{"a":2,"seed":1}', { score: "0" }]]);
    const { rows, texts } = await compare(id, "&group=1&sort=result:score");
    assert.deepEqual(rows.map((row) => row.runs), ["3", "1"]);
    assert.deepEqual(texts("a"), ["1", "2"]);
    // 1, 2, 3: deviation 1, t(2) = 4.3027: 4.3027 / sqrt(3)
    assert.equal(rows[0].cells.at(-1).interval, "2.4842");
    assert.equal(rows[1].cells.at(-1).interval, null, "one run has none");
});

test("a mean of fewer runs than the row has says of how many it is", async () => {
    const id = await instanceOf([['{"a":1}', { score: "1", loss: "5" }], ['{"a":1}', { score: "3" }], ['{"a":1}', { score: "5", loss: "7" }]]);
    const { column } = await compare(id, "&group=1");
    assert.deepEqual(column("score").map(({ text, n }) => [text, n]), [["3.0000", null]]);
    // 5 and 7: deviation sqrt(2), t(1) = 12.7062: 12.7062 * sqrt(2) / sqrt(2)
    assert.deepEqual(column("loss").map(({ text, n, interval }) => [text, n, interval]), [["6.0000", "2", "12.7062"]]);
    assert.match((await site.get(`/experiments/${id}?tab=compare&group=1`, { cookie, headers: { accept: "text/html" } })).text, /data-cell-n>\(n = 2\)/);
});

test("what is no number is not best, sorts last and has no mean", async () => {
    const id = await instanceOf([
        ['{"a":1}', { score: '"NaN"', mixed: '"x"', flag: "true" }],
        ['{"a":2}', { score: "0.5", mixed: "1", flag: "false" }],
        ['{"a":3}', { score: '"Infinity"', mixed: "null", flag: "true" }],
        ['{"a":4}', { mixed: "[1]" }],
    ]);
    const up = await compare(id, "&sort=result:score&order=ascending");
    assert.deepEqual(up.texts("score"), ["0.5000", "Infinity", "", "NaN"]);
    assert.equal(up.head("score").numeric, true, "a NaN leaves a column of numbers one");
    assert.deepEqual(up.column("score").map(({ best }) => best ?? false), [false, true, false, false], "as in a leaderboard");
    assert.deepEqual(up.texts("mixed"), ["1", "null", "", "x"]);
    assert.equal(up.head("mixed").numeric, false);
    assert.deepEqual(up.texts("flag"), ["false", "true", "", "true"]);
    const repeats = await instanceOf([['{"a":1}', { score: '"NaN"', note: '"x"' }], ['{"a":1}', { score: "0.5", note: "2" }], ['{"a":2}', { score: "0.1", note: "2" }]]);
    const means = await compare(repeats, "&group=1&sort=result:score");
    assert.deepEqual(means.column("score").map(({ text, best, interval }) => [text, best ?? false, interval]), [["0.1000", true, null], ["NaN", false, null]]);
    assert.deepEqual(means.texts("note"), ["2", "2 values"]);
});

test("numbers at the ends of their range are compared as well", async () => {
    const id = await instanceOf([["{}", { loss: "1e200" }], ["{}", { loss: "3e200" }], ["{}", { loss: "1.7e308" }], ["{}", { loss: "-1.7e308" }], ["{}", { loss: "1e-320" }]]);
    assert.deepEqual((await compare(id, "&sort=result:loss")).texts("loss"), ["1.70e+308", "3.00e+200", "1.00e+200", "1.00e-320", "-1.70e+308"]);
    const { column } = await compare(id, "&group=1");
    assert.match(column("loss")[0].text, /^\d\.\d\de\+\d+$/);
    assert.match(column("loss")[0].interval, /^\d\.\d\de\+30[78]$/);
    const two = await instanceOf([["{}", { loss: "1e200" }], ["{}", { loss: "3e200" }]]);
    // deviation sqrt(2)e200, t(1) = 12.7062: 1.27e201
    assert.deepEqual((await compare(two, "&group=1")).column("loss").map(({ text, interval }) => [text, interval]), [["2.00e+200", "1.27e+201"]]);
    const beyond = await instanceOf([["{}", { loss: "1e400" }], ["{}", { loss: "1" }]]);
    assert.deepEqual((await compare(beyond)).texts("loss"), ["1", "Infinity"]);
    assert.deepEqual((await compare(beyond, "&group=1")).column("loss").map(({ text, interval }) => [text, interval]), [["Infinity", null]]);
});

test("an order is kept from page to page, and a page from order to order; of what it is is said", async () => {
    const [{ id }] = await site.sql("INSERT INTO instances (experiment, name) VALUES ('trainer', 'many') RETURNING id");
    await site.sql("SELECT count(create_run($1::bigint, 0)) FROM generate_series(1, 130)", id);
    await site.sql("SELECT count(*) FROM runs r, LATERAL finish_run(r.id, NULL, 'failed', NULL, NULL, NULL, NULL) WHERE r.instance_id = $1::bigint", id);
    await site.sql("UPDATE run_outcomes o SET results = format('{\"score\":%s}', r.number % 7)::json FROM runs r WHERE r.id = o.run_id AND r.instance_id = $1::bigint", id);
    const first = await compare(id, "&sort=result:score&order=ascending");
    assert.equal(first.part, "100 runs");
    const second = await compare(id, first.next.replace("?tab=compare", ""));
    assert.equal(second.rows.length, 30);
    assert.equal(second.part, "30 runs");
    assert.equal(second.head("score").sorted, "ascending");
    assert.match(second.head("score").href, /&before=31&sort=/);
    assert.match(second.toggle, /&group=1&sort=result%3Ascore&order=ascending&before=31$/);
    assert.equal(second.first, "?tab=compare&sort=result%3Ascore&order=ascending");
    assert.equal((await compare(await instanceOf([["{}", {}]]))).part, null, "all runs need no words");
});
