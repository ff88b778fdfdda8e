// How a run ends: the first thing that decides, with its evidence and one sentence.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { startRunner, writeExperiment } from "../lib/runs.mjs";
import { sleep, until } from "../lib/wait.mjs";

const stubborn = `trap '' TERM
( setsid bash -c 'trap "" TERM; ( trap "" TERM; while :; do sleep 0.2; done ) & while :; do sleep 0.2; done' & )
echo ready; while :; do sleep 0.2; done`;

const site = await startRunner(after, {
    experiments: {
        exit3: `echo bye; exit 3`,
        segv: `kill -SEGV $$`,
        says_complete: `echo '{"type":"complete"}' >&3; exit 7`,
        says_fail: `echo '{"type":"fail","error":"no data"}' >&3; exit 0`,
        fail_then_hang: { command: `echo '{"type":"fail","error":"stuck"}' >&3; sleep 100`, grace_s: 1 },
        timeout: { command: `trap 'echo terminated; exit 0' TERM; echo go; while :; do sleep 0.1; done`, timeout_s: 3, grace_s: 10 },
        memory: { command: `x=$(head -c 150000000 /dev/zero | tr '\\0' x); sleep 20`, limits: { memory_mb: 64 } },
        cpu: { command: `while :; do :; done`, limits: { cpu_s: 1 }, grace_s: 10 },
        polite: { command: `trap 'echo saving; exit 0' TERM; echo ready; while :; do sleep 0.1; done`, grace_s: 20 },
        stubborn: { command: stubborn, grace_s: 1 },
        patient: { command: stubborn, grace_s: 100 },
        missing: { command: ["no-such-program"] },
        plain_file: { command: ["experiment.json"] },
        interpreter: { command: ["gone.sh"] },
        garbage: { command: ["garbage"] },
        nowhere: { command: ["/nowhere/at/all"] },
        typed: { command: `cat "$ATHANOR_CONFIG"`, configuration: [
            { name: "size", type: "integer", min: 8, default: 16 },
            { name: "api", type: "group", fields: [{ name: "key", type: "string", required: true }] }] },
    },
});

const cases = [
    ["exit3", "failed", "exit", 3, null, /exit code 3/],
    ["segv", "failed", "signal", null, 11, /signal 11 \(SIGSEGV\)/],
    ["says_complete", "completed", null, 7, null, null],
    ["says_fail", "failed", "reported", 0, null, /^no data$/],
    ["fail_then_hang", "failed", "reported", null, 9, /^stuck$/],
    ["timeout", "failed", "timeout", 0, null, /longer than its limit of 3 s/],
    ["memory", "failed", "memory", null, 9, /its limit is 64 MiB/],
    ["cpu", "failed", "timeout", null, 15, /processor time/],
    ["missing", "failed", "start", null, null, /"no-such-program": it is neither in the folder nor in PATH/],
    ["plain_file", "failed", "start", null, null, /not executable/],
];
for (const [name, status, reason, exitCode, signal, error] of cases) {
    test(`${name} ends as ${status}${reason ? ` (${reason})` : ""}`, async () => {
        const run = await site.complete(name, {}, 60);
        assert.deepEqual([run.status, run.reason, run.exit_code, run.signal], [status, reason, exitCode, signal]);
        if (error) assert.match(run.error, error);
        else assert.equal(run.error, null);
        const last = (await site.records(run.id)).at(-1);
        assert.deepEqual([last.kind, last.status, last.reason, last.error], ["status", status, reason, run.error]);
        await until("its folder is gone", () => !existsSync(join(site.state, "runs", String(run.id))));
        assert.deepEqual(site.processes(run.id), []);
    });
}

