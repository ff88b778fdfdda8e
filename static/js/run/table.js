/** The rules of a leaderboard: columns, order and how a column's numbers are written. No DOM here. */
import { exponential, fixed4 } from "../format.js";

/**
 * @typedef {{name: string, numeric: boolean, style: "whole" | "fixed" | "tiny" | "text", better: string | null}} Column
 * @typedef {{n: number, values: Record<string, any>}} Row
 */

/** Columns in the order of the first row; those that come later stand behind. @param {Row[]} rows @param {Record<string, string | null>} better */
export function columnsOf(rows, better) {
    /** @type {Map<string, any[]>} */
    const values = new Map();
    for (const row of rows) {
        for (const [name, value] of Object.entries(row.values)) {
            const list = values.get(name) ?? [];
            list.push(value);
            values.set(name, list);
        }
    }
    return [...values].map(([name, list]) => {
        const numbers = list.filter((v) => typeof v === "number");
        const numeric = numbers.length > 0 && list.every((v) => typeof v === "number" || v === null);
        /** @type {Column["style"]} */
        let style = "text";
        if (numbers.length > 0) {
            if (numbers.every(Number.isInteger)) style = "whole";
            else style = numbers.some((v) => v !== 0 && Math.abs(v) < 1e-4) ? "tiny" : "fixed";
        }
        return { name, numeric, style, better: better[name] ?? null };
    });
}

/** @param {any} value @param {Column} column */
export function cellText(value, column) {
    if (value === null || value === undefined) return "";
    if (typeof value === "object") return JSON.stringify(value).slice(0, 1000);
    if (typeof value !== "number") return String(value).slice(0, 1000);
    if (column.style === "fixed") return fixed4(value);
    return column.style === "tiny" ? exponential(value) : String(value);
}

/** Numbers as numbers, text by locale, what is empty last in either direction. @param {Row[]} rows @param {string} name @param {"descending" | "ascending"} direction */
export function sorted(rows, name, direction) {
    const sign = direction === "descending" ? -1 : 1;
    const empty = (/** @type {any} */ v) => v === null || v === undefined || v === "";
    return [...rows].sort((a, b) => {
        const x = a.values[name];
        const y = b.values[name];
        if (empty(x) || empty(y)) return Number(empty(x)) - Number(empty(y)) || a.n - b.n;
        if (typeof x === "number" && typeof y === "number") return sign * (x - y) || a.n - b.n;
        return sign * String(x).localeCompare(String(y), undefined, { numeric: true }) || a.n - b.n;
    });
}

/** The best value of a column, where the manifest says which direction is better. @param {Row[]} rows @param {Column} column */
export function bestOf(rows, column) {
    if (column.better !== "high" && column.better !== "low") return null;
    const numbers = rows.map((row) => row.values[column.name]).filter((v) => typeof v === "number");
    if (numbers.length === 0) return null;
    return numbers.reduce((a, b) => (column.better === "high" ? Math.max(a, b) : Math.min(a, b)));
}

/** @param {Row[]} rows @param {Column[]} columns */
export function toCsv(rows, columns) {
    const quote = (/** @type {any} */ value) => {
        const text = value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
        return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const lines = [columns.map((c) => quote(c.name)), ...rows.map((row) => columns.map((c) => quote(row.values[c.name])))];
    return `${lines.map((cells) => cells.join(",")).join("\r\n")}\r\n`;
}
