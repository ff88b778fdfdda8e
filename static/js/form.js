/** The form of an instance: each field is checked when it is left, all of them before they are sent. */
import { all, one } from "./dom.js";
import { check } from "./validate.js";

/** @param {any} input @returns {import("./validate.js").Rules} */
function rulesOf(input) {
    const { min, max, step, required, type, nodeName } = input;
    if (nodeName === "SELECT") return { kind: "select", required };
    if (nodeName === "TEXTAREA") return { kind: "text", required };
    return { kind: ["number", "url", "email", "checkbox"].includes(type) ? type : "text", required, min, max, step };
}

/** What a number input holds when it cannot be read is not to be seen, only that there is something. @param {any} input */
const textOf = (input) => (input.validity.badInput ? "?" : input.value);

/** @param {any} input @param {string} message */
function show(input, message) {
    const place = one(input.closest("[data-field]"), ".field-error");
    place.textContent = message;
    if (message) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
}

/** @param {any} input @returns {boolean} whether it is right */
function checkInput(input) {
    const message = check(rulesOf(input), textOf(input));
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
