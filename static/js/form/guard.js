/**
 * Nothing typed is lost: the page asks before it is left, and the form leaves only when somebody is there to take it. An answer that is
 * another page (of errors, of signing in) would take its place, and coming back it would be as it began; so the server is asked first.
 */
import { all, el, isTouched, one } from "../dom.js";
import { count } from "../format.js";

const PATIENCE_MS = 15_000;
/** As the server has it: REQUEST_FIELDS_MAX. */
const MOST_FIELDS = 10_000;

/** Why the form cannot be sent now; null: it can. @param {HTMLFormElement} form @returns {Promise<(Node | string)[] | null>} */
async function obstacleTo(form) {
    const fields = [...new FormData(form)].length;
    if (fields > MOST_FIELDS) return [`A form holds ${count(MOST_FIELDS)} values at the most, and this one has ${count(fields)}.`];
    const [, instance] = /^\/experiments\/(\d+)\/edit$/.exec(form.getAttribute("action") ?? "") ?? [];
    const address = instance ? `/api/v1/instances/${instance}` : "/api/v1/me";
    const answer = await fetch(address, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
    if (answer === null) return ["The server cannot be reached. Try again in a moment."];
    if (answer.status === 401) return ["You are signed out. ", el("a", { class: "link", href: "/login", target: "_blank", rel: "noopener" }, "Sign in"), " in another tab, then try again."];
    if (answer.status === 404) return ["This instance has been deleted."];
    return answer.ok ? null : [`The server answered ${answer.status}. Try again in a moment.`];
}

/** @param {HTMLFormElement} form @param {(Node | string)[] | null} words why it was not sent */
function tell(form, words) {
    one(form, "[data-unsent]")?.remove();
    if (!words) return;
    const alert = el("p", { class: "alert alert-error", role: "alert", "data-unsent": "" }, el("span", {}, "Nothing has been sent, and nothing is lost. ", ...words));
    one(form, ".form-foot").prepend(alert);
}

/** Sends once, however often it is pressed. What may not be sent has been stopped before. @param {HTMLFormElement} form */
export function startGuard(form) {
    const state = () => JSON.stringify(all(form, "[name]").map(({ name, type, checked, value }) => [name, type === "checkbox" ? checked : value]));
    /** As it began; null: with something in it that is not saved. It is read when the form has been painted, or has to be. @type {string | null | undefined} */
    let begun;
    const begin = () => {
        if (begun === undefined) begun = form.dataset.unsaved === undefined && !isTouched(form) ? state() : null;
        return begun;
    };
    requestAnimationFrame(() => setTimeout(begin));
    let sent = false;
    form.addEventListener("submit", async (e) => {
        e.preventDefault();
        if (sent) return;
        sent = true;
        const words = await obstacleTo(form);
        tell(form, words);
        if (words) sent = false;
        else HTMLFormElement.prototype.submit.call(form);
    });
    addEventListener("pageshow", () => (sent = false));
    addEventListener("beforeunload", (e) => {
        if (!sent && state() !== begin()) e.preventDefault();
    });
}
