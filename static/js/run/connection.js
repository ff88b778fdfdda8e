/** The state of this run's connection, and the button that shows what was missed. */
import { showConnection } from "../connection.js";
import { one } from "../dom.js";
import { count } from "../format.js";

const CATCH_UP = "athanor-catch-up";

export class Connection {
    /** @param {HTMLElement} page @param {import("./feed.js").RunFeed} feed */
    constructor(page, feed) {
        this.feed = feed;
        this.place = one(page, "[data-connection]");
        this.button = one(page, "[data-action=refresh]");
        this.box = one(page, "[data-catch-up]");
        this.toggle = one(this.box, "input");
        this.state = { state: "connecting", attempt: 0 };
        this.closed = false;
        this.toggle.checked = remembered();
        this.toggle.addEventListener("change", () => {
            remember(this.toggle.checked);
            this.switched();
        });
        // Another tab's switch is this one's.
        addEventListener("storage", (e) => {
            if (e.key !== CATCH_UP) return;
            this.toggle.checked = remembered();
            this.switched();
        });
        this.button.addEventListener("click", () => feed.release());
        for (const event of ["held", "settled"]) feed.on(event, () => this.show());
        feed.on("known", () => feed.held && this.showButton());
    }

    switched() {
        if (this.toggle.checked && this.feed.held) this.feed.release();
    }

    /** Whether what was missed waits for the reader. */
    holds() {
        return !this.toggle.checked;
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
        // It is back when we know what was missed.
        if (state === "live" && this.feed.waiting) return;
        const settled = this.closed && state !== "denied" ? "closed" : state;
        const held = this.feed.held && (settled === "live" || settled === "closed");
        showConnection(this.place, held ? "stale" : settled, attempt);
        this.showButton();
    }

    showButton() {
        const { held } = this.feed;
        this.button.hidden = !held;
        this.box.hidden = !held && (this.closed || this.state.state !== "reconnecting");
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
