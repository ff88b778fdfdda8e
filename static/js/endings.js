/** A run that ends anywhere raises a toast on every page, except on its own. Those that ended while we were away become one. */
import { now } from "./clock.js";
import { el } from "./dom.js";
import { stream } from "./stream/client.js";
import { toastOneOfMany } from "./toasts.js";
import { readJson } from "./view.js";

const ENDED = ["completed", "failed", "cancelled"];
/** @type {Set<number>} */
const told = new Set();
/** Rows of the API have no name of their instance; what the stream tells of has. @param {any} run */
async function nameOf(run) {
    return run.instance_name ?? readJson(`/api/v1/instances/${run.instance_id}`).then((i) => i.name, () => `instance ${run.instance_id}`);
}

/** @param {any} run */
async function tell(run) {
    if (told.has(run.id)) return;
    told.add(run.id);
    const badge = el("span", { class: "status", "data-status": run.status }, run.status[0].toUpperCase() + run.status.slice(1));
    const link = el("a", { href: `/runs/${run.id}` }, `${await nameOf(run)} #${run.number}`);
    toastOneOfMany([badge, link], (total) => `${total} runs have ended`);
}

/** @param {number | null} ownRun the run that this page shows */
export function startEndings(ownRun) {
    let liveUntil = now();
    stream.on("run", (run) => {
        if (!ENDED.includes(run.status) || run.id === ownRun) return;
        // A run that ended long ago and changes now (it is deleted, say) is no news.
        if (now() - Date.parse(run.finished_at) < 15_000) tell(run);
    });
    stream.on("ping", () => (liveUntil = now()));
    stream.onState(async ({ state, again }) => {
        if (state !== "live") return;
        const since = liveUntil;
        liveUntil = now();
        if (!again) return;
        const { items } = await readJson("/api/v1/runs?limit=100").catch(() => ({ items: [] }));
        const missed = items.filter((/** @type {any} */ run) => ENDED.includes(run.status) && run.id !== ownRun && !told.has(run.id) && Date.parse(run.finished_at) >= since);
        for (const run of missed) told.add(run.id);
        if (missed.length === 1) {
            told.delete(missed[0].id);
            tell(missed[0]);
        } else if (missed.length > 1) {
            toastOneOfMany([], () => `${missed.length} runs ended while you were away`, missed.length);
        }
    });
}
