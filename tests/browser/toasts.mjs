// Toasts: a run that ends anywhere raises one on every page except its own, none is lost, and many become one.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { addInstance, addRun, assertAccessible, experiments, keepScreenshot, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { holdBack } from "../lib/hold.mjs";
import { startStack } from "../lib/stack.mjs";
import { sleep, until } from "../lib/wait.mjs";

// Runs wait for ever here; a test ends them when it wants to.
const site = await startStack(after, { experiments, without: ["runner"] });
const browser = await startBrowser(after);
await site.sql(
    "INSERT INTO experiments (name, title, manifest, content_hash, folder) VALUES ('talker', 'Talker', '{\"command\":[\"true\"],\"configuration\":[]}', 'x', '/nowhere')",
);
const person = await signIn(browser, site);
const canary = "<img src=x onerror=window.canary=1>";

test.afterEach(async () => {
    assert.deepEqual(person.complaints.splice(0), []);
    // What ended a moment ago is news to the next page.
    await site.sql("DELETE FROM runs WHERE finished_at IS NOT NULL");
});

/** Makes runs of a new instance. */
async function makeRuns(name, count) {
    const instance = await addInstance(site, name);
    const runs = [];
    while (runs.length < count) runs.push(await addRun(site, instance));
    return runs;
}

/** Ends pending runs, all in one transaction. */
const end = (runs, status = "cancelled") =>
    site.sql("SELECT count(*) FROM unnest(string_to_array($1, ',')::bigint[]) AS r (id), LATERAL finish_run(r.id, NULL, $2, $3, NULL, NULL, NULL)", runs.join(), status, status === "failed" ? "start" : "cancelled");

const live = async (page) => {
    await page.locator('[data-connection="live"]').waitFor({ state: "attached" });
    return page;
};
/** Toasts last until the test has looked at them, unless they are to be brief. */
const open = async (path, who = person, { brief = false } = {}) => {
    const page = await who.newPage();
    if (!brief) await page.addInitScript("{ const later = setTimeout; setTimeout = (run, ms, ...more) => later(run, ms === 6000 ? 600_000 : ms, ...more); }");
    await page.goto(path);
    return live(page);
};
const toasts = (page) => page.locator("[data-toast]");
const texts = async (page) => (await toasts(page).allTextContents()).map((text) => text.trim());
/** Waits for these toasts and no others. */
async function shows(page, wanted) {
    const all = [...wanted].sort();
    await until(`toasts ${JSON.stringify(wanted)}`, async () => (await texts(page)).sort().join("\n") === all.join("\n"), 40).catch(() => {});
    assert.deepEqual((await texts(page)).sort(), all);
}
const closeAll = (pages) => Promise.all(pages.map((page) => page.close()));

test("a toast that comes between aiming and pressing, or within a press, takes neither", async () => {
    const page = await open("/experiments");
    for (const [name, before, after] of [["Aimed", "move", "down"], ["Pressed", "down", "up"]]) {
        const [run] = await makeRuns(name, 1);
        const link = page.locator('.site-header a[href="/runners"]');
        // What lies where toasts come.
        await link.evaluate((a) => {
            const place = document.querySelector("[data-toasts]").getBoundingClientRect();
            Object.assign(a.style, { position: "fixed", left: `${place.left + 20}px`, top: `${place.top}px`, width: "200px", height: "40px" });
            a.addEventListener("click", (e) => (e.preventDefault(), (window.clicks = (window.clicks ?? 0) + 1)));
        });
        const box = await link.boundingBox();
        const press = { move: () => page.mouse.move(box.x + 100, box.y + 20), down: () => page.mouse.down(), up: () => page.mouse.up() };
        await press.move();
        if (before === "down") await press.down();
        await page.evaluate(() => {
            new MutationObserver(() => document.querySelector("[data-toast]") && (window.come = true)).observe(document.querySelector("[data-toasts]"), { childList: true });
        });
        await end([run]);
        await page.waitForFunction(() => window.come);
        if (after === "down") await press.down();
        else await sleep(1000);
        await press.up();
        await until(`it was pressed: ${name}`, () => page.evaluate(() => window.clicks === 1), 10);
        await page.locator("[data-toast]:not([data-deaf])").waitFor();
        await site.sql("DELETE FROM runs WHERE finished_at IS NOT NULL");
        await page.reload();
        await live(page);
    }
    await page.close();
});