test("a configuration that does not fit is named, a default is filled in", async () => {
    const bad = await site.complete("typed", { size: 4, api: { key: "k" } });
    assert.deepEqual([bad.status, bad.reason], ["failed", "start"]);
    assert.match(bad.error, /size must be at least 8/);
    const missing = await site.complete("typed", { size: 9, api: {} });
    assert.match(missing.error, /api\.key is required/);
    const unknown = await site.complete("typed", { size: 9, api: { key: "k", more: 1 } });
    assert.match(unknown.error, /api\.more there is no such field/);
    const filled = await site.complete("typed", { api: { key: "k" } });
    assert.equal(filled.status, "completed", filled.error);
    assert.deepEqual(JSON.parse((await site.texts(filled.id))[0]), { api: { key: "k" }, size: 16 });
});

test("a cancel lets the program save and leave", async () => {
    const id = await site.startRun("polite");
    await until("it says so", async () => (await site.texts(id)).includes("ready"));
    await site.cancel(id);
    const run = await site.waitForEnd(id, 19);
    assert.deepEqual([run.status, run.reason, run.exit_code], ["cancelled", "cancelled", 0]);
    const texts = await site.texts(id);
    assert.deepEqual(texts.filter((text) => text !== "Terminated"), ["ready", "saving"]); // bash tells of its sleep
});

test("a tree that ignores SIGTERM is dead within its grace and a second", async () => {
    const id = await site.startRun("stubborn");
    await until("it says so", async () => (await site.texts(id)).includes("ready"));
    await until("it is a tree", () => site.processes(id).length >= 3);
    await site.cancel(id);
    const run = await site.waitForEnd(id, 6);
    assert.equal(run.status, "cancelled");
    assert.equal(run.signal, 9);
    assert.deepEqual(site.processes(id), []);
    const killed = (await site.records(id)).find((r) => r.event === "athanor.killed");
    assert.ok(killed.payload.processes >= 3 && killed.payload.left === 0, JSON.stringify(killed));
    assert.ok(["cgroup.kill", "subreaper"].includes(killed.payload.means) && killed.payload.ms < 3000, JSON.stringify(killed));
});

test("a forced cancel skips the grace, also when it comes second", async () => {
    for (const first of [true, false]) {
        const id = await site.startRun("patient");
        await until("it says so", async () => (await site.texts(id)).includes("ready"));
        if (!first) {
            await site.cancel(id);
            await sleep(300);
            assert.equal((await site.run(id)).status, "running");
        }
        await site.cancel(id, true);
        assert.equal((await site.waitForEnd(id, 30)).status, "cancelled");
        assert.deepEqual(site.processes(id), []);
    }
});

test("what could not be started is named, and why", async () => {
    for (const [name, file, text] of [["interpreter", "gone.sh", "#!/no/such/shell\n"], ["garbage", "garbage", "echo no first line\n"]]) {
        writeFileSync(join(site.folder, name, file), text);
        chmodSync(join(site.folder, name, file), 0o755);
    }
    for (const [name, words] of [
        ["interpreter", /^cannot start "gone\.sh": the interpreter that it names is not there$/],
        ["garbage", /^cannot start "garbage": it is no program for this machine, or a script without a #! line$/],
        ["nowhere", /^cannot start "\/nowhere\/at\/all": it is neither in the folder nor in PATH$/],
    ]) {
        const run = await site.complete(name);
        assert.deepEqual([run.status, run.reason, run.exit_code, run.signal], ["failed", "start", null, null]);
        assert.match(run.error, words);
    }
});

test("a run of an experiment that has gone waits, and can be cancelled", async () => {
    writeExperiment(site.folder, "brief", "true");
    const [{ n }] = await until("it is offered", async () => {
        const rows = await site.sql("SELECT count(*)::int AS n FROM offers WHERE experiment = 'brief' AND error IS NULL");
        return rows[0].n ? rows : null;
    });
    assert.equal(n, 1);
    rmSync(join(site.folder, "brief"), { recursive: true });
    await until("it is withdrawn", async () => (await site.sql("SELECT FROM offers WHERE experiment = 'brief'")).length === 0);
    const id = await site.startRun("brief");
    await sleep(1500);
    assert.equal((await site.run(id)).status, "pending");
    await site.cancel(id);
    assert.equal((await site.run(id)).status, "cancelled");
});
