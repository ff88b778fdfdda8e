/**
 * Lines as they are sent, `[ms,level,"text",source,metadata,flags]`. They are kept as that text and read when they are shown: most
 * never are, and metadata stays as the experiment wrote it, digits beyond a double's and all.
 *
 * @typedef {{n: number, raw: string}} Line
 * @typedef {{ms: number, level: number, text: string, source: number, metadata: string | null, continued: boolean}} Parts
 */
import { members } from "../json_text.js";

const LINES = '"lines":[';

/** The raw elements of a log frame or of an answer of /lines, whose last member `lines` is: a TAB never stands in a string.
 * @param {string} text @returns {string[]} */
export function cutElements(text) {
    const from = text.indexOf(LINES) + LINES.length;
    const to = text.length - "]}".length;
    return from < to ? text.slice(from, to).split(",\t") : [];
}

/** What stands before the lines. @param {string} text @returns {any} */
export const readHead = (text) => JSON.parse(`${text.slice(0, text.indexOf(LINES))}"lines":[]}`);

/** An element of /lines has the line's number in front. @param {string} numbered @returns {Line} */
export function takeNumber(numbered) {
    const comma = numbered.indexOf(",");
    return { n: Number(numbered.slice(1, comma)), raw: `[${numbered.slice(comma + 1)}` };
}

/** The raw text of the fifth member. @param {string} raw */
function rawMetadata(raw) {
    const part = [...members(raw, 0)][4];
    return raw.slice(part.at, part.end);
}

/** @param {string} raw @returns {Parts} */
export function readElement(raw) {
    const [ms, level = 1, text = "", source = 0, metadata = null, flags = 0] = JSON.parse(raw);
    return { ms, level, text, source, metadata: metadata === null ? null : rawMetadata(raw), continued: (flags & 1) === 1 };
}
