// kill -9 of each program of a site in the middle of a run: it comes back by itself, the run goes on, and who follows
// the stream misses nothing.
import test, { after } from "node:test";
import assert from "node:assert/strict";

import { followRun } from "../lib/sse.mjs";
import { startStack } from "../lib/stack.mjs";
import { writeExperiment } from "../lib/runs.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { until } from "../lib/wait.mjs";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const dir = tempDir(after);
chmodSync(dir, 0o755);
const folder = join(dir, "experiments");
mkdirSync(folder);
// Numbered lines and a record every hundred, until it is told to end.
writeExperiment(folder, "counter", `
exec 2>/dev/null # bash tells there of a sleep that was ended with it
trap 'stop=1' TERM
i=0
while [ -z "$stop" ] && [ $i -lt 2000000 ]; do
    for j in 1 2 3 4 5 6 7 8 9 10; do i=$((i + 1)); echo "line $i"; done
    [ $((i % 100)) -eq 0 ] && echo "{\\"type\\":\\"result\\",\\"key\\":\\"count\\",\\"value\\":$i}" >&3
    sleep 0.01
done
echo "{\\"type\\":\\"result\\",\\"key\\":\\"count\\",\\"value\\":$i}" >&3
exit 0`);

const site = await startStack(after, { experiments: [folder] });

test("each program is killed in mid-run and nothing is missed", { timeout: 500_000 }, async () => {
    const { json: instance } = await site.post("/api/v1/instances", { experiment: "counter", name: "c", configuration: {} });
    const { json: run } = await site.post(`/api/v1/instances/${instance.id}/runs`, {});
    const following = followRun(site, run.id, { seconds: 480 });
    const lines = async () => (await site.sql("SELECT lines FROM run_heads WHERE run_id = $1", run.id))[0].lines;
    await until("the first lines", async () => (await lines()) > 100, 60);

    for (const name of ["nginx", "pages-quick", "pages-bulk", "pages-upload", "events", "redis", "runner", "postgres", "events", "nginx"]) {
        const pid = await site.kill(name);
        await site.waitForRestart(name, pid);
        const before = await until("the database answers", () => lines().catch(() => 0), 30);
        await until(`the run goes on after ${name}`, async () => (await lines().catch(() => 0)) > before + 50, 30);
        const page = await until("the site answers", () => site.get(`/runs/${run.id}`).then((a) => a.status === 200 && a).catch(() => null), 30);
        assert.match(page.text, /data-status="running"/);
    }
    const { status } = await site.post(`/api/v1/runs/${run.id}/cancel`, {});
    assert.ok([200, 202].includes(status));
    const log = await following;

    assert.equal(log.closed.status, "cancelled");
    const count = log.results().count;
    assert.equal(log.line, count, "as many lines as the program says it wrote");
    assert.deepEqual(log.texts(), Array.from({ length: count }, (_, i) => `line ${i + 1}`));
    assert.deepEqual(log.records.filter((r) => r.kind === "status").map((r) => r.status), ["running", "cancelled"]);
    assert.equal((await site.get(`/api/v1/runs/${run.id}`)).json.lines, count);
    const { text } = await site.get(`/api/v1/runs/${run.id}/log.txt`);
    assert.equal(text, log.texts().map((t) => `${t}\n`).join(""));
});
