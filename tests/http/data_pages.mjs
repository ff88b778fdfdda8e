// The pages of data sources without a script: the table, the form with a file, renaming and deleting.

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";

import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"], conf: { data_mb: 2 } });
const headers = (more = {}) => ({ origin: site.url, ...more });
const view = async (path) => (await site.get(path, { headers: { accept: "application/json" } })).json;

/** Posts the form of /data as a browser does. */
async function upload(fields, file, name = "table.csv", more = {}) {
    const form = new FormData();
    for (const [key, value] of Object.entries(fields)) form.append(key, value);
    if (file !== undefined) form.append("file", new Blob([file], { type: "text/csv" }), name);
    const sent = new Response(form);
    const response = await site.fetch("/data/upload", { method: "POST", body: Buffer.from(await sent.arrayBuffer()), redirect: "manual",
        headers: headers({ "content-type": sent.headers.get("content-type"), ...more }) });
    return { status: response.status, location: response.headers.get("location"), text: await response.text() };
}
const post = (path, fields) => site.fetch(path, { method: "POST", body: new URLSearchParams(fields), redirect: "manual", headers: headers({ "content-type": "application/x-www-form-urlencoded" }) });

test("an empty site says what to do", async () => {
    const { status, text } = await site.get("/data");
    assert.equal(status, 200);
    assert.match(text, /No data yet/);
    assert.match(text, /curl -T iris\.csv .*\/api\/v1\/data-sources\/iris\.csv/);
    assert.match(text, /<form[^>]*action="\/data\/upload" enctype="multipart\/form-data"/);
    assert.match(text, /up to 2\.0 MiB/);
});

test("the form uploads a file, and leads to its page", async () => {
    const answer = await upload({ project: "", name: "" }, "a,b\r\n1,x\r\n2,\r\n");
    assert.equal(answer.status, 303, answer.text);
    const page = await site.get(answer.location);
    assert.equal(page.status, 200);
    assert.match(page.text, /<h1>table\.csv/);
    const shown = await view(answer.location);
    assert.deepEqual([shown.source.rows, shown.source.columns, shown.source.size], ["2", "2", "14 B"]);
    assert.deepEqual(shown.columns, [{ n: 1, name: "a", type: "integer", missing: null }, { n: 2, name: "b", type: "string", missing: "1" }]);
    assert.deepEqual(shown.sample.map((row) => row.cells), [["1", "x"], ["2", ""]]);
    const list = await view("/data");
    assert.equal(list.data.rows.length, 1);
    assert.equal(list.data.rows[0].types, "1 integer, 1 string");
    assert.match((await site.get("/data")).text, /data-source="\d+"/);
});

test("content of any kind passes through the form unchanged", async () => {
    for (const [i, text] of ["a\n--x\r\n-\r\n--\r\n", "a\r\n\r\n", `a\n${"\r\n-".repeat(90_000)}`, `h\n${"x".repeat(65_520)}\r\n--\r\n`, `h\n${"y\n".repeat(700_000)}`].entries()) {
        const { status, location } = await upload({ name: `any-${i}.csv` }, text);
        assert.equal(status, 303, text.slice(0, 20));
        const { id } = (await view(location)).source;
        assert.equal(await (await site.fetch(`/api/v1/data-sources/${id}/file`)).text(), text);
    }
});

