// Many runs: none is lost between daemon and supervisor, none ends twice, and nothing grows.
import test from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { startRunner } from "../lib/runs.mjs";
import { sleep, until } from "../lib/wait.mjs";

const soak = Boolean(process.env.ATHANOR_SOAK);

const waiting = async (site) => (await site.sql("SELECT count(*)::int AS n FROM runs WHERE status IN ('pending', 'running')"))[0].n;

/** Every run has begun once and ended once, by its records. */
async function checkEnds(site) {
    const wrong = await site.sql(
        `SELECT r.id, r.status, count(*) FILTER (WHERE c.key = 'running') AS begins, count(*) FILTER (WHERE c.key <> 'running') AS ends
         FROM runs r LEFT JOIN records c ON c.run_id = r.id AND c.kind = 'status'
         GROUP BY r.id HAVING count(*) FILTER (WHERE c.key <> 'running') <> 1 OR count(*) FILTER (WHERE c.key = 'running') > 1
             OR bool_or(c.key <> 'running' AND c.key <> r.status)`,
    );
    assert.deepEqual(wrong, []);
}

/** What the daemon holds: descriptors, resident MiB, children that are dead and not collected, children. */
function held(pid) {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    const state = (child) => {
        try {
            return readFileSync(`/proc/${child}/stat`, "utf8").replace(/^.*\) /s, "")[0];
        } catch {
            return "gone";
        }
    };
    return {
        fds: readdirSync(`/proc/${pid}/fd`).length,
        mib: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024,
        zombies: children.filter((child) => state(child) === "Z").length,
        children: children.length,
    };
}

test("a queue of many short runs leaves no process, folder, descriptor or memory behind", async (t) => {
    const site = await startRunner(t, { experiments: { quick: "true" }, conf: { jobs: 4 } });
    const daemon = await site.pid("runner");
    const instance = await site.makeInstance("quick");
    const drain = async (count) => {
        await site.sql("SELECT count(create_run($1, 0)) FROM generate_series(1, $2::int)", instance, count);
        await until("all have ended", async () => (await waiting(site)) === 0, Math.max(60, count));
        return until("the spare is there, and nothing else is left", () => {
            const now = held(daemon);
            return now.children === 1 && now.zombies === 0 && readdirSync(join(site.state, "runs")).length === 0 && now;
        });
    };
    const before = await drain(40); // what is remembered for good is there by then
    const count = soak ? 10000 : 80;
    const after = await drain(count);
    t.diagnostic(`${count} runs: ${JSON.stringify(before)} before, ${JSON.stringify(after)} after`);
    await until(`no more than ${before.fds + 1} descriptors`, () => held(daemon).fds <= before.fds + 1);
    assert.ok(after.mib < before.mib + 4, "memory");
    assert.equal((await site.sql("SELECT count(*)::int AS n FROM runs WHERE status <> 'completed'"))[0].n, 0);
    await checkEnds(site);
});

test("a daemon that is killed at any moment strands no run that it had reserved", async (t) => {
    const site = await startRunner(t, { experiments: { quick: "echo hi" }, conf: { jobs: 4 } });
    const instance = await site.makeInstance("quick");
    for (let round = 0; round < (soak ? 50 : 3); round++) {
        const pid = await site.pid("runner");
        await site.sql("SELECT count(create_run($1, 0)) FROM generate_series(1, 12)", instance);
        await sleep(5 * round);
        process.kill(pid, round % 2 ? "SIGTERM" : "SIGKILL");
        await site.waitForRestart("runner", pid);
    }
    await until("all have ended", async () => (await waiting(site)) === 0, 120);
    const rows = await site.sql("SELECT status, count(*)::int AS n, min(error) AS error FROM runs GROUP BY status");
    assert.deepEqual(rows.map((r) => r.status), ["completed"], JSON.stringify(rows));
    assert.equal((await site.sql("SELECT count(*)::int AS n FROM runs WHERE NOT EXISTS (SELECT FROM log_chunks c WHERE c.run_id = runs.id AND c.last_line = 1)"))[0].n, 0);
    await checkEnds(site);
});

test("a cancel that races a natural end leaves exactly one terminal status", async (t) => {
    const site = await startRunner(t, { experiments: { brief: `trap 'exit 0' TERM; read -t 0.0$((RANDOM % 10)) < <(sleep 1); exit 0` }, conf: { jobs: 4 } });
    const instance = await site.makeInstance("brief");
    const count = soak ? 1000 : 40;
    for (let i = 0; i < count; i++) {
        const id = await site.startRun("brief", {}, { instance });
        await until("it has begun", async () => (await site.run(id)).status !== "pending", 60);
        await sleep((i * 7) % 60);
        await site.cancel(id, i % 3 === 0).catch((error) => assert.match(error.message, /already ended/));
    }
    await until("all have ended", async () => (await waiting(site)) === 0, 120);
    await checkEnds(site);
    const rows = await site.sql("SELECT status, reason, count(*)::int AS n FROM runs GROUP BY 1, 2 ORDER BY 1");
    t.diagnostic(JSON.stringify(rows));
    assert.ok(rows.every((r) => ["completed", "cancelled"].includes(r.status)), JSON.stringify(rows));
});
