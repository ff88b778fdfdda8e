// What every part of a benchmark is given: the report, the number of repetitions, sites that end with the part.

import { copyFileSync, mkdirSync, writeFileSync, chmodSync } from "node:fs";
import { join } from "node:path";

import { root, startStack } from "../../lib/stack.mjs";
import { tempDir } from "../../lib/tmp.mjs";
import { Psql } from "../../lib/psql.mjs";

/** @param {string} name a program of build/bench */
export const program = (name) => join(root, "build/bench", name);

/** The experiments that parts run: build/bench/child with these words, or a program that says hello or nothing. */
const experiments = (quick) => ({
    flood: ["flood", quick ? "200000" : "2000000"],
    clock: ["clock", "150", "200"],
    talk: ["talk", "400", "100"],
    chat: ["talk", "3000", "100"],
    hold: ["hold", "600"],
    hello: "/bin/echo",
    true: "/bin/true",
});

export class Bench {
    /** @param {import("./report.mjs").Report} report */
    constructor(report, { repeats = 3, quick = false, only = [] } = {}) {
        this.report = report;
        this.repeats = repeats;
        this.quick = quick;
        this.only = only;
        this.endings = [];
    }

    /** Is this piece of a part to be measured? */
    wants = (piece) => this.only.length === 0 || this.only.includes(piece);

    /** Registers what is to be undone when the part ends; the newest first. */
    atEnd = (fn) => this.endings.push(fn);

    async end() {
        while (this.endings.length) await this.endings.pop()();
    }

    tempDir() {
        return tempDir(this.atEnd);
    }

    /** A folder with the experiments above. */
    experiments() {
        const folder = this.tempDir();
        for (const [name, words] of Object.entries(experiments(this.quick))) {
            const own = join(folder, name);
            mkdirSync(own);
            const ours = Array.isArray(words);
            const command = ours ? ["./child", ...words] : [words, "hello"];
            if (ours) copyFileSync(program("child"), join(own, "child"));
            writeFileSync(
                join(own, "experiment.json"),
                JSON.stringify({ name, title: name, description: "a measurement", version: "1", command, timeout_s: 900, grace_s: 1, configuration: [] }),
            );
            chmodSync(own, 0o755);
        }
        return folder;
    }

    /** A whole site that has the experiments above. */
    site(options = {}) {
        return startStack(this.atEnd, { experiments: [this.experiments()], ...options });
    }

    /** A connection to a site's database that stays until the part ends. */
    psql(site) {
        const db = new Psql(site);
        this.atEnd(() => db.end());
        return db;
    }
}
