/** The state of the connection in words, and the button that shows what was missed. */
import { el, one } from "../dom.js";
import { count } from "../format.js";

const CATCH_UP = "athanor-catch-up";

/** @type {Record<string, string>} */
const WORDS = { connecting: "Connecting", live: "Live", stale: "Held", closed: "", denied: "Signed out" };

export class Connection {
    /** @param {HTMLElement} page @param {import("./feed.js").RunFeed} feed */
    constructor(page, feed) {
        this.feed = feed;
        this.place = one(page, "[data-connection]");
        this.button = one(page, "[data-action=refresh]");
        this.box = one(page, "[data-catch-up]");
        this.state = { state: "connecting", attempt: 0 };
        this.closed = false;
        const toggle = one(this.box, "input");
        toggle.checked = remembered();
        toggle.addEventListener("change", () => {
            remember(toggle.checked);
            if (toggle.checked && feed.held) feed.release();
        });
        this.button.addEventListener("click", () => feed.release());
        feed.on("held", () => this.show());
        feed.on("known", () => feed.held && this.showButton());
    }

    /** Whether what was missed waits for the reader. */
    holds() {
        return !remembered();
    }

    /** @param {{state: string, attempt: number}} state */
    set(state) {
        this.state = state;
        this.show();
    }

    close() {
        this.closed = true;
        this.show();
    }

    show() {
        const { state, attempt } = this.state;
        let shown = this.closed && state !== "denied" ? "closed" : state;
        if (shown === "live" || shown === "closed") shown = this.feed.held ? "stale" : shown;
        this.place.dataset.connection = shown;
        if (shown === "denied") {
            const next = encodeURIComponent(location.pathname + location.search);
            this.place.replaceChildren("Signed out: ", el("a", { class: "link", href: `/login?next=${next}` }, "sign in again"));
        } else {
            const words = shown === "reconnecting" ? `Reconnecting (attempt ${attempt})...` : WORDS[shown];
            if (this.place.textContent !== words) this.place.textContent = words;
        }
        this.showButton();
    }

    showButton() {
        const { held } = this.feed;
        this.button.hidden = !held;
        this.box.hidden = !held && this.state.state !== "reconnecting";
        if (!held) return;
        const { lines, records } = this.feed.behind();
        const parts = [];
        if (lines > 0) parts.push(`${count(lines)} new ${lines === 1 ? "line" : "lines"}`);
        if (records > 0 && lines === 0) parts.push(`${count(records)} new ${records === 1 ? "record" : "records"}`);
        this.button.textContent = `Refresh: ${parts.join(", ") || "what is new"}`;
    }
}

function remembered() {
    try {
        return localStorage.getItem(CATCH_UP) === "yes";
    } catch {
        return false;
    }
}

/** @param {boolean} on */
function remember(on) {
    try {
        localStorage.setItem(CATCH_UP, on ? "yes" : "no");
    } catch {
        // Without storage the switch lasts as long as the page.
    }
}
