// Programs that say too much at once, with the database there and without it: taken as the contract says, in little memory.
import test from "node:test";
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { startRunner } from "../lib/runs.mjs";
import { until } from "../lib/wait.mjs";

const soak = Boolean(process.env.ATHANOR_SOAK);
const LINE = soak ? 1 << 30 : 48 << 20;
const NOISE = soak ? 256 << 20 : 4 << 20;
const MESSAGE = 16777000;

const message = `( printf '{"type":"result","key":"huge","value":"'; head -c ${MESSAGE} /dev/zero | tr '\\0' y; printf '"}\\n' ) >&3`;
/** It begins when it is told, so that the database can be taken away before. */
const told = (what) => `while [ ! -e "$ATHANOR_DIR/go" ]; do sleep 0.05; done; ${what}; echo; echo "the end"`;
const floods = {
    line: told(`head -c ${LINE} /dev/zero | tr '\\0' x`),
    noise: told(`head -c ${NOISE} /dev/urandom`),
    nuls: told(`head -c ${NOISE} /dev/zero`),
    surrogates: told(`yes '{"type":"log","message":"\\ud800 \\udc00 \\u0000"}' | head -n ${soak ? 1000000 : 20000} >&3`),
    message: told(`${message}; ${message}`),
};

/** The most memory that the supervisor of a run has had until now, in MiB; 0 when it is gone. */
function peak(pid) {
    try {
        return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
    } catch {
        return 0;
    }
}

const checks = {
    async line(site, run) {
        assert.equal(run.bytes, LINE + 1 + 8);
        const [{ pieces }] = await site.sql("SELECT sum(last_line - first_line + 1)::bigint AS pieces FROM log_chunks WHERE run_id = $1", run.id);
        assert.deepEqual([pieces, run.lines], [LINE / 65536 + 1, LINE / 65536 + 1]);
    },
    async noise(site, run) {
        assert.ok(run.lines > NOISE / 512, `${run.lines} lines`); // of which a \r may have taken the beginning
    },
    async nuls(site, run) {
        assert.equal(run.bytes, 3 * NOISE + 1 + 8, "each NUL is a U+FFFD of three bytes");
    },
    async surrogates(site, run) {
        const rows = await site.sql("SELECT body FROM log_chunks WHERE run_id = $1 ORDER BY first_line LIMIT 1", run.id);
        assert.match(JSON.parse(rows[0].body).lines[0][2], /^\ufffd \ufffd \ufffd$/);
    },
    async message(site, run) {
        const sizes = await site.sql("SELECT length(body) AS size FROM records WHERE run_id = $1 AND key = 'huge'", run.id);
        assert.deepEqual(sizes.map(({ size }) => size > MESSAGE), [true, true]);
    },
};

for (const away of [false, true]) {
    test(`floods ${away ? "while the database is away" : "with the database there"}`, async (t) => {
        const experiments = Object.fromEntries(Object.entries(floods).map(([name, command]) => [name, { command }]));
        const site = await startRunner(t, { experiments, conf: { jobs: 1, spool_mb: 4096 } });
        for (const name of Object.keys(floods)) {
            const id = await site.startRun(name);
            await site.waitForStatus(id, "running");
            const pid = site.supervisor(id);
            await until("the program waits", () => site.processes(id).length > 0);
            let most = peak(pid);
            if (away) await site.stopProgram("postgres");
            writeFileSync(join(site.folder, name, "go"), "");
            const watch = setInterval(() => (most = Math.max(most, peak(pid))), 20);
            try {
                if (away) {
                    await until("the program has ended", () => site.processes(id).length === 0, soak ? 300 : 60);
                    await site.startProgram("postgres");
                }
                const run = await site.waitForEnd(id, soak ? 600 : 90);
                assert.equal(run.status, "completed", run.error);
                await checks[name](site, run);
                const ends = await site.sql(`SELECT first_line FROM log_chunks WHERE run_id = $1 AND body LIKE '%"the end"%'`, id);
                assert.equal(ends.length, 1, "what it said behind the flood");
            } finally {
                clearInterval(watch);
            }
            t.diagnostic(`${name}: the supervisor had at most ${most.toFixed(1)} MiB`);
            assert.ok(most > 0 && most < 64, `${name}: ${most} MiB`);
        }
    });
}
