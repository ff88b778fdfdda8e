/**
 * A window over numbered rows: ten million scroll like a hundred, and the document holds a screenful.
 *
 * `top` is the row at the upper edge, with the part of it that is above the edge, counted from 0; it is the truth, and the scroll bar
 * follows it. The rows stand in a pane that stays where it is while an empty space scrolls behind it. Browsers clamp heights, so beyond
 * MAX_HEIGHT the scroll is scaled: short ways (wheel, keys) still move pixel by pixel, long ones (the bar) go to the place in
 * proportion. So it is, too, where rows are of different heights (they wrap, or are expanded), for the height of all is then a guess.
 */
import { el } from "../dom.js";

const MAX_HEIGHT = 8_000_000;
const OVERSCAN = 4;
const SETTLE_MS = 200;

export class LogWindow {
    /**
     * @param {HTMLElement} scroller
     * @param {HTMLElement} holder of the rows
     * @param {{make: () => HTMLElement, fill: (row: HTMLElement, i: number) => void, need: (from: number, to: number) => void,
     *          moved: () => void}} rows `i` counts from 1
     */
    constructor(scroller, holder, rows) {
        this.scroller = scroller;
        this.holder = holder;
        this.rows = rows;
        this.total = 0;
        this.top = 0;
        this.follow = true;
        /** Rows are of different heights. */
        this.uneven = false;
        this.rowHeight = 20;
        this.viewHeight = 0;
        this.viewWidth = 0;
        /** Of a row, as far as is known. */
        this.average = 20;
        this.height = 0;
        this.scaled = false;
        this.widest = 0;
        /** The first row drawn. */
        this.first = 1;
        /** @type {Map<number, HTMLElement>} */
        this.drawn = new Map();
        this.pane = el("div", { class: "log-pane" });
        holder.replaceWith(this.pane);
        this.pane.append(holder);
        this.space = el("div", { class: "log-space", "aria-hidden": "true" });
        scroller.append(this.space);
        this.scrollTop = 0;
        this.scrolledAt = -Infinity;
        this.frame = 0;
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.settleTimer = undefined;
        /** The reader holds the scroll bar. */
        this.dragging = false;
        scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
        scroller.addEventListener("pointerdown", (e) => (this.dragging = e.target === scroller && e.offsetX >= scroller.clientWidth));
        addEventListener("pointerup", () => (this.dragging = false));
        // At once: the next lines would else take the end back before the scroll is told of.
        scroller.addEventListener("wheel", (e) => (this.follow &&= e.deltaY >= 0 || this.top <= 0), { passive: true });
        scroller.addEventListener("keydown", (e) => this.key(e));
        new ResizeObserver(() => this.measure()).observe(scroller);
    }

    measure() {
        const sample = /** @type {HTMLElement | null} */ (this.holder.firstElementChild);
        if (sample && !this.uneven && sample.offsetHeight > 0) this.rowHeight = sample.getBoundingClientRect().height;
        if (this.scroller.clientHeight === 0) return;
        this.viewHeight = this.scroller.clientHeight;
        if (this.viewWidth !== this.scroller.clientWidth) this.forgetWidth();
        this.viewWidth = this.scroller.clientWidth;
        this.pane.style.height = `${this.viewHeight}px`;
        this.resize();
    }

    /** @param {number} total */
    setTotal(total) {
        if (total === this.total) return;
        this.scrolled();
        this.total = total;
        this.resize();
    }

    /** @param {boolean} uneven */
    setUneven(uneven) {
        this.scrolled();
        if (uneven !== this.uneven) this.average = this.rowHeight;
        this.uneven = uneven;
        this.forgetWidth();
        this.resize();
    }

    forgetWidth() {
        this.widest = 0;
        this.holder.style.minWidth = "";
    }

    /** Other rows stand here now. @param {number} total @param {number | null} i the one at the upper edge; null: the end is followed */
    replace(total, i) {
        for (const row of this.drawn.values()) row.remove();
        this.drawn.clear();
        this.forgetWidth();
        this.total = total;
        this.follow = i === null;
        this.top = Math.max(0, (i ?? total) - 1);
        this.resize();
        this.rows.moved();
    }

    /** The greatest `top`, where rows are even. */
    lastTop() {
        return Math.max(0, this.total - (this.uneven ? 0.001 : this.viewHeight / this.rowHeight));
    }

