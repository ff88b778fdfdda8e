/** Permalinks: `#L123` and `#L10-20` mark lines; a click on a number sets one, with shift the other end. */

/** @param {string} hash @returns {[number, number] | null} */
export function readMark(hash) {
    const match = /^#L(\d{1,15})(?:-L?(\d{1,15}))?$/.exec(hash);
    if (!match) return null;
    const a = Number(match[1]);
    const b = Number(match[2] ?? match[1]);
    return [Math.min(a, b), Math.max(a, b)];
}

/** @param {[number, number] | null} mark the one before @param {number} n the line clicked @param {boolean} extend */
export function moveMark(mark, n, extend) {
    if (!extend || !mark) return /** @type {[number, number]} */ ([n, n]);
    return /** @type {[number, number]} */ ([Math.min(mark[0], n), Math.max(mark[0], n)]);
}

/** @param {[number, number]} mark */
export const writeMark = ([from, to]) => (from === to ? `#L${from}` : `#L${from}-${to}`);
