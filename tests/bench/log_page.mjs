// The log's page: a run of ten million lines beside an empty one's promises, searches over it, and a run that says 20,000 lines a second
// while somebody looks.

import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { sleep, until } from "../lib/wait.mjs";
import { median } from "./lib/report.mjs";
import { makeInstance, startRun } from "./lib/runs.mjs";
import { seed } from "./lib/seed.mjs";

export const title = "the log's page: ten million lines, searches, 20,000 lines/s";

const RARE = "xylograph";
const RATE = 20_000;
const grouped = (n) => n.toLocaleString("en-US");

/** An experiment that prints RATE lines a second, each with its number. */
function makeSteady(bench, seconds) {
    const folder = bench.tempDir();
    const own = join(folder, "steady");
    mkdirSync(own);
    const script = `use Time::HiRes qw(time sleep); my ($n, $start) = (0, time);
        while ($n < ${RATE * seconds}) { my $due = int((time - $start) * ${RATE}); my $text = '';
        while ($n < $due && $n < ${RATE * seconds}) { $n++; $text .= sprintf("line %09d of a run that says a lot, step %06d, loss 0.%06d\\n", $n, $n / 10, $n * 7919 % 1000000) }
        syswrite STDOUT, $text; sleep 0.005 }`;
    writeFileSync(join(own, "experiment.json"), JSON.stringify({ name: "steady", title: "Steady", version: "1", command: ["perl", "-e", script], configuration: [] }));
    chmodSync(own, 0o755);
    return folder;
}

/** Gives a seeded run a log of so many lines of 80 bytes, in chunks of a thousand, with the rare word in `rare` of them. */
async function fillLog(site, run, lines, rare) {
    await site.sql(
        `INSERT INTO log_chunks
         SELECT $1::bigint, 1 + c * 1000, (c + 1) * 1000, c * 80000, (c + 1) * 80000, 0, 1000, 0, 0,
                (SELECT format('{"first":%s,"lines":[%s]}', 1 + c * 1000,
                               string_agg(format('[%s,1,"step %s loss 0.%s accuracy 0.%s elapsed %s s, all is well so far%s"]', 1700000000000 + n, lpad(n::text, 8, '0'),
                                                 n * 7919 % 1000000, n * 104729 % 1000000, n, CASE WHEN n % $3::bigint = $3::bigint / 2 THEN ' Xylograph' ELSE '' END),
                                          E',\\t' ORDER BY n))
                 FROM generate_series(c * 1000 + 1, (c + 1) * 1000) AS n)
         FROM generate_series(0::bigint, $2::bigint / 1000 - 1) AS c`,
        run, lines, Math.floor(lines / rare));
    await site.sql("UPDATE run_heads SET lines = $2, infos = $2, bytes = $2::bigint * 80 WHERE run_id = $1", run, lines);
    await site.sql("VACUUM ANALYZE log_chunks");
}

const found = (page) => page.locator("[data-log-found]").textContent();

/** Milliseconds from the change of the search to its count. */
async function searchFor(page, word, words) {
    await page.locator("[data-log-search]").fill("");
    await until("cleared", async () => (await found(page)) === "");
    return page.evaluate(
        ([text, expected]) =>
            new Promise((resolve, reject) => {
                const place = document.querySelector("[data-log-found]");
                const begun = performance.now();
                const input = document.querySelector("[data-log-search]");
                input.value = text;
                input.dispatchEvent(new Event("input", { bubbles: true }));
                const look = () => {
                    if (place.textContent.endsWith(expected)) resolve(performance.now() - begun);
                    else if (performance.now() - begun > 60_000) reject(new Error(`it says ${place.textContent}, not ${expected}`));
                    else requestAnimationFrame(look);
                };
                look();
            }),
        [word, words],
    );
}

/** Milliseconds from a jump of the scroll bar to the lines there. */
const jump = (page, share) =>
    page.evaluate(
        (f) =>
            new Promise((resolve) => {
                const box = document.querySelector("[data-log]");
                const last = () => document.querySelector("[data-line]").dataset.line;
                const before = last();
                const begun = performance.now();
                box.scrollTop = f * (box.scrollHeight - box.clientHeight);
                const look = () => {
                    if (last() !== before && !document.querySelector("[data-line][data-loading]")) resolve(performance.now() - begun);
                    else requestAnimationFrame(look);
                };
                requestAnimationFrame(look);
            }),
        share,
    );

/** The heap after a collection, in MB. */
async function heapOf(page) {
    const session = await page.context().newCDPSession(page);
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    await session.detach();
    return usedSize / 1e6;
}

async function openPage(bench, person, path) {
    const page = await person.newPage();
    bench.atEnd(() => page.close().catch(() => {}));
    await page.goto(path);
    await page.locator("[data-log][data-window]").waitFor();
    return page;
}

async function serverTimes(site, run) {
    const cookie = await site.login();
    const times = [];
    for (let i = 0; i < 30; i++) {
        const begun = performance.now();
        const answer = await fetch(`${site.url}/runs/${run}`, { headers: { cookie } });
        await answer.text();
        if (i >= 5) times.push(performance.now() - begun);
    }
    return times;
}

async function paints(bench, person, run) {
    const times = [];
    for (let i = 0; i < 2 + 2 * bench.repeats; i++) {
        const page = await openPage(bench, person, `/runs/${run}`);
        const paint = await until("it is painted", () => page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime));
        if (i >= 2) times.push(paint);
        await page.close();
    }
    return times;
}

