// The work of scripts/build-static: style sheet, scripts, icons, the templates that the browser shares, the API's description.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

import { referenceOf } from "./api-reference.mjs";
import { readDocument } from "./build-api.mjs";

const out = "build/static";
const next = join(out, ".next");
const begun = new Date();

/** All files below a folder, sorted, as paths. */
function files(folder) {
    const found = [];
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) found.push(...files(path));
        else found.push(path);
    }
    return found.sort();
}

/** The style sheet: Tailwind looks through templates and scripts for the classes in use. */
function buildStyle() {
    const cli = join("node_modules/@tailwindcss/cli", JSON.parse(readFileSync("node_modules/@tailwindcss/cli/package.json", "utf8")).bin.tailwindcss);
    const run = spawnSync(process.execPath, [cli, "-i", "static/css/app.css", "-o", join(next, "css/app.css"), "--minify"], { encoding: "utf8" });
    if (run.status !== 0) throw new Error(`tailwindcss failed\n${run.stderr}`);
}

/** The names of partials are their paths below templates/, as the server's. */
function readPartials() {
    const partials = {};
    for (const path of files("templates/partials")) {
        if (!path.endsWith(".mustache")) continue;
        partials[relative("templates", path).replace(/\.mustache$/, "")] = readFileSync(path, "utf8");
    }
    return partials;
}

/** Gives `import partials from "athanor:partials"` the text of the templates. */
const partialsPlugin = {
    name: "partials",
    setup(/** @type {import("esbuild").PluginBuild} */ b) {
        b.onResolve({ filter: /^athanor:partials$/ }, () => ({ path: "partials", namespace: "athanor" }));
        b.onLoad({ filter: /.*/, namespace: "athanor" }, () => ({ contents: JSON.stringify(readPartials()), loader: "json" }));
    },
};

/** One file for pages, beside it what they load when they need it (`import()`), and one for the worker that all tabs share. */
async function buildScripts() {
    const options = {
        outdir: join(next, "js"),
        entryNames: "[name]",
        chunkNames: "[name]-[hash]",
        bundle: true,
        minify: true,
        format: /** @type {const} */ ("esm"),
        target: "es2022",
        charset: /** @type {const} */ ("utf8"),
        legalComments: /** @type {const} */ ("none"),
        plugins: [partialsPlugin],
        logLevel: /** @type {const} */ ("warning"),
    };
    await build({ ...options, entryPoints: ["static/js/app.js"], splitting: true });
    await build({ ...options, entryPoints: ["static/js/stream/worker.js"] });
}

/** One file of symbols with the icons that templates and scripts name. */
function buildIcons() {
    const names = new Set();
    for (const path of [...files("templates"), ...files("static/js")]) {
        for (const match of readFileSync(path, "utf8").matchAll(/icons\.svg#([a-z0-9-]+)|icon\("([a-z0-9-]+)"/g)) names.add(match[1] ?? match[2]);
    }
    const symbols = [...names].sort().map((name) => {
        const path = join("node_modules/lucide-static/icons", `${name}.svg`);
        if (!existsSync(path)) throw new Error(`lucide has no icon ${name}`);
        const inner = /<svg[^>]*>([^]*)<\/svg>/.exec(readFileSync(path, "utf8"))?.[1] ?? "";
        return `<symbol id="${name}" viewBox="0 0 24 24" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${inner.replace(/\s+/g, " ").trim()}</symbol>`;
    });
    writeFileSync(join(next, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
}

/** The description of the API, which the pages serve, and the view of the page that shows it. */
function buildApi() {
    const document = readDocument();
    writeFileSync(join(next, "openapi.json"), `${JSON.stringify(document)}\n`);
    writeFileSync(join(next, "reference.json"), JSON.stringify(referenceOf(document)));
}

/** nginx sends the .gz beside a file to whom takes it. */
function compress() {
    for (const path of files(next)) {
        if (statSync(path).size > 1000) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
    }
}

function hashOf(folder) {
    const hash = createHash("sha256");
    for (const path of files(folder)) hash.update(`${relative(folder, path)}\0`).update(readFileSync(path)).update("\0");
    return hash.digest("hex").slice(0, 16);
}

/** Puts the new build beside the last one, and takes older ones away. */
function publish() {
    const hash = hashOf(next);
    const manifest = join(out, "manifest");
    const last = existsSync(manifest) ? readFileSync(manifest, "utf8").trim() : "";
    const home = join(out, hash);
    if (existsSync(home)) rmSync(next, { recursive: true });
    else renameSync(next, home);
    writeFileSync(`${manifest}.new`, `${hash}\n`);
    // What was edited while we built is newer than the manifest, so that it is built the next time.
    utimesSync(`${manifest}.new`, begun, begun);
    renameSync(`${manifest}.new`, manifest);
    for (const name of readdirSync(out)) {
        if (/^[0-9a-f]{16}$/.test(name) && name !== hash && name !== last) rmSync(join(out, name), { recursive: true });
    }
    return hash;
}

rmSync(next, { recursive: true, force: true });
for (const folder of ["css", "js"]) mkdirSync(join(next, folder), { recursive: true });
cpSync("static/img", next, { recursive: true });
try {
    buildStyle();
    await buildScripts();
    buildIcons();
    buildApi();
    compress();
    console.log(`build-static: ${join(out, publish())}`);
} catch (error) {
    rmSync(next, { recursive: true, force: true });
    console.error(`build-static: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
}
