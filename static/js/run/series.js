/** One series of the Metrics tab: its points as the server thinned them out, what has come since, and its chart while it is in view. */
import { one } from "../dom.js";
import { count, number } from "../format.js";
import { isPassing, reader, readJson } from "../view.js";

const POINTS = 2000;
const READ_EVERY_MS = 1000;

/** @param {any} value a number, or one of the words for what JSON cannot write */
const shownValue = (value) => (typeof value === "number" ? number(value) : value);

/** Points of the server as columns, ascending by step. @param {[number, any, number][]} list @returns {import("./chart.js").Points} */
export function columnsOf(list) {
    const ascending = list.every((point, i) => i === 0 || list[i - 1][0] <= point[0]);
    const points = ascending ? list : [...list].sort((a, b) => a[0] - b[0]);
    return { steps: points.map((p) => p[0]), values: points.map((p) => (typeof p[1] === "number" ? p[1] : null)) };
}

export class Series {
    /** @param {HTMLElement} figure @param {number} run @param {import("./metrics.js").Settings} settings shared by all
     * @param {number} told the record up to which the figure tells */
    constructor(figure, run, settings, told) {
        this.figure = figure;
        this.told = told;
        this.settings = settings;
        this.key = figure.dataset.series ?? "";
        this.total = Number(figure.dataset.points);
        this.place = one(figure, "[data-plot]");
        this.value = one(figure, "[data-last]");
        this.last = this.value.textContent.replaceAll('"', "");
        /** @type {import("./chart.js").Points | null} */
        this.points = null;
        /** @type {import("./chart.js").Chart | null} */
        this.chart = null;
        this.inView = false;
        this.address = `/api/v1/runs/${run}/metrics?points=${POINTS}&key=${encodeURIComponent(this.key)}`;
        /** Of answers only the one to the last question counts: the zoom changes meanwhile. */
        this.asked = 0;
        /** What has come while an answer is under way, which may be older. @type {[number, any][] | null} */
        this.early = null;
        this.read = reader(() => this.fetch(), () => {}, READ_EVERY_MS);
        this.showLast();
    }

    showLast() {
        this.value.textContent = this.last === "" ? "" : shownValue(Number.isNaN(Number(this.last)) ? this.last : Number(this.last));
    }

    async fetch() {
        const asked = ++this.asked;
        const { zoom } = this.settings;
        const part = zoom ? `&from=${zoom[0]}&to=${zoom[1]}` : "";
        this.early = zoom ? null : [];
        try {
            const { points } = await readJson(this.address + part);
            if (asked !== this.asked || zoom !== this.settings.zoom) return;
            this.points = columnsOf(points);
            this.addEarly();
            this.draw();
        } catch (error) {
            if (isPassing(error)) throw error;
        } finally {
            if (asked === this.asked) this.early = null;
        }
    }

    /** What the answer does not have yet. */
    addEarly() {
        for (const [step, value] of this.early ?? []) if (step > (this.points?.steps.at(-1) ?? -Infinity)) this.push(step, value);
        if (this.early?.length) this.showPoints();
    }

    /** @param {boolean} inView */
    setInView(inView) {
        if (inView === this.inView) return;
        this.inView = inView;
        if (!inView) this.clear();
        else if (this.points) this.draw();
        else this.read();
    }

    clear() {
        this.chart?.destroy();
        this.chart = null;
    }

    draw() {
        const { Chart, zoom } = this.settings;
        if (!this.inView || !this.points || !Chart) return;
        if (this.chart) {
            this.chart.setPoints(this.points, zoom);
            return;
        }
        const { log, smoothing, onZoom } = this.settings;
        this.chart = new Chart(this.place, this.points, { log, smoothing, zoom, onZoom, onCursor: (step, value) => this.showCursor(step, value) });
    }

    /** @param {number | null} step @param {number | null} value */
    showCursor(step, value) {
        if (step === null) this.showLast();
        else this.value.textContent = `${number(step)}: ${value === null ? "no number" : number(value)}`;
    }

    /** The settings have changed: another chart. */
    redraw() {
        this.clear();
        this.draw();
    }

    /** Another part of the steps: what we have at once, then the server's details. */
    zoomed() {
        this.draw();
        this.read();
    }

    /** @param {number} step @param {any} value */
    add(step, value) {
        this.total++;
        this.last = String(value);
        this.early?.push([step, value]);
        const { points } = this;
        if (!points || this.settings.zoom) return;
        const before = points.steps.at(-1);
        if ((before !== undefined && step <= before) || points.steps.length >= 2 * POINTS) {
            if (this.inView) this.read();
            else this.points = null;
            return;
        }
        this.push(step, value);
    }

    /** @param {number} step @param {any} value */
    push(step, value) {
        this.points?.steps.push(step);
        this.points?.values.push(typeof value === "number" ? value : null);
    }

    /** Shows what was added. */
    grown() {
        this.showPoints();
        this.showLast();
        this.draw();
    }

    showPoints() {
        one(this.figure, "[data-chart-points]").textContent = count(this.total);
        const last = this.points?.steps.at(-1);
        if (last !== undefined && !this.settings.zoom) one(this.figure, "[data-last-step]").textContent = String(last);
    }
}
