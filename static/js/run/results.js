/** Result cards: one a key, its newest value, newest last. Of many keys the page holds some, and the server finds the others. */
import { copyText } from "../clipboard.js";
import { now } from "../clock.js";
import { all, isFieldTouched, one } from "../dom.js";
import { memberText, pieces, typeAt } from "../json_text.js";
import { ago, bytes, dateTime } from "../format.js";
import { render, renderOne } from "../render.js";
import { toast } from "../toasts.js";
import { readJson, readText } from "../view.js";
import { showPieces, Tree } from "./json_tree.js";

const DRAW_MS = 8;
const SEARCH_MS = 150;
const SHOWN = 65_536;

/** @typedef {{key: string, n: number, at: number, values: number | null, raw: string | null, large: {href: string, size: string} | null}} Said */

/** A card with its tree, of a value as raw JSON. @param {Said} said @param {number} run @returns {any} */
function makeCard({ key, n, at, values, raw, large }, run) {
    const type = raw === null ? "large" : typeAt(raw);
    const nested = type === "object" || type === "array";
    const text = raw === null || nested ? "" : type === "string" ? JSON.parse(raw) : raw;
    const card = renderOne("result", {
        key,
        n,
        type,
        nested,
        values,
        many: values !== null && values > 1,
        history: `/api/v1/runs/${run}/results/${encodeURIComponent(key)}`,
        when: { at: new Date(at).toISOString(), ms: at, ago: ago(now() - at), exact: dateTime(at) },
        text: text.length > SHOWN ? "" : text,
        large,
    });
    if (nested) card.tree = new Tree(one(card, "[data-value]"), /** @type {string} */ (raw));
    else if (text.length > SHOWN) showPieces(one(card, "[data-value]"), pieces(text));
    return card;
}

/** @type {Record<string, (tree: Tree) => void>} */
const treeActions = {
    expand: (tree) => tree.expand(),
    collapse: (tree) => tree.collapse(),
    raw: (tree) => tree.raw(),
    copy: async (tree) => toast((await copyText(await tree.indented())) ? "Copied" : "The browser does not let this page copy"),
};

class Cards {
    /** @param {HTMLElement} root @param {number} run */
    constructor(root, run) {
        this.root = root;
        this.run = run;
        this.list = one(root, ".results");
        this.order = one(root, "[data-results-order]");
        this.search = one(root, "[data-results-search]");
        /** @type {Map<string, any>} */
        this.cards = new Map();
        /** @type {Map<string, number>} how many values a key has had, where we know it */
        this.counts = new Map();
        /** @type {Map<string, Said>} what is to be drawn */
        this.fresh = new Map();
        for (const card of all(this.list, "[data-result]")) this.adopt(card);
        /** Whether the address led to a later page, so that the first is not here. */
        this.later = /[?&](before|from)=/.test(location.search);
        /** Whether all keys of the run are here: then nothing needs the server. */
        this.whole = !this.more() && this.search.defaultValue === "" && !this.later;
        this.timer = 0;
        this.asked = 0;
    }

    /** The link to further keys. */
    more() {
        return one(this.root, "[data-results-more]");
    }

    /** A card that the server's template made. @param {any} card */
    adopt(card) {
        const { result, type, values } = card.dataset;
        this.cards.set(result, card);
        this.counts.set(result, Number(values));
        if ((type === "object" || type === "array") && !one(card, "[data-large]")) card.tree = new Tree(one(card, "[data-value]"), one(card, "[data-value]").textContent);
    }

    byKey() {
        return this.order.value === "key";
    }

    /** @param {any} a @param {any} b */
    before = (a, b) => (this.byKey() ? a.dataset.result.localeCompare(b.dataset.result) || a.dataset.n - b.dataset.n : a.dataset.n - b.dataset.n);

    /** @param {string} key */
    matches(key) {
        return key.toLowerCase().includes(this.search.value.toLowerCase());
    }

    /** Puts what the search wants into the document, sorted. What it does not want is taken out: hiding a thousand cards whose drawing
     * the browser has put off (content-visibility) takes a second. */
    arrange() {
        const wanted = [...this.cards.values()].filter((card) => this.matches(card.dataset.result)).sort(this.before);
        const { children } = this.list;
        const kept = wanted.filter((card) => card.parentNode === this.list);
        if (kept.length < children.length || kept.some((card, i) => card !== children[i])) {
            this.list.replaceChildren(...wanted);
        } else {
            let at = this.list.firstElementChild;
            for (const card of wanted) {
                if (card === at) at = card.nextElementSibling;
                else this.list.insertBefore(card, at);
            }
        }
        one(this.root, "[data-results-unmatched]").hidden = this.cards.size === 0 || wanted.length > 0;
    }

    query() {
        const query = new URLSearchParams({ tab: "results" });
        if (this.byKey()) query.set("order", "key");
        if (this.search.value) query.set("q", this.search.value);
        return query;
    }

    /** Another order or search: what is here at once, then what the server finds, if it has more. */
    changed() {
        history.replaceState(null, "", `?${this.query()}`);
        this.arrange();
        clearTimeout(this.timer);
        if (!this.whole) this.timer = window.setTimeout(() => this.read(), SEARCH_MS);
    }

    async read() {
        const asked = ++this.asked;
        try {
            const view = await readJson(`/runs/${this.run}?${this.query()}`);
            if (asked === this.asked) this.replace(view);
        } catch (error) {
            toast(`The results could not be searched: ${/** @type {Error} */ (error).message}`);
        }
    }

