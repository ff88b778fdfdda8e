/** The run's header: badge, times and actions by the server's view; counts, progress and title as they arrive. */
import { el, one } from "../dom.js";
import { count } from "../format.js";
import { updateRegions } from "../render.js";
import { HttpError, reader, readJson } from "../view.js";

const READ_EVERY_MS = 400;
/** Records of these kinds change what the view counts; metrics do where a series begins. */
const COUNTED = ["result", "event", "row", "artifact", "status"];

export class Head {
    /** @param {HTMLElement} page @param {import("./page.js").RunContext} context */
    constructor(page, context) {
        this.page = page;
        this.context = context;
        this.progress = null;
        this.view = null;
        this.deleted = false;
        /** @type {Set<string>} series that have been heard of */
        this.series = new Set();
        const { feed } = context;
        const read = async () => {
            const { asked } = feed;
            try {
                return { asked, view: await readJson(`/runs/${context.run}?tab=head`) };
            } catch (error) {
                if (error instanceof HttpError && error.status === 404) this.showDeleted();
                throw error;
            }
        };
        this.read = reader(read, ({ asked, view }) => this.use(view, asked), READ_EVERY_MS);
        document.addEventListener("athanor:done", this.read);
        feed.on("known", (record) => {
            this.countLines();
            if (record && this.isCounted(record)) this.read();
        });
        feed.on("progress", (progress) => this.showProgress(progress));
    }

    /** @param {any} record */
    isCounted({ kind, points = [] }) {
        if (kind !== "metrics") return COUNTED.includes(kind);
        const known = this.series.size;
        for (const [key] of points) this.series.add(key);
        return this.series.size > known;
    }

    /** @param {any} view @param {number} asked */
    use(view, asked) {
        // This answer is older than that.
        if (this.deleted) return;
        const current = this.context.currentTab();
        for (const tab of view.tabs) {
            tab.selected = tab.name === current;
            if (tab.name === current) tab.hidden = false;
        }
        this.view = view;
        updateRegions(view, ["run_head", "tabs", "banner"]);
        this.countLines();
        this.context.ended = view.run.ended;
        one(this.page, "[data-progress]").hidden = !view.run.running;
        if (view.run.ended) this.progress = null;
        this.showTitle();
        this.context.feed.arrived(asked, view.run.lines, view.run.records, this.context.holds());
    }

    countLines() {
        const place = one(this.page, "[data-count=logs]");
        const text = `(${count(this.context.feed.known.lines)})`;
        if (place && place.textContent !== text) place.textContent = text;
    }

    /** @param {{current?: number, total?: number, percent?: number, message?: string}} progress */
    showProgress(progress) {
        if (this.context.ended) return;
        this.progress = progress;
        const box = one(this.page, "[data-progress]");
        const bar = one(box, "progress");
        const percent = percentOf(progress);
        if (percent === null) bar.removeAttribute("value");
        else bar.value = percent;
        const parts = [];
        if (percent !== null) parts.push(`${Math.floor(percent)} %`);
        if (progress.current !== undefined && progress.current !== null) {
            parts.push(progress.total ? `${count(progress.current)} of ${count(progress.total)}` : count(progress.current));
        }
        if (progress.message) parts.push(progress.message);
        one(box, "[data-progress-text]").textContent = parts.join(" · ");
        this.showTitle();
    }

    showTitle() {
        const label = this.view?.run.badge.label ?? one(this.page, "[data-status]").textContent;
        const percent = this.progress ? percentOf(this.progress) : null;
        document.title = `${label}${percent === null ? "" : ` ${Math.floor(percent)} %`} · ${this.context.title} · Athanor`;
    }

    /** The run is gone. */
    showDeleted() {
        this.deleted = true;
        this.context.ended = true;
        one(this.page, "[data-region=run_head]").replaceChildren(el("span", { class: "run-reason", "data-deleted": "" }, "This run has been deleted"));
    }
}

/** @param {{current?: number, total?: number, percent?: number}} progress */
function percentOf({ current, total, percent }) {
    if (typeof percent === "number") return Math.max(0, Math.min(100, percent));
    if (typeof current === "number" && typeof total === "number" && total > 0) return Math.max(0, Math.min(100, (100 * current) / total));
    return null;
}
