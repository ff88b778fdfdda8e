/**
 * What takes something away asks first, on a page of its own. Here that page becomes a dialog: a link with `data-ask`, or the
 * form of chosen runs, is asked for its view, whose partial is the same.
 */
import { openDialog, whenRead } from "./dialogs.js";
import { all, one } from "./dom.js";
import { renderOne } from "./render.js";
import { readJson, sendForm } from "./view.js";

/** @param {string} text */
const plain = (text) => text.trim().replace(/\s+/g, " ");

/** @param {any} view */
function show(view) {
    const form = renderOne("confirm", view);
    const dialog = openDialog(form, view.heading);
    const name = one(form, "input[name=name]");
    const go = one(form, "[data-action=confirm]");
    one(form, "[data-action=back]").addEventListener("click", (/** @type {Event} */ e) => {
        e.preventDefault();
        dialog.close();
    });
    if (name) {
        const check = () => (go.disabled = plain(name.value) !== plain(view.typed));
        name.addEventListener("input", check);
        check();
    }
    (name ?? one(form, "[data-action=back]")).focus();
}

export function startConfirmations() {
    document.addEventListener("click", (e) => {
        const link = /** @type {HTMLElement} */ (e.target).closest("a[data-ask]");
        if (!link || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
        e.preventDefault();
        for (const menu of all(document, "details.menu[open]")) menu.open = false;
        whenRead(readJson(/** @type {HTMLAnchorElement} */ (link).href), show);
    });
    document.addEventListener("submit", (e) => {
        const form = /** @type {HTMLFormElement} */ (e.target);
        if (!form.matches("[data-selection]") || e.submitter?.hasAttribute("formaction")) return;
        e.preventDefault();
        one(form, "[name=back]").value = location.pathname + location.search;
        whenRead(sendForm(form, /** @type {HTMLElement} */ (e.submitter)), show);
    });
}
