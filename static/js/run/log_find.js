/**
 * The log's filter and search: by level, by text, over the whole log. The server counts; what is typed on gives up the count before.
 * The state is in the address.
 */
import { all, isFieldTouched, one } from "../dom.js";
import { count } from "../format.js";
import { toast } from "../toasts.js";
import { isPassing } from "../view.js";
import { Matches } from "./log_source.js";
import { fold } from "./log_text.js";

const TYPING_MS = 120;
const GROW_MS = 250;
const RETRY_MS = 2000;

/**
 * @typedef {object} FindOptions
 * @property {number} run
 * @property {() => number} lines how many the log has
 * @property {() => void} onLines matches have come that were not at hand
 * @property {(rows: Matches | null) => Promise<void>} show only these rows, or all
 * @property {() => void} onGrow there are more rows
 * @property {() => void} redraw needle or current match are others
 * @property {() => number} here the line from which the next match is looked for
 * @property {(n: number) => Promise<void>} goTo
 */

export class LogFind {
    /** @param {HTMLElement} root @param {FindOptions} options */
    constructor(root, options) {
        this.options = options;
        this.input = one(root, "[data-log-search]");
        this.found = one(root, "[data-log-found]");
        this.only = one(root, "[data-log-only]");
        this.level = one(root, "[data-log-level]");
        this.buttons = all(root, "[data-log-step]");
        /** What is searched for, folded. */
        this.needle = "";
        /** @type {{rank: number, n: number} | null} */
        this.current = null;
        /** @type {Matches | null} lines that are shown; null: all */
        this.rows = null;
        /** @type {Matches | null} lines that hold what is searched for */
        this.finds = null;
        /** @type {Matches[]} being counted for the first time */
        this.pending = [];
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.timer = undefined;
        this.growing = false;
        /** Steps from match to match, one after another: each goes on from where the one before has led. @type {Promise<unknown>} */
        this.steps = Promise.resolve();
        this.readAddress();
        this.listen();
        if (this.input.value || this.level.value) this.apply();
    }

    listen() {
        this.input.addEventListener("input", () => this.later(TYPING_MS));
        this.input.addEventListener("keydown", (/** @type {KeyboardEvent} */ e) => this.key(e));
        this.level.addEventListener("change", () => this.later(0));
        this.only.addEventListener("change", () => this.later(0));
        for (const button of this.buttons) button.addEventListener("click", () => this.step(Number(button.dataset.logStep)));
    }

    /** @param {KeyboardEvent} e */
    key(e) {
        if (e.key === "Enter") {
            e.preventDefault();
            this.step(e.shiftKey ? -1 : 1);
        } else if (e.key === "Escape" && this.input.value) {
            e.preventDefault();
            this.input.value = "";
            this.later(0);
        }
    }

    readAddress() {
        const query = new URLSearchParams(location.search);
        if (!isFieldTouched(this.input)) this.input.value = query.get("q") ?? "";
        if (!isFieldTouched(this.level)) this.level.value = query.get("level") ?? "";
        if (!this.level.value) this.level.value = "";
        if (!isFieldTouched(this.only)) this.only.checked = query.has("only");
    }

    writeAddress() {
        if (!isOurs()) return;
        const address = new URL(location.href);
        const state = { q: this.input.value, level: this.level.value, only: this.only.checked && this.input.value ? "1" : "" };
        for (const [name, value] of Object.entries(state)) {
            if (value) address.searchParams.set(name, value);
            else address.searchParams.delete(name);
        }
        if (address.href !== location.href) history.replaceState(null, "", address);
    }

    /** @param {number} ms */
    later(ms) {
        clearTimeout(this.timer);
        this.giveUp();
        this.timer = setTimeout(() => this.apply(), ms);
    }

    giveUp() {
        for (const matches of this.pending) matches.close();
        this.pending = [];
    }

    /** @param {boolean} busy */
    setBusy(busy) {
        this.found.toggleAttribute("data-busy", busy);
        if (busy) this.found.textContent = "…";
    }

