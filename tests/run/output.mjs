// What a program writes arrives as the contract says, whatever it writes and however.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { startRunner } from "../lib/runs.mjs";
import { until } from "../lib/wait.mjs";

/* Messages of just under 16 MiB: a result, five of them, one full of white space, a log message of bytes that are no UTF-8. */
function huge(name) {
    const say = (head, fill, tail) => `printf '${head}'; head -c 16777000 /dev/zero | tr '\\0' '${fill}'; printf '${tail}\\n'; `;
    const result = say('{"type":"result","key":"huge","value":"', "y", '"}');
    const scripts = {
        one: result,
        five: result.repeat(5),
        values: say('{"type":"row","table":"huge","values":{"a":[1,', " ", "2]}}"),
        bytes: say('{"type":"log","level":"warn","metadata":{"k":1},"message":"', "\\377", '"}') + `echo '{"type":"log","message":"after"}'; `,
    };
    return `( ${scripts[name]} ) >&3; sleep 1`;
}

/** The most memory that the supervisor of a run has had until now, in MiB; 0 when it is gone. */
function supervisorPeak(run) {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
            const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
            if (!words.includes(join(site.state, "athanor.ini")) || words[words.indexOf("supervise") + 1] !== String(run)) continue;
            return Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/VmHWM:\s+(\d+)/)[1]) / 1024;
        } catch {
            continue; /* it has ended meanwhile */
        }
    }
    return 0;
}

const site = await startRunner(after, {
    experiments: {
        forms: String.raw`printf 'one\ntwo\r\n'; printf '10%%\r20%%\r30%%\n'; printf 'a\0b\n'; printf 'bad \xff\xc3( end\n'; printf '\n'; printf 'no end'`,
        both: `echo out; echo err >&2; exec 1>&- ; sleep 2; echo late >&2`,
        long: `head -c 200000 /dev/zero | tr '\\0' x; echo; printf '%s\\n' "$(printf 'é%.0s' $(seq 40000))"`,
        random: `head -c 3000000 /dev/urandom; head -c 300000 /dev/urandom >&2`,
        million: `seq -f 'line %08.0f ------------------------------------------------------------------' 1000000`,
        messages: String.raw`cat >&3 <<'END'
{"type":"log","level":"warn","message":"careful","metadata":{"a":[1, 2.50]}}
{"type":"log","message":"plain"}
{"type":"result","key":"accuracy","value":0.10}
{"type":"result","key":"accuracy","value":{"big":12345678901234567890123,"x":[ 1e400 ]}}
{"type":"row","table":"board","values":{"z":1,"a":2,"m":"\u0000\ud800"}}
{"type":"event","kind":"model.fitted","message":"done","payload":{"k":1},"duration_ms":12.50}
{"type":"fact","key":"numpy","value":"1.24"}
{"type":"metric","key":"loss","step":1,"value":0.5}
{"type":"metric","key":"loss","step":2,"value":"NaN"}
{"type":"metric","key":"gain","step":2,"value":1}
not json
{"type":"dance"}
{"type":"log","level":"loud","message":"x"}
{"type":"result","value":1}

{"type":"result","key":"last","value":true}
END`,
        large: String.raw`( printf '{"type":"result","key":"large","value":"'; head -c 2000000 /dev/zero | tr '\0' y; printf '"}\n'
printf '{"type":"result","key":"toolarge","value":"'; head -c 17000000 /dev/zero | tr '\0' y; printf '"}\n{"type":"result","key":"after","value":1}\n' ) >&3`,
        ...Object.fromEntries(["one", "five", "bytes", "values"].map((name) => [`huge-${name}`, huge(name)])),
        points: `for i in $(seq 5000); do echo '{"type":"metric","key":"a","step":'$i',"value":'$i.5'}'; echo '{"type":"metric","key":"b","step":'$i',"value":1}'; done >&3`,
        quiet: `for i in $(seq 40); do echo "line $i"; sleep 0.05; done; until [ -e "$ATHANOR_DIR/enough" ]; do sleep 0.05; done`,
        closes: `exec 1>&- 2>&- 3>&-; sleep 0.5; exit 4`,
        litter: `seq 30000 | xargs touch; pwd`,
        orphan: `( sleep 60; echo never ) & echo started`,
        environment: {
            command: `env | sort; ls -l /proc/self/fd | awk '{print $9}' | sort -n | tr '\\n' ' '; pwd; cat "$ATHANOR_CONFIG"; ps -o pgid= -o sid= -p $$; grep Sig /proc/self/status; read x; echo "stdin: $?"`,
            configuration: [{ name: "a", type: "float" }],
        },
    },
});