test("on a run's page toasts leave its tabs and the tools of its panel free", async () => {
    for (const width of [1440, 360]) {
        const [run, other] = await makeRuns("Free", 2);
        const page = await person.newPage();
        await page.setViewportSize({ width, height: 740 });
        await page.goto(`/runs/${other}?tab=logs`);
        await live(page);
        await end([run]);
        await toasts(page).first().waitFor();
        const [tools, toast] = [await page.locator(".log-tools").boundingBox(), await page.locator("[data-toasts]").boundingBox()]; // a toast itself glides into its place
        assert.ok(toast.y >= tools.y + tools.height, `${width} px: the tools end at ${tools.y + tools.height}, the toast begins at ${toast.y}`);
        await page.close();
    }
});

test("a run that ends anywhere raises a toast on every page, except on its own", async () => {
    const [run, other] = await makeRuns(canary, 2);
    const paths = ["/experiments", "/experiments/new", "/runs", "/runners", `/runs/${other}?tab=results`];
    const pages = [];
    for (const path of paths) pages.push(await open(path));
    const own = await open(`/runs/${run}`);
    await end([run], "failed");
    for (const page of pages) {
        await shows(page, [`Failed${canary} #1`]);
        assert.equal(await toasts(page).locator("img").count(), 0);
        assert.equal(await page.evaluate(() => "canary" in window), false);
    }
    await waitForBadge(own, "failed");
    await own.locator('[data-connection="closed"]').waitFor({ state: "attached" });
    assert.equal(await toasts(own).count(), 0);
    await assertAccessible(pages[0], "a toast");
    await toasts(pages[0]).getByRole("link").click();
    await pages[0].waitForURL(new RegExp(`/runs/${run}$`));
    await closeAll([...pages, own]);
});

test("a toast is brief, and stays while it is pointed at or has the focus", async () => {
    const [run] = await makeRuns("Brief", 1);
    const [brief, pointed, focused] = await Promise.all([1, 2, 3].map(() => open("/runs", person, { brief: true })));
    await Promise.all([end([run]), toasts(brief).waitFor(), toasts(pointed).hover(), focused.getByRole("button", { name: "Dismiss" }).focus()]);
    await until("it goes", async () => (await toasts(brief).count()) === 0, 18);
    await sleep(300);
    assert.equal(await toasts(pointed).count(), 1);
    assert.equal(await toasts(focused).count(), 1);
    await focused.keyboard.press("Enter");
    await toasts(focused).waitFor({ state: "detached" });
    await closeAll([brief, pointed, focused]);
});

test("three within two seconds are three, more become one that counts", async () => {
    const page = await open("/runs");
    const runs = await makeRuns("Burst", 40);
    // All of it happens within two seconds of the page's time.
    await page.evaluate(() => {
        const now = Date.now();
        Date.now = () => now;
    });
    await end(runs.slice(0, 3));
    await shows(page, ["CancelledBurst #1", "CancelledBurst #2", "CancelledBurst #3"]);
    await keepScreenshot(page, "toasts-three");
    await end(runs.slice(3, 4));
    await shows(page, ["4 runs have ended"]);
    await end(runs.slice(4));
    await until("it counts on", async () => (await texts(page))[0] === "40 runs have ended" || (await texts(page))[0] === "40 runs ended");
    assert.equal(await toasts(page).count(), 1);
    await keepScreenshot(page, "toasts-many");
    await page.close();
});

test("none is lost between the drawing of a page and the opening of its stream", async () => {
    const runs = await makeRuns("In between", 2);
    const late = await signIn(browser, site);
    const script = await holdBack(late.context, "**/js/app.js");
    const page = await late.newPage();
    const going = page.goto("/runs");
    await page.locator('[data-connection="connecting"]').waitFor({ state: "attached" });
    await end([runs[0]]);
    await sleep(200);
    script.release();
    await going;
    await shows(page, ["CancelledIn between #1"]);

    // And none while the connection is made anew because another page has come.
    const pages = [];
    for (let i = 0; i < 5; i++) {
        const opening = late.newPage().then(async (one) => (await one.goto(`/runs/${runs[1]}`), one));
        const [{ id }] = await site.sql("SELECT create_run(instance_id, 0) AS id FROM runs WHERE id = $1", runs[0]);
        await end([id]);
        pages.push(await opening);
        await until(`the ending of run ${id} is told`, async () => (await texts(page)).some((text) => text.includes(`#${i + 3}`) || / runs /.test(text)));
        if (/ runs /.test((await texts(page))[0])) break;
    }
    await late.context.close();
});

