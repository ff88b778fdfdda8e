// The snapshot of a run holds all that made it, and Run again makes the same with it.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

import { startStack } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { until } from "../lib/wait.mjs";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const checkout = tempDir(after);
const folder = join(checkout, "experiments", "shuffle");
mkdirSync(join(checkout, ".git", "refs", "heads"), { recursive: true });
mkdirSync(folder, { recursive: true });
chmodSync(checkout, 0o755);
writeFileSync(join(checkout, ".git", "HEAD"), "ref: refs/heads/main\n");
writeFileSync(join(checkout, ".git", "refs", "heads", "main"), `${COMMIT}\n`);

/** A leaderboard that hangs on the seed, with times that do not. */
function write(version, more = {}) {
    writeFileSync(join(folder, "main.py"), `#!/usr/bin/env python3
import json, os, random, time
config = json.load(open(os.environ["ATHANOR_CONFIG"]))
say = os.fdopen(3, "w")
def message(**m): say.write(json.dumps(m) + "\\n")
random.seed(config["seed"])
message(type="fact", key="python", value="3")
message(type="fact", key="depth", value=config["tree"]["depth"])
for model in random.sample(["a", "b", "c", "d", "e", "f"], 6):
    message(type="row", table="leaderboard", values={"model": model, "score": random.random() * config["tree"]["depth"], "time": time.time()})
`);
    chmodSync(join(folder, "main.py"), 0o755);
    writeFileSync(join(folder, "experiment.json"), JSON.stringify({
        name: "shuffle", version, command: ["main.py", "--quick"], environment: ["OMP_NUM_THREADS"], seed: "seed", limits: { memory_mb: 512 }, timeout_s: 60, grace_s: 3,
        configuration: [
            { name: "seed", type: "integer", default: 7 }, { name: "note", type: "string", default: more.note ?? "plain" },
            { name: "tree", type: "group", label: "Tree", fields: [{ name: "depth", type: "integer", default: 3 }] }, ...(more.fields ?? []),
        ],
    }));
}
write("1.0");
const site = await startStack(after, { without: ["events"], experiments: [join(checkout, "experiments")] });
const offered = (version) => until(`version ${version} is offered`, async () => (await site.get("/api/v1/experiments/shuffle")).json?.version === version, 60);
const ended = (id) => until("it has completed", async () => {
    const { json } = await site.get(`/api/v1/runs/${id}`);
    assert.ok(!["failed", "cancelled"].includes(json.status), json.error);
    return json.status === "completed" && json;
}, 30);
const snapshotOf = async (id) => (await site.get(`/api/v1/runs/${id}/snapshot`)).json;
const board = async (id) => (await site.get(`/api/v1/runs/${id}/tables/leaderboard`)).json.items.map(({ values: { time, ...rest } }) => rest);
const note = async (id) => (await site.get(`/runs/${id}?tab=configuration`, { headers: { accept: "application/json" } })).json.configuration.again;

await offered("1.0");
const { id: instance } = (await site.post("/api/v1/instances", { experiment: "shuffle", name: "first", configuration: { seed: 11 } })).json;
const first = (await site.post(`/api/v1/instances/${instance}/runs`)).json.id;
await ended(first);

test("everything that made the run, defaults filled in", async () => {
    const whole = await snapshotOf(first);
    const { host, facts, snapshot, configuration, now } = whole;
    assert.deepEqual(configuration, { seed: 11, note: "plain", tree: { depth: 3 } });
    assert.deepEqual(facts, { python: "3", depth: 3 });
    assert.equal(host, hostname());
    const { content_hash, runner, ...rest } = snapshot;
    assert.match(content_hash, /^[0-9a-f]{64}$/);
    assert.equal(runner, (await site.sql("SELECT id FROM runners"))[0].id);
    assert.deepEqual(rest, { experiment: "shuffle", host: hostname(), version: "1.0", git_commit: COMMIT, seed: 11, folder, command: ["main.py", "--quick"],
        environment: ["OMP_NUM_THREADS"], limits: { memory_mb: 512 }, timeout_s: 60, grace_s: 3 });
    assert.deepEqual(now, { version: "1.0", content_hash, same: true, replaced_data: [] });

    const page = (await site.get(`/runs/${first}?tab=configuration`)).text;
    for (const words of [COMMIT, content_hash, "OMP_NUM_THREADS", "main.py", hostname(), "tree.depth", `href="/api/v1/runs/${first}/snapshot" download`]) assert.ok(page.includes(words), words);
});

test("Run again takes the snapshot's configuration, whatever the instance says now, and repeats the leaderboard but for the times", async () => {
    await site.put(`/api/v1/instances/${instance}`, { configuration: { seed: 99, tree: { depth: 9 } } });
    assert.equal((await note(first)).changed, false);
    const { json, status } = await site.post(`/api/v1/runs/${first}/again`);
    assert.equal(status, 201);
    await ended(json.id);
    assert.deepEqual(json.configuration, { seed: 11, note: "plain", tree: { depth: 3 } });
    assert.equal((await board(json.id)).length, 6);
    assert.deepEqual(await board(json.id), await board(first));
    const diff = (await site.get(`/api/v1/runs/${first}/diff?with=${json.id}`)).json;
    assert.deepEqual([diff.same, diff.differences], [true, []]);
    const other = (await site.post(`/api/v1/instances/${instance}/runs`)).json.id;
    await ended(other);
    assert.notDeepEqual(await board(other), await board(first), "another seed is another leaderboard");
    assert.deepEqual((await site.get(`/api/v1/runs/${first}/diff?with=${other}`)).json.differences.map((d) => [d.section, d.path, d.a, d.b]),
        [["configuration", "seed", 11, 99], ["configuration", "tree.depth", 3, 9], ["facts", "depth", 3, 9]]);
});

test("what the run lacked when it was started is in the snapshot; when the experiment has changed since, that is said", async () => {
    // A run whose configuration was stored before the experiment had the field.
    const [{ old }] = await site.sql("INSERT INTO instances (experiment, name, configuration) VALUES ('shuffle', 'old', '{\"seed\": 5}') RETURNING id AS old");
    const [{ run }] = await site.sql("SELECT create_run($1::bigint, 0) AS run", old);
    await ended(run);
    assert.deepEqual((await snapshotOf(run)).configuration, { seed: 5, note: "plain", tree: { depth: 3 } });
    assert.deepEqual((await site.get(`/api/v1/runs/${run}`)).json.configuration, { seed: 5 });

    write("2.0", { note: "fancy", fields: [{ name: "extra", type: "boolean", default: true }] });
    await offered("2.0");
    const { now, snapshot } = await snapshotOf(run);
    assert.deepEqual([now.version, now.same, snapshot.version], ["2.0", false, "1.0"]);
    assert.deepEqual([(await note(run)).changed, (await note(run)).version], [true, "2.0"]);
    assert.match((await site.get(`/runs/${run}?tab=configuration`)).text, /by the experiment as it is now: it has changed to version 2.0 since/);
    const again = (await site.post(`/api/v1/runs/${run}/again`)).json;
    await ended(again.id);
    assert.deepEqual((await snapshotOf(again.id)).configuration, { seed: 5, note: "plain", tree: { depth: 3 }, extra: true }, "the default of then, not of now");
    const { differences } = (await site.get(`/api/v1/runs/${run}/diff?with=${again.id}`)).json;
    assert.deepEqual(differences.map((d) => [d.section, d.path]), [["configuration", "extra"], ["experiment", "version"], ["experiment", "content_hash"]]);
});
