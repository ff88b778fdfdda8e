// Both clients follow a run while parts of the site and of the way to it are taken away: every line is there once.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { makeCommand } from "../lib/client.mjs";
import { checkNumbers, checkWhole, counting, numbered, stopCounting } from "../lib/numbers.mjs";
import { startProxy } from "../lib/proxy.mjs";
import { startRunner } from "../lib/runs.mjs";
import { root } from "../lib/stack.mjs";
import { until, within } from "../lib/wait.mjs";

const site = await startRunner(after, { without: [], experiments: { numbers: counting } });
const proxy = await startProxy(after, site);
const athanor = makeCommand(after, site, { ATHANOR_URL: proxy.site.url, PYTHONPATH: join(root, "sdk/python"), PYTHONDONTWRITEBYTECODE: "1" });
await until("the experiment is there", async () => (await site.get("/api/v1/experiments")).json.items.length === 1);

const follow = `
import athanor_client, sys
tail = athanor_client.Client().tail(int(sys.argv[1]))
for line in tail:
    print(line.text, flush=True)
sys.exit(tail.status != "completed")
`;

/** The texts, all of them the numbers from `first` on, and as many as the run has said. */
function checkTail(name, out, lines, first = 1) {
    const texts = out.trimEnd().split("\n");
    assert.equal(texts.length, lines - first + 1, name);
    checkNumbers(texts, first);
}

test("tail -f prints every line once through the death of the relay, a reload of nginx and cuts within frames", async () => {
    const id = await site.startRun("numbers", { lines: 0, rate: 1000 });
    writeFileSync(join(athanor.home, "follow.py"), follow);
    const tails = {
        "through the proxy": athanor.start(["tail", "-f", String(id)]),
        direct: athanor.start(["tail", "-f", String(id)], { env: { ATHANOR_URL: site.url } }),
        json: athanor.start(["tail", "-f", String(id), "--json"]),
        python: athanor.start(["follow.py", String(id)], { command: ["python3"] }),
    };
    const waiting = athanor.start(["wait", String(id)]);
    /** All of them print again. */
    const goOn = async (what) => {
        const before = Object.values(tails).map((tail) => tail.out.length);
        await until(what, () => Object.values(tails).every((tail, i) => tail.out.length > before[i] + 10_000), 90);
    };
    await goOn("all print");
    const late = athanor.start(["tail", "-f", "-n", "5", String(id)]);

    await site.waitForRestart("events", await site.kill("events"));
    await goOn("all print after the relay was killed");
    await site.kill("nginx", "SIGHUP");
    await goOn("all print after nginx was reloaded");
    await site.waitForRestart("nginx", await site.kill("nginx"));
    await goOn("all print after nginx was killed");
    for (let i = 0; i < 3; i++) {
        proxy.halve();
        await goOn("all print after a cut within a frame");
    }
    for (const status of [502, 503]) {
        const refused = proxy.fail(status);
        await until("all have tried again", () => refused() >= 4, 60);
        proxy.mend();
        await goOn(`all print after ${status}`);
    }
    await proxy.down();
    await proxy.up();
    await goOn("all print after nobody had listened");

    stopCounting(site, id);
    const { run } = await checkWhole(site, id, 120);
    for (const [name, tail] of Object.entries(tails)) {
        const { code, out, err } = await within(tail.ended, 90, `${name} ends`);
        assert.equal(code, 0, `${name}: ${err}`);
        if (name !== "json") {
            checkTail(name, out, run.lines);
            continue;
        }
        const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line));
        assert.ok(lines.every((line, i) => line.n === i + 1 && line.text === numbered(i + 1)));
        assert.equal(lines.length, run.lines);
    }
    const { code, out } = await within(late.ended, 90, "the late one ends");
    assert.equal(code, 0);
    const first = Number(/^line 0*(\d+)/.exec(out)?.[1]);
    assert.ok(first > 5);
    checkTail("from the last five lines on", out, run.lines, first);
    assert.equal((await waiting.ended).code, 0);
});

test("tail -f gives up when nothing answers for as long as it was told, and start starts one run over a restart", async () => {
    const { out: id } = await athanor.run("start", "numbers", "lines=0", "rate=100", "--name", "patience");
    const tail = athanor.start(["tail", "-f", id.trim(), "--retry-for", "1"]);
    await until("it prints", () => tail.out.length > 0);
    proxy.fail(502);
    const given = await within(tail.ended, 60, "it gives up");
    assert.equal(given.code, 4);
    assert.match(given.err, /no answer from .* for 1 s; the run goes on without us/);
    proxy.mend();
    stopCounting(site, Number(id));

    for (const name of ["pages-quick", "nginx"]) {
        const pid = await site.kill(name);
        const said = await athanor.start(["start", "patience", "--json"], { env: { ATHANOR_URL: site.url } }).ended;
        assert.equal(said.code, 0, said.err);
        stopCounting(site, JSON.parse(said.out).id);
        await site.waitForRestart(name, pid);
    }
    const [{ n }] = await site.sql("SELECT count(*)::int AS n FROM runs r JOIN instances i ON i.id = r.instance_id WHERE i.name = 'patience'");
    assert.equal(n, 3);
});
