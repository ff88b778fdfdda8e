// The command-line client as a test runs it: its own home, its words, what it said.

import { spawn } from "node:child_process";
import { join } from "node:path";

import { root } from "./stack.mjs";
import { tempDir } from "./tmp.mjs";

export const program = join(root, "build/bin/athanor");

/**
 * @param {any} t
 * @param {any} site
 * @param {Record<string, string>} [more] further environment
 */
export function makeCommand(t, site, more = {}) {
    const home = tempDir(t);
    const env = { PATH: process.env.PATH ?? "", HOME: home, ATHANOR_URL: site.url, ATHANOR_TOKEN: site.token, ...more };

    /**
     * Starts it; `ended` resolves to {code, signal, out, err}. With `input` null its stdin stays open.
     * @param {string[]} words
     * @param {{input?: string | null, env?: Record<string, string | undefined>, command?: string[], cwd?: string}} [options]
     */
    function start(words, { input = "", env: own = {}, command = [program], cwd = home } = {}) {
        const all = Object.fromEntries(Object.entries({ ...env, ...own }).filter(([, value]) => value !== undefined));
        const child = spawn(command[0], [...command.slice(1), ...words], { env: all, cwd, stdio: ["pipe", "pipe", "pipe"] });
        const said = { child, out: "", err: "" };
        child.stdout.setEncoding("utf8").on("data", (data) => (said.out += data));
        child.stderr.setEncoding("utf8").on("data", (data) => (said.err += data));
        child.stdin.on("error", () => {});
        if (input !== null) child.stdin.end(input);
        const limit = setTimeout(() => child.kill("SIGKILL"), 300_000);
        /** @type {Promise<{code: number | null, signal: string | null, out: string, err: string}>} */
        const ended = new Promise((resolve) =>
            child.on("close", (code, signal) => {
                clearTimeout(limit);
                resolve({ code, signal, out: said.out, err: said.err });
            }),
        );
        return Object.assign(said, { ended });
    }

    return { home, env, start, run: (...words) => start(words).ended };
}
