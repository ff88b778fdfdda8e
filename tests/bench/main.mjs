// The benchmarks: each part measures ours and what it is held against within the same minutes.

import { parseArgs } from "node:util";
import { join } from "node:path";

import { root } from "../lib/stack.mjs";
import { Bench } from "./lib/bench.mjs";
import { versions } from "./lib/versions.mjs";
import { Report, machine } from "./lib/report.mjs";

const parts = ["self", "lines", "latency", "crowd", "stream", "pages", "api", "growth", "renderer", "results_page", "log_page", "open_page", "form", "upload"];

const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
        repeats: { type: "string", default: "3" },
        quick: { type: "boolean", default: false },
        only: { type: "string", multiple: true, default: [] },
    },
});
const wanted = positionals.length ? positionals : parts;
const unknown = wanted.filter((name) => !parts.includes(name));
if (unknown.length) {
    console.error(`there is no part ${unknown.join(", ")}; there are ${parts.join(", ")}`);
    process.exit(2);
}

/** @type {Bench | null} the part that is running */
let current = null;
for (const signal of ["SIGINT", "SIGTERM"])
    process.on(signal, async () => {
        console.error("\nstopped; ending what was started");
        await current?.end();
        process.exit(1);
    });

const report = new Report({ ...machine(), ...(await versions()) });
const failures = [];
const began = Date.now();
for (const name of wanted) {
    const part = await import(`./${name}.mjs`);
    const bench = new Bench(report, { repeats: Number(values.repeats), quick: values.quick, only: values.only });
    current = bench;
    report.part = name;
    console.log(`\n${name}: ${part.title}`);
    try {
        await part.measure(bench);
    } catch (error) {
        failures.push(`${name}: ${error.message}`);
        console.error(error);
    }
    await bench.end();
}

const { met, all } = report.goals();
console.log(`\n${Object.entries(report.machine).map(([key, value]) => `${key} ${value}`).join(", ")}`);
console.log(`\n${report.table()}\n\n${met} of ${all} goals met, in ${Math.round((Date.now() - began) / 1000)} s`);
report.data.failures = failures;
report.write(join(root, "build/bench.json"));
for (const failure of failures) console.error(`could not be measured: ${failure}`);
process.exit(failures.length ? 1 : 0);
