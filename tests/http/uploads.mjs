// Slow uploads hold nobody up: while each worker that takes files waits for its sender, all else is answered, and one more upload waits
// for its turn or is told why it gets none.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import test, { after } from "node:test";

import { addLog, addRecord, addRun } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";
import { until, within } from "../lib/wait.mjs";

const WORKERS = 3;
const site = await startStack(after, { without: ["runner", "events"], conf: { upload_workers: WORKERS } });
const base = "/api/v1/data-sources";
const incoming = join(site.state, "artifacts/incoming");
const underWay = () => { try { return readdirSync(incoming).length; } catch { return 0; } };

/** An upload that has sent its first bytes; the rest comes when it is told to end. */
function begin(name, { bytes = 1000, path = `${base}/${name}`, method = "PUT", type = "text/csv" } = {}) {
    const answer = { status: 0, headers: {}, text: "" };
    const headers = { authorization: `Bearer ${site.token}`, "content-type": type };
    const sending = http.request(site.url + path, { method, headers, agent: false });
    const done = new Promise((resolve) => {
        sending.on("response", (response) => {
            Object.assign(answer, { status: response.statusCode, headers: response.headers });
            response.setEncoding("utf8").on("data", (data) => (answer.text += data)).on("end", () => resolve(answer)).on("error", () => resolve(answer));
        });
        sending.on("error", (error) => resolve(Object.assign(answer, { text: answer.text || error.message })));
    });
    sending.write(`a,b\n${`${name},2\n`.repeat(Math.ceil(bytes / (name.length + 3)))}`);
    return { answer, done: within(done, 120, `the answer to ${name}`), end: () => sending.end("3,4\n") };
}

/** So many slow uploads that every worker has one. */
async function holdAll(names) {
    const held = names.map((name) => begin(name));
    await until("every worker waits for its sender", () => underWay() === WORKERS, 30).catch((error) => {
        throw new Error(`${error.message}; ${held.map((one) => `${one.answer.status} ${one.answer.text}`).join(", ")}`);
    });
    return held;
}

test("while every worker waits for its sender all else is answered, and one more upload has its turn when one has ended", async () => {
    const run = await addRun(site);
    await addLog(site, run, [[1700000000000, 1, "needle"]]);
    await addRecord(site, run, "result", "accuracy", { key: "accuracy", value: 0.5 });
    assert.equal((await site.put(`${base}/here.csv`, "a\n1\n")).status, 201);
    const held = await holdAll(["slow-1.csv", "slow-2.csv", "slow-3.csv"]);
    const late = begin("late.csv");
    late.end();

    const ask = (path, options) => within(site.read(path, options), 10, `the answer to ${path}`);
    for (const path of ["/", "/data", "/runs", `/runs/${run}`, "/api/v1/runs", `/api/v1/runs/${run}/log.txt`, `/api/v1/runs/${run}/logs?q=needle`,
        `/api/v1/runs/${run}/results.csv`, `/api/v1/runs/${run}/results.json`, base, `${base}/here.csv`, `${base}/here.csv/`, `${base}/here.csv/file`, `${base}/here.csv/uses`]) {
        const { status } = await ask(path);
        assert.ok(status === 200 || (path === "/" && status === 303), `${path}: ${status}`);
    }
    const renamed = await ask(`${base}/here.csv`, { method: "PATCH", body: { name: "there.csv" } });
    assert.deepEqual([renamed.status, renamed.json.name], [200, "there.csv"]);
    assert.equal((await ask(`${base}/there.csv/`, { method: "DELETE" })).status, 204);
    assert.equal((await ask(`${base}/there.csv`, { method: "PATCH", body: "x".repeat(17 << 20), headers: { "content-type": "application/json" } })).status, 413);
    const endless = begin("no length", { path: `${base}/slow-1.csv`, method: "PATCH", type: "application/json" });
    assert.equal((await endless.done).status, 411, "only uploads may be of unknown length");

    assert.deepEqual([late.answer.status, underWay()], [0, WORKERS], "one more waits");
    held[0].end();
    assert.equal((await held[0].done).status, 201);
    assert.equal((await late.done).status, 201, late.answer.text);
    for (const upload of held.slice(1)) {
        upload.end();
        assert.equal((await upload.done).status, 201);
    }
});

test("every address that takes a file has these workers, and no other has", async () => {
    await site.stopProgram("pages-upload");
    const waiting = [
        begin("put.csv"),
        begin("slash.csv", { path: `${base}/slash.csv/` }),
        begin("form", { path: "/data/upload", method: "POST", type: "multipart/form-data; boundary=b" }),
    ];
    for (const path of ["/data", base, `${base}/late.csv`, `${base}/late.csv/file`]) assert.equal((await site.get(path)).status, 200, path);
    assert.deepEqual(waiting.map((one) => one.answer.status), [0, 0, 0]);
    await site.startProgram("pages-upload");
    waiting.forEach((one) => one.end());
    const answers = await Promise.all(waiting.map((one) => one.done));
    assert.deepEqual(answers.map((one) => one.status), [201, 201, 400], "what is no form is refused by the program");
});

test("an upload that gets no turn is told so, and nothing of it is kept", async () => {
    // The same with shorter waits.
    await site.stopProgram("nginx");
    for (const [file, from, to] of [["locations.conf", "fastcgi_send_timeout 60s", "fastcgi_send_timeout 1s"], ["pages.conf", "fastcgi_read_timeout 120s", "fastcgi_read_timeout 10s"]]) {
        const path = join(site.state, "nginx/athanor", file), text = readFileSync(path, "utf8");
        assert.ok(text.includes(from), `${file} says ${from}`);
        writeFileSync(path, text.replace(from, to));
    }
    await site.startProgram("nginx");
    const held = await holdAll(["again-1.csv", "again-2.csv", "again-3.csv"]);
    const small = begin("small.csv"), large = begin("large.csv", { bytes: 8 << 20 });
    const form = begin("form", { path: "/data/upload", method: "POST", type: "multipart/form-data; boundary=b" });
    for (const one of [small, form]) one.end();
    for (const one of [small, large]) {
        const { status, headers, text } = await one.done;
        assert.equal(status, 503, text);
        assert.equal(headers["content-type"], "application/problem+json");
        assert.equal(headers["retry-after"], "30");
        assert.deepEqual([JSON.parse(text).status, JSON.parse(text).title], [503, "Service Unavailable"]);
        assert.match(JSON.parse(text).detail, /as many uploads as this site takes/);
    }
    const page = await form.done;
    assert.equal(page.status, 503);
    assert.match(page.text, /<h1>503 Service Unavailable<\/h1><p>Sorry, as many uploads as this site takes/);

    for (const upload of held) upload.end();
    for (const upload of held) assert.equal((await upload.done).status, 201);
    assert.equal((await site.put(`${base}/after.csv`, "a\n1\n")).status, 201);
    await until("nothing is under way", () => underWay() === 0, 30);
    const names = (await site.get(`${base}?limit=1000`)).json.items.map((one) => one.name);
    assert.ok(names.includes("after.csv") && !names.includes("small.csv") && !names.includes("large.csv"), names.join(" "));
});
