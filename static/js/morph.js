/**
 * Makes the children of one element like those of another, changing only what differs, so that focus, open menus and
 * selections stay where they are. Elements with `data-key` keep their identity when they move.
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

/** @param {ParentNode & Node} from @param {ParentNode & Node} to */
export function morphChildren(from, to) {
    /** @type {Map<string, Node>} */
    const keyed = new Map();
    for (const child of from.childNodes) {
        const key = keyOf(child);
        if (key) keyed.set(key, child);
    }
    let at = from.firstChild;
    for (const wanted of [...to.childNodes]) {
        const key = keyOf(wanted);
        const same = key ? keyed.get(key) : null;
        if (same && alike(same, wanted)) {
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
