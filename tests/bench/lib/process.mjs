// Programs that a measurement starts, and what the kernel says of a process.

import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";

/**
 * Runs a program to its end. A failure is an error that quotes what it said.
 * @param {string} program
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions & {input?: string}} [options]
 * @returns {Promise<string>} its standard output
 */
export function run(program, args, { input, ...options } = {}) {
    return new Promise((resolve, reject) => {
        const child = spawn(program, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
        let out = "";
        let said = "";
        child.stdout.setEncoding("utf8").on("data", (data) => (out += data));
        child.stderr.setEncoding("utf8").on("data", (data) => (said = (said + data).slice(-4000)));
        child.on("error", reject);
        child.on("close", (code, signal) =>
            code === 0 ? resolve(out) : reject(new Error(`${program} ended with ${code ?? signal}: ${said}${out.slice(-500)}`)),
        );
        child.stdin.on("error", () => {});
        child.stdin.end(input ?? "");
    });
}

/** The JSON object that a program of build/bench prints. */
export const measure = async (program, args, options) => JSON.parse(await run(program, args, options));

/**
 * A program that answers each line on its stdin with a JSON line.
 * @param {string} program
 * @param {string[]} args
 */
export function converse(program, args) {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    const waiting = [];
    const lines = [];
    let said = "";
    let over = null;
    const give = () => {
        while (waiting.length && (lines.length || over)) {
            const { resolve, reject } = waiting.shift();
            if (lines.length) resolve(JSON.parse(lines.shift()));
            else reject(over);
        }
    };
    createInterface({ input: child.stdout }).on("line", (line) => {
        lines.push(line);
        give();
    });
    child.stderr.setEncoding("utf8").on("data", (data) => (said = (said + data).slice(-4000)));
    child.stdin.on("error", () => {});
    const ended = new Promise((resolve) => child.on("close", resolve));
    ended.then((code) => {
        over = new Error(`${program} ended with ${code}: ${said}`);
        give();
    });
    return {
        pid: child.pid,
        next: () => new Promise((resolve, reject) => (waiting.push({ resolve, reject }), give())),
        ask(line) {
            child.stdin.write(`${line}\n`);
            return this.next();
        },
        /** Ends it in good order, or with a signal when it does not listen. */
        async quit() {
            child.stdin.end("quit\n");
            const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
            await ended;
            clearTimeout(timer);
        },
    };
}

const read = (pid, name) => readFileSync(`/proc/${pid}/${name}`, "utf8");

/** Seconds that a process has spent on a processor; 0 when it has gone. */
export function cpuSeconds(pid) {
    try {
        return readdirSync(`/proc/${pid}/task`).reduce(
            (sum, task) => sum + Number(read(pid, `task/${task}/schedstat`).split(" ")[0]) / 1e9,
            0,
        );
    } catch {
        return 0;
    }
}

/** The same, with the processes that it has waited for. */
export function cpuSecondsWithChildren(pid) {
    const fields = read(pid, "stat").replace(/^.*\) /, "").split(" ");
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

/** Bytes of a line of /proc/PID/status or smaps_rollup, such as VmHWM or Pss. */
export function memory(pid, file, ...names) {
    const text = read(pid, file);
    return names.reduce((sum, name) => sum + Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024, 0);
}

/** Memory that a process shares with none. */
export const privateBytes = (pid) => memory(pid, "smaps_rollup", "Private_Clean", "Private_Dirty");

/** Every process: its id, its parent's and its command line's words. */
export function processes() {
    const found = [];
    for (const name of readdirSync("/proc")) {
        if (!/^\d+$/.test(name)) continue;
        try {
            const parent = Number(/^PPid:\s+(\d+)/m.exec(read(name, "status"))[1]);
            found.push({ pid: Number(name), parent, words: read(name, "cmdline").split("\0").slice(0, -1) });
        } catch {
            // it has ended meanwhile
        }
    }
    return found;
}

/** A process and its children. */
export const family = (parent) => processes().filter((one) => one.pid === parent || one.parent === parent).map(({ pid }) => pid);

/** Counts what these processes use from now on: the returned function tells how many seconds it was. */
export function meter(pids) {
    const before = pids.map((pid) => [pid, cpuSeconds(pid)]);
    return () => before.reduce((sum, [pid, was]) => sum + Math.max(0, cpuSeconds(pid) - was), 0);
}

/** The supervisors of a site's runs; a spare that waits for a run is none. Its settings' file is on their command line. */
export function supervisors(state) {
    const runOf = (words) => words[words.indexOf("supervise") + 1] ?? "";
    return processes().filter(
        ({ words }) =>
            /athanor-runner$/.test(words[0] ?? "") &&
            words.includes("supervise") &&
            /^\d+$/.test(runOf(words)) &&
            words.some((word) => word.startsWith(`${state}/`)),
    );
}
