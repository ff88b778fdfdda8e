/** Making elements. Text is always a text node: what an experiment says never becomes markup. */

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes] `on` members are listeners; null and false leave one out
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function el(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
        else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
    }
    element.append(...children);
    return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of the site's own file. @param {string} name */
export function icon(name) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(SVG, "use");
    use.setAttribute("href", `${document.body.dataset.static}/icons.svg#${name}`);
    svg.append(use);
    return svg;
}

/** @param {ParentNode} root @param {string} selector @returns {any} */
export const one = (root, selector) => root.querySelector(selector);

/** @param {ParentNode} root @param {string} selector @returns {any[]} */
export const all = (root, selector) => [...root.querySelectorAll(selector)];

/** Whether a field is not as the server has drawn it. @param {any} field */
export function isFieldTouched(field) {
    if (field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (!field.options) return field.value !== field.defaultValue;
    const drawn = [...field.options].filter((option) => option.defaultSelected).at(-1) ?? field.options[0];
    return field.value !== (drawn?.value ?? "");
}

/** Whether somebody was faster than the script. What browsers fill in themselves on the way back would look alike: such forms have
 * autocomplete="off". @param {HTMLFormElement} form */
export const isTouched = (form) => [...form.elements].some((field) => !field.matches("button, fieldset, output") && isFieldTouched(field));
