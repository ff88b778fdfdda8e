// The Python client: each verb against a real site, its failures, and the examples of its page.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createPlain, request } from "node:http";
import { createServer } from "node:https";
import { join } from "node:path";

import { makeCommand, program } from "../lib/client.mjs";
import { startRunner } from "../lib/runs.mjs";
import { freePort, root } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const says = {
    configuration: [
        { name: "lines", type: "integer", default: 3, min: 0 },
        { name: "status", type: "integer", default: 0 },
        { name: "api", type: "group", fields: [{ name: "url", type: "string", default: "here" }] },
        { name: "pairs", type: "list", fields: [{ name: "left", type: "integer" }, { name: "right", type: "boolean" }] },
    ],
    command: `python3 - <<'END'
import json, os, sys
c = json.load(open(os.environ["ATHANOR_CONFIG"]))
texts = ["line %d" % (i + 1) for i in range(c["lines"])] + ["x" * 70000]
open("model.bin", "wb").write(bytes(range(256)) * 5000)
for m in (*({"type": "log", "message": text} for text in texts), {"type": "log", "level": "warn", "message": "careful", "metadata": {"a": 1}}, {"type": "result", "key": "score", "value": [0.1]},
          {"type": "artifact", "path": "model.bin", "name": "model.bin"}):
    os.write(3, json.dumps(m).encode() + b"\\n")
sys.exit(c["status"])
END`,
};
const reads = { configuration: [{ name: "data", type: "data_source" }], command: "true" };
const site = await startRunner(after, { without: [], experiments: { says, reads, sleeps: "echo here; exec sleep 600" } });
const python = makeCommand(after, site, { PYTHONPATH: join(root, "sdk/python"), PYTHONDONTWRITEBYTECODE: "1" });
await until("the experiments are there", async () => (await site.get("/api/v1/experiments")).json.items.length === 3);

/** Runs a program with `site` as a client; resolves to what it printed as JSON. */
async function run(code, env = {}) {
    writeFileSync(join(python.home, "program.py"), `import json, athanor_client as a\nfrom athanor_client import *\n${code}`);
    const { code: status, out, err } = await python.start(["program.py"], { command: ["python3", "-W", "error"], env }).ended;
    assert.equal(status, 0, err);
    return JSON.parse(out);
}

test("start, tail, wait, results, logs, search, get and delete", async () => {
    const said = await run(`
site = Client()
values = {"lines": 1200, "pairs": [{"left": 1}]}
run, same = site.start("says", values), site.start("says", values)
tail = site.tail(run["id"], records=True)
items = list(tail)
lines = [x for x in items if isinstance(x, Line)]
path = site.get(run["id"], "model.bin")
total, found = site.search(run["id"], "LINE 11", limit=5)
print(json.dumps({
    "same": [run["instance_id"] == same["instance_id"], same["number"]], "status": tail.status, "cursor": tail.cursor,
    "numbers": [x.number for x in lines] == list(range(1, len(lines) + 1)), "count": len(lines), "first": lines[0], "last": lines[-1],
    "pieces": [[x.continued, len(x.text)] for x in lines[1200:1202]],
    "kinds": [x["kind"] for x in items if isinstance(x, dict)], "end": site.wait(run["id"])["status"],
    "results": site.results(run["id"]), "bytes": len(open(path, "rb").read()), "total": total, "found": [x.text for x in found],
    "part": [x.number for x in site.logs(run["id"], after=10, before=13)], "warn": [x.text for x in site.logs(run["id"], level="warn")],
    "last three": [x.number for x in site.tail(run["id"], lines=3)], "records": len(list(site.records(run["id"]))),
    "newest": site.show("says %s#1" % json.dumps(values, separators=(",", ":")))["id"] == run["id"],
    "listed": [x["id"] for x in site.list(instance=run["instance_id"])] == [same["id"], run["id"]],
    "log": len(site.log(run["id"]).splitlines()), "configuration": run["configuration"],
    "deleted": [site.wait(same["id"])["id"] == same["id"], site.delete(run["id"])],
}))`);
    assert.deepEqual(said.configuration, { lines: 1200, status: 0, api: { url: "here" }, pairs: [{ left: 1, right: false }] });
    assert.deepEqual(said.first.slice(0, 1).concat(said.first.slice(2)), [1, "info", "line 1", "message", null, false]);
    assert.deepEqual(said.last.slice(2), ["warn", "careful", "message", { a: 1 }, false]);
    delete said.configuration, delete said.first, delete said.last;
    assert.deepEqual(said, {
        same: [true, 2], status: "completed", cursor: "1203.4", numbers: true, count: 1203, pieces: [[true, 65536], [false, 4464]],
        kinds: ["status", "result", "artifact", "status"], end: "completed", results: { score: [0.1] }, bytes: 1280000, total: 111,
        found: ["line 11", "line 110", "line 111", "line 112", "line 113"], part: [11, 12], warn: ["careful"],
        "last three": [1201, 1202, 1203], records: 4, newest: true, listed: true, log: 1202, deleted: [true, null],
    });
});

