// What is said of a run while it lasts: a supervisor that has fallen still, a program that says nothing.
import test, { after } from "node:test";
import assert from "node:assert/strict";

import { isAlive } from "../lib/proc.mjs";
import { startRunner } from "../lib/runs.mjs";
import { openStream } from "../lib/sse.mjs";
import { sleep, until } from "../lib/wait.mjs";

const site = await startRunner(after, { experiments: { quiet: "echo once; sleep 100" }, without: ["pages-bulk", "pages-upload"] });
const notice = async (id) => (await site.get(`/api/v1/runs/${id}`)).json.notice;

/** A stream of all runs, and what it says of one. */
async function watch(t, id) {
    const stream = await openStream(site, "/events?runs=", { check: false });
    t.after(() => stream.cut());
    const said = () => stream.events.filter((e) => e.type === "run" && e.data.id === id).map((e) => e.data.notice);
    return { hears: (what, words) => until(what, () => said().some((text) => (words ? words.test(text ?? "") : text === null)), 60), said };
}

test("a supervisor that stands still is told of, on the page and to who watches, until it goes on", async (t) => {
    const id = await site.startRun("quiet");
    await until("it has said something", async () => (await site.run(id)).lines === 1);
    assert.equal(await notice(id), null);
    const { json } = await site.get(`/api/v1/runs/${id}`);
    assert.ok(Date.now() - Date.parse(json.heartbeat_at) < 10000 && Date.parse(json.said_at) >= Date.parse(json.started_at));

    const supervisor = site.supervisor(id);
    t.after(() => isAlive(supervisor) && process.kill(supervisor, "SIGCONT"));
    const { hears, said } = await watch(t, id);
    process.kill(supervisor, "SIGSTOP");
    await hears("watchers are told", /^no heartbeat for \d\d s$/);
    assert.match(await notice(id), /^no heartbeat for \d\d s$/);
    const page = await site.get(`/runs/${id}`);
    assert.match(page.text, /data-notice>no heartbeat for <span data-lasting="\d+">\d\d s<\/span>/);
    assert.match((await site.get("/runs")).text, /data-notice>no heartbeat for/, "in the list too");

    const heard = said().length;
    process.kill(supervisor, "SIGCONT");
    await until("it is well again", async () => (await notice(id)) === null, 30);
    await until("watchers are told of that too", () => said().slice(heard).includes(null), 30);
    await site.cancel(id, true);
    assert.equal((await site.waitForEnd(id)).status, "cancelled");
    assert.equal(await notice(id), null);
});

test("a run that says nothing for long is silent", async (t) => {
    const id = await site.startRun("quiet");
    await until("it has said something", async () => (await site.run(id)).lines === 1);
    const { hears } = await watch(t, id);
    // The daemon looks as often as the heart beats, and tells of what it has seen otherwise before.
    const beats = async () => Number((await site.sql("SELECT heartbeat FROM run_heads WHERE run_id = $1", id))[0].heartbeat);
    const before = await beats();
    await until("the daemon has seen it", async () => (await beats()) >= before + 2, 60);
    await site.sql("UPDATE run_heads SET said_at = now() - interval '11 minutes' WHERE run_id = $1", id);
    await hears("watchers are told", /^silent for 11 min$/);
    assert.match((await site.get(`/runs/${id}`)).text, /data-notice>silent for <span data-lasting="\d+">11 min<\/span>/);
    await site.cancel(id, true);
    await site.waitForEnd(id);
});

test("what has become of a run while there was no daemon is told by the next", async (t) => {
    const id = await site.startRun("quiet");
    await until("it has said something", async () => (await site.run(id)).lines === 1);
    const { hears } = await watch(t, id);
    const daemon = await site.kill("runner", "SIGSTOP");
    await site.sql("UPDATE run_heads SET said_at = now() - interval '11 minutes' WHERE run_id = $1", id);
    process.kill(daemon, "SIGKILL");
    await hears("the next one tells", /^silent for 1\d min$/);
    await site.waitForRestart("runner", daemon);
    await site.cancel(id, true);
    await site.waitForEnd(id);
});

test("a heartbeat that is back while the daemon stands still is told of when it goes on", async (t) => {
    const id = await site.startRun("quiet");
    await until("it has said something", async () => (await site.run(id)).lines === 1);
    const [supervisor, daemon] = [site.supervisor(id), await site.pid("runner")];
    t.after(() => [supervisor, daemon].forEach((pid) => isAlive(pid) && process.kill(pid, "SIGCONT")));
    const { hears, said } = await watch(t, id);
    process.kill(supervisor, "SIGSTOP");
    await hears("watchers are told", /^no heartbeat for/);
    process.kill(daemon, "SIGSTOP");
    const heard = said().length;
    process.kill(supervisor, "SIGCONT");
    await until("it is well again", async () => (await notice(id)) === null);
    await sleep(10_000); // for longer than the daemon trusts what it has seen
    process.kill(daemon, "SIGCONT");
    await until("watchers are told of that too", () => said().slice(heard).includes(null), 60);
    await site.cancel(id, true);
    await site.waitForEnd(id);
});
