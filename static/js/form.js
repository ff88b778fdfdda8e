/** The form of an instance: each field is checked when it is left, all of them before they are sent, and nothing typed is left behind
 * unasked. */
import { all, one } from "./dom.js";
import { startDataFields } from "./form/data.js";
import { startGuard } from "./form/guard.js";
import { startImport } from "./form/import.js";
import { boxesOf, check, inputOf, wrongOf } from "./form/inputs.js";
import { reveal, startRepeaters } from "./form/list.js";

/** The field or list that an element belongs to. @param {EventTarget | null} target @returns {HTMLElement | null} */
const boxOf = (target) => /** @type {Element} */ (target).closest(".field, .field-list");

/** @param {HTMLElement} box */
function goTo(box) {
    const input = inputOf(box);
    const target = box.dataset.type === "list" ? one(box, ":scope > .list-foot [data-action=add-item]") : input;
    reveal(target);
    target.focus();
}

/** The items that an element is in. @param {HTMLElement} box @returns {HTMLElement[]} */
function itemsAround(box) {
    const item = /** @type {HTMLElement | null | undefined} */ (box.parentElement?.closest("[data-item]"));
    return item ? [item, ...itemsAround(item)] : [];
}

/** The foot says how many values are wrong, and leads from one to the next; an item shows that there is one in it.
 * @param {HTMLFormElement} form */
function countFaults(form) {
    const wrong = wrongOf(form);
    for (const item of all(form, "[data-item][data-wrong]")) item.removeAttribute("data-wrong");
    for (const box of wrong) for (const item of itemsAround(box)) item.dataset.wrong = "";
    const button = one(form, "[data-action=next-fault]");
    button.hidden = wrong.length === 0;
    button.textContent = wrong.length === 1 ? "1 value is not right" : `${wrong.length} values are not right`;
}

/** @param {HTMLFormElement} form @param {HTMLElement | null} here the field that had the focus last */
function goToNextFault(form, here) {
    const wrong = wrongOf(form);
    const next = wrong.find((box) => here && here.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING);
    goTo(next ?? wrong[0]);
}

/** @param {HTMLFormElement} form */
function startChecks(form) {
    const changed = (/** @type {Event} */ e) => {
        const box = boxOf(e.target);
        if (box) box.dataset.changed = "";
    };
    /** @type {HTMLElement | null} */
    let here = null;
    form.addEventListener("input", changed);
    form.addEventListener("focusin", (e) => (here = boxOf(e.target) ?? here));
    form.addEventListener("focusout", (e) => {
        const box = boxOf(e.target);
        if (!box || box.dataset.type === "list") return;
        check(box);
        countFaults(form);
    });
    form.addEventListener("listchange", () => countFaults(form));
    one(form, "[data-action=next-fault]").addEventListener("click", () => goToNextFault(form, here));
    form.addEventListener("submit", (e) => {
        const wrong = boxesOf(form).filter((box) => !check(box));
        countFaults(form);
        if (wrong.length === 0) return;
        e.preventDefault();
        e.stopImmediatePropagation();
        goTo(wrong[0]);
    });
}

/** A field that is left shows what is wrong with it, and all below moves down: the button that was pressed, too, before it is let go. So the
 * focus moves with the click. @param {HTMLFormElement} form */
function startPressing(form) {
    const pressed = (/** @type {Event} */ e) => /** @type {HTMLElement | null} */ (/** @type {Element} */ (e.target).closest("button, summary, a, label, [type=checkbox]"));
    form.addEventListener("mousedown", (e) => pressed(e) && e.preventDefault());
    form.addEventListener("click", (e) => pressed(e)?.focus({ preventScroll: true }), true);
}

/** @param {HTMLButtonElement} button beside a field for a random seed */
function drawSeed(button) {
    const box = /** @type {HTMLElement} */ (boxOf(button));
    const input = /** @type {HTMLInputElement} */ (inputOf(box));
    const low = Number(box.dataset.min ?? 0);
    const high = Math.min(Number(box.dataset.max ?? Infinity), low + 2 ** 31 - 1);
    const step = Number(box.dataset.step ?? 1);
    input.value = String(low + step * Math.floor(Math.random() * (Math.floor((high - low) / step) + 1)));
    input.dispatchEvent(new Event("input", { bubbles: true }));
    check(box);
}

/** The style sheet puts off laying out what is out of sight until the first frame is painted, unless the page does not begin at its top.
 * @param {HTMLFormElement} form @param {boolean} atTop */
function layOut(form, atTop) {
    const whole = () => form.setAttribute("data-whole", "");
    if (atTop) requestAnimationFrame(() => setTimeout(whole));
    else whole();
}

/** Whether this is a first visit: a page that comes again is scrolled to where it was. */
const isNew = () => performance.getEntriesByType("navigation").some((entry) => /** @type {PerformanceNavigationTiming} */ (entry).type === "navigate");

export function startForm() {
    startImport();
    const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-form]"));
    if (!form) return;
    const [wrong] = wrongOf(form);
    layOut(form, !wrong && isNew());
    startRepeaters(form);
    startDataFields(form);
    startChecks(form);
    startPressing(form);
    startGuard(form);
    for (const button of all(form, "[data-action=random-seed]")) button.addEventListener("click", () => drawSeed(button));
    countFaults(form);
    if (wrong) goTo(wrong);
}
