// The documentation's links lead somewhere: files that are there, headings that are theirs.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const pages = ["README.md", "tests/README.md", ...readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)];

/** The anchors of a page, as forges make them of its headings. @param {string} path */
const anchors = (path) => {
    const text = readFileSync(path, "utf8").replace(/^```.*?^```/gms, "");
    return [...text.matchAll(/^#+ (.*)$/gm)].map(([, words]) => words.toLowerCase().replace(/[^\w\s-]/g, "").trim().replaceAll(" ", "-"));
};

for (const page of pages) {
    test(`links of ${page}`, () => {
        const text = readFileSync(join(root, page), "utf8").replace(/^```.*?^```/gms, "");
        for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
            if (/^https?:/.test(target)) continue;
            const [file, anchor] = target.split("#");
            const path = file ? join(root, dirname(page), file) : join(root, page);
            assert.ok(existsSync(path), `${page}: ${target}`);
            if (anchor) assert.ok(anchors(path).includes(anchor), `${page}: ${target}`);
        }
    });
}

test("every page of the documentation is named in the README", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const beside = readFileSync(join(root, "docs/sdk.md"), "utf8");
    for (const page of pages.filter((name) => name.startsWith("docs/")))
        assert.ok(readme.includes(page) || beside.includes(page.replace("docs/", "")), page);
});
