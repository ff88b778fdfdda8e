/** Menus are <details>: they open without a script. Here they close again: on Esc, when a click or the focus goes elsewhere. */
import { all } from "./dom.js";

/** @param {Element | null} [but] */
function closeMenus(but = null) {
    for (const menu of all(document, "details.menu[open]")) if (menu !== but) menu.open = false;
}

export function startMenus() {
    const elsewhere = (/** @type {Event} */ e) => closeMenus(/** @type {Element} */ (e.target).closest("details.menu"));
    document.addEventListener("click", elsewhere);
    document.addEventListener("focusin", elsewhere);
    document.addEventListener("keydown", (e) => {
        if (e.key !== "Escape") return;
        const menu = /** @type {HTMLElement | null} */ (document.querySelector("details.menu[open]"));
        closeMenus();
        /** @type {HTMLElement | null | undefined} */ (menu?.querySelector("summary"))?.focus();
    });
}
