// Fan-out: the relay behind nginx beside nchan, one nginx worker each, the same viewers and messages.
//
// Pieces, for `scripts/bench --only PIECE stream`: memory, one, stalled, join, back, and VIEWERSxBYTES of what is compared.

import { sleep } from "../lib/wait.mjs";
import { back } from "./fanout/back.mjs";
import { join } from "./fanout/join.mjs";
import { connectAll, highest, probe } from "./fanout/probe.mjs";
import { Athanor, Nchan } from "./fanout/sides.mjs";
import { stalled } from "./fanout/stalled.mjs";
import { memory, privateBytes } from "./lib/process.mjs";
import { median, ratios } from "./lib/report.mjs";

export const title = "deliveries of server-sent events, beside nchan";

const sizes = [200, 4096];

const keyOf = (viewers, size) => `${viewers} x ${size === 200 ? "200 B" : "4 KiB"}`;

/** One repetition of one number of viewers: nchan's highest rates, then ours. */
async function compare(bench, sides, viewers, found) {
    const seconds = bench.quick ? 1 : 2.5;
    const wanted = sizes.filter((size) => bench.wants(`${viewers}x${size}`));
    for (const side of wanted.length ? sides : []) {
        const load = await connectAll(side, viewers);
        for (const size of wanted) {
            const of = (found[keyOf(viewers, size)] ??= { nchan: [], athanor: [], same: { nchan: [], athanor: [] } });
            const known = of[side.name].at(-1);
            // A first search starts low, because a rate that is far too high takes long to run empty.
            const start = known ? known.rate * viewers : side.guess / 2;
            of[side.name].push(await highest(side, load, viewers, size, start, seconds, bench.quick ? 3 : known ? 4 : 9));
        }
        await load.quit();
    }
}

/** Both at a rate that nchan has sustained in each repetition, one after the other, in turn first. */
async function compareAtSameRate(bench, sides, viewers, found) {
    const wanted = sizes.filter((size) => bench.wants(`${viewers}x${size}`));
    for (let i = 0; wanted.length && i < (bench.quick ? 1 : bench.repeats); i++) {
        for (const side of i % 2 ? [...sides].reverse() : sides) {
            const load = await connectAll(side, viewers);
            for (const size of wanted) {
                const { nchan, same } = found[keyOf(viewers, size)];
                const rate = Math.min(...nchan.map((one) => one.rate));
                await probe(side, load, viewers, rate, 0.5, size); // after that its buffers have grown
                same[side.name].push(await probe(side, load, viewers, rate, bench.quick ? 1 : 2.5, size));
            }
            await load.quit();
        }
    }
}

function tell(report, key, of) {
    const rates = (name) => of[name].map((one) => one.deliveries);
    report.figure(`${key}, nchan`, "deliveries/s", rates("nchan"));
    report.figure(`${key}, athanor`, "deliveries/s", rates("athanor"));
    report.figure(`${key}, athanor / nchan`, "", ratios(rates("athanor"), rates("nchan")), ["least", key.endsWith("200 B") ? 3 : 1]);
    const cost = (name) => of[name].map((one) => (one.cpu / one.deliveries) * 1e6);
    report.figure(`${key}, processor of nchan`, "s a million", cost("nchan"));
    report.figure(`${key}, processor of athanor's nginx and relay`, "s a million", cost("athanor"));
    const p99 = (name) => of.same[name].map((one) => one.p99);
    report.figure(`${key}, p99 of nchan at its highest rate`, "ms", p99("nchan"));
    report.figure(`${key}, p99 of athanor at that rate`, "ms", p99("athanor"), ["most", median(p99("nchan"))]);
    report.figure(`${key}, p99 of athanor at its own highest rate`, "ms", of.athanor.map((one) => one.p99));
}

/** Memory of idle viewers, on programs that have had none before. */
async function idleMemory(bench, side, viewers) {
    const before = Object.fromEntries(Object.entries(side.programs).map(([name, pid]) => [name, privateBytes(pid)]));
    const load = await connectAll(side, viewers);
    await sleep(bench.quick ? 500 : 2000);
    for (const [name, pid] of Object.entries(side.programs)) {
        const each = (privateBytes(pid) - before[name]) / viewers / 1024;
        const goal = side.name === "nchan" ? undefined : ["most", name === "relay" ? 1 : 13];
        bench.report.figure(`memory of ${name === "relay" ? "the relay" : `${side.name}'s nginx`} a viewer, ${viewers} idle`, "KiB", each, goal);
    }
    await load.quit();
    await sleep(500);
}

async function latencyOfOne(bench, sides) {
    const [nchan, athanor] = sides;
    const found = { nchan: [], sent: [], made: [] };
    const once = async (side, stamp) => {
        const load = await connectAll(side, 1);
        const one = await probe(side, load, 1, 100, bench.quick ? 1 : 4, 200, stamp);
        await load.quit();
        return one;
    };
    for (let i = 0; i < bench.repeats; i++) {
        found.nchan.push(await once(nchan));
        found.sent.push(await once(athanor, "sent"));
        found.made.push(await once(athanor, "made"));
    }
    const of = (name, which) => found[name].map((one) => one[which]);
    const { report } = bench;
    report.figure("one viewer, 100/s: nchan, from POST, median", "ms", of("nchan", "p50"));
    report.figure("one viewer, 100/s: athanor, from publish, median", "ms", of("sent", "p50"), ["most", 1]);
    report.figure("one viewer, 100/s: athanor, from publish, p99", "ms", of("sent", "p99"));
    report.figure("one viewer, 100/s: athanor, from before the commit, median", "ms", of("made", "p50"));
}

/** @param {import("./lib/bench.mjs").Bench} bench */
export async function measure(bench) {
    const sides = [new Nchan(), new Athanor()];
    for (const side of sides) await side.start(bench);
    const many = bench.quick ? 500 : 9000;
    const few = bench.quick ? 100 : 1000;
    if (bench.wants("memory")) for (const side of sides) await idleMemory(bench, side, many);
    if (bench.wants("one")) await latencyOfOne(bench, sides);
    const found = {};
    for (let i = 0; i < (bench.quick ? 1 : bench.repeats); i++)
        for (const viewers of [few, many]) await compare(bench, sides, viewers, found);
    for (const viewers of [few, many]) await compareAtSameRate(bench, sides, viewers, found);
    for (const [key, of] of Object.entries(found)) tell(bench.report, key, of);
    const [, athanor] = sides;
    for (const [name, piece] of Object.entries({ stalled, join, back })) if (bench.wants(name)) await piece(bench, athanor);
    bench.report.data.stream = found;
    bench.report.note("a delivery is one message read by one viewer; ours are committed to Postgres before they are sent");
    for (const side of sides)
        for (const [name, pid] of Object.entries(side.programs))
            bench.report.note(`peak memory of ${side.name}'s ${name}: ${(memory(pid, "status", "VmHWM") / 2 ** 20).toFixed(1)} MiB`);
}
