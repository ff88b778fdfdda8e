/** A JSON value as a tree. What is collapsed has no nodes in the document; long lists come a hundred at a time. */
import { copyText } from "../clipboard.js";
import { el, icon } from "../dom.js";
import { ExactNumber } from "../exact.js";

const PAGE = 100;
const OPEN_LEVELS = 5;
const OPEN_AT_FIRST = 12;

/** @param {any} value */
const isNested = (value) => typeof value === "object" && value !== null && !(value instanceof ExactNumber);

/** @param {any} value */
export function summary(value) {
    if (Array.isArray(value)) return `Array(${value.length})`;
    const size = Object.keys(value).length;
    return `Object{${size} ${size === 1 ? "key" : "keys"}}`;
}

/** @param {any} value */
function leaf(value) {
    const type = value === null ? "null" : value instanceof ExactNumber ? "number" : typeof value;
    return el("span", { class: `json-${type}` }, type === "string" ? JSON.stringify(value) : String(value));
}

/** @param {HTMLElement} box @param {any} value @param {number} from @param {number} levels */
function addChildren(box, value, from, levels) {
    const names = Array.isArray(value) ? null : Object.keys(value);
    const total = names ? names.length : value.length;
    const until = Math.min(total, from + PAGE);
    for (let i = from; i < until; i++) {
        const name = names ? names[i] : String(i);
        box.append(node(name, value[names ? name : i], levels));
    }
    if (until === total) return;
    const more = el("button", { type: "button", class: "json-toggle" }, `show more (${total - until} left)`);
    more.addEventListener("click", () => {
        more.remove();
        addChildren(box, value, until, 0);
    });
    box.append(more);
}

/** @param {string | null} name @param {any} value @param {number} levels how many levels below this one are open */
function node(name, value, levels) {
    const key = name === null ? "" : el("span", { class: "json-key" }, `${name}: `);
    if (!isNested(value)) return el("span", { class: "json-node json-leaf" }, key, leaf(value));
    const box = el("span", { class: "json-node" });
    const toggle = el("button", { type: "button", class: "json-toggle", "aria-expanded": "false" }, key, summary(value));
    /** @type {HTMLElement | null} */
    let children = null;
    const set = (/** @type {boolean} */ open, /** @type {number} */ below) => {
        children?.remove();
        children = null;
        toggle.setAttribute("aria-expanded", String(open));
        if (!open) return;
        children = el("span", { class: "json-node json-children" });
        addChildren(/** @type {HTMLElement} */ (children), value, 0, below);
        box.append(children);
    };
    toggle.addEventListener("click", (/** @type {MouseEvent} */ e) => set(!children, e.altKey ? OPEN_LEVELS : 0));
    box.append(toggle);
    if (levels > 0) set(true, levels - 1);
    return box;
}

/** Puts the tree in the place of the text, and its tools into the card's head. @param {HTMLElement} card @param {HTMLElement} place @param {any} value */
export function mountTree(card, place, value) {
    const size = Array.isArray(value) ? value.length : Object.keys(value).length;
    const draw = (/** @type {number} */ levels) => place.replaceChildren(node(null, value, levels));
    const button = (/** @type {string} */ label, /** @type {Element} */ sign, /** @type {() => void} */ press) =>
        el("button", { type: "button", class: "btn btn-ghost btn-square btn-xs", "aria-label": label, title: label, on: { click: press } }, sign);
    const tools = el(
        "span",
        { class: "result-tools" },
        button("Expand five levels", icon("unfold-vertical"), () => draw(OPEN_LEVELS)),
        button("Collapse all", icon("fold-vertical"), () => draw(0)),
        button("Raw text", icon("braces"), () => place.replaceChildren(JSON.stringify(value, null, 2))),
        button("Copy", icon("copy"), () => copyText(JSON.stringify(value, null, 2))),
    );
    place.classList.add("json-tree");
    card.querySelector(".result-head")?.append(tools);
    draw(size <= OPEN_AT_FIRST ? 1 : 0);
}
