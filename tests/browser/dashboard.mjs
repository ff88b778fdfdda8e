// The dashboard: cards and what they tell, their menu, search, filters, order and pages in the address, live in all tabs, deletion.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { addInstance, addRun, assertAccessible, assertFits, experiments, follow, forgive, keepScreenshot, makeGate, queryOf, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { holdBack } from "../lib/hold.mjs";
import { startStack } from "../lib/stack.mjs";
import { orLate, until } from "../lib/wait.mjs";

const site = await startStack(after, { experiments });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
await until("the experiment is offered", async () => (await site.get("/api/v1/experiments")).json.items.length > 0);
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

const names = (page) => page.locator(".instance-card h2").allTextContents();
const card = (page, id) => page.locator(`.instance-card[data-instance="${id}"]`);
const ended = (run) => until(`run ${run} ends`, async () => (await site.get(`/api/v1/runs/${run}`)).json.finished_at, 30);

/** An instance with a description and a project label. */
async function describe(name, description, project) {
    const id = await addInstance(site, name, { steps: 2 });
    await site.put(`/api/v1/instances/${id}`, { description, project });
    return id;
}

const quiet = await describe("Quiet one", "Looks at nothing in particular, and says so at some length, for the sake of two lines. ".repeat(3), "night shift");
const busy = await describe("Busy one", "", "day shift");

