// The Mustache renderer beside mustache.js, on the site's own partials and views, and beside a copy of its output.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import Mustache from "mustache";

import { readTemplates } from "../lib/mustache.mjs";
import { root } from "../lib/stack.mjs";
import { program } from "./lib/bench.mjs";
import { measure as json } from "./lib/process.mjs";
import { seed, seedLog } from "./lib/seed.mjs";

export const title = "the Mustache renderer, beside mustache.js and a copy of its output";

const templates = join(root, "templates");

/** Microseconds that mustache.js takes, warm, with its templates parsed before. */
function timeScript(name, partials, view, seconds) {
    const source = partials[name];
    const output = Mustache.render(source, view, partials);
    const run = (ms) => {
        let calls = 0;
        const begin = performance.now();
        do {
            Mustache.render(source, view, partials);
            calls++;
        } while (performance.now() - begin < ms);
        return ((performance.now() - begin) * 1000) / calls;
    };
    run(seconds * 300);
    return { output, us: run(seconds * 1000) };
}

/** The view that the browser is given for a page, with what the server adds for the partials. */
async function viewOf(site, path) {
    const { status, json: view } = await site.get(path, { headers: { accept: "application/json" } });
    if (status !== 200) throw new Error(`${path} has no view: ${status}`);
    return { ...view, site: { static: "/static/0123456789abcdef", page: "x", theme: "system", url: path, title: "x", now_ms: Date.now(), user: { name: "admin" } } };
}

async function compare(bench, name, view, title_) {
    const folder = bench.tempDir();
    const [viewFile, outputFile] = [join(folder, "view.json"), join(folder, "output.html")];
    writeFileSync(viewFile, JSON.stringify(view));
    const seconds = bench.quick ? 0.3 : 1.5;
    const partials = readTemplates(templates);
    const [ours, theirs] = [[], []];
    for (let i = 0; i < bench.repeats; i++) {
        ours.push(await json(program("render"), [templates, name, viewFile, String(seconds), outputFile]));
        const script = timeScript(name, partials, view, seconds);
        if (script.output !== readFileSync(outputFile, "utf8")) throw new Error(`${name}: the two renderers differ`);
        theirs.push(script.us);
    }
    const { report } = bench;
    report.figure(`${title_}: rendered`, "us", ours.map((one) => one.render_us));
    report.figure(`${title_}: output`, "MB/s", ours.map((one) => one.bytes / one.render_us));
    report.figure(`${title_}: mustache.js / athanor`, "times as long", theirs.map((us, i) => us / ours[i].render_us));
    report.figure(`${title_}: athanor / a copy of the output`, "times as long", ours.map((one) => one.render_us / one.copy_us));
    report.figure(`${title_}: parsing its view`, "us", ours.map((one) => one.parse_us));
    report.note(`${title_}: ${ours[0].bytes.toLocaleString("en-US")} bytes from ${JSON.stringify(view).length.toLocaleString("en-US")} bytes of view; the two outputs are the same`);
}

/** @param {import("./lib/bench.mjs").Bench} bench */
export async function measure(bench) {
    const site = await bench.site({ without: ["runner"] });
    const { run } = await seed(site, 100, 5);
    await seedLog(site, run, 1000);
    await compare(bench, "partials/cards", await viewOf(site, "/experiments"), "cards of the dashboard");
    const page = await viewOf(site, `/runs/${run}`);
    await compare(bench, "partials/panel_logs", { ...page, ...page.logs }, "500 lines of a log");
}
