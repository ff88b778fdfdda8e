/**
 * What the log's window shows: all lines, or those that match a filter. A list of `total` places, whose lines are read when they are
 * looked at.
 */
import { HttpError } from "../view.js";
import { LogCache } from "./log_cache.js";
import { cutElements, readHead, takeNumber } from "./log_element.js";

/** @typedef {import("./log_element.js").Line} Line */
/** @typedef {{level: string, q: string}} Filter */

/** Counts are kept for at most so many blocks: the blocks grow with the log. */
const MAX_BLOCKS = 2000;
const LEAST_BLOCK = 500;
/** Matches that come with their counts: as a rule all there are of a rare word. */
const FIRST_LIMIT = 300;
const MAX_LIMIT = 1000;

/** @param {number} run @param {Record<string, string | number>} query @param {AbortSignal} [signal] */
async function readLines(run, query, signal) {
    const words = Object.entries(query).filter(([, value]) => value !== "");
    const address = `/api/v1/runs/${run}/lines?${new URLSearchParams(words.map(([k, v]) => [k, String(v)]))}`;
    const answer = await fetch(address, { headers: { accept: "application/json" }, cache: "no-store", signal });
    if (!answer.ok) throw new HttpError(answer.status, `the server answered ${answer.status}`);
    const text = await answer.text();
    return { head: readHead(text), lines: cutElements(text).map(takeNumber) };
}

export class AllLines {
    /** @param {number} run @param {() => void} onChange */
    constructor(run, onChange) {
        this.run = run;
        this.total = 0;
        this.cache = new LogCache((first, limit, signal) => this.read(first, limit, signal), onChange);
    }

    /** Some lines from a place on. @param {number} first @param {number} limit @param {AbortSignal} [signal] */
    async read(first, limit, signal) {
        return (await readLines(this.run, { after: first - 1, limit: Math.min(limit, MAX_LIMIT) }, signal)).lines;
    }

    /** @param {number} i */
    get(i) {
        return this.cache.get(i);
    }

    /** @param {number} from @param {number} to */
    need(from, to) {
        this.cache.need(from, to, this.total);
    }

    /** @param {number} first @param {string[]} raws */
    add(first, raws) {
        raws.forEach((raw, i) => this.cache.put(first + i, { n: first + i, raw }));
        this.total = Math.max(this.total, first + raws.length - 1);
        this.cache.shrink();
    }

    /** The place of a line, or of the one behind it. @param {number} n */
    async placeOf(n) {
        return n;
    }

    /** @param {number} i */
    async lineAt(i) {
        return i;
    }
}

/** Lines that match, in order: the place of each among them, its rank, is known by counts in blocks of line numbers. */
export class Matches {
    /** @param {number} run @param {Filter} filter @param {() => void} onChange */
    constructor(run, filter, onChange) {
        this.run = run;
        this.filter = filter;
        this.total = 0;
        /** The last line that has been looked at. */
        this.to = 0;
        this.block = LEAST_BLOCK;
        /** @type {Array<[number, number, number]>} block, matches in it, matches before it */
        this.counts = [];
        this.abort = new AbortController();
        this.cache = new LogCache((first, limit, signal) => this.read(first, limit, signal), onChange);
    }

    close() {
        this.abort.abort();
        this.cache.close();
    }

    /** @param {number} i */
    get(i) {
        return this.cache.get(i);
    }

    /** @param {number} from @param {number} to */
    need(from, to) {
        this.cache.need(from, to, this.total);
    }

    /** Counts what is there, or what has come since. Throws when closed meanwhile. @param {number} lines of the log, about */
    async count(lines) {
        if (this.to === 0) while (lines / this.block > MAX_BLOCKS / 2) this.block *= 2;
        const query = { ...this.filter, after: this.to, block: this.block, limit: this.filter.q ? FIRST_LIMIT : 0 };
        const { head, lines: found } = await readLines(this.run, query, this.abort.signal);
        if (this.abort.signal.aborted) throw new Error("closed");
        const rank = this.total;
        for (const [block, n] of head.counts) this.addCount(block, n);
        found.forEach((line, i) => this.cache.put(rank + 1 + i, line));
        this.cache.shrink();
        this.to = head.to;
        while (this.counts.length > MAX_BLOCKS) this.joinBlocks();
    }

    /** @param {number} block @param {number} n */
    addCount(block, n) {
        const last = this.counts.at(-1);
        if (last && last[0] === block) last[1] += n;
        else this.counts.push([block, n, this.total]);
        this.total += n;
    }

    joinBlocks() {
        const old = this.counts;
        this.block *= 2;
        this.counts = [];
        this.total = 0;
        for (const [block, n] of old) this.addCount(Math.floor(block / 2), n);
    }

    /** The last of the counts for which `before` holds; they are sorted. @param {(count: [number, number, number]) => boolean} before */
    lastCount(before) {
        let [low, high] = [0, this.counts.length];
        while (low < high) {
            const middle = (low + high) >> 1;
            if (before(this.counts[middle])) low = middle + 1;
            else high = middle;
        }
        return this.counts[low - 1];
    }

    /** Some matches from a rank on. @param {number} first @param {number} limit @param {AbortSignal} [signal] @returns {Promise<Line[]>} */
    async read(first, limit, signal) {
        const last = Math.min(this.total, first + Math.min(limit, MAX_LIMIT) - 1);
        const [block, , before] = this.lastCount((count) => count[2] < first) ?? [0, 0, 0];
        const [end] = this.lastCount((count) => count[2] < last) ?? [0];
        const query = {
            ...this.filter, after: block * this.block, before: Math.min(this.to, (end + 1) * this.block) + 1,
            skip: first - 1 - before, limit: last - first + 1,
        };
        return (await readLines(this.run, query, signal)).lines;
    }

    /** The rank of a line, or of the first match behind it; one more than there are if there is none. @param {number} n */
    async placeOf(n) {
        const block = Math.floor((n - 1) / this.block);
        const [at, matches, before] = this.lastCount((count) => count[0] <= block) ?? [-1, 0, 0];
        if (at !== block) return before + matches + 1;
        const query = { ...this.filter, after: block * this.block, before: n, block: this.block, limit: 0 };
        const { head } = await readLines(this.run, query, this.abort.signal);
        return before + head.total + 1;
    }

    /** The line of a rank. @param {number} i */
    async lineAt(i) {
        const known = this.cache.get(i);
        if (known) return known.n;
        const [line] = await this.read(i, 1, this.abort.signal);
        return line.n;
    }
}