test("a card tells name, experiment, label, description, runs, the last run with its exact time, and draws the last twenty", async () => {
    for (let i = 0; i < 3; i++) await ended(await addRun(site, busy));
    const broken = await addInstance(site, "Breaks", { ending: "badly" });
    await ended(await addRun(site, broken));
    const page = await person.newPage();
    await page.goto("/experiments");
    assert.equal(await card(page, quiet).locator(".instance-kind > span").first().textContent(), "Talker");
    assert.equal(await card(page, quiet).locator("[data-project]").textContent(), "night shift");
    assert.match(await card(page, quiet).locator(".instance-text").textContent(), /^Looks at nothing/);
    assert.equal((await card(page, quiet).locator(".instance-text").textContent()).length, 200);
    await card(page, quiet).getByText("never run").waitFor();
    assert.equal(await card(page, quiet).locator(".spark rect").count(), 0);
    assert.equal((await card(page, busy).locator("[data-count=runs]").textContent()).trim(), "3 runs");
    const time = card(page, busy).locator("time");
    assert.match(await time.textContent(), /^(just now|\d+ (s|min) ago)$/);
    assert.match(await time.getAttribute("title"), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    assert.match(await time.getAttribute("datetime"), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    await waitForBadge(page, "completed", `[data-instance="${busy}"]`);
    const bars = await card(page, busy).locator(".spark rect").evaluateAll((all) => all.map((bar) => [bar.dataset.bar, Number(bar.getAttribute("height")), Number(bar.getAttribute("x"))]));
    assert.deepEqual(bars.map(([status]) => status), ["completed", "completed", "completed"]);
    assert.equal(Math.max(...bars.map(([, height]) => height)), 20);
    assert.deepEqual(bars.map(([, , x]) => x), [102, 108, 114]);
    assert.equal(await card(page, broken).locator(".spark rect").getAttribute("data-bar"), "failed");
    await page.close();
});

test("search, filters and order apply as they are set, stand in the address, and come back with it", async () => {
    const page = await person.newPage();
    await page.goto("/experiments");
    const loads = [];
    page.on("load", () => loads.push(page.url()));
    await page.keyboard.press("/");
    await page.keyboard.type("nothing IN");
    await until("all that was typed is in the address", () => new URL(page.url()).search === "?q=nothing+IN");
    await until("found by its description", async () => (await names(page)).join() === "Quiet one");
    assert.ok(await page.locator("[data-search]").evaluate((field) => field === document.activeElement), "the search keeps the focus");
    await page.locator("[data-search]").fill("zzz");
    await page.getByText("Nothing found").waitFor();
    await page.locator("[data-clear]").click();
    await until("all are back", async () => (await names(page)).length === 3);
    assert.equal(await queryOf(page), "");
    await page.locator("[name=project]").selectOption("day shift");
    await until("of a project", async () => (await names(page)).join() === "Busy one");
    await page.locator("[name=project]").selectOption("");
    await page.locator("[name=status]").selectOption("none");
    await until("never run", async () => (await names(page)).join() === "Quiet one");
    await page.locator("[name=status]").selectOption("failed");
    await until("failed", async () => (await names(page)).join() === "Breaks");
    await page.locator("[name=status]").selectOption("");
    await page.locator("[name=sort]").selectOption("name");
    await until("by name", async () => (await names(page)).join() === "Breaks,Busy one,Quiet one");
    await page.locator("[name=sort]").selectOption("runs");
    await until("by runs", async () => (await names(page)).join() === "Busy one,Breaks,Quiet one");
    await page.locator("[name=experiment]").selectOption("talker");
    await until("in the address", () => new URL(page.url()).search === "?experiment=talker&sort=runs");
    assert.deepEqual(loads, [], "without leaving the page");
    const again = await person.newPage();
    await again.goto(page.url());
    assert.deepEqual(await names(again), ["Busy one", "Breaks", "Quiet one"]);
    assert.deepEqual([await again.locator("[name=sort]").inputValue(), await again.locator("[name=experiment]").inputValue()], ["runs", "talker"]);
    await Promise.all([page.close(), again.close()]);
});

test("all tabs follow: instances made, changed and deleted elsewhere, runs that start and end", async () => {
    const [one, two] = [await person.newPage(), await person.newPage()];
    for (const page of [one, two]) {
        await page.goto("/experiments");
        await page.locator(".instance-card").first().waitFor();
    }
    const gate = makeGate(after);
    const id = await addInstance(site, "Newly made", { steps: 4, notes: gate.path });
    for (const page of [one, two]) await card(page, id).waitFor();
    await card(one, id).locator("[data-action=start-run]").click();
    await one.waitForURL(/\/runs\/\d+$/);
    await waitForBadge(two, "running", `[data-instance="${id}"]`);
    gate.open();
    await waitForBadge(two, "completed", `[data-instance="${id}"]`);
    await site.put(`/api/v1/instances/${id}`, { name: "Renamed" });
    await card(two, id).getByText("Renamed").waitFor();
    assert.equal((await site.delete(`/api/v1/instances/${id}`)).status, 204);
    await card(two, id).waitFor({ state: "detached" });
    await Promise.all([one.close(), two.close()]);
    // Told of the run's end, its page may ask for its head when it has just gone.
    forgive(person, "/runs/");
});

test("an open menu and the focus outlive the first view that a page reads", async () => {
    const id = await describe("Early", "", "");
    const page = await person.newPage();
    const view = await holdBack(page, "**/experiments*", { fits: (request) => request.resourceType() === "fetch" });
    await page.goto("/experiments");
    await card(page, id).locator("summary").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await site.put(`/api/v1/instances/${id}`, { name: "Later" });
    view.release();
    await card(page, id).getByText("Later").waitFor();
    assert.equal(await card(page, id).locator("details").evaluate((menu) => menu.open), true);
    assert.equal(await page.evaluate(() => document.activeElement.dataset.action), "clone");
    await page.close();
    await site.delete(`/api/v1/instances/${id}`);
});

test("an open menu, the focus and what is marked stay as cards change, move, come and go", async () => {
    const [first, held, last] = [await describe("First", "It stands before.", ""), await describe("Held", "Text to be marked, and to go.", "label"), await describe("Last", "", "")];
    const page = await person.newPage();
    await page.goto("/experiments?sort=last");
    await page.locator("[data-connection=live]").waitFor({ state: "attached" });
    await card(page, held).locator("summary").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    const focused = () => page.evaluate(() => [document.activeElement.dataset.action, document.activeElement.closest("li")?.dataset.instance]);
    assert.deepEqual(await focused(), ["clone", String(held)]);
    await card(page, held).locator("h2 a").evaluate((link) => getSelection().selectAllChildren(link));
    const changes = [
        ["its text goes", () => site.put(`/api/v1/instances/${held}`, { description: "", project: "" }), async () => (await card(page, held).locator(".instance-text").count()) === 0],
        ["another moves before it, with a badge", () => addRun(site, first), async () => (await names(page))[0] === "First" && (await card(page, first).locator("[data-status]").count()) > 0],
        ["one goes", () => site.delete(`/api/v1/instances/${last}`), async () => (await card(page, last).count()) === 0],
        ["one comes", () => describe("Comes", "", ""), async () => (await names(page)).includes("Comes")],
        ["it moves to the front itself, with a badge", () => addRun(site, held), async () => (await names(page))[0] === "Held" && (await card(page, held).locator("[data-status]").count()) > 0],
    ];
    for (const [what, change, done] of changes) {
        await change();
        await until(what, done);
        assert.equal(await card(page, held).locator("details").evaluate((menu) => menu.open), true, `${what}: the menu is open`);
        assert.deepEqual(await focused(), ["clone", String(held)], what);
        if (!what.startsWith("it moves")) assert.equal(await page.evaluate(() => getSelection().toString()), "Held", what);
    }
    // What is pressed does not move before it is let go.
    const title = await card(page, first).locator("h2 a").boundingBox();
    await page.mouse.move(title.x + 4, title.y + 4);
    await page.mouse.down();
    const before = await names(page);
    const told = page.waitForResponse(async (answer) => new URL(answer.url()).pathname === "/experiments" && (await answer.text()).includes("Comes between"));
    await addRun(site, await describe("Comes between", "", ""));
    await orLate(told);
    assert.deepEqual(await names(page), before);
    await page.mouse.move(title.x + 4, title.y - 60);
    await page.mouse.up();
    await until("it comes then", async () => (await names(page)).includes("Comes between"));
    await page.close();
    await until("all runs have ended", async () => (await site.get("/api/v1/runs?status=running")).json.items.length + (await site.get("/api/v1/runs?status=pending")).json.items.length === 0);
    for (const { id } of await site.sql("SELECT id FROM instances WHERE name IN ('First', 'Held', 'Comes', 'Comes between')")) await site.delete(`/api/v1/instances/${id}`);
});

/** Opens a card's menu and presses what is in it. */
async function pick(page, id, action) {
    await card(page, id).locator("summary").click();
    await card(page, id).locator(`[data-action=${action}]`).click();
}

test("a card leads to its edit page; its menu clones, exports and deletes; what has runs goes when its name is typed, after a count and its bytes", async () => {
    const id = await addInstance(site, "To  go", { steps: 3 });
    for (let i = 0; i < 2; i++) await ended(await addRun(site, id));
    const page = await person.newPage();
    await page.goto("/experiments");
    await card(page, id).locator("[data-action=edit]").click();
    await page.waitForURL(new RegExp(`/experiments/${id}/edit$`));
    await page.goto("/experiments");
    await card(page, id).locator("summary").click();
    assert.match(await card(page, id).locator("[data-action=export]").getAttribute("href"), new RegExp(`^/experiments/${id}/export$`));
    await card(page, id).locator("[data-action=clone]").click();
    await page.waitForURL(/\/experiments\/\d+\/edit$/);
    const copy = Number(/\d+/.exec(new URL(page.url()).pathname)[0]);
    await page.goto("/experiments");

    await pick(page, copy, "delete");
    const dialog = page.locator("dialog[open]");
    await dialog.getByText("The instance has no runs.").waitFor();
    await dialog.locator("[data-action=back]").click();
    await dialog.waitFor({ state: "detached" });
    assert.equal((await site.get(`/api/v1/instances/${copy}`)).status, 200, "the answer can be no");
    await pick(page, copy, "delete");
    await Promise.all([page.waitForEvent("load"), dialog.locator("[data-action=confirm]").click()]);
    assert.match(page.url(), /\/experiments$/);
    assert.equal((await site.get(`/api/v1/instances/${copy}`)).status, 404);

    await pick(page, id, "delete");
    assert.match(await dialog.locator("p").first().textContent(), /^2 runs go with it: \d+ lines of log and all results, \d+(\.\d)? KiB of the database\.$/);
    await assertAccessible(page, "the question before a deletion");
    await keepScreenshot(page, "delete-dialog");
    assert.ok(await dialog.locator("[data-action=confirm]").isDisabled());
    await dialog.locator("[name=name]").fill("To gone");
    assert.ok(await dialog.locator("[data-action=confirm]").isDisabled());
    await dialog.locator("[name=name]").fill("To go");
    await dialog.locator("[data-action=confirm]").click();
    await card(page, id).waitFor({ state: "detached" });
    assert.equal((await site.get(`/api/v1/instances/${id}`)).status, 404);
    await page.close();
});

test("what is pressed twice is done once", async () => {
    const [id, sign] = [await addInstance(site, "Pressed", { steps: 1 }), await addInstance(site, "Sign")];
    const page = await person.newPage();
    for (const [n, address] of ["/experiments?q=pressed", `/experiments/${id}`].entries()) {
        await page.goto(address);
        // The answer takes so long that the second press comes in between: until another instance is renamed.
        const busy = site.sql(`DO $$BEGIN
            LOCK TABLE runs IN SHARE ROW EXCLUSIVE MODE;
            FOR i IN 1..3000 LOOP EXIT WHEN (SELECT name FROM instances WHERE id = ${sign}) = 'go ${n}'; PERFORM pg_sleep(0.01); END LOOP;
        END$$`);
        const held = "SELECT 1 FROM pg_locks WHERE relation = 'runs'::regclass AND granted AND mode = 'ShareRowExclusiveLock'";
        await until("the table is held", async () => (await site.sql(held)).length > 0);
        await page.evaluate(async () => {
            const button = document.querySelector("[data-action=start-run]");
            button.click();
            await new Promise((resolve) => setTimeout(resolve, 700));
            button.click();
        });
        await site.sql("UPDATE instances SET name = $2 WHERE id = $1::bigint", sign, `go ${n}`);
        await until("it shows the run", () => /\/runs\/\d+$/.test(page.url()));
        await busy;
        assert.equal((await site.get(`/api/v1/runs?instance=${id}`)).json.items.length, n + 1);
    }
    await page.goto(`/experiments/${id}`);
    await page.getByLabel("More", { exact: true }).click();
    await page.locator("[data-action=clone]").dblclick({ noWaitAfter: true });
    await page.waitForURL(/\/edit$/);
    assert.equal((await site.sql("SELECT id FROM instances WHERE name LIKE 'Pressed%'")).length, 2);
    await site.delete(`/api/v1/instances/${sign}`);
    await page.close();
});

test("pages follow each other by key, in every order", async () => {
    await site.sql("INSERT INTO instances (experiment, name) SELECT 'talker', 'many ' || lpad((n * 37 % 60)::text, 3, '0') FROM generate_series(1, 60) AS n");
    const page = await person.newPage();
    for (const sort of ["", "&sort=name", "&sort=last", "&sort=runs"]) {
        await page.goto(`/experiments?q=many${sort}`);
        const seen = await names(page);
        while ((await page.locator("[rel=next]").count()) > 0) {
            const before = page.url();
            await page.locator("[rel=next]").click();
            await until("the next page", () => page.url() !== before);
            await until("its cards", async () => !seen.includes((await names(page))[0]));
            seen.push(...(await names(page)));
        }
        assert.equal(new Set(seen).size, 60, sort);
        assert.equal(seen.length, 60, sort);
        if (sort === "&sort=name") assert.deepEqual(seen, [...seen].sort());
    }
    await page.goBack();
    await until("and back", async () => (await names(page)).length === 24);
    await page.getByRole("link", { name: "More" }).click();
    await page.getByRole("link", { name: "Back to the first" }).click();
    await until("at the first", () => !page.url().includes("before="));
    await page.close();
});

test("without a script it is searched, filtered, paged and deleted from as well", async () => {
    const plain = await signIn(browser, site, { javaScriptEnabled: false });
    const page = await plain.newPage();
    await page.goto("/experiments");
    await page.locator("[data-search]").fill("busy");
    await follow(page, page.getByRole("button", { name: "Filter" }));
    assert.deepEqual(await names(page), ["Busy one"]);
    await page.locator(".instance-card summary").click();
    await page.locator("[data-action=delete]").click();
    await page.locator("[data-confirm-page]").waitFor();
    await page.locator("[name=name]").fill("Lazy one");
    await page.locator("[data-action=confirm]").click();
    assert.equal(await page.locator(".field-error").textContent(), "This is not its name.");
    assert.equal((await site.get(`/api/v1/instances/${busy}`)).status, 200);
    await page.locator("[name=name]").fill("Busy one");
    await page.locator("[data-action=confirm]").click();
    await page.waitForURL(/\/experiments$/);
    assert.equal((await site.get(`/api/v1/instances/${busy}`)).status, 404);
    await plain.context.close();
});

test("a name and a label of one long word stay within their card, and within the page of a phone", async () => {
    const id = await describe("Q".repeat(200), "", "W".repeat(100));
    const page = await person.newPage();
    await page.setViewportSize({ width: 360, height: 740 });
    for (const path of ["/experiments?q=qqq", `/experiments/${id}`, `/experiments/${id}/edit`, `/experiments/${id}/delete`]) {
        await page.goto(path);
        await assertFits(page, path);
    }
    await site.delete(`/api/v1/instances/${id}`);
    await page.close();
});

for (const theme of ["light", "dark"]) {
    for (const width of [360, 1440]) {
        test(`looks: ${theme}, ${width} px`, async () => {
            const viewer = await signIn(browser, site, { viewport: { width, height: width < 500 ? 740 : 900 }, colorScheme: theme });
            const page = await viewer.newPage();
            for (const [name, path] of Object.entries({ cards: "/experiments?sort=runs", found: "/experiments?q=many&sort=name", delete: `/experiments/${quiet}/delete` })) {
                await page.goto(path);
                await page.waitForTimeout(100);
                await assertFits(page, name);
                await assertAccessible(page, name);
                await keepScreenshot(page, `dashboard-${name}-${theme}-${width}`);
            }
            assert.deepEqual(viewer.complaints, []);
            await viewer.context.close();
        });
    }
}
