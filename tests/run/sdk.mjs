// The three SDKs: the same verbs give the same messages, from threads and forks too, and outside a run they
// harm nothing.
import test from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync, rmSync, openSync, closeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after } from "node:test";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const dir = mkdtempSync(join(tmpdir(), "athanor-sdk-"));
after(() => rmSync(dir, { recursive: true, force: true }));

const configuration = {
    size: 64, rate: 0.25, on: true, name: 'a "quoted" n\u00e4me\n',
    api: { timeout: 30, key: "k" }, pairs: [{ left: 1 }, { left: 2 }],
};
const configPath = join(dir, "config.json");
writeFileSync(configPath, JSON.stringify(configuration));

/** Runs a program with fd 3 as a runner would give it; answers its messages and what else it said. */
function run(command, args, { connected = true, input } = {}) {
    const path = join(dir, "messages");
    const fd = openSync(path, "w");
    const env = { PATH: process.env.PATH, HOME: dir };
    if (connected)
        Object.assign(env, {
            ATHANOR_FD: "3", ATHANOR_CONFIG: configPath, ATHANOR_RUN_ID: "7", ATHANOR_RUN_NUMBER: "3",
            ATHANOR_INSTANCE_ID: "5", ATHANOR_INSTANCE_NAME: "nightly", ATHANOR_EXPERIMENT: "x",
            PYTHONPATH: join(root, "sdk/python"), PYTHONDONTWRITEBYTECODE: "1",
        });
    else Object.assign(env, { PYTHONPATH: join(root, "sdk/python"), PYTHONDONTWRITEBYTECODE: "1" });
    const r = spawnSync(command, args, {
        env, input, stdio: ["pipe", "pipe", "pipe", connected ? fd : "ignore"], timeout: 120_000, encoding: "utf8",
    });
    closeSync(fd);
    const messages = readFileSync(path, "utf8").split("\n").filter(Boolean).map((l) => JSON.parse(l));
    return { ...r, messages };
}

function compile(name, source, flags = []) {
    const c = join(dir, `${name}.c`), out = join(dir, name);
    writeFileSync(c, source);
    const r = spawnSync("gcc", ["-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-g", ...flags,
        `-I${root}/sdk/c`, "-o", out, c, ...["athanor", "config", "text", "writer"].map((f) => `${root}/sdk/c/${f}.c`),
        "-lpthread", "-lm"], { encoding: "utf8" });
    assert.equal(r.status, 0, r.stderr);
    return out;
}

/** The code example in a comment or docstring: its indented lines, from the first that matches to the end of the block. */
function example(path, from, prefix) {
    const lines = readFileSync(path, "utf8").split("\n");
    const start = lines.findIndex((l) => l.includes(from));
    assert.notEqual(start, -1, `${path} has an example with ${from}`);
    const out = [];
    for (const line of lines.slice(start)) {
        const bare = line.startsWith(prefix.trimEnd()) ? line.slice(prefix.length) : null;
        if (bare === null || (bare !== "" && line.slice(prefix.trimEnd().length).search(/\S/) < prefix.length - prefix.trimEnd().length)) break;
        out.push(bare);
    }
    return out.join("\n");
}

const said = [
    { type: "log", level: "warn", message: 'a "b"\n\u00e4', metadata: { disk: "sda", free: 0.5 } },
    { type: "progress", current: 1, total: 3, message: "one" },
    { type: "progress", current: 2 },
    { type: "result", key: "accuracy", value: 0.93 },
    { type: "result", key: "best", value: "svm" },
    { type: "metric", key: "loss", step: 1, value: "NaN" },
    { type: "row", table: "models", values: { name: "svm", loss: 0.1, n: 3, best: true, none: null } },
    { type: "event", kind: "model.fitted", message: "svm", payload: { n: 3 }, duration_ms: 12.5 },
    { type: "artifact", path: "model.pkl", name: "model" },
    { type: "fact", key: "numpy", value: "1.24" },
    { type: "complete" },
];

const cProgram = `
#include <athanor.h>
#include <math.h>
#include <stdio.h>
int main(void)
{
    athanor_log_fields(ATHANOR_WARN, "a \\"b\\"\\n\\u00e4", "disk:s free:f", "sda", 0.5);
    athanor_progress(1, 3, "one");
    athanor_progress(2, 0, NULL);
    athanor_result_double("accuracy", 0.93);
    athanor_result_string("best", "svm");
    athanor_metric("loss", 1, NAN);
    athanor_row("models", "name:s loss:f n:d best:b none:n", "svm", 0.1, 3, 1);
    athanor_event("model.fitted", "svm", 12.5, "n:d", 3);
    athanor_artifact("model.pkl", "model");
    athanor_fact("numpy", "1.24");
    athanor_complete();
    printf("%lld %g %d %s %lld %lld %zu %s %lld\\n", athanor_config_int("size", 0), athanor_config_double("rate", 0),
           athanor_config_bool("on", false), athanor_config_string("name", ""), athanor_config_int("api.timeout", 0),
           athanor_config_int("pairs.1.left", 0), athanor_config_count("pairs"), athanor_config_string("no.such", "none"),
           athanor_run()->number);
    return athanor_row("t", "broken", 1) == -1 && athanor_row("t", "a:z", 1) == -1 ? 0 : 1;
}`;

