// The daemon: what it discovers, in which order it starts runs, and how several of them live together.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
    chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { startRunner, writeExperiment } from "../lib/runs.mjs";
import { sleep, until } from "../lib/wait.mjs";

/** Known as broken in these words: what is looked at while it is written may be broken otherwise. */
const isBroken = (site, name, words, seconds = 30) =>
    until(`${name} is broken, as in ${words}`, async () => {
        const x = await known(site, name);
        if (!x?.error) return null;
        if (!words.test(x.error)) throw new Error(x.error);
        return x;
    }, seconds);
const known = async (site, name) => (await site.sql("SELECT * FROM experiments WHERE name = $1", name))[0];
const offer = async (site, name) => (await site.sql("SELECT * FROM offers WHERE experiment = $1", name))[0];

/** A site for those that look at their own experiments alone. */
const site = await startRunner(after, { experiments: { good: "echo good" } });

test("experiments that come, change, break and go are seen within seconds", async () => {
    writeExperiment(site.folder, "fresh", "echo 1", { title: "Fresh", version: "1" });
    const first = await until("it is offered", async () => (await known(site, "fresh"))?.title === "Fresh" && offer(site, "fresh"));

    writeFileSync(join(site.folder, "fresh", "main.sh"), "#!/bin/bash\necho changed\n");
    await until("its hash has changed", async () => (await offer(site, "fresh")).content_hash !== first.content_hash, 30);
    assert.deepEqual(await site.texts((await site.complete("fresh")).id), ["changed"]);

    writeFileSync(join(site.folder, "fresh", "experiment.json"), '{"name":"fresh","command":["main.sh"],"timeout_s":"soon"}');
    const broken = await isBroken(site, "fresh", /timeout_s must be a whole number/);
    assert.equal(broken.manifest.title, "Fresh", "what was known of it stays");
    const waiting = await site.startRun("fresh");
    await sleep(1500);
    assert.equal((await site.run(waiting)).status, "pending");

    writeExperiment(site.folder, "fresh", "echo mended");
    await until("it is mended", async () => (await known(site, "fresh")).error === null, 30);
    assert.equal((await site.waitForEnd(waiting)).status, "completed");

    rmSync(join(site.folder, "fresh"), { recursive: true });
    await until("it is withdrawn", async () => !(await offer(site, "fresh")), 30);
    assert.ok(await known(site, "fresh"), "but still known");
});

test("a broken manifest harms nothing else, and says what is wrong", async () => {
    const cases = {
        notjson: ["{", /experiment\.json/],
        array: ["[]", /must be an object/],
        other: ['{"name":"another","command":["x"]}', /the folder is called "other"/],
        nested: [JSON.stringify({ name: "nested", command: ["x"], configuration: [{ name: "a", type: "list", fields: [{ name: "b", type: "colour" }] }] }), /configuration\.a\.(fields\.)?b/],
        huge: [`{"name":"huge","description":"${"x".repeat(2 << 20)}"}`, /larger than/],
        latin: [Buffer.from('{"name":"latin","title":"\xe9","command":["x"]}', "latin1"), /./],
    };
    for (const [name, [text]] of Object.entries(cases)) {
        writeExperiment(site.folder, name, null);
        writeFileSync(join(site.folder, name, "experiment.json"), text);
    }
    for (const [name, [, words]] of Object.entries(cases)) await isBroken(site, name, words);
    assert.equal((await site.complete("good")).status, "completed");
});

test("a folder whose name is no text is shown as broken, once", async (t) => {
    const site = await startRunner(t, { experiments: { good: "echo good" } });
    const odd = Buffer.concat([Buffer.from(`${site.folder}/odd-`), Buffer.from([0xff, 0xfe])]);
    mkdirSync(odd);
    writeFileSync(Buffer.concat([odd, Buffer.from("/experiment.json")]), '{"name":"odd","command":["true"]}');
    const x = await isBroken(site, "odd-??", /name is "odd", but the folder is called/);
    assert.equal(x.folder, `${site.folder}/odd-??`);
    await until("the other one is offered", () => offer(site, "good"), 30);
    assert.equal((await site.complete("good")).status, "completed");
    assert.doesNotMatch(site.log("runner"), /cannot tell the database/);
});

