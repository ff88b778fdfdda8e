/** Runs chosen in a table, or all that fit its filters, to be cancelled or deleted together. */
import { all, one } from "./dom.js";

/** @param {HTMLFormElement} form */
function update(form) {
    const boxes = all(form, "input[name=run]");
    const chosen = boxes.filter((box) => box.checked).length;
    const everything = one(form, "input[name=others]")?.checked ?? false;
    const every = one(form, "[data-select-all]");
    const words = one(form, "[data-selected]");
    if (every) {
        every.checked = chosen > 0 && chosen === boxes.length;
        every.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    if (words) words.textContent = chosen && !everything ? `${chosen} chosen` : "";
    for (const button of all(form, "button[name=action]")) button.disabled = button.value === "compare" ? !chosen || everything : !chosen && !everything;
}

/** After rows have changed. */
export function updateSelection() {
    for (const form of all(document, "[data-selection]")) update(form);
}

/** Another list is asked for, or has come: "all" was said of the one before. */
export function forgetEverything() {
    for (const box of all(document, "[data-selection] input[name=others]")) box.checked = false;
    updateSelection();
}

/** @param {any} every the box for all of the page */
function chooseAll(every) {
    for (const box of all(every.form, "input[name=run]")) box.checked = every.checked;
}

export function startSelection() {
    document.addEventListener("change", (e) => {
        const box = /** @type {HTMLInputElement} */ (e.target);
        const form = /** @type {HTMLFormElement | null} */ (box.closest("[data-selection]"));
        if (!form) return;
        if (box.matches("[data-select-all]")) chooseAll(box);
        update(form);
    });
    all(document, "[data-select-all]:checked").forEach(chooseAll); // before this script was there
    updateSelection();
}
