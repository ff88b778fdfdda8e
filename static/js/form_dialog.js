/**
 * A form that has a page of its own, as a dialog: a link with `data-form-dialog` names the partial that the page shares with us. What
 * is refused comes back in the dialog as typed; what is done is told by a toast that leads there, and by `athanor:done`.
 */
import { openDialog, whenRead } from "./dialogs.js";
import { el, one } from "./dom.js";
import { renderOne } from "./render.js";
import { toast } from "./toasts.js";
import { readJson } from "./view.js";

/** The first field that is wrong, else the one that the form begins with. @param {HTMLElement} form */
const focusFirst = (form) => (one(form, "[aria-invalid]") ?? one(form, "[autofocus]") ?? one(form, "a, button"))?.focus();

/** @param {HTMLFormElement} form @param {string} partial @param {HTMLDialogElement} dialog */
async function send(form, partial, dialog) {
    const button = one(form, "button:not([type=button])");
    button.disabled = true;
    try {
        const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
        const answer = await fetch(form.getAttribute("action") ?? "", { method: "POST", body, headers: { accept: "application/json" } });
        const view = await answer.json().catch(() => ({}));
        if (answer.ok && view.title) {
            dialog.close();
            toast(el("a", { href: new URL(answer.url).pathname }, `Promoted as ${view.title}`));
            document.dispatchEvent(new Event("athanor:done"));
        } else if (view.form) {
            form.replaceChildren(...renderOne(partial, view).childNodes);
            focusFirst(form);
        } else {
            toast(view.detail ?? (answer.redirected ? "Signed out; nothing has been changed" : `The server answered ${answer.status}`));
        }
    } catch {
        toast("The server could not be reached; try again: nothing is made twice");
    } finally {
        button.disabled = false;
    }
}

/** @param {string} partial @param {any} view */
function show(partial, view) {
    const form = /** @type {HTMLFormElement} */ (renderOne(partial, view));
    const dialog = openDialog(form, view.heading);
    form.addEventListener("click", (e) => {
        if (!(/** @type {Element} */ (e.target).closest("[data-action=back]"))) return;
        e.preventDefault();
        dialog.close();
    });
    form.addEventListener("submit", (e) => {
        e.preventDefault();
        send(form, partial, dialog);
    });
    focusFirst(form);
}

export function startFormDialogs() {
    document.addEventListener("click", (e) => {
        const link = /** @type {HTMLElement} */ (e.target).closest("a[data-form-dialog]");
        if (!(link instanceof HTMLAnchorElement) || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
        e.preventDefault();
        const partial = link.dataset.formDialog ?? "";
        whenRead(readJson(link.href), (view) => show(partial, view));
    });
}
