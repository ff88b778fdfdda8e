/** Tables that grow row by row, and sort by a click on a column's head. */
import { all, one } from "../dom.js";
import { member, members, memberText } from "../json_text.js";
import { isPassing, readText } from "../view.js";
import { Board } from "./board.js";

const DRAW_EVERY_MS = 250;
const RETRY_MS = 2000;
const ROWS_A_PAGE = 1000;
/** What a page has room for; the server shows as many. */
const TABLES = 30;

/** However often it must be asked for. @param {string} address */
async function readAnyway(address) {
    for (;;) {
        try {
            return await readText(address);
        } catch (error) {
            if (!isPassing(error)) throw error;
            await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        }
    }
}

class Boards {
    /** @param {HTMLElement} root @param {number} run */
    constructor(root, run) {
        this.root = root;
        this.run = run;
        this.place = one(root, "[data-tables]");
        /** @type {Map<string, Board>} */
        this.boards = new Map();
        /** @type {Record<string, string | null>} */
        this.better = {};
        for (const head of all(this.place, "[data-better]")) this.better[head.dataset.sort] = head.dataset.better || null;
        /** @type {Set<Board>} those that have changed */
        this.changed = new Set();
        this.timer = 0;
        /** What has come while the rows that the page came with are read. @type {string[] | null} */
        this.early = [];
        /** The column whose head was clicked meanwhile, by table. @type {Map<string, string>} */
        this.clicks = new Map();
    }

    /** @param {string} text a row's record, as it was sent */
    add(text) {
        const name = JSON.parse(memberText(text, "table") ?? '""');
        const n = Number(memberText(text, "n"));
        const values = memberText(text, "values");
        let board = this.boards.get(name);
        if (!board && this.boards.size === TABLES) {
            one(this.root, "[data-crowded]").hidden = false;
            return;
        }
        if (!board) this.boards.set(name, (board = new Board(name, `/api/v1/runs/${this.run}/table.csv?name=${encodeURIComponent(name)}`, this.better)));
        if (values) {
            board.table.add(n, values);
            this.changed.add(board);
        } else {
            this.addLarge(text);
        }
    }

    /** A row over 64 KiB is told of by its address. @param {string} text */
    addLarge(text) {
        const href = JSON.parse(memberText(text, "href") ?? "null");
        if (!href) return;
        readAnyway(href).then((whole) => {
            this.add(whole);
            this.drawSoon();
        }, ignore);
    }

    /** All rows up to those that the page was rendered with; later ones are handed to us. @param {number} until a record */
    async load(until) {
        for (let after = 0; after < until; ) {
            const text = await readAnyway(`/api/v1/runs/${this.run}/records?kind=row&after=${after}&limit=${ROWS_A_PAGE}`);
            const items = [...members(text, member(text, "items")?.at ?? 0)].map((part) => text.slice(part.at, part.end));
            if (items.length === 0) break;
            after = Number(memberText(items[items.length - 1], "n"));
            for (const item of items) if (Number(memberText(item, "n")) <= until) this.add(item);
        }
        for (const text of this.early ?? []) this.add(text);
        this.early = null;
        this.draw();
        for (const [table, column] of this.clicks) this.sort(table, column);
    }

    /** @param {string} text a row that is handed to us */
    take(text) {
        if (this.early) {
            this.early.push(text);
            return;
        }
        this.add(text);
        this.drawSoon();
    }

    drawSoon() {
        this.timer ||= window.setTimeout(() => this.draw(), DRAW_EVERY_MS);
    }

    draw() {
        clearTimeout(this.timer);
        this.timer = 0;
        for (const board of this.changed) board.draw(this.place);
        this.changed.clear();
    }

    /** @param {MouseEvent} e */
    click(e) {
        const button = /** @type {HTMLElement} */ (e.target).closest("[data-sort]");
        if (!(button instanceof HTMLElement)) return;
        const table = /** @type {HTMLElement} */ (button.closest("[data-table]")).dataset.table ?? "";
        if (this.early) this.clicks.set(table, button.dataset.sort ?? "");
        else this.sort(table, button.dataset.sort ?? "");
    }

    /** @param {string} table @param {string} column */
    sort(table, column) {
        const board = this.boards.get(table);
        if (!board) return;
        board.sortBy(column);
        board.box?.scrollTo({ top: 0 });
        this.changed.add(board);
        this.draw();
    }
}

/** Signed out, or the run is gone: what was drawn stays. */
const ignore = () => {};

/** @type {import("./tabs.js").Mount} */
export function mountLeaderboard(root, { run }, seen) {
    const boards = new Boards(root, run);
    boards.load(seen.records).catch(ignore);
    root.addEventListener("click", (e) => boards.click(e));
    return {
        shown: () => boards.boards.forEach((board) => board.element && board.drawRows()),
        record(record, text) {
            if (record.kind !== "row") return;
            one(root, "[data-leaderboard-empty]")?.remove();
            boards.take(text);
        },
    };
}
