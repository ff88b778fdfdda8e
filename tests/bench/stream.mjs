// Fan-out: the relay behind nginx beside nchan, one nginx worker each, the same viewers and messages.

import { join } from "node:path";

import { root } from "../lib/stack.mjs";
import { sleep } from "../lib/wait.mjs";
import { program } from "./lib/bench.mjs";
import { startNchan, startSiteNginx } from "./lib/nginx.mjs";
import { converse, measure as json, memory, meter, privateBytes } from "./lib/process.mjs";
import { median, ratios } from "./lib/report.mjs";

export const title = "deliveries of server-sent events, beside nchan";

/** nchan: numbers are ours, so they are kept here. */
class Nchan {
    name = "nchan";
    /** Where the search for the highest rate begins, deliveries/s. */
    guess = 90_000;
    last = 0;

    async start(bench) {
        this.nginx = await startNchan(bench);
        this.programs = { nginx: this.nginx.workers()[0] };
    }

    view = (viewers) => converse(program("sse_load"), [String(this.nginx.port), "/subscribe/bench", String(viewers)]);

    async publish(rate, seconds, size) {
        const socket = join(this.nginx.folder, "publish.sock");
        const args = ["nchan", socket, "bench", rate, seconds, size, this.last + 1];
        const done = await json(program("publish"), args.map(String));
        this.last = done.last;
        return done;
    }
}

/** Athanor: a claimed run without a supervisor, whose batches the publisher appends and publishes. */
class Athanor {
    name = "athanor";
    guess = 300_000;

    async start(bench) {
        this.site = await bench.site({ without: ["runner"], conf: { sse_clients: 20000 } });
        const [{ id }] = await this.site.sql(
            "INSERT INTO instances (experiment, name) VALUES ('none', 'fan-out') RETURNING id",
        );
        [{ run: this.run }] = await this.site.sql("SELECT create_run($1, 0) AS run", id);
        await this.site.sql("SELECT epoch FROM claim_run($1, NULL, 'here', '{}')", this.run);
        this.nginx = await startSiteNginx(bench, this.site, 1);
        this.programs = { nginx: this.nginx.workers()[0], relay: await this.site.pid("events") };
    }

    view = (viewers) =>
        converse(program("sse_load"), [
            String(this.nginx.port),
            `/runs/${this.run}/events?from=end`,
            String(viewers),
            `Authorization: Bearer ${this.site.token}`,
        ]);

    publish(rate, seconds, size, stamp = "made") {
        const query = join(root, "sql/queries/runner/supervise/append_lines.sql");
        const { database, redis } = this.site.conf;
        return json(program("publish"), ["athanor", database, redis, query, this.run, stamp, rate, seconds, size].map(String));
    }
}

async function connectAll(side, viewers) {
    const load = side.view(viewers);
    const open = await load.next();
    if (open.viewers !== viewers) throw new Error(`${side.name}: of ${viewers} viewers ${open.refused} were refused`);
    return load;
}

/**
 * Messages at a rate for a while. It is sustained if every viewer got every message once and in order, the last one within
 * half a second of its being sent, and the publisher kept its times.
 */
async function probe(side, load, viewers, rate, seconds, size, stamp) {
    await load.ask("start");
    const used = meter(Object.values(side.programs));
    const sent = await side.publish(rate, seconds, size, stamp);
    let report;
    for (let waited = 0; waited < 3000; waited += 20) {
        report = await load.ask("report");
        if (report.least >= sent.last) break;
        await sleep(20);
    }
    const whole = report.least === sent.last && report.messages === sent.sent * viewers;
    const lag = (report.last_us - sent.end_us) / 1000;
    const span = sent.seconds + Math.max(0, lag) / 1000;
    if (report.missing || report.repeated || report.lost)
        console.log(`    ${side.name}: ${report.missing} missing, ${report.repeated} repeated, ${report.lost} cut`);
    return {
        rate,
        sustained: whole && !report.missing && !report.repeated && !report.lost && lag < 500 && sent.late_ms < 250,
        deliveries: report.messages / span,
        events: report.events,
        p50: report.p50_us / 1000,
        p99: report.p99_us / 1000,
        lag,
        late: sent.late_ms,
        cpu: used() / span,
    };
}

