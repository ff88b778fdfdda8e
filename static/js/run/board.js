/** One table of the leaderboard on the page: its head, and a window of rows, so that ten thousand cost no more than a screenful. */
import { el, one } from "../dom.js";
import { count } from "../format.js";
import { morphChildren } from "../morph.js";
import { render } from "../render.js";
import { Table } from "./table.js";

const WHOLE = 200;
const OVERSCAN = 12;

export class Board {
    /** @param {string} name @param {string} csv where its download is @param {Record<string, string | null>} better */
    constructor(name, csv, better) {
        this.name = name;
        this.csv = csv;
        this.table = new Table(better);
        /** @type {{name: string, direction: "descending" | "ascending"} | null} */
        this.sort = null;
        /** @type {import("./table.js").Row[]} as they are shown */
        this.order = [];
        /** @type {Map<number, HTMLElement>} rows in the document */
        this.drawn = new Map();
        this.rowHeight = 33;
        /** @type {number[]} of the columns, in pixels: they never get narrower */
        this.widths = [];
        this.frame = 0;
        /** @type {any} */
        this.element = null;
    }

    /** Descending first, then it toggles. @param {string} name */
    sortBy(name) {
        const again = this.sort?.name === name && this.sort.direction === "descending";
        this.sort = { name, direction: again ? "ascending" : "descending" };
    }

    /** @param {import("./table.js").Row[]} rows */
    view(rows) {
        const columns = [...this.table.columns.values()];
        return {
            name: this.name,
            csv: this.csv,
            count: count(this.table.rows.length),
            columns: columns.map((c) => ({ name: c.name, numeric: c.numeric, better: c.better, sorted: this.sort?.name === c.name ? this.sort.direction : null })),
            rows: rows.map(({ n, cells }) => ({
                n,
                cells: columns.map((c) => ({ text: c.text(cells[c.place]), numeric: c.numeric, best: c.isBest(cells[c.place]) })),
            })),
            wide: this.table.wide,
            first: null,
            more: null,
        };
    }

    /** Takes the place of what the server drew, or finds one of its own. @param {HTMLElement} place */
    attach(place) {
        this.element = [...place.children].find((child) => /** @type {HTMLElement} */ (child).dataset.table === this.name);
        if (!this.element) {
            this.element = one(render("table", this.view([])), "[data-table]");
            place.append(this.element);
        }
        this.box = one(this.element, ".board-box");
        this.body = one(this.element, "tbody");
        this.above = el("tbody", { "aria-hidden": "true" }, el("tr", {}, el("td")));
        this.below = el("tbody", { "aria-hidden": "true" }, el("tr", {}, el("td")));
        this.body.before(this.above);
        this.body.after(this.below);
        this.measure();
        this.box.addEventListener("scroll", () => (this.frame ||= requestAnimationFrame(() => this.drawRows())), { passive: true });
    }

    /** Draws all of it anew: after rows, or another order. @param {HTMLElement} place */
    draw(place) {
        if (!this.element) this.attach(place);
        const fresh = one(render("table", this.view([])), "[data-table]");
        this.setWidths(fresh);
        for (const part of [".board-head", "thead"]) morphChildren(one(this.element, part), one(fresh, part));
        one(this.element, "table").setAttribute("aria-rowcount", String(this.table.rows.length + 1));
        this.order = this.sort ? this.table.sorted(this.sort.name, this.sort.direction) : this.table.rows;
        this.drawn.clear();
        this.drawRows();
    }

    /** The rows in view, and some around them. */
    drawRows() {
        this.frame = 0;
        const total = this.order.length;
        const first = total <= WHOLE ? 0 : Math.max(0, Math.min(total, Math.floor(this.box.scrollTop / this.rowHeight)) - OVERSCAN);
        const last = total <= WHOLE ? total : Math.min(total, first + Math.ceil(this.box.clientHeight / this.rowHeight) + 2 * OVERSCAN);
        const wanted = this.order.slice(first, last);
        const missing = wanted.filter((row) => !this.drawn.has(row.n));
        for (const tr of render("table_rows", this.view(missing)).children) this.drawn.set(Number(/** @type {HTMLElement} */ (tr).dataset.row), /** @type {HTMLElement} */ (tr));
        const rows = wanted.map((row) => /** @type {HTMLElement} */ (this.drawn.get(row.n)));
        rows.forEach((tr, i) => tr.setAttribute("aria-rowindex", String(first + i + 2)));
        this.drawn = new Map(wanted.map((row, i) => [row.n, rows[i]]));
        this.body.replaceChildren(...rows);
        this.setSpace(this.above, first);
        this.setSpace(this.below, total - last);
        this.measure();
    }

    /** @param {any} space @param {number} rows that it stands for */
    setSpace(space, rows) {
        space.hidden = rows === 0;
        one(space, "td").style.height = `${rows * this.rowHeight}px`;
    }

    /** What is drawn has been laid out once here; widths that are set again only where they grew need no second time. */
    measure() {
        if (this.box.clientWidth === 0) return;
        const height = this.body.firstElementChild?.getBoundingClientRect().height;
        if (height) this.rowHeight = height;
        if (this.order.length <= WHOLE) return;
        const before = this.widths;
        this.widths = [...one(this.element, "thead tr").children].map((th, i) => Math.max(before[i] ?? 0, th.getBoundingClientRect().width));
        if (this.widths.some((width, i) => width !== before[i])) this.setWidths(this.element);
    }

    /** @param {HTMLElement} element the table, or one that it is to become */
    setWidths(element) {
        [...one(element, "thead tr").children].forEach((th, i) => {
            if (this.widths[i]) th.style.minWidth = `${this.widths[i]}px`;
        });
    }
}