test("a folder that the runner may not read is shown as broken, until it may", async (t) => {
    const site = await startRunner(t, { experiments: { good: "echo good" } });
    const folder = writeExperiment(site.folder, "closed", "echo open");
    chmodSync(folder, 0);
    await isBroken(site, "closed", /cannot (open|read) .*: Permission denied/);
    await until("the other one is offered", () => offer(site, "good"), 30);
    chmodSync(folder, 0o755);
    await until("it is offered", async () => (await known(site, "closed")).error === null, 30);
    assert.equal((await site.complete("closed")).status, "completed");
});

test("a manifest that is no regular file is broken, and nobody waits for it", async () => {
    const place = (name) => join(writeExperiment(site.folder, name, null), "experiment.json");
    for (const name of ["pipe", "device", "circle", "dangling", "folder"]) rmSync(place(name));
    const at = (name) => join(site.folder, name, "experiment.json");
    execFileSync("mkfifo", [at("pipe")]);
    symlinkSync("/dev/zero", at("device"));
    symlinkSync("experiment.json", at("circle"));
    symlinkSync("nowhere", at("dangling"));
    mkdirSync(at("folder"));
    for (const name of ["pipe", "device", "circle", "folder"]) await isBroken(site, name, /experiment\.json is not a regular file/);
    await isBroken(site, "dangling", /cannot open/);
    rmSync(at("pipe"));
    writeExperiment(site.folder, "pipe", "echo mended");
    await until("it is mended", async () => (await known(site, "pipe")).error === null, 30);
});

test("an experiment that is a link runs under the link's name", async () => {
    const elsewhere = writeExperiment(site.state, "elsewhere", "echo linked", {});
    writeFileSync(join(elsewhere, "experiment.json"), JSON.stringify({ name: "link", command: ["main.sh"] }));
    symlinkSync(elsewhere, join(site.folder, "link"));
    await until("it is offered", () => offer(site, "link"), 30);
    const run = await site.complete("link");
    assert.equal(run.status, "completed", run.error);
    assert.deepEqual(await site.texts(run.id), ["linked"]);
    const check = await site.runner(["check", `${join(site.folder, "link")}/`]).ended;
    assert.equal(check.code, 0, check.output);
});

test("describe adds to the manifest, and its faults are told", async (t) => {
    const describe = (name, script) => {
        const dir = writeExperiment(site.folder, name, "true", {
            describe: ["describe.sh"],
            configuration: [{ name: "device", type: "enum" }],
        });
        writeFileSync(join(dir, "describe.sh"), `#!/bin/bash\n${script}\n`);
        chmodSync(join(dir, "describe.sh"), 0o755);
    };
    const told = '{"title":"Told","configuration":[{"name":"device","type":"enum","options":["cpu","gpu"]}]}';
    describe("told", `echo '${told}'; echo noise >&2`);
    describe("fails", "echo no licence server >&2; exit 3");
    describe("leaves", `echo '${told}'; (setsid sleep 300 & sleep 300 &)`);
    describe("babbles", "echo hello");
    describe("sleeps", "sleep 100");
    // What describe commands that were killed have left is removed by and by, what may be in use is not.
    const left = [0, 1].map((i) => mkdtempSync(join("/tmp", `athanor-describe-${i}`)));
    t.after(() => left.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
    const { uid, gid } = statSync(join(site.state, "athanor.ini"));
    for (const folder of left) chownSync(folder, uid, gid);
    utimesSync(left[0], 1e9, 1e9);
    describe("later", `echo '${told}'`);
    const x = await until("it is offered", async () => (await offer(site, "told")) && known(site, "told"), 30);
    assert.equal(x.title, "Told");
    assert.deepEqual(x.manifest.configuration[0].options, ["cpu", "gpu"]);
    assert.deepEqual(x.manifest.command, ["main.sh"]);
    assert.equal((await until("what leaves a child behind is offered", async () => (await offer(site, "leaves")) && known(site, "leaves"), 30)).error, null);
    await isBroken(site, "fails", /describe ended with exit code 3: no licence server/);
    await isBroken(site, "babbles", /describe/);
    await isBroken(site, "sleeps", /describe took longer than 10 s/, 60);
    await until("what was left long ago is removed", () => !existsSync(left[0]), 60);
    assert.ok(existsSync(left[1]), "what may be in use is not");
});

test("describe commands that hang delay no other experiment", async (t) => {
    const hanging = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`hangs${i}`, { command: "true", describe: ["sleep", "100"] }]));
    const says = (title) => ["sh", "-c", `echo '{"title":"${title}"}'`];
    const site = await startRunner(t, { experiments: { aplain: "true", answers: { command: "true", describe: says("One") }, ...hanging } });
    // At the start nobody knows yet which ones hang; two by two they take 30 s.
    writeExperiment(site.folder, "aplain", "true", { title: "Plain" });
    await until("a plain one has changed", async () => (await known(site, "aplain"))?.title === "Plain", 20);
    await until("one that answers is offered", async () => (await known(site, "answers"))?.title === "One", 20);
    // Later, when they are known, and are tried again every minute.
    await until("all of them are broken", async () => (await site.sql("SELECT FROM experiments WHERE error LIKE 'describe took longer%'")).length === 6, 90);
    for (let i = 0; i < 6; i++) writeFileSync(join(site.folder, `hangs${i}`, "more"), "");
    await sleep(2500);
    writeExperiment(site.folder, "answers", "true", { describe: says("Two") });
    await until("one that answers has changed", async () => (await known(site, "answers")).title === "Two", 20);
});

