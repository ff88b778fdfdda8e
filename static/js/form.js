/** The form of an instance: each field is checked when it is left, all of them before they are sent. */
import { all, one } from "./dom.js";
import { fault, isMissing } from "./validate.js";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const bound = (/** @type {string} */ text) => (text === "" ? undefined : Number(text));

/** The field that the input stands for, as far as it shows. @param {any} input @returns {import("./validate.js").Field} */
function fieldOf(input) {
    const { name, required, type, min, max, step, nodeName } = input;
    if (nodeName === "SELECT") return { name, type: "enum", required, options: [...input.options].filter((o) => !o.disabled).map((o) => o.value) };
    if (type === "checkbox") return { name, type: "boolean", required };
    if (type !== "number") return { name, type: "string", format: type, required };
    const field = { name, type: /^\d+$/.test(step) ? "integer" : "float", required, min: bound(min), max: bound(max) };
    return step === "any" || step === "1" ? field : { ...field, step: Number(step) };
}

/** What was typed, as a value; what cannot be read stays text. @param {any} input @param {string} type */
function valueOf(input, type) {
    if (type === "boolean") return input.checked;
    if (type === "string") return input.value;
    if (type === "enum") return input.value === "" ? null : input.value;
    if (input.validity.badInput) return "?";
    const text = input.value.trim();
    if (text === "") return null;
    return NUMBER.test(text) ? Number(text) : text;
}

/** @param {any} input @param {string} message */
function show(input, message) {
    one(input.closest("[data-field]"), ".field-error").textContent = message;
    if (message) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
}

/** @param {any} input */
function messageFor(input) {
    const field = fieldOf(input);
    const value = valueOf(input, field.type);
    if (isMissing(field, value)) return field.required ? "is required" : "";
    return fault(field, value);
}

/** @param {any} input @returns {boolean} whether it is right */
function checkInput(input) {
    const message = messageFor(input);
    // What the server found wrong stays until it has been changed.
    if (message || input.dataset.changed || !input.hasAttribute("aria-invalid")) show(input, message);
    return !message;
}

export function startForm() {
    const form = one(document, "[data-form]");
    if (!form) return;
    const inputs = all(form, "[data-field] :is(input, select, textarea)");
    form.addEventListener("input", (/** @type {Event} */ e) => {
        /** @type {HTMLElement} */ (e.target).dataset.changed = "yes";
    });
    form.addEventListener("focusout", (/** @type {FocusEvent} */ e) => {
        if (inputs.includes(e.target)) checkInput(e.target);
    });
    form.addEventListener("submit", (/** @type {SubmitEvent} */ e) => {
        const wrong = inputs.filter((input) => !checkInput(input));
        if (wrong.length === 0) return;
        e.preventDefault();
        wrong[0].focus();
    });
    one(form, "[aria-invalid=true]")?.focus();
}