/** Lets the queues of a probe that was too much run empty. */
async function settle(load) {
    for (let last = -1, i = 0; i < 100; i++) {
        const { messages } = await load.ask("report");
        if (messages === last) return;
        last = messages;
        await sleep(200);
    }
}

/** The highest rate that is sustained, to about a tenth: doubling, then halving the interval. */
async function highest(side, load, viewers, size, start, seconds, tries) {
    let good = null;
    let rate = Math.max(1, start / viewers);
    let tooMuch = Infinity;
    for (let i = 0; i < (good ? tries : 3 * tries) && !(good && tooMuch / good.rate < 1.12); i++) {
        const one = await probe(side, load, viewers, rate, seconds, size);
        console.log(
            `    ${side.name} ${viewers} x ${size} B, ${rate.toFixed(1)}/s: ${one.sustained ? "sustained" : "too much"}, ` +
                `${Math.round(one.deliveries)} deliveries/s, p99 ${one.p99.toFixed(0)} ms, cpu ${one.cpu.toFixed(2)}`,
        );
        if (one.sustained) {
            if (!good || one.rate > good.rate) good = one;
        } else {
            tooMuch = Math.min(tooMuch, rate);
            await settle(load);
        }
        if (!good) rate = tooMuch / 1.6;
        else rate = Number.isFinite(tooMuch) ? Math.sqrt(good.rate * tooMuch) : good.rate * 1.5;
    }
    if (!good) throw new Error(`${side.name}: no rate was sustained with ${viewers} viewers of ${size} bytes`);
    return good;
}

/** One repetition of one number of viewers: nchan's highest rates, then ours, and ours at nchan's rate. */
async function compare(bench, sides, viewers, found) {
    const seconds = bench.quick ? 1 : 2.5;
    for (const side of sides) {
        const load = await connectAll(side, viewers);
        for (const size of [200, 4096]) {
            const key = `${viewers} x ${size === 200 ? "200 B" : "4 KiB"}`;
            const of = (found[key] ??= { nchan: [], athanor: [], same: [] });
            const known = of[side.name].at(-1);
            // A first search starts low, because a rate that is far too high takes long to run empty.
            const start = known ? known.rate * viewers : side.guess / 2;
            of[side.name].push(await highest(side, load, viewers, size, start, seconds, bench.quick ? 3 : known ? 4 : 9));
            if (side.name === "athanor") of.same.push(await probe(side, load, viewers, of.nchan.at(-1).rate, seconds, size));
        }
        await load.quit();
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
    report.figure(`${key}, p99 of nchan at its highest rate`, "ms", of.nchan.map((one) => one.p99));
    report.figure(`${key}, p99 of athanor at that rate`, "ms", of.same.map((one) => one.p99), ["most", median(of.nchan.map((one) => one.p99))]);
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
    for (const side of sides) await idleMemory(bench, side, many);
    await latencyOfOne(bench, sides);
    const found = {};
    for (let i = 0; i < (bench.quick ? 1 : bench.repeats); i++)
        for (const viewers of [few, many]) await compare(bench, sides, viewers, found);
    for (const [key, of] of Object.entries(found)) tell(bench.report, key, of);
    bench.report.data.stream = found;
    bench.report.note("a delivery is one message read by one viewer; ours are committed to Postgres before they are sent");
    for (const side of sides)
        for (const [name, pid] of Object.entries(side.programs))
            bench.report.note(`peak memory of ${side.name}'s ${name}: ${(memory(pid, "status", "VmHWM") / 2 ** 20).toFixed(1)} MiB`);
}