test("refusals name what is to blame, and no answer is another thing", async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const said = await run(`
site = Client()
def caught(call):
    try:
        return ["done", call()]
    except Refused as e:
        return ["refused", e.status, e.field, [x["field"] for x in e.errors]]
    except Unavailable as e:
        return ["unavailable"]
    except Error as e:
        return ["error"]
sleeping = site.start("sleeps", label="asleep")
print(json.dumps([
    caught(lambda: site.start("says", {"lines": "x", "status": 1.5})), caught(lambda: site.start("nothing")), caught(lambda: site.show(999999)),
    caught(lambda: site.show("asleep#7")), caught(lambda: site.wait("asleep", timeout=0.5)), caught(lambda: site.delete("asleep")),
    caught(lambda: site.cancel("asleep", force=True)["id"] == sleeping["id"]), caught(lambda: site.wait("asleep")["status"]),
    caught(lambda: site.cancel("asleep")), caught(lambda: site.get("asleep", "none")), caught(lambda: site.delete_instance("asleep")),
    caught(lambda: site.instance("asleep")), caught(lambda: Client(token="ath_wrong").experiments()),
    caught(lambda: Client(url="${nobody}").show(1)), caught(lambda: next(Client(url="${nobody}", retry_for=0.5).tail(1))),
    caught(lambda: Client(url="ftp://x")),
    caught(lambda: site.wait(site.start("says", {"status": 3})["id"])["exit_code"]),
]))`);
    assert.deepEqual(said, [
        ["refused", 422, null, ["configuration.lines", "configuration.status"]], ["refused", 404, null, []], ["refused", 404, null, []],
        ["refused", 404, null, []], ["unavailable"], ["refused", 409, null, []], ["done", true], ["done", "cancelled"], ["refused", 409, null, []],
        ["refused", 404, null, []], ["done", null], ["refused", 404, null, []], ["refused", 401, null, []], ["unavailable"], ["unavailable"],
        ["error"], ["done", 3],
    ]);
});

test("put, data_sources and promote; a table's name means its content of that moment", async () => {
    const said = await run(`
import io
site, seen = Client(), []
first = site.put(io.BytesIO(b"a,b\\n1,2\\n"), "t.csv", progress=lambda sent, total: seen.append([sent, total]))
runs = [site.start("reads", {"data": "t.csv"}), site.start("reads", {"data": "t.csv"})]
second = site.put(io.BytesIO(b"a,b\\n1,2\\n3,4\\n"), "t.csv", replace=True)
runs.append(site.start("reads", {"data": "t.csv"}))
made = site.start("says", {"lines": 1})
site.wait(made["id"])
promoted = [site.promote(made["id"], "kept", artifact="model.bin", tags=["x"])["version"], site.promote(made["id"], "kept")["version"]]
try:
    site.put(io.BytesIO(b"a\\n1\\n"), "t.csv")
except Refused as e:
    seen.append(e.status)
try:
    site.delete_data_source("t.csv")
except Refused as e:
    seen.append(e.status)
for run in runs:
    site.wait(run["id"])
print(json.dumps([seen, [x["number"] for x in runs], runs[0]["configuration"]["data"] == first["reference"],
    runs[2]["configuration"]["data"] == second["reference"], [[x["name"], x["version"], x["rows"]] for x in site.data_sources()], promoted]))`);
    assert.deepEqual(said, [[[8, -1], 409, 409], [1, 2, 1], true, true, [["t.csv", 2, 2]], [1, 1]]);
});