test("runs are taken by priority, then in turn between instances", async (t) => {
    const site = await startRunner(t, { experiments: { quick: "true" }, conf: { jobs: 1 }, without: ["nginx", "pages-quick", "pages-bulk", "pages-upload", "events", "runner"] });
    const [a, b] = [await site.makeInstance("quick"), await site.makeInstance("quick")];
    const ids = {};
    for (const [name, instance, priority] of [["a1", a, 0], ["a2", a, 0], ["a3", a, 0], ["b1", b, 0], ["b2", b, 0], ["a4", a, 5], ["b3", b, -1]]) {
        ids[name] = await site.startRun("quick", {}, { instance, priority });
    }
    const { code, output } = await site.runner(["--once"]).ended;
    assert.equal(code, 0, output);
    const order = await site.sql("SELECT id, status FROM runs ORDER BY started_at");
    assert.ok(order.every((r) => r.status === "completed"));
    const names = order.map(({ id }) => Object.keys(ids).find((name) => ids[name] === id));
    assert.deepEqual(names, ["a4", "b1", "a1", "b2", "a2", "a3", "b3"]);
});

test("--once works the queue off and leaves; a second one leaves at once", async (t) => {
    const site = await startRunner(t, { experiments: { slow: `until [ -e "$ATHANOR_DIR/enough" ]; do sleep 0.05; done`, quick: "true" }, without: ["nginx", "pages-quick", "pages-bulk", "pages-upload", "events", "runner"] });
    const id = await site.startRun("slow");
    const first = site.runner(["--once", "--jobs", "2"]);
    await site.waitForStatus(id, "running");
    const second = await site.runner(["--once"]).ended;
    assert.equal(second.code, 0, second.output);
    assert.equal((await site.run(id)).status, "running");
    const late = await site.startRun("quick");
    writeFileSync(join(site.folder, "slow/enough"), "");
    const { code, output } = await first.ended;
    assert.equal(code, 0, output);
    assert.equal((await site.run(id)).status, "completed");
    assert.equal((await site.run(late)).status, "completed");
    assert.equal((await site.runner(["--once"]).ended).code, 0, "an empty queue");
});

test("more jobs than the database can hold are refused", async (t) => {
    const site = await startRunner(t, { without: ["nginx", "pages-quick", "pages-bulk", "pages-upload", "events", "runner"] });
    const { code, output } = await site.runner(["--jobs", "9999"]).ended;
    assert.equal(code, 2);
    assert.match(output, /--jobs 9999 is more than the database can hold/);
    assert.match((await site.runner(["--jobs", "none"]).ended).output, /--jobs must be a number/);
    assert.equal((await site.runner(["--fast"]).ended).code, 2);
});

