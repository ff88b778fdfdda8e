// The whole way of a newcomer: a clean clone, `make run`, Ctrl-C, `make run` again, as an ordinary user; and as root from a
// folder that nobody else can enter.
// test-timeout: 900

import test from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { allProcesses, processesIn } from "../lib/proc.mjs";
import { freePort, root, startStack } from "../lib/stack.mjs";
import { atEnd, tempDir } from "../lib/tmp.mjs";
import { until, within } from "../lib/wait.mjs";

const isRoot = process.getuid() === 0;

/** What a clean clone holds: the tracked files as they are now, or, where there is no repository, all but what is built. */
function trackedFiles() {
    const git = spawnSync("git", ["-c", `safe.directory=${root}`, "-C", root, "ls-files", "-z"], { encoding: "utf8" });
    if (git.status === 0) return git.stdout.split("\0").filter(Boolean);
    const made = ["build", "var", "node_modules"].flatMap((name) => ["-path", `./${name}`, "-prune", "-o"]);
    const found = execFileSync("find", [".", ...made, "-type", "f", "-print0"], { cwd: root, encoding: "utf8" });
    return found.split("\0").filter(Boolean);
}

function commandOf(pid) {
    try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {
        return "";
    }
}

function cleanClone(t) {
    const clone = join(tempDir(t), "clone");
    for (const file of trackedFiles()) {
        if (!existsSync(join(root, file))) continue;
        mkdirSync(dirname(join(clone, file)), { recursive: true });
        copyFileSync(join(root, file), join(clone, file));
    }
    return clone;
}

