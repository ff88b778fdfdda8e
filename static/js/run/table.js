/**
 * The rules of a leaderboard: columns, order, and how a column's numbers are written. No DOM here. The server writes its first page by
 * the same rules (sql/functions/view_tables.sql); tests/shared/table.json holds the cases of both.
 *
 * Cells stay the JSON that they were, so numbers keep their digits. Columns know of their values what they need as rows come, so that a
 * growing table is never read again.
 */
import { exponential, fixed4 } from "../format.js";
import { members } from "../json_text.js";

const LONGEST = 1000;
/** What a page has room for; the server shows as many. */
const COLUMNS = 300;

/** @typedef {{n: number, cells: (string | undefined)[]}} Row by the columns' places */

const words = new Map([['"NaN"', NaN], ['"Infinity"', Infinity], ['"-Infinity"', -Infinity]]);
const isDigits = (/** @type {string} */ raw) => /^-?\d+$/.test(raw);
const startsNumber = (/** @type {string} */ raw) => raw[0] === "-" || (raw[0] >= "0" && raw[0] <= "9");

/** Too long or too large to be worth comparing; the server leaves it alone as well. @param {string} raw */
const isBeyond = (raw) => raw.length > LONGEST || /[eE][-+]?\d{4}/.test(raw);

/** Whether a double holds the number, be it rounded. @param {string} raw @param {number} value */
const isHeld = (raw, value) => Number.isFinite(value) && (value !== 0 || !/^-?[0.]*[1-9]/.test(raw));

/** The number that a cell is; the words count for what JSON cannot write. Null for anything else. @param {string} raw */
export function numberOf(raw) {
    if (startsNumber(raw)) return Number(raw);
    return words.get(raw) ?? null;
}

/** @param {string | undefined} raw @returns {raw is undefined} */
const isEmpty = (raw) => raw === undefined || raw === "null" || raw === '""';

/** Numbers by value; what two doubles cannot tell apart by its digits. @param {string} a @param {string} b */
function compareNumbers(a, b) {
    const x = /** @type {number} */ (numberOf(a));
    const y = /** @type {number} */ (numberOf(b));
    if (x !== y || a === b) return x - y || 0;
    return isDigits(a) && isDigits(b) ? Number(BigInt(a) - BigInt(b)) : 0;
}

export class Column {
    /** @param {string} name @param {number} place @param {string | null} better */
    constructor(name, place, better) {
        this.name = name;
        this.place = place;
        this.better = better;
        this.numbers = 0;
        this.texts = 0;
        this.fractions = false;
        this.tiny = false;
        /** @type {string | null} the best value, where a direction is given */
        this.best = null;
    }

    /** @param {string} raw */
    note(raw) {
        const value = numberOf(raw);
        if (value === null) {
            if (raw !== "null") this.texts++;
            return;
        }
        this.numbers++;
        if (startsNumber(raw)) {
            const held = isHeld(raw, value);
            if (!held && isBeyond(raw)) return;
            if (!held && value === 0) this.fractions = this.tiny = true;
            else if (held && !Number.isInteger(value)) this.fractions = true;
            if (held && value !== 0 && Math.abs(value) < 1e-4) this.tiny = true;
        }
        if (this.better && !Number.isNaN(value)) {
            const sign = this.better === "high" ? 1 : -1;
            if (this.best === null || sign * compareNumbers(raw, this.best) > 0) this.best = raw;
        }
    }

    get numeric() {
        return this.numbers > 0 && this.texts === 0;
    }

    /** How its numbers are written, all alike. */
    get style() {
        if (!this.fractions) return "whole";
        return this.tiny ? "tiny" : "fixed";
    }

    /** @param {string | undefined} raw */
    isBest(raw) {
        if (raw === undefined || this.best === null) return false;
        const value = numberOf(raw);
        return value !== null && !Number.isNaN(value) && compareNumbers(raw, this.best) === 0;
    }

    /** @param {string | undefined} raw */
    text(raw) {
        if (raw === undefined || raw === "null") return "";
        if (raw[0] === '"') return JSON.parse(raw).slice(0, LONGEST);
        const value = numberOf(raw);
        if (value === null || !isHeld(raw, value)) return raw.slice(0, LONGEST);
        if (this.style === "tiny") return exponential(value);
        if (Math.abs(value) >= 1e15 || (this.style === "whole" && isDigits(raw))) return raw.slice(0, LONGEST);
        return this.style === "whole" ? String(value) : fixed4(value);
    }
}

/** What stands before what, whatever the direction: numbers, texts, what is no number, nothing. */
const [NUMBER, TEXT, NO_NUMBER, NOTHING] = [0, 1, 2, 3];

/** @param {Row} row @param {string | undefined} raw */
function sortKey(row, raw) {
    if (isEmpty(raw)) return { row, group: NOTHING, value: 0, text: "" };
    const value = numberOf(raw);
    if (value !== null) return { row, group: Number.isNaN(value) ? NO_NUMBER : NUMBER, value, text: raw };
    return { row, group: TEXT, value: 0, text: raw[0] === '"' ? JSON.parse(raw) : raw };
}

const collator = new Intl.Collator(undefined, { numeric: true });

export class Table {
    /** @param {Record<string, string | null>} better which way is up, by column */
    constructor(better = {}) {
        this.better = better;
        /** @type {Map<string, Column>} in their order: that of the first row, later ones behind */
        this.columns = new Map();
        /** @type {Row[]} in the order in which they were said */
        this.rows = [];
        /** Whether there are columns that are not shown. */
        this.wide = false;
    }

    /** @param {number} n the row's record @param {string} values its values as a JSON object */
    add(n, values) {
        /** @type {(string | undefined)[]} */
        const cells = [];
        for (const part of members(values, 0)) {
            const name = part.key ?? "";
            let column = this.columns.get(name);
            if (!column && this.columns.size === COLUMNS) {
                this.wide = true;
                continue;
            }
            if (!column) this.columns.set(name, (column = new Column(name, this.columns.size, this.better[name] ?? null)));
            const raw = values.slice(part.at, part.end);
            cells[column.place] = raw;
            column.note(raw);
        }
        const last = this.rows.at(-1);
        this.rows.push({ n, cells });
        if (last && last.n > n) this.rows.sort((a, b) => a.n - b.n);
    }

    /** Numbers as numbers, text by locale, what is empty last in either direction. @param {string} name @param {"descending" | "ascending"} direction */
    sorted(name, direction) {
        const place = this.columns.get(name)?.place ?? -1;
        const sign = direction === "descending" ? -1 : 1;
        const keyed = this.rows.map((row) => sortKey(row, row.cells[place]));
        keyed.sort((a, b) => {
            if (a.group !== b.group) return a.group - b.group;
            let order = 0;
            if (a.group === NUMBER) order = a.value - b.value || compareNumbers(a.text, b.text);
            else if (a.group === TEXT) order = collator.compare(a.text, b.text);
            return sign * order || a.row.n - b.row.n;
        });
        return keyed.map((one) => one.row);
    }
}
