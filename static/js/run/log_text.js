/** The text of a line as nodes: styles of its escape sequences, and what is searched for marked. Never markup. */
import { el } from "../dom.js";
import { coloursOf } from "./ansi_colour.js";

/** Lower case by code points that stay as long and do not become ASCII: what the server's search does.
 * @param {string} text */
export function fold(text) {
    if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
    let folded = "";
    for (const c of text) {
        const low = c.toLowerCase();
        folded += low.length !== c.length || (low < "\x80" && c >= "\x80") ? c : low;
    }
    return folded;
}

/** Control characters as a sign that something stands there; tabs and line ends stay. @param {string} text */
export const showControls = (text) => text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, "\ufffd");

/** Where the needle stands: [from, to] pairs. @param {string} text @param {string} needle folded */
function findAll(text, needle) {
    /** @type {Array<[number, number]>} */
    const found = [];
    if (!needle) return found;
    const folded = fold(text);
    for (let at = 0; (at = folded.indexOf(needle, at)) >= 0; at += needle.length) found.push([at, at + needle.length]);
    return found;
}

const FLAGS = /** @type {const} */ (["bold", "italic", "underline", "strike"]);

/** @param {string} text @param {import("./ansi.js").Style | null} style @param {boolean} marked */
function piece(text, style, marked) {
    if (!style && !marked) return text;
    const node = el(marked ? "mark" : "span", { class: style ? FLAGS.filter((f) => style[f]).map((f) => `ansi-${f}`).join(" ") : null }, text);
    if (style && !marked) {
        const { color, background } = coloursOf(style);
        if (color) node.style.color = color;
        if (background) node.style.background = background;
    }
    return node;
}

/** @param {HTMLElement} place @param {string} text @param {import("./ansi.js").Span[]} spans by place @param {string} needle folded */
export function showText(place, text, spans, needle) {
    const marks = findAll(text, needle);
    if (spans.length === 0 && marks.length === 0) {
        place.textContent = text;
        return;
    }
    const nodes = [];
    let [span, mark] = [0, 0];
    for (let at = 0; at < text.length; ) {
        while (span < spans.length && spans[span].to <= at) span++;
        while (mark < marks.length && marks[mark][1] <= at) mark++;
        const styled = span < spans.length && spans[span].from <= at;
        const marked = mark < marks.length && marks[mark][0] <= at;
        const ends = [text.length];
        if (span < spans.length) ends.push(styled ? spans[span].to : spans[span].from);
        if (mark < marks.length) ends.push(marks[mark][marked ? 1 : 0]);
        const to = Math.min(...ends);
        nodes.push(piece(text.slice(at, to), styled ? spans[span].style : null, marked));
        at = to;
    }
    place.replaceChildren(...nodes);
}
