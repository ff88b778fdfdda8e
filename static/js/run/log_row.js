/** One row of the log: the server's partial, cloned, with its text nodes filled in; what is long or has metadata expands in place. */
import { el } from "../dom.js";
import { count, timeOfDay } from "../format.js";
import { indented } from "../json_text.js";
import { renderOne } from "../render.js";
import { readAnsi } from "./ansi.js";
import { readElement } from "./log_element.js";
import { fold, showControls, showText } from "./log_text.js";

const LEVELS = ["debug", "info", "warn", "error"];
const SOURCES = ["stdout", "stderr", "message"];
/** A line may have 64 KiB; more than this is not laid out before it is asked for. */
const SHOWN_CHARS = 4000;
const PREVIEW_CHARS = 100;
/** Of 64 KiB each. */
const DETAIL_PIECES = 4;

/** @typedef {HTMLElement & {filled?: string, mode?: string}} Row */
/** @typedef {import("./log_element.js").Parts} Parts */

/**
 * @typedef {object} How rows are shown
 * @property {string} times off, time, since
 * @property {number} startMs of the run
 * @property {boolean} wrap
 * @property {string} needle folded
 * @property {(n: number) => boolean} marked
 * @property {number} current the line of the current match
 * @property {Set<number>} expanded lines
 */

/** @type {HTMLElement | null} */
let pattern = null;

/** @returns {Row} */
export function makeRow() {
    if (!pattern) {
        pattern = /** @type {HTMLElement} */ (renderOne("log_line", { n: 0, ms: 0, text: "-" }));
        pattern.firstElementChild?.append(el("button", { type: "button", class: "log-more", "aria-expanded": "false", hidden: true }));
    }
    return /** @type {Row} */ (pattern.cloneNode(true));
}

/** @param {number} ms since the start of the run */
function sinceStart(ms) {
    const s = Math.max(0, ms) / 1000;
    const rest = (s % 60).toFixed(3).padStart(6, "0");
    const h = Math.floor(s / 3600);
    const m = String(Math.floor(s / 60) % 60).padStart(2, "0");
    return `+${h > 0 ? `${h}:` : ""}${m}:${rest}`;
}

/** What a row shows before it is expanded, and what its button says of the rest.
 * @param {string} text @param {string | null} metadata @param {boolean} wrap @returns {[string, string]} */
function shorten(text, metadata, wrap) {
    const words = [];
    let shown = text.length > SHOWN_CHARS ? text.slice(0, SHOWN_CHARS) : text;
    if (text.length > SHOWN_CHARS) words.push(`… ${count(text.length - SHOWN_CHARS)} more characters`);
    const end = wrap ? -1 : shown.indexOf("\n");
    if (end >= 0) {
        const lines = text.slice(end + 1).replace(/\n$/, "").split("\n").length;
        shown = shown.slice(0, end);
        words.unshift(`+ ${count(lines)} more ${lines === 1 ? "line" : "lines"}`);
    }
    if (metadata !== null) words.push(metadata.length > PREVIEW_CHARS ? `${metadata.slice(0, PREVIEW_CHARS)}…` : metadata);
    return [shown, words.join(" · ")];
}

/** @param {string} metadata */
function detail(metadata) {
    const shown = [];
    for (const piece of indented(metadata)) {
        if (shown.length === DETAIL_PIECES) {
            shown.push("\n… the rest is in the download as NDJSON");
            break;
        }
        shown.push(piece);
    }
    return el("pre", { class: "log-detail" }, ...shown);
}

/** @param {Row} row @param {Parts} parts @param {boolean} open @param {How} how */
function fillText(row, parts, open, how) {
    const [, , , place, more] = /** @type {any} */ (row.firstElementChild).children;
    const { text, spans } = readAnsi(parts.text);
    const [shown, rest] = shorten(text, parts.metadata, how.wrap);
    showText(place, showControls(open ? text : shown), spans, how.needle);
    more.hidden = rest === "";
    more.textContent = open ? "less" : showControls(rest);
    more.setAttribute("aria-expanded", String(open));
    more.toggleAttribute("data-hit", !open && how.needle !== "" && shown.length < text.length && fold(text.slice(shown.length)).includes(how.needle));
    row.toggleAttribute("data-open", open);
    row.querySelector(".log-detail")?.remove();
    if (open && parts.metadata !== null) row.append(detail(parts.metadata));
}

/** @param {Row} row @param {Parts} parts @param {How} how */
function fillTime(row, parts, how) {
    const time = /** @type {any} */ (row.firstElementChild).children[1];
    time.dataset.ms = parts.ms;
    time.textContent = how.times === "off" ? "" : how.times === "since" ? sinceStart(parts.ms - how.startMs) : timeOfDay(parts.ms);
}

const NOTHING = '[0,1,""]';

/** @param {Row} row @param {number} n the line's number, 0: not known yet @param {string | undefined} raw @param {How} how */
export function fillRow(row, n, raw, how) {
    const open = how.expanded.has(n);
    const mark = how.marked(n);
    const mode = `${n} ${how.times} ${how.wrap} ${open} ${mark} ${how.current === n} ${how.needle}`;
    if (row.filled === (raw ?? NOTHING) && row.mode === mode) return;
    row.filled = raw ?? NOTHING;
    row.mode = mode;
    const parts = readElement(row.filled);
    const [no, time, level] = /** @type {any} */ (row.firstElementChild).children;
    row.dataset.line = String(n);
    row.dataset.level = LEVELS[parts.level];
    row.dataset.source = SOURCES[parts.source];
    row.toggleAttribute("data-marked", mark);
    row.toggleAttribute("data-current", how.current === n);
    row.toggleAttribute("data-loading", raw === undefined);
    row.toggleAttribute("data-continued", parts.continued);
    no.id = n ? `L${n}` : "";
    no.setAttribute("href", `#L${n}`);
    no.textContent = n || "";
    level.textContent = LEVELS[parts.level];
    fillText(row, parts, open, how);
    if (raw === undefined) time.textContent = "";
    else fillTime(row, parts, how);
}

/** What the server drew, as an element of the stream's form, and whether it is all of it. @param {HTMLElement} row
 * @returns {{n: number, raw: string, whole: boolean}} */
export function readRow(row) {
    const [, time, , text] = /** @type {any} */ (row.firstElementChild).children;
    const { line, level = "info", source = "stdout", raw } = row.dataset;
    const drawn = [Number(time.dataset.ms), LEVELS.indexOf(level), text.textContent, SOURCES.indexOf(source)];
    return { n: Number(line), raw: raw ?? JSON.stringify(drawn), whole: row.dataset.short === undefined };
}
