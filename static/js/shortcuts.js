/** Single keys, where nothing is being typed. */
import { showShortcuts } from "./dialogs.js";
import { one } from "./dom.js";

/** @type {Array<[key: string, does: string, pages: string[] | null, press: () => void]>} */
const shortcuts = [
    ["?", "Show this list", null, () => list()],
    ["/", "Search", null, () => one(document, "[data-search]")?.focus()],
    ["n", "New instance", ["experiments"], () => one(document, "[data-action=new]")?.click()],
    ["r", "Start a run", ["instance"], () => one(document, "[data-action=start-run]")?.click()],
    ["Esc", "Close dialogs and menus", null, () => {}],
];

function here() {
    const page = document.body.dataset.page ?? "";
    return shortcuts.filter(([, , pages]) => !pages || pages.includes(page));
}

function list() {
    if (!one(document, "dialog[open]")) showShortcuts(here().map(([key, does]) => [key, does]));
}

export function startShortcuts() {
    document.addEventListener("keydown", (e) => {
        const target = /** @type {HTMLElement} */ (e.target);
        if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
        if (target.closest("input, textarea, select, [contenteditable], dialog")) return;
        const found = here().find(([key]) => key === e.key);
        if (!found) return;
        e.preventDefault();
        found[3]();
    });
    document.addEventListener("click", (e) => {
        if (/** @type {Element} */ (e.target).closest("[data-open-dialog=shortcuts]")) list();
    });
}
