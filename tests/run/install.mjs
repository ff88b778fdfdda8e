// `make install` and a backup: what they put where, and that it works from there.

import test from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { root, startStack } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";

function ok(command, args, options) {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", timeout: 120000, ...options });
    assert.equal(status, 0, `${command} ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
}

test("make install fills DESTDIR/PREFIX and keeps an administrator's files", (t) => {
    const dest = tempDir(t);
    ok(join(root, "scripts/install"), [dest, "/opt/athanor"]);
    for (const name of ["pages", "events", "runner", "launch"])
        assert.ok(statSync(join(dest, "opt/athanor/bin", `athanor-${name}`)).mode & 0o111);
    for (const file of [
        "lib/athanor/migrate", "lib/athanor/backup", "lib/libathanor.so.1", "include/athanor.h", "share/athanor/sql/schema/001_core.sql",
        "share/athanor/static/manifest", "share/athanor/experiments/ising/experiment.json",
        "bin/athanor", "share/man/man1/athanor.1", "share/bash-completion/completions/athanor", "share/zsh/site-functions/_athanor",
    ])
        assert.ok(existsSync(join(dest, "opt/athanor", file)), file);

    const unit = join(dest, "opt/athanor/lib/systemd/system/athanor-runner.service");
    assert.match(readFileSync(unit, "utf8"), /^ExecStart=\/opt\/athanor\/bin\/athanor-runner$/m);
    const site = join(dest, "etc/nginx/sites-available/athanor");
    assert.match(readFileSync(site, "utf8"), /root \/opt\/athanor\/share\/athanor;/);
    const settings = join(dest, "etc/athanor/athanor.ini");
    assert.doesNotMatch(readFileSync(settings, "utf8"), /@PREFIX@/);

    writeFileSync(settings, "[athanor]\ndatabase = dbname=mine\n");
    ok(join(root, "scripts/install"), [dest, "/opt/athanor"]);
    assert.match(readFileSync(settings, "utf8"), /dbname=mine/);
    assert.match(readFileSync(`${settings}.new`, "utf8"), /dbname=athanor/);

    ok(join(root, "scripts/uninstall"), [dest, "/opt/athanor"]);
    const left = ok("find", [dest, "-type", "f", "-printf", "%P\n"]).trim().split("\n").sort();
    assert.deepEqual(left, ["etc/athanor/athanor.ini", "etc/athanor/athanor.ini.new", "etc/nginx/sites-available/athanor"]);
});

test("the documentation names every setting with its default, and every target of the Makefile", () => {
    const page = readFileSync(join(root, "docs/install.md"), "utf8");
    const table = readFileSync(join(root, "lib/conf.c"), "utf8");
    const row = (key) => page.split("\n").find((line) => line.startsWith("|") && new RegExp(`\\W${key}\\W`).test(line.split("|")[1]));
    for (const [, kind, key, value] of table.matchAll(/^ {4}(TEXT|NUMBER|FLAG)\((\w+)(?:, (?:\w+, (?=SHARE|"))?([^,)]+))?/gm)) {
        assert.ok(row(key), `${key} is not told of`);
        if (kind === "NUMBER" && /^[\d *]+$/.test(value)) {
            const number = value.split("*").reduce((product, factor) => product * Number(factor), 1);
            assert.match(row(key).split("|")[2], new RegExp(`\\b${number}\\b`), key);
        }
    }
    for (const target of ["login-link", "backup", "restore", "uninstall"])
        assert.match(ok("make", ["-s", "-C", root, "help"]), new RegExp(`^${target}: `, "m"));
});

test("what is installed works from where it lies", async (t) => {
    const dest = tempDir(t);
    ok(join(root, "scripts/install"), [dest, "/opt/athanor"]);
    const there = join(dest, "opt/athanor");
    const site = await startStack(t, { without: ["runner", "events", "nginx", "pages-quick", "pages-bulk", "pages-upload"] });
    const socket = realpathSync(join(site.state, "run"));
    ok("/usr/lib/postgresql/15/bin/createdb", ["-h", socket, "-U", "athanor", "installed"]);
    const settings = join(dest, "etc/athanor/athanor.ini");
    const text = readFileSync(settings, "utf8").replaceAll("/opt/athanor", there).replace("dbname=athanor", `host=${socket} dbname=installed`);
    writeFileSync(settings, text);

    ok(join(there, "lib/athanor/migrate"), ["--config", settings]);
    const link = new URL(ok(join(there, "lib/athanor/login-link"), ["--config", settings]));
    assert.equal(link.hostname, "athanor.example.org");
    const empty = tempDir(t);
    for (const name of ["pages", "events", "runner"])
        assert.match(ok(join(there, `bin/athanor-${name}`), ["--help"], { cwd: empty }), new RegExp(`^usage: athanor-${name} `));
    assert.deepEqual(readdirSync(empty), [], "asking for help makes nothing");
    const page = (path, query) =>
        ok(join(there, "bin/athanor-pages"), ["--config", settings, "--pool", "quick"], {
            env: { REQUEST_METHOD: "GET", DOCUMENT_URI: path, REQUEST_URI: `${path}?${query}`, QUERY_STRING: query, GATEWAY_INTERFACE: "CGI/1.1" },
        });
    const asked = page("/login", "");
    const sheet = /href="(\/static\/[^"]+\.css)"/.exec(asked.replaceAll("&#x2F;", "/"))?.[1];
    assert.ok(sheet && existsSync(join(there, "share/athanor", sheet)), asked);
    assert.match(page("/login", link.search.slice(1)), /^Set-Cookie: athanor_session=/m);
});

test("nginx takes the installed site, and systemd the units", (t) => {
    const dest = tempDir(t);
    ok(join(root, "scripts/install"), [dest, "/usr/local"]);
    const nginx = join(dest, "etc/nginx");
    const conf = readFileSync(join(nginx, "sites-available/athanor"), "utf8").replace("listen 80 ", "listen 127.0.0.1:1 ");
    writeFileSync(join(nginx, "athanor-site.conf"), conf);
    // Debian's own settings and another site stand on the same level.
    const debian = "sendfile on; tcp_nopush on; types_hash_max_size 2048; default_type application/octet-stream; gzip on; server_tokens build;";
    const other = "limit_req_status 503; server { listen 127.0.0.1:1 default_server; }";
    writeFileSync(
        join(nginx, "nginx.conf"),
        `pid ${dest}/pid;\nerror_log stderr;\nevents {}\nhttp { ${debian} include /etc/nginx/mime.types; ${other} include athanor-site.conf; }\n`,
    );
    // Only the syntax: binding and its folders are the administrator's.
    const { stderr } = spawnSync("/usr/sbin/nginx", ["-t", "-e", "stderr", "-p", dest, "-c", join(nginx, "nginx.conf")], {
        encoding: "utf8",
    });
    assert.match(stderr, /syntax is ok/);

    const units = join(dest, "usr/local/lib/systemd/system");
    const files = ["athanor.target", "athanor-migrate.service", "athanor-events.socket", "athanor-events.service", "athanor-runner.service"];
    for (const kind of ["socket", "service"]) files.push(`athanor-pages@quick.${kind}`);
    if (spawnSync("systemd-analyze", ["--version"]).status !== 0) return t.diagnostic("no systemd-analyze here");
    for (const kind of ["socket", "service"])
        writeFileSync(join(units, `athanor-pages@quick.${kind}`), readFileSync(join(units, `athanor-pages@.${kind}`)));
    const verify = spawnSync("systemd-analyze", ["verify", ...files.map((f) => join(units, f))], { encoding: "utf8" });
    const complaints = verify.stderr.split("\n").filter((line) => /athanor/.test(line) && !/is not executable/.test(line));
    assert.deepEqual(complaints, []);
});

test("a backup holds a site, and a new site can be made from it", async (t) => {
    const base = tempDir(t);
    const programs = ["runner", "events", "nginx", "pages-quick", "pages-bulk", "pages-upload"];
    const site = await startStack(t, { without: programs });
    await site.sql("INSERT INTO instances (experiment, name) VALUES ('e', 'kept')");
    await site.sql("SELECT create_run(1, 3)");
    mkdirSync(join(site.state, "artifacts"));
    writeFileSync(join(site.state, "artifacts/a"), "bytes");
    const settings = join(site.state, "athanor.ini");
    const folder = join(base, "backup");
    ok(join(root, "scripts/backup"), ["--config", settings, "make", folder]);
    const twice = spawnSync(join(root, "scripts/backup"), ["--config", settings, "make", folder], { encoding: "utf8" });
    assert.equal(twice.status, 1);
    assert.match(twice.stderr, /is there already/);
    const wrong = spawnSync(join(root, "scripts/backup"), ["--config", settings, "restore", folder], { encoding: "utf8" });
    assert.match(wrong.stderr, /the database is not empty/);
    await site.stop();

    const state = join(base, "state");
    const restore = () => spawnSync(join(root, "scripts/restore"), [folder], { encoding: "utf8", env: { ...process.env, STATE: state }, timeout: 120_000 });
    const restored = restore();
    assert.equal(restored.status, 0, restored.stdout + restored.stderr);
    assert.match(restored.stdout, /^restore: the site of \S+ is in \S+; make run STATE=\S+ serves it\n$/);
    assert.match(restore().stderr, /there is a site in .* already/);
    const again = await startStack(t, { state, without: programs });
    assert.deepEqual(await again.sql("SELECT i.name, r.priority FROM instances i JOIN runs r ON r.instance_id = i.id"), [
        { name: "kept", priority: 3 },
    ]);
    assert.equal(readFileSync(join(state, "artifacts/a"), "utf8"), "bytes");
});