async function longLog(bench, site, person) {
    const { report } = bench;
    const lines = bench.quick ? 500_000 : 10_000_000;
    const { run } = await seed(site, 1, 3);
    await fillLog(site, run, lines, 7);
    const million = run + 1;
    await fillLog(site, million, bench.quick ? 100_000 : 1_000_000, 3);
    const words = grouped(lines);
    report.figure(`a run of ${words} lines, server's answer, median`, "ms", median(await serverTimes(site, run)), ["below", 20]);
    report.figure(`a run of ${words} lines, first paint`, "ms", await paints(bench, person, run), ["below", 200]);
    report.figure("a run of no lines, first paint", "ms", await paints(bench, person, run + 2));
    const page = await openPage(bench, person, `/runs/${run}`);
    const jumps = [];
    for (let i = 0; i < 30; i++) {
        jumps.push(await jump(page, ((i * 7919 + 13) % 1000) / 1000));
        await sleep(250);
    }
    report.figure("a jump to any line, median", "ms", median(jumps), ["below", 150]);
    report.figure("a jump to any line, the slowest of 30", "ms", Math.max(...jumps), ["below", 150]);
    report.figure("elements in the document", "", await page.evaluate(() => document.querySelectorAll("*").length), ["below", 3000]);
    const rare = [];
    for (let i = 0; i < bench.repeats; i++) rare.push(await searchFor(page, RARE, " of 7"));
    report.figure(`a rare word in ${words} lines: its exact count`, "ms", rare);
    const common = [];
    for (let i = 0; i < bench.repeats; i++) common.push(await searchFor(page, "ALL is well", ` of ${words}`));
    report.figure(`words that stand in each of ${words} lines`, "ms", common);
    report.figure("the page's heap after all this", "MB", await heapOf(page), ["below", 80]);
    await page.close();
    const smaller = await openPage(bench, person, `/runs/${million}`);
    const [few, all] = [[], []];
    for (let i = 0; i < bench.repeats; i++) {
        few.push(await searchFor(smaller, RARE, " of 3"));
        all.push(await searchFor(smaller, "0.", ` of ${bench.quick ? "100,000" : "1,000,000"}`));
    }
    report.figure("a search of 1,000,000 lines, a rare word", "ms", few, ["below", 1000]);
    report.figure("a search of 1,000,000 lines, in each of them", "ms", all, ["below", 1000]);
    await smaller.close();
}

/** Begins to note frames and long tasks. */
const watchFrames = (page) =>
    page.evaluate(() => {
        const notes = { frames: [], tasks: [] };
        window.notes = notes;
        let last = performance.now();
        const frame = (now) => {
            notes.frames.push(now - last);
            last = now;
            requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
        new PerformanceObserver((list) => notes.tasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: "longtask" });
    });

const rowsOf = (page) => page.evaluate(() => [...document.querySelectorAll("[data-line]")].map((row) => `${row.dataset.line} ${row.getBoundingClientRect().top} ${row.textContent}`));

async function steady(bench, site, person) {
    const seconds = bench.quick ? 8 : 60;
    const run = await startRun(site, await makeInstance(site, "steady"));
    const page = await openPage(bench, person, `/runs/${run}`);
    await waitForBadge(page, "running");
    await watchFrames(page);
    const heaps = [];
    const wrong = [];
    const end = Date.now() + seconds * 1000 * 0.6;
    while (Date.now() < end) {
        await sleep(1500);
        const before = Number((await site.sql("SELECT lines FROM run_heads WHERE run_id = $1", run))[0].lines);
        const shown = Number((await page.locator("[data-count=logs]").textContent()).replace(/\D/g, ""));
        if (shown < before - RATE || shown > before + 2 * RATE) wrong.push(`${shown}, of about ${before}`);
        heaps.push(await heapOf(page));
    }
    await page.locator("[data-log]").hover();
    await page.mouse.wheel(0, -2000);
    await page.locator("[data-log-pill]:visible").waitFor();
    await sleep(1000);
    const held = await rowsOf(page);
    let moved = 0;
    while (!(await page.locator('.run-badge [data-status="completed"]').count())) {
        await sleep(500);
        const now = await rowsOf(page);
        if (now.join("\n") !== held.join("\n")) moved++;
    }
    const { frames, tasks } = await page.evaluate(() => window.notes);
    const count = await until("the last count", async () => {
        const text = await page.locator("[data-count=logs]").textContent();
        return text === `(${grouped(RATE * seconds)})` ? text : null;
    }, 15).catch(() => page.locator("[data-count=logs]").textContent());
    if (count !== `(${grouped(RATE * seconds)})`) wrong.push(count);
    const sorted = [...frames].sort((a, b) => a - b);
    const { report } = bench;
    const name = `${grouped(RATE)} lines/s for ${seconds} s`;
    report.figure(`${name}: counts that were wrong`, "", wrong.length, ["most", 0]);
    for (const one of wrong) report.note(`a wrong count: ${one}`);
    report.figure(`${name}: frame, 95th percentile`, "ms", sorted[Math.floor(sorted.length * 0.95)], ["most", 17]);
    report.figure(`${name}: frames over 33 ms`, "%", (100 * frames.filter((ms) => ms > 33.5).length) / frames.length, ["most", 1]);
    report.figure(`${name}: longest task`, "ms", Math.max(0, ...tasks), ["most", 100]);
    report.figure(`${name}: heap, largest`, "MB", Math.max(...heaps), ["below", 80]);
    report.figure(`${name}: times that a scrolled-up reader's view moved`, "", moved, ["most", 0]);
    report.note(`${frames.length} frames, ${tasks.length} tasks over 50 ms`);
}

/** @param {import("./lib/bench.mjs").Bench} bench */
export async function measure(bench) {
    const site = await bench.site({ experiments: [makeSteady(bench, bench.quick ? 8 : 60)] });
    const browser = await startBrowser(bench.atEnd);
    const person = await signIn(browser, site);
    await longLog(bench, site, person);
    await steady(bench, site, person);
}
