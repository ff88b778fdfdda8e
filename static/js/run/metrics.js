/** The Metrics tab: a chart a series, drawn while it is in view; zoom, scale and smoothing are those of all. */
import { all, isFieldTouched, one } from "../dom.js";
import { count } from "../format.js";
import { render, renderOne } from "../render.js";
import { toast } from "../toasts.js";
import { readJson } from "../view.js";
import { Series } from "./series.js";

const DRAW_EVERY_MS = 250;
const SEARCH_MS = 150;
/** Charts that are read before the browser has said which are in view: it says so a frame or two later. */
const AT_ONCE = 4;

/**
 * @typedef {object} Settings
 * @property {typeof import("./chart.js").Chart | null} Chart null while it is on its way
 * @property {boolean} log
 * @property {number} smoothing
 * @property {[number, number] | null} zoom
 * @property {(range: [number, number] | null) => void} onZoom
 */

class Charts {
    /** @param {HTMLElement} root @param {number} run */
    constructor(root, run) {
        this.root = root;
        this.run = run;
        this.place = one(root, ".charts");
        this.search = one(root, "[data-metrics-search]");
        /** @type {Settings} */
        this.settings = { Chart: null, log: false, smoothing: 0, zoom: null, onZoom: (range) => this.zoom(range) };
        /** @type {Map<string, Series>} */
        this.series = new Map();
        /** @type {Set<Series>} */
        this.grown = new Set();
        this.timer = 0;
        this.asked = 0;
        this.reading = false;
        /** Records that have come while series are read: the answer may not tell of them. @type {any[]} */
        this.early = [];
        this.seen = new IntersectionObserver((entries) => this.look(entries), { root: one(root, "[data-metrics-scroll]"), rootMargin: "200px" });
        this.adopt();
        import("./chart.js").then(({ Chart }) => {
            this.settings.Chart = Chart;
            for (const series of this.series.values()) series.draw();
        }, (error) => toast(`The charts could not be loaded: ${error.message}`));
    }

    /** Takes up the figures of the page, and forgets those that have gone. @param {number} [told] the record up to which they tell */
    adopt(told = 0) {
        const figures = all(this.place, "[data-series]");
        for (const [key, series] of this.series) {
            if (figures.includes(series.figure)) continue;
            this.seen.unobserve(series.figure);
            series.clear();
            this.series.delete(key);
        }
        for (const figure of figures) {
            if (this.series.has(figure.dataset.series)) continue;
            const series = new Series(figure, this.run, this.settings, told);
            this.series.set(series.key, series);
            if (this.series.size <= AT_ONCE) series.setInView(true);
            this.seen.observe(figure);
        }
    }

    /** @param {IntersectionObserverEntry[]} entries */
    look(entries) {
        for (const { target, isIntersecting } of entries) this.series.get(/** @type {HTMLElement} */ (target).dataset.series ?? "")?.setInView(isIntersecting);
    }

    /** @param {[number, number] | null} range */
    zoom(range) {
        this.settings.zoom = range;
        one(this.root, "[data-metrics-reset]").hidden = range === null;
        for (const series of this.series.values()) {
            if (series.inView) series.zoomed();
            else series.points = null;
        }
    }

    /** @param {Partial<Settings>} change */
    set(change) {
        Object.assign(this.settings, change);
        for (const series of this.series.values()) series.redraw();
    }

    /** @param {string} query @param {boolean} instead whether what is here goes */
    async show(query, instead) {
        const asked = ++this.asked;
        this.early = [];
        this.reading = true;
        try {
            const view = await readJson(`/runs/${this.run}${query}`);
            if (asked !== this.asked) return;
            const panel = one(render("panel_metrics", { ...view, ...view.metrics }), "[data-panel]");
            if (instead) this.place.replaceChildren();
            this.place.append(...all(panel, "[data-series]"));
            for (const note of all(this.root, "[data-metrics-empty], .panel-note")) note.remove();
            this.place.before(...all(panel, "[data-metrics-empty]"));
            this.place.after(...all(panel, ".panel-note"));
            this.adopt(view.run.records);
            for (const record of this.early.splice(0)) this.add(record);
        } catch (error) {
            toast(`More series could not be loaded: ${/** @type {Error} */ (error).message}`);
        } finally {
            if (asked === this.asked) this.reading = false;
        }
    }

    searched() {
        const q = this.search.value;
        const query = `?${new URLSearchParams({ tab: "metrics", ...(q && { q }) })}`;
        history.replaceState(null, "", query);
        for (const { key, figure } of this.series.values()) figure.hidden = !key.toLowerCase().includes(q.toLowerCase());
        clearTimeout(this.searching);
        this.searching = setTimeout(() => this.show(query, true), SEARCH_MS);
    }

    /** A series that begins while we look on. @param {string} key @param {number} step @param {any} value */
    begin(key, step, value) {
        if (one(this.root, "[data-metrics-more]") || !key.toLowerCase().includes(this.search.value.toLowerCase())) return;
        for (const note of all(this.root, "[data-metrics-empty]")) note.remove();
        const csv = `/api/v1/runs/${this.run}/metrics.csv?key=${encodeURIComponent(key)}`;
        this.place.append(renderOne("series", { key, csv, points: 1, count: count(1), value: String(value), first_step: step, last_step: step }));
        this.adopt();
    }

    /** @param {any} record */
    take(record) {
        if (this.reading) this.early.push(record);
        this.add(record);
    }

    /** Once a series, however often it is told of. @param {any} record */
    add({ n, points = [] }) {
        for (const [key, step, value] of points) {
            const series = this.series.get(key);
            if (!series) this.begin(key, step, value);
            else if (n > series.told) {
                series.add(step, value);
                this.grown.add(series);
            }
        }
        for (const [key] of points) {
            const series = this.series.get(key);
            if (series) series.told = Math.max(series.told, n);
        }
        this.timer ||= window.setTimeout(() => this.draw(), DRAW_EVERY_MS);
    }

    draw() {
        this.timer = 0;
        for (const series of this.grown) series.grown();
        this.grown.clear();
    }
}

/** @type {import("./tabs.js").Mount} */
export function mountMetrics(root, { run }) {
    const charts = new Charts(root, run);
    const redraw = () => charts.set({});
    const [log, smoothing] = [one(root, "[data-metrics-log]"), one(root, "[data-metrics-smoothing]")];
    const draw = () => charts.set({ log: log.checked, smoothing: Number(smoothing.value) });
    log.addEventListener("change", draw);
    smoothing.addEventListener("input", draw);
    if (isFieldTouched(log) || isFieldTouched(smoothing)) draw();
    one(root, "[data-metrics-reset]").addEventListener("click", () => charts.zoom(null));
    charts.search.addEventListener("input", () => charts.searched());
    if (isFieldTouched(charts.search)) charts.searched();
    one(root, "[data-metrics-tools]").addEventListener("submit", (/** @type {Event} */ e) => e.preventDefault());
    root.addEventListener("click", (e) => {
        const link = /** @type {Element} */ (e.target).closest("[data-metrics-more]");
        if (!(link instanceof HTMLAnchorElement)) return;
        e.preventDefault();
        charts.show(new URL(link.href).search, false);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return { record: (record) => record.kind === "metrics" && charts.take(record) };
}
