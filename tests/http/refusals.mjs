// What the JSON API refuses, and that it says what is to blame in words that help.

import assert from "node:assert/strict";
import test, { after } from "node:test";

import { fault } from "../../static/js/validate.js";
import { addExperiment, addRun } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"] });
await addExperiment(site, "plain", [
    { name: "size", type: "integer" },
    { name: "notes", type: "string", format: "textarea" },
]);
const run = await addRun(site);
const instance = (more = {}) => ({ experiment: "plain", name: "one", ...more });
const add = (more) => site.post("/api/v1/instances", instance(more));

function assertProblem(answer, status, field, words) {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers.get("content-type"), /^application\/problem\+json/);
    if (field) assert.equal(answer.json.field, field, answer.text);
    if (words) assert.match(answer.text, words);
}

test("a query has the parameters of its address, each once, none empty", async () => {
    const of = `/api/v1/runs/${run}`;
    for (const [address, field] of [
        ["/api/v1/runs?after=5", "after"], ["/api/v1/runs?befor=5", "befor"], ["/api/v1/instances?status=failed", "status"],
        [`${of}/records?before=1`, "before"], [`${of}/results?before=1`, "before"], [`${of}/results/x?kind=row`, "kind"],
        [`${of}/tables/x?before=1`, "before"], [`${of}/artifacts?before=1`, "before"], [`${of}?x=1`, "x"], [`${of}/records/1?x`, "x"],
        [`${of}/logs?from=1`, "from"], [`${of}/log.txt?after=1`, "after"], [`${of}/metrics?limit=5`, "limit"],
        ["/api/v1/experiments?before=1", "before"], ["/api/v1/experiments/plain?x=1", "x"],
    ]) {
        assertProblem(await site.get(address), 400, field, /there is no parameter/);
    }
    for (const [address, field] of [
        ["/api/v1/runs?limit=1&limit=1", "limit"], ["/api/v1/runs?status=failed&limit=1&status=failed", "status"],
        [`${of}/logs?after=1&after=2`, "after"], [`${of}/metrics?key=a&key=b`, "key"],
    ]) {
        assertProblem(await site.get(address), 400, field, /is given twice/);
    }
    for (const [address, field] of [
        ["/api/v1/runs?status=", "status"], ["/api/v1/runs?instance=", "instance"], ["/api/v1/runs?before", "before"],
        ["/api/v1/instances?project=", "project"], [`${of}/records?kind=`, "kind"], [`${of}/logs?level=`, "level"],
        [`${of}/logs?q=&level=warn`, "q"], [`${of}/metrics?key=`, "key"],
    ]) {
        assertProblem(await site.get(address), 400, field, /is empty/);
    }
    assertProblem(await site.get("/api/v1/runs?limit=0"), 400, "limit", /from 1 to 1000/);
    assertProblem(await site.post("/api/v1/instances?x=1", instance()), 400, "x");
    assert.equal((await site.get("/runs?utm_source=x")).status, 200, "a page's address may hold what it likes");
});

test("a member of the wrong type is told once, and as that", async () => {
    const name = await add({ name: 5 });
    assertProblem(name, 422, "name");
    assert.deepEqual(name.json.errors, [{ field: "name", message: "must be text" }]);
    assertProblem(await add({ experiment: 5 }), 422, "experiment", /must be text/);
    assertProblem(await site.post("/api/v1/instances", { name: "x" }), 422, "experiment", /is required/);
    const { json } = await add();
    assertProblem(await site.put(`/api/v1/instances/${json.id}`, { experiment: 5 }), 422, "experiment", /must be text/);
    assertProblem(await site.put(`/api/v1/instances/${json.id}`, { name: null }), 422, "name", /must be text/);
});

test("U+0000 is refused by name, in words of ours", async () => {
    for (const [body, field] of [
        [instance({ name: "a\u0000b" }), "name"], [instance({ configuration: { notes: "\u0000" } }), "configuration.notes"],
        [instance({ configuration: { pairs: [{}, { left: "a\u0000" }] } }), "configuration.pairs.1.left"],
        [instance({ "a\u0000b": 1 }), undefined],
    ]) {
        const answer = await site.post("/api/v1/instances", body);
        assertProblem(answer, 400, field, /U\+0000/);
        assert.doesNotMatch(answer.text, /JSON_|NUL/);
    }
});

