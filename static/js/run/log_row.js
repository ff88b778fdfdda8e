/** One row of the log: the server's partial, cloned, with its text nodes filled in. */
import { timeOfDay } from "../format.js";
import { renderOne } from "../render.js";

const LEVELS = ["debug", "info", "warn", "error"];
const SOURCES = ["stdout", "stderr", "message"];
/** A line may have 64 KiB; more than this is not laid out before it is asked for. */
const SHOWN_CHARS = 4000;

/** @typedef {HTMLElement & {filled?: any, mode?: string}} Row */

/** @type {HTMLElement | null} */
let pattern = null;

/** @returns {Row} */
export function makeRow() {
    pattern ??= renderOne("log_line", { n: 0, ms: 0, metadata: "{}" });
    return /** @type {Row} */ (/** @type {HTMLElement} */ (pattern).cloneNode(true));
}

/** @param {number} ms since the start of the run */
function sinceStart(ms) {
    const s = Math.max(0, ms) / 1000;
    const rest = (s % 60).toFixed(3).padStart(6, "0");
    const h = Math.floor(s / 3600);
    const m = String(Math.floor(s / 60) % 60).padStart(2, "0");
    return `+${h > 0 ? `${h}:` : ""}${m}:${rest}`;
}

/** @param {Row} row @param {number} n @param {any[] | undefined} element @param {{times: string, startMs: number, marked: (n: number) => boolean}} how */
export function fillRow(row, n, element, how) {
    const [no, time, level, text, meta] = /** @type {any} */ (row.children);
    const mark = how.marked(n);
    const mode = `${n} ${how.times} ${mark}`;
    if (row.filled === element && row.mode === mode) return;
    row.filled = element;
    row.mode = mode;
    const [ms = 0, lvl = 1, content = "", source = 0, metadata = null] = element ?? [];
    row.dataset.line = String(n);
    row.dataset.level = LEVELS[lvl];
    row.dataset.source = SOURCES[source];
    row.toggleAttribute("data-marked", mark);
    row.toggleAttribute("data-loading", !element);
    no.id = `L${n}`;
    no.setAttribute("href", `#L${n}`);
    no.textContent = n;
    time.dataset.ms = ms;
    time.textContent = !element || how.times === "off" ? "" : how.times === "since" ? sinceStart(ms - how.startMs) : timeOfDay(ms);
    level.textContent = LEVELS[lvl];
    text.textContent = content.length > SHOWN_CHARS ? `${content.slice(0, SHOWN_CHARS)} … (${content.length - SHOWN_CHARS} more)` : content;
    meta.textContent = metadata === null ? "" : JSON.stringify(metadata);
    meta.hidden = metadata === null;
}

/** What the server drew, as elements of the stream's form. @param {HTMLElement} row @returns {[number, any[]]} */
export function readRow(row) {
    const [, time, , text, meta] = /** @type {any} */ (row.children);
    const { line, level = "info", source = "stdout" } = row.dataset;
    let metadata = null;
    try {
        metadata = meta ? JSON.parse(meta.textContent) : null;
    } catch {
        metadata = meta.textContent;
    }
    return [Number(line), [Number(time.dataset.ms), LEVELS.indexOf(level), text.textContent, SOURCES.indexOf(source), metadata]];
}
