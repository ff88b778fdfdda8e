/** The colours of terminals as this page can show them: moved towards black or white until they can be read on the log's background
 * in either theme, tinted rows among them. */

/** @typedef {[number, number, number]} Rgb */

/** The sixteen, and where each theme's log stands (--color-base-100). @type {Rgb[]} */
const SIXTEEN = [
    [46, 52, 54], [204, 36, 29], [64, 145, 20], [190, 140, 0], [42, 98, 188], [145, 70, 150], [6, 142, 148], [200, 204, 200],
    [110, 116, 116], [239, 60, 55], [100, 190, 45], [226, 190, 40], [90, 150, 230], [190, 115, 190], [40, 195, 205], [245, 245, 245],
];
/** @type {Rgb} */
const LIGHT = [255, 255, 255];
/** @type {Rgb} */
const DARK = [23, 29, 35];
/** Contrast against the plain background that leaves 4.5 on a tinted one. */
const ON_LIGHT = 5.6;
const ON_DARK = 6.6;
const LEAST = 4.6;
const DIM = 0.35;

/** @param {number} colour of a Style @returns {Rgb} */
export function rgbOf(colour) {
    if (colour >= 0x1000000) return [(colour >> 16) & 255, (colour >> 8) & 255, colour & 255];
    if (colour < 16) return SIXTEEN[colour];
    if (colour >= 232) return /** @type {Rgb} */ (Array(3).fill(8 + 10 * (colour - 232)));
    const level = (/** @type {number} */ n) => (n === 0 ? 0 : 55 + 40 * n);
    const place = colour - 16;
    return [level(Math.floor(place / 36)), level(Math.floor(place / 6) % 6), level(place % 6)];
}

/** @param {Rgb} colour */
function luminance(colour) {
    const [r, g, b] = colour.map((c) => (c <= 10.31475 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {Rgb} a @param {Rgb} b */
export function contrast(a, b) {
    const [x, y] = [luminance(a), luminance(b)];
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** @param {Rgb} a @param {Rgb} b @param {number} share of b @returns {Rgb} */
const mix = (a, b, share) => /** @type {Rgb} */ (a.map((c, i) => Math.round(c + (b[i] - c) * share)));

/** Black or white, whichever stands out. @param {Rgb} ground @returns {Rgb} */
const extreme = (ground) => (contrast([0, 0, 0], ground) > contrast([255, 255, 255], ground) ? [0, 0, 0] : [255, 255, 255]);

/** The nearest colour towards black or white that stands out so much. @param {Rgb} colour @param {Rgb} ground @param {number} wanted */
export function readable(colour, ground, wanted) {
    if (contrast(colour, ground) >= wanted) return colour;
    const target = extreme(ground);
    let [low, high] = [0, 1];
    for (let i = 0; i < 7; i++) {
        const middle = (low + high) / 2;
        if (contrast(mix(colour, target, middle), ground) >= wanted) high = middle;
        else low = middle;
    }
    return mix(colour, target, high);
}

/** @param {Rgb} colour */
const css = (colour) => `rgb(${colour.join(" ")})`;

/** @param {Rgb} colour @param {boolean} dim @param {Rgb} ground @param {number} wanted */
const onGround = (colour, dim, ground, wanted) => css(readable(dim ? mix(colour, ground, DIM) : colour, ground, wanted));

/** @type {Map<string, {color: string, background: string}>} */
const known = new Map();

/** CSS for a style's colours; empty where the row's own are right. @param {import("./ansi.js").Style} style */
export function coloursOf({ fg, bg, dim, inverse }) {
    const key = `${fg} ${bg} ${dim} ${inverse}`;
    let found = known.get(key);
    if (!found) {
        found = choose(inverse ? bg : fg, inverse ? fg : bg, dim, inverse);
        if (known.size > 4000) known.clear();
        known.set(key, found);
    }
    return found;
}

/** @param {number | null} fg @param {number | null} bg @param {boolean} dim @param {boolean} inverse */
function choose(fg, bg, dim, inverse) {
    if (bg !== null) {
        const ground = rgbOf(bg);
        return { background: css(ground), color: css(fg === null ? extreme(ground) : readable(rgbOf(fg), ground, LEAST)) };
    }
    if (inverse) return { background: "var(--color-base-content)", color: "var(--color-base-100)" };
    if (fg === null) return { background: "", color: dim ? "var(--color-muted)" : "" };
    const colour = rgbOf(fg);
    return { background: "", color: `light-dark(${onGround(colour, dim, LIGHT, ON_LIGHT)}, ${onGround(colour, dim, DARK, ON_DARK)})` };
}
