/** The log tab: a window over the line numbers, the end followed until the reader scrolls up. */
import { copyText } from "../clipboard.js";
import { all, one } from "../dom.js";
import { count } from "../format.js";
import { toast } from "../toasts.js";
import { moveMark, readMark, writeMark } from "./log_marks.js";
import { fillRow, makeRow, readRow } from "./log_row.js";
import { LogStore } from "./log_store.js";
import { LogWindow } from "./log_window.js";

const MAX_COPY = 20_000;

class LogPanel {
    /** @param {HTMLElement} root @param {import("./page.js").RunContext} context @param {{lines: number}} seen */
    constructor(root, context, seen) {
        this.root = root;
        this.feed = context.feed;
        this.scroller = one(root, "[data-log]");
        this.pill = one(root, "[data-log-pill]");
        /** @type {{source: number, text: string} | null} an unfinished line */
        this.preview = null;
        /** @type {[number, number] | null} */
        this.mark = readMark(location.hash);
        this.seenEnd = seen.lines;
        this.how = {
            times: "time",
            startMs: 0,
            marked: (/** @type {number} */ n) => this.mark !== null && n >= this.mark[0] && n <= this.mark[1],
        };
        this.store = new LogStore(context.run, () => this.window.draw());
        const holder = one(root, ".log-lines");
        const drawn = all(holder, ".log-line").map(readRow);
        for (const [n, element] of drawn) this.store.add(n, [element]);
        this.store.total = seen.lines;
        holder.replaceChildren();
        this.scroller.toggleAttribute("data-window", true);
        this.window = new LogWindow(this.scroller, holder, {
            make: makeRow,
            fill: (row, n) => this.fill(row, n),
            need: (from, to) => this.store.need(from, Math.min(to, this.store.total)),
            moved: () => this.showPill(),
        });
        this.showTotal();
        this.window.measure();
        this.listen();
        if (this.mark) this.goToMark();
        else if (new URLSearchParams(location.search).has("line")) this.window.goTo(Number(new URLSearchParams(location.search).get("line")));
        this.window.drawNow();
        this.window.measure();
    }

    listen() {
        this.feed.on("lines", ({ first, lines, total }) => {
            if (lines) this.store.add(first, lines);
            else this.store.total = Math.max(this.store.total, total);
            if (this.preview) this.preview = null;
            this.showTotal();
        });
        this.feed.on("preview", (preview) => {
            if (preview.line <= this.store.total) return;
            this.preview = preview;
            this.showTotal();
        });
        this.feed.on("closed", () => {
            this.preview = null;
            this.showTotal();
        });
        this.pill.addEventListener("click", () => this.window.toEnd());
        one(this.root, "[data-log-times]").addEventListener("change", (/** @type {any} */ e) => this.setTimes(e.target.value));
        one(this.root, "[data-log-wrap]").addEventListener("change", (/** @type {any} */ e) => {
            this.scroller.toggleAttribute("data-wrap", e.target.checked);
            this.window.setWrap(e.target.checked);
        });
        one(this.root, "[data-log-copy]").addEventListener("click", () => this.copy());
        this.scroller.addEventListener("click", (/** @type {MouseEvent} */ e) => this.click(e));
        addEventListener("hashchange", () => {
            this.mark = readMark(location.hash);
            this.goToMark();
        });
    }

    /** @param {import("./log_row.js").Row} row @param {number} n */
    fill(row, n) {
        const live = this.preview !== null && n === this.store.total + 1;
        const element = live && this.preview ? [Date.now(), 1, this.preview.text, this.preview.source] : this.store.get(n);
        row.toggleAttribute("data-preview", live);
        fillRow(row, n, element, this.how);
    }

    showTotal() {
        const { total } = this.store;
        const empty = one(this.root, "[data-log-empty]");
        if (empty && total > 0) empty.remove();
        this.window.setTotal(total + (this.preview ? 1 : 0));
        this.window.draw();
        this.showPill();
    }

    showPill() {
        const { total } = this.store;
        if (this.window.follow) this.seenEnd = total;
        const fresh = total - this.seenEnd;
        this.pill.hidden = this.window.follow || fresh <= 0;
        if (!this.pill.hidden) this.pill.textContent = `${count(fresh)} new ${fresh === 1 ? "line" : "lines"}`;
    }

    /** @param {string} times */
    async setTimes(times) {
        this.how.times = times;
        this.scroller.dataset.times = times;
        if (times === "since" && !this.how.startMs) {
            const started = /** @type {HTMLElement | null} */ (document.querySelector("[data-started]"));
            this.how.startMs = Number(started?.dataset.started ?? this.store.get(1)?.[0] ?? 0);
        }
        this.window.draw();
    }

    goToMark() {
        if (this.mark && this.mark[0] <= this.store.total) this.window.goTo(this.mark[0]);
        else this.window.draw();
    }

    /** @param {MouseEvent} e */
    click(e) {
        const link = /** @type {Element} */ (e.target).closest(".log-no");
        if (!link) return;
        e.preventDefault();
        const n = Number(/** @type {HTMLElement} */ (link.closest(".log-line")).dataset.line);
        this.mark = moveMark(this.mark, n, e.shiftKey);
        history.replaceState(null, "", `${location.pathname}${location.search}${writeMark(this.mark)}`);
        this.window.draw();
    }

    /** Copies the marked lines, or those in view. */
    async copy() {
        const [from, to] = this.mark ?? this.window.visible();
        const texts = [];
        for (let n = from; n <= Math.min(to, from + MAX_COPY, this.store.total); n++) {
            const element = this.store.get(n);
            if (!element) {
                toast("These lines are not all here yet: scroll to them first, or download the log");
                return;
            }
            texts.push(element[2]);
        }
        const done = await copyText(`${texts.join("\n")}\n`);
        toast(done ? `${count(texts.length)} ${texts.length === 1 ? "line" : "lines"} copied` : "The browser did not allow it");
    }
}

/** @type {import("./tabs.js").Mount} */
export function mountLogs(root, context, seen) {
    const panel = new LogPanel(root, context, seen);
    return { shown: () => panel.window.measure() };
}