test("a form that fails comes back filled in, and keeps nothing", async () => {
    const before = (await view("/data")).data.rows.length;
    const cases = [
        [{ name: "table.csv", project: "" }, "a\n1\n", 409, /There is a data source table\.csv already/],
        [{ name: "a/b", project: "lab" }, "a\n1\n", 422, /name may not hold a &#x2F;/],
        [{ name: "..", project: "lab" }, "a\n1\n", 422, /name may not be \. or \.\./],
        [{ name: "n.csv", project: "lab" }, "", 422, /The file is empty/],
        [{ name: "n.csv", project: "lab" }, undefined, 422, /No file was chosen/],
        [{ name: "n.csv", project: "lab" }, `a\n${"x".repeat(3 << 20)}`, 413, /larger than 2\.0 MiB/],
        [{ name: "n.csv", project: "lab" }, `a\n${"x".repeat((2 << 20) - 1)}`, 413, /larger than 2\.0 MiB/],
    ];
    for (const [fields, file, status, words] of cases) {
        const answer = await upload(fields, file);
        assert.equal(answer.status, status, String(words));
        assert.match(answer.text, words);
        assert.ok(answer.text.includes(`name="name" value="${fields.name.replace("/", "&#x2F;")}"`));
        assert.match(answer.text, new RegExp(`name="project" value="${fields.project}"`));
    }
    assert.equal((await view("/data")).data.rows.length, before);
    assert.deepEqual(existsSync(join(site.state, "artifacts/incoming")) ? readdirSync(join(site.state, "artifacts/incoming")) : [], []);
    assert.equal((await upload({ name: "table.csv", replace: "1" }, "a\n9\n")).status, 303);
});

test("what is no such form is refused", async () => {
    for (const [type, body, status] of [["text/plain", "x", 415], ["multipart/form-data", "x", 415], ["multipart/form-data; boundary=b", "--b\r\nnonsense", 400],
        [`multipart/form-data; boundary=${"b".repeat(71)}`, "x", 415], ["multipart/form-data; boundary=b", "--b--\r\n", 422],
        ["multipart/form-data; boundary=b", `${'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n'.repeat(17)}--b--\r\n`, 422],
        ["multipart/form-data; boundary=b", `--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n${"x".repeat(100_000)}\r\n--b--\r\n`, 422]]) {
        const answer = await site.fetch("/data/upload", { method: "POST", body, headers: headers({ "content-type": type }) });
        assert.equal(answer.status, status, `${type} ${body}`);
    }
});

test("renaming is refused with a reason, or done", async () => {
    const { location } = await upload({ name: "rename.csv" }, "a\n1\n");
    const refused = await post(`${location}/edit`, { name: "table.csv", project: "" });
    assert.equal(refused.status, 409);
    const text = await refused.text();
    assert.match(text, /another data source table\.csv/);
    assert.match(text, /name="name" value="table\.csv"/);
    assert.equal((await post(`${location}/edit`, { name: " ", project: "" })).status, 422);
    assert.equal((await post(`${location}/edit`, { name: "renamed.csv", project: "lab" })).status, 303);
    const { source } = await view(location);
    assert.deepEqual([source.name, source.project], ["renamed.csv", "lab"]);
    assert.deepEqual((await view("/data?project=lab")).data.rows.map((row) => row.name), ["renamed.csv"]);
    assert.match((await site.get("/data?project=nobody")).text, /No data in this project/);
});

test("a project of any name leads to its data", async () => {
    const project = "R&D #1 100% ä";
    assert.equal((await upload({ name: "odd.csv", project }, "a\n1\n")).status, 303);
    const { text } = await site.get("/data");
    const href = /href="([^"]*\?project[^"]*R%26D[^"]*)"/.exec(text)[1].replaceAll("&#x2F;", "/").replaceAll("&#x3D;", "=").replaceAll("&amp;", "&");
    assert.deepEqual((await view(href)).data.rows.map((row) => [row.name, row.project]), [["odd.csv", project]]);
});

test("deleting asks first, and is refused while it is used", async () => {
    const { location } = await upload({ name: "gone.csv" }, "a\n1\n");
    assert.match((await site.get(`${location}/delete`)).text, /1 row, 4 B\. There is no way back/);
    const { source } = await view(location);
    const [{ id }] = await site.sql("INSERT INTO instances (experiment, name, configuration) VALUES ('x', 'user <b>', json_build_object('d', $1::text)) RETURNING id", source.reference);
    const refused = await post(`${location}/delete`, {});
    assert.equal(refused.status, 409);
    assert.match(await refused.text(), /in use by 1 instance: user &lt;b&gt;/);
    assert.deepEqual((await view(location)).uses, [{ href: `/experiments/${id}`, words: "user <b>" }]);
    assert.match((await site.get(location)).text, /data-use>user &lt;b&gt;</);
    await site.sql("DELETE FROM instances WHERE id = $1", id);
    assert.equal((await post(`${location}/delete`, {})).status, 303);
    assert.equal((await site.get(location)).status, 404);
    assert.equal((await site.get("/data/99999/delete")).status, 404);
});

test("a request from another site's page uploads nothing", async () => {
    const [{ hash }] = await site.sql("INSERT INTO sessions (user_id, token_hash, expires_at) VALUES (1, sha256('s'), now() + '1 day') RETURNING 1 AS hash");
    assert.equal(hash, 1);
    const answer = await site.fetch("/data/upload", { method: "POST", body: "x", token: null, headers: { cookie: "athanor_session=s", origin: "http://evil.example", "content-type": "multipart/form-data; boundary=b" } });
    assert.equal(answer.status, 403);
});
