/** JSON with its numbers as they were written, where a double would say something else (2^64, 0.10, 1e5). */

export class ExactNumber {
    /** @param {string} source */
    constructor(source) {
        this.source = source;
    }

    toString() {
        return this.source;
    }

    toJSON() {
        const { rawJSON } = /** @type {any} */ (JSON);
        return rawJSON ? rawJSON(this.source) : Number(this.source);
    }
}

/** Browsers that do not tell a number's source get the nearest double. @param {string} text @returns {any} */
export function parseExact(text) {
    const revive = (/** @type {string} */ _key, /** @type {any} */ value, /** @type {any} */ context) =>
        typeof value === "number" && context?.source !== undefined && String(value) !== context.source ? new ExactNumber(context.source) : value;
    return JSON.parse(text, /** @type {any} */ (revive));
}
