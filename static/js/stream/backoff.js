/** How long to wait before the attempt: 0.5 s, 1, 2, 4 ... 15 s, of which up to a half is taken off by chance.
 * @param {number} attempt counted from 1
 * @param {() => number} [random] */
export function backoffMs(attempt, random = Math.random) {
    const full = Math.min(15000, 500 * 2 ** (attempt - 1));
    return Math.round(full * (1 - random() / 2));
}
