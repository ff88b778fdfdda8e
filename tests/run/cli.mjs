// The command-line client: every command and every exit code, against a real site.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { makeCommand, program } from "../lib/client.mjs";
import { startRunner } from "../lib/runs.mjs";
import { freePort } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const esc = "\u001b";
const experiments = {
    says: {
        configuration: [
            { name: "lines", type: "integer", default: 3, min: 0, max: 100000 },
            { name: "status", type: "integer", default: 0 },
        ],
        command: `python3 - <<'END'
import json, os, sys
c = json.load(open(os.environ["ATHANOR_CONFIG"]))
with open(3, "w") as said: # one pipe, for only that keeps the order of lines and messages
    for i in range(c["lines"]):
        print('{"type":"log","message":"line %d"}' % (i + 1), file=said)
    print('{"type":"log","level":"warn","message":"careful"}\\n{"type":"result","key":"score","value":0.10000000000000000555}', file=said)
sys.exit(c["status"])
END`,
    },
    sleeps: "echo here; exec sleep 600",
    leaves: `python3 - <<'END'
import json, os
os.mkdir("deep")
open("big.bin", "w").write("0123456789abcdef" * 187500)
for text in ("older", "newest"):
    open("new", "w").write(text + "\\n")
    os.replace("new", "deep/note.txt") # whoever reads the older one is left alone
    os.write(3, b'{"type":"artifact","path":"deep/note.txt","name":"deep/note.txt"}\\n')
    if text == "older":
        import time; time.sleep(0.5)
for m in ({"type": "artifact", "path": "big.bin", "name": "big.bin"}, {"type": "result", "key": "score", "value": 0.5},
          {"type": "metric", "key": "a/b c", "step": 1, "value": 0.25}, {"type": "row", "table": "board", "values": {"name": "x", "n": 1}}):
    os.write(3, json.dumps(m).encode() + b"\\n")
print("one\\ntwo", flush=True)
END`,
    paces: `printf '{"type":"progress","current":5,"total":10,"message":"half way"}\\n' >&3
until [ -e "$ATHANOR_DIR/enough" ]; do sleep 0.05; done`,
    reads: { configuration: [{ name: "data", type: "data_source", required: true }], command: "true" },
    evil: `echo x >a; printf '{"type":"artifact","path":"a","name":"../evil"}\\n' >&3`,
    dirty: `printf '${"\\033"}]0;title${"\\007"}a${"\\033"}[31mred${"\\033"}[0m b\\bc ${"\\302\\233"}2J d${"\\342\\200\\256"}e${"\\033"}[2J\\tf\\n'`,
    valued: {
        configuration: [
            { name: "size", type: "integer", default: 64, min: 8 },
            { name: "rate", type: "float" },
            { name: "fast", type: "boolean" },
            { name: "mode", type: "enum", options: ["a", "b", 3], default: "a" },
            { name: "notes", type: "string", format: "textarea" },
            { name: "api", type: "group", fields: [{ name: "url", type: "string" }, { name: "tries", type: "integer", default: 2 }] },
            { name: "pairs", type: "list", fields: [{ name: "left", type: "integer" }, { name: "right", type: "string", default: "r" }] },
        ],
        command: 'cat "$ATHANOR_CONFIG"',
    },
};
const site = await startRunner(after, { without: [], experiments });
const athanor = makeCommand(after, site);
const { run } = athanor;
await until("the experiments are there", async () => (await site.get("/api/v1/experiments")).json.items.length === 8);

/** Runs it and expects this exit code. */
async function expect(code, ...words) {
    const said = await run(...words);
    assert.equal(said.code, code, `athanor ${words.join(" ")}: ${said.out}${said.err}`);
    return said;
}
/** Starts it on a terminal of script(1), whose lines end with \r\n. */
const terminal = (words, env = {}) =>
    athanor.start([words, "/dev/null"], { command: ["script", "-qec"], input: null, env: { TERM: "xterm", ...env } });
const objects = (text) => text.trimEnd().split("\n").map((line) => JSON.parse(line));

