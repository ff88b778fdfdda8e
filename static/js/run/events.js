/** The timeline of typed events. */
import { all, el, one } from "../dom.js";
import { duration, timeOfDay } from "../format.js";
import { renderOne } from "../render.js";
import { toast } from "../toasts.js";
import { readJson } from "../view.js";

const MAX_PAYLOAD = 65536;

/** The colour of an event, by the ending of its kind. @param {string} kind */
export function toneOf(kind) {
    const ending = kind.slice(kind.lastIndexOf(".") + 1);
    if (ending === "started") return "started";
    if (["finished", "created", "fitted"].includes(ending)) return "finished";
    if (["failed", "error"].includes(ending)) return "failed";
    return ending === "warning" ? "warning" : "plain";
}

/** @param {any} record */
function viewOf(record) {
    const { payload, duration_ms: took } = record;
    return {
        n: record.n,
        ms: record.at,
        time: timeOfDay(record.at),
        kind: record.event,
        tone: toneOf(record.event ?? ""),
        message: record.message,
        duration: typeof took === "number" ? duration(Math.round(took)) : null,
        payload: payload === null || payload === undefined ? null : JSON.stringify(payload, null, 2).slice(0, MAX_PAYLOAD),
    };
}

/** The events before those that the link names; null when they cannot be had, or are on their way.
 * @param {number} run @param {HTMLElement} link */
async function readEarlier(run, link) {
    const before = link.dataset.earlier;
    if (!before) return null;
    link.dataset.earlier = "";
    try {
        return (await readJson(`/runs/${run}?tab=events&before=${before}`)).events;
    } catch (error) {
        link.dataset.earlier = before;
        toast(`Earlier events could not be loaded: ${/** @type {Error} */ (error).message}`);
        return null;
    }
}

/** @type {import("./tabs.js").Mount} */
export function mountEvents(root, { run }) {
    const list = one(root, ".events");
    const choice = one(root, "[data-events-kind]");
    /** @type {Set<string>} */
    const kinds = new Set();

    const addKind = (/** @type {string} */ kind) => {
        if (kinds.has(kind)) return;
        kinds.add(kind);
        choice.append(el("option", { value: kind }, kind));
    };
    const filter = (/** @type {any} */ item) => (item.hidden = choice.value !== "" && item.dataset.event !== choice.value);
    const adopt = (/** @type {any} */ item) => {
        const time = one(item, "[data-ms]");
        time.textContent = timeOfDay(Number(time.dataset.ms));
        addKind(item.dataset.event);
        filter(item);
    };
    for (const item of all(list, ".event")) adopt(item);
    choice.addEventListener("change", () => all(list, ".event").forEach(filter));

    root.addEventListener("click", async (e) => {
        const link = /** @type {HTMLElement} */ (e.target).closest("[data-earlier]");
        if (!(link instanceof HTMLAnchorElement)) return;
        e.preventDefault();
        const events = await readEarlier(run, link);
        if (!events) return;
        const items = events.rows.map((/** @type {any} */ row) => renderOne("event", row));
        list.prepend(...items);
        items.forEach(adopt);
        if (events.earlier) link.dataset.earlier = events.earlier.before;
        else link.closest(".panel-note")?.remove();
    });

    return {
        record(record) {
            if (record.kind !== "event") return;
            one(root, "[data-events-empty]")?.remove();
            const scroll = one(root, ".panel-scroll");
            const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 8;
            const item = renderOne("event", viewOf(record));
            list.append(item);
            adopt(item);
            if (atEnd) scroll.scrollTop = scroll.scrollHeight;
        },
    };
}