test("lines end, overwrite and repair as the contract says", async () => {
    const run = await site.complete("forms");
    assert.equal(run.status, "completed");
    assert.equal(run.exit_code, 0);
    assert.deepEqual(await site.texts(run.id), ["one", "two", "30%", "a\ufffdb", "bad \ufffd\ufffd( end", "", "no end"]);
});

test("stdout and stderr are told apart, and a closed one does not end the other", async () => {
    const run = await site.complete("both");
    const lines = await site.lines(run.id);
    assert.deepEqual(lines.map(([, , text, source]) => [text, source ?? 0]), [["out", 0], ["err", 1], ["late", 1]]);
    assert.ok(lines.every(([ms], i) => i === 0 || ms >= lines[i - 1][0]));
    assert.ok(lines[2][0] - lines[0][0] >= 250);
});

test("a line over 64 KiB comes in pieces, cut between characters", async () => {
    const run = await site.complete("long");
    const lines = await site.lines(run.id);
    assert.deepEqual(lines.map(([, , text, , , flags]) => [Buffer.byteLength(text), flags ?? 0]),
        [[65536, 1], [65536, 1], [65536, 1], [3392, 0], [65536, 1], [14464, 0]]);
    assert.deepEqual((await site.texts(run.id)).map((x) => x.length), [200000, 40000]);
    assert.equal(run.bytes, 200001 + 80001);
});

test("random bytes are taken", async () => {
    const run = await site.complete("random");
    assert.equal(run.status, "completed");
    const lines = await site.lines(run.id);
    assert.equal(lines.length, run.lines);
    assert.ok(run.lines > 5000);
});

test("a million lines arrive whole", { timeout: 200000 }, async () => {
    const run = await site.complete("million", {}, 150);
    assert.equal(run.status, "completed");
    assert.equal(run.lines, 1000000);
    const texts = await site.texts(run.id);
    const hash = createHash("sha256");
    for (const text of texts) hash.update(text + "\n");
    const expected = createHash("sha256");
    for (let i = 1; i <= 1000000; i++) expected.update(`line ${String(i).padStart(8, "0")} ${"-".repeat(66)}\n`);
    assert.equal(hash.digest("hex"), expected.digest("hex"));
});

