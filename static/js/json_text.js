/**
 * JSON as it was written. Values are found in their text and read only when they are looked at: so numbers keep their digits (2^64,
 * 0.10, 1e400), members their order, and a value of a hundred thousand nodes costs no more than what is shown of it.
 *
 * Texts come from the server, which has checked them.
 *
 * @typedef {object} Part a value within a text
 * @property {string | null} key its name in an object
 * @property {number} at its first character
 * @property {number} end behind its last
 * @property {number} size how many members it has; -1: it is no list and no object
 */

const [QUOTE, COMMA, COLON, OPEN_LIST, CLOSE_LIST, OPEN, CLOSE, BACKSLASH, SPACE] = [...'",:[]{}\\ '].map((c) => c.charCodeAt(0));
const PIECE = 65_536;

/** @param {string} text @param {number} at */
function skipSpace(text, at) {
    while (text.charCodeAt(at) <= SPACE) at++;
    return at;
}

/** Behind the string that begins here. @param {string} text @param {number} at */
function stringEnd(text, at) {
    for (let quote = text.indexOf('"', at + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
        let before = quote - 1;
        while (text.charCodeAt(before) === BACKSLASH) before--;
        if ((quote - before) % 2 === 1) return quote + 1;
    }
    throw new SyntaxError("a string does not end");
}

/** Behind the number or word that begins here. @param {string} text @param {number} at */
function wordEnd(text, at) {
    for (let i = at; ; i++) {
        const c = text.charCodeAt(i);
        if (!(c > SPACE) || c === COMMA || c === CLOSE || c === CLOSE_LIST || c === COLON) return i;
    }
}

/** The value that begins here. @param {string} text @param {number} [from] @param {string | null} [key] @returns {Part} */
export function partAt(text, from = 0, key = null) {
    const at = skipSpace(text, from);
    const first = text.charCodeAt(at);
    if (first === QUOTE) return { key, at, end: stringEnd(text, at), size: -1 };
    if (first !== OPEN && first !== OPEN_LIST) return { key, at, end: wordEnd(text, at), size: -1 };
    let commas = 0;
    let depth = 0;
    let filled = false;
    for (let i = at; i < text.length; i++) {
        const c = text.charCodeAt(i);
        if (c === OPEN || c === OPEN_LIST) {
            if (depth++ > 0) filled = true;
        } else if (c === CLOSE || c === CLOSE_LIST) {
            if (--depth === 0) return { key, at, end: i + 1, size: filled ? commas + 1 : 0 };
        } else if (c === COMMA) {
            if (depth === 1) commas++;
        } else if (c > SPACE) {
            filled = true;
            if (c === QUOTE) i = stringEnd(text, i) - 1;
        }
    }
    throw new SyntaxError("a value does not end");
}

/** The members of a list or an object. @param {string} text @param {number} at where it begins @returns {Generator<Part, void>} */
export function* members(text, at) {
    const named = text.charCodeAt(at) === OPEN;
    let i = skipSpace(text, at + 1);
    while (text.charCodeAt(i) !== CLOSE && text.charCodeAt(i) !== CLOSE_LIST) {
        let key = null;
        if (named) {
            const end = stringEnd(text, i);
            key = JSON.parse(text.slice(i, end));
            i = skipSpace(text, end) + 1;
        }
        const part = partAt(text, i, key);
        yield part;
        i = skipSpace(text, part.end);
        if (text.charCodeAt(i) === COMMA) i = skipSpace(text, i + 1);
        else if (!(i < text.length)) throw new SyntaxError("a list does not end");
    }
}

/** The member of an object that has this name. @param {string} text @param {string} name @param {number} [at] where the object begins */
export function member(text, name, at = 0) {
    for (const part of members(text, skipSpace(text, at))) if (part.key === name) return part;
    return null;
}

/** The text of an object's member, or null. @param {string} text @param {string} name @param {number} [at] */
export function memberText(text, name, at = 0) {
    const part = member(text, name, at);
    return part && text.slice(part.at, part.end);
}

const types = { "{": "object", "[": "array", '"': "string", t: "boolean", f: "boolean", n: "null" };

/** The type of a value by its first character. @param {string} text @param {number} [at] @returns {string} */
export const typeAt = (text, at = 0) => types[/** @type {keyof types} */ (text[skipSpace(text, at)])] ?? "number";

/** Adds what stands here to an indented text. @param {string} text @param {number} i @param {{out: string, depth: number}} to @returns {number} behind it */
function indent(text, i, to) {
    const c = text.charCodeAt(i);
    if (c === OPEN || c === OPEN_LIST) {
        const next = skipSpace(text, i + 1);
        const closing = text.charCodeAt(next);
        const empty = closing === CLOSE || closing === CLOSE_LIST;
        to.out += empty ? text[i] + text[next] : `${text[i]}\n${"  ".repeat(++to.depth)}`;
        return empty ? next + 1 : i + 1;
    }
    if (c === CLOSE || c === CLOSE_LIST) to.out += `\n${"  ".repeat(--to.depth)}${text[i]}`;
    else if (c === COMMA) to.out += `,\n${"  ".repeat(to.depth)}`;
    else if (c === COLON) to.out += ": ";
    else if (c > SPACE) {
        const end = c === QUOTE ? stringEnd(text, i) : wordEnd(text, i);
        to.out += text.slice(i, end);
        return end;
    }
    return i + 1;
}

/** A value indented by two spaces, in pieces of about 64 KiB. @param {string} text @param {number} [from] @returns {Generator<string, void>} */
export function* indented(text, from = 0) {
    const { at, end } = partAt(text, from);
    const to = { out: "", depth: 0 };
    for (let i = at; i < end; ) {
        i = indent(text, i, to);
        if (to.out.length >= PIECE) {
            yield to.out;
            to.out = "";
        }
    }
    yield to.out;
}

/** A long text in pieces of 64 KiB. @param {string} text @returns {Generator<string, void>} */
export function* pieces(text) {
    for (let at = 0; at < text.length || at === 0; at += PIECE) yield text.slice(at, at + PIECE);
}
