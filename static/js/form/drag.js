/** Dragging an item of a list by its handle, with a mouse, a pen or a finger. Esc puts it back. */

const EDGE = 64;
const SCROLL = 16;

const middle = (/** @type {Element} */ item) => {
    const { top, height } = item.getBoundingClientRect();
    return top + height / 2;
};

/** The neighbours go round the item, which stays in the document and so keeps the pointer. @param {Element} item @param {number} y */
function follow(item, y) {
    let other;
    while ((other = item.nextElementSibling) && y > middle(other)) item.before(other);
    while ((other = item.previousElementSibling) && y < middle(other)) item.after(other);
    if (y < EDGE) scrollBy(0, -SCROLL);
    else if (y > innerHeight - EDGE) scrollBy(0, SCROLL);
}

/** Puts the item at a place among its neighbours. @param {Element} item @param {number} place */
function putAt(item, place) {
    const others = [...(item.parentElement?.children ?? [])].filter((other) => other !== item);
    for (const other of others.slice(0, place)) item.before(other);
    for (const other of others.slice(place).reverse()) item.after(other);
}

/** @param {HTMLElement} handle @param {PointerEvent} down @param {(item: HTMLElement) => void} moved */
function drag(handle, down, moved) {
    const item = /** @type {HTMLElement} */ (handle.closest("[data-item]"));
    const placeOf = () => [...(item.parentElement?.children ?? [])].indexOf(item);
    const from = placeOf();
    const end = new AbortController();
    const { signal } = end;
    const finish = () => {
        end.abort();
        item.classList.remove("dragging");
        if (placeOf() !== from) moved(item);
    };
    const putBack = () => {
        putAt(item, from);
        finish();
    };
    down.preventDefault();
    handle.setPointerCapture(down.pointerId);
    item.classList.add("dragging");
    handle.addEventListener("pointermove", (e) => follow(item, e.clientY), { signal });
    handle.addEventListener("pointerup", finish, { signal });
    handle.addEventListener("pointercancel", putBack, { signal });
    document.addEventListener("keydown", (e) => e.key === "Escape" && putBack(), { signal });
}

/** @param {HTMLElement} form @param {(item: HTMLElement) => void} moved is told of an item that has another place */
export function startDrag(form, moved) {
    form.addEventListener("pointerdown", (e) => {
        const handle = /** @type {HTMLElement | null} */ (/** @type {Element} */ (e.target).closest("[data-handle]"));
        if (handle && e.button === 0) drag(handle, e, moved);
    });
}
