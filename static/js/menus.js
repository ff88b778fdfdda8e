/** Menus are <details>: they open without a script. Here they close again: on Esc, on a click elsewhere, when another opens. */
import { all } from "./dom.js";

/** @param {Element | null} [but] */
function closeMenus(but = null) {
    for (const menu of all(document, "details.menu[open]")) if (menu !== but) menu.open = false;
}

export function startMenus() {
    document.addEventListener("click", (e) => closeMenus(/** @type {Element} */ (e.target).closest("details.menu")));
    document.addEventListener("keydown", (e) => {
        if (e.key !== "Escape") return;
        const menu = /** @type {HTMLElement | null} */ (document.querySelector("details.menu[open]"));
        closeMenus();
        /** @type {HTMLElement | null | undefined} */ (menu?.querySelector("summary"))?.focus();
    });
}