test("messages become lines and records, digits and order kept; bad ones are quoted", async () => {
    const run = await site.complete("messages");
    const lines = await site.lines(run.id);
    assert.equal(run.status, "completed");
    assert.deepEqual(lines.slice(0, 2).map((l) => l.slice(1)), [[2, "careful", 2, { a: [1, 2.5] }], [1, "plain", 2]]);
    const warnings = lines.slice(2);
    assert.equal(warnings.length, 4);
    for (const [i, words] of [/not json/, /dance/, /"level" must be debug, info, warn or error.*loud/, /"key" is missing/].entries()) {
        assert.equal(warnings[i][1], 2);
        assert.match(warnings[i][2], words);
    }
    assert.equal(run.warns, 5);
    const marks = await site.sql("SELECT level, line FROM log_marks WHERE run_id = $1 ORDER BY line", run.id);
    assert.deepEqual(marks, [1, 3, 4, 5, 6].map((line) => ({ level: 2, line })));
    const bodies = (await site.sql("SELECT body FROM records WHERE run_id = $1 ORDER BY n", run.id)).map((r) => r.body);
    assert.match(bodies[1], /"value":0\.10}$/);
    assert.match(bodies[2], /"value":{"big":12345678901234567890123,"x":\[1e400\]}}$/);
    assert.match(bodies[3], /"values":{"z":1,"a":2,"m":"(\ufffd|\\ufffd){2}"}}$/);
    const records = await site.records(run.id);
    assert.deepEqual(records.map((r) => r.kind), ["status", "result", "result", "row", "event", "fact", "result", "metrics", "status"]);
    assert.deepEqual(records[4], { n: 5, line: 2, kind: "event", at: records[4].at, event: "model.fitted", message: "done", payload: { k: 1 }, duration_ms: 12.5 });
    assert.deepEqual(records[7].points.map((p) => p.slice(0, 3)), [["loss", 1, 0.5], ["loss", 2, "NaN"], ["gain", 2, 1]]);
    const series = await site.sql("SELECT key, n, points, first_step, last_step FROM metric_chunks WHERE run_id = $1 ORDER BY key", run.id);
    assert.deepEqual(series, [
        { key: "gain", n: 8, points: 1, first_step: 2, last_step: 2 },
        { key: "loss", n: 8, points: 2, first_step: 1, last_step: 2 },
    ]);
});

test("a large result travels as a reference, one over 16 MiB is refused, and what follows is heard", async () => {
    const run = await site.complete("large");
    const records = await site.records(run.id);
    const large = records.find((r) => r.key === "large");
    assert.equal(large.value.length, 2000000);
    assert.deepEqual(large.brief, { n: 2, line: large.line, kind: "result", at: large.at, key: "large", bytes: large.brief.bytes, href: `/api/v1/runs/${run.id}/records/2` });
    assert.ok(large.brief.bytes > 2000000);
    assert.equal(records.find((r) => r.key === "after").value, 1);
    assert.equal(records.find((r) => r.key === "toolarge"), undefined);
    assert.match((await site.texts(run.id))[0], /larger than 16 MiB/);
});

for (const [name, count] of [["one", 1], ["five", 5], ["values", 0], ["bytes", 0]]) {
    test(`the supervisor needs under 64 MiB for the largest messages: ${name}`, { timeout: 200000 }, async () => {
        const id = await site.startRun(`huge-${name}`);
        let peak = 0;
        await until("it ends", async () => {
            peak = Math.max(peak, supervisorPeak(id));
            return (await site.run(id)).status !== "pending" && (await site.run(id)).status !== "running";
        }, 150);
        const run = await site.run(id);
        assert.equal(run.status, "completed", run.error);
        assert.ok(peak > 0 && peak < 64, `it needed ${peak} MiB`);
        const sizes = await site.sql("SELECT length(body) AS size FROM records WHERE run_id = $1 AND brief IS NOT NULL", id);
        assert.equal(sizes.length, count);
        assert.ok(sizes.every(({ size }) => size > 16777000));
    });
}

test("a huge log message comes in pieces, decoded, between what was said before and after", async () => {
    const [{ id }] = await site.sql("SELECT r.id FROM runs r JOIN instances i ON i.id = r.instance_id WHERE i.experiment = 'huge-bytes'");
    const lines = await site.lines(id);
    assert.equal(lines.length, 770);
    assert.deepEqual(lines.map((l) => l[5] ?? 0), [...Array(768).fill(1), 0, 0]);
    assert.deepEqual(lines[0].slice(3, 5), [2, { k: 1 }]);
    assert.equal(lines[1][4] ?? null, null);
    const texts = await site.texts(id);
    assert.deepEqual([texts.length, texts[0].length, texts[1]], [2, 16777000, "after"]);
    assert.ok(/^\ufffd+$/.test(texts[0]));
});