    /** @param {any} view */
    replace(view) {
        const known = this.cards;
        const panel = one(render("panel_results", { ...view, ...view.results }), "[data-panel]");
        this.cards = new Map([...known].filter(([, card]) => Number(card.dataset.n) > view.run.records));
        this.list.replaceChildren();
        this.later = false;
        for (const card of all(panel, "[data-result]")) {
            const old = known.get(card.dataset.result);
            if (old && Number(old.dataset.n) >= Number(card.dataset.n)) this.cards.set(card.dataset.result, old);
            else this.adopt(card);
        }
        this.showMore(panel);
    }

    /** Puts the link to further keys where the server's panel has it. @param {HTMLElement} panel */
    showMore(panel) {
        this.more()?.closest("p").remove();
        const more = one(panel, "[data-results-more]")?.closest("p");
        if (more && this.byKey()) this.list.after(more);
        else if (more) this.list.before(more);
        this.whole = !more && this.search.value === "" && !this.later;
        this.arrange();
    }

    /** @param {HTMLAnchorElement} link */
    async readMore(link) {
        if (link.ariaBusy) return;
        link.ariaBusy = "true";
        const { asked } = this;
        try {
            const view = await readJson(`/runs/${this.run}${new URL(link.href).search}`);
            if (asked !== this.asked) return; // another search has come
            const panel = one(render("panel_results", { ...view, ...view.results }), "[data-panel]");
            for (const card of all(panel, "[data-result]")) if (!this.cards.has(card.dataset.result)) this.adopt(card);
            this.showMore(panel);
        } catch (error) {
            toast(`More results could not be loaded: ${/** @type {Error} */ (error).message}`);
        } finally {
            link.ariaBusy = null;
        }
    }

    /** Whether an answer has told of it, or of a newer value, before it came. @param {{key: string, n: number}} said */
    isKnown({ key, n }) {
        return Number(this.cards.get(key)?.dataset.n ?? 0) >= n;
    }

    /** Draws what has arrived, as much as a frame bears. */
    draw() {
        const until = performance.now() + DRAW_MS;
        for (const [key, said] of this.fresh) {
            this.fresh.delete(key);
            if (this.isKnown(said)) continue;
            const card = makeCard(said, this.run);
            this.cards.get(key)?.remove();
            this.cards.set(key, card);
            if (!this.byKey() && this.matches(key)) this.list.append(card);
            if (performance.now() > until) break;
        }
        if (this.byKey()) this.arrange();
        if (this.fresh.size > 0) requestAnimationFrame(() => this.draw());
    }

    /** @param {any} record @param {string} text */
    take(record, text) {
        if (this.isKnown(record)) return;
        one(this.root, "[data-results-empty]")?.remove();
        const values = this.counts.get(record.key) ?? (this.whole ? 0 : NaN);
        this.counts.set(record.key, values + 1);
        const large = record.href ? { href: record.href, size: bytes(record.bytes) } : null;
        if (this.fresh.size === 0) requestAnimationFrame(() => this.draw());
        this.fresh.delete(record.key);
        this.fresh.set(record.key, { key: record.key, n: record.n, at: record.at, values: Number.isNaN(values) ? null : values + 1, raw: large ? null : memberText(text, "value"), large });
    }

    /** Fetches a value that was too large to be sent along. @param {any} card @returns {Promise<any>} its card */
    async load(card) {
        const note = one(card, "[data-large]");
        note.setAttribute("aria-busy", "true");
        try {
            const text = await readText(one(note, "a").href);
            // A newer value has come meanwhile.
            const held = this.cards.get(card.dataset.result);
            if (held !== card) return held ?? card;
            const { result: key, n } = card.dataset;
            const said = { key, n: Number(n), at: Number(one(card, "time").dataset.ago), values: this.counts.get(key) ?? null, raw: memberText(text, "value"), large: null };
            const whole = makeCard(said, this.run);
            card.replaceWith(whole);
            this.cards.set(key, whole);
            return whole;
        } catch (error) {
            note.removeAttribute("aria-busy");
            toast(`This value could not be loaded: ${/** @type {Error} */ (error).message}`);
            return card;
        }
    }

    /** @param {MouseEvent} e */
    async click(e) {
        const target = /** @type {Element} */ (e.target).closest("[data-tree], [data-load], [data-results-more]");
        if (!(target instanceof HTMLElement)) return;
        const card = /** @type {any} */ (target.closest("[data-result]"));
        if (target instanceof HTMLAnchorElement) {
            e.preventDefault();
            this.readMore(target);
        } else if (target.dataset.tree) {
            const { tree } = card.tree ? card : await this.load(card);
            if (tree) treeActions[target.dataset.tree](tree);
        } else {
            this.load(card);
        }
    }
}

/** @type {import("./tabs.js").Mount} */
export function mountResults(root, { run }) {
    const cards = new Cards(root, run);
    cards.order.addEventListener("change", () => cards.changed());
    cards.search.addEventListener("input", () => cards.changed());
    one(root, "[data-results-tools]").addEventListener("submit", (/** @type {Event} */ e) => e.preventDefault());
    root.addEventListener("click", (e) => cards.click(e));
    if (isFieldTouched(cards.order) || isFieldTouched(cards.search)) cards.changed();
    return { record: (record, text) => record.kind === "result" && cards.take(record, text) };
}