test("what ended before a page was drawn is no news, nor what is deleted", async () => {
    const [run, old] = await makeRuns("News", 2);
    await site.sql(
        `BEGIN; SET LOCAL session_replication_role = replica;
         UPDATE runs SET status = 'completed', finished_at = now() - interval '10 seconds' WHERE id = $1; COMMIT`,
        old,
    );
    const page = await open("/runs");
    await site.sql("DELETE FROM runs WHERE id = $1", old);
    await end([run]);
    await shows(page, ["CancelledNews #1"]);
    await page.close();
});

test("endings missed while the connection was away become one", async () => {
    const runs = await makeRuns("While away", 5);
    const [page, run] = [await open("/experiments"), await open(`/runs/${runs[0]}`)];
    await site.stopProgram("events");
    for (const one of [page, run]) await one.locator('[data-connection="reconnecting"]').waitFor({ state: "attached" });
    await end(runs.slice(0, 3));
    await end(runs.slice(3, 5), "failed");
    await site.startProgram("events");
    await shows(page, ["5 runs ended while you were away"]);
    await shows(run, ["4 runs ended while you were away"]);
    await keepScreenshot(page, "toasts-away");
    await closeAll([page, run]);
});

test("what a slow reading tells of while the connection is away was missed, too", async () => {
    const runs = await makeRuns("Slow", 2);
    const slow = await signIn(browser, site);
    const endings = await holdBack(slow.context, "**/api/v1/endings*");
    const page = await open("/runs", slow);
    await site.stopProgram("events");
    await page.locator('[data-connection="reconnecting"]').waitFor({ state: "attached" });
    await end(runs);
    endings.release();
    await shows(page, ["2 runs ended while you were away"]);
    await site.startProgram("events");
    await slow.context.close();
});

test("endings that nobody saw, because the page was not looked at, become one when it is", async () => {
    const runs = await makeRuns("Unseen", 6);
    const page = await person.newPage();
    // What the page has heard of, which does not show while nobody looks.
    await page.addInitScript(() => {
        const heard = new Set();
        Object.assign(window, { heard });
        const dispatch = EventTarget.prototype.dispatchEvent;
        EventTarget.prototype.dispatchEvent = function (e) {
            const done = dispatch.call(this, e);
            const run = e.type === "frame:run" && JSON.parse(/** @type {CustomEvent} */ (e).detail.data);
            if (run?.status === "cancelled") heard.add(run.id);
            return done;
        };
    });
    await page.goto("/experiments");
    await live(page);
    const look = (state) =>
        page.evaluate((now) => {
            Object.defineProperty(document, "visibilityState", { value: now, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }, state);
    await look("hidden");
    await end(runs.slice(0, 2));
    await end(runs.slice(2, 6));
    await until("it has heard of all", () => page.evaluate(() => /** @type {any} */ (window).heard.size === 6));
    await sleep(500);
    assert.equal(await toasts(page).count(), 0);
    await look("visible");
    await shows(page, ["6 runs ended while you were away"]);
    await page.close();
});

test("a page left open keeps nothing of the runs that end", async () => {
    const page = await open("/runners", person, { brief: true });
    const session = await person.context.newCDPSession(page);
    const instance = await addInstance(site, "Thousands");
    const measure = async () => {
        await session.send("HeapProfiler.collectGarbage");
        const { metrics } = await session.send("Performance.getMetrics");
        const of = (name) => metrics.find((metric) => metric.name === name)?.value ?? 0;
        return { nodes: of("Nodes"), listeners: of("JSEventListeners") };
    };
    const many = async (count) => {
        for (let left = count; left > 0; left -= 250) {
            await site.sql(
                `SELECT count(*) FROM (SELECT create_run($1::bigint, 0) AS id FROM generate_series(1, 250)) AS r,
                 LATERAL finish_run(r.id, NULL, 'cancelled', 'cancelled', NULL, NULL, NULL)`,
                instance,
            );
        }
        await until("they are told of", async () => (await texts(page)).some((text) => /^[\d,]+ runs /.test(text)));
        await until("and that has gone", async () => (await toasts(page).count()) === 0, 40);
    };
    await session.send("Performance.enable");
    await many(500);
    const before = await measure();
    await many(2000);
    // The page may be drawing just now.
    let now = await measure();
    await until("it holds what it held", async () => {
        now = await measure();
        return now.nodes < before.nodes + 100 && now.listeners < before.listeners + 50;
    }).catch(() => {});
    assert.ok(now.nodes < before.nodes + 100, `${now.nodes} nodes, ${before.nodes} before`);
    assert.ok(now.listeners < before.listeners + 50, `${now.listeners} listeners, ${before.listeners} before`);
    await page.close();
});
