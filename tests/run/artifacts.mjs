// Files that runs hand over: stored once by content, recorded, refused with words, removed with their last reference.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Psql } from "../lib/psql.mjs";
import { startRunner } from "../lib/runs.mjs";
import { until } from "../lib/wait.mjs";

const keep = `keep() { printf '{"type":"artifact","path":"%s"}\\n' "$1" >&3; }\n`;
const site = await startRunner(after, {
    conf: { artifact_mb: 400, jobs: 4 },
    env: { ATHANOR_JOBS: "4" },
    experiments: {
        several: `${keep}
            mkdir -p out/deep; echo one > a.txt; echo two > out/deep/b.PNG; echo one > c; : > empty
            keep a.txt
            printf '%s\\n' '{"type":"artifact","path":"out/deep/b.PNG","name":"a \\"picture\\" \\u00e4"}' >&3
            keep c; keep out/../a.txt; keep empty
            printf '%s\\n' '{"type":"artifact","path":"a.txt","name":"report.html"}' >&3`,
        refused: `${keep}
            echo x > ../x; ln -s a link; echo a > a; mkdir folder; ln -s folder way; echo b > folder/b; mkfifo pipe
            for path in ../x /etc/passwd link way/b missing folder pipe . a/b folder/../../x; do keep "$path"; done
            keep folder/b`,
        large: `${keep}
            truncate -s 300M big; all=$(for i in 1 2 3 4 5 6 7 8; do keep big 3>&1; done); echo "$all" >&3
            for i in $(seq 1 400); do echo "line $i"; sleep 0.01; done`,
        too_large: `${keep} truncate -s 401M big; keep big`,
        last_word: `${keep} head -c 30000000 /dev/urandom > f; sha256sum < f; keep f`,
        rewritten: `${keep}
            echo old > f; truncate -s 200M slow; keep slow; keep f
            echo '{"type":"result","key":"sent","value":1}' >&3
            while ! [ -e go ]; do sleep 0.02; done
            echo new > g; mv g f; rm slow`,
        many: `${keep} for i in $(seq 1 300); do echo "$i" > "f$i"; keep "f$i"; done`,
        copying: { command: `${keep} truncate -s 390M big; keep big; keep big; echo sent; while :; do sleep 0.1; done`, grace_s: 1 },
        piling: { command: `${keep} truncate -s 390M big; for i in 1 2 3 4 5 6 7 8 9 10; do keep big; done; echo sent; while :; do sleep 0.1; done`, grace_s: 1 },
        handing: { command: `${keep} truncate -s 390M big; echo ready; until [ -e go ]; do sleep 0.02; done; keep big; keep big; : > said; while :; do sleep 0.1; done`, grace_s: 1 },
        constant: {
            command: `${keep} echo "always the same" > f; if grep -q true "$ATHANOR_CONFIG"; then until [ -e go ]; do sleep 0.05; done; fi; keep f; echo sent`,
            configuration: [{ name: "waits", type: "boolean" }],
        },
        handed: `${keep} for i in $(seq 1 200); do echo "$i $RANDOM" > "f$i"; keep "f$i"; done
            echo '{"type":"result","key":"sent","value":1}' >&3; while :; do sleep 0.1; done`,
        growing: `${keep} truncate -s 300M f
            for i in 1 2; do until [ -e go ]; do echo more >> f; sleep 0.02; done & done
            keep f; wait`,
    },
});
const daemon = await site.pid("runner");
const store = join(site.state, "artifacts");
const hash = (data) => createHash("sha256").update(data).digest("hex");
const path = (sha256) => join(store, sha256.slice(0, 2), sha256.slice(2));
const artifacts = async (id) => (await site.records(id)).filter((r) => r.kind === "artifact");
const warnings = async (id) => (await site.lines(id)).filter((line) => line[1] === 2).map((line) => line[2]);
const held = () => (existsSync(join(store, "held")) ? readdirSync(join(store, "held")) : []);

