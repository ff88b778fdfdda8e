/**
 * A JSON value as a tree that is made as it is opened: what is closed has no nodes in the document and has not been parsed. Long lists come
 * a hundred at a time, levels five at a time, and one step makes a thousand nodes at most, so none takes long.
 */
import { el } from "../dom.js";
import { indented, members, partAt, typeAt } from "../json_text.js";

const PAGE = 100;
const LEVELS = 5;
const NODES = 1000;
const OPEN_AT_FIRST = 12;

/** @param {string} type @param {number} size */
export function summary(type, size) {
    return type === "array" ? `Array(${size})` : `Object{${size} ${size === 1 ? "key" : "keys"}}`;
}

/** @param {string | null} name */
const label = (name) => (name === null ? "" : el("span", { class: "json-key" }, `${name}: `));

/** A list or an object. */
class Branch {
    /** @param {string} text @param {import("../json_text.js").Part} part @param {string | null} name */
    constructor(text, part, name) {
        this.text = text;
        this.part = part;
        this.list = typeAt(text, part.at) === "array";
        this.element = el("span", { class: "json-node" });
        this.toggle = el("button", { type: "button", class: "json-toggle", "aria-expanded": "false" }, label(name), summary(this.list ? "array" : "object", part.size));
        this.toggle.addEventListener("click", (/** @type {MouseEvent} */ e) => {
            if (this.children) this.close();
            else unfold(this, e.altKey ? LEVELS : 1);
        });
        this.element.append(this.toggle);
        /** @type {HTMLElement | null} */
        this.children = null;
        /** @type {HTMLElement | null} */
        this.more = null;
    }

    close() {
        this.children?.remove();
        this.children = null;
        this.toggle.setAttribute("aria-expanded", "false");
    }

    /** Shows the first children. @param {number} most nodes @returns {Branch[]} those that can be opened in turn */
    open(most) {
        this.more?.remove();
        this.toggle.setAttribute("aria-expanded", "true");
        this.children?.remove();
        this.children = el("span", { class: "json-node json-children" });
        const branches = this.addPage(members(this.text, this.part.at), 0, Math.min(PAGE, most));
        this.element.append(/** @type {HTMLElement} */ (this.children));
        return branches;
    }

    /** @param {Generator<import("../json_text.js").Part, void>} rest @param {number} from @param {number} most @returns {Branch[]} */
    addPage(rest, from, most) {
        const branches = [];
        const nodes = [];
        const until = Math.min(this.part.size, from + most);
        for (let i = from; i < until; i++) {
            const part = /** @type {import("../json_text.js").Part} */ (rest.next().value);
            const name = this.list ? String(i) : part.key;
            if (part.size < 0) {
                nodes.push(leaf(this.text, part, name));
            } else {
                const branch = new Branch(this.text, part, name);
                branches.push(branch);
                nodes.push(branch.element);
            }
        }
        if (until < this.part.size) {
            const more = el("button", { type: "button", class: "json-toggle json-more" }, `show more (${this.part.size - until} left)`);
            more.addEventListener("click", () => {
                more.remove();
                this.addPage(rest, until, PAGE);
            });
            nodes.push(more);
        }
        this.children?.append(...nodes);
        return branches;
    }

    /** It was to be opened, but enough was. */
    offer() {
        if (this.part.size === 0 || this.children) return;
        this.more = el("button", { type: "button", class: "link json-more", on: { click: () => unfold(this, LEVELS) } }, "show more");
        this.element.append(/** @type {HTMLElement} */ (this.more));
    }
}

/** @param {string} text @param {import("../json_text.js").Part} part @param {string | null} name */
function leaf(text, part, name) {
    const value = el("span", { class: `json-${typeAt(text, part.at)}` }, text.slice(part.at, part.end));
    return el("span", { class: "json-node json-leaf" }, label(name), value);
}

/** Opens a branch and those below it, level by level. @param {Branch} first @param {number} levels */
function unfold(first, levels) {
    let level = [first];
    let left = NODES;
    for (let i = 0; i < levels; i++) {
        const next = [];
        for (const branch of level) {
            if (left <= 0) {
                branch.offer();
                continue;
            }
            const below = branch.open(left);
            left -= Math.min(PAGE, branch.part.size);
            next.push(...below);
        }
        level = next;
    }
    if (levels > 1) for (const branch of level) branch.offer();
}

/** Shows a long text piece by piece. @param {HTMLElement} place @param {Iterator<string, any>} rest */
export function showPieces(place, rest) {
    place.replaceChildren();
    let next = rest.next();
    const add = () => {
        place.append(next.value);
        next = rest.next();
        if (next.done) return;
        const more = el("button", { type: "button", class: "json-toggle json-more" }, "show more");
        more.addEventListener("click", () => {
            more.remove();
            add();
        });
        place.append(more);
    };
    if (!next.done) add();
}

export class Tree {
    /** @param {HTMLElement} place @param {string} text a list or an object */
    constructor(place, text) {
        this.place = place;
        this.text = text;
        this.part = partAt(text);
        place.classList.add("json-tree");
        const root = this.collapse();
        if (this.part.size <= OPEN_AT_FIRST) unfold(root, 1);
    }

    collapse() {
        const root = new Branch(this.text, this.part, null);
        this.place.replaceChildren(root.element);
        return root;
    }

    expand() {
        unfold(this.collapse(), LEVELS);
    }

    raw() {
        showPieces(this.place, indented(this.text));
    }

    /** All of it, indented, made without holding anything up. */
    async indented() {
        const all = [];
        for (const piece of indented(this.text)) {
            all.push(piece);
            if (all.length % 16 === 0) await new Promise((resolve) => setTimeout(resolve));
        }
        return all.join("");
    }
}
