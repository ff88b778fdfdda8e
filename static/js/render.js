/**
 * The server's own partials, rendered here: the one place where text becomes markup. Mustache escapes every value; partials
 * that are shared use no unescaped tags.
 */
import Mustache from "mustache";
import partials from "athanor:partials";

import { all } from "./dom.js";
import { morph } from "./morph.js";

/** @param {string} name below partials/ @param {any} view @returns {DocumentFragment} */
export function render(name, view) {
    const template = document.createElement("template");
    const site = { static: document.body.dataset.static, url: location.pathname + location.search };
    template.innerHTML = Mustache.render(partials[`partials/${name}`], { ...view, site }, partials);
    return template.content;
}

/** The first element of a rendered partial. @param {string} name @param {any} view @returns {any} */
export const renderOne = (name, view) => render(name, view).firstElementChild;

/** Brings the regions of the page that have a partial (`data-region`) up to a view. @param {any} view @param {string[]} [names] */
export function updateRegions(view, names) {
    for (const region of all(document, "[data-region]")) {
        if (!names || names.includes(region.dataset.region)) morph(region, render(region.dataset.region, view));
    }
}
