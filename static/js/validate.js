/**
 * Whether a configuration fits its schema, and the configuration with its defaults filled in: the words and rules of the server's
 * lib/validate.c, which checks again. tests/shared/validate.json holds the cases of both. No DOM here.
 *
 * What is absent takes its default, and without one the empty value of its type. Null means empty: it takes no default. An empty
 * text or list meets every rule but `required`.
 *
 * @typedef {object} Field a field of a manifest's schema
 * @property {string} name
 * @property {string} type integer float string boolean enum group list data_source; and of an instance's own texts: line lines
 * @property {boolean} [required]
 * @property {any} [default]
 * @property {Numeric} [min] of a number; of a text its length, of a list its items
 * @property {Numeric} [max]
 * @property {Numeric} [step]
 * @property {string} [format] url, email
 * @property {any[]} [options]
 * @property {Field[]} [fields]
 *
 * @typedef {number | bigint} Numeric whole numbers that a double cannot hold are bigints
 *
 * @typedef {Array<[path: string, message: string]>} Faults
 */

const own = (/** @type {any} */ object, /** @type {string} */ key) => (Object.hasOwn(object, key) ? object[key] : undefined);
const isObject = (/** @type {any} */ value) => typeof value === "object" && value !== null && !Array.isArray(value);

const LEAST = -(2 ** 63);
const BEYOND = 2 ** 63;
const isWhole = (/** @type {Numeric} */ n) => typeof n === "bigint" || (Number.isInteger(n) && n >= LEAST && n < BEYOND);

/** Whether value - base is a multiple of step; decimal fractions get the tolerance that binary ones need.
 * @param {Numeric} value @param {Numeric} base @param {Numeric} step */
function fitsStep(value, base, step) {
    if ([value, base, step].every(isWhole)) return (BigInt(value) - BigInt(base)) % BigInt(step) === 0n;
    const [v, b, by] = [Number(value), Number(base), Number(step)];
    const steps = (v - b) / by;
    return Math.abs(steps - Math.round(steps)) <= 1e-9 + 1e-15 * ((Math.abs(v) + Math.abs(b)) / by);
}

/** @param {Field} field @param {Numeric} value */
function numberFault({ min, max, step }, value) {
    if (min !== undefined && value < min) return `must be at least ${min}`;
    if (max !== undefined && value > max) return `must be at most ${max}`;
    if (step === undefined || fitsStep(value, min ?? 0, step)) return "";
    return min === undefined || fitsStep(min, 0, step) ? `must be a multiple of ${step}` : `must be ${min} plus a multiple of ${step}`;
}

/** @param {Field} field @param {number} count @param {string} unit */
function countFault({ min, max }, count, unit) {
    if (min !== undefined && count < min) return `needs at least ${min} ${unit}`;
    return max !== undefined && count > max ? `takes at most ${max} ${unit}` : "";
}

const TEXT_BYTES = 65536;

/** @param {Field} field @param {any} value */
function wholeFault(field, value) {
    if (typeof value === "number" && (value < LEAST || value >= BEYOND)) return "must be a whole number of 64 bits";
    return typeof value === "bigint" || Number.isInteger(value) ? numberFault(field, value) : "must be a whole number";
}

const isNumber = (/** @type {any} */ value) => typeof value === "number" || typeof value === "bigint";

/** What nobody types and what changes how the rest looks: controls, separators, overrides of direction. */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** @param {Field} field @param {string} value */
function lineFault({ type, max = Infinity }, value) {
    if ([...value].length > max) return `takes at most ${max} characters`;
    const allowed = type === "lines" ? "\n\t" : "";
    const control = value.match(CONTROLS)?.find((letter) => !allowed.includes(letter));
    if (control === undefined) return "";
    const code = control.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return control === "\n" ? "is one line" : `may not hold the control character U+${code}`;
}

