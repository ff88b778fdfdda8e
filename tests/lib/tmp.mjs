// Folders that a test writes into, removed when it ends.

import { mkdtempSync, chmodSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Registers `fn` to run when the test ends.
 * @param {import("node:test").TestContext | ((fn: () => unknown) => void) | null} t a test, `after` of node:test, or null: when the
 *     process exits (then `fn` must be synchronous to matter)
 * @param {() => unknown} fn
 */
export function atEnd(t, fn) {
    if (typeof t === "function") t(fn);
    else if (t && typeof t.after === "function") t.after(fn);
    else process.once("exit", fn);
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
