// A table of 1 GiB on its way into the store: the memory that it costs, and its speed beside that of writing and hashing the same bytes.

import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

import { peakOf, uploadRows } from "../lib/upload.mjs";

export const title = "a table of 1 GiB, uploaded";

/** Seconds that it takes to hash and write so many bytes, and to bring them to the disk. */
function writeAndHash(folder, bytes) {
    const path = join(folder, "ceiling");
    const block = Buffer.alloc(1 << 20, "1234567,0.12345678\n");
    const hash = createHash("sha256");
    const began = performance.now();
    const fd = openSync(path, "w");
    for (let done = 0; done < bytes; done += block.length) {
        hash.update(block);
        writeSync(fd, block);
    }
    fsyncSync(fd);
    closeSync(fd);
    const seconds = (performance.now() - began) / 1000;
    rmSync(path);
    return seconds;
}

/** @param {import("./lib/bench.mjs").Bench} bench */
export async function measure(bench) {
    const site = await bench.site({ without: ["runner", "events"] });
    const size = bench.quick ? 64 << 20 : (1 << 30) - (1 << 20);
    const ceiling = writeAndHash(site.state, size);
    const { rows, bytes, sha256, answer, seconds } = await uploadRows(site, "large.csv", size);
    if (answer.rows !== rows || answer.bytes !== bytes || answer.sha256 !== sha256) throw new Error(`the upload went wrong: ${JSON.stringify(answer).slice(0, 300)}`);
    bench.report.figure("memory of the worker, at most", "MiB", await peakOf(site, "pages-upload"), ["below", 32]);
    bench.report.figure("memory of nginx, at most", "MiB", await peakOf(site, "nginx"), ["below", 32]);
    bench.report.figure("time, against writing and hashing alone", "x", seconds / ceiling);
    bench.report.note(`${(bytes / 2 ** 20).toFixed(0)} MiB, ${rows.toLocaleString("en-US")} rows in ${seconds.toFixed(1)} s; written and hashed alone ${ceiling.toFixed(1)} s`);
}
