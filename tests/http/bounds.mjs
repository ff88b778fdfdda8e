// However much an experiment says, its run's pages are answered soon, and hold what a browser bears.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test, { after } from "node:test";

import { addRecord, addRun } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"] });

/** A run with `count` records of a kind; `key` and `members` are SQL over i, from 1 on. */
async function runOf(kind, count, key, members) {
    const run = await addRun(site, "completed");
    await site.sql("UPDATE run_heads SET records = 10 + $2::int WHERE run_id = $1", run, count);
    await site.sql(
        `INSERT INTO records SELECT $1, i + 10, 0, $3, ${key}, '{"n":' || i + 10 || ',"line":0,"kind":"' || $3 || '","at":1700000000000,' || ${members} || '}', NULL
         FROM generate_series(1, $2::int) i`, run, count, kind);
    return run;
}

/** The page within 15 s, after which it would be given up, and within 4 MiB. */
async function page(address) {
    const answer = await site.get(address);
    assert.equal(answer.status, 200, answer.text.slice(0, 200));
    assert.ok(answer.text.length < 4 << 20, `${address} has ${answer.text.length} bytes`);
    return answer.text;
}

const view = async (address) => (await site.get(address, { headers: { accept: "application/json" } })).json;
const times = (text, what) => text.split(what).length - 1;

test("six thousand facts: five hundred on the page, five thousand in the snapshot, and 8 MiB of values", async () => {
    const run = await runOf("fact", 6000, "'k' || i", `'"key":"k' || i || '","value":"' || repeat('x', 4000) || '"'`);
    const { facts, more_facts: more } = (await view(`/runs/${run}?tab=configuration`)).configuration;
    assert.equal(facts.length, 500);
    assert.equal(more, "4,500");
    assert.match(await page(`/runs/${run}?tab=configuration`), /4,500 more facts are in the download/);
    await page(`/runs/diff?a=${run}&b=${run}`);
    assert.equal((await site.get(`/api/v1/runs/${run}/diff?with=${run}`)).json.same, true);
    const snapshot = (await site.get(`/api/v1/runs/${run}/snapshot`)).json;
    assert.equal(Object.keys(snapshot.facts).length, 5000);
    assert.equal(snapshot.facts.k1, "x".repeat(4000));
    assert.deepEqual(snapshot.facts.k5000, { bytes: 4002, sha256: createHash("sha256").update(`"${"x".repeat(4000)}"`).digest("hex") });
});

test("a fact of more than 64 KiB is in a snapshot, and in a promoted version, by its size and hash", async () => {
    const [one, other] = [await addRun(site, "completed"), await addRun(site, "completed")];
    const large = [1, "é".repeat(50000), { a: "b" }];
    for (const run of [one, other]) await addRecord(site, run, "fact", "large", { key: "large", value: large }, { key: "large" });
    await addRecord(site, other, "fact", "large", { key: "large", value: [...large, 2] }, { key: "large" });
    const said = JSON.stringify(large);
    assert.deepEqual((await site.get(`/api/v1/runs/${one}/snapshot`)).json.facts.large, { bytes: Buffer.byteLength(said), sha256: createHash("sha256").update(said).digest("hex") });
    const { same, differences } = (await site.get(`/api/v1/runs/${one}/diff?with=${other}`)).json;
    assert.equal(same, false);
    assert.deepEqual(differences.filter((d) => d.section === "facts").map((d) => d.path), ["large.bytes", "large.sha256"]);
});

test("rows that each have columns of their own: the first 300 columns are shown, and it is said that there are more", async () => {
    const run = await runOf("row", 50, "'board'", `'"table":"board","values":' || (SELECT json_object_agg('c' || i || '_' || j, j) FROM generate_series(1, 1000) j)`);
    const text = await page(`/runs/${run}?tab=leaderboard`);
    assert.equal(times(text, "<th scope"), 300);
    assert.equal(times(text, "data-wide"), 1);
    assert.equal((await site.get(`/api/v1/runs/${run}/tables/board?limit=50`)).json.items.length, 50);
});

test("three thousand tables: the first 30 are shown, and it is said that there are more", async () => {
    const run = await runOf("row", 3000, "'t' || i", `'"table":"t' || i || '","values":{"a":1}'`);
    const text = await page(`/runs/${run}?tab=leaderboard`);
    assert.equal(times(text, 'data-table="'), 30);
    assert.ok(text.includes("data-crowded>"));
    assert.equal((await view(`/runs/${run}?tab=leaderboard&table=t999`)).leaderboard.tables[0].name, "t999", "each has its page");
    const few = await runOf("row", 30, "'t' || i", `'"table":"t' || i || '","values":{"a":1}'`);
    const fits = await page(`/runs/${few}?tab=leaderboard`);
    assert.equal(times(fits, 'data-table="'), 30);
    assert.ok(fits.includes("data-crowded hidden>"));
});

test("five thousand kinds of events: 300 are offered, and the one that was asked for", async () => {
    const run = await runOf("event", 5000, "'k' || i", `'"event":"k' || i || '","message":null,"duration_ms":null,"payload":null'`);
    const text = await page(`/runs/${run}?tab=events&kind=k4999`);
    assert.equal(times(text, "<option"), 301);
    assert.match(text, /<option value="k4999" selected>/);
});
