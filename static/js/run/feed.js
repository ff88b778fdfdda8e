/**
 * What one run says, in order, for the page that shows it.
 *
 * `known` is how far we know the run to be, `shown` how far what we gave to the panels reaches. They are the same while the page
 * is live. When something was missed while the connection was away (`held`), lines and records stay away from the panels until
 * `release`; what is missing is then fetched by number. Emits:
 *
 *     lines {first, text} or {total}   record {record, text}   known   held   settled   progress   preview   closed
 */
import { stream } from "../stream/client.js";
import { member, members } from "../json_text.js";
import { isPassing, readText } from "../view.js";

const RECORDS_A_PAGE = 500;
const RETRY_MS = 2000;
/** What arrives beyond is fetched. */
const MAX_EARLY = 1000;

export class RunFeed extends EventTarget {
    /** @param {number} run @param {number} lines @param {number} records what the page was rendered with */
    constructor(run, lines, records) {
        super();
        this.run = run;
        this.known = { lines, records };
        this.shown = { lines, records };
        this.held = false;
        /** From the return of a connection until a view tells what was missed: up to where nothing was.
         * @type {{lines: number, records: number} | null} */
        this.waiting = null;
        /** Whether the next view tells us how far the run is: frames tell it as a rule, and are on their way when a view is read. */
        this.asked = 0;
        this.answered = 0;
        /** @type {Map<number, {record: any, text: string}>} records that arrived before ones that are still missing */
        this.early = new Map();
        this.fetching = false;
        const mine = (/** @type {(data: any, text: string) => void} */ take) => (/** @type {any} */ data, /** @type {number | null} */ of, /** @type {string} */ text) => {
            if (of === run) take(data, text);
        };
        stream.on("logs", mine((data, text) => this.takeLines(data, text)));
        stream.on("record", mine((data, text) => this.takeRecord(data, text)));
        stream.on("progress", mine((data) => this.emit("progress", data)));
        stream.on("preview", mine((data) => this.flows() && this.emit("preview", data)));
        stream.on("closed", mine((data) => this.emit("closed", data)));
    }

    /** Whether what arrives goes to the panels. */
    flows() {
        return !this.held && !this.waiting;
    }

    /** @param {string} type @param {any} [detail] */
    emit(type, detail) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }

    /** @param {string} type @param {(detail: any) => void} listener */
    on(type, listener) {
        this.addEventListener(type, (e) => listener(/** @type {CustomEvent} */ (e).detail));
    }

    cursor() {
        return `${this.known.lines}.${this.known.records}`;
    }

    /** Lines and records that are known and not shown. */
    behind() {
        return { lines: this.known.lines - this.shown.lines, records: this.known.records - this.shown.records };
    }

    /** @param {{first: number, lines: any[]}} data @param {string} text the same as it was sent */
    takeLines({ first, lines }, text) {
        const last = first + lines.length - 1;
        this.known.lines = Math.max(this.known.lines, last);
        if (this.waiting && first <= this.waiting.lines + 1) this.waiting.lines = Math.max(this.waiting.lines, last);
        if (this.flows()) {
            this.shown.lines = Math.max(this.shown.lines, last);
            this.emit("lines", { first, text });
        }
        this.emit("known");
    }

    /** @param {any} record @param {string} text */
    takeRecord(record, text) {
        this.known.records = Math.max(this.known.records, record.n);
        if (this.waiting && record.n === this.waiting.records + 1) this.waiting.records = record.n;
        if (this.flows() && record.n > this.shown.records) {
            if (this.early.size < MAX_EARLY) this.early.set(record.n, { record, text });
            this.deliver();
        }
        this.emit("known", record);
    }

    /** Gives out records in order; fetches what stands between. */
    deliver() {
        for (let next; (next = this.early.get(this.shown.records + 1)); ) {
            this.early.delete(next.record.n);
            this.shown.records = next.record.n;
            this.emit("record", next);
        }
        if (this.shown.records < this.known.records && this.flows()) this.fetchRecords();
        else if (this.early.size > 0 && this.shown.records >= this.known.records) this.early.clear();
    }

    async fetchRecords() {
        if (this.fetching) return;
        this.fetching = true;
        try {
            while (this.shown.records < this.known.records && this.flows()) {
                const page = await readText(`/api/v1/runs/${this.run}/records?after=${this.shown.records}&limit=${RECORDS_A_PAGE}`);
                const items = [...members(page, member(page, "items")?.at ?? 0)];
                // It may have come too late: what is held moves no panel.
                if (items.length === 0 || !this.flows()) break;
                for (const { at, end } of items) {
                    const text = page.slice(at, end);
                    const record = JSON.parse(text);
                    if (record.n !== this.shown.records + 1) continue;
                    this.shown.records = record.n;
                    this.early.delete(record.n);
                    this.emit("record", { record, text });
                }
                this.emit("known");
            }
        } catch (error) {
            if (isPassing(error)) setTimeout(() => this.deliver(), RETRY_MS);
        } finally {
            this.fetching = false;
        }
    }

    /** The next view is to tell how far the run is. With `lost`, the connection or the page was away, and nothing moves until then.
     * @param {boolean} [lost] */
    sync(lost = false) {
        this.asked++;
        if (lost) this.waiting ??= { ...this.known };
    }

    /** How far the run is, by a view. @param {number} asked what `asked` was when its reading began: an older view says nothing new
     * @param {number} lines @param {number} records @param {boolean} hold whether what was missed waits for the reader */
    arrived(asked, lines, records, hold) {
        if (asked !== this.asked || asked === this.answered) return;
        this.answered = asked;
        const { waiting } = this;
        this.waiting = null;
        if (hold && waiting && (lines > waiting.lines || records > waiting.records)) this.hold();
        this.known.lines = Math.max(this.known.lines, lines);
        this.known.records = Math.max(this.known.records, records);
        if (!this.held) this.catchUp();
        if (waiting) this.emit("settled");
        this.emit("known");
    }

    hold() {
        if (this.held) return;
        this.held = true;
        this.emit("held");
    }

    /** The reader wants to see it. */
    release() {
        this.held = false;
        this.catchUp();
        this.emit("held");
        this.emit("known");
    }

    catchUp() {
        if (this.shown.lines < this.known.lines) {
            this.shown.lines = this.known.lines;
            this.emit("lines", { total: this.known.lines });
        }
        this.deliver();
    }
}
