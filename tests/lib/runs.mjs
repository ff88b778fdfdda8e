// Runs of experiments that a test writes itself: makes them, waits for them, reads what they said from the database.

import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { allProcesses } from "./proc.mjs";
import { root, startStack } from "./stack.mjs";
import { tempDir } from "./tmp.mjs";
import { until } from "./wait.mjs";

/** What a test of runs needs of a site. */
export const runnerOnly = ["nginx", "pages-quick", "pages-bulk", "pages-upload", "events"];

/**
 * Writes an experiment into `folder`.
 * @param {string} folder of experiments
 * @param {string} name
 * @param {string | string[] | null} command a shell script, or a command; null: leave it out
 * @param {object} [more] further members of the manifest
 */
export function writeExperiment(folder, name, command, more = {}) {
    const dir = join(folder, name);
    mkdirSync(dir, { recursive: true });
    const manifest = { name, ...more };
    if (typeof command === "string") {
        writeFileSync(join(dir, "main.sh"), `#!/bin/bash\n${command}\n`);
        chmodSync(join(dir, "main.sh"), 0o755);
        manifest.command = ["main.sh"];
    } else if (command) {
        manifest.command = command;
    }
    writeFileSync(join(dir, "experiment.json"), JSON.stringify(manifest));
    return dir;
}

