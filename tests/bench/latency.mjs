// How long a quiet line takes to its commit and to a viewer, a run to its first line, and what a supervisor costs that has nothing to do.

import { Agent, request } from "node:http";

import { sleep, until } from "../lib/wait.mjs";
import { cpuSeconds, memory, privateBytes, supervisors } from "./lib/process.mjs";
import { median } from "./lib/report.mjs";
import { finishedRun, makeInstance, startRun } from "./lib/runs.mjs";

export const title = "latency of quiet lines and of starts; an idle supervisor";

/** Postgres then knows when a transaction was committed. */
async function rememberCommits(site) {
    await site.sql("ALTER SYSTEM SET track_commit_timestamp = on");
    await site.stopProgram("postgres");
    await site.startProgram("postgres");
    await until("the database is back", () => site.sql("SELECT 1 AS one"), 20);
}

/** Milliseconds from each line's own clock to the commit of its chunk, as they are stored; merged chunks are no longer asked. */
async function commitDelays(site, run, seen) {
    const rows = await site.sql(
        `SELECT first_line, (body::json -> 'lines' -> 0 ->> 2)::bigint AS said,
                (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint AS committed
         FROM log_chunks WHERE run_id = $1 AND first_line = last_line`,
        run,
    );
    for (const { first_line: line, said, committed } of rows) if (!seen.has(line)) seen.set(line, (committed - said) / 1000);
}

const nowUs = () => (performance.timeOrigin + performance.now()) * 1000;

/** Follows a run's stream; `each` gets every line's text as it arrives. */
async function follow(site, run, each) {
    const answer = await site.fetch(`/runs/${run}/events`);
    let rest = "";
    for await (const bytes of answer.body) {
        const frames = (rest + Buffer.from(bytes).toString()).split("\n\n");
        rest = frames.pop();
        for (const frame of frames) {
            const data = /^event: logs$[^]*^data: (.*)$/m.exec(frame)?.[1];
            if (data) for (const line of JSON.parse(data).lines) each(line[2]);
        }
    }
}

async function quietLines(bench, site) {
    const instance = await makeInstance(site, "clock");
    const run = await startRun(site, instance);
    const commits = new Map();
    const arrivals = [];
    const stream = follow(site, run, (text) => arrivals.push((nowUs() - Number(text)) / 1000));
    let asked = 0;
    await finishedRun(bench.psql(site), run, 90, async () => {
        if (Date.now() - asked < 2000) return;
        asked = Date.now();
        await commitDelays(site, run, commits);
    });
    await commitDelays(site, run, commits);
    await stream;
    if (commits.size < 20) throw new Error(`of ${arrivals.length} lines only ${commits.size} could be timed`);
    const { report } = bench;
    report.figure("a quiet line, from print to commit, median", "ms", median([...commits.values()]), ["most", 5]);
    report.figure("a quiet line, from print to a viewer, median", "ms", median(arrivals), ["most", 50]);
    report.note(`${commits.size} lines timed to their commit, ${arrivals.length} to the viewer, one every 200 ms; the child stamps them`);
}

/** One request on a kept connection: its status and body, or `each` part of it as it comes until it returns true. */
function ask(site, agent, method, path, each) {
    return new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${site.token}`, "content-type": "application/json" };
        const asked = request(`${site.url}${path}`, { method, agent, headers }, (answer) => {
            let text = "";
            answer.setEncoding("utf8").on("error", () => resolve(text));
            answer.on("data", (data) => {
                text += data;
                if (each?.(text)) resolve(text);
            });
            answer.on("end", () => resolve(text));
        });
        asked.on("error", reject);
        asked.end(method === "POST" ? "{}" : undefined);
    });
}

/** POST of a run, then its stream as soon as its id is known, up to the first log frame. */
async function firstLine(site, db, instance, agent) {
    const begin = performance.now();
    const { id } = JSON.parse(await ask(site, agent, "POST", `/api/v1/instances/${instance}/runs`));
    const posted = performance.now();
    let came = 0;
    await ask(site, agent, "GET", `/runs/${id}/events`, (text) => {
        if (!came && text.includes("event: logs\n")) came = performance.now();
        return came > 0;
    });
    if (!came) throw new Error(`run ${id} ended without a line`);
    await finishedRun(db, id, 20);
    const [times] = await site.sql(
        `SELECT extract(epoch FROM r.created_at)::float8 * 1000 AS created, extract(epoch FROM r.started_at)::float8 * 1000 AS claimed,
                (c.body::json -> 'lines' -> 0 ->> 0)::float8 AS line
         FROM runs r JOIN log_chunks c ON c.run_id = r.id AND c.first_line = 1 WHERE r.id = $1`,
        id,
    );
    const wall = performance.timeOrigin;
    return {
        whole: came - begin,
        post: posted - begin,
        claimed: times.claimed - times.created,
        line: times.line - times.claimed,
        arrived: came + wall - times.line,
    };
}

async function firstLines(bench, site) {
    const instance = await makeInstance(site, "hello");
    const db = bench.psql(site);
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const found = [];
    for (let i = 0; i < (bench.quick ? 5 : 40); i++) {
        const one = await firstLine(site, db, instance, agent);
        if (i >= 2) found.push(one); // the first ones open connections
        await sleep(50);
    }
    agent.destroy();
    const of = (which) => median(found.map((one) => one[which]));
    const { report } = bench;
    report.figure("from POST of a run to its first line in a stream, median", "ms", of("whole"), ["most", 12]);
    report.figure("within it: until the POST is answered", "ms", of("post"));
    report.figure("within it: from the run's creation to its claim", "ms", of("claimed"));
    report.figure("within it: from its claim to its first line", "ms", of("line"));
    report.figure("within it: from its first line to the viewer", "ms", of("arrived"));
}

async function idleSupervisor(bench, site) {
    const instance = await makeInstance(site, "hold");
    const run = await startRun(site, instance);
    const seconds = bench.quick ? 3 : 20;
    const { pid } = await until("the supervisor is there", () => supervisors(site.state)[0], 10);
    await sleep(bench.quick ? 1000 : 4000);
    const before = cpuSeconds(pid);
    await sleep(seconds * 1000);
    const share = ((cpuSeconds(pid) - before) / seconds) * 100;
    const { report } = bench;
    report.figure("an idle supervisor, private memory", "MiB", privateBytes(pid) / 2 ** 20, ["below", 4]);
    report.figure("an idle supervisor, its share of all memory (PSS)", "MiB", memory(pid, "smaps_rollup", "Pss") / 2 ** 20);
    report.figure("an idle supervisor, processor", "%", share, ["most", 0.1]);
    await site.post(`/api/v1/runs/${run}/cancel`, { force: true });
}

/** @param {import("./lib/bench.mjs").Bench} bench */
export async function measure(bench) {
    const site = await bench.site();
    await idleSupervisor(bench, site);
    await firstLines(bench, site);
    await rememberCommits(site);
    await quietLines(bench, site);
}
