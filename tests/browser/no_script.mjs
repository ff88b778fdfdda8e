// Every page can be read and linked to without a script; what an experiment or a user says is text, wherever it stands.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { makeLongRun } from "../lib/biglog.mjs";
import { addInstance, addRun, experiments, follow, keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { experiments });
const browser = await startBrowser(after);
await until("the experiment is offered", async () => (await site.get("/api/v1/experiments")).json.items.length > 0);

const plain = await signIn(browser, site, { javaScriptEnabled: false });
const numbers = (page) => page.locator("[data-line]").evaluateAll((rows) => rows.map((row) => Number(row.dataset.line)));

test("the log shows the last 500 lines, at their end, with links to the others", async () => {
    const run = await makeLongRun(site, 2345, { chunk: 300 });
    const page = await plain.newPage();
    await page.goto(`/runs/${run}`);
    const shown = await numbers(page);
    assert.deepEqual([shown[0], shown.at(-1), shown.length], [1846, 2345, 500]);
    assert.ok(await page.locator('[data-line="2345"]').isVisible());
    const box = await page.locator("[data-log]").boundingBox();
    const last = await page.locator('[data-line="2345"]').boundingBox();
    assert.ok(last.y < box.y + box.height, "the end is in view");
    await keepScreenshot(page, "no-script-log");

    const seen = new Set(shown);
    for (let i = 0; i < 10 && (await page.getByRole("link", { name: "Earlier" }).count()) > 0; i++) {
        await follow(page, page.getByRole("link", { name: "Earlier" }));
        for (const n of await numbers(page)) seen.add(n);
    }
    assert.equal(seen.size, 2345);
    assert.equal((await numbers(page))[0], 1);
    await follow(page, page.getByRole("link", { name: "Later" }));
    assert.ok((await numbers(page))[0] > 1);
    await follow(page, page.getByRole("link", { name: "End" }));
    assert.equal((await numbers(page)).at(-1), 2345);
    assert.ok(await page.locator("[data-log-wrap]").isHidden(), "what needs a script is not shown");
    await page.close();
});

