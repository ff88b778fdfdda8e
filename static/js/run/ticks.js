/** Where an axis has its marks, and what stands there: numbers of any size, for uPlot's own steps end at 1e-16 and 1e16, and its words at
 * three decimals. */

/** Round numbers from min to max, about as many as wanted. @param {number} min @param {number} max @param {number} most @returns {number[]} */
export function ticks(min, max, most) {
    const rough = (max - min) / Math.max(1, most);
    if (!(rough > 0) || !Number.isFinite(rough)) return [];
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * (/** @type {number} */ ([1, 2, 5, 10].find((times) => times * power >= rough * 0.999)) || 10);
    const marks = [];
    for (let i = Math.ceil(min / step - 1e-9); i <= Math.floor(max / step + 1e-9) && marks.length <= most + 1; i++) marks.push(Number((i * step).toPrecision(12)) || 0);
    return marks;
}

const words = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });

/** What stands at the marks, in one style: with exponents where one is too large or all are too small. null has no words.
 * @param {(number | null)[]} marks @returns {string[]} */
export function tickLabels(marks) {
    const largest = Math.max(...marks.map((mark) => Math.abs(mark ?? 0)));
    const bare = largest === 0 || (largest >= 1e-3 && largest < 1e7);
    return marks.map((mark) => (mark === null ? "" : mark === 0 ? "0" : bare ? words.format(mark) : mark.toExponential()));
}

/** The places of values that have no neighbour, so that no line leads to them; null where there are none.
 * @param {ArrayLike<number | null | undefined>} values @returns {number[] | null} */
export function loners(values) {
    const found = [];
    const is = (/** @type {number} */ i) => values[i] !== null && values[i] !== undefined;
    for (let i = 0; i < values.length; i++) if (is(i) && !is(i - 1) && !is(i + 1)) found.push(i);
    return found.length ? found : null;
}