/** A run that waits for it goes on. */
const goOn = (id) => writeFileSync(join(site.state, "runs", String(id), "work/go"), "");

const freed = () => site.sql("SELECT id, sha256 FROM freed_contents ORDER BY id");

/** Sweeps as the daemon does every 20 s; it may do so at the same moment, and then this one leaves. */
function sweep() {
    const { uid, gid } = statSync(join(site.state, "athanor.ini"));
    const program = readlinkSync(`/proc/${daemon}/exe`);
    const { status, stderr } = spawnSync(program, ["--config", join(site.state, "athanor.ini"), "sweep"], { uid, gid, encoding: "utf8" });
    assert.equal(status, 0, stderr);
}
const sweepUntil = (what, fn) =>
    until(what, async () => {
        sweep();
        return fn();
    });

/** All files of the store. */
const files = () =>
    readdirSync(store)
        .filter((name) => name.length === 2)
        .flatMap((name) => readdirSync(join(store, name)).map((rest) => name + rest));

test("files are recorded in order, each content is stored once", async () => {
    const run = await site.complete("several");
    assert.equal(run.status, "completed", run.error);
    const [one, two] = [hash("one\n"), hash("two\n")];
    assert.deepEqual(
        (await artifacts(run.id)).map((r) => [r.name, r.sha256, r.size, r.media_type]),
        [
            ["a.txt", one, 4, "text/plain"],
            ['a "picture" ä', two, 4, "image/png"],
            ["c", one, 4, "application/octet-stream"],
            ["out/../a.txt", one, 4, "text/plain"],
            ["empty", hash(""), 0, "application/octet-stream"],
            ["report.html", one, 4, "text/html"],
        ],
    );
    assert.deepEqual(await warnings(run.id), []);
    assert.deepEqual(files().sort(), [one, two, hash("")].sort());
    assert.equal(readFileSync(path(one), "utf8"), "one\n");
    assert.equal(statSync(path(one)).mode & 0o777, 0o400);
    assert.equal(statSync(store).mode & 0o777, 0o700);
    assert.equal(statSync(join(path(one), "..")).mode & 0o777, 0o700);
    await until("nothing is held any more", () => held().length === 0 && statSync(path(one)).nlink === 1);
});

test("what is no file of the working folder is refused with words", async () => {
    const run = await site.complete("refused");
    assert.equal(run.status, "completed");
    assert.deepEqual(await warnings(run.id), [
        ['../x', "this leads out of the working folder"],
        ['/etc/passwd', "this is an absolute path; name it relative to the working folder"],
        ['link', "this is, or leads through, a symbolic link"],
        ['way/b', "this is, or leads through, a symbolic link"],
        ['missing', "there is no such file in the working folder"],
        ['folder', "this is a folder; pack it into one file"],
        ['pipe', "this is no regular file"],
        ['.', "this is a folder; pack it into one file"],
        ['a/b', "cannot open it: Not a directory"],
        ['folder/../../x', "this leads out of the working folder"],
    ].map(([name, why]) => `artifact "${name}" was not kept: ${why}`));
    assert.deepEqual((await artifacts(run.id)).map((r) => r.name), ["folder/b"]);
});

test("lines go on while a large file is copied", async () => {
    const run = await site.complete("large", {}, 90);
    const kept = await artifacts(run.id); // of one and the same, handed over eight times at once: a machine that stands still for a moment copies on
    assert.equal(kept.length, 8);
    const big = kept[7];
    assert.equal(big.size, 300 * 1024 * 1024);
    assert.ok(big.line >= 5, `${big.line} lines came before its record`);
    assert.equal((await site.lines(run.id)).length, 400);
    assert.equal(statSync(path(big.sha256)).size, big.size);
});

test("a file over the limit is refused, and so is its copy's start", async () => {
    const run = await site.complete("too_large");
    assert.deepEqual(await warnings(run.id), [
        'artifact "big" was not kept: it has 401.0 MiB, and this runner keeps files of up to 400.0 MiB (artifact_mb)',
    ]);
    assert.deepEqual(await artifacts(run.id), []);
});

