/**
 * Lines at hand by their place in a list, and the reading of those that are not. Holds a bounded amount, whatever the length of the
 * list. One reading is under way at a time: the one for what is looked at now.
 */
import { isPassing } from "../view.js";

/** @typedef {import("./log_element.js").Line} Line */

const BLOCK = 500;
const MAX_BLOCKS = 60;
const MAX_CHARS = 12_000_000;
const AHEAD = 150;
const RETRY_MS = 1500;

export class LogCache {
    /** @param {(first: number, limit: number, signal: AbortSignal) => Promise<Line[]>} read some lines from a place on
     * @param {() => void} onChange lines have come that were not at hand */
    constructor(read, onChange) {
        this.read = read;
        this.onChange = onChange;
        /** @type {Map<number, {lines: Line[], chars: number}>} by age of use */
        this.blocks = new Map();
        this.chars = 0;
        /** @type {[number, number]} what is looked at */
        this.wanted = [1, 0];
        /** @type {{from: number, to: number, abort: AbortController} | null} */
        this.reading = null;
        this.closed = false;
    }

    /** @param {number} i from 1 @returns {Line | undefined} */
    get(i) {
        return this.blocks.get(Math.floor((i - 1) / BLOCK))?.lines[(i - 1) % BLOCK];
    }

    /** @param {number} i @param {Line} line */
    put(i, line) {
        const number = Math.floor((i - 1) / BLOCK);
        let block = this.blocks.get(number);
        if (!block) this.blocks.set(number, (block = { lines: new Array(BLOCK), chars: 0 }));
        const place = (i - 1) % BLOCK;
        const more = line.raw.length - (block.lines[place]?.raw.length ?? 0);
        block.lines[place] = line;
        block.chars += more;
        this.chars += more;
    }

    shrink() {
        for (const [number, { chars }] of this.blocks) {
            if (this.blocks.size <= MAX_BLOCKS && this.chars <= MAX_CHARS) break;
            if (number * BLOCK < this.wanted[1] && (number + 1) * BLOCK >= this.wanted[0]) continue;
            this.blocks.delete(number);
            this.chars -= chars;
        }
    }

    /** Places from..to are looked at: reads what is missing of them. @param {number} from @param {number} to @param {number} total */
    need(from, to, total) {
        this.wanted = [from, Math.min(to, total)];
        for (let number = Math.floor((from - 1) / BLOCK); number * BLOCK < this.wanted[1]; number++) {
            const block = this.blocks.get(number);
            if (!block) continue;
            this.blocks.delete(number);
            this.blocks.set(number, block);
        }
        let first = from;
        while (first <= this.wanted[1] && this.get(first)) first++;
        if (first > this.wanted[1] || this.closed) return;
        if (this.reading) {
            if (first <= this.reading.to && this.wanted[1] >= this.reading.from) return;
            this.reading.abort.abort();
        }
        const start = first === from ? Math.max(1, from - AHEAD) : first;
        this.fill(start, Math.min(total, to + AHEAD));
    }

    /** @param {number} from @param {number} to */
    async fill(from, to) {
        const mine = { from, to, abort: new AbortController() };
        this.reading = mine;
        try {
            const lines = await this.read(from, to - from + 1, mine.abort.signal);
            if (this.reading !== mine) return;
            if (lines.length === 0) throw new Error("there is nothing there");
            this.reading = null;
            lines.forEach((line, i) => this.put(from + i, line));
            this.shrink();
        } catch (error) {
            if (this.reading !== mine) return;
            if (!isPassing(error)) this.closed = true;
            await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
            if (this.reading === mine) this.reading = null;
        }
        this.onChange();
    }

    close() {
        this.closed = true;
        this.reading?.abort.abort();
        this.reading = null;
    }
}
