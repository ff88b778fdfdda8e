// What stands in the way of a run stands in its header as it comes, counts on, and goes again.

import test, { after } from "node:test";
import assert from "node:assert/strict";

import { assertAccessible, assertFits, keepScreenshot, signIn, startBrowser } from "../lib/browser.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { without: ["runner", "pages-bulk", "pages-upload"] });
const browser = await startBrowser(after);
await site.sql("INSERT INTO instances (experiment, name) VALUES ('talker', 'nightly')");
const [{ run }] = await site.sql("SELECT create_run(1, 0) AS run");
await site.sql("SELECT epoch FROM claim_run($1, NULL, 'host', '{}')", run);

/** As a supervisor says it, whose heartbeat is this many seconds old. */
const say = (trouble, age) =>
    site.sql(`UPDATE run_heads SET trouble = nullif($2, ''), heartbeat_at = now() - make_interval(secs => $3::int) WHERE run_id = $1`, run, trouble, age);

const trouble = 'the database does not take its output: could not extend file "base/16384/16597": No space left on device';

for (const [scheme, width] of [["light", 1440], ["dark", 360]]) {
    test(`a notice comes, counts on and goes, ${scheme} and ${width} px wide`, async () => {
        await say("", -3600);
        const { newPage, complaints } = await signIn(browser, site, { colorScheme: scheme, viewport: { width, height: 700 } });
        const page = await newPage();
        await page.goto(`/runs/${run}`);
        await page.locator('[data-connection="live"]').waitFor({ state: "attached" });
        const notice = page.locator(".run-head [data-notice]");
        assert.equal(await notice.count(), 0);

        await say(trouble, -3600);
        await notice.waitFor();
        assert.equal(await notice.textContent(), trouble);
        await assertAccessible(page, `a notice in ${scheme}`);
        await assertFits(page, `a notice at ${width} px`);
        await keepScreenshot(page, `notice-${scheme}-${width}`);

        await say("", 23); // which also takes the trouble back, and so is told
        await until("no heartbeat", async () => Number(/^no heartbeat for (\d+) s$/.exec((await notice.textContent()) ?? "")?.[1]) >= 23);
        const first = await notice.textContent();
        await until("it counts on", async () => (await notice.textContent()) !== first);
        await say("", 23);
        await page.goto("/runs");
        assert.match(await page.locator(`[data-run="${run}"] [data-notice]`).textContent(), /^no heartbeat for \d+ s$/);
        await assertFits(page, "the list of runs");
        await keepScreenshot(page, `notice-list-${scheme}-${width}`);

        await page.goto(`/runs/${run}`);
        await page.locator('[data-connection="live"]').waitFor({ state: "attached" });
        await say("x", -3600);
        await say("", -3600);
        await until("all is well", async () => (await notice.count()) === 0);
        assert.deepEqual(complaints, []);
    });
}
