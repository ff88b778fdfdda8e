/**
 * One stream for any number of pages: it follows the union of the runs that they show.
 *
 * Lives in the SharedWorker, or, where there is none, in the page itself; pages speak to it through MessagePorts either way:
 *
 *     page -> hub   {type: "watch", run, cursor}  {type: "ack", seq}  {type: "wake"}  {type: "bye"}
 *     hub -> page   {type: "state", ...SourceState}  {type: "frame", seq, event, run, data}  {type: "resume", away}  {type: "full"}
 *
 * A page that does not acknowledge is sent nothing more; for its runs we keep the cursor, not the lines. When it has taken
 * what it was sent it gets `resume` and reads what it lacks by number. One that has been silent for two minutes is asleep: we do not
 * follow its runs until it speaks again, and tell it then that it was `away`.
 */
import { Source } from "./source.js";

const MAX_RUNS = 32;
const MAX_FRAMES_AHEAD = 200;
const MAX_CHARS_AHEAD = 8_000_000;
const SILENT_PAGE_MS = 120_000;
const LATEST = ["progress", "preview"];
/** Beyond every run's end; the relay then begins at the end. */
const END = "9223372036854775807.9223372036854775807";

/**
 * @typedef {object} Page
 * @property {MessagePort} port
 * @property {Set<number>} runs
 * @property {number} sent the last seq sent
 * @property {Array<[number, number]>} sizes of the frames not acknowledged: [seq, characters]
 * @property {number} ahead characters sent and not acknowledged
 * @property {boolean} behind
 * @property {boolean} asleep its runs are left out of the union until it speaks again
 * @property {number} heardAt
 */

export class Hub {
    constructor() {
        /** @type {Set<Page>} */
        this.pages = new Set();
        /** @type {Map<number, string>} run -> cursor up to which frames have come */
        this.cursors = new Map();
        /** What only the latest counts of, by run and event, for pages that come later. @type {Map<number, Map<string, string>>} */
        this.latest = new Map();
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.planTimer = undefined;
        this.planAt = Infinity;
        this.following = "";
        this.source = new Source({
            address: (lost) => this.address(lost),
            onFrame: (frame) => this.take(frame),
            onState: (state) => this.broadcast({ type: "state", ...state }),
        });
        this.sweeper = setInterval(() => this.sweep(), 15_000);
    }

    /** @param {MessagePort} port */
    attach(port) {
        /** @type {Page} */
        const page = { port, runs: new Set(), sent: 0, sizes: [], ahead: 0, behind: false, asleep: false, heardAt: Date.now() };
        this.pages.add(page);
        port.addEventListener("message", (e) => this.hear(page, e.data));
        port.addEventListener("close", () => this.leave(page));
        port.start();
        // What broke before this page came is nothing that it has missed.
        port.postMessage({ type: "state", ...this.source.state, again: false });
        this.plan(30);
    }

    /** @param {Page} page @param {any} message */
    hear(page, message) {
        page.heardAt = Date.now();
        if (page.asleep) this.rouse(page);
        if (message.type === "watch") this.watch(page, message.run, message.cursor);
        else if (message.type === "ack") this.acknowledge(page, message.seq);
        else if (message.type === "wake") this.source.wake();
        else if (message.type === "bye") this.leave(page);
    }

    /** @param {Page} page @param {number} run @param {string} cursor */
    watch(page, run, cursor) {
        if (!this.cursors.has(run) && this.watched().size >= MAX_RUNS) {
            page.port.postMessage({ type: "full" });
            return;
        }
        page.runs.add(run);
        if (this.cursors.has(run)) {
            // The others are ahead of this page, or behind it: it reads what lies between by number.
            page.port.postMessage({ type: "resume", away: false });
            this.recall(page, run);
            return;
        }
        this.cursors.set(run, cursor);
        this.plan(20);
    }

    /** @param {Page} page */
    leave(page) {
        if (!this.pages.delete(page)) return;
        page.port.close();
        this.plan(3000);
    }

    /** @param {Page} page @param {number} seq */
    acknowledge(page, seq) {
        while (page.sizes.length > 0 && page.sizes[0][0] <= seq) page.ahead -= page.sizes.shift()?.[1] ?? 0;
        if (page.behind && page.sizes.length === 0) {
            page.behind = false;
            page.port.postMessage({ type: "resume", away: false });
            for (const run of page.runs) this.recall(page, run);
        }
    }