test("a second daemon on the same state is refused, one with another state shares the queue", async (t) => {
    const site = await startRunner(t, { experiments: { slow: `until [ -e "$ATHANOR_DIR/enough" ]; do sleep 0.05; done` }, conf: { jobs: 1 } });
    const same = await site.runner([]).ended;
    assert.equal(same.code, 1);
    assert.match(same.output, /another runner uses this state folder/);
    const other = join(site.state, "other");
    const { child, ended } = site.runner([], { ATHANOR_STATE: other, ATHANOR_JOBS: "1" });
    t.after(() => child.kill("SIGKILL"));
    await until("both are there", async () => (await site.sql("SELECT FROM runners WHERE stopped_at IS NULL")).length === 2, 30);
    await until("both offer it", async () => (await site.sql("SELECT FROM offers")).length === 2, 30);
    const instance = await site.makeInstance("slow");
    const ids = [];
    for (let i = 0; i < 6; i++) ids.push(await site.startRun("slow", {}, { instance }));
    await until("both took one", async () => (await site.sql("SELECT DISTINCT runner_id FROM runs WHERE status = 'running'")).length === 2, 30);
    writeFileSync(join(site.folder, "slow/enough"), "");
    for (const id of ids) assert.equal((await site.waitForEnd(id, 60)).status, "completed");
    child.kill("SIGTERM");
    assert.equal((await ended).code, 0);
    // It waits a second for the answer to its goodbye; a slow database may carry that out later.
    await until("it has said goodbye", async () => (await site.sql("SELECT FROM runners WHERE stopped_at IS NULL")).length === 1, 30);
    assert.equal((await site.sql("SELECT FROM offers")).length, 1);
});

test("a run that a dead daemon had reserved starts; the daemon's row is taken again", async (t) => {
    const site = await startRunner(t, { experiments: { quick: "echo hi" } });
    const [{ id: runner }] = await until("it is registered", async () => {
        const rows = await site.sql("SELECT id FROM runners");
        return rows.length ? rows : null;
    }, 30);
    const pid = await site.kill("runner");
    const id = await site.startRun("quick");
    await site.sql("UPDATE runs SET reserved_by = $2, reserved_until = now() + interval '3 seconds' WHERE id = $1", id, runner);
    await site.waitForRestart("runner", pid);
    assert.equal((await site.waitForEnd(id, 30)).status, "completed");
    assert.deepEqual(await site.sql("SELECT id, stopped_at FROM runners"), [{ id: runner, stopped_at: null }]);
});

test("a daemon whose runs take all its jobs is ready once the database knows it", async (t) => {
    const site = await startRunner(t, { experiments: { endless: "while :; do sleep 0.1; done" }, conf: { jobs: 1 } });
    const logged = (words) => until(`it says ${words} again`, () => site.log("runner").match(words)?.length === 2);
    const id = await site.startRun("endless");
    await site.waitForStatus(id, "running");
    await site.stopProgram("postgres");
    await site.waitForRestart("runner", await site.kill("runner"));
    await logged(/endless is offered/g);
    await site.startProgram("postgres");
    await logged(/ready: runner/g);
    await site.cancel(id, true);
    assert.equal((await site.waitForEnd(id)).status, "cancelled");
});

test("check tells an author whether the experiment is sound", async (t) => {
    const site = await startRunner(t, { experiments: { good: { command: "true", title: "Good one" } }, without: ["nginx", "pages-quick", "pages-bulk", "pages-upload", "events", "runner"] });
    const good = await site.runner(["check", join(site.folder, "good")]).ended;
    assert.equal(good.code, 0, good.output);
    assert.match(good.output, /good is sound: "Good one"/);
    writeExperiment(site.folder, "bad", "true", { grace_s: -1 });
    const bad = await site.runner(["check", join(site.folder, "bad")]).ended;
    assert.equal(bad.code, 1);
    assert.match(bad.output, /grace_s must be a whole number/);
    assert.match((await site.runner(["check", "/nowhere"]).ended).output, /cannot open the folder/);
    assert.match(readFileSync(join(site.folder, "good", "experiment.json"), "utf8"), /Good one/);
});
