/** What a button sends is sent once, however often it is pressed before the answer has come. */

const PATIENCE_MS = 10_000;

export function startOnce() {
    /** Forms on their way -> when they were sent. @type {WeakMap<EventTarget, number>} */
    let sent = new WeakMap();
    // The last to hear of it: what others have stopped, or send in their own way, is not sent here.
    window.addEventListener("submit", (e) => {
        const form = /** @type {HTMLFormElement} */ (e.target);
        if (e.defaultPrevented || form.getAttribute("method") !== "post") return;
        const before = sent.get(form) ?? -Infinity;
        if (performance.now() - before < PATIENCE_MS) e.preventDefault();
        else sent.set(form, performance.now());
    });
    window.addEventListener("pageshow", () => (sent = new WeakMap()));
}
