// Sessions of a site's database, through psql: one that stays costs a statement a round trip, not a process.

import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { join } from "node:path";

import { sleep } from "./wait.mjs";

const program = "/usr/lib/postgresql/15/bin/psql";
const options = ["-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-U", "athanor", "-d", "athanor"];

/** One session. The first statement that fails ends it. */
export class Psql {
    constructor(site) {
        this.child = spawn(program, [...options, "-h", realpathSync(join(site.state, "run"))], {
            stdio: ["pipe", "pipe", "pipe"],
            env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8" },
        });
        this.errors = "";
        this.count = 0;
        this.waiting = [];
        /** What has been read and not been given to anybody, in parts; `recent` is its end. */
        this.parts = [];
        this.recent = "";
        this.child.stdout.setEncoding("utf8").on("data", (data) => this.#take(data));
        this.child.stderr.setEncoding("utf8").on("data", (data) => (this.errors += data));
        this.child.on("close", () => this.waiting.splice(0).forEach((w) => w.reject(this.#failure())));
        this.child.stdin.on("error", () => {});
    }

    #failure() {
        return new Error(`psql: ${this.errors.trim()}`);
    }

    #take(data) {
        this.parts.push(data);
        const recent = this.recent + data;
        this.recent = recent.slice(-40);
        if (!this.waiting.length || !recent.includes(this.waiting[0].mark)) return;
        let text = this.parts.join("");
        for (let at; this.waiting.length && (at = text.indexOf(this.waiting[0].mark)) >= 0; ) {
            const { mark, resolve } = this.waiting.shift();
            resolve(text.slice(0, at).trimEnd());
            text = text.slice(at + mark.length);
        }
        this.parts = [text];
        this.recent = text.slice(-40);
    }

    /** The output of a statement, as psql prints it unaligned. */
    query(text) {
        return new Promise((resolve, reject) => {
            if (this.isOver) return reject(this.#failure());
            const mark = `-- ${++this.count} --\n`;
            this.waiting.push({ mark, resolve, reject });
            this.child.stdin.write(`${text};\n\\echo ${mark}`);
        });
    }

    /** Has its connection been lost? */
    get isOver() {
        return this.child.exitCode !== null || this.child.signalCode !== null;
    }

    end() {
        this.child.stdin.end();
    }
}

/** A value as SQL writes it. */
function literal(value) {
    const text = String(value).replaceAll("'", "''");
    if (!/[\\\r\n]/.test(text)) return `'${text}'`;
    return ` E'${text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r")}'`;
}

/** Sessions for statements that come one by one or several at a time: each has one to itself, and leaves it to the next. */
export class Sessions {
    constructor(site) {
        this.site = site;
        this.idle = [];
        this.isOver = false;
    }

    /** One whose server is still there. */
    async #take() {
        for (let one; (one = this.idle.pop()); one.end()) {
            if (await one.query("SELECT 1").catch(() => "")) return one;
        }
        // A server that has just been started says so for a moment.
        for (const end = Date.now() + 30_000; ; await sleep(50)) {
            const one = new Psql(this.site);
            const why = await one.query("SELECT 1").then(() => "", (error) => error.message);
            if (!why) return one;
            if (!/the database system is (starting up|not yet accepting|in recovery mode)/.test(why) || Date.now() > end) throw new Error(why);
        }
    }

    /**
     * Runs a statement. A SELECT, or one with RETURNING, gives its rows as objects; others give none.
     * @param {string} query `$1` is the first parameter
     * @param {any[]} params
     */
    async run(query, params) {
        let text = query.trim().replace(/;$/, "").replace(/\$(\d+)/g, (_, n) => literal(params[n - 1]));
        const rows = /^(select|with|values)\b/i.test(text) || /\breturning\b/i.test(text);
        if (rows) text = `WITH q AS (${text}) SELECT coalesce(json_agg(q), '[]') FROM q`;
        const one = await this.#take();
        const answer = await one.query(text);
        if (this.isOver) one.end();
        else this.idle.push(one);
        return rows ? JSON.parse(answer) : [];
    }

    end() {
        this.isOver = true;
        for (const one of this.idle.splice(0)) one.end();
    }
}