/** A site that only runs things, its experiments in a folder that the test may change. */
export async function startRunner(t, { experiments = {}, ...options } = {}) {
    const folder = join(tempDir(t), "experiments");
    mkdirSync(folder);
    for (const [name, x] of Object.entries(experiments)) {
        if (typeof x === "string" || Array.isArray(x)) writeExperiment(folder, name, x);
        else writeExperiment(folder, name, x.command, Object.fromEntries(Object.entries(x).filter(([k]) => k !== "command")));
    }
    const site = await startStack(t, { without: runnerOnly, experiments: [folder], ...options });
    return Object.assign(site, {
        folder,

        /** Makes an instance and a run of it; resolves to the run's id. */
        async startRun(experiment, configuration = {}, { priority = 0, instance } = {}) {
            instance ??= await this.makeInstance(experiment, configuration);
            const [{ id }] = await site.sql("SELECT create_run($1, $2) AS id", instance, priority);
            return id;
        },

        async makeInstance(experiment, configuration = {}) {
            const [{ id }] = await site.sql(
                "INSERT INTO instances (experiment, name, configuration) VALUES ($1, $1, $2) RETURNING id",
                experiment,
                JSON.stringify(configuration),
            );
            return id;
        },

        /** The run's row, with its head. */
        async run(id) {
            const [row] = await site.sql(
                "SELECT r.*, h.lines, h.records, h.bytes, h.epoch, h.debugs, h.infos, h.warns, h.errors FROM runs r JOIN run_heads h ON h.run_id = r.id WHERE id = $1",
                id,
            );
            return row;
        },

        waitForStatus(id, status, seconds = 30) {
            return until(`run ${id} is ${status}`, async () => (await this.run(id)).status === status, seconds);
        },

        /** Waits until it has ended; its row. */
        waitForEnd(id, seconds = 60) {
            return until(
                `run ${id} ends`,
                async () => {
                    const row = await this.run(id);
                    return ["completed", "failed", "cancelled"].includes(row.status) ? row : null;
                },
                seconds,
            );
        },

        /** Starts a run and waits for its end. */
        async complete(experiment, configuration, seconds) {
            const id = await this.startRun(experiment, configuration);
            return this.waitForEnd(id, seconds);
        },

        /** All lines as [ms, level, text, source, metadata, flags]; checks that chunks are dense and count right. */
        async lines(id) {
            const chunks = await site.sql(
                "SELECT first_line, last_line, first_byte, last_byte, debugs + infos + warns + errors AS count, body FROM log_chunks WHERE run_id = $1 ORDER BY first_line",
                id,
            );
            const lines = [];
            let bytes = 0;
            for (const c of chunks) {
                const { first, lines: more } = JSON.parse(c.body);
                if (first !== lines.length + 1 || first !== c.first_line || c.last_line !== first + more.length - 1) {
                    throw new Error(`chunk ${c.first_line}..${c.last_line} of run ${id} does not follow line ${lines.length}`);
                }
                if (c.count !== more.length) throw new Error(`chunk ${c.first_line} counts ${c.count}, holds ${more.length}`);
                if (c.first_byte !== bytes) throw new Error(`chunk ${c.first_line} begins at byte ${c.first_byte}, not ${bytes}`);
                for (const [, , text, , , flags] of more) bytes += Buffer.byteLength(text) + (flags & 1 ? 0 : 1);
                if (c.last_byte !== bytes) throw new Error(`chunk ${c.first_line} ends at byte ${c.last_byte}, not ${bytes}`);
                lines.push(...more);
            }
            return lines;
        },

        /** The texts alone, pieces joined. */
        async texts(id) {
            const texts = [];
            let open = false;
            for (const [, , text, , , flags] of await this.lines(id)) {
                if (open) texts[texts.length - 1] += text;
                else texts.push(text);
                open = Boolean(flags & 1);
            }
            return texts;
        },

        /** All records, parsed; checks that they are dense and in order. */
        async records(id) {
            const rows = await site.sql("SELECT n, line, kind, key, body, brief FROM records WHERE run_id = $1 ORDER BY n", id);
            let line = 0;
            return rows.map((row, i) => {
                const record = JSON.parse(row.body);
                if (row.n !== i + 1 || record.n !== row.n) throw new Error(`record ${row.n} of run ${id} stands at ${i + 1}`);
                if (record.line !== row.line || record.kind !== row.kind || row.line < line) {
                    throw new Error(`record ${row.n} of run ${id} does not fit its row`);
                }
                line = row.line;
                return row.brief === null ? record : { ...record, brief: JSON.parse(row.brief) };
            });
        },

        async cancel(id, force = false) {
            await site.sql("SELECT request_cancel($1, $2) AS was", id, force);
        },

        /** Starts another athanor-runner with the site's settings, as the site's user (`by` a command that it is appended to); resolves when it ends. */
        runner(args, env = {}, by = []) {
            const { uid, gid } = statSync(join(site.state, "athanor.ini"));
            const [file, ...words] = [...by, join(root, "build/bin/athanor-runner"), "--config", join(site.state, "athanor.ini"), ...args];
            const child = spawn(file, words, {
                ...(process.getuid() === 0 ? { uid, gid } : {}),
                env: { PATH: process.env.PATH, HOME: site.state, ATHANOR_EXPERIMENTS: folder, ...env },
                stdio: ["ignore", "pipe", "pipe"],
            });
            let output = "";
            for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (data) => (output += data));
            const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, output })));
            return { child, ended };
        },

        /** The process id of a run's supervisor. */
        supervisor(id) {
            const text = readFileSync(join(site.state, "runs", String(id), "lock"), "utf8");
            return Number(/^pid (\d+)$/m.exec(text)[1]);
        },

        /** The processes that a run has started and that are alive. */
        processes(id) {
            return processesWith(`ATHANOR_RUN_ID=${id}`, site.state);
        },

        /** How much a run's spool holds, what is stored already included. */
        spoolBytes(id) {
            const folder = join(site.state, "runs", String(id), "spool");
            return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
        },

        /** Waits until a run has said far more than the database, which is away, can know. */
        async untilSpooled(id, bytes = 4_000_000) {
            const before = this.spoolBytes(id);
            await until("the spool grows", () => this.spoolBytes(id) > before + bytes, 60);
        },

        /** What was kept of a run that nobody could store any more: paths of folders, null when there is none. */
        orphaned(id) {
            const folder = join(site.state, "orphaned");
            const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(`${id}-`)) : [];
            return names.length ? names.map((name) => join(folder, name)) : null;
        },
    });
}

/** Pids of living processes whose command line holds this text. */
export function processesNamed(text) {
    return allProcesses().map(({ pid }) => pid).filter((pid) => {
        try {
            return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text);
        } catch {
            return false; // it has ended meanwhile
        }
    });
}

/** Pids of living processes whose environment has this item, and whose run belongs to the site of `state`. */
export function processesWith(item, state) {
    const pids = [];
    for (const name of readdirSync("/proc")) {
        if (!/^\d+$/.test(name)) continue;
        try {
            const items = readFileSync(`/proc/${name}/environ`, "utf8").split("\0");
            if (!items.includes(item) || !items.some((x) => x.startsWith(`ATHANOR_CONFIG=${state}/`))) continue;
            if (!/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${name}/stat`, "utf8"))) pids.push(Number(name));
        } catch {
            // it has ended meanwhile, or is not ours to look at
        }
    }
    return pids;
}
