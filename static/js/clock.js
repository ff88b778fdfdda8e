/** The server's clock, and what ticks by it: elapsed times and ages. */
import { all } from "./dom.js";
import { ago, dateTime, duration } from "./format.js";

let offset = 0;

/** @param {number} serverMs the server's time @param {number} [at] when it was so, by this computer's clock */
export function setClock(serverMs, at = Date.now()) {
    offset = serverMs - at;
}

/** The server's time now. */
export const now = () => Date.now() + offset;

/** @param {Element} element @param {string} text */
function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

function tickElapsed() {
    for (const element of all(document, "[data-elapsed]")) setText(element, duration(now() - Number(element.dataset.elapsed)));
}

/** Ages and exact times by the reader's own clock; also wanted after what the server drew has come in. */
export function tickAges() {
    for (const element of all(document, "time[data-ago]")) {
        const ms = Number(element.dataset.ago);
        setText(element, ago(now() - ms));
        element.title = dateTime(ms);
    }
}

/** How long something has lasted, as the server says it: an age without its "ago". */
function tickLasting() {
    for (const element of all(document, "[data-lasting]")) setText(element, ago(now() - Number(element.dataset.lasting)).replace(/ ago$/, ""));
}

/** @param {number} serverMs when the page was drawn: its first byte came at once */
export function startClock(serverMs) {
    const [page] = performance.getEntriesByType("navigation");
    setClock(serverMs, Date.now() - (performance.now() - /** @type {PerformanceNavigationTiming} */ (page).responseStart));
    tickAges();
    setInterval(tickElapsed, 100);
    setInterval(tickAges, 5000);
    setInterval(tickLasting, 1000);
}
