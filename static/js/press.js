/** Whether a button of the mouse, a pen or a finger is down just now: what is under it is not to move until it is let go and has clicked. */

const ENDS = ["pointerup", "pointercancel", "contextmenu"];

/** @type {Promise<void> | null} */
let press = null;

/** @param {PointerEvent} down */
function begin(down) {
    if (down.button !== 0) return;
    press = new Promise((resolve) => {
        const end = () => {
            for (const event of ENDS) removeEventListener(event, end, true);
            press = null;
            setTimeout(resolve); // the click comes first
        };
        for (const event of ENDS) addEventListener(event, end, true);
    });
}
addEventListener("pointerdown", begin, true);

/** Resolves when nothing is pressed: at once, or after the click. */
export const released = () => press ?? Promise.resolve();
