// The relay is killed while thousands watch: how long until all are back and have everything.

import { sleep } from "../../lib/wait.mjs";
import { connectAll } from "./probe.mjs";

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function back(bench, side) {
    const viewers = bench.quick ? 500 : 9000;
    const took = [];
    const load = await connectAll({ ...side, view: (n) => side.view(n, "end", "--return") }, viewers);
    for (let i = 0; i < bench.repeats; i++) {
        const first = await side.publish(1, 1, 200);
        while ((await load.ask("report")).least < first.last) await sleep(50);
        await load.ask("start");
        const pid = await side.site.kill("events");
        const began = performance.now();
        const sent = await side.publish(2, 2, 200);
        for (let report; !report || report.away || report.least < sent.last; await sleep(50)) {
            report = await load.ask("report");
            if (report.missing || report.repeated) throw new Error(`${report.missing} missing, ${report.repeated} repeated`);
            if (performance.now() - began > 120_000) throw new Error(`${report.away} are away after two minutes`);
        }
        took.push((performance.now() - began) / 1000);
        side.programs.relay = await side.site.waitForRestart("events", pid);
    }
    await load.quit();
    bench.report.figure(`the relay killed with ${viewers} viewers: until all are back and complete`, "s", took, ["most", 30]);
}
