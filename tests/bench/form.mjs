// The form that a schema draws, in the browser: how soon a large one stands, and how soon a key typed into it shows.

import { signIn, startBrowser } from "../lib/browser.mjs";
import { addExperiment } from "../lib/rows.mjs";
import { median } from "./lib/report.mjs";

export const title = "a form of 500 fields of every type, lists and groups three levels deep";

const kinds = [
    { type: "integer", min: 0, max: 1_000_000, step: 1, default: 7, required: true },
    { type: "float", min: -1, max: 1, default: 0.25 },
    { type: "string", default: "text", description: "A line of help." },
    { type: "string", format: "textarea" },
    { type: "string", format: "url" },
    { type: "boolean", default: true },
    { type: "enum", options: ["one", "two", { value: "three", available: false, reason: "not here" }], default: "one" },
];
const leaves = (count) => Array.from({ length: count }, (_, i) => ({ name: `f${i}`, label: `Field ${i}`, ...kinds[i % kinds.length] }));

/** Fields of every type; groups and lists within each other, whose items stand there by default: 500 inputs in all. */
function configuration() {
    const inner = { name: "inner", type: "list", default: [{}, {}], fields: leaves(20) };
    const middle = { name: "middle", type: "list", default: [{}, {}], fields: [...leaves(15), { name: "g", type: "group", fields: leaves(10) }, inner] };
    const outer = { name: "outer", type: "list", default: [{}, {}], fields: [...leaves(10), { name: "g", type: "group", fields: [{ name: "h", type: "group", fields: leaves(10) }] }, middle] };
    return [...leaves(120), { name: "g", type: "group", fields: [...leaves(40), { name: "h", type: "group", fields: leaves(40) }] }, outer];
}

/** Runs in each page before its own scripts: notes the frame that is painted once those have run. */
const noteFrame = () => {
    const after = (then) => requestAnimationFrame(() => setTimeout(then));
    document.addEventListener("DOMContentLoaded", () => after(() => (window.drawn = performance.now())));
};

/** Milliseconds of one visit: until the server has answered; from its first byte until the whole page is there, its scripts have run and
 * the frame after that is painted; and until what is out of sight is laid out as well. */
const visit = (page) =>
    page.evaluate(async () => {
        const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        do await frame();
        while (!document.querySelector("[data-form][data-whole]"));
        const whole = performance.now();
        const [{ requestStart, responseStart }] = performance.getEntriesByType("navigation");
        return { answer: responseStart - requestStart, drawn: window.drawn - responseStart, whole: whole - responseStart };
    });

/** From a key to the frame that shows it, in milliseconds: the longest of some. */
async function typing(page, selector, keys) {
    await page.evaluate(() => {
        window.latencies = [];
        document.addEventListener("keydown", (e) => {
            const begun = e.timeStamp;
            requestAnimationFrame(() => setTimeout(() => window.latencies.push(performance.now() - begun)));
        }, true);
    });
    await page.locator(selector).focus();
    for (const key of keys) {
        await page.keyboard.press(key);
        await page.waitForTimeout(40);
    }
    return page.evaluate(() => window.latencies);
}

/** Milliseconds from a click on a list's button to the frame that shows what it did. */
const clicking = (page, selector) =>
    page.evaluate(async (what) => {
        const button = document.querySelector(what);
        const begun = performance.now();
        button.click();
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        return performance.now() - begun;
    }, selector);

/** @param {import("./lib/bench.mjs").Bench} bench */
export async function measure(bench) {
    const site = await bench.site({ without: ["runner"] });
    await addExperiment(site, "large", configuration());
    const browser = await startBrowser(bench.atEnd);
    const person = await signIn(browser, site);
    const page = await person.newPage();
    await page.addInitScript(noteFrame);
    const all = { answer: [], drawn: [], whole: [], keys: [], add: [], move: [] };
    let inputs = 0;
    for (let i = 0; i < bench.repeats + 1; i++) {
        await page.goto("/experiments");
        await page.locator("[data-connection=live]").waitFor({ state: "attached" });
        await page.waitForTimeout(500); // the dashboard reads its view once more, beside nothing that is measured
        await page.goto("/experiments/new?experiment=large");
        const times = await visit(page);
        inputs = await page.locator("[data-form] .field").count();
        const keys = await typing(page, '[name="configuration.outer.1.middle.1.inner.1.f2"]', [..."quick brown fox", "Tab", "Tab"]);
        const add = await clicking(page, '[data-field="configuration.outer"] > .list-foot [data-action=add-item]');
        const move = await clicking(page, '[data-field="configuration.outer.1"] > .item-head [data-action=move-up]');
        if (i === 0) continue; // what is compiled and cached the first time
        all.answer.push(times.answer);
        all.drawn.push(times.drawn);
        all.whole.push(times.whole);
        all.keys.push(Math.max(...keys));
        all.add.push(add);
        all.move.push(move);
    }
    const { report } = bench;
    report.figure("the server's answer", "ms", all.answer, ["below", 20]);
    report.figure("from the answer to the painted form, scripts run", "ms", all.drawn, ["below", 100]);
    report.figure("from the answer until all of it is laid out", "ms", all.whole);
    report.figure("a key to the frame that shows it, the slowest of 17", "ms", all.keys, ["most", 50]);
    report.figure("adding an item of 150 fields", "ms", all.add);
    report.figure("moving such an item", "ms", all.move);
    report.note(`${inputs} fields in the form, median of ${all.keys.length} visits; slowest keys ${all.keys.map((ms) => ms.toFixed(0)).join(", ")} ms, median ${median(all.keys).toFixed(0)}`);
}