test("it knows the sites of athanor login, and refuses a file that others can read", async () => {
    const env = { ATHANOR_URL: undefined, ATHANOR_TOKEN: undefined };
    const login = await python.start(["login", site.url], { command: [program], input: `${site.token}\n`, env }).ended;
    assert.equal(login.code, 0, login.err);
    assert.equal(await run("print(len(Client().experiments()))", env), 3);
    const other = "try:\n    Client(url='http://127.0.0.1:1')\nexcept Error as e:\n    print(json.dumps(str(e)))";
    assert.match(await run(other, env), /there is no token for http:\/\/127\.0\.0\.1:1/);
    chmodSync(join(python.home, ".config/athanor/config"), 0o640);
    assert.match(await run("try:\n    Client()\nexcept Error as e:\n    print(json.dumps(str(e)))", env), /others can read/);
});

test("over TLS both clients send a token to nobody who is not trusted", async () => {
    const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(python.home, name));
    const words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"];
    assert.equal(spawnSync("openssl", [...words, "-keyout", key, "-out", cert]).status, 0);
    let asked = 0;
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (req, res) => {
        asked++;
        const onward = request({ host: "127.0.0.1", port: site.port, method: req.method, path: req.url, headers: req.headers }, (answer) => {
            res.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(res);
        });
        req.pipe(onward);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    after(() => server.close());
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    const env = { ATHANOR_URL: `https://127.0.0.1:${port}` };
    const code = (ca) => `
try:
    print(len(Client(${ca}).experiments()))
except Unavailable as e:
    print(json.dumps(str(e)))`;
    const list = (...more) => python.start(["experiments", ...more], { command: [program], env }).ended;
    const refused = await list();
    assert.equal(refused.code, 4);
    assert.match(refused.err, /certificate/);
    assert.match(await run(code(""), env), /certificate/i);
    assert.equal(asked, 0);
    assert.equal((await list("--ca-file", cert)).code, 0);
    assert.equal(await run(code(`ca_file="${cert}"`), env), 3);
    assert.equal(asked, 2);
    server.closeAllConnections?.();
});

test("no answer leads a token to another site", async () => {
    const asked = [];
    const server = createPlain((req, res) => {
        asked.push(`${req.headers.host} ${req.url}`);
        res.setHeader("content-type", "application/json");
        if (/artifacts/.test(req.url)) res.end(JSON.stringify({ items: [{ n: 1, name: "m", size: 1, sha256: "0".repeat(64), href: `@localhost:${port}/stolen` }], next: null }));
        else if (/runs/.test(req.url)) res.end('{"id":7}');
        else res.writeHead(302, { location: `http://localhost:${port}/stolen` }).end();
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    after(() => server.close());
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    const env = { ATHANOR_URL: `http://127.0.0.1:${port}` };
    const ask = (...words) => python.start(words, { command: [program], env }).ended;
    assert.match((await ask("get", "7", "m")).err, /is no address of http:\/\/127\.0\.0\.1/);
    assert.match((await ask("experiments")).err, /redirection, which is not followed/);
    assert.ok(asked.length > 0 && asked.every((one) => !/localhost|stolen/.test(one)), asked.join());
});

test("the examples of its page do what they say", async () => {
    const page = readFileSync(join(root, "docs/client-python.md"), "utf8");
    const examples = Object.fromEntries([...page.matchAll(/^```python\n# (\w+\.py)\n(.*?)^```$/gms)].map(([, name, code]) => [name, code]));
    assert.deepEqual(Object.keys(examples), ["follow.py", "wrong.py"]);
    mkdirSync(join(python.home, "page"));
    const printed = {};
    for (const [name, code] of Object.entries(examples)) {
        writeFileSync(join(python.home, "page", name), code);
        const { code: status, out, err } = await python.start([`page/${name}`], { command: ["python3"] }).ended;
        assert.equal(status, 0, err);
        printed[name] = out;
    }
    assert.match(printed["follow.py"], /^1 info line 1\n(.*\n)+23 warn careful\ncompleted \{'score': \[0\.1\]\}\n$/);
    assert.match(printed["wrong.py"], /^configuration\.lines must be a whole number\nconfiguration\.status must be a whole number\n$/);
});