    resize() {
        const whole = this.total * (this.uneven ? this.average : this.rowHeight);
        this.scaled = this.uneven || whole > MAX_HEIGHT;
        this.setHeight(Math.min(whole, MAX_HEIGHT));
        if (this.follow) this.top = this.lastTop();
        this.top = Math.min(this.top, this.lastTop());
        // A scroll that is under way is not disturbed.
        if (this.scaled && this.isScrolling()) this.settle();
        else this.place();
        this.draw();
    }

    /** What becomes lower takes the bar back, which is nothing that the reader does. @param {number} height */
    setHeight(height) {
        this.height = height;
        this.space.style.height = `${Math.max(0, height - this.viewHeight)}px`;
        this.scrollTop = Math.min(this.scrollTop, this.lastScroll());
    }

    lastScroll() {
        return Math.max(0, this.height - this.viewHeight);
    }

    /** Puts the scroll bar where `top` is. */
    place() {
        if (this.dragging) return;
        const last = this.lastTop();
        const wanted = last === 0 ? 0 : this.scaled ? (this.top / last) * this.lastScroll() : this.top * this.rowHeight;
        const at = this.follow ? this.lastScroll() : wanted;
        if (Math.abs(this.scroller.scrollTop - at) >= 1) this.scroller.scrollTop = at;
        this.scrollTop = this.scroller.scrollTop;
    }

    /** The bar has moved, or may have: what would move it next asks first, for the browser tells of a scroll only with its next frame. */
    scrolled() {
        const { clientHeight, scrollHeight, scrollTop: at } = this.scroller;
        if (clientHeight === 0) return;
        // A window that has grown at the end takes the bar back: that was not the reader.
        if (this.follow && clientHeight !== this.viewHeight && at >= Math.min(this.scrollTop, scrollHeight - clientHeight) - 1) {
            this.measure();
            return;
        }
        const delta = at - this.scrollTop;
        if (Math.abs(delta) < 1) return;
        this.scrollTop = at;
        this.scrolledAt = performance.now();
        if (!this.scaled) {
            this.top = Math.min(this.lastTop(), at / this.rowHeight);
            this.follow = at >= this.lastScroll() - 2;
        } else if (!this.dragging && Math.abs(delta) <= 2 * this.viewHeight) {
            this.moveBy(delta);
            if (at <= 0 || at >= this.lastScroll() - 1) this.place();
            this.settle();
        } else {
            this.top = (at / this.lastScroll()) * this.lastTop();
            this.follow = at >= this.lastScroll() - 2;
            this.settle();
        }
        this.rows.moved();
        this.draw();
    }

    /** Moves the rows under the window. @param {number} px downwards */
    moveBy(px) {
        const y = this.uneven ? this.offsetOf(this.top) + px : 0;
        this.top = this.uneven ? this.rowAt(y) : this.top + px / this.rowHeight;
        const last = this.lastTop();
        const atEnd = this.uneven && this.drawn.has(this.total) && y + this.viewHeight >= this.holder.offsetHeight - 1;
        this.follow = px > 0 && (atEnd || this.top >= last - 0.1);
        this.top = Math.max(0, Math.min(last, this.top));
    }

    /** Where a `top` is among the drawn rows, in pixels. @param {number} top */
    offsetOf(top) {
        const row = this.drawn.get(Math.floor(top) + 1);
        return row ? row.offsetTop + (top % 1) * row.offsetHeight : 0;
    }

    /** The `top` at such an offset among the drawn rows, or, by a guess, beyond them. @param {number} y */
    rowAt(y) {
        const { first } = this;
        if (y < 0) return first - 1 + y / this.rowHeight;
        for (let i = first; this.drawn.has(i); i++) {
            const row = /** @type {HTMLElement} */ (this.drawn.get(i));
            if (y < row.offsetTop + row.offsetHeight) return i - 1 + (y - row.offsetTop) / Math.max(1, row.offsetHeight);
        }
        return first - 1 + this.drawn.size + (y - this.holder.offsetHeight) / this.rowHeight;
    }

    isScrolling() {
        return performance.now() - this.scrolledAt < SETTLE_MS;
    }

    /** The scroll bar goes where `top` is, once the scrolling has stopped. */
    settle() {
        clearTimeout(this.settleTimer);
        this.settleTimer = setTimeout(() => {
            this.scrolled();
            if (this.dragging || this.isScrolling()) this.settle();
            else this.place();
        }, SETTLE_MS);
    }

