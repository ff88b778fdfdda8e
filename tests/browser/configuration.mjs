// The Configuration tab: what was run, and running it again.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { addInstance, addRun, experiments, keepScreenshot, signIn, startBrowser, waitForBadge } from "../lib/browser.mjs";
import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const site = await startStack(after, { experiments });
const browser = await startBrowser(after);
const person = await signIn(browser, site);
const plain = await signIn(browser, site, { javaScriptEnabled: false });
await until("the experiment is offered", async () => (await site.get("/api/v1/experiments")).json.items.length > 0);
test.afterEach(() => assert.deepEqual(person.complaints.splice(0), []));

const instance = await addInstance(site, "To be repeated", { steps: 3, pause_ms: 0, text: "the first text", contact: { factor: 0.25 } });
const run = await addRun(site, instance);
await until("it has ended", async () => (await site.get(`/api/v1/runs/${run}`)).json.finished_at);

const valueOf = (page, name) => page.locator(".leaves > div", { has: page.locator("dt").getByText(name, { exact: true }) }).locator("dd").first().textContent();
const open = async (path, who = person) => {
    const page = await who.newPage();
    await page.goto(path);
    return page;
};

test("the snapshot as a two-column list: configuration, version and hash, command, host, runner, facts, timings, exit, environment", async () => {
    for (const who of [person, plain]) {
        const page = await open(`/runs/${run}?tab=configuration`, who);
        assert.equal(await valueOf(page, "steps"), "3");
        assert.equal(await valueOf(page, "text"), "the first text");
        assert.equal(await valueOf(page, "contact.factor"), "0.25");
        assert.equal(await valueOf(page, "version"), "1.0");
        assert.match(await valueOf(page, "content_hash"), /^[0-9a-f]{64}$/);
        assert.equal(await valueOf(page, "command[0]"), "talk");
        assert.ok(await valueOf(page, "Host"));
        assert.match(await valueOf(page, "Runner"), /^\d+$/);
        assert.equal(await valueOf(page, "shell"), "perl", "a fact");
        for (const name of ["Created", "Started", "Finished"]) assert.match(await valueOf(page, name), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
        assert.match(await valueOf(page, "Duration"), /m?s$/);
        assert.equal(await valueOf(page, "Exit code"), "0");
        assert.equal(await valueOf(page, "Status"), "Completed");
        const [dt, dd] = await Promise.all(["dt", "dd"].map((tag) => page.locator(`.leaves ${tag}`).first().boundingBox()));
        assert.ok(dd.x > dt.x + dt.width - 1 && Math.abs(dd.y - dt.y) < 6, "side by side");
        if (who === person) await keepScreenshot(page, "configuration");
        await page.close();
    }
});

test("Run again starts a run with the same snapshot, also after the instance has changed", async () => {
    const changed = await site.put(`/api/v1/instances/${instance}`, { configuration: { steps: 9, text: "another text" } });
    assert.equal(changed.status, 200);
    for (const who of [person, plain]) {
        const page = await open(`/runs/${run}?tab=configuration`, who);
        await page.getByRole("button", { name: "Run again" }).click();
        await page.waitForURL((url) => /^\/runs\/\d+$/.test(url.pathname) && !url.pathname.endsWith(`/${run}`));
        const next = Number(new URL(page.url()).pathname.split("/").pop());
        const [first, second] = [(await site.get(`/api/v1/runs/${run}`)).json, (await site.get(`/api/v1/runs/${next}`)).json];
        assert.deepEqual(second.configuration, first.configuration);
        assert.equal(second.instance_id, instance);
        if (who === person) await waitForBadge(page, "completed");
        await page.close();
    }
});

test("it says when the experiment is another by now, and refuses what does not fit any more", async () => {
    const page = await open(`/runs/${run}?tab=configuration`);
    assert.match(await page.locator("[data-again-note]").textContent(), /this very configuration/);
    await site.sql("UPDATE runs SET snapshot = jsonb_set(jsonb_set(snapshot::jsonb, '{content_hash}', '\"0\"'), '{version}', '\"0.9\"') WHERE id = $1::bigint", run);
    await page.reload();
    assert.match(await page.locator("[data-again-note]").textContent(), /has changed to version 1\.0 since/);
    await site.sql("UPDATE runs SET configuration = '{\"steps\": -1}' WHERE id = $1::bigint", run);
    await page.getByRole("button", { name: "Run again" }).click();
    await page.getByText(/does not fit the experiment as it is now/).waitFor();
    assert.equal((await site.post(`/api/v1/runs/${run}/again`, {})).status, 409);
    person.complaints.splice(0); // of the 409
    await page.close();
});

test("the snapshot can be downloaded, and says the same", async () => {
    const page = await open(`/runs/${run}?tab=configuration`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "JSON" }).click()]);
    assert.equal(download.suggestedFilename(), `run-${run}-snapshot.json`);
    const snapshot = JSON.parse(readFileSync(await download.path(), "utf8"));
    assert.deepEqual([snapshot.run, snapshot.status, snapshot.facts, snapshot.snapshot.command], [run, "completed", { shell: "perl" }, ["talk"]]);
    await page.close();
});

test("facts and the end appear by themselves", async () => {
    const page = await open(`/runs/${await addRun(site, await addInstance(site, "Live", { steps: 20, pause_ms: 100 }))}?tab=configuration`);
    await page.getByText("shell", { exact: true }).waitFor();
    await until("it has ended", async () => (await valueOf(page, "Status")) === "Completed");
    assert.match(await valueOf(page, "Finished"), /UTC$/);
    await page.close();
});
