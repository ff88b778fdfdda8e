/** The files that a run has kept. */
import { now } from "../clock.js";
import { all, one } from "../dom.js";
import { ago, bytes, dateTime } from "../format.js";
import { render, renderOne } from "../render.js";
import { toast } from "../toasts.js";
import { readJson } from "../view.js";

const SHOWN_BYTES = 16 * 1024 * 1024;
const SHOWN_TYPES = ["avif", "bmp", "gif", "jpeg", "png", "svg+xml", "webp"].map((name) => `image/${name}`);

/** @param {any} record @param {number} run */
function viewOf({ n, at, name, sha256, size, media_type }, run) {
    return {
        n,
        name,
        sha256,
        media_type,
        href: `/api/v1/runs/${run}/artifacts/${n}`,
        size: bytes(size),
        bytes: size,
        image: size <= SHOWN_BYTES && SHOWN_TYPES.includes(media_type),
        when: { at: new Date(at).toISOString(), ms: at, ago: ago(now() - at), exact: dateTime(at) },
    };
}

/** The files before those that the link names, and the link to those before them. @param {HTMLElement} root @param {number} run @param {HTMLAnchorElement} link */
async function readMore(root, run, link) {
    if (link.ariaBusy) return;
    link.ariaBusy = "true";
    try {
        const view = await readJson(`/runs/${run}${new URL(link.href).search}`);
        const panel = one(render("panel_artifacts", { ...view, ...view.artifacts }), "[data-panel]");
        one(root, ".files").prepend(...all(panel, "[data-artifact]"));
        const next = one(panel, "[data-artifacts-more]");
        if (next) link.replaceWith(next);
        else link.closest("p")?.remove();
    } catch (error) {
        link.ariaBusy = null;
        toast(`Earlier files could not be loaded: ${/** @type {Error} */ (error).message}`);
    }
}

/** @type {import("./tabs.js").Mount} */
export function mountArtifacts(root, { run }) {
    root.addEventListener("click", (e) => {
        const link = /** @type {Element} */ (e.target).closest("[data-artifacts-more]");
        if (!(link instanceof HTMLAnchorElement)) return;
        e.preventDefault();
        readMore(root, run, link);
    });
    return {
        record(record) {
            if (record.kind !== "artifact") return;
            one(root, "[data-artifacts-empty]")?.remove();
            one(root, ".files").append(renderOne("artifact", viewOf(record, run)));
        },
    };
}
