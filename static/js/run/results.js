/** Result cards: one a key, its newest value, newest last. */
import { all, one } from "../dom.js";
import { ExactNumber, parseExact } from "../exact.js";
import { ago, bytes, dateTime } from "../format.js";
import { now } from "../clock.js";
import { renderOne } from "../render.js";
import { toast } from "../toasts.js";
import { mountTree } from "./json_tree.js";

/** @param {any} value */
function typeOf(value) {
    if (value === null) return "null";
    if (value instanceof ExactNumber) return "number";
    return Array.isArray(value) ? "array" : typeof value;
}

/** @param {any} record @param {number} values how many this key has had */
function viewOf(record, values) {
    const type = "value" in record ? typeOf(record.value) : "large";
    const nested = type === "object" || type === "array";
    return {
        key: record.key,
        n: record.n,
        type,
        values,
        many: values > 1,
        when: { at: new Date(record.at).toISOString(), ms: record.at, ago: ago(now() - record.at), exact: dateTime(record.at) },
        text: nested || type === "large" ? "" : String(record.value),
        large: type === "large" ? { href: record.href, size: bytes(record.bytes) } : null,
    };
}

/** Turns a card's text into a tree, if it holds all of a JSON value. @param {any} card @param {any} [value] */
function grow(card, value) {
    if (card.dataset.type !== "object" && card.dataset.type !== "array") return;
    const place = one(card, "[data-value]");
    try {
        mountTree(card, place, value === undefined ? parseExact(place.textContent) : value);
    } catch {
        // A value that was cut stays as text, with its link to the rest.
    }
}

/** Fetches a value that was too large to be sent along, and grows it. @param {any} card */
async function loadLarge(card) {
    const note = one(card, "[data-large]");
    note.setAttribute("aria-busy", "true");
    try {
        const answer = await fetch(one(note, "a").href, { headers: { accept: "application/json" } });
        if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
        const { value } = parseExact(await answer.text());
        card.dataset.type = typeOf(value);
        if (typeof value === "object") grow(card, value);
        else one(card, "[data-value]").textContent = String(value);
        note.remove();
    } catch (error) {
        note.removeAttribute("aria-busy");
        toast(`This value could not be loaded: ${/** @type {Error} */ (error).message}`);
    }
}

/** @type {import("./tabs.js").Mount} */
export function mountResults(root) {
    const list = one(root, ".results");
    const order = one(root, "[data-results-order]");
    const search = one(root, "[data-results-search]");
    /** @type {Map<string, any>} */
    const cards = new Map();
    /** @type {Map<string, any>} records of this frame, the newest of each key */
    const fresh = new Map();
    /** @type {Map<string, number>} */
    const counts = new Map();

    for (const card of all(list, "[data-result]")) {
        cards.set(card.dataset.result, card);
        counts.set(card.dataset.result, Number(card.dataset.values));
        grow(card);
    }

    const filter = (/** @type {any} */ card) => (card.hidden = !card.dataset.result.toLowerCase().includes(search.value.toLowerCase()));
    const arrange = () => {
        const sorted = [...cards.values()].sort(
            order.value === "key" ? (a, b) => a.dataset.result.localeCompare(b.dataset.result) : (a, b) => a.dataset.n - b.dataset.n,
        );
        list.append(...sorted);
    };
    order.addEventListener("change", arrange);
    search.addEventListener("input", () => cards.forEach(filter));
    list.addEventListener("click", (/** @type {MouseEvent} */ e) => {
        const button = /** @type {Element} */ (e.target).closest("[data-load]");
        if (button) loadLarge(button.closest("[data-result]"));
    });

    const draw = () => {
        for (const [key, record] of fresh) {
            const card = renderOne("result", viewOf(record, counts.get(key) ?? 1));
            const old = cards.get(key);
            cards.set(key, card);
            grow(card, record.value);
            filter(card);
            if (order.value === "time" || !old) {
                old?.remove();
                list.append(card);
            } else {
                old.replaceWith(card);
            }
        }
        if (order.value === "key" && fresh.size > 0) arrange();
        fresh.clear();
    };

    return {
        record(record, text) {
            if (record.kind !== "result") return;
            one(root, "[data-results-empty]")?.remove();
            counts.set(record.key, (counts.get(record.key) ?? 0) + 1);
            if (fresh.size === 0) requestAnimationFrame(draw);
            fresh.delete(record.key);
            fresh.set(record.key, parseExact(text));
        },
    };
}
