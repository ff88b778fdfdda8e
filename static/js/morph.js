/**
 * Makes the children of one element like those of another, changing only what differs, so that focus, open menus and
 * selections stay where they are. Elements with `data-key` keep their identity when they move, or when others come and go beside them.
 */

/** @param {Node} node */
const keyOf = (node) => (node instanceof Element ? node.getAttribute("data-key") : null);

/** @param {Node} a @param {Node} b */
function alike(a, b) {
    return a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
}

/** @param {Element} from @param {Element} to */
function morphAttributes(from, to) {
    for (const { name } of [...from.attributes]) {
        if (!to.hasAttribute(name) && !(name === "open" && from.nodeName === "DETAILS")) from.removeAttribute(name);
    }
    for (const { name, value } of [...to.attributes]) {
        if (from.getAttribute(name) !== value) from.setAttribute(name, value);
    }
}

/** @param {Node} from @param {Node} to */
function morphNode(from, to) {
    if (from instanceof Element && to instanceof Element) {
        morphAttributes(from, to);
        morphChildren(from, to);
    } else if (from.nodeValue !== to.nodeValue) {
        from.nodeValue = to.nodeValue;
    }
}

/** The children that stay, by key; those that do not are removed. @param {ParentNode & Node} from @param {ParentNode & Node} to */
function keptByKey(from, to) {
    const wanted = new Set([...to.childNodes].map(keyOf));
    /** @type {Map<string, Node>} */
    const kept = new Map();
    for (const child of [...from.childNodes]) {
        const key = keyOf(child);
        if (key && wanted.has(key)) kept.set(key, child);
        else if (key) from.removeChild(child);
    }
    return kept;
}

/** Where to go on so that `same` need not move: past what has no key of its own. @param {Node | null} at @param {Node} same */
function skipTo(at, same) {
    let next = at;
    while (next && next !== same && !keyOf(next)) next = next.nextSibling;
    if (next !== same) return at;
    while (at && at !== same) {
        const gone = /** @type {ChildNode} */ (at);
        at = at.nextSibling;
        gone.remove();
    }
    return at;
}

/** White space before an element says nothing: the server leaves it where a partial begins, the browser does not.
 * @param {ChildNode | null} at @param {Node} wanted */
function skipSpace(at, wanted) {
    while (at instanceof Text && wanted instanceof Element && !at.data.trim()) {
        const gone = at;
        at = at.nextSibling;
        gone.remove();
    }
    return at;
}

/** @param {ParentNode & Node} from @param {ParentNode & Node} to */
export function morphChildren(from, to) {
    const keyed = keptByKey(from, to);
    let at = /** @type {Node | null} */ (from.firstChild);
    for (const wanted of [...to.childNodes]) {
        const key = keyOf(wanted);
        if (!key) at = skipSpace(/** @type {ChildNode | null} */ (at), wanted);
        const same = key ? keyed.get(key) : null;
        if (same && alike(same, wanted)) {
            at = skipTo(at, same);
            if (same !== at) from.insertBefore(same, at);
            else at = at.nextSibling;
            morphNode(same, wanted);
        } else if (!key && at && alike(at, wanted)) {
            const next = at.nextSibling;
            morphNode(at, wanted);
            at = next;
        } else {
            from.insertBefore(wanted, at);
        }
    }
    while (at) {
        const next = at.nextSibling;
        from.removeChild(at);
        at = next;
    }
}

/** The same for a part of the page: what had the focus has it afterwards, though it had to move.
 * @param {Element} from @param {ParentNode & Node} to */
export function morph(from, to) {
    const held = /** @type {HTMLElement | null} */ (document.activeElement);
    morphChildren(from, to);
    if (held?.isConnected && held !== document.activeElement) held.focus({ preventScroll: true });
}
