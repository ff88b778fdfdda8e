/** Tables that grow row by row, and sort by a click on a column's head. */
import { all, el, one } from "../dom.js";
import { count } from "../format.js";
import { morphChildren } from "../morph.js";
import { render } from "../render.js";
import { isPassing, readJson } from "../view.js";
import { bestOf, cellText, columnsOf, sorted, toCsv } from "./table.js";

const DRAW_EVERY_MS = 250;
const RETRY_MS = 2000;

class Board {
    /** @param {string} name @param {Record<string, string | null>} better */
    constructor(name, better) {
        this.name = name;
        this.better = better;
        /** @type {import("./table.js").Row[]} */
        this.rows = [];
        this.lastRow = 0;
        /** @type {{name: string, direction: "descending" | "ascending"} | null} */
        this.sort = null;
    }

    /** @param {any} record */
    add(record) {
        if (record.n <= this.lastRow || !record.values) return;
        this.lastRow = record.n;
        this.rows.push({ n: record.n, values: record.values });
    }

    /** Descending first, then it toggles. @param {string} name */
    sortBy(name) {
        const again = this.sort?.name === name && this.sort.direction === "descending";
        this.sort = { name, direction: again ? "ascending" : "descending" };
    }

    ordered() {
        return this.sort ? sorted(this.rows, this.sort.name, this.sort.direction) : this.rows;
    }

    view() {
        const columns = columnsOf(this.rows, this.better);
        const best = new Map(columns.map((c) => [c.name, bestOf(this.rows, c)]));
        return {
            name: this.name,
            count: count(this.rows.length),
            columns: columns.map((c) => ({ ...c, sorted: this.sort?.name === c.name ? this.sort.direction : null })),
            rows: this.ordered().map((row) => ({
                n: row.n,
                cells: columns.map((c) => ({
                    text: cellText(row.values[c.name], c),
                    numeric: c.numeric,
                    best: typeof row.values[c.name] === "number" && row.values[c.name] === best.get(c.name),
                })),
            })),
            more: null,
        };
    }

    download() {
        const text = toCsv(this.ordered(), columnsOf(this.rows, this.better));
        const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
        el("a", { href: address, download: `${this.name}.csv` }).click();
        setTimeout(() => URL.revokeObjectURL(address), 1000);
    }
}

/** The next rows of a run, however often they must be asked for. @param {number} run @param {number} after @returns {Promise<any[]>} */
async function readRows(run, after) {
    for (;;) {
        try {
            return (await readJson(`/api/v1/runs/${run}/records?kind=row&after=${after}&limit=1000`)).items;
        } catch (error) {
            if (!isPassing(error)) throw error;
            await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        }
    }
}

/** @type {import("./tabs.js").Mount} */
export function mountLeaderboard(root, { run }, seen) {
    const place = one(root, "[data-tables]");
    /** @type {Map<string, Board>} */
    const boards = new Map();
    /** @type {Record<string, string | null>} */
    const better = {};
    for (const head of all(place, "[data-better]")) better[head.dataset.sort] = head.dataset.better || null;

    const boardOf = (/** @type {string} */ name) => {
        const board = boards.get(name) ?? new Board(name, better);
        boards.set(name, board);
        return board;
    };
    let drawing = false;
    const draw = () => {
        if (drawing) return;
        drawing = true;
        setTimeout(() => {
            drawing = false;
            const view = document.createElement("div");
            for (const board of boards.values()) view.append(render("table", board.view()));
            morphChildren(place, view);
        }, DRAW_EVERY_MS);
    };

    /** All rows up to those that the page was rendered with; later ones are handed to us. */
    const load = async () => {
        for (let after = 0; after < seen.records; ) {
            const items = await readRows(run, after);
            if (items.length === 0) break;
            for (const record of items) if (record.n <= seen.records) boardOf(record.table).add(record);
            after = items.at(-1).n;
        }
    };
    /** @type {any[] | null} */
    let early = [];
    load().then(
        () => {
            for (const record of early ?? []) boardOf(record.table).add(record);
            early = null;
            if (boards.size > 0) draw();
        },
        () => {}, // signed out, or the run is gone: what the page was rendered with stays
    );

    root.addEventListener("click", (e) => {
        const button = /** @type {HTMLElement} */ (e.target).closest("[data-sort], [data-csv]");
        if (!(button instanceof HTMLElement)) return;
        const board = boards.get(button.dataset.csv ?? /** @type {HTMLElement} */ (button.closest("[data-table]")).dataset.table ?? "");
        if (button.dataset.csv !== undefined) board?.download();
        else {
            board?.sortBy(button.dataset.sort ?? "");
            draw();
        }
    });

    return {
        record(record) {
            if (record.kind !== "row") return;
            one(root, "[data-leaderboard-empty]")?.remove();
            if (early) early.push(record);
            else {
                boardOf(record.table).add(record);
                draw();
            }
        },
    };
}
