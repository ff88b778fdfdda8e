// What is shown only while it happens: previews of unfinished lines and progress, the latest alone, kept in Redis and gone with the run.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { connect } from "node:net";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { startRunner } from "../lib/runs.mjs";
import { sleep, until } from "../lib/wait.mjs";

/** It goes a step on when a file says so. */
const stepwise = (...steps) => steps.map((step, i) => `${step}; while [ ! -e "$ATHANOR_DIR/step${i}" ]; do sleep 0.02; done`).join("\n");

const site = await startRunner(after, {
    experiments: {
        bar: stepwise(String.raw`printf 'done\n10%%\r20%%'`, String.raw`printf '\r30%%'`, String.raw`printf '\nnext'`, "echo"),
        cut: stepwise("printf unfinished", "echo"),
        again: stepwise(`echo '{"type":"progress","current":1,"message":"once"}' >&3`),
        steps: stepwise(
            `echo '{"type":"progress","current":1,"total":4,"message":"one"}' >&3`,
            `for i in 1 2 3; do echo '{"type":"progress","current":'$i',"total":4}' >&3; done`,
            `echo '{"type":"progress","message":"tidying"}' >&3`,
        ),
    },
});
const step = (name, i) => writeFileSync(join(site.folder, name, `step${i}`), "");

/** The JSON under a key, or null. */
function kept(key) {
    return new Promise((resolve, reject) => {
        let answer = "";
        const socket = connect(site.conf.redis, () => socket.write(`GET ${key}\r\n`));
        socket.setEncoding("utf8").on("error", reject).on("data", (data) => {
            answer += data;
            const [, text] = /^\$\d+\r\n([^]*)\r\n$/.exec(answer) ?? [];
            if (!answer.startsWith("$-1") && text === undefined) return;
            socket.destroy();
            resolve(text === undefined ? null : JSON.parse(text));
        });
    });
}

/** What is published about a run from now on. */
function hear(t, id) {
    const heard = { text: "" };
    const socket = connect(site.conf.redis, () => socket.write(`SUBSCRIBE athanor:run:${id}\r\n`));
    t.after(() => socket.destroy());
    socket.setEncoding("utf8").on("data", (data) => (heard.text += data));
    return until("it is subscribed", () => heard.text.includes("subscribe"), 30).then(() => heard);
}

/** Takes their connections from all who publish. */
function cutPublishers() {
    const socket = connect(site.conf.redis, () => socket.end("CLIENT KILL TYPE normal\r\n"));
    socket.resume();
}

test("an unfinished line is previewed as a terminal would show it, and stored once it has ended", async () => {
    const id = await site.startRun("bar");
    const preview = (text, line) =>
        until(`the preview is ${text}`, async () => {
            const seen = await kept(`athanor:preview:${id}`);
            return seen?.text === text && seen.line === line && seen.source === 0;
        }, 30);
    /** What is shown need not wait for what is stored. */
    const stored = (count) => until(`${count} lines are stored`, async () => (await site.texts(id)).length >= count).then(() => site.texts(id));
    await preview("20%", 2);
    assert.deepEqual(await stored(1), ["done"], "it is not stored");
    step("bar", 0);
    await preview("30%", 2);
    step("bar", 1);
    await preview("next", 3);
    assert.deepEqual(await stored(2), ["done", "30%"], "the last state is what is stored");
    step("bar", 2);
    await until("there is none any more", async () => (await kept(`athanor:preview:${id}`)) === null, 30);
    step("bar", 3);
    assert.equal((await site.waitForEnd(id)).status, "completed");
    assert.deepEqual(await site.texts(id), ["done", "30%", "next"]);
});

test("progress is the latest, in percent where there is a total, and never a record", async () => {
    const id = await site.startRun("steps");
    const progress = (what, is) => until(what, async () => is((await kept(`athanor:progress:${id}`)) ?? {}), 30);
    await progress("one of four", (p) => p.current === 1 && p.total === 4 && p.percent === 25 && p.message === "one" && p.at > 1e12);
    step("steps", 0);
    await progress("three of four", (p) => p.current === 3 && p.percent === 75 && !p.message);
    step("steps", 1);
    await progress("nobody knows how far", (p) => p.message === "tidying" && (p.percent ?? null) === null);
    step("steps", 2);
    const run = await site.waitForEnd(id);
    assert.deepEqual((await site.records(id)).map((r) => r.kind), ["status", "status"]);
    assert.equal(run.lines, 0);
    await until("it is gone", async () => (await kept(`athanor:progress:${id}`)) === null, 30);
    await until("its folder too", () => !existsSync(join(site.state, "runs", String(id))), 30);
});

test("who publishes tells the latest again once Redis is back", async (t) => {
    const id = await site.startRun("again");
    await until("it is told", async () => (await kept(`athanor:progress:${id}`))?.message === "once", 30);
    const heard = await hear(t, id);
    cutPublishers();
    await until("it is told again", () => heard.text.includes('P\n{"current":1'), 30);
    step("again", 0);
    assert.equal((await site.waitForEnd(id)).status, "completed");
});

test("what went while Redis could not be told is gone once it can", async (t) => {
    const id = await site.startRun("cut");
    const key = `athanor:preview:${id}`;
    await until("the line is previewed", async () => (await kept(key))?.text === "unfinished", 30);
    const owner = connect(site.conf.redis);
    t.after(() => owner.destroy());
    let said = "";
    owner.setEncoding("utf8").on("data", (data) => (said += data));
    const tell = async (...lines) => {
        said = "";
        owner.write(lines.map((line) => `${line}\r\n`).join(""));
        await until("Redis has answered", () => said.split("\r\n").length > lines.length);
        assert.doesNotMatch(said, /^-/m);
    };
    // Nobody else is let in, and what is kept stays until somebody removes it.
    await tell("CONFIG SET maxclients 1", "CLIENT KILL TYPE normal SKIPME yes", `PERSIST ${key}`);
    step("cut", 0);
    await until("the line is stored", async () => (await site.texts(id)).length === 1);
    await sleep(500);
    await tell("CONFIG SET maxclients 100");
    await until("there is no preview any more", async () => (await kept(key)) === null, 30);
    step("cut", 1);
    assert.equal((await site.waitForEnd(id)).status, "completed");
});
