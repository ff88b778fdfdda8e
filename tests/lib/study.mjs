// The study of docs/examples as an experiment that does not end before a test has seen what it wants to see: after each part of its
// rows it waits until it is told to go on.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "./stack.mjs";

const STEP = "        time.sleep(config[\"pause_ms\"] / 1000)\n";

/** Puts it among the site's experiments; a part has `rows` rows. @param {any} site of startRunner @param {number} rows */
export function putStudy(site, rows) {
    const folder = join(site.folder, "study");
    const wait = `        while count % ${rows} == 0 and not os.path.exists("%s/part-%s-%d" % (os.environ["ATHANOR_DIR"], os.environ["ATHANOR_RUN_ID"], count // ${rows})):
            time.sleep(0.02)\n`;
    cpSync(join(root, "docs/examples/study"), folder, { recursive: true });
    const program = readFileSync(join(folder, "study.py"), "utf8");
    if (!program.includes(STEP)) throw new Error("study.py does not pause as it did");
    writeFileSync(join(folder, "study.py"), program.replace(STEP, STEP + wait));
}

/** Lets a run of it go on behind its part `part`, the first being 1. @param {any} site @param {number} run @param {number} part */
export function goOn(site, run, part) {
    writeFileSync(join(site.folder, "study", `part-${run}-${part}`), "");
}
