/**
 * A window over numbered rows: ten million scroll like a hundred, and the document holds a screenful.
 *
 * `top` is the row at the upper edge, with its fraction, counted from 0; it is the truth, and the scroll bar follows it. Browsers
 * clamp heights, so beyond MAX_HEIGHT the scroll is scaled: short ways (wheel, keys) still move pixel by pixel, long ones (the bar) go
 * to the place in proportion. Rows that wrap are of any height; they flow from the top row on, and at the end from the last row
 * upwards.
 */
import { el } from "../dom.js";

const MAX_HEIGHT = 8_000_000;
const OVERSCAN = 6;
const SETTLE_MS = 200;

export class LogWindow {
    /**
     * @param {HTMLElement} scroller
     * @param {HTMLElement} holder of the rows
     * @param {{make: () => HTMLElement, fill: (row: HTMLElement, n: number) => void, need: (from: number, to: number) => void,
     *          moved: () => void}} rows `n` counts from 1
     */
    constructor(scroller, holder, rows) {
        this.scroller = scroller;
        this.holder = holder;
        this.rows = rows;
        this.total = 0;
        this.top = 0;
        this.follow = true;
        this.wrap = false;
        this.rowHeight = 20;
        /** @type {Map<number, HTMLElement>} */
        this.drawn = new Map();
        this.space = el("div", { class: "log-space", "aria-hidden": "true" });
        scroller.append(this.space);
        this.scrollTop = 0;
        this.frame = 0;
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.settleTimer = undefined;
        /** The reader holds the scroll bar. */
        this.dragging = false;
        scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
        scroller.addEventListener("pointerdown", (e) => (this.dragging = e.target === scroller && e.offsetX >= scroller.clientWidth));
        addEventListener("pointerup", () => (this.dragging = false));
        scroller.addEventListener("keydown", (e) => this.key(e));
        new ResizeObserver(() => this.measure()).observe(scroller);
    }

    measure() {
        const sample = /** @type {HTMLElement | null} */ (this.holder.firstElementChild);
        if (sample && !this.wrap && sample.offsetHeight > 0) this.rowHeight = sample.getBoundingClientRect().height;
        this.viewHeight = this.scroller.clientHeight;
        this.resize();
    }

    /** @param {number} total */
    setTotal(total) {
        if (total === this.total) return;
        this.total = total;
        this.resize();
    }

    /** The greatest `top`. */
    lastTop() {
        return Math.max(0, this.total - (this.viewHeight ?? 0) / this.rowHeight);
    }

    resize() {
        const whole = this.total * this.rowHeight;
        this.height = Math.max(0, Math.min(whole, MAX_HEIGHT));
        this.scaled = whole > MAX_HEIGHT;
        this.space.style.height = `${this.height}px`;
        if (this.follow) this.top = this.lastTop();
        this.top = Math.min(this.top, this.lastTop());
        this.place();
        this.draw();
    }

    lastScroll() {
        return Math.max(0, (this.height ?? 0) - (this.viewHeight ?? 0));
    }

    /** Puts the scroll bar where `top` is. */
    place() {
        const last = this.lastTop();
        const wanted = last === 0 ? 0 : this.scaled ? (this.top / last) * this.lastScroll() : this.top * this.rowHeight;
        const at = this.follow ? this.lastScroll() : wanted;
        if (Math.abs(this.scroller.scrollTop - at) >= 1) this.scroller.scrollTop = at;
        this.scrollTop = this.scroller.scrollTop;
    }

    scrolled() {
        const at = this.scroller.scrollTop;
        const delta = at - this.scrollTop;
        if (Math.abs(delta) < 1) return this.draw();
        this.scrollTop = at;
        const last = this.lastTop();
        if (!this.scaled) this.top = at / this.rowHeight;
        else if (!this.dragging && Math.abs(delta) <= 2 * (this.viewHeight ?? 0)) this.top += delta / this.rowHeight;
        else this.top = (at / this.lastScroll()) * last;
        this.top = Math.max(0, Math.min(last, this.top));
        this.follow = at >= this.lastScroll() - 2 && (!this.scaled || this.top >= last - 2);
        if (this.scaled) {
            if (!this.dragging && (at <= 0 || at >= this.lastScroll())) this.place();
            this.settle();
        }
        this.rows.moved();
        this.draw();
    }

    /** The scroll bar goes where `top` is, once the scrolling has stopped. */
    settle() {
        clearTimeout(this.settleTimer);
        this.settleTimer = setTimeout(() => (this.dragging ? this.settle() : this.place()), SETTLE_MS);
    }

    /** The browser would scroll to the ends in many steps. @param {KeyboardEvent} e */
    key(e) {
        if (e.ctrlKey || e.altKey || e.metaKey || (e.key !== "Home" && e.key !== "End")) return;
        e.preventDefault();
        if (e.key === "End") this.toEnd();
        else this.goTo(1);
    }

    /** @param {number} n shows this line, a third down the window */
    goTo(n) {
        this.follow = false;
        this.top = Math.max(0, Math.min(this.lastTop(), n - 1 - (this.viewHeight ?? 0) / this.rowHeight / 3));
        this.place();
        this.rows.moved();
        this.draw();
    }

    toEnd() {
        this.follow = true;
        this.top = this.lastTop();
        this.place();
        this.rows.moved();
        this.draw();
    }

    /** The lines in view. @returns {[number, number]} */
    visible() {
        const first = Math.floor(this.top) + 1;
        return [first, Math.min(this.total, Math.ceil(this.top + (this.viewHeight ?? 0) / this.rowHeight))];
    }

    draw() {
        if (!this.frame) this.frame = requestAnimationFrame(() => this.drawNow());
    }

    drawNow() {
        this.frame = 0;
        const [from, to] = this.visible();
        const first = Math.max(1, from - OVERSCAN);
        const last = Math.min(this.total, to + OVERSCAN);
        this.rows.need(first, last);
        this.lay(first, last);
        this.shift(first);
    }

    /** Makes the holder hold rows first..last, moving as few as it can. @param {number} first @param {number} last */
    lay(first, last) {
        /** @type {HTMLElement[]} */
        const free = [];
        for (const [n, row] of this.drawn) {
            if (n >= first && n <= last) continue;
            free.push(row);
            this.drawn.delete(n);
        }
        let at = this.holder.firstElementChild;
        for (let n = first; n <= last; n++) {
            let row = this.drawn.get(n);
            if (!row) {
                row = free.pop() ?? this.rows.make();
                this.drawn.set(n, row);
            }
            if (row === at) at = at.nextElementSibling;
            else this.holder.insertBefore(row, at);
            this.rows.fill(row, n);
        }
        for (const row of free) row.remove();
    }

    /** Moves the holder so that `top` is at the upper edge. @param {number} first */
    shift(first) {
        const { scrollTop } = this.scroller;
        let y = scrollTop - (this.top - (first - 1)) * this.rowHeight;
        if (this.wrap) {
            const row = this.drawn.get(Math.floor(this.top) + 1);
            const atEnd = this.follow || this.top >= this.lastTop() - 0.5;
            if (atEnd && this.total > 0) y = scrollTop + Math.min(0, (this.viewHeight ?? 0) - this.holder.offsetHeight);
            else if (row) y = scrollTop - row.offsetTop - (this.top % 1) * row.offsetHeight;
        }
        this.holder.style.transform = `translateY(${y}px)`;
    }

    /** @param {boolean} wrap */
    setWrap(wrap) {
        this.wrap = wrap;
        this.draw();
    }
}
