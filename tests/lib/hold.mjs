// Requests of a page that are kept back for as long as a test wants: what is late on a slow day is late here on purpose.

import { until } from "./wait.mjs";

/**
 * Keeps back what goes to such an address, until `release` is called.
 * @param {import("playwright-core").Page | import("playwright-core").BrowserContext} of
 * @param {string | RegExp} address
 * @param {{answered?: boolean, once?: boolean, fits?: (request: import("playwright-core").Request) => boolean}} [how] `answered`: the server
 * answers at once, and it is the answer that waits (so that it is old when it comes); `once`: only the first; `fits`: only such requests
 */
export async function holdBack(of, address, { answered = false, once = false, fits = () => true } = {}) {
    let [taken, asked] = [0, 0];
    /** @type {() => void} */
    let release = () => {};
    const held = new Promise((resolve) => (release = () => resolve(null)));
    await of.route(address, async (route) => {
        if (!fits(route.request()) || (once && taken > 0)) return route.fallback();
        taken++;
        const response = answered ? await route.fetch() : undefined;
        asked++;
        await held;
        // The page may have given it up, or be closed.
        await (response ? route.fulfill({ response }) : route.continue()).catch(() => {});
    });
    return { asked: (times = 1) => until(`it is asked for: ${address}`, () => asked >= times), release };
}
