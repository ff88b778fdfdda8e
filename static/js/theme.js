/** The theme is the server's cookie; here it changes at once and without leaving the page. */
import { all, one } from "./dom.js";
import { toast } from "./toasts.js";

function mark() {
    const theme = document.documentElement.dataset.theme;
    for (const button of all(document, "[data-theme-form] button")) button.setAttribute("aria-pressed", String(button.value === theme));
}

export function startTheme() {
    const form = one(document, "[data-theme-form]");
    if (!form) return;
    mark();
    form.addEventListener("submit", (/** @type {SubmitEvent} */ e) => {
        e.preventDefault();
        const theme = /** @type {HTMLButtonElement} */ (e.submitter).value;
        document.documentElement.dataset.theme = theme;
        form.closest("details").open = false;
        mark();
        fetch(form.action, { method: "POST", keepalive: true, body: new URLSearchParams({ theme, next: "/experiments" }), redirect: "manual" }).catch(() => {
            toast("The server could not be told of the theme: it lasts as long as this page");
        });
    });
}
