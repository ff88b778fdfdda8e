// How a site starts, what it says when it cannot, what comes back, and what is left when it ends.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";

import { descendants, isAlive, processOf, processesIn } from "../lib/proc.mjs";
import { control, freePort, root, startStack } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { until } from "../lib/wait.mjs";

const SERVICES = ["postgres", "redis", "runner", "events", "pages-quick", "pages-bulk", "pages-upload", "nginx"];

/** Runs scripts/serve where it must fail; what it says. */
function refused(state, port, ...args) {
    const env = { ...process.env, STATE: state, PORT: String(port) };
    const { status, stdout, stderr } = spawnSync(join(root, "scripts/serve"), args, { env, encoding: "utf8", timeout: 60000 });
    assert.equal(status, 1, `${stdout}${stderr}`);
    return stdout + stderr;
}

/** A state with the data of a site that has ended. */
async function endedSite(t, change) {
    const state = join(tempDir(t), "state");
    const site = await startStack(t, { state, without: ["runner", "events", "nginx", "pages-quick", "pages-bulk", "pages-upload"] });
    await change(site);
    assert.equal(await site.stop(), 0);
    return state;
}

const healthy = async (site) => (await site.get("/healthz", { token: null })).status === 200;

/** A request on a connection of its own; its status. */
function plainGet(url) {
    return new Promise((resolve, reject) => {
        const request = http.get(url, { agent: false, timeout: 30_000 }, (response) => {
            response.on("end", () => resolve(response.statusCode)).on("error", reject).resume();
        });
        request.on("timeout", () => request.destroy(new Error("no answer within 30 s"))).on("error", reject);
    });
}

/** A site for those that leave it as it was. */
const site = await startStack(after);

test("a site starts, says one URL, and its link logs in once", async () => {
    assert.ok(await healthy(site));
    assert.equal(site.output().match(/http:\/\/\S+/g).length, 1, "one URL is printed");
    assert.deepEqual(site.output().split("\n").filter((line) => /WARN|ERROR|FATAL/.test(line)), [], "and nothing that would worry");
    assert.match(site.loginUrl, new RegExp(`^${site.url}/login\\?token=[A-Za-z0-9_-]{43}$`));
    assert.match(site.token, /^ath_[A-Za-z0-9_-]{43}$/);
    assert.equal(statSync(join(site.state, "admin-token")).mode & 0o777, 0o600);

    assert.equal((await site.get("/api/v1/runs", { token: null })).status, 401);
    assert.equal((await site.get("/api/v1/runs")).status, 200);

    const first = await fetch(site.loginUrl, { redirect: "manual" });
    assert.equal(first.status, 303);
    const cookie = first.headers.get("set-cookie").split(";")[0];
    assert.equal((await site.get("/experiments", { cookie })).status, 200);
    const second = await fetch(site.loginUrl, { redirect: "manual" });
    assert.equal(second.headers.get("set-cookie"), null, "a used link opens nothing");

    const another = spawnSync(join(root, "scripts/login-link"), [], { env: { ...process.env, STATE: site.state }, encoding: "utf8" });
    assert.match(another.stdout, new RegExp(`^${site.url}/login\\?token=[A-Za-z0-9_-]{43}\n$`), another.stderr);
    assert.equal((await fetch(another.stdout.trim(), { redirect: "manual" })).status, 303);

    const everything = await site.sql("SELECT count(*) FROM login_links WHERE octet_length(token_hash) = 32 AND used_at IS NOT NULL");
    assert.deepEqual(everything, [{ count: 2 }]);
});

test("where no site is, or none that is up, a login link says so", (t) => {
    const state = tempDir(t);
    const said = () => spawnSync(join(root, "scripts/login-link"), [], { env: { ...process.env, STATE: state }, encoding: "utf8" });
    assert.match(said().stderr, /there is no site in/);
    writeFileSync(join(state, "athanor.ini"), `[athanor]\ndatabase = host='${state}' dbname=athanor\n`);
    const { status, stdout, stderr } = said();
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /is the site up/);
});