/** @param {Field} field @param {any} value */
function textFault(field, value) {
    if (typeof value !== "string") return "must be text";
    if (value === "") return "";
    if (new TextEncoder().encode(value).length > TEXT_BYTES) return `takes at most ${TEXT_BYTES} bytes`;
    if (field.format === "url" && !/^https?:\/\/[^/?#: \t\r\n][^ \t\r\n]*$/.test(value)) return "must be an address that begins with http:// or https://";
    if (field.format === "email" && !/^[^@ \t\r\n]+@[^@ \t\r\n]+$/.test(value)) return "must be an e-mail address";
    return countFault(field, [...value].length, "characters");
}

/** @param {Field} field @param {any} value */
function enumFault({ options = [] }, value) {
    const there = [];
    for (const option of options) {
        const { value: known, available = true, reason } = isObject(option) ? option : { value: option };
        if (known === value) return available ? "" : `is not available: ${reason || "install required"}`;
        if (available) there.push(known);
    }
    return there.length > 0 && there.length <= 20 ? `must be one of: ${there.join(", ")}` : "must be one of the options";
}

const REFERENCE = /^[^]+@sha256:[0-9a-f]{64}$/;

/** Whether what a reference names is still there, the server finds out. @param {Field} field @param {any} value */
function dataFault(field, value) {
    const { options = [] } = field;
    const known = options.some((option) => (isObject(option) ? option.value : option) === value);
    if (known) return enumFault(field, value);
    if (typeof value !== "string" || !REFERENCE.test(value)) return options.length > 0 ? "must be a data source or one of the options" : "must be a data source";
    return new TextEncoder().encode(value).length > TEXT_BYTES ? `takes at most ${TEXT_BYTES} bytes` : "";
}

/** What is wrong with a value that is there, or "". Of groups and lists only the outside is looked at.
 * @param {Field} field @param {any} value */
export function fault(field, value) {
    switch (field.type) {
        case "integer":
            return wholeFault(field, value);
        case "float":
            return isNumber(value) ? numberFault(field, value) : "must be a number";
        case "string":
            return textFault(field, value);
        case "line":
        case "lines":
            return lineFault(field, value);
        case "boolean":
            return typeof value === "boolean" ? "" : "must be true or false";
        case "enum":
            return enumFault(field, value);
        case "data_source":
            return dataFault(field, value);
        case "list":
            if (!Array.isArray(value)) return "must be a list";
            return value.length === 0 ? "" : countFault(field, value.length, "items");
        default:
            return isObject(value) ? "" : "must be an object";
    }
}

/** What cannot be seen: white space, and what Unicode has shown as nothing at all; but not what is refused as a control character. */
const UNSEEN = /^(?:(?![\u000b\u000c\u0080-\u009f\u2028-\u202e\u2066-\u2069])[\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800])*$/u;

/** Whether nothing is there where something is required. @param {Field} field @param {any} value */
export function isMissing(field, value) {
    if (value === undefined || value === null) return true;
    if (field.type === "line" || field.type === "lines") return field.required === true && UNSEEN.test(value);
    return (field.type === "string" && value === "") || (field.type === "list" && Array.isArray(value) && value.length === 0);
}

/** @param {Field} field @param {string} path @param {Faults} faults */
function emptyValue(field, path, faults) {
    if (field.type === "group") return checkObject(field.fields ?? [], {}, path, faults);
    const empty = /** @type {Record<string, any>} */ ({ string: "", boolean: false, list: [] });
    return own(empty, field.type) ?? null;
}

/** @param {Field} field @param {any} given @param {string} path @param {Faults} faults */
function checkField(field, given, path, faults) {
    const value = given === undefined ? field.default : given;
    const absent = value === undefined || value === null;
    if (field.required && field.type !== "group" && isMissing(field, value)) {
        faults.push([path, "is required"]);
        return absent ? emptyValue(field, path, faults) : value;
    }
    if (absent) return emptyValue(field, path, faults);
    const message = fault(field, value);
    if (message) faults.push([path, message]);
    if (field.type === "group" && isObject(value)) return checkObject(field.fields ?? [], value, path, faults);
    if (field.type !== "list" || !Array.isArray(value)) return value;
    return value.map((item, i) => checkObject(field.fields ?? [], item, `${path}.${i}`, faults));
}

/** @param {Field[]} fields @param {any} value @param {string} path @param {Faults} faults @returns {any} */
function checkObject(fields, value, path, faults) {
    if (!isObject(value)) {
        faults.push([path, "must be an object"]);
        return value;
    }
    const below = (/** @type {string} */ name) => (path ? `${path}.${name}` : name);
    const known = new Set(fields.map((field) => field.name));
    const result = Object.fromEntries(fields.map((field) => [field.name, checkField(field, own(value, field.name), below(field.name), faults)]));
    for (const name of Object.keys(value)) if (!known.has(name)) faults.push([below(name), "there is no such field"]);
    return result;
}

/** @param {Field[]} fields @param {any} value @param {string} [prefix] of the paths of faults @returns {{result: any, faults: Faults}} */
export function validate(fields, value, prefix = "") {
    /** @type {Faults} */
    const faults = [];
    const result = checkObject(fields, value, prefix, faults);
    return { result, faults };
}
