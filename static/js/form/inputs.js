/** The fields of a form as they stand: what each may hold, what was typed into it, and what is wrong with that. */
import { all, el, one } from "../dom.js";
import { fault, isMissing } from "../validate.js";
import { readNumber, readTyped } from "./typed.js";

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Input */

const bound = (/** @type {string | undefined} */ text) => (text === undefined ? undefined : (readNumber(text) ?? undefined));

/** @param {Input} input */
function optionsOf(input) {
    const options = [.../** @type {HTMLSelectElement} */ (input).options].filter(({ value, dataset }) => value !== "" && dataset.unknown === undefined);
    return options.map(({ value, dataset }) => ({ value, available: dataset.unavailable === undefined, reason: dataset.unavailable }));
}

/** @param {HTMLElement} box a field's or a list's own element @returns {import("../validate.js").Field} */
function fieldOf({ dataset }) {
    const { field: name = "", type = "", format, min, max, step, required } = dataset;
    return { name, type, format, required: required !== undefined, min: bound(min), max: bound(max), step: bound(step) };
}

/** @param {Input} input @param {string} type */
function valueOf(input, type) {
    if (type === "boolean") return /** @type {HTMLInputElement} */ (input).checked;
    if (type === "enum" || type === "data_source") return input.value === "" ? null : input.value;
    if (type !== "integer" && type !== "float") return input.value;
    return input.validity.badInput ? "?" : readTyped(type, input.value);
}

/** @param {import("../validate.js").Field} field @param {any} value */
function judge(field, value) {
    if (isMissing(field, value)) return field.required ? "is required" : "";
    return fault(field, value);
}

/** @param {HTMLElement} box @returns {Input | null} */
export const inputOf = (box) => one(box, "input, textarea, select");

/** The items of a list. @param {HTMLElement} list @returns {HTMLElement[]} */
export const itemsOf = (list) => [...one(list, ":scope > [data-items]").children];

/** @param {HTMLElement} box @returns {string} */
function messageOf(box) {
    const field = fieldOf(box);
    if (field.type === "list") return judge(field, itemsOf(box));
    const input = /** @type {Input} */ (inputOf(box));
    return judge(field.type === "enum" || field.type === "data_source" ? { ...field, options: optionsOf(input) } : field, valueOf(input, field.type));
}

/** Where it stands what is wrong with a field or a list; null: nothing was yet. @param {HTMLElement} box @returns {HTMLElement | null} */
const errorOf = (box) => one(box, ":scope > .field-error");

/** @param {HTMLElement} box */
export const isWrong = (box) => Boolean(errorOf(box)?.textContent);

/** @param {HTMLElement} box @param {HTMLElement} described its input, or the list itself */
function makeError(box, described) {
    const error = el("p", { class: "field-error", id: `f-${box.dataset.field}-error` });
    box.insertBefore(error, one(box, ":scope > .list-foot"));
    described.setAttribute("aria-describedby", [described.getAttribute("aria-describedby"), error.id].filter(Boolean).join(" "));
    return error;
}

/** @param {HTMLElement} box @param {string} message */
function show(box, message) {
    if (!message && !errorOf(box)) return;
    const input = box.dataset.type === "list" ? null : inputOf(box);
    (errorOf(box) ?? makeError(box, input ?? box)).textContent = message;
    box.toggleAttribute("data-wrong", message !== "");
    if (message) input?.setAttribute("aria-invalid", "true");
    else input?.removeAttribute("aria-invalid");
}

/** Marks what is wrong with a field or a list, and takes the mark away where nothing is. What the server has found wrong stays until
 * it has been changed. @param {HTMLElement} box @returns {boolean} whether it is right */
export function check(box) {
    const message = messageOf(box);
    if (message || box.dataset.changed !== undefined || !isWrong(box)) show(box, message);
    return !message;
}

/** All fields and lists of a form, in its order. @param {HTMLElement} form @returns {HTMLElement[]} */
export const boxesOf = (form) => all(form, ".field, .field-list");

/** @param {HTMLElement} form @returns {HTMLElement[]} */
export const wrongOf = (form) => all(form, ":is(.field, .field-list) > .field-error:not(:empty)").map((error) => error.parentElement);
