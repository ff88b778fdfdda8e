// The work of scripts/screenshots.

import { signIn, startBrowser } from "../tests/lib/browser.mjs";
import { startStack } from "../tests/lib/stack.mjs";
import { until } from "../tests/lib/wait.mjs";

const endings = [];
const atEnd = (fn) => endings.unshift(fn);
try {
    const site = await startStack(atEnd);
    const person = await signIn(await startBrowser(atEnd), site, { viewport: { width: 1280, height: 640 }, colorScheme: "light" });
    await until("the model is offered", async () => (await site.get("/api/v1/experiments/ising")).status === 200, 15);
    const { json: instance } = await site.post("/api/v1/instances", { experiment: "ising", name: "Through the critical point", configuration: {} });
    const { json: run } = await site.post(`/api/v1/instances/${instance.id}/runs`, {});
    const page = await person.newPage();
    await page.goto(`/runs/${run.id}`);
    await page.locator('[data-line="14"]').waitFor({ timeout: 120_000 });
    await page.screenshot({ path: "docs/screenshot.png" });
    console.log("screenshots: docs/screenshot.png");
} finally {
    for (const end of endings) await end();
}
