// Instances and runs of a site, as a user makes them.

import { sleep, until } from "../../lib/wait.mjs";

/** Waits until the runner offers an experiment, and makes an instance of it. */
export async function makeInstance(site, experiment) {
    return until(
        `an instance of ${experiment}`,
        async () => {
            const body = { experiment, name: experiment, configuration: {} };
            const { status, json, text } = await site.post("/api/v1/instances", body);
            if (status !== 201) throw new Error(`${status} ${text}`);
            return json.id;
        },
        20,
    );
}

/** Starts a run and returns its id. */
export async function startRun(site, instance) {
    const { status, json, text } = await site.post(`/api/v1/instances/${instance}/runs`, {});
    if (status !== 201) throw new Error(`a run does not start: ${status} ${text}`);
    return json.id;
}

/**
 * The row of a run when it has ended, which must be well. `watch` is called every 100 ms.
 * @param {import("../../lib/writer.mjs").Psql} db a connection that stays: asking costs little
 */
export async function finishedRun(db, run, seconds, watch = async () => {}) {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
        await watch();
        const [status, why, lines, took] = (
            await db.query(
                `SELECT r.status, coalesce(r.reason, '') || ' ' || replace(coalesce(r.error, ''), '|', '/'), h.lines,
                        extract(epoch FROM r.finished_at - r.started_at)
                 FROM runs r JOIN run_heads h ON h.run_id = r.id WHERE r.id = ${Number(run)}`,
            )
        ).split("|");
        if (status === "completed") return { lines: Number(lines), seconds: Number(took) };
        if (status === "failed" || status === "cancelled") throw new Error(`run ${run} ${status}: ${why}`);
    }
    throw new Error(`run ${run} has not ended within ${seconds} s`);
}
