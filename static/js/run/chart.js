/** One series drawn: a line by uPlot, a smoothed one over it, a cursor that all charts share. Loaded when the first chart is needed. */
import uPlot from "uplot";
import { loners, tickLabels, ticks } from "./ticks.js";

const HEIGHT = 190;

/**
 * @typedef {object} ChartOptions
 * @property {boolean} log whether the scale of the values is logarithmic
 * @property {number} smoothing 0: none, up to 0.99
 * @property {[number, number] | null} zoom the steps that are shown
 * @property {(range: [number, number] | null) => void} onZoom the reader has marked a range, or wants all of it
 * @property {(step: number | null, value: number | null) => void} onCursor what the cursor stands on; null: it has left
 *
 * @typedef {{steps: number[], values: (number | null)[]}} Points ascending by step; null is no number
 */

/** An average that forgets, without the bias of its beginning. @param {(number | null)[]} values @param {number} weight of the past */
export function smoothed(values, weight) {
    let sum = 0;
    let norm = 0;
    return values.map((value) => {
        if (value === null) return null;
        sum = sum * weight + (1 - weight) * value;
        norm = norm * weight + (1 - weight);
        return sum / norm;
    });
}

/** Colours come from the style sheet, in either theme. @param {HTMLElement} place */
function coloursOf(place) {
    const figure = /** @type {HTMLElement} */ (place.closest("figure"));
    return {
        line: getComputedStyle(place).color,
        grid: getComputedStyle(figure).borderTopColor,
        text: getComputedStyle(/** @type {Element} */ (figure.querySelector(".chart-facts"))).color,
    };
}

export class Chart {
    /** @param {HTMLElement} place @param {Points} points @param {ChartOptions} options */
    constructor(place, points, options) {
        this.place = place;
        this.options = options;
        this.log = options.log && points.values.some((value) => value !== null && value > 0);
        this.plot = new uPlot(this.settings(), this.data(points), place);
        this.applyZoom(options.zoom);
        this.resizing = new ResizeObserver(() => this.plot.setSize({ width: Math.max(100, place.clientWidth), height: HEIGHT }));
        this.resizing.observe(place);
    }

    /** @returns {import("uplot").Options} */
    settings() {
        const { line, grid, text } = coloursOf(this.place);
        const { smoothing, onZoom } = this.options;
        const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 }, font: "11px system-ui, sans-serif" };
        const raw = { stroke: line, width: 1.5, alpha: smoothing > 0 ? 0.3 : 1, points: { show: false, size: 5, fill: line, filter: (/** @type {uPlot} */ u, /** @type {number} */ i) => loners(u.data[i]) } };
        const series = [{}, raw];
        if (smoothing > 0) series.push({ ...raw, alpha: 1, width: 2 });
        /** @type {import("uplot").Axis} */
        const values = { ...axis, size: 64, values: (_, marks) => tickLabels(marks) };
        if (!this.log) {
            values.splits = (u, _, min, max) => ticks(min, max, u.bbox.height / devicePixelRatio / 32);
            values.incrs = () => [Infinity]; // uPlot asks for marks where it finds a step that is wide enough
        }
        return {
            width: Math.max(100, this.place.clientWidth),
            height: HEIGHT,
            legend: { show: false },
            scales: { x: { time: false }, y: { distr: this.log ? 3 : 1 } },
            axes: [axis, values],
            series,
            cursor: {
                sync: { key: "run", scales: ["x", null], filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
                drag: { x: true, y: false, setScale: false },
                bind: { dblclick: () => () => (onZoom(null), null) },
                points: { size: 6 },
            },
            hooks: { setSelect: [(u) => this.selected(u)], setCursor: [(u) => this.pointed(u)] },
        };
    }

    /** A range was marked. @param {uPlot} u */
    selected(u) {
        const { left, width } = u.select;
        if (width < 4) return;
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        this.options.onZoom([u.posToVal(left, "x"), u.posToVal(left + width, "x")]);
    }

    /** @param {uPlot} u */
    pointed(u) {
        const i = u.cursor.idx;
        if (i === null || i === undefined) this.options.onCursor(null, null);
        else this.options.onCursor(u.data[0][i], u.data[1][i] ?? null);
    }

    /** @param {Points} points @returns {import("uplot").AlignedData} */
    data({ steps, values }) {
        const drawn = this.log ? values.map((value) => (value !== null && value > 0 ? value : null)) : values;
        return this.options.smoothing > 0 ? [steps, drawn, smoothed(drawn, this.options.smoothing)] : [steps, drawn];
    }

    /** @param {Points} points @param {[number, number] | null} zoom */
    setPoints(points, zoom) {
        this.plot.setData(this.data(points), zoom === null);
        this.applyZoom(zoom);
    }

    /** @param {[number, number] | null} zoom */
    applyZoom(zoom) {
        if (zoom) this.plot.setScale("x", { min: zoom[0], max: zoom[1] });
    }

    destroy() {
        this.resizing.disconnect();
        this.plot.destroy();
    }
}
