/** The filters above a list: they apply as they are set, and stand in the address. */
import { all, isTouched, one } from "./dom.js";

const TYPING_MS = 120;
const FIRST_ORDER = "newest";

/** The address that a form's fields ask for. @param {HTMLFormElement} form */
function addressOf(form) {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value && !(name === "sort" && value === FIRST_ORDER)) query.append(name, String(value));
    return `${form.getAttribute("action")}${query.size ? `?${query}` : ""}`;
}

/** Brings the fields to what the address says; the one that is being typed in stays. */
export function syncFilters() {
    const query = new URLSearchParams(location.search);
    for (const form of all(document, "[data-filters]")) {
        for (const field of form.elements) {
            if (field.type === "checkbox") field.checked = query.get(field.name) === field.value;
            else if (field.name && field !== document.activeElement) field.value = query.get(field.name) ?? (field.name === "sort" ? FIRST_ORDER : "");
        }
        form.hidden = Boolean(one(document, "[data-empty]"));
    }
    for (const clear of all(document, "[data-clear]")) clear.hidden = ![...query.keys()].some((name) => !["before", "key"].includes(name));
}

/** @param {HTMLFormElement} form @param {(address: string, replace: boolean) => void} show */
function startFilter(form, show) {
    let typing = 0;
    const stopTyping = () => {
        clearTimeout(typing);
        typing = 0;
    };
    const apply = () => {
        stopTyping();
        show(addressOf(form), true);
    };
    form.addEventListener("input", (e) => {
        stopTyping();
        if (/** @type {HTMLElement} */ (e.target).matches("[type=search]")) typing = window.setTimeout(apply, TYPING_MS);
        else apply();
    });
    // A field that is left is brought to what the address says by whatever is drawn next.
    form.addEventListener("focusout", () => typing && apply());
    form.addEventListener("submit", (e) => {
        e.preventDefault();
        apply();
    });
    one(form, "[data-clear]")?.addEventListener("click", (/** @type {Event} */ e) => {
        e.preventDefault();
        stopTyping();
        /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
        show(form.getAttribute("action") ?? "", true);
        syncFilters();
    });
    if (isTouched(form)) apply();
}

/** @param {(address: string, replace: boolean) => void} show another address of this page */
export function startFilters(show) {
    for (const form of all(document, "[data-filters]")) startFilter(form, show);
}
