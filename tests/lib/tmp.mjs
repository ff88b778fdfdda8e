// Folders that a test writes into, removed when it ends.

import { mkdtempSync, chmodSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where scripts/test wants them: in memory, if there is enough of it. */
export const base = process.env.ATHANOR_TEST_TMP ?? tmpdir();

/** What each test has to do at its end. */
const endings = new WeakMap();
const atExit = {};

/**
 * Registers `fn` to run when the test ends. What was registered last runs first, so that a site has ended before its folder is
 * removed; node's own hooks run the other way round.
 * @param {import("node:test").TestContext | ((fn: () => unknown) => void) | null} t a test, `after` of node:test, or null: when the
 *     process exits (then `fn` must be synchronous to matter)
 * @param {() => unknown} fn
 */
export function atEnd(t, fn) {
    const key = t ?? atExit;
    const list = endings.get(key);
    if (list) {
        list.push(fn);
        return;
    }
    const first = [fn];
    endings.set(key, first);
    const run = async () => {
        const failures = [];
        while (first.length) {
            try {
                await first.pop()();
            } catch (error) {
                failures.push(error);
            }
        }
        endings.delete(key);
        if (failures.length) throw failures[0];
    };
    if (typeof t === "function") t(run);
    else if (t) t.after(run);
    else process.once("exit", run);
}

/**
 * A new folder that any user can enter: as root, a site runs as another user.
 * @returns {string} its path
 */
export function tempDir(t) {
    const dir = mkdtempSync(join(base, "athanor-test-"));
    chmodSync(dir, 0o755);
    atEnd(t, () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
    return dir;
}
