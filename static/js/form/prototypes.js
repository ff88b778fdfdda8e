/** What a new item of each list begins as. It stands in the page as text, which costs nothing until an item is added. */
import { all, one } from "../dom.js";

/** @type {Map<string, HTMLElement>} */
const made = new Map();

/** @param {string} key a list's, the same in all items of the lists around it @returns {HTMLElement} to be copied */
export function prototypeOf(key) {
    const text = () => one(document, `[data-prototype="${key}"]`).textContent;
    const item = made.get(key) ?? /** @type {HTMLElement} */ (new DOMParser().parseFromString(text(), "text/html").body.firstElementChild);
    made.set(key, item);
    return item;
}

/** All of them. */
export const prototypes = () => all(document, "[data-prototype]").map(({ dataset }) => prototypeOf(dataset.prototype));