test("every metric point is stored once, in records that are sent whole", async () => {
    const run = await site.complete("points");
    const records = (await site.records(run.id)).filter((r) => r.kind === "metrics");
    const points = records.flatMap((r) => r.points).filter(([key]) => key === "a");
    assert.deepEqual(points.map((p) => p[1]), Array.from({ length: 5000 }, (_, i) => i + 1));
    assert.ok(records.every((r) => !r.brief));
    const [{ sum }] = await site.sql("SELECT sum(points) FROM metric_chunks WHERE run_id = $1", run.id);
    assert.equal(sum, 10000);
});

test("the small chunks of a quiet run are merged, its lines untouched", async () => {
    const id = await site.startRun("quiet");
    await until("they are stored as they come", async () => (await site.sql("SELECT FROM log_chunks WHERE run_id = $1", id)).length > 1);
    writeFileSync(join(site.folder, "quiet/enough"), "");
    await site.waitForEnd(id);
    await until("they are merged", async () => (await site.sql("SELECT FROM log_chunks WHERE run_id = $1", id)).length === 1);
    assert.deepEqual(await site.texts(id), Array.from({ length: 40 }, (_, i) => `line ${i + 1}`));
});

test("closed pipes end nothing", async () => {
    const run = await site.complete("closes");
    assert.equal(run.reason, "exit");
    assert.equal(run.exit_code, 4);
    assert.ok(Date.parse(run.finished_at) - Date.parse(run.started_at) >= 450);
});

test("a run ends with its main process; what that left behind is killed and counted", async () => {
    const run = await site.complete("orphan", {}, 30);
    assert.equal(run.status, "completed");
    assert.deepEqual(await site.texts(run.id), ["started"]);
    const killed = (await site.records(run.id)).find((r) => r.kind === "event");
    assert.equal(killed.event, "athanor.killed");
    assert.ok(killed.payload.processes >= 1 && killed.payload.left === 0);
    assert.deepEqual(site.processes(run.id), []);
});

test("who learns of a run's end finds its working folder gone, whatever was in it", async () => {
    const run = await site.complete("litter", {}, 60);
    const [folder] = await site.texts(run.id);
    assert.ok(folder.endsWith(`/runs/${run.id}/work`));
    assert.equal(existsSync(folder), false);
    await until("the run's folder is removed too", () => !existsSync(dirname(folder)));
});

test("the program sees the contract's environment and nothing else", async () => {
    const run = await site.complete("environment", { a: 1.10 });
    const texts = await site.texts(run.id);
    const names = texts.filter((t) => /^[A-Z_a-z]+=/.test(t)).map((t) => t.split("=")[0]);
    const expected = ["ATHANOR_CONFIG", "ATHANOR_COOKIE", "ATHANOR_DIR", "ATHANOR_EXPERIMENT", "ATHANOR_FD", "ATHANOR_INSTANCE_ID",
        "ATHANOR_INSTANCE_NAME", "ATHANOR_RUN_ID", "ATHANOR_RUN_NUMBER", "HOME", "LANG", "PATH"];
    assert.deepEqual(names.filter((n) => !["PWD", "SHLVL", "_", "OLDPWD", "TZ"].includes(n)), expected);
    const fds = texts.find((t) => /^\s*0 1 2 3/.test(t.trim()));
    assert.match(fds, /^\s*0 1 2 3( 4)?\s/); // 4 is ls's own
    assert.ok(texts.some((t) => t.endsWith(`/runs/${run.id}/work`)));
    assert.ok(texts.includes('{"a":1.1}'));
    const [pgid, sid] = texts.find((t) => /^ *\d+ +\d+$/.test(t)).trim().split(/ +/);
    assert.equal(pgid, sid);
    assert.ok(texts.some((t) => /^SigBlk:\s*0+$/.test(t)) && texts.some((t) => /^SigIgn:\s*0+$/.test(t)));
    assert.ok(texts.includes("stdin: 1"));
});