test("C says every message, reads the configuration and refuses bad fields", () => {
    const r = run(compile("all", cProgram, ["-fsanitize=address,undefined"]), []);
    assert.equal(r.status, 0, r.stderr);
    assert.deepEqual(r.messages, said);
    assert.equal(r.stdout, `64 0.25 1 ${configuration.name} 30 2 2 none 3\n`);
});

test("C takes JSON of several lines, and reads lists by number alone", () => {
    const r = run(compile("json", `
#include <athanor.h>
int main(void)
{
    athanor_result_json("pretty", "{\\n  \\"a\\": [1,\\r\\n 2]\\n}");
    athanor_result_json("nothing", NULL);
    athanor_row("t", "j:j", "[\\n3]");
    return (int)athanor_config_count("pairs.left") + (int)athanor_config_int("pairs.-1.left", 0) + (int)athanor_config_int("pairs.1x.left", 0);
}`, ["-fsanitize=address,undefined"]), []);
    assert.equal(r.status, 0, r.stderr);
    assert.deepEqual(r.messages, [
        { type: "result", key: "pretty", value: { a: [1, 2] } },
        { type: "result", key: "nothing", value: null },
        { type: "row", table: "t", values: { j: [3] } },
    ]);
});

test("C outside a run prints to stderr and ends well", () => {
    const r = run(join(dir, "all"), [], { connected: false });
    assert.equal(r.status, 0);
    assert.match(r.stderr, /"key":"accuracy"/);
    assert.deepEqual(r.messages, []);
});

test("the example of athanor.h compiles and runs", () => {
    const source = example(join(root, "sdk/c/athanor.h"), "#include <athanor.h>", " *     ");
    const r = run(compile("example", source), []);
    assert.equal(r.status, 0, r.stderr);
    assert.equal(r.messages.at(-1).key, "loss");
    assert.equal(r.messages.filter((m) => m.type === "metric").length, 100);
});

const crowd = `
#include <athanor.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <stdlib.h>
#include <unistd.h>
static char padding[9000];
static void *speak(void *who)
{
    for (int i = 0; i < 500; i++)
        athanor_log_fields(ATHANOR_INFO, i % 10 ? "short" : padding, "who:l i:d", (long long)(long)who, i);
    return NULL;
}
int main(void)
{
    memset(padding, 'x', sizeof(padding) - 1);
    athanor_log(ATHANOR_INFO, "parent first");
    for (long p = 1; p <= 3; p++) {
        if (fork() == 0) {
            pthread_t t[4];
            for (long i = 0; i < 4; i++)
                pthread_create(&t[i], NULL, speak, (void *)(p * 10 + i));
            for (int i = 0; i < 4; i++)
                pthread_join(t[i], NULL);
            exit(0);
        }
    }
    speak((void *)0L);
    while (wait(NULL) > 0)
        ;
    return 0;
}`;

test("C keeps every message of 4 processes and 13 threads whole and in its order", () => {
    const r = run(compile("crowd", crowd), []);
    assert.equal(r.status, 0, r.stderr);
    assert.equal(r.messages.filter((m) => m.message === "parent first").length, 1);
    const next = new Map();
    for (const m of r.messages.filter((x) => x.metadata)) {
        assert.equal(m.metadata.i, next.get(m.metadata.who) ?? 0);
        next.set(m.metadata.who, m.metadata.i + 1);
    }
    assert.equal(next.size, 13);
    for (const n of next.values()) assert.equal(n, 500);
});

const pythonProgram = `
import athanor
athanor.log('a "b"\\n\\u00e4', "warn", disk="sda", free=0.5)
athanor.progress(1, 3, "one")
athanor.progress(2)
athanor.result("accuracy", 0.93)
athanor.result("best", "svm")
athanor.metric("loss", 1, float("nan"))
athanor.row("models", {"name": "svm", "loss": 0.1, "n": 3, "best": True, "none": None})
athanor.event("model.fitted", "svm", {"n": 3}, 12.5)
athanor.artifact("model.pkl", "model")
athanor.fact("numpy", "1.24")
athanor.complete()
c = athanor.config
assert (c("size"), c("api.timeout"), c("pairs.1.left"), c("no.such", "none")) == (64, 30, 2, "none")
assert c("name") == 'a "quoted" n\\u00e4me\\n' and athanor.run().number == 3
`;

