// Folders that a test writes into, removed when it ends.

import { mkdtempSync, chmodSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What each test has registered, to be run last first: node runs hooks in the order they were made. */
const hooks = new WeakMap();

async function runAll(fns) {
    let failure;
    while (fns.length) {
        try {
            await fns.pop()();
        } catch (error) {
            failure ??= error;
        }
    }
    if (failure) throw failure;
}

/**
 * Registers `fn` to run when the test ends, before what was registered earlier: a site stops before its folder goes.
 * @param {import("node:test").TestContext | ((fn: () => unknown) => void) | null} t a test, `after` of node:test, or null: when the
 *     process exits (then `fn` must be synchronous to matter)
 * @param {() => unknown} fn
 */
export function atEnd(t, fn) {
    const register = typeof t === "function" ? t : t?.after?.bind(t);
    if (!register) {
        process.once("exit", fn);
        return;
    }
    const fns = hooks.get(t);
    if (fns?.length) {
        fns.push(fn);
        return;
    }
    const fresh = [fn];
    hooks.set(t, fresh);
    register(() => runAll(fresh));
}

/**
 * A new folder that any user can enter: as root, a site runs as another user.
 * @returns {string} its path
 */
export function tempDir(t) {
    const dir = mkdtempSync(join(tmpdir(), "athanor-test-"));
    chmodSync(dir, 0o755);
    atEnd(t, () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
    return dir;
}
