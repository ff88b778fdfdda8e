/** The log tab: a window over the lines, all or those that match, whose end is followed until the reader scrolls up. */
import { all, isFieldTouched, one } from "../dom.js";
import { count } from "../format.js";
import { copyLines } from "./log_copy.js";
import { cutElements } from "./log_element.js";
import { LogFind } from "./log_find.js";
import { moveMark, readMark, writeMark } from "./log_marks.js";
import { fillRow, makeRow, readRow } from "./log_row.js";
import { rememberedView, rememberView } from "./log_settings.js";
import { AllLines } from "./log_source.js";
import { LogWindow } from "./log_window.js";

class LogPanel {
    /** @param {HTMLElement} root @param {import("./page.js").RunContext} context @param {{lines: number}} seen */
    constructor(root, context, seen) {
        this.root = root;
        this.feed = context.feed;
        this.scroller = one(root, "[data-log]");
        this.pill = one(root, "[data-log-pill]");
        /** @type {{source: number, text: string, ms: number} | null} an unfinished line */
        this.preview = null;
        /** @type {[number, number] | null} */
        this.mark = readMark(location.hash);
        this.seenEnd = seen.lines;
        const { times, wrap } = rememberedView();
        /** @type {import("./log_row.js").How} */
        this.how = { times, wrap, startMs: 0, needle: "", current: 0, expanded: new Set(), marked: (n) => this.isMarked(n) };
        this.lines = new AllLines(context.run, () => this.window.draw());
        /** @type {AllLines | import("./log_source.js").Matches} */
        this.source = this.lines;
        const holder = one(root, ".log-lines");
        this.takeDrawn(holder, seen.lines);
        this.window = new LogWindow(this.scroller, holder, {
            make: makeRow,
            fill: (row, i) => this.fill(row, i),
            need: (from, to) => this.source.need(from, to),
            moved: () => this.showPill(),
        });
        this.find = new LogFind(root, {
            run: context.run,
            lines: () => this.lines.total,
            onLines: () => this.window.draw(),
            show: (rows) => this.showRows(rows),
            onGrow: () => this.showTotal(),
            redraw: () => this.redraw(),
            here: () => this.source.get(Math.floor(this.window.top) + 1)?.n ?? 1,
            goTo: (n) => this.goToLine(n, false),
        });
        this.listen();
        this.begin();
    }

    /** The rows that the server drew are at hand. @param {HTMLElement} holder @param {number} total */
    takeDrawn(holder, total) {
        for (const row of all(holder, ".log-line")) {
            const { n, raw, whole } = readRow(row);
            if (whole) this.lines.add(n, [raw]);
        }
        this.lines.total = total;
        holder.replaceChildren();
        this.scroller.toggleAttribute("data-window", true);
    }

    begin() {
        const [times, wrap] = [one(this.root, "[data-log-times]"), one(this.root, "[data-log-wrap]")];
        if (isFieldTouched(times)) this.how.times = times.value;
        if (isFieldTouched(wrap)) this.how.wrap = wrap.checked;
        if (isFieldTouched(times) || isFieldTouched(wrap)) rememberView(this.how);
        times.value = this.how.times;
        wrap.checked = this.how.wrap;
        this.setTimes(this.how.times);
        this.setWrap(this.how.wrap);
        this.showTotal();
        this.window.measure();
        this.window.drawNow();
        this.window.measure();
        const line = Number(new URLSearchParams(location.search).get("line"));
        if (this.mark) this.goToLine(this.mark[0], true);
        else if (line > 0) this.goToLine(line, true);
        this.window.drawNow();
    }

    listen() {
        this.feed.on("lines", ({ first, text, total }) => {
            if (text) this.lines.add(first, cutElements(text));
            else this.lines.total = Math.max(this.lines.total, total);
            this.preview = null;
            this.showTotal();
            this.find.grow();
        });
        this.feed.on("preview", (preview) => {
            if (preview.line <= this.lines.total) return;
            this.preview = { ...preview, ms: Date.now() };
            this.showTotal();
        });
        this.feed.on("closed", () => {
            this.preview = null;
            this.showTotal();
        });
        this.pill.addEventListener("click", () => this.window.toEnd());
        one(this.root, "[data-log-times]").addEventListener("change", (/** @type {any} */ e) => {
            this.setTimes(e.target.value);
            rememberView(this.how);
        });
        one(this.root, "[data-log-wrap]").addEventListener("change", (/** @type {any} */ e) => {
            this.setWrap(e.target.checked);
            rememberView(this.how);
        });
        one(this.root, "[data-log-copy]").addEventListener("click", () => this.copy());
        const menu = one(this.root, "[data-menu=log]");
        menu.addEventListener("click", (/** @type {MouseEvent} */ e) => /** @type {Element} */ (e.target).closest("a") && (menu.open = false));
        this.scroller.addEventListener("click", (/** @type {MouseEvent} */ e) => this.click(e));
        addEventListener("hashchange", () => {
            this.mark = readMark(location.hash);
            if (this.mark) this.goToLine(this.mark[0], true);
            this.window.draw();
        });
        document.addEventListener("keydown", (e) => this.key(e));
        document.addEventListener("selectionchange", () => this.holdSelection());
    }