test("a run is started, read in every tab and cancelled without a script", async () => {
    const instance = await addInstance(site, "By hand", { steps: 2, ending: "never" });
    const page = await plain.newPage();
    await page.goto(`/experiments/${instance}`);
    await page.locator("[data-action=start-run]").click();
    await page.waitForURL(/\/runs\/\d+$/);
    const run = Number(page.url().split("/").pop());
    await until("it has said all", async () => (await site.get(`/api/v1/runs/${run}`)).json.lines === 5);
    await until("its last event is there", async () => (await site.get(`/api/v1/runs/${run}/records?kind=event`)).text.includes("talk.finished"));
    await until("results are read", async () => {
        await page.goto(`/runs/${run}?tab=results`);
        return (await page.locator("[data-result]").count()) === 2;
    });
    assert.deepEqual(JSON.parse(await page.locator('[data-result="model"] [data-value]').textContent()), {
        deep: { a: { b: { c: true } } },
        layers: [1, 2, 3],
        name: "talker",
    });
    assert.match(await page.locator('[data-result="model"] [data-value]').textContent(), /^\{\n {2}"deep": \{\n {4}"a"/);
    await follow(page, page.locator("[data-tab=events]"));
    await page.locator('[data-event="talk.finished"] summary').click();
    assert.match(await page.locator('[data-event="talk.finished"] pre').textContent(), /"steps": 2/);
    await follow(page, page.locator("[data-tab=leaderboard]"));
    assert.deepEqual(await page.locator("th").allTextContents(), ["step", "score", "name"]);
    assert.deepEqual(await page.locator('[data-row] td:nth-child(2)').allTextContents(), ["0.9190", "0.8380"]);
    assert.equal(await page.locator("td.best").textContent(), "0.9190");
    await follow(page, page.locator("[data-tab=configuration]"));
    await page.getByText("contact.factor").waitFor();
    await follow(page, page.locator("[data-action=cancel]"));
    await until("it is cancelled", async () => (await site.get(`/api/v1/runs/${run}`)).json.status === "cancelled", 40);
    await page.reload();
    assert.equal(await page.locator(".run-badge [data-status]").getAttribute("data-status"), "cancelled");
    await page.close();
    assert.deepEqual(plain.complaints, []);
});

test("canaries in every field stay text, on every page, with scripts and without", async () => {
    const canary = '"><img src=x onerror="window.canary=1"><script>window.canary=1</script>{{canary}}\u001b[31mred\u001b]8;;javascript:canary\u0007x';
    await site.sql(
        `INSERT INTO experiments (name, title, description, version, manifest, content_hash, folder, error)
         VALUES ('hostile', $1, $1, $1, '{"columns":{}}', $1, $1, $1)`,
        canary,
    );
    const [{ id: instance }] = await site.sql(
        "INSERT INTO instances (experiment, name, description, project, configuration) VALUES ('hostile', left($1, 200), $1, left($1, 100), json_build_object($1::text, $1::text)) RETURNING id",
        canary,
    );
    const [{ run }] = await site.sql("SELECT create_run($1::bigint, 0) AS run", instance);
    await site.sql("SELECT epoch FROM claim_run($1::bigint, NULL, $2, json_build_object($2::text, $2::text))", run, canary);
    const records = [
        ["result", canary, { key: canary, value: canary }],
        ["result", "nested", { key: "nested", value: { [canary]: [canary, { [canary]: canary }] } }],
        ["event", canary, { event: canary, message: canary, payload: { [canary]: canary }, duration_ms: 5 }],
        ["row", canary, { table: canary, values: { [canary]: canary, n: 1 } }],
        ["fact", canary, { key: canary, value: canary }],
        ["artifact", canary, { name: canary, sha256: canary, size: 5, media_type: canary }],
        ["artifact", canary, { name: canary, sha256: "0".repeat(64), size: 5, media_type: "text/html" }],
    ];
    for (const [i, [kind, key, members]] of records.entries()) {
        const body = JSON.stringify({ n: i + 2, line: 1, kind, at: 1700000000000, ...members });
        await site.sql("INSERT INTO records (run_id, n, line, kind, key, body) VALUES ($1::bigint, $2::bigint, 1, $3, $4, $5)", run, i + 2, kind, key, body);
    }
    const chunk = JSON.stringify({ first: 1, lines: [[1700000000000, 3, canary, 2, { [canary]: canary }]] });
    await site.sql("INSERT INTO log_chunks VALUES ($1::bigint, 1, 1, 0, 0, 0, 0, 0, 0, $2)", run, chunk);
    await site.sql("INSERT INTO metric_chunks VALUES ($1::bigint, $2, 2, 1, 0, 0, $3)", run, canary, '{"points":[[0,0.5,1700000000000]]}');
    await site.sql("UPDATE run_heads SET lines = 1, records = 8 WHERE run_id = $1::bigint", run);
    await site.sql("SELECT epoch FROM finish_run($1::bigint, NULL, 'failed', 'reported', $2, 1, NULL)", run, `${canary}\n${canary}`);

    const paths = ["/experiments", "/experiments/new", `/experiments/${instance}`, `/experiments/${instance}?tab=configuration`, "/runs", "/runners"];
    for (const tab of ["logs", "results", "events", "leaderboard", "metrics", "artifacts", "configuration"]) paths.push(`/runs/${run}?tab=${tab}`);
    const scripted = await signIn(browser, site);
    for (const person of [plain, scripted]) {
        for (const path of paths) {
            const page = await person.newPage();
            await page.goto(path);
            await page.waitForTimeout(200);
            for (const toggle of await page.locator("[aria-expanded=false]").all()) await toggle.click();
            assert.ok((await page.locator("body").textContent()).includes("<img src=x onerror="), `${path} shows it as text`);
            assert.equal(await page.locator('img, script:not([src]), [onerror], a[href^="javascript"]').count(), 0, path);
            if (person === scripted) assert.equal(await page.evaluate(() => "canary" in window), false, path);
            await page.close();
        }
        assert.deepEqual(person.complaints, []);
    }

    // And live: the dashboard and the header are drawn anew by the browser.
    const page = await scripted.newPage();
    await page.goto("/experiments");
    // It runs for seconds, so that the page's stream is open when it ends.
    await addRun(site, await addInstance(site, "<img src=x onerror=window.canary=1>", { steps: 30, pause_ms: 200 }));
    await page.locator("[data-toast]").waitFor({ timeout: 60_000 });
    assert.equal(await page.locator("main img, [data-toast] img").count(), 0);
    assert.equal(await page.evaluate(() => "canary" in window), false);
    assert.deepEqual(scripted.complaints, []);
});
