// A whole site for a test: the product's own scripts and launcher, on a state and a port of its own.

import { spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes, randomInt } from "node:crypto";
import { chownSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { makeClient } from "./http.mjs";
import { Sessions } from "./psql.mjs";
import { atEnd, base, tempDir } from "./tmp.mjs";
import { until, within } from "./wait.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** Files that say which ports this process has been given. @type {string[]} */
const ports = [];
process.once("exit", () => ports.forEach((file) => rmSync(file, { force: true })));

/** Is it the first of all tests that run beside each other to take this port? */
function isOurs(port) {
    try {
        const file = join(base, `port-${port}`);
        closeSync(openSync(file, "wx"));
        ports.push(file);
        return true;
    } catch (error) {
        if (error.code === "EEXIST") return false;
        throw error;
    }
}

/** A port of 127.0.0.1 on which nobody listens at this moment, and which no other test is given; nor does Linux give any of these to who connects. */
export async function freePort() {
    for (;;) {
        const port = 20_000 + randomInt(12_768);
        if (process.env.ATHANOR_TEST_TMP && !isOurs(port)) continue;
        const server = createServer();
        const isFree = await new Promise((resolve) => server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true)));
        await new Promise((resolve) => server.close(resolve));
        if (isFree) return port;
    }
}

/** What the launcher answers to one line on its control socket. */
export function control(state, line) {
    return new Promise((resolve, reject) => {
        let answer = "";
        const socket = connect(join(realpathSync(join(state, "run")), "control.sock"));
        socket.setEncoding("utf8").setTimeout(20_000, () => socket.destroy(new Error("the launcher does not answer")));
        socket.on("connect", () => socket.write(`${line}\n`));
        socket.on("data", (data) => (answer += data));
        socket.on("error", reject);
        socket.on("close", () =>
            answer.startsWith("error") ? reject(new Error(answer.trim())) : resolve(answer),
        );
    });
}

/** The environment of a site: ours without what would change its settings. */
function environment(extra) {
    const env = {};
    for (const [key, value] of Object.entries(process.env)) {
        if (!/^(ATHANOR_|PG|MAKE|MFLAGS|NODE_TEST)/.test(key)) env[key] = value;
    }
    return { ...env, ...extra };
}

/** Puts a migrated cluster into the state, where scripts/test has made one: that saves a second. */
function copyTemplate(state) {
    const template = process.env.ATHANOR_TEST_TEMPLATE;
    if (!template || existsSync(join(state, "postgres"))) return;
    const { status } = spawnSync("cp", ["-a", "--reflink=auto", template, join(state, "postgres")]);
    if (status !== 0) throw new Error(`cannot copy the cluster ${template}`);
    const { uid, gid } = statSync(template);
    if (process.getuid() === 0) chownSync(state, uid, gid);
}

function readSettings(state) {
    const settings = {};
    for (const line of readFileSync(join(state, "athanor.ini"), "utf8").split("\n")) {
        const match = /^(\w+) = (.*)$/.exec(line);
        if (match) settings[match[1]] = match[2];
    }
    return settings;
}

/**
 * Starts the site and waits until it answers.
 * @param {any} t a test, or `after` of node:test: when it ends, so does the site
 * @param {object} [options]
 * @param {string} [options.state] a folder to use (and keep); default a new one
 * @param {number} [options.port]
 * @param {Record<string, string>} [options.env] further environment
 * @param {Record<string, string | number | boolean>} [options.conf] settings of athanor.ini to override
 * @param {string[]} [options.experiments] folders that hold experiments, in place of the shipped ones
 * @param {string[]} [options.without] programs to leave out: runner, events, ...
 * @param {string} [options.tree] the tree that is served (default: this checkout)
 * @param {number} [options.seconds] how long the start may take
 */
