// Small file systems for tests of full disks.

import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { atEnd } from "./tmp.mjs";
import { sleep } from "./wait.mjs";

/**
 * Runs this very file again where it may mount things that nobody else sees and that vanish with it: as root in a mount namespace,
 * as an ordinary user in a user namespace as well. Ends the outer process.
 */
export function inMountNamespace() {
    if (process.env.ATHANOR_TEST_MOUNTS) return;
    const user = process.getuid() === 0 ? [] : ["--user", "--map-current-user", "--keep-caps"];
    const { status, error } = spawnSync("unshare", [...user, "--mount", process.execPath, ...process.argv.slice(1)], {
        stdio: "inherit",
        env: { ...process.env, ATHANOR_TEST_MOUNTS: "1" },
    });
    if (error) throw error;
    process.exit(status ?? 1);
}

/** A call of the C library, since mount(8) and umount(8) want root. @param {string} call of `libc` @param {string[]} args */
function libc(call, ...args) {
    const script = `import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
args = [arg.encode() for arg in sys.argv[1:]]
if libc.${call}: sys.exit(os.strerror(ctypes.get_errno()))`;
    const { status, stderr } = spawnSync("python3", ["-c", script, ...args], { encoding: "utf8" });
    if (status !== 0) throw new Error(`${call} of ${args[0]} failed: ${stderr}`);
}

/**
 * Makes a site's folder `state` with a file system in memory of so many MiB at `name` below it, until the test ends. A site that root
 * starts belongs to its own user.
 * @returns {string} the path of that file system
 */
export function mountSmall(t, state, name, mib) {
    const path = join(state, name);
    mkdirSync(path, { recursive: true });
    if (process.getuid() === 0) spawnSync("chown", ["athanor:", state]);
    libc('mount(b"tmpfs", args[0], b"tmpfs", 0, b"mode=0777,size=" + args[1] + b"m")', path, String(mib));
    atEnd(t, () => libc("umount2(args[0], 2)", path)); // 2: even if somebody is still in there
    return path;
}

/** Leaves no room in the file system of `path`, also where a program gives some back for a moment; `empty` makes room again. */
export async function fill(path) {
    const file = join(path, "filler");
    // By rounds as well, lest it stands still itself all the while.
    for (let [end, rounds] = [Date.now() + 1500, 0]; Date.now() < end || rounds < 50; await sleep(20), rounds++) {
        for (let block = 1 << 20; block >= 1; block >>= 2) takeAll(file, Buffer.alloc(block));
    }
    return { empty: () => rmSync(file) };
}

function takeAll(file, block) {
    try {
        for (;;) writeFileSync(file, block, { flag: "a" });
    } catch (error) {
        if (error.code !== "ENOSPC") throw error;
    }
}
