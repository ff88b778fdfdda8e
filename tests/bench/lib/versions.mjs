// Versions of what is measured and of what it is measured beside.

import { run } from "./process.mjs";

/** The first thing that looks like a version in what a command says. */
async function versionOf(program, ...args) {
    try {
        return /\d+(\.\d+)+/.exec(await run("sh", ["-c", 'exec "$0" "$@" 2>&1', program, ...args]))?.[0] ?? "unknown";
    } catch {
        return "none";
    }
}

const packageVersion = (name) => versionOf("dpkg-query", "-W", "-f", "${Version}", name);

export async function versions() {
    const path = `${process.env.PATH}:/usr/sbin:/usr/lib/postgresql/15/bin`;
    process.env.PATH = path;
    return {
        commit: (await run("git", ["rev-parse", "--short", "HEAD"]).catch(() => "unknown")).trim(),
        nginx: await versionOf("nginx", "-v"),
        nchan: await packageVersion("libnginx-mod-nchan"),
        libfcgi: await packageVersion("libfcgi0ldbl"),
        postgres: await versionOf("postgres", "--version"),
        redis: await versionOf("redis-server", "--version"),
        gcc: await versionOf("gcc", "-dumpfullversion"),
    };
}
