/** Single keys, where nothing is being typed. */
import { showShortcuts } from "./dialogs.js";
import { all, one } from "./dom.js";

/** Without `press` somebody else takes the key. @type {Array<[key: string, does: string, pages: string[] | null, press: (() => void) | null]>} */
const shortcuts = [
    ["?", "Show this list", null, () => list()],
    ["/", "Search", null, () => all(document, "[data-search]").find((field) => field.offsetParent)?.focus()],
    ["n", "New instance", ["experiments"], () => one(document, "[data-action=new]")?.click()],
    ["r", "Start a run", ["instance"], () => one(document, "[data-action=start-run]")?.click()],
    ["g, Home", "In a log: the first line", ["run"], null],
    ["G, End", "In a log: the last line, and follow it", ["run"], null],
    ["n, N", "In a log: the next match, the one before", ["run"], null],
    ["Esc", "Close dialogs and menus", null, null],
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
        const press = here().find(([key]) => key === e.key)?.[3];
        if (!press) return;
        e.preventDefault();
        press();
    });
    document.addEventListener("click", (e) => {
        if (/** @type {Element} */ (e.target).closest("[data-open-dialog=shortcuts]")) list();
    });
}
