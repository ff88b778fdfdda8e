/** Brief messages, top right. More than three within two seconds become one. */
import { all, el, icon, one } from "./dom.js";
import { released } from "./press.js";

const SHOWN_MS = 6000;
/** A press in the first moment was meant for what lies below. */
const DEAF_MS = 700;
const GAP_PX = 5;
const BURST_MS = 2000;
const BURST = 3;

/** @typedef {{item: HTMLElement, stay: () => void}} Toast */

/** When the last ones came, and how many each stood for. @type {Array<{at: number, weight: number}>} */
let recent = [];
/** @type {{toast: Toast, total: number} | null} */
let summary = null;

/** Below the tabs and the tools that stand at the head of the window, which toasts leave free; "" where there are none. */
function topOf() {
    const ends = all(document, ".tabs-bar, .panel-tools").filter((bar) => bar.offsetParent).map((bar) => bar.getBoundingClientRect().bottom);
    const end = Math.max(...ends.filter((y) => y < innerHeight / 2), 0);
    return end > GAP_PX ? `max(3.5rem, ${end + GAP_PX}px)` : "";
}

/** @param {...(Node | string)} content @returns {Toast} */
export function toast(...content) {
    const close = el("button", { type: "button", class: "btn btn-ghost btn-square btn-xs", "aria-label": "Dismiss" }, icon("x"));
    const parts = content.map((part) => (typeof part === "string" ? el("span", {}, part) : part));
    const item = el("div", { class: "toast-item", "data-toast": "", "data-deaf": "" }, ...parts, close);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const hold = () => clearTimeout(timer);
    const stay = () => {
        hold();
        timer = setTimeout(() => item.remove(), SHOWN_MS);
    };
    close.addEventListener("click", () => item.remove());
    for (const event of ["pointerenter", "focusin"]) item.addEventListener(event, hold);
    for (const event of ["pointerleave", "focusout"]) item.addEventListener(event, stay);
    stay();
    setTimeout(() => released().then(() => item.removeAttribute("data-deaf")), DEAF_MS);
    const place = one(document, "[data-toasts]");
    if (!place.firstElementChild) place.style.top = topOf();
    place.append(item);
    return { item, stay };
}

/** One of many alike, such as runs that end: beyond three in a burst a single toast counts them.
 * @param {(Node | string)[]} content @param {(total: number) => string} words @param {number} [weight] how many it stands for */
export function toastOneOfMany(content, words, weight = 1) {
    const now = Date.now();
    recent = [...recent.filter(({ at }) => now - at < BURST_MS), { at: now, weight }];
    const burst = recent.reduce((sum, one) => sum + one.weight, 0);
    const counts = summary?.toast.item.isConnected ? summary : null;
    if (weight === 1 && burst <= BURST && !counts) {
        toast(...content).item.dataset.ofMany = "";
        return;
    }
    const singles = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-toast][data-of-many]")]);
    for (const item of singles) item.remove();
    summary = counts ?? { toast: toast(""), total: 0 };
    summary.total += weight + singles.length;
    summary.toast.stay();
    one(summary.toast.item, "span").textContent = words(summary.total);
}
