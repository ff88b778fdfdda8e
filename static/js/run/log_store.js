/**
 * The lines of a log that are at hand, in blocks, and the fetching of those that are not. Holds a bounded number of blocks, whatever
 * the length of the log. An element is `[ms, level, text, source, metadata, flags]`, as the stream sends it.
 */
import { readJson } from "../view.js";

export const BLOCK = 500;
const MAX_BLOCKS = 48;
const RETRY_MS = 1500;

export class LogStore {
    /** @param {number} run @param {() => void} onChange lines have come that were not at hand */
    constructor(run, onChange) {
        this.run = run;
        this.onChange = onChange;
        /** How many lines the log shows; further ones are not fetched. */
        this.total = 0;
        /** @type {Map<number, any[]>} by age of use */
        this.blocks = new Map();
        /** @type {Set<number>} blocks on their way */
        this.fetching = new Set();
        /** @type {[number, number]} what was asked for last */
        this.wanted = [1, 0];
    }

    /** @param {number} n the line's number, from 1 */
    get(n) {
        return this.blocks.get(Math.floor((n - 1) / BLOCK))?.[(n - 1) % BLOCK];
    }

    /** @param {number} first @param {any[]} lines */
    add(first, lines) {
        for (let i = 0; i < lines.length; i++) {
            const at = first + i - 1;
            this.block(Math.floor(at / BLOCK))[at % BLOCK] = lines[i];
        }
        this.total = Math.max(this.total, first + lines.length - 1);
        this.shrink();
    }

    /** @param {number} number */
    block(number) {
        let block = this.blocks.get(number);
        if (!block) {
            block = new Array(BLOCK);
            this.blocks.set(number, block);
        }
        return block;
    }

    shrink() {
        for (const number of this.blocks.keys()) {
            if (this.blocks.size <= MAX_BLOCKS) break;
            if (number * BLOCK >= this.wanted[1] || (number + 1) * BLOCK < this.wanted[0]) this.blocks.delete(number);
        }
    }

    /** Lines from..to are looked at: fetches what is missing of them. @param {number} from @param {number} to */
    need(from, to) {
        this.wanted = [from, to];
        const last = Math.floor((Math.min(to, this.total) - 1) / BLOCK);
        for (let number = Math.floor((Math.max(from, 1) - 1) / BLOCK); number <= last; number++) {
            const block = this.blocks.get(number);
            if (block) {
                // Used now: the last to go.
                this.blocks.delete(number);
                this.blocks.set(number, block);
            }
            if (!this.isWhole(number, from, to)) this.fetch(number);
        }
    }

    /** @param {number} number @param {number} from @param {number} to */
    isWhole(number, from, to) {
        const block = this.blocks.get(number);
        if (!block) return false;
        const first = Math.max(from, number * BLOCK + 1);
        const last = Math.min(to, this.total, (number + 1) * BLOCK);
        for (let n = first; n <= last; n++) if (block[(n - 1) % BLOCK] === undefined) return false;
        return true;
    }

    /** @param {number} number */
    async fetch(number) {
        if (this.fetching.has(number)) return;
        this.fetching.add(number);
        try {
            const { chunks } = await readJson(`/api/v1/runs/${this.run}/logs?after=${number * BLOCK}&limit=${BLOCK}`);
            const end = (number + 1) * BLOCK;
            const { total } = this;
            for (const { first, lines } of chunks) this.add(first, lines.slice(0, end - first + 1));
            // What came after our last look is shown when it is announced.
            this.total = total;
            this.fetching.delete(number);
            this.onChange();
        } catch {
            setTimeout(() => {
                this.fetching.delete(number);
                this.onChange();
            }, RETRY_MS);
        }
    }
}
