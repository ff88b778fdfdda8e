// The main job with nothing but curl and a token: make an instance of a shipped experiment, start it, follow it
// to its end over fifty cuts. Every line and record exactly once, equal to the API and to what the program wrote.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { RunLog, SseParser, parseCursor } from "../lib/sse.mjs";
import { root, startStack } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";

const run = promisify(execFile);
const dir = tempDir(after);
chmodSync(dir, 0o777);
const experiments = join(dir, "experiments"), copies = join(dir, "copies");
mkdirSync(join(experiments, "traced"), { recursive: true });
mkdirSync(copies);
chmodSync(copies, 0o777);

// The shipped experiment, with a copy kept of what it writes on its way out.
const shipped = join(root, "experiments/compressors");
copyFileSync(join(shipped, "compressors.sh"), join(experiments, "traced/compressors.sh"));
writeFileSync(join(experiments, "traced/experiment.json"), JSON.stringify({
    ...JSON.parse(readFileSync(join(shipped, "experiment.json"), "utf8")),
    name: "traced",
    command: ["bash", "-c", `set -o pipefail; { "$ATHANOR_DIR/compressors.sh" 3>&1 >&4 | tee ${copies}/messages >&3; } 4>&1 | tee ${copies}/lines`],
}));

const site = await startStack(after, { experiments: [experiments, join(root, "experiments")] });
const bearer = ["-H", `Authorization: Bearer ${site.token}`];

async function curl(path, ...args) {
    const { stdout } = await run("curl", ["-sS", ...bearer, ...args, site.url + path], { maxBuffer: 1 << 28 });
    return stdout;
}

const postJson = async (path, body) =>
    JSON.parse(await curl(path, "-X", "POST", "-H", "Content-Type: application/json", "-d", JSON.stringify(body)));

/** Follows the run with curl for `ms` at most (0: to its end); adds what arrived to the log; resolves to the id kept, and to null when there
 * is nothing behind it: the last cut fell between the last record and the frame that says that it was the last. */
function follow(id, log, lastId, ms) {
    return new Promise((resolve, reject) => {
        const args = ["-sSN", "-w", "event: answered\\ndata: %{http_code}\\n\\n", ...bearer, ...(lastId ? ["-H", `Last-Event-ID: ${lastId}`] : []), `${site.url}/runs/${id}/events`];
        const child = spawn("curl", args, { stdio: ["ignore", "pipe", "inherit"] });
        const parser = new SseParser(({ type, data, id: cursor }) => {
            const parsed = JSON.parse(data);
            if (type === "answered") isOver = parsed === 204;
            else if (type === "logs") log.onLogs(parsed);
            else if (type === "record") log.onRecord(parsed);
            else if (type === "closed") log.onClosed(parsed);
            if (cursor !== null) log.checkId(parseCursor(cursor));
        });
        parser.lastId = lastId;
        let failure = null, isOver = false;
        child.stdout.on("data", (bytes) => {
            try {
                parser.push(bytes);
            } catch (error) {
                failure = error;
                child.kill("SIGKILL");
            }
        });
        const timer = ms ? setTimeout(() => child.kill("SIGKILL"), ms) : null;
        child.on("close", () => {
            clearTimeout(timer);
            if (failure) reject(failure);
            else resolve(isOver ? null : parser.lastId);
        });
    });
}

test("curl alone makes an instance, starts a run and follows it over fifty cuts", async () => {
    const configuration = { corpus_mb: 6, effort: "full", programs: { gzip: true, bzip2: true, xz: true, zstd: true } };
    const instance = await postJson("/api/v1/instances", { experiment: "traced", name: "by curl", configuration });
    const { id, status } = await postJson(`/api/v1/instances/${instance.id}/runs`, {});
    assert.match(status, /^(pending|running)$/, "a runner may have it before the answer is made");

    let log = new RunLog(id);
    let lastId = "", cuts = 0;
    while (!log.closed && lastId !== null) {
        // Once fifty cuts are made the rest may come in peace; those left after the end cut the finished run's story.
        lastId = await follow(id, log, lastId, cuts < 50 ? 5 + Math.random() * 150 : 0);
        cuts++;
    }
    assert.deepEqual(lastId === null ? { status: log.status().status } : log.closed, { status: "completed" });

    // A finished run, cut again and again, tells the same.
    const whole = { lines: log.lines, records: log.records };
    for (; cuts < 50; cuts++) {
        const again = new RunLog(id);
        const at = await follow(id, again, "", 1 + Math.random() * 20);
        if (!again.closed) await follow(id, again, at, 0);
        assert.deepEqual({ lines: again.lines, records: again.records }, whole);
    }

    const api = JSON.parse(await curl(`/api/v1/runs/${id}/logs?limit=1000`));
    assert.equal(api.total, log.line);
    assert.deepEqual(api.chunks.flatMap((chunk) => chunk.lines), log.lines);
    const records = [];
    for (let after = 0; after !== null; ) {
        const page = JSON.parse(await curl(`/api/v1/runs/${id}/records?after=${after}&limit=7`));
        records.push(...page.items);
        after = page.next;
    }
    assert.deepEqual(records, log.records);

    const wrote = readFileSync(join(copies, "lines"), "utf8");
    assert.equal(await curl(`/api/v1/runs/${id}/log.txt`), wrote);
    assert.deepEqual(log.texts(), wrote.split("\n").slice(0, -1));
    const said = readFileSync(join(copies, "messages"), "utf8").trim().split("\n").map((l) => JSON.parse(l));
    const numbered = said.filter((m) => !["progress", "log"].includes(m.type));
    const kept = log.records.filter((r) => r.kind !== "status");
    assert.equal(kept.length, numbered.length);
    kept.forEach((r, i) => {
        const { type, kind, ...members } = numbered[i];
        assert.equal(r.kind, type);
        if (type === "event") assert.equal(r.event, kind);
        for (const [name, value] of Object.entries(members)) assert.deepEqual(r[name], value);
    });
    assert.deepEqual(log.records.filter((r) => r.kind === "status").map((r) => r.status), ["running", "completed"]);

    const row = JSON.parse(await curl(`/api/v1/runs/${id}`));
    assert.equal(row.cursor, log.cursor);
    assert.equal(row.exit_code, 0);
});

test("the shipped experiments are offered and complete", async () => {
    const offered = JSON.parse(await curl("/api/v1/experiments")).items.map((x) => x.name);
    assert.deepEqual(["compressors", "ising"].filter((name) => !offered.includes(name)), []);
    const instance = await postJson("/api/v1/instances", {
        experiment: "ising", name: "small",
        configuration: { size: 16, temperatures: { from: 2, to: 2.6, points: 4 }, sampling: { equilibrate: 50, measure: 100 } },
    });
    const { id } = await postJson(`/api/v1/instances/${instance.id}/runs`, {});
    const log = new RunLog(id);
    await follow(id, log, "", 0);
    assert.deepEqual(log.closed, { status: "completed" });
    const points = log.records.filter((r) => r.kind === "metrics").flatMap((r) => r.points);
    assert.equal(points.filter(([key]) => key === "energy").length, 4 * 150);
    assert.ok(Math.abs(log.results().critical_temperature.exact - 2.269185314213022) < 1e-12);
});
