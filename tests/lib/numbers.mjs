// A program that counts, and what must be true of its log whatever died meanwhile.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Numbered lines: `lines` of them, or until told (`stopCounting`) where that is 0; `rate` a second, 0: as fast as it can. Every thousandth is
 * followed by a result `n`. At its end it says `count`, and `behind`: how many seconds late it was at the worst, by its own clock.
 */
export const counting = {
    configuration: [{ name: "lines", type: "integer" }, { name: "rate", type: "integer", default: 0 }],
    command: `
exec python3 - <<'END'
import json, os, sys, time
c = json.load(open(os.environ["ATHANOR_CONFIG"]))
lines, rate = c["lines"], c["rate"]
told = os.path.join(os.environ["ATHANOR_DIR"], "enough-" + os.environ["ATHANOR_RUN_ID"])
start = time.monotonic()
out = sys.stdout
i, behind = 0, 0
def say(key, value):
    os.write(3, b'{"type":"result","key":"%s","value":%s}\\n' % (key, json.dumps(value).encode()))
while i < lines or not lines:
    i += 1
    out.write("line %08d %s\\n" % (i, "-" * 60))
    if rate and i % max(rate // 50, 1) == 0:
        out.flush()
        late = time.monotonic() - start - i / rate
        behind = max(behind, late)
        if late < 0:
            time.sleep(-late)
    if i % 1000 == 0:
        out.flush()
        say(b"n", i)
        if not lines and os.path.exists(told):
            break
out.flush()
say(b"count", i)
say(b"behind", round(behind, 3))
END`,
};

/** The counting run ends after its next thousand. @param {any} site of startRunner with an experiment `numbers` */
export function stopCounting(site, id) {
    writeFileSync(join(site.folder, "numbers", `enough-${id}`), "");
}

export const numbered = (n) => `line ${String(n).padStart(8, "0")} ${"-".repeat(60)}`;

/** These are the numbers from `first` on. */
export function checkNumbers(texts, first = 1) {
    const wrong = texts.findIndex((text, i) => text !== numbered(first + i));
    assert.equal(wrong, -1, `line ${first + wrong} is ${texts[wrong]}`);
}

/** All lines of a run but the last `spare`, read in parts, are the numbers from 1 on. Returns the spare ones. */
export async function checkLog(site, run, spare = 0) {
    const PART = 200000;
    let read = 0;
    let rest = [];
    while (read < run.lines) {
        const chunks = await site.sql(
            `SELECT first_line, last_line, body FROM log_chunks
             WHERE run_id = $1 AND first_line > $2 AND first_line <= $2::bigint + $3::bigint ORDER BY first_line`,
            run.id, read, PART,
        );
        assert.ok(chunks.length, `no chunk follows line ${read}`);
        for (const { first_line: first, last_line: last, body } of chunks) {
            const { first: said, lines } = JSON.parse(body);
            assert.deepEqual([said, first, last], [read + 1, read + 1, read + lines.length], `chunk ${first} follows line ${read}`);
            const texts = lines.map((line) => line[2]);
            const checked = Math.max(0, Math.min(texts.length, run.lines - spare - read));
            checkNumbers(texts.slice(0, checked), first);
            rest = rest.concat(texts.slice(checked));
            read = last;
        }
    }
    assert.equal(read, run.lines);
    return rest;
}

/** The run ends well, and has said every number and every result once. Returns its row and its last results by key. */
export async function checkWhole(site, id, seconds) {
    const run = await site.waitForEnd(id, seconds);
    assert.equal(run.status, "completed", run.error);
    await checkLog(site, run);
    const values = (await site.records(id)).filter((r) => r.kind === "result" && r.key === "n").map((r) => r.value);
    assert.deepEqual(values, Array.from({ length: Math.floor(run.lines / 1000) }, (_, i) => 1000 * (i + 1)));
    const last = await site.sql("SELECT key, body::json ->> 'value' AS value FROM records WHERE run_id = $1 AND key IN ('count', 'behind')", id);
    const { count, behind } = Object.fromEntries(last.map((r) => [r.key, Number(r.value)]));
    assert.equal(run.lines, count, "as many lines as it wrote");
    return { run, count, behind };
}
