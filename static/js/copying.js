/** Buttons with `data-copy` copy the text of what they name. */
import { copyText } from "./clipboard.js";
import { one } from "./dom.js";
import { toast } from "./toasts.js";

export function startCopying() {
    document.addEventListener("click", async (e) => {
        const button = /** @type {HTMLElement} */ (e.target).closest("[data-copy]");
        if (!(button instanceof HTMLElement)) return;
        const text = one(document, `#${button.dataset.copy}`).textContent.trim();
        toast((await copyText(text)) ? "Copied" : "The browser does not let this page copy");
    });
}