    async apply() {
        this.giveUp();
        this.writeAddress();
        const { run, onLines } = this.options;
        const q = this.input.value;
        const level = this.level.value;
        const make = (/** @type {string} */ text) => new Matches(run, { level, q: text }, onLines);
        const finds = q ? make(q) : null;
        const rows = this.only.checked && finds ? finds : level ? make("") : null;
        const mine = [...new Set([finds, rows])].filter((one) => one !== null);
        this.pending = mine;
        this.setBusy(mine.length > 0);
        try {
            await Promise.all(mine.map((one) => one.count(this.options.lines())));
            if (this.pending !== mine) return;
            await this.use(finds, rows, mine);
        } catch (error) {
            if (this.pending !== mine) return;
            this.pending = [];
            this.setBusy(false);
            this.found.textContent = `failed: ${/** @type {Error} */ (error).message}`;
        }
    }

    /** @param {Matches | null} finds @param {Matches | null} rows @param {Matches[]} mine */
    async use(finds, rows, mine) {
        const old = [this.finds, this.rows];
        const here = this.options.here();
        await this.options.show(rows);
        if (this.pending !== mine) return;
        this.pending = [];
        for (const one of old) one?.close();
        this.finds = finds;
        this.rows = rows;
        this.needle = finds ? fold(this.input.value) : "";
        this.current = null;
        this.setBusy(false);
        this.showFound();
        this.options.redraw();
        if (finds && finds !== rows && finds.total > 0) {
            await this.inTurn(async () => this.goToRank(Math.min(finds.total, await finds.placeOf(here))));
        }
        this.growOn();
    }

    showFound() {
        const { finds, rows, current } = this;
        for (const button of this.buttons) button.disabled = !finds || finds.total === 0;
        this.only.disabled = !finds;
        if (this.found.hasAttribute("data-busy")) return;
        const total = finds ? finds.total : (rows?.total ?? 0);
        const noun = finds ? (total === 1 ? "match" : "matches") : total === 1 ? "line" : "lines";
        const words = total === 0 && finds ? "no match" : current ? `${count(current.rank)} of ${count(total)}` : `${count(total)} ${noun}`;
        this.found.textContent = finds || rows ? words : "";
    }

    /** Does it once those before it are done, if the search is still the same. @param {() => Promise<void>} go */
    inTurn(go) {
        const { finds } = this;
        const mine = async () => {
            try {
                if (this.finds === finds) await go();
            } catch (error) {
                if (this.finds === finds) toast(`The match could not be read: ${/** @type {Error} */ (error).message}`);
            }
        };
        this.steps = this.steps.then(mine);
        return this.steps;
    }

    /** @param {number} way 1: the next match, -1: the one before */
    step(way) {
        return this.inTurn(() => this.stepOn(way));
    }

    /** @param {number} way */
    async stepOn(way) {
        const { finds } = this;
        if (!finds || finds.total === 0) return;
        let rank = this.current ? this.current.rank + way : 0;
        if (!this.current) {
            const here = await finds.placeOf(this.options.here());
            rank = way > 0 ? here : here - 1;
        }
        await this.goToRank(rank < 1 ? finds.total : rank > finds.total ? 1 : rank);
    }

    /** @param {number} rank */
    async goToRank(rank) {
        const { finds } = this;
        const n = await finds?.lineAt(rank);
        if (n === undefined || this.finds !== finds) return;
        this.current = { rank, n };
        this.showFound();
        await this.options.goTo(n);
        this.options.redraw();
    }

    /** Lines have come: those that match among them are counted soon. */
    async grow() {
        if (this.growing || (!this.finds && !this.rows)) return;
        this.growing = true;
        await rest(GROW_MS);
        const mine = [...new Set([this.finds, this.rows])].filter((one) => one !== null);
        try {
            await Promise.all(mine.map((one) => one.count(this.options.lines())));
        } catch (error) {
            if (!isPassing(error)) return;
            await rest(RETRY_MS);
        }
        this.growing = false;
        this.showFound();
        this.options.onGrow();
        this.growOn();
    }

    /** Counts on where lines have come since. */
    growOn() {
        const lines = this.options.lines();
        if ((this.finds && this.finds.to < lines) || (this.rows && this.rows.to < lines)) this.grow();
    }
}

/** Whether the address is the log's: the reader may have gone on to another tab since it was typed. */
const isOurs = () => (new URLSearchParams(location.search).get("tab") ?? "logs") === "logs";

const rest = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
