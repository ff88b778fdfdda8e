// A large table passes through in little memory, and is counted right.

import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";

import { startStack } from "../lib/stack.mjs";
import { peakOf, uploadRows } from "../lib/upload.mjs";

const site = await startStack(after, { without: ["runner", "events"] });

test("64 MiB cost less than 32 MiB of memory, and nginx keeps none of it", async () => {
    const { rows, bytes, sha256, answer } = await uploadRows(site, "large.csv", 64 << 20);
    assert.deepEqual([answer.rows, answer.bytes, answer.sha256], [rows, bytes, sha256], answer.detail);
    assert.equal(answer.columns.map(({ type }) => type).join(" "), "integer float string date");
    const pages = await peakOf(site, "pages-upload"), nginx = await peakOf(site, "nginx");
    assert.ok(pages < 32, `pages took ${pages} MiB`);
    assert.ok(nginx < 32, `nginx took ${nginx} MiB`);
    const kept = readdirSync(join(site.state, "nginx/tmp"), { recursive: true }).filter((name) => statSync(join(site.state, "nginx/tmp", String(name))).isFile());
    assert.deepEqual(kept, [], "nothing lies in nginx' folders");
});