    /** By pages and to the ends at once: the browser would go in many steps. @param {KeyboardEvent} e */
    key(e) {
        if (e.ctrlKey || e.altKey || e.metaKey || /** @type {Element} */ (e.target).closest("input, select, textarea")) return;
        const page = this.viewHeight - 2 * this.rowHeight;
        /** @type {Record<string, () => void>} */
        const moves = {
            Home: () => this.goTo(1), End: () => this.toEnd(), PageUp: () => this.scrollBy(-page), PageDown: () => this.scrollBy(page),
            ArrowUp: () => this.scrollBy(-2 * this.rowHeight), ArrowDown: () => this.scrollBy(2 * this.rowHeight),
        };
        if (!(e.key in moves)) return;
        e.preventDefault();
        moves[e.key]();
    }

    /** @param {number} px */
    scrollBy(px) {
        this.moveBy(px);
        this.settled();
    }

    /** @param {number} i shows this row, a third down the window */
    goTo(i) {
        this.follow = false;
        this.top = Math.max(0, Math.min(this.lastTop(), i - 1 - this.viewHeight / this.rowHeight / 3));
        this.settled();
        if (!this.uneven) return;
        this.drawNow();
        const row = this.drawn.get(i);
        if (row && row.offsetTop > this.offsetOf(this.top) + this.viewHeight * 0.8) {
            this.top = this.rowAt(row.offsetTop - this.viewHeight / 3);
            this.settled();
        }
    }

    toEnd() {
        this.follow = true;
        this.top = this.lastTop();
        this.settled();
    }

    settled() {
        this.place();
        this.rows.moved();
        this.draw();
    }

    /** The rows in view. @returns {[number, number]} */
    visible() {
        const end = this.uneven ? this.rowAt(this.offsetOf(this.top) + this.viewHeight) : this.top + this.viewHeight / this.rowHeight;
        return [Math.floor(this.top) + 1, Math.min(this.total, Math.ceil(end))];
    }

    draw() {
        if (!this.frame) this.frame = requestAnimationFrame(() => this.drawNow());
    }

    drawNow() {
        cancelAnimationFrame(this.frame);
        this.frame = 0;
        // A hidden panel has no heights to go by.
        if (this.scroller.clientHeight === 0) return;
        const from = Math.floor(this.top) + 1;
        const to = Math.ceil(this.top + this.viewHeight / this.rowHeight);
        // Of uneven rows a page upwards must be at hand to be measured.
        const more = this.uneven ? Math.ceil(this.viewHeight / this.rowHeight) : OVERSCAN;
        const first = Math.max(1, from - more);
        const last = Math.min(this.total, to + OVERSCAN);
        this.rows.need(first, last);
        this.lay(first, last);
        this.first = first;
        if (this.uneven) this.settleUneven(last);
        if (Math.floor(this.top) + 1 - more < first && first > 1) this.draw();
        const y = this.uneven ? this.offsetOf(this.top) : (this.top - (first - 1)) * this.rowHeight;
        this.holder.style.transform = `translateY(${-y}px)`;
        this.widen();
    }

    /** The end stands at the lower edge, and the guess of all heights is brought nearer. @param {number} last */
    settleUneven(last) {
        if (this.drawn.size === 0) return;
        const all = this.first === 1 && last === this.total;
        const average = Math.max(this.rowHeight, this.holder.offsetHeight / this.drawn.size);
        if (all || Math.abs(average - this.average) > this.average / 4) {
            this.average = average;
            this.setHeight(Math.min(this.total * average, MAX_HEIGHT));
            this.settle();
        }
        const end = this.holder.offsetHeight - this.viewHeight;
        if (last === this.total && (this.follow || this.offsetOf(this.top) > end)) this.top = Math.max(0, this.rowAt(end));
    }

    /** The log stays as wide as its widest row was, so that nothing jumps sideways. */
    widen() {
        const width = this.holder.offsetWidth;
        if (width <= this.widest) return;
        this.widest = width;
        this.holder.style.minWidth = width > this.scroller.clientWidth ? `${width}px` : "";
    }

    /** Makes the holder hold rows first..last, moving as few as it can. @param {number} first @param {number} last */
    lay(first, last) {
        /** @type {HTMLElement[]} */
        const free = [];
        for (const [i, row] of this.drawn) {
            if (i >= first && i <= last) continue;
            free.push(row);
            this.drawn.delete(i);
        }
        let at = this.holder.firstElementChild;
        for (let i = first; i <= last; i++) {
            let row = this.drawn.get(i);
            if (!row) {
                row = free.pop() ?? this.rows.make();
                this.drawn.set(i, row);
            }
            if (row === at) at = at.nextElementSibling;
            else this.holder.insertBefore(row, at);
            this.rows.fill(row, i);
        }
        for (const row of free) row.remove();
    }
}
