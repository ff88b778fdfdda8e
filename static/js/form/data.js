/** Fields for data: what was uploaded since the form was drawn, in another tab perhaps, is offered as soon as one comes back to it. */
import { all, el } from "../dom.js";
import { count } from "../format.js";
import { readJson } from "../view.js";
import { prototypes } from "./prototypes.js";

const MOST = 300;

/** The group of that label, put before the experiment's own where there is none. @param {HTMLSelectElement} select @param {string} label */
function groupOf(select, label) {
    const groups = /** @type {HTMLOptGroupElement[]} */ (all(select, "optgroup"));
    const found = groups.find((group) => group.label === label);
    if (found) return found;
    const made = el("optgroup", { label });
    select.insertBefore(made, groups.find((group) => group.label === "From the experiment") ?? null);
    return made;
}

/** @param {HTMLSelectElement} select @param {any[]} rows from new to old */
function offer(select, rows) {
    const known = new Set([...select.options].map((option) => option.value));
    for (const { reference, name, rows: n, project } of rows) {
        if (known.has(reference)) continue;
        groupOf(select, project ? `Uploaded, project ${project}` : "Uploaded").append(el("option", { value: reference }, `${name} (${count(n)} row${n === 1 ? "" : "s"})`));
    }
}

/** @param {HTMLFormElement} form */
export function startDataFields(form) {
    const selector = "[data-type=data_source] select";
    const selects = () => [form, ...prototypes()].flatMap((root) => all(root, selector));
    document.addEventListener("visibilitychange", async () => {
        if (document.visibilityState !== "visible" || selects().length === 0) return;
        const { items } = await readJson(`/api/v1/data-sources?limit=${MOST}`).catch(() => ({ items: [] }));
        for (const select of selects()) offer(select, items);
    });
}