test("a whole number may be written with an exponent or as a fraction of nothing", async () => {
    for (const [text, value] of [["1e3", 1000], ["64.0", 64], ["1e18", 1e18], ["-2.5e1", -25]]) {
        const answer = await site.post("/api/v1/instances", `{"experiment":"plain","name":"n","configuration":{"size":${text}}}`,
            { headers: { "content-type": "application/json" } });
        assert.equal(answer.status, 201, answer.text);
        assert.match(answer.text, new RegExp(`"size":${BigInt(value)},`));
    }
    for (const [size, words] of [["1.5", /must be a whole number"/], ["1e19", /whole number of 64 bits/], ["-1e300", /whole number of 64 bits/]]) {
        const answer = await site.post("/api/v1/instances", `{"experiment":"plain","name":"n","configuration":{"size":${size}}}`,
            { headers: { "content-type": "application/json" } });
        assertProblem(answer, 422, "configuration.size", words);
    }
    const { json } = await add();
    const start = (priority) => site.post(`/api/v1/instances/${json.id}/runs`, `{"priority":${priority}}`,
        { headers: { "content-type": "application/json" } });
    assert.equal((await start("1e2")).json.priority, 100);
    assertProblem(await start("1e18"), 422, "priority", /from -1000 to 1000/);
    assertProblem(await start("1.5"), 422, "priority", /whole number/);
});

test("what does not exist is called by its name", async () => {
    for (const [address, words] of [
        ["/api/v1/runs/777", "there is no run 777"], ["/api/v1/instances/777", "there is no instance 777"],
        ["/api/v1/experiments/none", "there is no experiment none"], [`/api/v1/runs/${run}/records/55`, `there is no record 55 of run ${run}`],
        ["/api/v1/runs/777/records", "there is no run 777"], ["/api/v1/runs/777/results/x", "there is no run 777"],
        ["/api/v1/runs/777/tables/x", "there is no run 777"], ["/api/v1/runs/777/metrics", "there is no run 777"],
        [`/api/v1/runs/${run}/artifacts/9`, `there is no artifact 9 of run ${run}`],
    ]) {
        const answer = await site.get(address);
        assertProblem(answer, 404);
        assert.equal(answer.json.detail, words);
    }
    for (const [address, words] of [["/runs/777", /There is no run 777/], ["/experiments/777", /There is no instance 777/],
        ["/experiments/777/edit", /There is no instance 777/]]) {
        const answer = await site.get(address);
        assert.equal(answer.status, 404);
        assert.match(answer.text, words);
    }
});

test("a broken experiment that has gone is no longer called broken", async () => {
    const { json } = await add();
    await site.sql("INSERT INTO experiments (name, title, manifest, content_hash, folder, error) SELECT 'odd', 'Odd', manifest, 'x', '/nowhere', 'line 1: nonsense' FROM experiments WHERE name = 'plain'");
    await site.sql("INSERT INTO runners (host, boot_id, pid, version, jobs) VALUES ('here', 'x', 1, '1', 1)");
    await site.sql("INSERT INTO offers (runner_id, experiment, content_hash, error) SELECT id, 'odd', 'x', 'line 1: nonsense' FROM runners");
    await site.sql("UPDATE instances SET experiment = 'odd' WHERE id = $1", json.id);
    const asks = [() => site.post(`/api/v1/instances/${json.id}/runs`), () => site.put(`/api/v1/instances/${json.id}`, { name: "b" }),
        () => site.post("/api/v1/instances", { experiment: "odd", name: "x" })];
    for (const ask of asks) assert.match((await ask()).json.detail, /^the experiment odd is broken: line 1: nonsense$/);
    await site.sql("DELETE FROM offers");
    for (const ask of asks) assert.match((await ask()).json.detail, /^no runner offers the experiment odd any more/);
});

test("a name is one line without control characters, a description may have lines", async () => {
    for (const [text, words] of [
        ["a\nb", "is one line"], ["a\tb", "U+0009"], ["a\u001bb", "U+001B"], ["\u007f", "U+007F"], ["a\u0085", "U+0085"], ["a\u009b", "U+009B"],
        ["a\u2028", "U+2028"], ["\u2029b", "U+2029"], ["a\u202eb", "U+202E"], ["\u202a", "U+202A"], ["\u2066a", "U+2066"], ["a\u2069", "U+2069"],
    ]) {
        for (const field of ["name", "project"]) {
            const answer = await add({ [field]: text });
            assertProblem(answer, 422, field);
            assert.ok(answer.text.includes(words), answer.text);
        }
    }
    for (const text of ["a\rb", "\u001b[31m", "a\u202eb", "\u0080"]) assertProblem(await add({ description: text }), 422, "description", /control character/);
    const fine = await add({ name: "Größe Ω\u00a0😀 \u2027\u202f\u2065\u206a", project: "日本", description: "one\n\ttwo" });
    assert.equal(fine.status, 201, fine.text);
    const cookie = await site.login();
    const form = await site.form("/experiments/new", { experiment: "plain", name: "a\u202eb", description: "one\r\ntwo" }, { cookie });
    assert.equal(form.status, 422);
    assert.match(form.text, /control character U\+202E/i);
    assert.doesNotMatch(form.text, /U\+000D/);
});

test("a configuration has 1 MiB at the most", async () => {
    const names = Array.from({ length: 30 }, (_, i) => `t${i}`);
    await addExperiment(site, "wide", names.map((name) => ({ name, type: "string" })));
    const of = (count, length) => Object.fromEntries(names.slice(0, count).map((name) => [name, "x".repeat(length)]));
    const fits = { experiment: "wide", name: "n", configuration: of(15, 60_000) };
    const large = { ...fits, configuration: of(30, 60_000) };
    const made = await site.post("/api/v1/instances", fits);
    assert.equal(made.status, 201, made.text);
    assertProblem(await site.post("/api/v1/instances", large), 422, "configuration", /larger than 1 MiB/);
    assertProblem(await site.put(`/api/v1/instances/${made.json.id}`, { configuration: large.configuration }), 422, "configuration");
    assert.deepEqual((await site.get(`/api/v1/instances/${made.json.id}`)).json, made.json);

    const cookie = await site.login();
    const typed = (configuration) => Object.fromEntries(Object.entries(configuration).map(([name, value]) => [`configuration.${name}`, value]));
    for (const path of ["/experiments/new", `/experiments/${made.json.id}/edit`]) {
        const answer = await site.form(path, { experiment: "wide", name: "n", ...typed(large.configuration) }, { cookie });
        assert.equal(answer.status, 422);
        assert.match(answer.text, /take more than 1 MiB/);
        assert.match(answer.text, /x{60000}/, "what was typed is still there");
    }
    await site.sql(`UPDATE instances SET configuration = json_build_object('t0', repeat('x', 1100000)) WHERE id = $1`, made.json.id);
    assertProblem(await site.post(`/api/v1/instances/${made.json.id}/runs`), 409);
});

test("a text has 64 KiB at the most, and so says the browser's own check", async () => {
    const longest = "ä".repeat(32768);
    assert.equal((await add({ configuration: { notes: longest } })).status, 201);
    assertProblem(await add({ configuration: { notes: "x".repeat(70_000) } }), 422, "configuration.notes", /takes at most 65536 bytes/);
    assertProblem(await add({ configuration: { notes: `${longest}x` } }), 422, "configuration.notes");
    const field = { name: "notes", type: "string" };
    assert.equal(fault(field, longest), "");
    assert.equal(fault(field, `${longest}x`), "takes at most 65536 bytes");
});

test("a name that is shortened in a sentence keeps its characters whole", async () => {
    const long = `a${"é".repeat(80)}`;
    const shown = `a${"é".repeat(49)}`;
    const page = await site.get(`/pipelines/${encodeURIComponent(long)}`);
    assert.equal(page.status, 404);
    assert.match(page.text, new RegExp(`data-error="404"[^]*There is no such thing as ${shown}\\.`));
    for (const path of [`/api/v1/experiments/${long}`, `/api/v1/runs/${run}/table.csv?name=${long}`, `/api/v1/runs?${long}=1`]) {
        const { json } = await site.get(encodeURI(path));
        assert.ok(json.detail.includes(`${shown} `) || json.detail.endsWith(shown), json.detail);
    }
    // What was imported comes back, with the reason.
    for (const [file, words] of [[{ experiment: long }, `There is no experiment ${shown} here`], [{ experiment: "plain", [long]: 1 }, `An exported instance has no member ${shown}.`]]) {
        const document = JSON.stringify(file);
        const answer = await site.form("/experiments/new", { document });
        assert.equal(answer.status, 422);
        assert.ok(answer.text.includes(words) && answer.text.includes(document.replaceAll('"', "&quot;")), answer.text);
    }
});

test("a form with a file whose parts have names that are no text is given back with the reason", async () => {
    const send = (...parts) => site.post("/data/upload", Buffer.concat([...parts.flatMap(([head, body]) => [Buffer.from(`--x\r\ncontent-disposition: form-data; ${head}\r\n\r\n${body}\r\n`, "latin1")]), Buffer.from("--x--\r\n")]),
        { headers: { "content-type": "multipart/form-data; boundary=x" } });
    const project = ['name="project"', "alpha"];
    for (const [part, words] of [[['name="file"; filename="\xff.csv"', "a\n1\n"], /The file(&#39;|')s name is no text; give it another one/], [['name="x\xff"', "\xff"], /X is no text/], [['name="\xfey"', "y".repeat(3000)], /Y takes less than 2000 bytes/]]) {
        const answer = await send(project, part);
        assert.equal(answer.status, 422);
        assert.match(answer.text, words);
        assert.match(answer.text, /name="project" value="alpha"/, "what was filled in is still there");
    }
});
