/** The state of the connection in words. Run pages say it in their header; all others only when something is wrong. */
import { el, one } from "./dom.js";
import { stream } from "./stream/client.js";

/** @type {Record<string, string>} */
const WORDS = { connecting: "Connecting", live: "Live", stale: "Held", closed: "" };

/** @param {HTMLElement} place @param {string} state as in data-connection @param {number} attempt */
export function showConnection(place, state, attempt) {
    place.dataset.connection = state;
    if (state === "denied") {
        const next = encodeURIComponent(location.pathname + location.search);
        place.replaceChildren("Signed out: ", el("a", { class: "link", href: `/login?next=${next}` }, "sign in again"));
        return;
    }
    const words = state === "reconnecting" ? `Reconnecting (attempt ${attempt})...` : WORDS[state];
    if (place.textContent !== words) place.textContent = words;
}

export function startConnection() {
    const place = one(document, ".site-connection");
    if (place) stream.onState(({ state, attempt }) => showConnection(place, state, attempt));
}
