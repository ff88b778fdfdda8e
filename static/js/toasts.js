/** Brief messages, top right. More than three within two seconds become one. */
import { el, icon, one } from "./dom.js";

const SHOWN_MS = 6000;
const BURST_MS = 2000;
const BURST = 3;

/** @type {number[]} */
let recent = [];
/** @type {{item: HTMLElement, total: number} | null} */
let summary = null;

/** @param {HTMLElement} item */
function show(item) {
    one(document, "[data-toasts]").append(item);
    let timer = setTimeout(() => item.remove(), SHOWN_MS);
    item.addEventListener("pointerenter", () => clearTimeout(timer));
    item.addEventListener("pointerleave", () => (timer = setTimeout(() => item.remove(), SHOWN_MS / 2)));
    return item;
}

/** @param {(Node | string)[]} content */
function makeItem(content) {
    const close = el("button", { type: "button", class: "btn btn-ghost btn-square btn-xs", "aria-label": "Dismiss" }, icon("x"));
    const item = el("div", { class: "toast-item", "data-toast": "" }, ...content, close);
    close.addEventListener("click", () => item.remove());
    return item;
}

/** @param {...(Node | string)} content */
export function toast(...content) {
    return show(makeItem(content.map((part) => (typeof part === "string" ? el("span", {}, part) : part))));
}

/** One of many alike, such as runs that end: beyond three in a burst a single toast counts them.
 * @param {(Node | string)[]} content @param {(total: number) => string} words @param {number} [weight] how many it stands for */
export function toastOneOfMany(content, words, weight = 1) {
    const now = Date.now();
    recent = recent.filter((at) => now - at < BURST_MS);
    for (let i = 0; i < weight; i++) recent.push(now);
    if (weight === 1 && recent.length <= BURST && !summary?.item.isConnected) {
        toast(...content).dataset.ofMany = "";
        return;
    }
    if (!summary?.item.isConnected) {
        const singles = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-toast][data-of-many]"));
        for (const item of singles) item.remove();
        summary = { item: toast(""), total: weight > 1 ? 0 : singles.length };
    }
    summary.total += weight;
    one(summary.item, "span").textContent = words(summary.total);
}
