// Waiting for something to become true, with words when it does not.

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Calls `fn` until it returns something truthy, and returns that. A throwing `fn` counts as "not yet".
 * @template T
 * @param {string} what for the message: "the run ends"
 * @param {() => T | Promise<T>} fn
 * @param {number} seconds
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(what, fn, seconds = 30) {
    const end = Date.now() + seconds * 1000;
    let last;
    for (let late = false; ; ) {
        try {
            const value = await fn();
            if (value) return value;
            last = undefined;
        } catch (error) {
            last = error;
        }
        if (late) {
            const why = last ? `: ${last.message ?? last}` : "";
            throw new Error(`not within ${seconds} s: ${what}${why}`, { cause: last });
        }
        late = Date.now() >= end; // then it is asked once more: we may have stood still, with the news unread
        await sleep(20);
    }
}

/**
 * The promise's value, or an error that says what took too long.
 * @template T
 * @param {Promise<T>} promise
 * @param {number} seconds
 * @param {string} what
 * @returns {Promise<T>}
 */
export async function within(promise, seconds, what) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not within ${seconds} s: ${what}`)), seconds * 1000);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}

/**
 * Waits for what comes as a rule: a page that is pressed reads nothing more before it is let go if it was reading when it was pressed.
 * For what must not have happened by then, so that to wait in vain misses a defect at the worst.
 * @param {Promise<unknown>} promise
 */
export const orLate = (promise) => Promise.race([promise.catch(() => {}), sleep(4000)]);