test("start --wait is one line, and the same line again is the next run of the same instance", async () => {
    const first = await expect(0, "start", "says", "lines=4", "--wait");
    const second = await expect(0, "start", "says", "lines=4", "--wait", "--quiet");
    assert.match(first.out, /^\d+\n$/);
    assert.match(first.err, /made instance \d+: says lines=4\nstarted run \d+, says lines=4#1: http.*\nrun \d+ completed\n/);
    assert.equal(second.err, "");
    const [a, b] = [first, second].map(({ out }) => Number(out));
    const rows = await Promise.all([a, b].map(async (id) => (await site.get(`/api/v1/runs/${id}`)).json));
    assert.equal(rows[0].instance_id, rows[1].instance_id);
    assert.deepEqual(rows.map((row) => row.number), [1, 2]);
    assert.deepEqual(rows[1].configuration, { lines: 4, status: 0 });
    assert.equal((await expect(0, "tail", String(b))).out, "line 1\nline 2\nline 3\nline 4\ncareful\n");
});

test("exit codes: 0 completed, 1 failed, 2 cancelled, 3 usage, 4 connection", async () => {
    const failed = await expect(1, "start", "says", "status=7", "-w");
    assert.match(failed.err, /athanor: run \d+ failed/);
    const id = failed.out.trim();
    await expect(1, "wait", id);
    await expect(1, "tail", "-f", id);

    const sleeping = athanor.start(["start", "sleeps", "--wait"]);
    const run = await until("it has said its id", () => Number(sleeping.out));
    await until("it runs", async () => (await site.get(`/api/v1/runs/${run}`)).json.status === "running");
    const tailing = athanor.start(["tail", "-f", String(run)]);
    await until("it is read", () => tailing.out === "here\n");
    await expect(0, "cancel", String(run), "--wait");
    assert.equal((await sleeping.ended).code, 2);
    assert.equal((await tailing.ended).code, 2);
    await expect(2, "wait", "sleeps");

    for (const [words, why] of [
        [["fly"], /there is no command "fly"/],
        [["start"], /start needs a NAME/],
        [["start", "says", "--nonsense"], /start has no option --nonsense/],
        [["list", "--limit", "many"], /--limit needs a whole number/],
        [["list", "--status", "odd"], /--status is one of/],
        [["list", "extra"], /list takes no "extra"/],
        [["show", "999999"], /there is no run 999999/],
        [["show", "nobody#3"], /there is no run nobody#3, and no instance "nobody"/],
        [["start", "nothing"], /there is neither an instance nor an experiment "nothing"/],
        [["cancel", id], /409/],
        [["start", "says", "lines=x"], /configuration\.lines: must be a whole number/],
        [["start", "says", "colour=red"], /there is no field colour, but: lines, status/],
    ]) {
        const said = await expect(3, ...words);
        assert.match(said.err, why);
        assert.equal(said.out, "");
    }

    const nobody = `http://127.0.0.1:${await freePort()}`;
    const alone = [["list"], ["tail", "-f", "1"], ["start", "says"], ["wait", "1", "--retry-for", "1"]];
    for (const said of await Promise.all(alone.map((words) => athanor.start([...words, "--url", nobody]).ended))) {
        assert.equal(said.code, 4, said.err);
        assert.match(said.err, /no answer from http:\/\/127/);
    }
    const late = await expect(4, "start", "sleeps", "--wait", "--timeout", "1");
    assert.match(late.err, /has not ended within 1 s; it goes on/);
    await expect(0, "cancel", late.out.trim(), "--force", "--wait");
});

test("values are read as the schema's types, and wrong ones are named", async () => {
    writeFileSync(join(athanor.home, "notes.txt"), "two\nlines\n");
    writeFileSync(join(athanor.home, "pairs.json"), '[{"left":1},{"left":2,"right":"x"}]');
    const values = ["size=128", "rate=1e-3", "fast=yes", "mode=3", "notes=@notes.txt", "api.url=http://x/?a=b", "pairs=@pairs.json", "pairs[1].left=7", "pairs[2].right=@@z"];
    const { out } = await expect(0, "start", "valued", ...values, "--wait", "--json");
    assert.deepEqual(JSON.parse(out).configuration, {
        size: 128, rate: 0.001, fast: true, mode: 3, notes: "two\nlines", api: { url: "http://x/?a=b", tries: 2 },
        pairs: [{ left: 1, right: "r" }, { left: 7, right: "x" }, { left: null, right: "@z" }],
    });
    writeFileSync(join(athanor.home, "all.json"), '{"size":16,"mode":"b"}');
    const whole = JSON.parse((await expect(0, "start", "valued", "@all.json", "size=24", "-wj")).out);
    assert.deepEqual([whole.configuration.size, whole.configuration.mode], [24, "b"]);

    // A variation of an instance keeps its other values; the same one is found again.
    await expect(0, "start", "valued", "size=8", "mode=b", "--name", "base", "-w");
    const [one, two] = [await expect(0, "start", "base", "rate=0.5", "-wj"), await expect(0, "start", "base", "rate=0.5", "-wj")];
    const rows = [one, two].map(({ out: text }) => JSON.parse(text));
    assert.deepEqual([rows[0].configuration.size, rows[0].configuration.mode, rows[0].configuration.rate], [8, "b", 0.5]);
    assert.deepEqual([rows[0].instance_id, rows[1].number], [rows[1].instance_id, 2]);
    const fresh = JSON.parse((await expect(0, "start", "base", "rate=0.5", "--new", "-wj")).out);
    assert.notEqual(fresh.instance_id, rows[0].instance_id);

    for (const [words, why] of [
        [["size=1", "rate=fast"], /configuration\.size: must be at least 8\n.*configuration\.rate: must be a number/s],
        [["mode=z"], /configuration\.mode: /],
        [["pairs[3].left=1"], /pairs\[3\]\.left: the list has 0 items/],
        [["pairs.left=1"], /an item of a list is named by its number/],
        [["api.port=1"], /there is no field api\.port, but: url, tries/],
        [["size.x=1"], /the field size is neither a group nor a list/],
        [["api={"], /^athanor: api: /],
        [["notes=@missing"], /notes: .*missing/],
        [["=1"], /not of the form KEY=VALUE/],
    ]) {
        assert.match((await expect(3, "start", "valued", ...words)).err, why);
    }
    const refused = await expect(3, "start", "valued", "size=1", "--json");
    assert.deepEqual(JSON.parse(refused.err).errors.map((fault) => fault.field), ["configuration.size"]);
});

test("list, show and experiments tell what the API tells", async () => {
    const { out: id } = await expect(0, "start", "says", "lines=2", "--name", "shown", "-w");
    const listed = objects((await expect(0, "list", "--json", "--instance", "shown")).out);
    assert.deepEqual(listed, (await site.get(`/api/v1/runs?instance=${listed[0].instance_id}`)).json.items);
    const cells = (await expect(0, "list", "-n", "1")).out.trimEnd().split("\t");
    assert.deepEqual([cells.length, cells[0], cells[1], cells[2], cells[5]], [6, id.trim(), "shown#1", "completed", "3"]);
    const all = objects((await expect(0, "list", "--all", "--json")).out).map((row) => row.id);
    assert.deepEqual(all, [...all].sort((a, b) => b - a));
    assert.equal(all.length, Number((await site.sql("SELECT count(*) AS n FROM runs"))[0].n));
    assert.ok(objects((await expect(0, "list", "--status", "failed", "-j")).out).every((row) => row.status === "failed"));
    assert.match((await expect(0, "list", "--instances", "--experiment", "says")).out, /\tshown\tsays\t/);
    assert.match((await expect(3, "list", "--instances", "--status", "failed")).err, /--status says nothing/);

    const shown = (await expect(0, "show", "shown#1")).out;
    assert.match(shown, new RegExp(`^run\t${id.trim()}\ninstance\tshown#1\nexperiment\tsays\nstatus\tcompleted\n`));
    assert.match(shown, /^ {2}lines=2$/m);
    assert.match(shown, /^ {2}score=0\.10000000000000000555$/m);
    assert.equal((await expect(0, "show", "shown", "--results")).out, "score\t0.10000000000000000555\n");
    assert.equal(JSON.parse((await expect(0, "show", "--instance", "shown", "--json")).out).name, "shown");
    assert.deepEqual((await expect(0, "experiments")).out.split("\n").map((line) => line.split("\t")[0]), ["dirty", "evil", "leaves", "paces", "reads", "says", "sleeps", "valued", ""]);
    assert.match((await expect(0, "experiments", "valued")).out, /^pairs\[0\]\.right\tstring\tr\t/m);
    assert.match((await expect(0, "experiments", "valued")).out, /^mode\tenum: a, b, 3\ta\t/m);
    assert.match((await expect(3, "experiments", "none")).err, /there is no experiment "none"/);
});

test("tail, logs and search print the lines that are asked for", async () => {
    const { out } = await expect(0, "start", "says", "lines=25000", "--name", "long", "-w");
    const id = out.trim();
    const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}\n`).join("");
    assert.equal((await expect(0, "tail", id)).out, `${numbers(1, 25000)}careful\n`);
    assert.equal((await expect(0, "tail", "-f", "long")).out, `${numbers(1, 25000)}careful\n`);
    for (const words of [["-n", "3"], ["-fn3"]])
        assert.equal((await expect(0, "tail", id, ...words)).out, "line 24999\nline 25000\ncareful\n");
    assert.equal((await expect(0, "tail", id, "-n", "0")).out, "");
    assert.equal((await expect(0, "logs", id, "--after", "12000", "--before", "24001")).out, numbers(12001, 24000));
    assert.equal((await expect(0, "logs", id, "--before", "100", "-n", "2", "-N")).out, "98\tline 98\n99\tline 99\n");
    assert.equal((await expect(0, "logs", id, "--level", "warn")).out, "careful\n");
    assert.match((await expect(0, "logs", id, "-n1", "--time")).out, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z line 1\n$/);
    const lines = objects((await expect(0, "tail", id, "-n", "1", "--json")).out);
    assert.deepEqual(lines, objects((await site.get(`/api/v1/runs/${id}/log.ndjson`)).text).slice(-1));

    const found = await expect(0, "search", id, "LINE 2499");
    assert.equal(found.out, [2499, ...Array.from({ length: 10 }, (_, i) => 24990 + i)].map((n) => `${n}\tline ${n}\n`).join(""));
    assert.equal(found.err, "11 lines match\n");
    const many = await expect(0, "search", id, "line", "-n", "1500");
    assert.equal(many.out.split("\n").length, 1501);
    assert.equal(many.err, "25000 lines match\n");
    assert.equal((await expect(0, "search", id, "line 1", "--count")).out, `${(await site.get(`/api/v1/runs/${id}/logs?q=line%201`)).json.total}\n`);
    assert.equal((await expect(0, "search", id, "nowhere", "--count")).out, "0\n");

    const records = objects((await expect(0, "tail", "-f", id, "-R", "--json", "--level", "error")).out);
    assert.deepEqual(records, (await site.get(`/api/v1/runs/${id}/records`)).json.items);
});

test("what an experiment says reaches no terminal raw", async () => {
    const { out } = await expect(0, "start", "dirty", "-w");
    const id = out.trim();
    const plain = "ared b\\x08c \\x9B2J d\\u202Ee\tf\n";
    assert.equal((await expect(0, "tail", id)).out, plain);
    const onTerminal = async (words, env) => (await terminal(words, env).ended).out;
    const coloured = await onTerminal(`${program} tail ${id}`);
    assert.equal(coloured, `a${esc}[31mred${esc}[0m b\\x08c \\x9B2J d\\u202Ee\tf${esc}[0m\r\n`);
    assert.equal(await onTerminal(`${program} tail ${id}`, { NO_COLOR: "1" }), plain.replace("\n", "\r\n"));
    assert.match(await onTerminal(`${program} tail ${id} --raw`), /--raw is not for terminals/);
    assert.ok((await expect(0, "tail", id, "--raw")).out.includes(`${esc}]0;title`));
    assert.match((await expect(0, "tail", id, "--json")).out, /\\u001b\]0;title\\u0007a\\u001b\[31mred.*\\u009b2J d\\u202ee/);
    assert.match(await onTerminal(`${program} list -n 1`), new RegExp(`RUN${esc.replace("[", "\\[")}`));
});

test("a terminal shows a progress line, which goes when the run ends", async () => {
    const { out } = await expect(0, "start", "paces");
    const id = out.trim();
    const waiting = terminal(`${program} wait ${id}`);
    await until("the progress is shown", () => waiting.out.includes("half way"));
    writeFileSync(join(site.folder, "paces/enough"), "");
    const { code, out: said } = await waiting.ended;
    assert.equal(code, 0);
    assert.ok(said.includes(`[############............]  50% run ${id}: 5 of 10, half way`), said);
    assert.ok(said.endsWith(`\r${esc}[Krun ${id} completed\r\n`), JSON.stringify(said));
    assert.equal((await expect(0, "wait", id)).err, `run ${id} completed\n`);
});

test("Ctrl-C leaves a run alone, or cancels it where that was asked for", async () => {
    const waiting = athanor.start(["start", "sleeps", "--wait"]);
    const id = await until("it has said its id", () => waiting.out.trim());
    await until("it runs", async () => (await site.get(`/api/v1/runs/${id}`)).json.status === "running");
    waiting.child.kill("SIGINT");
    const left = await waiting.ended;
    assert.equal(left.signal, "SIGINT");
    assert.match(left.err, new RegExp(`run ${id} goes on; athanor tail -f ${id} shows it again, athanor cancel ${id} ends it`));
    assert.equal((await site.get(`/api/v1/runs/${id}`)).json.status, "running");

    const following = athanor.start(["tail", "-f", id, "--cancel-on-interrupt"]);
    await until("it follows", () => following.out === "here\n");
    following.child.kill("SIGINT");
    const ended = await following.ended;
    assert.equal(ended.code, 2, ended.err);
    assert.equal(ended.out, "here\n");
    assert.equal((await site.get(`/api/v1/runs/${id}`)).json.status, "cancelled");
});

test("login remembers a site and a token, which nobody else may read and no other site gets", async () => {
    const nobody = { ATHANOR_URL: undefined, ATHANOR_TOKEN: undefined };
    const own = makeCommand(after, site, {});
    const call = (words, input, env = {}) => own.start(words, { input, env: { ...nobody, ...env } }).ended;
    assert.match((await call(["list"])).err, /athanor login/);
    const refused = await call(["login", site.url], "ath_wrong\n");
    assert.equal(refused.code, 3);
    assert.match(refused.err, /the token is not accepted/);
    const done = await call(["login", `${site.url}/`], `${site.token}\n`);
    assert.equal(done.code, 0, done.err);
    const file = join(own.home, ".config/athanor/config");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal((await call(["list"])).code, 0);
    assert.doesNotMatch(done.out + done.err, new RegExp(site.token));

    const asking = own.start([`${program} login ${site.url}`, "/dev/null"], { command: ["script", "-qec"], input: null, env: nobody });
    await until("it asks", () => asking.out.includes("token (it is not shown): "));
    asking.child.stdin.write(`${site.token}\n`);
    const typed = await asking.ended;
    assert.equal(typed.code, 0, typed.out);
    assert.match(typed.out, /logged in to http:.* as admin, scope admin;/);
    assert.ok(!typed.out.includes(site.token));

    const elsewhere = await call(["list", "--url", `http://127.0.0.1:${await freePort()}`]);
    assert.equal(elsewhere.code, 3, "the token of one site is not sent to another");
    assert.match(elsewhere.err, /there is no token for/);
    chmodSync(file, 0o644);
    const open = await call(["list"]);
    assert.equal(open.code, 3);
    assert.match(open.err, /others can read .*chmod 600/);

    const tokenFile = join(own.home, "token");
    writeFileSync(tokenFile, `${site.token}\n`, { mode: 0o600 });
    assert.equal((await call(["list", "--token-file", tokenFile, "--url", site.url])).code, 0);
    assert.equal((await call(["list", "--token-file", "-", "--url", site.url], site.token)).code, 0);
    chmodSync(tokenFile, 0o640);
    assert.match((await call(["list", "--token-file", tokenFile, "--url", site.url])).err, /others can read/);
    // Nothing takes a token as a word, and a token that is a word is not repeated.
    assert.equal((await call(["list", "--token", site.token])).code, 3);
    assert.doesNotMatch(readFileSync(program, "latin1"), /"?--token "/);
    for (const name of ["pages-quick", "pages-bulk", "pages-upload", "nginx", "events"]) assert.ok(!site.log(name).includes(site.token), name);
});

test("get fetches files, checked by their SHA-256, and the log, results, metrics and tables", async () => {
    const { out } = await expect(0, "start", "leaves", "-w");
    const id = out.trim();
    const file = (...path) => readFileSync(join(athanor.home, ...path));
    const all = await expect(0, "get", id, "-o", "kept");
    assert.match(all.err, /kept\/big\.bin: 3000000 bytes, SHA-256 [0-9a-f]{64}\n/);
    const big = Buffer.alloc(3_000_000, "0123456789abcdef");
    assert.ok(file("kept/big.bin").equals(big));
    assert.equal(file("kept/deep/note.txt").toString(), "newest\n");
    assert.equal((await expect(0, "get", id, "-o", "kept")).out, "", "what is there already is left alone");

    writeFileSync(join(athanor.home, "kept/big.bin"), "mine");
    assert.match((await expect(3, "get", id, "big.bin", "-o", "kept")).err, /is there already; --force writes over it/);
    const [{ sha256 }] = objects((await expect(0, "get", id, "big.bin", "-o", "kept", "--force", "--json")).out);
    assert.ok(file("kept/big.bin").equals(big));
    // A part of it is gone on with; one that is wrong is not kept.
    const part = join(athanor.home, `kept/big.bin.${sha256.slice(0, 12)}.part`);
    writeFileSync(join(athanor.home, "kept/big.bin"), "mine");
    writeFileSync(part, big.subarray(0, 1_000_000));
    await expect(0, "get", id, "big.bin", "-o", "kept", "--force");
    assert.ok(file("kept/big.bin").equals(big) && !existsSync(part));
    writeFileSync(join(athanor.home, "kept/big.bin"), "mine");
    writeFileSync(part, Buffer.alloc(1_000_000, "x"));
    assert.match((await expect(4, "get", id, "big.bin", "-o", "kept", "--force")).err, /its SHA-256 is not/);
    assert.ok(file("kept/big.bin").toString() === "mine" && !existsSync(part));
    assert.equal((await expect(0, "get", id, "deep/note.txt", "-o", "-")).out, "newest\n");
    const { out: evil } = await expect(0, "start", "evil", "-w");
    assert.match((await expect(3, "get", evil.trim(), "-o", "kept")).err, /the name "\.\.\/evil" leads out of the folder/);
    assert.ok(!existsSync(join(athanor.home, "evil")));
    assert.match((await expect(3, "get", id, "none")).err, /has no artifact "none"/);

    assert.equal((await expect(0, "get", id, "--log")).out, (await site.get(`/api/v1/runs/${id}/log.txt`)).text);
    await expect(0, "get", id, "--log", "-o", "run.log");
    assert.equal(file("run.log").toString(), "one\ntwo\n");
    assert.match((await expect(3, "get", id, "--log", "-o", "run.log")).err, /is there already/);
    assert.match((await expect(0, "get", id, "--results", "csv")).out, /^key,value,count,at\r?\nscore,0\.5,1,/);
    assert.equal(JSON.parse((await expect(0, "get", id, "--results", "json")).out).results[0].key, "score");
    assert.match((await expect(0, "get", id, "--metric", "a/b c")).out, /^step,value,ms\r?\n1,0\.25,/);
    assert.match((await expect(0, "get", id, "--table", "board")).out, /^name,n\r?\nx,1/);
    assert.match((await expect(3, "get", id, "--log", "--table", "x")).err, /--log and --table do not go together/);
    assert.match((await expect(3, "get", id, "--metric", "none")).err, /404/);
});

test("put uploads tables, which list, get and delete know", async () => {
    const table = (n) => `a,b\n${Array.from({ length: n }, (_, i) => `${i},x${i}\n`).join("")}`;
    const write = (n) => writeFileSync(join(athanor.home, "small.csv"), table(n));
    write(3);
    const first = await expect(0, "put", "small.csv");
    assert.match(first.out, /^small\.csv@sha256:[0-9a-f]{64}\n$/);
    assert.equal(first.err, "small.csv, version 1: 3 rows, 2 columns, 19 bytes\n");
    write(4);
    assert.match((await expect(3, "put", "small.csv")).err, /409/);
    const second = JSON.parse((await expect(0, "put", "small.csv", "--replace", "--json")).out);
    assert.equal(second.version, 2);

    // The same line is the next run of the same instance, until the table is another one.
    const start = async () => JSON.parse((await expect(0, "start", "reads", "data=small.csv", "--wait", "--json")).out);
    const reading = [await start(), await start()];
    write(5);
    await expect(0, "put", "small.csv", "--replace", "--quiet");
    reading.push(await start());
    assert.deepEqual(reading.map((row) => row.number), [1, 2, 1]);
    assert.equal(reading[0].configuration.data, second.reference);
    assert.match((await expect(3, "start", "reads", "data=nobody.csv")).err, /configuration\.data: /);
    assert.match((await expect(3, "delete", "--data", "small.csv")).err, /409/);
    assert.match((await expect(3, "start", "reads data=small.csv")).err, /2 instances are called .*; name one by its id: \d+ \d+/);
    await expect(0, "delete", "-i", ...new Set(reading.map((row) => String(row.instance_id))));

    const piped = await athanor.start(["put", "-", "piped.csv", "--project", "one more"], { input: table(20000) }).ended;
    assert.equal(piped.code, 0, piped.err);
    assert.match(piped.err, /piped\.csv, version 1: 20000 rows/);
    assert.match((await expect(3, "put", "-")).err, /what comes from stdin needs a name/);
    assert.match((await expect(3, "put", "missing.csv")).err, /cannot read missing\.csv: No such file/);
    assert.match((await expect(3, "put", ".")).err, /cannot read \.: Is a directory/);

    const cells = (await expect(0, "list", "--data", "-p", "one more")).out.split("\t");
    assert.deepEqual(cells.slice(1, 6), ["piped.csv", "one more", "1", "20000", "2"]);
    assert.equal((await expect(0, "get", "--data", "small.csv")).out, table(5));
    await expect(0, "get", "--data", "piped.csv", "-p", "one more", "-o", "copy.csv");
    assert.equal(readFileSync(join(athanor.home, "copy.csv"), "utf8"), table(20000));
    assert.match((await expect(3, "get", "--data", "none.csv", "-o", "none.csv")).err, /404/);
    assert.ok(!existsSync(join(athanor.home, "none.csv")));
    const shown = terminal(`cd ${athanor.home} && head -c 30000000 /dev/zero | tr '\\0' 1 | ( echo a; head -c 10000000; sleep 1; cat ) | ${program} put - wide.csv`);
    assert.equal((await shown.ended).code, 0, shown.out);
    assert.match(shown.out, /\r\x1b\[Kwide\.csv: \d+\.\d MiB\r/);
    await expect(0, "delete", "--data", "small.csv", "wide.csv");
    await expect(0, "delete", "--data", "piped.csv", "-p", "one more");
    assert.equal((await expect(0, "list", "--data")).out, "");
});

test("promote keeps an artifact as a version, and the same one once", async () => {
    const { out } = await expect(0, "start", "leaves", "-w");
    const id = out.trim();
    const promoted = await expect(0, "promote", id, "kept", "--artifact", "deep/note.txt", "--tag", "one, two", "-d", "the newest");
    assert.equal(promoted.out, "kept/1\n");
    assert.match(promoted.err, /^deep\/note\.txt, SHA-256 [0-9a-f]{64}\n$/);
    const again = JSON.parse((await expect(0, "promote", id, "kept", "--artifact", "deep/note.txt", "--json")).out);
    assert.deepEqual([again.version, again.tags, again.description], [1, ["one", "two"], "the newest"]);
    assert.match((await expect(3, "promote", id, "kept", "--artifact", "none")).err, /none|artifact/);
    assert.match((await expect(3, "promote", id, "no name")).err, /name/);
    assert.match((await expect(0, "list", "--pipelines")).out, new RegExp(`^kept\t1\t1\t\t${id}\t`));
});

test("delete removes runs and instances, but none that is active", async () => {
    const { out } = await expect(0, "start", "says", "--name", "short-lived", "-w");
    await expect(0, "delete", out.trim());
    assert.equal((await site.get(`/api/v1/runs/${out.trim()}`)).status, 404);
    const { out: active } = await expect(0, "start", "sleeps");
    assert.match((await expect(3, "delete", active.trim())).err, /409/);
    await expect(0, "cancel", active.trim(), "-f", "-w");
    await expect(0, "delete", "--instance", "short-lived");
    assert.match((await expect(3, "show", "-i", "short-lived")).err, /there is no instance/);
    assert.ok(!existsSync(join(athanor.home, ".config")));
});