/** `make run` in a process group of its own, as a terminal starts it. */
function makeRun(t, clone, port) {
    const home = join(clone, "..", "home");
    mkdirSync(home, { recursive: true });
    const env = { ...process.env, HOME: home, PORT: String(port), npm_config_cache: join(home, ".npm") };
    for (const name of Object.keys(env)) if (/^(ATHANOR_|MAKE|NODE_TEST)/.test(name)) delete env[name];
    let command = ["make", "run"];
    if (isRoot) {
        execFileSync("chown", ["-R", "athanor:", dirname(clone)]);
        command = ["setpriv", "--reuid=athanor", "--regid=athanor", "--init-groups", ...command];
    }
    const child = spawn(command[0], command.slice(1), { cwd: clone, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const run = { child, output: "", exit: null };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (d) => (run.output += d));
    run.exit = new Promise((resolve) => child.on("exit", (code, signal) => resolve(code ?? signal)));
    const kill = (signal) => {
        try {
            process.kill(-child.pid, signal);
        } catch {
            // it has ended
        }
    };
    process.once("exit", () => kill("SIGTERM"));
    atEnd(t, async () => {
        kill("SIGTERM");
        await within(run.exit, 60, "make run ends").catch(() => kill("SIGKILL"));
    });
    run.interrupt = () => kill("SIGINT");
    return run;
}

async function upWithin(run, port, seconds) {
    const began = Date.now();
    await until(
        "make run prints its URL",
        () => {
            if (run.child.exitCode !== null) throw new Error(`make run ended with ${run.child.exitCode}`);
            return /\/login\?token=/.test(run.output);
        },
        seconds,
    ).catch((error) => {
        throw new Error(`${error.message}; it said:\n${run.output.slice(-3000)}`);
    });
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
    assert.equal(answer.status, 200);
    return (Date.now() - began) / 1000;
}

test("a clean clone: make run, Ctrl-C, make run again, as an ordinary user", async (t) => {
    const clone = cleanClone(t);
    const port = await freePort();

    const first = makeRun(t, clone, port);
    t.diagnostic(`the first start took ${await upWithin(first, port, 600)} s`);
    const state = join(clone, "var");
    assert.notEqual(statSync(join(state, "admin-token")).uid, 0);
    const token = readFileSync(join(state, "admin-token"), "utf8").trim();
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const created = await fetch(`http://127.0.0.1:${port}/api/v1/instances`, {
        method: "POST",
        headers,
        body: JSON.stringify({ experiment: "compressors", name: "kept", configuration: {} }),
    });
    assert.equal(created.status, 201, await created.clone().text());

    first.interrupt();
    await within(first.exit, 60, "make run ends");
    assert.deepEqual(processesIn(clone), []);
    assert.deepEqual(readdirSync(realpathSync(join(state, "run"))), []);

    const second = makeRun(t, clone, port);
    const seconds = await upWithin(second, port, 60);
    t.diagnostic(`the second start took ${seconds} s`);
    assert.ok(seconds < 30, `the second start took ${seconds} s`);
    const list = await (await fetch(`http://127.0.0.1:${port}/api/v1/instances`, { headers })).json();
    assert.deepEqual(list.items.map((i) => i.name), ["kept"]);
    second.interrupt();
    await within(second.exit, 60, "make run ends");
    assert.deepEqual(processesIn(clone), []);
    assert.doesNotMatch(first.output + second.output, /warning:/i, "the build is clean");
});

test("as root, from a folder that nobody else can enter", { skip: !isRoot && "only root can show it" }, async (t) => {
    const closed = join(tempDir(t), "closed");
    mkdirSync(join(closed, "build"), { recursive: true });
    for (const part of ["scripts", "templates", "sql", "nginx", "experiments", "sdk", "build/bin", "build/static"])
        spawnSync("cp", ["-r", join(root, part), join(closed, part)]);
    chmodSync(closed, 0o700);
    const state = join(closed, "var");
    atEnd(t, () => {
        if (existsSync(state)) rmSync(dirname(realpathSync(state)), { recursive: true, force: true });
    });
    // A template cluster would make the state non-empty before the start; here it begins from nothing.
    const template = process.env.ATHANOR_TEST_TEMPLATE;
    delete process.env.ATHANOR_TEST_TEMPLATE;
    t.after(() => template && (process.env.ATHANOR_TEST_TEMPLATE = template));

    const site = await startStack(t, { tree: closed, state });
    assert.match(site.output(), /cannot reach .*, so the state is in \/var\/lib\/athanor\//);
    assert.match(site.output(), /a copy in \/var\/lib\/athanor\/.* is served/);
    assert.ok(lstatSync(state).isSymbolicLink());
    assert.match(site.token, /^ath_/);
    assert.equal((await site.get("/api/v1/runs")).status, 200);
    for (const { pid } of Object.values(await site.status()))
        if (pid) assert.notEqual(statSync(`/proc/${pid}`).uid, 0, "nothing runs as root");
    const kept = realpathSync(state);

    // Experiments are put into the closed folder as into any other.
    const folder = join(closed, "experiments/greeting");
    const offer = (manifest) => {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeFileSync(join(folder, "greet"), "#!/bin/sh\necho hello\n", { mode: 0o4755 });
        chmodSync(join(folder, "greet"), 0o4755);
        writeFileSync(join(folder, "experiment.json"), JSON.stringify({ name: "greeting", command: ["greet"], ...manifest }), { mode: 0o600 });
    };
    const known = async (what, right) =>
        until(what, async () => right((await site.get("/api/v1/experiments/greeting")).json), 30);
    offer({ title: "One" });
    await known("it is offered", (x) => x.title === "One" && x.available);
    const { json: instance } = await site.post("/api/v1/instances", { experiment: "greeting", name: "g", configuration: {} });
    const { json: run } = await site.post(`/api/v1/instances/${instance.id}/runs`);
    const ended = await until("the run ends", async () => {
        const { json } = await site.get(`/api/v1/runs/${run.id}/wait?timeout_s=30`);
        return json.finished_at && json;
    }, 120);
    assert.deepEqual([ended.status, ended.lines], ["completed", 1]);
    assert.equal(statSync(join(dirname(kept), "tree/experiments/greeting/greet")).mode & 0o7777, 0o755, "no program of root's sets its user");
    offer({ title: "Two" });
    await known("its change is seen", (x) => x.title === "Two");
    rmSync(folder, { recursive: true });
    await known("it has gone", (x) => !x.available);
    await site.stop();
    await until("no process is left", () => allProcesses().every((p) => !commandOf(p.pid).includes(closed)), 30);

    const again = await startStack(t, { tree: closed, state });
    assert.equal(realpathSync(state), kept);
    assert.match(again.output(), new RegExp(`a copy in ${dirname(kept)}/tree is served`));
    assert.equal(again.token, site.token);
});
