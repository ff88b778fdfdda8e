// The site's own rules of a configuration, for tests: a program that is fed one schema with its values a line.

import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { root } from "./mustache.mjs";

const program = "build/asan/unit/lib/validate_cli";

/** Builds the program, with the sanitizers, unless it is built. */
export function buildValidator() {
    const made = spawnSync("make", ["-s", "SAN=1", program], { cwd: root, encoding: "utf8", env: { ...process.env, MAKEFLAGS: "" } });
    if (made.status !== 0) throw new Error(`the validator does not build:\n${made.stdout}${made.stderr}`);
}

/**
 * Judges all in one process.
 * @param {{fields: any[], given: any[]}[]} requests
 * @returns {{schema: any, judged: {faults: [string, string][], result: any}[], error?: string}[]}
 */
export function judgeAll(requests) {
    const input = requests.map((request) => `${JSON.stringify(request)}\n`).join("");
    const done = spawnSync(join(root, program), { input, encoding: "utf8", maxBuffer: 1 << 28 });
    if (done.status !== 0 || done.stderr) throw new Error(`the validator ended with ${done.status ?? done.signal}:\n${done.stderr}`);
    return done.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}
