/** Pages that list things: when a run or an instance changes they read their view anew and bring their regions up to it; filters, orders and
 * further pages come the same way, without leaving the page. */
import { tickAges } from "./clock.js";
import { all, el, isTouched, one } from "./dom.js";
import { startFilters, syncFilters } from "./filters.js";
import { released } from "./press.js";
import { stream } from "./stream/client.js";
import { updateRegions } from "./render.js";
import { forgetEverything, startSelection, updateSelection } from "./selection.js";
import { HttpError, reader, readJson } from "./view.js";

const EVERY_MS = 500;

/** What is shown on these changes without an event, too: they look every few seconds while somebody looks at them. */
const UNTOLD = ["runners", "data", "pipelines"];
const LOOK_MS = 5000;

const here = () => location.pathname + location.search;

/** What this page shows was deleted. */
function showGone() {
    const back = el("a", { class: "link", href: "/experiments" }, "All experiments");
    one(document, "main").replaceChildren(
        el("div", { class: "page" }, el("section", { class: "empty", "data-gone": "" }, el("h2", {}, "This instance has been deleted"), el("p", {}, back))),
    );
}

/** The form that a configuration is shown in is drawn by the server: when the instance has been changed it is fetched anew. @param {any} view */
async function syncConfiguration({ instance }) {
    const panel = () => one(document, "[data-panel=configuration]");
    if (!panel() || panel().dataset.updated === String(instance.updated.ms)) return;
    const answer = await fetch(here(), { headers: { accept: "text/html" }, cache: "no-store" }).catch(() => null);
    const drawn = answer?.ok && one(new DOMParser().parseFromString(await answer.text(), "text/html"), "[data-panel=configuration]");
    if (drawn && Number(drawn.dataset.updated) > Number(panel()?.dataset.updated)) panel().replaceWith(document.adoptNode(drawn));
}

/** Whether a change of this run or instance can show here. @param {string} page */
function isMine(page) {
    const instance = Number(one(document, "main [data-instance]")?.dataset.instance);
    if (page === "instance") return (/** @type {number} */ id) => id === instance;
    return () => true;
}

/** @param {() => void} read */
function keepLooking(read) {
    const look = () => document.visibilityState === "visible" && read();
    setInterval(look, LOOK_MS);
    document.addEventListener("visibilitychange", look);
}

/** @param {string} page @returns {() => void} reads the view anew */
export function startLists(page) {
    const mine = isMine(page);
    let asked = 0;
    let drawnOf = 0;
    const fetchView = async () => {
        const [address, order] = [here(), ++asked];
        try {
            return { address, order, view: await readJson(address) };
        } catch (error) {
            if (page === "instance" && error instanceof HttpError && error.status === 404) showGone();
            throw error;
        }
    };
    let drawn = here();
    /** An answer for an address that has been left says nothing, nor does one that was asked for before what is shown.
     * @param {{address: string, order: number, view: any}} answer */
    const draw = ({ address, order, view }) => {
        if (address !== here() || order < drawnOf) return;
        drawnOf = order;
        updateRegions(view);
        if (address !== drawn) forgetEverything();
        drawn = address;
        tickAges();
        updateSelection();
        syncFilters();
        syncConfiguration(view);
    };
    const read = reader(fetchView, draw, EVERY_MS);
    const readNow = () => fetchView().then((answer) => released().then(() => draw(answer)), read);
    /** @param {string} address @param {boolean} replace in the history */
    const show = (address, replace) => {
        history[replace ? "replaceState" : "pushState"](null, "", address);
        forgetEverything();
        readNow();
    };
    stream.on("run", (run) => (run.deleted || mine(run.instance_id)) && read());
    stream.on("instance", (instance) => mine(instance.id) && read());
    stream.onResume(read);
    stream.onState(({ state }) => state === "live" && read());
    if (UNTOLD.includes(page)) keepLooking(read);

    window.addEventListener("popstate", () => {
        forgetEverything();
        syncFilters();
        readNow();
    });
    document.addEventListener("click", (e) => {
        const link = /** @type {HTMLElement} */ (e.target).closest("a[data-soft]");
        if (!link || e.defaultPrevented || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
        e.preventDefault();
        const { pathname, search } = new URL(/** @type {HTMLAnchorElement} */ (link).href);
        show(pathname + search, false);
        if (link.closest(".more")) window.scrollTo({ top: 0 });
    });
    startFilters(show);
    startSelection();
    return read;
}

/** A choice of something (an experiment for a form) is sent as it is made, also when that was before this script was there. */
export function startChoices() {
    for (const form of all(document, "[data-choose]")) {
        if (isTouched(form)) form.requestSubmit();
        form.addEventListener("change", (/** @type {Event} */ e) => {
            if (/** @type {Element} */ (e.target).matches("select")) form.requestSubmit();
        });
    }
}