    /** What is being selected does not run away. */
    holdSelection() {
        const selection = getSelection();
        if (selection && !selection.isCollapsed && this.window.holder.contains(selection.anchorNode)) this.window.follow = false;
    }

    /** Keys of the log, wherever the focus is, but where something is typed. @param {KeyboardEvent} e */
    key(e) {
        if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || this.root.hidden) return;
        if (/** @type {Element} */ (e.target).closest("input, textarea, select, [contenteditable], dialog")) return;
        /** @type {Record<string, () => void>} */
        const keys = { g: () => this.window.goTo(1), G: () => this.window.toEnd(), n: () => this.find.step(1), N: () => this.find.step(-1) };
        if (!(e.key in keys)) return;
        e.preventDefault();
        keys[e.key]();
    }

    /** @param {number} n */
    isMarked(n) {
        return this.mark !== null && n >= this.mark[0] && n <= this.mark[1];
    }

    /** @param {import("./log_row.js").Row} row @param {number} i */
    fill(row, i) {
        const { preview } = this;
        const live = preview !== null && this.source === this.lines && i === this.lines.total + 1;
        row.toggleAttribute("data-preview", live);
        if (live && preview) return fillRow(row, i, JSON.stringify([preview.ms, 1, preview.text, preview.source]), this.how);
        const line = this.source.get(i);
        fillRow(row, line?.n ?? (this.source === this.lines ? i : 0), line?.raw, this.how);
    }

    redraw() {
        this.how.needle = this.find.needle;
        this.how.current = this.find.current?.n ?? 0;
        this.window.draw();
    }

    /** @param {import("./log_source.js").Matches | null} rows */
    async showRows(rows) {
        const next = rows ?? this.lines;
        if (next === this.source) return;
        const top = this.window.follow ? null : this.source.get(Math.floor(this.window.top) + 1)?.n;
        const place = top ? Math.max(1, Math.min(next.total, await next.placeOf(top))) : null;
        this.source = next;
        this.seenEnd = next.total;
        this.window.replace(next.total, place);
        this.showTotal();
    }

    showTotal() {
        const { total } = this.source;
        one(this.root, "[data-log-empty]")?.toggleAttribute("hidden", this.lines.total > 0 || this.preview !== null);
        one(this.root, "[data-log-nothing]").hidden = this.source === this.lines || total > 0;
        this.widenNumbers();
        this.window.setTotal(total + (this.preview && this.source === this.lines ? 1 : 0));
        this.window.draw();
        this.showPill();
    }

    /** The column of the numbers is as wide as the last one. */
    widenNumbers() {
        const digits = String(String(this.lines.total + 1).length);
        if (this.scroller.style.getPropertyValue("--log-digits") !== digits) this.scroller.style.setProperty("--log-digits", digits);
    }

    showPill() {
        const { total } = this.source;
        if (this.window.follow) this.seenEnd = total;
        const fresh = total - this.seenEnd;
        this.pill.hidden = this.window.follow || fresh <= 0;
        if (!this.pill.hidden) this.pill.textContent = `${count(fresh)} new ${fresh === 1 ? "line" : "lines"}`;
    }

    /** @param {string} times */
    setTimes(times) {
        const started = /** @type {HTMLElement | null} */ (document.querySelector("[data-started]"));
        this.how.startMs = Number(started?.dataset.started ?? 0);
        this.how.times = times;
        this.scroller.dataset.times = times;
        this.window.draw();
    }

    /** @param {boolean} wrap */
    setWrap(wrap) {
        this.how.wrap = wrap;
        this.scroller.toggleAttribute("data-wrap", wrap);
        this.setEvenness();
    }

    setEvenness() {
        this.window.setUneven(this.how.wrap || this.how.expanded.size > 0);
    }

    /** @param {number} n a line's number @param {boolean} always not only when it is out of view */
    async goToLine(n, always) {
        const i = Math.max(1, Math.min(this.source.total, await this.source.placeOf(n)));
        const [first, last] = this.window.visible();
        if (always || i <= first || i >= last) this.window.goTo(i);
        else this.window.follow = false;
    }

    /** @param {MouseEvent} e */
    click(e) {
        const target = /** @type {Element} */ (e.target);
        const n = Number(/** @type {HTMLElement | null} */ (target.closest(".log-line"))?.dataset.line);
        if (target.closest(".log-more")) this.expand(n);
        const link = target.closest(".log-no");
        if (!link || e.ctrlKey || e.metaKey) return;
        e.preventDefault();
        this.mark = moveMark(this.mark, n, e.shiftKey);
        history.replaceState(null, "", `${location.pathname}${location.search}${writeMark(this.mark)}`);
        this.window.draw();
    }

    /** Shows all of a line, or less again. @param {number} n */
    expand(n) {
        if (!this.how.expanded.delete(n)) this.how.expanded.add(n);
        this.window.follow = false;
        this.setEvenness();
    }

    /** Copies the marked lines, or those in view. */
    copy() {
        if (!this.mark) return copyLines(this.source, ...this.window.visible());
        const [from, to] = this.mark;
        return copyLines(this.lines, from, Math.min(to, this.lines.total));
    }

    shown() {
        this.window.measure();
        this.find.writeAddress();
    }
}

/** @type {import("./tabs.js").Mount} */
export function mountLogs(root, context, seen) {
    const panel = new LogPanel(root, context, seen);
    return { shown: () => panel.shown() };
}
