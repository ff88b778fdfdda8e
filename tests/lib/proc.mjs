// What /proc tells about processes, for tests that must leave none.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** @returns {{pid: number, name: string, state: string, parent: number, group: number, session: number} | null} */
export function processOf(pid) {
    try {
        const text = readFileSync(`/proc/${pid}/stat`, "utf8");
        const end = text.lastIndexOf(")");
        const [state, parent, group, session] = text.slice(end + 2).split(" ");
        return {
            pid: Number(pid),
            name: text.slice(text.indexOf("(") + 1, end),
            state,
            parent: Number(parent),
            group: Number(group),
            session: Number(session),
        };
    } catch {
        return null;
    }
}

export function allProcesses() {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(processOf)
        .filter((p) => p && p.state !== "Z");
}

/** Is it there, and no zombie? */
export function isAlive(pid) {
    const p = processOf(pid);
    return p !== null && p.state !== "Z";
}

/** All processes below `pid`. */
export function descendants(pid) {
    const all = allProcesses();
    const found = [];
    const queue = [pid];
    while (queue.length) {
        const parent = queue.pop();
        for (const p of all) {
            if (p.parent === parent) {
                found.push(p);
                queue.push(p.pid);
            }
        }
    }
    return found;
}

/** Processes that work in this folder or below it. */
export function processesIn(folder) {
    return allProcesses().filter((p) => {
        try {
            const cwd = readlinkSync(`/proc/${p.pid}/cwd`);
            return cwd === folder || cwd.startsWith(`${folder}/`);
        } catch {
            return false;
        }
    });
}
