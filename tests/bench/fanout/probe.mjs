// What a rate of messages does to viewers, and the highest rate that they sustain.

import { sleep } from "../../lib/wait.mjs";
import { meter } from "../lib/process.mjs";

export async function connectAll(side, viewers) {
    const load = side.view(viewers);
    const open = await load.next();
    if (open.viewers !== viewers) throw new Error(`${side.name}: of ${viewers} viewers ${open.refused} were refused`);
    return load;
}

/**
 * Messages at a rate for a while. It is sustained if every viewer got every message once and in order, the last one within
 * half a second of its being sent, and the publisher kept its times.
 */
export async function probe(side, load, viewers, rate, seconds, size, stamp) {
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
export async function settle(load) {
    for (let last = -1, i = 0; i < 100; i++) {
        const { messages } = await load.ask("report");
        if (messages === last) return;
        last = messages;
        await sleep(200);
    }
}

/** The highest rate that is sustained, to about a tenth: doubling, then halving the interval. */
export async function highest(side, load, viewers, size, start, seconds, tries) {
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
