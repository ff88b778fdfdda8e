// The whole life of a run as one conversation of an agent, by the official client of each era of the protocol.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { connectAgent, lacking } from "../lib/mcp.mjs";
import { startRunner } from "../lib/runs.mjs";
import { goOn, putStudy } from "../lib/study.mjs";
import { until } from "../lib/wait.mjs";

const site = await startRunner(after, { without: [] });
putStudy(site, 8);
await until("the experiment is there", async () => (await site.get("/api/v1/experiments")).json.items.length === 1);
const table = `n,half\n${Array.from({ length: 40 }, (_, i) => `${i},${0.5 + (i % 2)}`).join("\n")}\n`;

/** What an agent does when it is told: fault by fault, it mends what the refusal names. */
for (const era of /** @type {const} */ (["before", "current"])) {
    test(`upload, validate, create, start, wait through three faults, read, promote, delete (${era})`, { skip: lacking(era) }, async (t) => {
        const { json: token } = await site.post("/api/v1/tokens", { name: era, scope: "run", budget: { runs: 1, minutes: 5 } });
        const agent = await connectAgent(t, site, { era, token: token.token });
        const experiment = (await agent.ask("list_experiments")).items[0].name;
        const name = `${era}.csv`;

        assert.match(await agent.refusal("create_instance", { experiment, name: "life" }), /configuration.data: is required\nNext: call get_schema/);
        assert.ok((await agent.ask("get_schema", { experiment })).properties.data);
        assert.equal((await agent.ask("upload_data_source", { name, content: table })).rows, 40);
        const configuration = { data: name, pause_ms: 100 };
        assert.equal((await agent.ask("validate_configuration", { experiment, configuration })).valid, true);
        const instance = await agent.ask("create_instance", { experiment, name: `life ${era}`, configuration });
        assert.equal((await agent.ask("start_run", { instance_id: instance.id, dry_run: true })).dry_run, true);
        const { id } = await agent.ask("start_run", { instance_id: instance.id, idempotency_key: era });
        assert.match(await agent.refusal("start_run", { instance_id: instance.id }), /budget.*\nNext: /s);

        /* A conversation over plain requests: what is cut is asked again. */
        const patient = (what, args) => until(`${what} is answered`, () => agent.ask(what, args).catch((error) => (assert.ok(!(error instanceof assert.AssertionError), error), null)), 60);
        const seen = [];
        let next = {};
        const read = async () => {
            const page = await patient("read_logs", { run_id: id, ...next });
            seen.push(...page.lines.map((one) => one.text));
            if (page.lines.length) next = { after: page.lines.at(-1).line };
        };
        let part = 0;
        const grow = async () => {
            const before = seen.length;
            goOn(site, id, ++part);
            await until("the log grows", async () => (await read(), seen.length > before), 60);
        };
        await grow();
        await site.kill("events", "SIGKILL");
        await grow();
        await site.kill("pages-quick", "SIGKILL");
        await grow();
        await site.kill("nginx", "SIGHUP");
        await grow();
        goOn(site, id, part + 1);
        let run = await patient("wait_for_run", { run_id: id, timeout_s: 10 });
        while (["pending", "running"].includes(run.status)) run = await patient("wait_for_run", { run_id: id, timeout_s: 10 });
        assert.equal(run.status, "completed", run.error);
        await read();
        assert.deepEqual(seen, table.trim().split("\n").slice(1).map((row, i) => `row ${i + 1}: ${row}`), "every line once");

        const { items: results } = await agent.ask("list_results", { run_id: id });
        assert.equal(results.find((one) => one.key === "rows").value, 40);
        const { items: [file] } = await agent.ask("list_artifacts", { run_id: id });
        assert.equal((await agent.ask("read_artifact", { run_id: id, artifact: file.n })).data, "column,mean\nn,19.5\nhalf,1\n");
        const version = await agent.ask("promote_run", { run_id: id, name: "life", artifact: file.name, tags: ["nightly"] });
        assert.match((await agent.ask("delete_run", { run_id: id, dry_run: true })).what, /40 lines of log/);
        assert.equal((await agent.ask("delete_run", { run_id: id })).deleted, true);
        assert.match(await agent.refusal("get_run", { run_id: id }), /there is no run/);
        assert.equal((await agent.ask("list_versions", { name: "life" })).items.find((one) => one.version === version.version).run.exists, false);
        assert.equal((await agent.ask("delete_instance", { instance_id: instance.id })).deleted, true);
        assert.equal((await agent.ask("get_token")).token.budget.runs_started, 1);
    });
}
