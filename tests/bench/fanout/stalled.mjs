// A thousand clients that never read: what each holds, and what the others notice of them.

import { connect } from "node:net";

import { sleep, until } from "../../lib/wait.mjs";
import { privateBytes } from "../lib/process.mjs";
import { median } from "../lib/report.mjs";
import { relayFigures } from "./metrics.mjs";
import { connectAll, probe, settle } from "./probe.mjs";

/** Clients that ask for the stream and take nothing of it. */
function openStalled(side, count) {
    const request = `GET ${side.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${side.site.token}\r\n\r\n`;
    return Array.from({ length: count }, () => {
        const socket = connect(side.nginx.port, "127.0.0.1").on("error", () => {});
        socket.pause();
        socket.write(request);
        return socket;
    });
}

/** What fills the sockets of who does not read. */
async function flood(side, load) {
    await side.publish(20, 1, 32768);
    await settle(load);
}

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function stalled(bench, side) {
    const viewers = bench.quick ? 50 : 1000;
    const count = bench.quick ? 50 : 1000;
    const seconds = bench.quick ? 1 : 4;
    const found = { alone: [], beside: [] };
    const held = () => Object.values(side.programs).reduce((sum, pid) => sum + privateBytes(pid), 0);
    let each = 0;
    await side.restartNginx(bench); // what it has freed would not be seen to be taken again
    for (let i = 0; i < bench.repeats; i++) {
        const load = await connectAll(side, viewers);
        await flood(side, load); // so that what nginx has for the others has grown before
        found.alone.push(await probe(side, load, viewers, 20, seconds, 200));
        const before = held();
        const sockets = openStalled(side, count);
        await until("they are there", async () => (await relayFigures(side.site)).streams === viewers + count, 30);
        for (let said = 0; said === 0 || (await relayFigures(side.site)).stalled < count; said++) {
            if (said === 60) throw new Error("the clients that never read do not stall");
            await flood(side, load);
        }
        if (i === 0) each = (held() - before) / count / 1024;
        found.beside.push(await probe(side, load, viewers, 20, seconds, 200));
        sockets.forEach((socket) => socket.destroy());
        await until("they are gone", async () => (await relayFigures(side.site)).streams === viewers, 30);
        await load.quit();
        await sleep(200);
    }
    const p99 = (name) => found[name].map((one) => one.p99);
    bench.report.figure(`${count} clients that never read: memory of nginx and the relay for each`, "KiB", each, ["most", 64]);
    bench.report.figure(`${viewers} viewers, 20/s: p99 without them`, "ms", p99("alone"));
    bench.report.figure(`${viewers} viewers, 20/s: p99 beside them`, "ms", p99("beside"), ["most", 1.1 * median(p99("alone"))]);
}
