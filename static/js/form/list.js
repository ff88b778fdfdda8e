/**
 * Lists in a form: items are added, removed, moved and folded. A new item is a copy of the list's prototype. The names of inputs hold the
 * places of their items (configuration.pairs.0.left), so items are numbered anew after each change, with all that refers to them.
 */
import { all, el, one } from "../dom.js";
import { check, inputOf, isWrong, itemsOf } from "./inputs.js";
import { prototypeOf } from "./prototypes.js";
import { startDrag } from "./drag.js";

const NAMING = ["name", "id", "for", "data-field", "aria-controls", "aria-labelledby", "aria-describedby"];
const NAMED = NAMING.map((name) => `[${name}]`).join();

const listOf = (/** @type {Element} */ inside) => /** @type {HTMLElement} */ (inside.closest("[data-list]"));
const labelOf = (/** @type {HTMLElement} */ list) => list.dataset.label ?? "";
const titleOf = (/** @type {HTMLElement} */ item) => one(item, "[data-item-title]").textContent;
const headOf = (/** @type {HTMLElement} */ item, /** @type {string} */ action) => one(item, `:scope > .item-head [data-action="${action}"]`);

/** @param {Element} inside @param {string} words for those who cannot see it */
function announce(inside, words) {
    one(/** @type {HTMLElement} */ (inside.closest("form")), "[data-announce]").textContent = words;
}

/** Gives the item, and all that is named after it, another path. @param {HTMLElement} item @param {string} from @param {string} to */
function rename(item, from, to) {
    const renamed = (/** @type {string} */ word) => {
        const at = word.startsWith("f-") ? 2 : 0;
        const next = word[at + from.length];
        if (!word.startsWith(from, at) || (next !== undefined && next !== "." && next !== "-")) return word;
        return word.slice(0, at) + to + word.slice(at + from.length);
    };
    for (const element of [item, ...all(item, NAMED)]) {
        for (const name of NAMING) {
            const value = element.getAttribute(name);
            if (value !== null) element.setAttribute(name, value.split(" ").map(renamed).join(" "));
        }
    }
}

/** Numbers the items of a list by their places. @param {HTMLElement} list */
function number(list) {
    const items = itemsOf(list);
    items.forEach((item, i) => {
        const path = `${list.dataset.field}.${i}`;
        const title = `Item ${i + 1}`;
        if (item.dataset.field !== path) rename(item, item.dataset.field ?? "", path);
        one(item, "[data-item-title]").textContent = title;
        headOf(item, "move-up").setAttribute("aria-label", `Move ${title} up`);
        headOf(item, "move-up").disabled = i === 0;
        headOf(item, "move-down").setAttribute("aria-label", `Move ${title} down`);
        headOf(item, "move-down").disabled = i === items.length - 1;
        headOf(item, "remove-item").setAttribute("aria-label", `Remove ${title}`);
    });
    one(list, "[data-list-count]").textContent = String(items.length);
    one(list, ":scope > .list-head [data-action=fold-all]").hidden = items.length === 0;
}

/** What follows every change. @param {HTMLElement} list */
function changed(list) {
    number(list);
    list.dataset.changed = "";
    hideUndo(list);
    if (isWrong(list)) check(list);
    list.dispatchEvent(new CustomEvent("listchange", { bubbles: true }));
}

/** @param {HTMLElement} list */
function add(list) {
    const item = /** @type {HTMLElement} */ (document.importNode(prototypeOf(list.dataset.list ?? ""), true));
    one(list, ":scope > [data-items]").append(item);
    changed(list);
    (inputOf(item) ?? headOf(item, "fold-item")).focus();
    announce(list, `${titleOf(item)} added to ${labelOf(list)}`);
}

/** @param {HTMLElement} list */
const undoOf = (list) => one(list, ":scope > .list-foot > [data-undo]");

/** @param {HTMLElement} list */
function hideUndo(list) {
    undoOf(list).hidden = true;
    undoOf(list).replaceChildren();
}

