// Who takes runs and what is offered, as it changes: hosts, jobs, heartbeats, broken manifests with their errors.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { assertAccessible, assertFits, keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { writeExperiment } from "../lib/runs.mjs";
import { startStack } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { until } from "../lib/wait.mjs";

const folder = join(tempDir(after), "experiments");
mkdirSync(folder);
writeExperiment(folder, "sleeper", "sleep 60", { title: "Sleeper", version: "2.5" });
writeExperiment(folder, "broken", "true", { configuration: [{ name: "x", type: "nonsense" }] });
const site = await startStack(after, { experiments: [folder] });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

test("hosts, jobs, heartbeats and what they offer; a broken manifest with its error; all of it live", async () => {
    const page = await person.newPage();
    await page.goto("/runners");
    const runner = page.locator("[data-runner]").first();
    await until("it is offered", async () => (await runner.locator('[data-offer="sleeper"]').count()) === 1);
    assert.equal(await runner.locator("[data-status]").getAttribute("data-status"), "up");
    const [{ host, jobs, pid }] = await site.sql("SELECT host, jobs, pid FROM runners");
    assert.match(await runner.textContent(), new RegExp(`${host} \\(${pid}\\)`));
    assert.equal(await runner.locator("[data-jobs]").textContent(), String(jobs));
    assert.match(await runner.locator("time").first().textContent(), /^(just now|\d+ s ago)$/);
    const broken = page.locator('[data-experiment="broken"]');
    assert.equal(await broken.locator("[data-status]").getAttribute("data-status"), "broken");
    assert.match(await broken.locator("[data-error]").textContent(), /^configuration\.x\.type must be /);
    assert.equal(await broken.locator("[data-error]").evaluate((p) => getComputedStyle(p, "::first-letter").textTransform), "none", "names and paths stay as they are");
    const sleeper = page.locator('[data-experiment="sleeper"]');
    assert.match(await sleeper.textContent(), /Offered.*Sleeper.*2\.5/s);
    assert.match(await sleeper.textContent(), new RegExp(host));

    const made = await site.post("/api/v1/instances", { experiment: "sleeper", name: "s", configuration: {} });
    await site.post(`/api/v1/instances/${made.json.id}/runs`, {});
    await until("it is at work", async () => (await runner.locator("[data-running]").textContent()) === "1");
    writeExperiment(folder, "later", "true");
    await page.locator('[data-experiment="later"] [data-status="up"]').waitFor();
    await page.close();
});

test("while no runner is up it says so, here and everywhere", async () => {
    await site.sql("SELECT cancel_runs(ARRAY(SELECT id FROM runs WHERE finished_at IS NULL))");
    const page = await person.newPage();
    await page.goto("/runners");
    await page.locator('[data-status="up"]').first().waitFor();
    await site.stopProgram("runner");
    await page.locator('[data-runner] [data-status="down"]').waitFor({ timeout: 40_000 });
    await page.locator('[data-experiment="sleeper"] [data-status="down"]').waitFor();
    await page.goto("/experiments");
    await page.locator("[data-banner=no-runner]").waitFor();
    await page.close();
});

for (const theme of ["light", "dark"]) {
    for (const width of [360, 1440]) {
        test(`looks: ${theme}, ${width} px`, async () => {
            const viewer = await signIn(browser, site, { viewport: { width, height: width < 500 ? 740 : 900 }, colorScheme: theme });
            const page = await viewer.newPage();
            await page.goto("/runners");
            await page.waitForTimeout(100);
            await assertFits(page, "runners");
            await assertAccessible(page, "runners");
            await keepScreenshot(page, `runners-${theme}-${width}`);
            assert.deepEqual(viewer.complaints, []);
            await viewer.context.close();
        });
    }
}
