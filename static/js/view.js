/** Reading this page's view anew: the same address, as JSON instead of HTML. */

import { released } from "./press.js";

/** The server's answer was not what was asked for. */
export class HttpError extends Error {
    /** @param {number} status @param {string} detail */
    constructor(status, detail) {
        super(detail);
        this.status = status;
    }
}

const MAX_REST_MS = 5000;
const MAX_WAIT_MS = 15_000;

/** @param {string} address @param {RequestInit} [options] */
async function ask(address, options) {
    const answer = await fetch(address, { headers: { accept: "application/json" }, cache: "no-store", ...options });
    if (!answer.ok) {
        const problem = await answer.json().catch(() => ({}));
        throw new HttpError(answer.status, problem.detail ?? `the server answered ${answer.status}`);
    }
    return answer;
}

/** @param {string} address @param {AbortSignal} [signal] @returns {Promise<any>} */
export const readJson = async (address, signal) => (await ask(address, { signal })).json();

/** Posts a form as the browser would, and returns the view of the page that it leads to.
 * @param {HTMLFormElement} form @param {any} button that sent it @returns {Promise<any>} */
export async function sendForm(form, button) {
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
    if (button?.name) body.append(button.name, button.value);
    // A button may be called "action", and then form.action is that button.
    return (await ask(form.getAttribute("action") ?? "", { method: "POST", body })).json();
}

/** An answer as it was written (json_text.js reads it). @param {string} address */
export const readText = async (address) => (await ask(address)).text();

/** Whether asking once more can help. @param {unknown} error */
export const isPassing = (error) => !(error instanceof HttpError) || error.status >= 500;

/**
 * Reads again and again when asked, never two at a time: at once after quiet, then no sooner than `everyMs`, and than five times
 * as long as a reading takes; what was found is used when nothing is pressed. What fails for the moment is read again, less and less often. @template T
 * @param {() => Promise<T>} read @param {(value: T) => void} use @param {number} everyMs
 * @returns {() => void} asks for a reading
 */
export function reader(read, use, everyMs) {
    let wanted = false;
    let busy = false;
    let failures = 0;
    const once = async () => {
        const begun = performance.now();
        try {
            const found = await read();
            const took = performance.now() - begun;
            await released();
            use(found);
            failures = 0;
            return Math.max(everyMs, Math.min(MAX_REST_MS, 5 * took));
        } catch (error) {
            wanted ||= isPassing(error);
            return Math.max(everyMs, Math.min(MAX_WAIT_MS, 500 * 2 ** failures++));
        }
    };
    const go = async () => {
        busy = true;
        while (wanted) {
            wanted = false;
            const rest = await once();
            await new Promise((resolve) => setTimeout(resolve, rest));
        }
        busy = false;
    };
    return () => {
        wanted = true;
        if (!busy) go();
    };
}
