/** The configuration tab: the snapshot of the run, which changes when it says a fact and when it ends. */
import { one } from "../dom.js";
import { morphChildren } from "../morph.js";
import { render } from "../render.js";
import { reader, readJson } from "../view.js";

/** @type {import("./tabs.js").Mount} */
export function mountConfiguration(root, { run, feed }) {
    const draw = (/** @type {any} */ view) => {
        morphChildren(root, one(render("panel_configuration", { ...view, ...view.configuration }), "[data-panel]"));
    };
    const read = reader(() => readJson(`/runs/${run}?tab=configuration`), draw, 1000);
    feed.on("closed", read);
    return { record: (record) => (record.kind === "fact" || record.kind === "status") && read() };
}
