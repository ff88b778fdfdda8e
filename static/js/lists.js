/** Pages that list things (dashboard, instance, runs, runners): when a run or an instance changes they read their view anew and
 * bring their regions up to it. */
import { all, one } from "./dom.js";
import { stream } from "./stream/client.js";
import { updateRegions } from "./render.js";
import { reader, readJson } from "./view.js";

const EVERY_MS = 500;

/** Whether a change of this run or instance can show here. @param {string} page */
function isMine(page) {
    const instance = Number(one(document, "main [data-instance]")?.dataset.instance);
    if (page === "instance") return (/** @type {number} */ id) => id === instance;
    return () => true;
}

/** @param {string} page */
export function startLists(page) {
    const read = reader(() => readJson(location.pathname + location.search), updateRegions, EVERY_MS);
    const mine = isMine(page);
    stream.on("run", (run) => (run.deleted || mine(run.instance_id)) && read());
    stream.on("instance", (instance) => mine(instance.id) && read());
    stream.onResume(read);
    stream.onState(({ state }) => state === "live" && read());
    if (page === "runners") setInterval(read, 5000);
}

/** Filters apply as they are chosen, and the search a moment after the last key. */
export function startFilters() {
    for (const form of all(document, "[data-filters], [data-choose]")) {
        form.addEventListener("change", (/** @type {Event} */ e) => {
            if (/** @type {Element} */ (e.target).matches("select")) form.requestSubmit();
        });
        form.addEventListener("submit", () => {
            for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
        });
    }
}