test("a message right before the end counts, and the status comes last", async () => {
    const run = await site.complete("last_word");
    assert.equal(run.status, "completed");
    const records = await site.records(run.id);
    assert.deepEqual(records.map((r) => r.kind), ["status", "artifact", "status"]);
    assert.equal(records[1].sha256, (await site.texts(run.id))[0].slice(0, 64));
    assert.equal(hash(readFileSync(path(records[1].sha256))), records[1].sha256);
});

test("a file is kept as it was when it was handed over, whatever happens to its name", async () => {
    const id = await site.startRun("rewritten");
    await until("its messages are read", async () => (await site.records(id)).some((r) => r.key === "sent"), 60);
    goOn(id);
    await site.waitForEnd(id, 60);
    assert.deepEqual(await warnings(id), []);
    assert.deepEqual((await artifacts(id)).map((r) => [r.name, r.size]), [["slow", 200 * 1024 * 1024], ["f", 4]]);
    assert.equal((await artifacts(id))[1].sha256, hash("old\n"));
});

test("a file that is written to meanwhile is kept with a warning", async () => {
    const id = await site.startRun("growing");
    await until("it is kept", async () => (await artifacts(id)).length === 1, 60);
    goOn(id);
    const run = await site.waitForEnd(id);
    assert.match((await warnings(run.id)).join("\n"), /^artifact "f" was written to while it was copied; it is kept as it was read$/);
    const [f] = await artifacts(run.id);
    assert.equal(statSync(path(f.sha256)).size, f.size);
});

test("more files than are held open are kept in order", async () => {
    const run = await site.complete("many", {}, 60);
    const kept = await artifacts(run.id);
    assert.deepEqual(kept.map((r) => r.name), Array.from({ length: 300 }, (_, i) => `f${i + 1}`));
    for (const [i, r] of kept.entries()) assert.equal(r.sha256, hash(`${i + 1}\n`));
});

test("a cancel waits for what was handed over, a forced one does not", async () => {
    for (const force of [false, true]) {
        const id = await site.startRun("handing");
        await until("it is ready", async () => (await site.texts(id)).includes("ready"));
        // Its supervisor hears of both at once, so that nothing is copied yet.
        const supervisor = site.supervisor(id);
        process.kill(supervisor, "SIGSTOP");
        goOn(id);
        await until("it has handed them over", () => existsSync(join(site.state, "runs", String(id), "work/said")));
        await site.cancel(id, force);
        process.kill(supervisor, "SIGCONT");
        const run = await site.waitForEnd(id, 60);
        assert.equal(run.status, "cancelled");
        assert.equal((await artifacts(id)).length, force ? 0 : 2);
        assert.deepEqual(await warnings(id), force ? Array(2).fill('artifact "big" was not kept: the run was ended at once') : []);
        await until("nothing is held any more", () => !held().includes(String(id)));
    }
});

test("a cancel that turns to force while only copies are waited for ends the run", async () => {
    const id = await site.startRun("piling");
    await until("it says so", async () => (await site.texts(id)).includes("sent"));
    await site.cancel(id, false);
    await until("the program is gone", () => site.processes(id).length === 0);
    await site.cancel(id, true);
    const run = await site.waitForEnd(id);
    assert.equal(run.status, "cancelled");
});

