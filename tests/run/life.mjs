// The whole life of a run as one shell script and as one Python script, through three faults: docs/examples/.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { makeCommand, program } from "../lib/client.mjs";
import { startProxy } from "../lib/proxy.mjs";
import { startRunner } from "../lib/runs.mjs";
import { root } from "../lib/stack.mjs";
import { goOn, putStudy } from "../lib/study.mjs";
import { until, within } from "../lib/wait.mjs";

const examples = join(root, "docs/examples");
const site = await startRunner(after, { without: [] });
putStudy(site, 160);
const proxy = await startProxy(after, site);
await until("the experiment is there", async () => (await site.get("/api/v1/experiments")).json.items.length === 1);

const rows = Array.from({ length: 800 }, (_, i) => [i, (i * 7) % 11, 0.5 + (i % 2)]);
const table = `n,rest,half\n${rows.map((row) => row.join(",")).join("\n")}\n`;

/** A script that has begun, and the log that it keeps. */
async function begin(name, command) {
    const client = makeCommand(after, site, {
        ATHANOR_URL: proxy.site.url, PATH: `${dirname(program)}:${process.env.PATH}`, PYTHONPATH: join(root, "sdk/python"), PYTHONDONTWRITEBYTECODE: "1",
    });
    writeFileSync(join(client.home, `${name}.csv`), table);
    const { ended } = client.start(["study", `${name}.csv`], { command });
    const log = await until("it keeps a log", () => readdirSync(client.home).find((file) => /^run-\d+\.log$/.test(file)), 30);
    return { name, ended, home: client.home, log: join(client.home, log), run: Number(/\d+/.exec(log)?.[0]) };
}

test("a shell script and a Python script upload, start, follow through three faults, fetch, promote and delete", async () => {
    const lives = await Promise.all([begin("sh", ["sh", join(examples, "life.sh")]), begin("py", ["python3", join(examples, "life.py")])]);
    let part = 0;
    const grow = (what) => {
        const before = lives.map(({ log }) => statSync(log).size);
        part++;
        for (const { run } of lives) goOn(site, run, part);
        return until(`the logs grow ${what}`, () => lives.every(({ log }, i) => statSync(log).size > before[i]), 60);
    };
    await grow("at first");
    await site.waitForRestart("events", await site.kill("events"));
    await grow("after the relay was killed");
    await site.kill("nginx", "SIGHUP");
    await grow("after nginx was reloaded");
    proxy.halve();
    await grow("after a cut within a frame");
    for (const { run } of lives) goOn(site, run, part + 1);

    const means = rows[0].map((_, c) => Number((rows.reduce((sum, row) => sum + row[c], 0) / rows.length).toPrecision(6)));
    const expected = `column,mean\nn,${means[0]}\nrest,${means[1]}\nhalf,${means[2]}\n`;
    const lines = rows.map((row, k) => `row ${k + 1}: ${row.join(",")}\n`).join("");
    for (const { name, ended, home, log, run } of lives) {
        const { code, out, err } = await within(ended, 120, `${name} ends`);
        assert.equal(code, 0, err);
        assert.equal(readFileSync(log, "utf8"), lines, "every line once");
        assert.equal(readFileSync(join(home, "means.csv"), "utf8"), expected);
        const version = /^rows\t800\nlife\/([12])\n$/.exec(out)?.[1];
        assert.ok(version, out);

        assert.equal((await site.get(`/api/v1/runs/${run}`)).status, 404, "the run is deleted");
        const { json: kept } = await site.get(`/api/v1/pipelines/life/versions/${version}`);
        assert.deepEqual([kept.run.id, kept.run.exists, kept.artifact.name, kept.tags], [run, false, "means.csv", ["nightly"]]);
        assert.equal((await site.get(kept.artifact.href)).text, expected, "its version stays");
        const { json: source } = await site.get(`/api/v1/data-sources/${name}.csv`);
        assert.deepEqual([source.rows, source.columns.map((column) => column.name)], [800, ["n", "rest", "half"]]);
    }
});
