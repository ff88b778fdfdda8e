/** Shows one tab's panel at a time. A panel is rendered when it is first looked at and lives on, hidden, taking what arrives. */
import { all, el, one } from "../dom.js";
import { render } from "../render.js";
import { readJson } from "../view.js";
import { tabs } from "./tabs.js";

/** On a narrow screen the tabs are wider than it. */
function showCurrent() {
    one(document, "[data-tab][aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

export class Panels {
    /** @param {HTMLElement} root holds the panel that the server rendered @param {import("./page.js").RunContext} context @param {string} first */
    constructor(root, context, first) {
        this.root = root;
        this.context = context;
        /** @type {Map<string, {element: HTMLElement, panel: import("./tabs.js").Panel, records: number, early: any[] | null}>} */
        this.mounted = new Map();
        this.current = first;
        showCurrent();
        this.mount(first, one(root, `[data-panel="${first}"]`), context.feed.shown);
        context.feed.on("record", ({ record, text }) => this.take(record, text));
        document.addEventListener("click", (e) => this.click(e));
        addEventListener("popstate", () => this.show(new URLSearchParams(location.search).get("tab") ?? "logs", false));
    }

    /** @param {string} name @param {HTMLElement} element @param {{lines: number, records: number}} seen */
    mount(name, element, seen) {
        this.mounted.set(name, { element, panel: tabs[name](element, this.context, { ...seen }), records: seen.records, early: null });
    }

    /** @param {any} record @param {string} text */
    take(record, text) {
        for (const one of this.mounted.values()) {
            if (one.early) one.early.push([record, text]);
            else if (record.n > one.records) {
                one.records = record.n;
                one.panel.record?.(record, text);
            }
        }
    }

    /** @param {MouseEvent} e */
    click(e) {
        const link = /** @type {Element} */ (e.target).closest("[data-tab]");
        if (!(link instanceof HTMLAnchorElement) || e.ctrlKey || e.metaKey || e.shiftKey || e.button !== 0) return;
        const name = link.dataset.tab ?? "";
        if (!(name in tabs)) return;
        e.preventDefault();
        this.show(name, true);
    }

    /** @param {string} name @param {boolean} push whether the address changes */
    async show(name, push) {
        if (!(name in tabs)) return;
        this.current = name;
        if (push) history.pushState(null, "", `?tab=${name}`);
        for (const link of all(document, "[data-tab]")) {
            if (link.dataset.tab === name) link.setAttribute("aria-current", "page");
            else link.removeAttribute("aria-current");
        }
        showCurrent();
        for (const failed of all(this.root, "[data-failed]")) failed.remove();
        this.hideOthers();
        if (!this.mounted.has(name)) await this.load(name);
        this.hideOthers();
        this.mounted.get(name)?.panel.shown?.();
    }

    hideOthers() {
        for (const [name, { element }] of this.mounted) element.hidden = name !== this.current;
    }

    /** Reads the tab's view and renders its panel, while records that arrive wait. @param {string} name */
    async load(name) {
        const place = el("section", { class: "panel", "data-panel": name, "aria-busy": "true" });
        this.root.append(place);
        /** @type {any} */
        const entry = { element: place, panel: {}, records: Infinity, early: [] };
        this.mounted.set(name, entry);
        try {
            const view = await readJson(`/runs/${this.context.run}?tab=${name}`);
            // Another one was chosen meanwhile, and the address speaks of that one: this one is read again when it is wanted.
            if (this.current !== name) {
                this.mounted.delete(name);
                place.remove();
                return;
            }
            const content = one(render(`panel_${name}`, { ...view, ...view[name] }), "[data-panel]");
            place.replaceWith(content);
            const early = entry.early;
            this.mount(name, content, view.run);
            for (const [record, text] of early) this.take(record, text);
        } catch (error) {
            this.mounted.delete(name);
            place.dataset.failed = "";
            place.replaceChildren(el("p", { class: "panel-empty" }, `This tab could not be loaded: ${/** @type {Error} */ (error).message}`));
        }
    }
}