test("what was handed over to a supervisor that is killed is kept by recovery, once", async () => {
    const id = await site.startRun("copying");
    const copy = join(store, "held", String(id), "copy");
    // A fast machine may have copied both before this one has looked.
    await until("it copies", async () => (existsSync(copy) && statSync(copy).size > 0) || (await artifacts(id)).length > 0);
    await until("all is read", async () => (await site.texts(id)).includes("sent"));
    process.kill(site.supervisor(id), "SIGKILL");
    assert.equal((await site.waitForEnd(id, 60)).reason, "lost");
    assert.deepEqual((await artifacts(id)).map((r) => r.name), ["big", "big"]);

    const many = await site.startRun("handed");
    await until("all is read", async () => (await site.records(many)).some((r) => r.key === "sent"), 60);
    process.kill(site.supervisor(many), "SIGKILL");
    assert.equal((await site.waitForEnd(many, 60)).reason, "lost");
    assert.deepEqual((await artifacts(many)).map((r) => r.name), Array.from({ length: 200 }, (_, i) => `f${i + 1}`));
    assert.deepEqual(await warnings(many), []);
    await sweepUntil("the runs hold nothing", () => !held().includes(String(id)) && !held().includes(String(many)));
    for (const { sha256 } of await artifacts(many)) assert.equal(statSync(path(sha256)).nlink, 1);
});

test("a file goes with its last reference", async () => {
    const same = path(hash("always the same\n"));
    const ids = [];
    for (let i = 0; i < 2; i++) ids.push((await site.complete("constant", {})).id);
    assert.ok(existsSync(same));
    await site.sql("SELECT delete_run($1)", ids[0]);
    await sweepUntil("the sweep has looked at it", async () => (await freed()).length === 0);
    assert.ok(existsSync(same), "the other run refers to it");
    await site.sql("SELECT delete_run($1)", ids[1]);
    await sweepUntil("the file is gone", () => !existsSync(same));
    assert.deepEqual(await freed(), []);
});

test("a file stays while a run holds it whose batches are not committed", async () => {
    const same = path(hash("always the same\n"));
    const first = (await site.complete("constant", {})).id;
    const other = await site.startRun("constant", { waits: true });
    const db = new Psql(site);
    try {
        await site.waitForStatus(other, "running");
        await db.query("BEGIN");
        await db.query(`SELECT FROM run_heads WHERE run_id = ${other} FOR UPDATE`);
        goOn(other);
        await until("it is held", () => held().includes(String(other)) && statSync(same).nlink === 2);
        await site.sql("SELECT delete_run($1)", first);
        // The daemon's own sweep may just have it in its hands.
        const [{ id }] = await until("it is known as freed", async () => {
            const rows = await freed();
            return rows.length > 0 && rows;
        });
        await sweepUntil("the sweep has given it back", async () => (await freed()).some((f) => f.id > id));
        assert.ok(existsSync(same));
        assert.equal((await artifacts(other)).length, 0, "nobody refers to it all the while");
        await db.query("COMMIT");
    } finally {
        db.end();
    }
    assert.equal((await site.waitForEnd(other)).status, "completed");
    assert.equal((await artifacts(other)).length, 1);
    await sweepUntil("there is nothing left to look at", async () => (await freed()).length === 0);
    assert.equal(readFileSync(same, "utf8"), "always the same\n");
});

test("the daemon sweeps by itself", async () => {
    const [{ id }] = await site.sql("SELECT run_id AS id FROM artifacts WHERE sha256 = $1", hash("always the same\n"));
    await site.sql("SELECT delete_run($1)", id);
    await until("the file is gone", () => !existsSync(path(hash("always the same\n"))), 60);
});

test("while somebody copies the store nothing is removed, and runs go on", async () => {
    const lock = spawn("flock", ["-s", join(store, "lock"), "sh", "-c", "echo locked; read x"], { stdio: ["pipe", "pipe", "inherit"] });
    await new Promise((resolve) => lock.stdout.once("data", resolve));
    const { id } = await site.complete("constant", {});
    await site.sql("SELECT delete_run($1)", id);
    sweep();
    assert.ok(existsSync(path(hash("always the same\n"))));
    lock.stdin.end("\n");
    await sweepUntil("the file is gone", () => !existsSync(path(hash("always the same\n"))));
});

test("every record names a file that is there", async () => {
    for (const { sha256, size } of await site.sql("SELECT DISTINCT sha256, size FROM artifacts")) {
        assert.equal(statSync(path(sha256)).size, Number(size));
    }
});
