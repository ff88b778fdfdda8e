/**
 * Escape sequences of terminals: colours and styles (SGR) become spans of a style, all others are left out. What a person reads is the
 * same here, in fcgi/pages/ansi.c and in SQL's visible_text(); tests/shared/ansi.json holds the cases of all three.
 *
 * @typedef {object} Style colours are 0-255 of the palette, or 0x1000000 + RGB; null is the default
 * @property {number | null} fg
 * @property {number | null} bg
 * @property {boolean} bold
 * @property {boolean} dim
 * @property {boolean} italic
 * @property {boolean} underline
 * @property {boolean} strike
 * @property {boolean} inverse
 *
 * @typedef {{from: number, to: number, style: Style}} Span
 */

// CSI (its parameters and last letter are kept); strings up to BEL or ESC backslash; all else, such as charsets.
const SEQUENCE = /\u001b(?:\[([0-?]*)([ -/]*[@-~])|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-OQ-WYZ\\`-~])/g;
/** A line of a rainbow has one span a letter; beyond so many the rest is plain. */
const MAX_SPANS = 1000;

/** @type {Style} */
const PLAIN = { fg: null, bg: null, bold: false, dim: false, italic: false, underline: false, strike: false, inverse: false };

/** @type {Record<number, Partial<Style>>} */
const CODES = {
    0: PLAIN, 1: { bold: true }, 2: { dim: true }, 3: { italic: true }, 4: { underline: true }, 7: { inverse: true }, 9: { strike: true },
    21: { underline: true }, 22: { bold: false, dim: false }, 23: { italic: false }, 24: { underline: false }, 27: { inverse: false },
    29: { strike: false }, 39: { fg: null }, 49: { bg: null },
};
for (let i = 0; i < 8; i++) {
    CODES[30 + i] = { fg: i };
    CODES[40 + i] = { bg: i };
    CODES[90 + i] = { fg: 8 + i };
    CODES[100 + i] = { bg: 8 + i };
}
/** What 38, 48 and 58 (the colour of an underline, which we leave out) are followed by. @type {Record<number, "fg" | "bg" | "">} */
const EXTENDED = { 38: "fg", 48: "bg", 58: "" };

const isByte = (/** @type {number} */ n) => n >= 0 && n <= 255;

/** The colour at the beginning of `rest`, and how many numbers it takes; null where it is none.
 * @param {number[]} rest @returns {[number | null, number]} */
function extendedColour(rest) {
    if (rest[0] === 5) return [isByte(rest[1]) ? rest[1] : null, 2];
    const [r, g, b] = rest.slice(1, 4);
    if (rest[0] === 2) return [[r, g, b].every(isByte) ? 0x1000000 + (r << 16) + (g << 8) + b : null, 4];
    return [null, 1];
}

/** One number with those that colons join to it. @param {Style} style @param {string} word @returns {Style} */
function applyJoined(style, word) {
    const [code, ...rest] = word.split(":").map(Number);
    if (code === 4) return { ...style, underline: rest[0] !== 0 };
    if (!(code in EXTENDED)) return style;
    // 38:2::r:g:b names a colour space, 38:2:r:g:b does not.
    if (rest[0] === 2 && rest.length > 4) rest.splice(1, 1);
    const [colour] = extendedColour(rest);
    return colour === null || !EXTENDED[code] ? style : { ...style, [EXTENDED[code]]: colour };
}

/** @param {Style} style @param {string} parameters of an SGR sequence @returns {Style} */
export function applySgr(style, parameters) {
    const words = parameters.split(";");
    let next = style;
    for (let i = 0; i < words.length; i++) {
        const code = Number(words[i]);
        if (words[i].includes(":")) next = applyJoined(next, words[i]);
        else if (code in EXTENDED) {
            const [colour, taken] = extendedColour(words.slice(i + 1).map(Number));
            if (colour !== null && EXTENDED[code]) next = { ...next, [EXTENDED[code]]: colour };
            i += taken;
        } else if (code in CODES) next = { ...next, ...CODES[code] };
    }
    return next;
}

/** @param {Style} style */
const isPlain = (style) => Object.entries(PLAIN).every(([name, value]) => style[/** @type {keyof Style} */ (name)] === value);

/** @param {string} text @returns {{text: string, spans: Span[]}} */
export function readAnsi(text) {
    if (!text.includes("\u001b")) return { text, spans: [] };
    /** @type {Span[]} */
    const spans = [];
    let style = PLAIN;
    let visible = "";
    let at = 0;
    const take = (/** @type {number} */ to) => {
        const from = visible.length;
        visible += text.slice(at, to);
        if (visible.length > from && !isPlain(style) && spans.length < MAX_SPANS) spans.push({ from, to: visible.length, style });
    };
    for (const match of text.matchAll(SEQUENCE)) {
        take(match.index);
        at = match.index + match[0].length;
        if (match[2] === "m") style = applySgr(style, match[1]);
    }
    take(text.length);
    return { text: visible, spans };
}
