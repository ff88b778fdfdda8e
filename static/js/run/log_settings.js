/** How this browser likes to see logs. */

const KEY = "athanor-log";

/** @returns {{times: string, wrap: boolean}} */
export function rememberedView() {
    try {
        const { times, wrap } = JSON.parse(localStorage.getItem(KEY) ?? "{}");
        const narrow = matchMedia("(width < 48rem)").matches;
        return { times: ["time", "since", "off"].includes(times) ? times : narrow ? "off" : "time", wrap: wrap === true };
    } catch {
        return { times: "time", wrap: false };
    }
}

/** @param {{times: string, wrap: boolean}} view */
export function rememberView({ times, wrap }) {
    try {
        localStorage.setItem(KEY, JSON.stringify({ times, wrap }));
    } catch {
        // Without storage it lasts as long as the page.
    }
}
