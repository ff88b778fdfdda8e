/** Whether what was typed into a field fits it: the words and rules of the server, which checks again. No DOM here. */

/**
 * @typedef {object} Rules
 * @property {"text" | "number" | "url" | "email" | "select" | "checkbox"} kind
 * @property {boolean} required
 * @property {string} [min] as the form shows it; "" is none
 * @property {string} [max]
 * @property {string} [step] "any" or a number
 */

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Whether value - base is a multiple of step; decimal fractions get the tolerance that binary ones need.
 * @param {number} value @param {number} base @param {number} step */
function fitsStep(value, base, step) {
    const steps = (value - base) / step;
    return Math.abs(steps - Math.round(steps)) <= 1e-9 * Math.max(1, Math.abs(steps));
}

/** @param {Rules} rules @param {number} value */
function checkNumber({ min = "", max = "", step = "any" }, value) {
    if (min !== "" && value < Number(min)) return `must be at least ${min}`;
    if (max !== "" && value > Number(max)) return `must be at most ${max}`;
    if (step === "any") return "";
    if (step === "1" && !Number.isInteger(value)) return "must be a whole number";
    const base = min === "" ? 0 : Number(min);
    if (fitsStep(value, base, Number(step))) return "";
    return fitsStep(base, 0, Number(step)) ? `must be a multiple of ${step}` : `must be ${min} plus a multiple of ${step}`;
}

/** What is wrong, or "". @param {Rules} rules @param {string} text */
export function check(rules, text) {
    const { kind, required } = rules;
    if (kind === "checkbox") return "";
    if (text.trim() === "" && (kind !== "text" || text === "" || required)) return required ? "is required" : "";
    if (kind === "number") {
        const typed = text.trim();
        if (!NUMBER.test(typed)) return rules.step === "any" ? "must be a number" : "must be a whole number";
        return checkNumber(rules, Number(typed));
    }
    if (kind === "url" && !/^https?:\/\/[^/?#:\s]\S*$/.test(text)) return "must be an address that begins with http:// or https://";
    if (kind === "email" && !/^[^@\s]+@[^@\s]+$/.test(text)) return "must be an e-mail address";
    return "";
}
