/** What the server's fmt_* functions say, for what arrives live; tests/shared/format.json holds the cases of both. Remainders are
 * cut off, never rounded up; only `number` rounds. */

/** @param {number} ms */
export function duration(ms) {
    if (ms <= 0) return "0 ms";
    if (ms < 1000) return `${Math.trunc(ms)} ms`;
    if (ms < 60_000) return `${(Math.trunc(ms / 100) / 10).toFixed(1)} s`;
    if (ms < 3_600_000) return `${Math.trunc(ms / 60_000)} m ${Math.trunc(ms / 1000) % 60} s`;
    if (ms < 86_400_000) return `${Math.trunc(ms / 3_600_000)} h ${Math.trunc(ms / 60_000) % 60} m`;
    return `${Math.trunc(ms / 86_400_000)} d ${Math.trunc(ms / 3_600_000) % 24} h`;
}

const DAY = 86_400_000;

/** @param {number} ms how long ago */
export function ago(ms) {
    if (ms < 5000) return "just now";
    if (ms < 60_000) return `${Math.trunc(ms / 1000)} s ago`;
    if (ms < 3_600_000) return `${Math.trunc(ms / 60_000)} min ago`;
    if (ms < DAY) return `${Math.trunc(ms / 3_600_000)} h ago`;
    if (ms < 2 * DAY) return "1 day ago";
    if (ms < 30 * DAY) return `${Math.trunc(ms / DAY)} days ago`;
    if (ms < 60 * DAY) return "1 month ago";
    if (ms < 365 * DAY) return `${Math.trunc(ms / (30 * DAY))} months ago`;
    if (ms < 730 * DAY) return "1 year ago";
    return `${Math.trunc(ms / (365 * DAY))} years ago`;
}

/** @param {number} n */
export function bytes(n) {
    if (n < 1024) return `${n} B`;
    const units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let power = 0;
    let size = n / 1024;
    while (size >= 1024 && power < units.length - 1) {
        size /= 1024;
        power++;
    }
    return `${(Math.trunc(size * 10) / 10).toFixed(1)} ${units[power]}`;
}

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** @param {number} n */
export const count = (n) => grouped.format(n);

/** The digits of a number times 10^places, rounded half away from zero by its decimal digits, as the server does.
 * @param {number} value @param {number} places */
function fixed(value, places) {
    const [mantissa, exponent] = Math.abs(value).toExponential().split("e");
    const digits = mantissa.replace(".", "");
    const keep = Number(exponent) + 1 + places; // digits before the cut
    let whole = BigInt(keep > 0 ? digits.slice(0, keep).padEnd(keep, "0") : 0);
    if (keep >= 0 && Number(digits[keep] ?? 0) >= 5) whole++;
    const text = whole.toString().padStart(places + 1, "0");
    return `${value < 0 && whole > 0n ? "-" : ""}${text.slice(0, -places)}.${text.slice(-places)}`;
}

/** Like 1.23e-5. @param {number} value */
export function exponential(value) {
    if (value === 0) return "0.00e+0";
    const exponent = Number(value.toExponential().split("e")[1]);
    const mantissa = fixed(Number(`${value.toExponential().split("e")[0]}`), 2);
    const overflows = Math.abs(Number(mantissa)) >= 10;
    const shown = overflows ? `${value < 0 ? "-" : ""}1.00` : mantissa;
    const power = overflows ? exponent + 1 : exponent;
    return `${shown}e${power < 0 ? "-" : "+"}${Math.abs(power)}`;
}

/** @param {number} value */
export const fixed4 = (value) => fixed(value, 4);

/** @param {number} value */
export function number(value) {
    if (!Number.isFinite(value)) return String(value);
    const size = Math.abs(value);
    if (size >= 1e15 || (value !== 0 && size < 1e-4)) return exponential(value);
    return Number.isInteger(value) ? String(value) : fixed4(value);
}

const two = (/** @type {number} */ n) => String(n).padStart(2, "0");

/** The reader's own clock: 09:05:03.120. @param {number} ms epoch milliseconds */
export function timeOfDay(ms) {
    const d = new Date(ms);
    return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${String(d.getMilliseconds()).padStart(3, "0")}`;
}

/** 2026-11-21 09:05:03 by the reader's own clock. @param {number} ms */
export function dateTime(ms) {
    const d = new Date(ms);
    return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}