/** @param {HTMLElement} list @param {HTMLElement} item @param {number} place @param {string} title */
function offerUndo(list, item, place, title) {
    const button = el("button", { type: "button", class: "btn btn-ghost btn-xs", "data-action": "undo-remove" }, "Undo");
    button.addEventListener("click", () => {
        one(list, ":scope > [data-items]").insertBefore(item, itemsOf(list)[place] ?? null);
        changed(list);
        headOf(item, "fold-item").focus();
        announce(list, `${titleOf(item)} of ${labelOf(list)} is back`);
    });
    undoOf(list).replaceChildren(`${title} removed`, button);
    undoOf(list).hidden = false;
}

/** @param {HTMLElement} item */
function remove(item) {
    const list = listOf(item);
    const place = itemsOf(list).indexOf(item);
    const title = titleOf(item);
    item.remove();
    changed(list);
    offerUndo(list, item, place, title);
    const rest = itemsOf(list);
    const near = rest[place] ?? rest.at(-1);
    (near ? headOf(near, "fold-item") : one(list, ":scope > .list-foot [data-action=add-item]")).focus();
    announce(list, `${title} removed from ${labelOf(list)}, ${rest.length} left`);
}

/** @param {HTMLElement} item */
function tellMove(item) {
    const items = itemsOf(listOf(item));
    announce(item, `Moved to place ${items.indexOf(item) + 1} of ${items.length} in ${labelOf(listOf(item))}`);
}

/** @param {HTMLElement} item @param {"move-up" | "move-down"} action */
function move(item, action) {
    if (action === "move-up") item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    changed(listOf(item));
    const button = headOf(item, action);
    (button.disabled ? headOf(item, action === "move-up" ? "move-down" : "move-up") : button).focus();
    tellMove(item);
}

const isFolded = (/** @type {HTMLElement} */ item) => headOf(item, "fold-item").getAttribute("aria-expanded") === "false";

/** What a folded item shows of itself. @param {HTMLElement} body */
function brief(body) {
    const texts = all(body, "input:not([type=checkbox]), select, textarea").map((input) => input.value.trim());
    return texts.filter(Boolean).slice(0, 4).join(", ").slice(0, 120);
}

/** @param {HTMLElement} item @param {boolean} folded */
function fold(item, folded) {
    const body = one(item, ":scope > .item-body");
    body.hidden = folded;
    headOf(item, "fold-item").setAttribute("aria-expanded", String(!folded));
    one(item, "[data-item-brief]").textContent = folded ? brief(body) : "";
    const list = listOf(item);
    one(list, ":scope > .list-head [data-action=fold-all]").textContent = itemsOf(list).every(isFolded) ? "Expand all" : "Collapse all";
}

/** @param {HTMLElement} list */
function foldAll(list) {
    const folded = !itemsOf(list).every(isFolded);
    for (const item of itemsOf(list)) fold(item, folded);
}

/** Opens all that hides an element. @param {Element} element */
export function reveal(element) {
    for (let at = element.parentElement; at; at = at.parentElement) {
        if (at instanceof HTMLDetailsElement) at.open = true;
        if (at.matches("[data-item]") && isFolded(at)) fold(at, false);
    }
}

/** @param {(item: HTMLElement) => void} act */
const onItem = (act) => (/** @type {HTMLElement} */ button) => act(/** @type {HTMLElement} */ (button.closest("[data-item]")));

/** @type {Record<string, (button: HTMLElement) => void>} */
const actions = {
    "add-item": (button) => add(listOf(button)),
    "fold-all": (button) => foldAll(listOf(button)),
    "fold-item": onItem((item) => fold(item, !isFolded(item))),
    "move-up": onItem((item) => move(item, "move-up")),
    "move-down": onItem((item) => move(item, "move-down")),
    "remove-item": onItem(remove),
};

/** @param {HTMLFormElement} form */
export function startRepeaters(form) {
    form.addEventListener("click", (e) => {
        const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (e.target).closest("button[data-action]"));
        if (button) actions[button.dataset.action ?? ""]?.(button);
    });
    startDrag(form, (item) => {
        changed(listOf(item));
        tellMove(item);
    });
}
