// What was measured: figures with their goals, the closing table and the JSON file.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname } from "node:path";

/** @param {number[]} values */
export function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Ratios of what was measured side by side: a's and b's values of the same repetition. */
export const ratios = (a, b) => a.map((value, i) => value / b[i]);

/** Three significant digits, thousands apart. */
export function round(value) {
    if (!Number.isFinite(value)) return String(value);
    if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
    return String(Number(value.toPrecision(3)));
}

/**
 * @typedef {object} Figure
 * @property {string} part
 * @property {string} name
 * @property {string} unit
 * @property {number[]} runs each repetition's value
 * @property {number} value their median
 * @property {{at: "least" | "most" | "above" | "below", value: number} | null} goal
 * @property {boolean | null} met
 */

const compare = {
    least: [">=", (value, goal) => value >= goal],
    most: ["<=", (value, goal) => value <= goal],
    above: [">", (value, goal) => value > goal],
    below: ["<", (value, goal) => value < goal],
};

export class Report {
    /** @type {Figure[]} */
    figures = [];
    /** @type {{part: string, text: string}[]} */
    notes = [];
    /** @type {Record<string, unknown>} */
    data = {};

    /** @param {Record<string, string | number>} machine what the figures depend on */
    constructor(machine = {}) {
        this.machine = machine;
        this.part = "";
    }

    /**
     * Adds a figure and says it.
     * @param {string} name
     * @param {string} unit
     * @param {number | number[]} values one a repetition
     * @param {[keyof typeof compare, number]} [goal]
     */
    figure(name, unit, values, goal) {
        const runs = Array.isArray(values) ? values : [values];
        const value = median(runs);
        const figure = {
            part: this.part,
            name,
            unit,
            runs,
            value,
            goal: goal ? { at: goal[0], value: goal[1] } : null,
            met: goal ? compare[goal[0]][1](value, goal[1]) : null,
        };
        this.figures.push(figure);
        console.log(`  ${name}: ${shown(figure)}${range(figure)}${wish(figure)}`);
        return value;
    }

    /** Something that a reader of the figures must know. */
    note(text) {
        this.notes.push({ part: this.part, text });
        console.log(`  ${text}`);
    }

    table() {
        const rows = this.figures.map((f) => [
            f.part,
            f.name,
            shown(f),
            f.runs.length > 1 ? `${round(Math.min(...f.runs))} - ${round(Math.max(...f.runs))}` : "",
            f.goal ? `${compare[f.goal.at][0]} ${round(f.goal.value)}` : "",
            f.met === null ? "" : f.met ? "yes" : "NO",
        ]);
        rows.unshift(["part", "figure", "median", "range", "goal", "met"]);
        const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
        return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i])).join("  ").trimEnd()).join("\n");
    }

    /** @param {string} file */
    write(file) {
        mkdirSync(dirname(file), { recursive: true });
        const { machine, figures, notes, data } = this;
        const text = JSON.stringify({ at: new Date().toISOString(), machine, figures, notes, data }, null, 2);
        writeFileSync(file, `${text}\n`);
    }

    /** How many goals were met, of how many. */
    goals() {
        const asked = this.figures.filter((f) => f.met !== null);
        return { met: asked.filter((f) => f.met).length, all: asked.length };
    }
}

const shown = (f) => `${round(f.value)}${f.unit ? ` ${f.unit}` : ""}`;
const range = (f) => (f.runs.length > 1 ? ` (${f.runs.map(round).join(", ")})` : "");
const wish = (f) => (f.goal ? `; goal ${compare[f.goal.at][0]} ${round(f.goal.value)}: ${f.met ? "met" : "NOT MET"}` : "");

/** What the figures depend on. */
export function machine() {
    const processors = cpus();
    const kernel = readFileSync("/proc/sys/kernel/osrelease", "utf8").trim();
    return {
        processors: processors.length,
        model: processors[0]?.model ?? "unknown",
        memory_gib: Math.round(totalmem() / 2 ** 30),
        kernel,
        node: process.version,
    };
}
