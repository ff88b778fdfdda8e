/** Questions before what cannot be undone, and the list of keyboard shortcuts. */
import { el } from "./dom.js";
import { toast } from "./toasts.js";

/** Changes whenever a dialog is asked for or opened: what was asked for before is not shown any more. */
let asked = 0;

/** Shows a question when its view has come, unless another one has been asked meanwhile. @template T @param {Promise<T>} view @param {(view: T) => void} show */
export function whenRead(view, show) {
    const mine = ++asked;
    view.then((found) => mine === asked && show(found), (error) => mine === asked && toast(error.message));
}

/** A dialog with this content, which goes when it is closed. @param {HTMLElement} content @returns {HTMLDialogElement} */
export function openDialog(content, label = "") {
    asked++;
    const dialog = el("dialog", { class: "box", "aria-label": label }, content);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (/** @type {MouseEvent} */ e) => e.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
    return dialog;
}

/** @param {HTMLElement} form whose data-confirm members say what is asked @returns {Promise<boolean>} */
export function ask(form) {
    const { confirm, confirmText, confirmButton, confirmBack, confirmMild } = form.dataset;
    return new Promise((resolve) => {
        const back = el("button", { type: "button", class: "btn btn-sm" }, confirmBack ?? "Keep it");
        const go = el("button", { type: "button", class: `btn btn-sm ${confirmMild === undefined ? "btn-error" : "btn-primary"}`, "data-action": "confirm" }, confirmButton ?? "Yes");
        const dialog = openDialog(
            el("div", {}, el("h2", {}, confirm ?? ""), el("p", {}, confirmText ?? ""), el("div", { class: "dialog-foot" }, back, go)),
            confirm,
        );
        back.focus();
        let answer = false;
        back.addEventListener("click", () => dialog.close());
        go.addEventListener("click", () => {
            answer = true;
            dialog.close();
        });
        dialog.addEventListener("close", () => resolve(answer));
    });
}

/** @param {Array<[string, string]>} keys */
export function showShortcuts(keys) {
    const list = el("dl", { class: "keys" }, ...keys.flatMap(([key, does]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, does)]));
    const close = el("button", { type: "button", class: "btn btn-sm" }, "Close");
    const dialog = openDialog(el("div", {}, el("h2", {}, "Keyboard shortcuts"), list, el("div", { class: "dialog-foot" }, close)), "Keyboard shortcuts");
    dialog.dataset.dialog = "shortcuts";
    close.addEventListener("click", () => dialog.close());
}

/** Forms with data-confirm are sent once the question has been answered. */
export function startDialogs() {
    document.addEventListener("submit", async (e) => {
        const form = /** @type {HTMLFormElement} */ (e.target);
        if (!form.dataset.confirm || form.dataset.confirmed) return;
        e.preventDefault();
        if (!(await ask(form))) {
            form.reset();
            return;
        }
        if (!form.isConnected) {
            toast("Too late: that cannot be done any more");
            return;
        }
        form.dataset.confirmed = "yes";
        form.requestSubmit();
        delete form.dataset.confirmed;
    });
}
