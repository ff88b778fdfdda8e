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

/** The row of a run when it has ended, which must be well. `watch` is called about every 50 ms. */
export async function finishedRun(site, run, seconds, watch = async () => {}) {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
        await watch();
        const [row] = await site.sql(
            `SELECT r.status, r.reason, r.error, h.lines,
                    extract(epoch FROM r.finished_at - r.started_at)::float8 AS seconds
             FROM runs r JOIN run_heads h ON h.run_id = r.id WHERE r.id = $1`,
            run,
        );
        if (row.status === "completed") return row;
        if (row.status === "failed" || row.status === "cancelled") throw new Error(`run ${run} ${row.status}: ${row.reason} ${row.error}`);
    }
    throw new Error(`run ${run} has not ended within ${seconds} s`);
}
