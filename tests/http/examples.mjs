// test-slow
// Every example of the API's description, called as the reference page shows it, on a real site with a runner: each answer is one that is
// described, and what is printed as an answer has the members that a real one has.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";
import { promisify } from "node:util";

import { curlOf } from "../../scripts/api-reference.mjs";
import { operations, resolve, document } from "../lib/openapi.mjs";
import { writeExperiment } from "../lib/runs.mjs";
import { startStack } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { until } from "../lib/wait.mjs";

const run = promisify(execFile);
const temp = tempDir(after);
const folder = join(temp, "experiments");
mkdirSync(folder);
const say = (message) => `printf '%s\\n' '${JSON.stringify(message)}' >&3`;
writeExperiment(folder, "demo", [
    "echo hello; echo careful >&2",
    say({ type: "result", key: "accuracy", value: 0.93 }),
    say({ type: "row", table: "leaderboard", values: { model: "a", score: 0.93 } }),
    say({ type: "event", kind: "model.fitted", message: "done", duration_ms: 12.5 }),
    say({ type: "fact", key: "numpy", value: "1.24" }),
    say({ type: "metric", key: "loss", step: 0, value: 2.5 }),
    `while [ ! -e '${join(temp, "go")}' ]; do sleep 0.05; done`, // the others are stored by then, so that the file is the seventh record
    'echo "$ATHANOR_RUN_ID" >model.txt',
    say({ type: "artifact", path: "model.txt", name: "model.txt" }),
    'pause=$(sed -n \'s/.*"pause": *\\([0-9]*\\).*/\\1/p\' "$ATHANOR_CONFIG")',
    'exec sleep "${pause:-0}"',
].join("\n"), {
    title: "Demo", version: "1.0", description: "Prints a few lines.", columns: { accuracy: { better: "high" } },
    configuration: [{ name: "size", type: "integer", default: 64, min: 8, max: 512, step: 8 }, { name: "pause", type: "integer", default: 0, min: 0 }],
});
const site = await startStack(after, { experiments: [folder], conf: { jobs: 3 } });

/** Answers that must be good, for what the examples are about. */
async function made(path, body) {
    const answer = await site.post(path, body);
    assert.ok(answer.status < 300, `${path}: ${answer.status} ${answer.text}`);
    return answer.json;
}
const begin = (table, id) => site.sql(`ALTER TABLE ${table} ALTER COLUMN id RESTART WITH ${id}`);
const ended = (id) => until(`run ${id} ends`, async () => (await site.get(`/api/v1/runs/${id}`)).json.status === "completed", 60);

await until("the experiment is offered", async () => (await site.get("/api/v1/experiments/demo")).json?.available);
await begin("instances", 3);
await begin("runs", 7);
for (const [id, pause] of [[3, 0], [4, 0], [5, 600]]) {
    assert.equal((await made("/api/v1/instances", { experiment: "demo", name: `instance ${id}`, configuration: { pause } })).id, id);
}
for (const [id, instance] of [[7, 3], [8, 5], [9, 3]]) assert.equal((await made(`/api/v1/instances/${instance}/runs`, {})).id, id);
await until("six records of each", async () => (await site.sql("SELECT FROM run_heads WHERE records = 6")).length === 3);
writeFileSync(join(temp, "go"), "");
await Promise.all([ended(7), ended(9)]);
await made("/api/v1/runs/7/promote", { name: "iris" });
await made("/api/v1/runs/9/promote", { name: "iris" });
await made("/api/v1/tokens", { name: "to be revoked" });

/** Runs a line as a person would in bash; its answer as http.mjs gives one. */
async function call(line, limit) {
    const [head, body] = [join(temp, "head"), join(temp, "body")];
    const shim = `curl() { command curl -sS -D '${head}' -o '${body}' "$@"; }\n`;
    const env = { PATH: process.env.PATH, ATHANOR: site.url, TOKEN: site.token };
    // A stream that goes on is left after a while, which is no fault.
    await run("bash", ["-c", `${shim}${limit ? line.replace(/^curl/, `curl --max-time ${limit}`) : line}`], { env, cwd: temp }).catch((error) => {
        if (!limit || error.code !== 28) throw error;
    });
    const [first, ...lines] = readFileSync(head, "utf8").trim().split(/\r?\n/);
    const headers = new Headers(lines.filter(Boolean).map((one) => /** @type {[string, string]} */ (one.split(/: (.*)/s).slice(0, 2))));
    const status = Number(first.split(" ")[1]);
    const text = status === 204 ? "" : readFileSync(body, "utf8");
    return { status, headers, text, json: /[/+]json\b/.test(headers.get("content-type") ?? "") ? JSON.parse(text) : null };
}

/** The members of a value, of lists those of their first item. */
function membersOf(value) {
    if (Array.isArray(value)) return value.length && typeof value[0] === "object" ? [membersOf(value[0])] : [];
    if (typeof value !== "object" || value === null) return null;
    return Object.fromEntries(Object.entries(value).sort().map(([key, inner]) => [key, key === "configuration" ? null : Array.isArray(inner) ? membersOf(inner) : null]));
}

const order = ["put", "get", "patch", "post", "delete"];
const sorted = [...operations].sort((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
for (const one of sorted) {
    test(`${one.name}: ${one.operation.summary}`, async () => {
        for (const each of one.parameters.filter((p) => p.in === "path")) assert.notEqual(each.example, undefined, `${each.name} has no example`);
        const answer = await call(curlOf(one), one.path === "/events" ? 10 : 0);
        assert.ok(answer.status < 300, `${curlOf(one)}\n${answer.status} ${answer.text}`);
        assert.equal(one.faultOf(answer), "", curlOf(one));
        const media = resolve(document, one.operation.responses[answer.status]).content?.["application/json"];
        if (media?.example) assert.deepEqual(membersOf(media.example), membersOf(answer.json), "the printed answer has other members than a real one");
    });
}