test("Python says every message and reads the configuration", () => {
    const r = run("python3", ["-c", pythonProgram]);
    assert.equal(r.status, 0, r.stderr);
    assert.deepEqual(r.messages, said);
});

test("Python outside a run prints to stderr and ends well", () => {
    const r = run("python3", ["-c", "import athanor\nathanor.result('a', 1)\nassert athanor.config('x', 2) == 2"],
        { connected: false });
    assert.equal(r.status, 0, r.stderr);
    assert.match(r.stderr, /"key":"a"/);
});

test("the example of athanor.py runs", () => {
    const source = example(join(root, "sdk/python/athanor.py"), "    import athanor", "    ");
    const r = run("python3", ["-c", source]);
    assert.equal(r.status, 0, r.stderr);
    assert.equal(r.messages.at(-1).key, "loss");
});

test("Python keeps messages of threads and forked children whole, and flushes at exit", () => {
    const r = run("python3", ["-c", `
import athanor, os, threading
def speak(who):
    for i in range(200):
        athanor.log("x" * (6000 if i % 10 == 0 else 10), who=who, i=i)
athanor.log("first")
children = []
for p in range(1, 3):
    pid = os.fork()
    if pid == 0:
        ts = [threading.Thread(target=speak, args=(p * 10 + i,)) for i in range(3)]
        [t.start() for t in ts]; [t.join() for t in ts]
        athanor.flush()
        os._exit(0)
    children.append(pid)
speak(0)
for pid in children: os.waitpid(pid, 0)
`]);
    assert.equal(r.status, 0, r.stderr);
    const counts = {};
    for (const m of r.messages.filter((x) => x.metadata)) {
        counts[m.metadata.who] ??= 0;
        assert.equal(m.metadata.i, counts[m.metadata.who]++);
    }
    assert.deepEqual(Object.values(counts), Array(7).fill(200));
});

test("what a Python program prints within a run is said at once", () => {
    const said = (connected) => run("python3", ["-c", "import athanor, os\nprint('now')\nos._exit(0)"], { connected }).stdout;
    assert.equal(said(true), "now\n");
    assert.equal(said(false), "", "elsewhere Python's own ways are left alone");
});

test("python3 -m athanor speaks from a shell", () => {
    const r = run("sh", ["-c", `
python3 -m athanor result accuracy 0.93 && python3 -m athanor row t a=1 b=x && python3 -m athanor log -l warn hello
python3 -m athanor config api.timeout; python3 -m athanor nonsense`]);
    assert.equal(r.status, 2);
    assert.equal(r.stdout.trim(), "30");
    assert.deepEqual(r.messages, [
        { type: "result", key: "accuracy", value: 0.93 },
        { type: "row", table: "t", values: { a: 1, b: "x" } },
        { type: "log", level: "warn", message: "hello" },
    ]);
});

test("the shell functions say every message under dash", () => {
    const r = run("dash", ["-c", `
. ${root}/sdk/shell/athanor.sh
athanor_send '{"type":"log","level":"warn","message":"a \\"b\\"\\n\u00e4","metadata":{"disk":"sda","free":0.5}}'
athanor_progress 1 3 one
athanor_progress 2
athanor_result accuracy 0.93
athanor_result_string best svm
athanor_metric loss 1 '"NaN"'
athanor_row models name=svm loss=0.1 n=3 best=true none=null
athanor_send '{"type":"event","kind":"model.fitted","message":"svm","payload":{"n":3},"duration_ms":12.5}'
athanor_artifact model.pkl model
athanor_fact numpy 1.24
athanor_complete
athanor_config size; athanor_config no.such none
printf 'a "q"\\nlast' | athanor_log_batch debug
athanor_fact path 'C:\\new\\table "x" \\\\host & co'`]);
    assert.equal(r.status, 0, r.stderr);
    assert.deepEqual(r.messages, [...said,
        { type: "log", level: "debug", message: 'a "q"' }, { type: "log", level: "debug", message: "last" },
        { type: "fact", key: "path", value: 'C:\\new\\table "x" \\\\host & co' }]);
    assert.equal(r.stdout, "64\nnone\n");
});

test("a cancel is seen by programs that opt in, and ends those that do not", () => {
    const py = (opt) => run("python3", ["-c", `
import athanor, os, signal, time
${opt}
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(0.1)
assert athanor.cancelled()
athanor.result("saved", True)`]);
    assert.deepEqual(py("athanor.catch_cancel()").messages, [{ type: "result", key: "saved", value: true }]);
    assert.equal(py("").signal, "SIGTERM");
    const sh = run("dash", ["-c", `. ${root}/sdk/shell/athanor.sh
athanor_catch_cancel; athanor_cancelled && exit 1; kill -TERM $$; athanor_cancelled && athanor_result saved true`]);
    assert.deepEqual(sh.messages, [{ type: "result", key: "saved", value: true }]);
});
