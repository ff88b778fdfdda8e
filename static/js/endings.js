/**
 * A run that ends anywhere raises a toast on every page, except on its own. Endings that the page has missed (before its stream opened,
 * while the connection or the page was away, while nobody looked) become one.
 *
 * `heard` is the server's time up to which we have heard of everything. What ends later is news, whoever tells of it: the stream, or, after
 * a gap, `/api/v1/endings`. A little before counts too, because an ending is told a moment after it has happened.
 */
import { now } from "./clock.js";
import { el } from "./dom.js";
import { stream } from "./stream/client.js";
import { toastOneOfMany } from "./toasts.js";
import { readJson, reader } from "./view.js";

const ENDED = ["completed", "failed", "cancelled"];
const SLACK_MS = 20_000;
/** A page is drawn a moment after its view was read. */
const DRAWING_MS = 2000;
const BUNDLE_MS = 50;
const FEW = 3;

/** @typedef {{id: number, number: number, instance_name: string, status: string, finished_at: string}} Ending */

/** @param {Ending} run */
function tell(run) {
    const badge = el("span", { class: "status", "data-status": run.status }, run.status[0].toUpperCase() + run.status.slice(1));
    const link = el("a", { href: `/runs/${run.id}` }, el("bdi", {}, run.instance_name), ` #${run.number}`);
    toastOneOfMany([badge, link], (total) => `${total} runs have ended`);
}

class Endings {
    /** @param {number} drawn the server's time when the page was drawn @param {number | null} ownRun */
    constructor(drawn, ownRun) {
        this.ownRun = ownRun;
        this.drawn = drawn - DRAWING_MS;
        this.heard = drawn;
        /** @type {Map<number, number>} runs that were told lately -> when they ended */
        this.told = new Map();
        /** Endings that wait to be told together: the first few, and how many. @type {Ending[]} */
        this.few = [];
        this.count = 0;
        this.connected = true;
        this.away = false;
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.timer = undefined;
        /** Since when we may have missed some, until that has been read. @type {number | null} */
        this.gap = null;
        const read = async () => {
            const [asked, since] = [now(), Math.floor(this.since())];
            return { asked, since, ...(await readJson(`/api/v1/endings?since=${since}`)) };
        };
        this.read = reader(read, (found) => this.takeMissed(found), 0);
    }

    /** What is heard of while the connection is away, by a reading that was asked for before, was missed as well.
     * @param {{state: string, again: boolean}} state */
    follow({ state, again }) {
        this.connected = state !== "reconnecting";
        this.away ||= !this.connected;
        if (state === "live") this.miss(again);
    }

    /** What ended since then is news. */
    since() {
        return this.gap ?? Math.max(this.drawn, this.heard - SLACK_MS);
    }

    /** @param {number} at the server's time: all that ended before has been told */
    hear(at) {
        this.heard = Math.max(this.heard, at);
        for (const [run, ended] of this.told) if (ended < this.since() - SLACK_MS) this.told.delete(run);
    }

    /** The stream has begun anew, or has left frames out. @param {boolean} away */
    miss(away) {
        this.away ||= away;
        this.gap = this.since();
        this.read();
    }

    /** @param {Ending} run */
    take(run) {
        const ended = Date.parse(run.finished_at);
        if (!ENDED.includes(run.status) || this.told.has(run.id) || ended < this.since()) return;
        this.told.set(run.id, ended);
        if (run.id === this.ownRun) return;
        if (this.few.length < FEW) this.few.push(run);
        this.add(1);
    }

    /** @param {{asked: number, since: number, total: number, items: Ending[]}} found the newest, and how many in all */
    takeMissed({ asked, since, total, items }) {
        for (const run of items) this.take(run);
        const rest = total - [...this.told.values()].filter((ended) => ended >= since).length;
        if (total > items.length && rest > 0) this.add(rest);
        if (this.count === 0) this.away = !this.connected;
        this.gap = null;
        this.hear(asked);
    }

    /** @param {number} count of endings to be told */
    add(count) {
        this.count += count;
        this.plan();
    }

    plan() {
        if (this.count === 0 || this.timer) return;
        if (document.visibilityState === "visible") this.timer = setTimeout(() => this.flush(), BUNDLE_MS);
        else this.away = true;
    }

    flush() {
        this.timer = undefined;
        const { few, count, away } = this;
        this.few = [];
        this.count = 0;
        this.away = !this.connected;
        if (count > few.length || (away && count > 1)) toastOneOfMany([], (total) => `${total} runs ended${away ? " while you were away" : ""}`, count);
        else for (const run of few) tell(run);
    }
}

/** @param {number} drawn the server's time when the page was drawn @param {number | null} ownRun the run that this page shows */
export function startEndings(drawn, ownRun) {
    const endings = new Endings(drawn, ownRun);
    stream.on("run", (run) => endings.take(run));
    stream.on("ping", (ping) => endings.hear(ping.now));
    stream.onState((state) => endings.follow(state));
    stream.onResume((away) => endings.miss(away));
    document.addEventListener("visibilitychange", () => endings.plan());
}