    /** The runs that pages which are awake show. */
    watched() {
        const runs = new Set();
        for (const page of this.pages) {
            if (!page.asleep) for (const run of page.runs) runs.add(run);
        }
        return runs;
    }

    /** Connects anew, some time from now, if what is followed has changed.
     * @param {number} ms */
    plan(ms) {
        const at = Date.now() + ms;
        if (at >= this.planAt) return;
        clearTimeout(this.planTimer);
        this.planAt = at;
        this.planTimer = setTimeout(() => {
            this.planAt = Infinity;
            this.follow();
        }, ms);
    }

    follow() {
        const watched = this.watched();
        for (const run of this.cursors.keys()) {
            if (!watched.has(run)) this.forget(run);
        }
        if (this.pages.size === 0) {
            this.source.close();
            this.following = "";
            return;
        }
        const following = `runs ${[...this.cursors.keys()].sort((a, b) => a - b).join()}`;
        if (following === this.following && this.source.state.state !== "denied") return;
        this.following = following;
        // The next attempt asks for these; one that is under way has asked for the old ones.
        if (this.source.state.state !== "reconnecting" || this.source.abort) this.source.open();
    }

    /** After a loss we do not ask for what was missed: pages are told, and read by number what they show.
     * @param {boolean} lost */
    address(lost) {
        const runs = [...this.cursors].map(([run, cursor]) => `${run}@${lost ? END : cursor}`);
        return `/events?runs=${runs.join(",")}`;
    }

    /** @param {import("./parser.js").Frame} frame */
    take({ event, id, data }) {
        if (event === "reset" && this.source.state.again) {
            for (const run of this.cursors.keys()) this.cursors.set(run, END);
        }
        if (id) {
            for (const part of id.split(",")) {
                const at = part.indexOf("@");
                const run = Number(part.slice(0, at));
                if (this.cursors.has(run)) this.cursors.set(run, part.slice(at + 1));
            }
        }
        const named = /^\{"run":(\d+)/.exec(data);
        const run = named && event !== "run" ? Number(named[1]) : null;
        if (run !== null && LATEST.includes(event)) this.latest.set(run, (this.latest.get(run) ?? new Map()).set(event, data));
        for (const page of this.pages) {
            if (run === null || page.runs.has(run)) this.send(page, event, run, data);
        }
        if (event === "closed" && run !== null) {
            this.forget(run);
            for (const page of this.pages) page.runs.delete(run);
            this.following = `runs ${[...this.cursors.keys()].sort((a, b) => a - b).join()}`;
        }
    }

    /** @param {number} run */
    forget(run) {
        this.cursors.delete(run);
        this.latest.delete(run);
    }

    /** @param {Page} page @param {number} run */
    recall(page, run) {
        for (const [event, data] of this.latest.get(run) ?? []) this.send(page, event, run, data);
    }

    /** @param {Page} page @param {string} event @param {number | null} run @param {string} data */
    send(page, event, run, data) {
        if (page.behind) return;
        if (page.sizes.length >= MAX_FRAMES_AHEAD || page.ahead > MAX_CHARS_AHEAD) {
            page.behind = true;
            return;
        }
        page.sent++;
        page.sizes.push([page.sent, data.length]);
        page.ahead += data.length;
        page.port.postMessage({ type: "frame", seq: page.sent, event, run, data });
    }

    /** @param {object} message */
    broadcast(message) {
        for (const page of this.pages) if (!page.asleep) page.port.postMessage(message);
    }

    /** Pages that have been frozen or have died without a word do not keep runs followed. */
    sweep() {
        for (const page of this.pages) {
            if (page.asleep || page.sizes.length === 0 || Date.now() - page.heardAt < SILENT_PAGE_MS) continue;
            page.asleep = true;
            this.plan(0);
        }
    }

    /** @param {Page} page that had been asleep */
    rouse(page) {
        page.asleep = false;
        for (const run of page.runs) if (!this.cursors.has(run)) this.cursors.set(run, END);
        page.port.postMessage({ type: "state", ...this.source.state, again: false });
        page.port.postMessage({ type: "resume", away: true });
        this.plan(20);
    }
}