test("every program that is killed comes back, and the site with it", async () => {
    const created = await site.sql("INSERT INTO instances (experiment, name) VALUES ('e', 'kept') RETURNING id");
    for (const name of SERVICES) {
        const before = await site.kill(name);
        await site.waitForRestart(name, before);
        assert.equal(isAlive(before), false);
        await until(`the site answers after ${name} came back`, () => healthy(site), 30);
    }
    assert.deepEqual(await site.sql("SELECT id, name FROM instances"), [{ ...created[0], name: "kept" }]);
});

test("no connect is lost while nginx is killed and killed again", async () => {
    let answered = 0;
    let going = true;
    const failures = [];
    const client = (async () => {
        while (going) {
            try {
                // A killed server cuts what it was answering; but no connect is refused, and none waits for good.
                const status = await plainGet(`${site.url}/healthz`);
                if (status === 200) answered++;
                else failures.push(`status ${status}`);
            } catch (error) {
                if (!["ECONNRESET", "EPIPE"].includes(error.code)) failures.push(error.message);
            }
        }
    })();
    for (let i = 0; i < 3; i++) {
        const master = await site.pid("nginx");
        const workers = await until("it has workers", () => {
            const pids = descendants(master).map((p) => p.pid);
            return pids.length > 0 && pids;
        });
        const before = answered;
        process.kill(master, "SIGKILL");
        await site.waitForRestart("nginx", master);
        await until("requests are answered again", () => answered > before + 1);
        assert.deepEqual(workers.filter(isAlive), [], "no worker outlives its master");
    }
    going = false;
    await client;
    assert.deepEqual(failures, []);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    test(`${signal} ends everything and leaves no process and no lock`, async (t) => {
        const site = await startStack(t);
        const everybody = descendants(site.pidOfLauncher);
        assert.ok(everybody.length > SERVICES.length, `${everybody.length} processes`);
        const run = realpathSync(join(site.state, "run"));
        assert.equal(await site.stop(signal), 0);
        assert.deepEqual(everybody.filter((p) => isAlive(p.pid)), []);
        assert.deepEqual(processesIn(site.state), []);
        assert.deepEqual(readdirSync(run), [], "no socket and no pid file is left");
        assert.equal(existsSync(join(site.state, "programs")), false);
        const check = spawnSync(join(root, "scripts/serve"), ["--check"], {
            env: { ...process.env, STATE: site.state, PORT: String(site.port) },
            encoding: "utf8",
        });
        assert.equal(check.status, 0, check.stderr);
    });
}

test("a second start keeps the data and the token, and answers soon", async (t) => {
    const state = join(tempDir(t), "state");
    const first = await startStack(t, { state });
    await first.sql("INSERT INTO instances (experiment, name) VALUES ('e', 'kept')");
    await first.stop();
    const began = Date.now();
    const second = await startStack(t, { state });
    const seconds = (Date.now() - began) / 1000;
    assert.ok(seconds < 30, `it took ${seconds} s`);
    assert.equal(second.token, first.token);
    assert.notEqual(second.loginUrl, first.loginUrl);
    assert.equal((await second.get("/api/v1/runs")).status, 200, "the token of the first start is good");
    assert.deepEqual(await second.sql("SELECT name FROM instances"), [{ name: "kept" }]);
});

test("a killed launcher takes its programs with it, and the next start recovers", async (t) => {
    const state = join(tempDir(t), "state");
    const port = await freePort();
    const first = await startStack(t, { state, port });
    await first.sql("INSERT INTO instances (experiment, name) VALUES ('e', 'kept')");
    const everybody = descendants(first.pidOfLauncher).map((p) => p.pid);
    process.kill(first.pidOfLauncher, "SIGKILL");
    await until("all programs have ended", () => !everybody.some(isAlive), 30);
    const second = await startStack(t, { state, port });
    assert.deepEqual(await second.sql("SELECT name FROM instances"), [{ name: "kept" }]);
});

test("workers that a killed launcher and a killed nginx left behind are ended at the next start", async (t) => {
    const state = join(tempDir(t), "state");
    const port = await freePort();
    const first = await startStack(t, { state, port });
    const master = await first.pid("nginx");
    const workers = descendants(master).map((p) => p.pid);
    process.kill(first.pidOfLauncher, "SIGSTOP"); // so that it cannot do it
    process.kill(master, "SIGKILL");
    process.kill(first.pidOfLauncher, "SIGKILL");
    await until("the launcher is dead", () => !isAlive(first.pidOfLauncher));
    assert.ok(workers.some(isAlive), "the workers go on and hold the port");
    const second = await startStack(t, { state, port });
    assert.deepEqual(workers.filter(isAlive), []);
    assert.ok(await healthy(second));
});

test("a state in use is refused in plain words", async () => {
    const said = refused(site.state, await freePort());
    assert.match(said, /in use by another make run/);
    assert.match(said, /make run STATE=/);
    assert.ok(await healthy(site));
});

test("a taken port is refused in plain words", async (t) => {
    const server = createServer().listen(0, "127.0.0.1");
    t.after(() => server.close());
    await new Promise((resolve) => server.on("listening", resolve));
    const { port } = server.address();
    const said = await new Promise((resolve) => {
        // The server must go on accepting meanwhile.
        import("node:child_process").then(({ execFile }) => {
            const env = { ...process.env, STATE: join(tempDir(t), "state"), PORT: String(port) };
            execFile(join(root, "scripts/serve"), [], { env }, (error, stdout, stderr) => {
                assert.equal(error?.code, 1);
                resolve(stdout + stderr);
            });
        });
    });
    assert.match(said, new RegExp(`port ${port} is taken by another program`));
    assert.match(said, new RegExp(`make run PORT=${port + 1}`));
});

test("bad wishes are refused in plain words", async (t) => {
    const dir = tempDir(t);
    for (const port of ["x", "0", "70000", "-1", "08"]) assert.match(refused(dir, port, "--check"), /is not a port number/);
    mkdirSync(join(dir, "a'b"));
    assert.match(refused(join(dir, "a'b"), 8080, "--check"), /holds a character that cannot be used here/);
    writeFileSync(join(dir, "file"), "");
    assert.match(refused(join(dir, "file"), 8080, "--check"), /cannot make the folder/);
});

test("a state of a newer version is refused in plain words", async (t) => {
    const state = await endedSite(t, (site) =>
        site.sql("INSERT INTO schema_migrations (version, name, checksum) VALUES (999, '999_future', 'x')"),
    );
    const said = refused(state, await freePort());
    assert.match(said, /from a newer version of athanor \(it has 999_future/);
    assert.match(said, /another STATE/);
    assert.deepEqual(processesIn(state), []);
});

test("a schema file that changed after it was run is refused in plain words", async (t) => {
    const state = await endedSite(t, (site) => site.sql("UPDATE schema_migrations SET checksum = 'y' WHERE version = 1"));
    assert.match(refused(state, await freePort()), /001_core\.sql has changed since this database was made with it/);
});

test("a state with a long path gets sockets with short ones", async (t) => {
    const state = join(tempDir(t), "long-".repeat(20), "state with spaces");
    mkdirSync(state, { recursive: true });
    const site = await startStack(t, { state });
    assert.ok(await healthy(site));
    const run = realpathSync(join(state, "run"));
    assert.ok(run.length < 60 && !run.startsWith(state), run);
    await site.stop();
    const again = await startStack(t, { state });
    assert.equal(realpathSync(join(state, "run")), run, "the short folder is remembered");
    await again.stop();
    spawnSync("rmdir", [run]);
});

test("a program that is ended for a while waits to be started", async () => {
    await site.stopProgram("redis");
    assert.equal((await site.status()).redis.pid, 0);
    assert.ok(await healthy(site));
    await site.startProgram("redis");
    assert.equal(processOf((await site.status()).redis.pid).name, "redis-server");

    // Started again while it is still ending, it comes back.
    const pid = await site.pid("redis");
    assert.equal(await control(site.state, "stop redis"), "ok\n");
    assert.equal(await control(site.state, "start redis"), "ok\n");
    await site.waitForRestart("redis", pid);
    assert.match(readFileSync(join(site.state, "log/redis.log"), "utf8"), /ready to accept connections/);
});
