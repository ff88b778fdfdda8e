/**
 * What was typed, as a value: the words of the server's fcgi/pages/form.c, which reads again. tests/shared/typed.json holds the cases
 * of both. What cannot be read as its type stays text, and is then wrong.
 */

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const WHOLE = /^[+-]?\d+$/;

/** @param {string} text @returns {number | bigint | null} */
export function readNumber(text) {
    if (WHOLE.test(text)) {
        const exact = BigInt(text.replace("+", ""));
        if (BigInt.asIntN(64, exact) === exact) return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
    }
    const value = NUMBER.test(text) ? Number(text) : NaN;
    return Number.isFinite(value) ? value : null;
}

/** A whole number may be written as 1e3, but not so that digits might be lost. @param {string} text */
function readWhole(text) {
    const value = readNumber(text);
    const size = typeof value === "number" ? Math.abs(value) : 0;
    return size < 2 ** 53 || size >= 2 ** 63 ? value : null;
}

/** @param {string} type integer or float @param {string} text @returns {number | bigint | string | null} */
export function readTyped(type, text) {
    const bare = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
    if (bare === "") return null;
    return (type === "integer" ? readWhole(bare) : readNumber(bare)) ?? text;
}
