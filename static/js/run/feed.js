/**
 * What one run says, in order, for the page that shows it.
 *
 * `known` is how far we know the run to be, `shown` how far what we gave to the panels reaches. They are the same while the page
 * is live. When something was missed while the connection was away (`held`), lines and records stay away from the panels until
 * `release`; what is missing is then fetched by number. Emits:
 *
 *     lines {first, lines} or {total}   record {record, text}   known   held   progress   preview   status   closed
 */
import { stream } from "../stream/client.js";
import { readJson } from "../view.js";

const RECORDS_A_PAGE = 500;

export class RunFeed extends EventTarget {
    /** @param {number} run @param {number} lines @param {number} records what the page was rendered with */
    constructor(run, lines, records) {
        super();
        this.run = run;
        this.known = { lines, records };
        this.shown = { lines, records };
        this.held = false;
        /** Frames since a connection came back wait until we know what was missed.
         * @type {Array<() => void> | null} */
        this.waiting = null;
        /** Whether the next view tells us how far the run is: frames tell it as a rule, and are on their way when a view is read. */
        this.asked = 0;
        this.answered = 0;
        /** @type {Map<number, {record: any, text: string}>} records that arrived before ones that are still missing */
        this.early = new Map();
        this.fetching = false;
        const mine = (/** @type {(data: any, text: string) => void} */ take) => (/** @type {any} */ data, /** @type {number | null} */ of, /** @type {string} */ text) => {
            if (of !== run) return;
            if (this.waiting) this.waiting.push(() => take(data, text));
            else take(data, text);
        };
        stream.on("logs", mine((data) => this.takeLines(data)));
        stream.on("record", mine((data, text) => this.takeRecord(data, text)));
        stream.on("progress", (data, of) => of === run && this.emit("progress", data));
        stream.on("preview", (data, of) => of === run && !this.held && this.emit("preview", data));
        stream.on("closed", mine((data) => this.emit("closed", data)));
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

    /** @param {{first: number, lines: any[]}} data */
    takeLines({ first, lines }) {
        const last = first + lines.length - 1;
        if (last > this.known.lines) this.known.lines = last;
        if (!this.held) {
            this.shown.lines = Math.max(this.shown.lines, last);
            this.emit("lines", { first, lines });
        }
        this.emit("known");
    }

    /** @param {any} record @param {string} text */
    takeRecord(record, text) {
        if (record.n > this.known.records) this.known.records = record.n;
        if (record.kind === "status") this.emit("status", record);
        if (!this.held && record.n > this.shown.records) {
            this.early.set(record.n, { record, text });
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
        if (this.shown.records < this.known.records && !this.held) this.fetchRecords();
        else if (this.early.size > 0 && this.shown.records >= this.known.records) this.early.clear();
    }

    async fetchRecords() {
        if (this.fetching) return;
        this.fetching = true;
        try {
            while (this.shown.records < this.known.records) {
                const { items } = await readJson(`/api/v1/runs/${this.run}/records?after=${this.shown.records}&limit=${RECORDS_A_PAGE}`);
                if (items.length === 0) break;
                for (const record of items) {
                    if (record.n === this.shown.records + 1) {
                        this.shown.records = record.n;
                        this.early.delete(record.n);
                        this.emit("record", { record, text: JSON.stringify(record) });
                    }
                }
                this.emit("known");
            }
        } catch {
            setTimeout(() => this.deliver(), 2000);
        } finally {
            this.fetching = false;
        }
    }

    /** The next view is to tell how far the run is. With `lost`, a connection is back, and frames wait for that view.
     * @param {boolean} [lost] */
    sync(lost = false) {
        this.asked++;
        if (lost) this.waiting ??= [];
    }

    /** How far the run is, by a view. @param {number} asked what `asked` was when its reading began: an older view says nothing new
     * @param {number} lines @param {number} records @param {boolean} hold whether what was missed waits for the reader */
    arrived(asked, lines, records, hold) {
        if (asked !== this.asked || asked === this.answered) return;
        this.answered = asked;
        const missed = lines > this.known.lines || records > this.known.records;
        const waiting = this.waiting;
        this.waiting = null;
        if (missed && hold && waiting) this.hold();
        this.known.lines = Math.max(this.known.lines, lines);
        this.known.records = Math.max(this.known.records, records);
        for (const take of waiting ?? []) take();
        if (!this.held) this.catchUp();
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