export async function startStack(t, options = {}) {
    const state = options.state ?? join(tempDir(t), "state");
    mkdirSync(state, { recursive: true });
    copyTemplate(state);
    const port = options.port ?? (await freePort());
    const without = [...(options.without ?? [])];
    const announces = !without.some((name) => ["nginx", "pages-quick", "announce"].includes(name));
    if (!announces) without.push("announce");

    const env = environment({ PORT: String(port), STATE: state, ATHANOR_WITHOUT: without.join(" "), ...options.env });
    for (const [key, value] of Object.entries(options.conf ?? {})) env[`ATHANOR_${key.toUpperCase()}`] = String(value);
    if (options.experiments) env.ATHANOR_EXPERIMENTS = options.experiments.join(":");

    const child = spawn(join(options.tree ?? root, "scripts/serve"), [], { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (data) => (output = (output + data).slice(-1_000_000)));
    }
    /** @type {Promise<number | string>} */
    const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve(code ?? signal)));
    const isOver = () => child.exitCode !== null || child.signalCode !== null;
    const lastResort = () => {
        if (!isOver()) process.kill(child.pid, "SIGTERM");
    };
    process.once("exit", lastResort);

    const sessions = new Sessions({ state });
    const site = {
        port,
        state,
        url: `http://127.0.0.1:${port}`,
        pidOfLauncher: child.pid,
        loginUrl: "",
        token: "",
        conf: {},
        ended,

        /** All that the launcher has shown so far. */
        output: () => output,

        /** What one program has logged so far. */
        log(name) {
            const file = join(state, "log", `${name}.log`);
            return existsSync(file) ? readFileSync(file, "utf8") : "";
        },

        /** @returns {Promise<Record<string, {state: string, pid: number, starts: number}>>} */
        async status() {
            const answer = await control(state, "status");
            const lines = answer.trim().split("\n").map((line) => line.split(" "));
            return Object.fromEntries(
                lines.map(([name, how, pid, starts]) => [name, { state: how, pid: Number(pid), starts: Number(starts) }]),
            );
        },

        /** The process id of a program, which must be running. */
        async pid(name) {
            const { [name]: program } = await site.status();
            if (!program?.pid) throw new Error(`${name} is not running`);
            return program.pid;
        },

        /** Sends a signal to a program; returns the pid that got it. */
        async kill(name, signal = "SIGKILL") {
            const pid = await site.pid(name);
            process.kill(pid, signal);
            return pid;
        },

        /** Waits until a program runs that is not `pid`. */
        waitForRestart(name, pid, seconds = 60) {
            return until(
                `${name} runs again`,
                async () => {
                    const { [name]: program } = await site.status();
                    return program.state === "up" && program.pid !== pid ? program.pid : 0;
                },
                seconds,
            );
        },

        /** Ends a program and keeps it away until startProgram. */
        async stopProgram(name, seconds = 30) {
            await control(state, `stop ${name}`);
            await until(`${name} has ended`, async () => (await site.status())[name].state === "stopped", seconds);
        },

        async startProgram(name, seconds = 30) {
            await control(state, `start ${name}`);
            await until(`${name} is up`, async () => (await site.status())[name].state === "up", seconds);
        },

        /**
         * Runs a statement. A SELECT, or one with RETURNING, gives its rows as objects; others give none.
         * @param {string} query `$1` is the first parameter
         * @returns {Promise<any[]>}
         */
        sql: (query, ...params) => sessions.run(query, params),

        /** A fresh one-time login URL. */
        async newLoginUrl() {
            const token = randomBytes(32).toString("base64url");
            await site.sql("SELECT add_login_link($1, 10) IS NULL AS done", sha256(token));
            return `${site.url}/login?token=${token}`;
        },

        /** Logs in as a browser would and returns the cookie header. */
        async login() {
            const answer = await fetch(await site.newLoginUrl(), { redirect: "manual" });
            const cookie = answer.headers.get("set-cookie")?.split(";")[0];
            if (!cookie) throw new Error(`no cookie from /login: ${answer.status} ${await answer.text()}`);
            return cookie;
        },

        /** Ctrl-C; resolves to the exit status when all has ended. */
        async stop(signal = "SIGINT", seconds = 60) {
            if (!isOver()) child.kill(signal);
            sessions.end();
            try {
                return await within(ended, seconds, "the site ends");
            } catch (error) {
                child.kill("SIGKILL");
                throw new Error(`${error.message}; it said:\n${output.slice(-4000)}`);
            } finally {
                process.removeListener("exit", lastResort);
            }
        },
    };
    atEnd(t, () => site.stop());

    try {
        await until(
            "the site is up",
            async () => {
                if (isOver()) return true;
                if (announces) return /\/login\?token=\S+[^]*ends the site/.test(output);
                const programs = Object.values(await site.status());
                return programs.every(({ state: how }) => how === "up" || how === "done");
            },
            options.seconds ?? 60,
        );
        if (isOver()) throw new Error(`the site ended at once, with ${child.exitCode ?? child.signalCode}`);
    } catch (error) {
        throw new Error(`${error.message}; it said:\n${output.slice(-4000)}`);
    }
    site.conf = readSettings(state);
    site.loginUrl = /http:\/\/\S+\/login\?token=\S+/.exec(output)?.[0] ?? "";
    const tokenFile = join(state, "admin-token");
    site.token = existsSync(tokenFile) ? readFileSync(tokenFile, "utf8").trim() : "";
    return Object.assign(site, makeClient(site.url, site.token));
}

/** Lower-case hex of SHA-256. */
export const sha256 = (data) => createHash("sha256").update(data).digest("hex");
