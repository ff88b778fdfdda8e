// The substrate shift experiment against a real endpoint of n-gram models: what it reports is what the models compute, and the
// endpoint's faults change none of it.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { startRunner } from "../lib/runs.mjs";
import { root } from "../lib/stack.mjs";
import { startEndpoint } from "../lib/substrate/endpoint.mjs";
import { dialogues, Ngram, sentencesOf } from "../lib/substrate/ngram.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { until } from "../lib/wait.mjs";

const swapped = (text) => text.replace(/[yn]/g, (c) => (c === "y" ? "n" : "y"));
const free = sentencesOf("GPL-3"), artistic = sentencesOf("Artistic");
const models = {
    free: new Ngram(dialogues(free), 5),
    artistic: new Ngram(dialogues(artistic), 4),
    swapped: new Ngram(dialogues(free.map(swapped)), 5), // writes y for n, which the others can tell
};
const key = "test key";
const pairs = [{ first: "free", second: "free" }, { first: "swapped", second: "free" }, { first: "artistic", second: "free" }];
const conversation = { turns: 3, exchange_after: 2, temperature: 0.8, max_tokens: 100 };
const runs = 24;

const rowsOf = (records, table) => records.filter((r) => r.kind === "row" && r.table === table).map((r) => r.values);
const resultsOf = (records, name) => records.filter((r) => r.kind === "result" && r.key === name).map((r) => r.value);
const near = (a, b, what) => assert.ok(Math.abs(a - b) < 1e-9, `${what}: ${a}, not ${b}`);

const site = await startRunner(after, { env: { SUBSTRATE_SHIFT_API_KEY: key } });
cpSync(join(root, "sdk/python"), join(site.folder, "../sdk/python"), { recursive: true });
cpSync(join(root, "experiments/substrate_shift"), join(site.folder, "substrate_shift"), { recursive: true });
await until("the experiment is offered", async () => (await site.sql("SELECT 1 FROM experiments WHERE name = 'substrate_shift' AND error IS NULL")).length, 30);

async function finish(id) {
    const row = await site.waitForEnd(id, 120);
    assert.equal(row.status, "completed", row.error);
    return site.records(id);
}

/** What the model that was asked thinks of yes against no at the end of this conversation. */
function trueLogOdds({ messages }, model) {
    const [{ top_logprobs: top }] = models[model].answer(messages, { maxTokens: 1, temperature: 0, seed: 0, top: 20 });
    const of = (letter) => top.find((t) => t.token === letter)?.logprob ?? top.at(-1).logprob;
    return of("y") - of("n");
}

/** The ends of Wilson's interval are where the rate lies just z standard errors away. */
function assertWilson(rate, n, low, high) {
    assert.ok(low <= rate && rate <= high && low >= 0 && high <= 1);
    for (const end of [low, high]) {
        if (end > 0 && end < 1) near((rate - end) ** 2, (1.959963984540054 ** 2 * end * (1 - end)) / n, "the interval's end");
    }
}

let undisturbed;

test("reports what the models compute, and tells an exchange from none", async (t) => {
    const endpoint = await startEndpoint(t, models, { key });
    const records = await finish(await site.startRun("substrate_shift", { base_url: endpoint.url, pairs, runs, parallel: 4, seed: 11, conversation }));
    const trials = resultsOf(records, "trial");
    assert.equal(trials.length, pairs.length * runs);
    for (const trial of trials) {
        for (const side of ["exchanged", "control"]) {
            assert.equal(trial[side].messages.length, 2 * 3 + 1);
            near(trial[side].log_odds, trueLogOdds(trial[side], "free"), `${trial.pair} ${trial.trial} ${side}`);
            assert.equal(trial[side].yes, trial[side].log_odds > 0);
        }
        // Both sides hear the same of the user.
        const said = (side) => trial[side].messages.filter((m) => m.role === "user").map((m) => m.content);
        assert.deepEqual(said("exchanged"), said("control"));
    }
    const board = (undisturbed = rowsOf(records, "leaderboard"));
    assert.deepEqual(board.map((row) => row.pair).sort(), ["artistic → free", "free → free", "swapped → free"]);
    for (const row of board) {
        const mine = trials.filter((trial) => trial.pair === row.pair);
        const rate = (side) => mine.filter((trial) => trial[side].yes).length / runs;
        assert.equal(row.trials, runs);
        near(row.detection_rate, rate("exchanged"), "rate");
        near(row.control_rate, rate("control"), "control");
        near(row.difference, row.detection_rate - row.control_rate, "difference");
        assertWilson(row.detection_rate, runs, row.low, row.high);
        assertWilson(row.control_rate, runs, row.control_low, row.control_high);
        assert.ok(row.difference_low <= row.difference && row.difference <= row.difference_high);
        let wins = 0;
        for (const a of mine) for (const b of mine) wins += (Math.sign(a.exchanged.log_odds - b.control.log_odds) + 1) / 2;
        near(row.auc, wins / runs ** 2, "auc");
        t.diagnostic(`${row.pair}: ${row.detection_rate} against ${row.control_rate}, auc ${row.auc}`);
    }
    const of = (name) => board.find((row) => row.pair === name);
    assert.equal(of("free → free").noticed, false);
    assert.equal(of("free → free").difference, 0);
    assert.equal(of("free → free").auc, 0.5);
    assert.equal(of("swapped → free").noticed, true);
    assert.ok(of("swapped → free").log_odds_shift > 0 && of("swapped → free").auc > 0.7);
    assert.equal(records.filter((r) => r.kind === "metrics").flatMap((r) => r.points).length, 4 * trials.length);
    assert.ok(endpoint.requests.every((r) => r.authorization === `Bearer ${key}` && r.body.logprobs === true));
    assert.deepEqual(resultsOf(records, "requests").at(-1), { sent: 8 * trials.length, repeated: 0 });
});

test("a refusal, a fault and a dropped connection change nothing, and Retry-After is kept by all", async (t) => {
    const endpoint = await startEndpoint(t, models, { key });
    endpoint.faults.set(20, { kind: "busy", seconds: 5 }).set(60, { kind: "broken" }).set(90, { kind: "dropped" }).set(91, { kind: "broken" });
    const id = await site.startRun("substrate_shift", { base_url: endpoint.url, pairs, runs, parallel: 4, seed: 11, conversation });
    const records = await finish(id);
    const byPair = (rows) => [...rows].sort((a, b) => (a.pair < b.pair ? -1 : 1));
    assert.deepEqual(byPair(rowsOf(records, "leaderboard")), byPair(undisturbed));
    const busy = endpoint.requests.find((r) => r.status === 429);
    // Those that were under way at that moment may still come in.
    const next = endpoint.requests.filter((r) => r.at > busy.at + 2000)[0];
    assert.ok(next.at - busy.at >= 4990, `the next request came after ${next.at - busy.at} ms`);
    assert.equal(resultsOf(records, "requests").at(-1).repeated, 4);
    const warnings = (await site.lines(id)).filter(([, level]) => level === 2).map(([, , text]) => text);
    assert.equal(warnings.length, 4);
    assert.ok(warnings.some((w) => /answers 429: slow down; again in 5\.0 s \(attempt 2 of 6\)/.test(w)), warnings.join("\n"));
});

test("a cancel ends it at once, with what is finished told, even when the endpoint is silent", async (t) => {
    const endpoint = await startEndpoint(t, models, { key });
    const id = await site.startRun("substrate_shift", { base_url: endpoint.url, pairs, runs: 1000, parallel: 4, seed: 1, conversation });
    await until("some trials are over", async () => rowsOf(await site.records(id), "trials").length >= 5, 30);
    endpoint.always = { kind: "silent" };
    const before = endpoint.requests.length;
    await until("it waits", () => endpoint.requests.length >= before + 4);
    const began = Date.now();
    await site.cancel(id);
    const row = await site.waitForEnd(id, 20);
    assert.equal(row.status, "cancelled");
    assert.ok(Date.now() - began < 6000, `${Date.now() - began} ms`); // promised: 2 s
    const records = await site.records(id);
    const [kept] = rowsOf(records, "leaderboard");
    assert.equal(kept.trials, rowsOf(records, "trials").length);
    assert.deepEqual(site.processes(id), []);
});

/** Runs the program by hand with this configuration: {status, failure}. */
async function tried(dir, configuration, env = {}) {
    const work = join(dir, String(Math.random()));
    mkdirSync(work);
    writeFileSync(join(work, "config.json"), JSON.stringify({ pairs: [{ first: "free", second: "artistic" }], runs: 2, seed: 1, conversation, ...configuration }));
    const fd = openSync(join(work, "messages"), "w");
    const child = spawn(join(root, "experiments/substrate_shift/substrate_shift.py"), [], {
        cwd: work, stdio: ["ignore", "inherit", "inherit", fd],
        env: { PATH: process.env.PATH, ATHANOR_FD: "3", ATHANOR_CONFIG: join(work, "config.json"), SUBSTRATE_SHIFT_API_KEY: key, ...env },
    });
    const status = await new Promise((resolve) => child.on("exit", resolve));
    const said = readFileSync(join(work, "messages"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
    return { status, failure: said.find((m) => m.type === "fail")?.error };
}

test("what cannot work fails in words, at once", async (t) => {
    const dir = tempDir(t);
    const endpoint = await startEndpoint(t, models, { key });
    const fails = async (words, configuration, env) => {
        const { status, failure } = await tried(dir, { base_url: endpoint.url, ...configuration }, env);
        assert.equal(status, 1);
        assert.match(failure, words);
    };
    await fails(/answers 401: wrong key$/, { parallel: 1 }, { SUBSTRATE_SHIFT_API_KEY: "other" });
    assert.equal(endpoint.requests.length, 1);
    await fails(/SUBSTRATE_SHIFT_HOSTS does not name 127\.0\.0\.1/, {}, { SUBSTRATE_SHIFT_HOSTS: "api.example.org" });
    assert.equal(endpoint.requests.length, 1);
    await fails(/answers 404: no model other$/, { pairs: [{ first: "other", second: "free" }], parallel: 1 });
    await fails(/must come before the last turn/, { conversation: { ...conversation, exchange_after: 3 } });
    endpoint.always = { kind: "broken" };
    await fails(/answers 500: something broke, 2 times$/, { requests: { attempts: 2 } });
    endpoint.always = { kind: "mute" };
    await fails(/gives no log-probabilities for (free|artistic)/, {});
});

test("no more requests are begun in a minute than it may", async (t) => {
    const endpoint = await startEndpoint(t, models, { key });
    const { status } = await tried(tempDir(t), { base_url: endpoint.url, runs: 1, parallel: 4, requests: { per_minute: 120 } });
    assert.equal(status, 0);
    const times = endpoint.requests.map((request) => request.at);
    assert.equal(times.length, 8);
    assert.ok(times.at(-1) - times[0] >= 2000, `${times.length} requests in ${times.at(-1) - times[0]} ms`); // 500 ms between two, the first of which may be seen late
});
