// Uploaded data in a configuration: chosen by name, kept as a reference to the content, handed to the program as a file with facts.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";

import { startRunner, writeExperiment } from "../lib/runs.mjs";
import { until } from "../lib/wait.mjs";

const reader = {
    command: `
        cp "$ATHANOR_CONFIG" config.json
        path=$(sed -n 's/.*"data":{"kind":"upload"[^}]*"path":"\\([^"]*\\)".*/\\1/p' config.json)
        if [ -n "$path" ]; then
            echo "sum $(sha256sum < "$path" | cut -d ' ' -f 1)"
            echo "mode $(stat -c %a "$path")"
            (echo spoiled >> "$path") 2>/dev/null && echo "it could be written to"
        fi
        printf '{"type":"artifact","path":"config.json","name":"config.json"}\\n' >&3`,
    configuration: [
        { name: "data", type: "data_source", required: true, default: "own:small", label: "Data",
          options: [{ value: "own:small", label: "Small" }, { value: "own:big", label: "Big", available: false, reason: "no disk" }, { value: "own:far", available: false }] },
        { name: "more", type: "list", fields: [{ name: "table", type: "data_source" }] },
    ],
};
const site = await startRunner(after, { experiments: { reader }, without: ["events"] });
await until("the experiment is offered", async () => (await site.get("/api/v1/experiments/reader")).json?.available);

const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const upload = async (name, body, query = "") => {
    const response = await site.fetch(`/api/v1/data-sources/${name}${query}`, { method: "PUT", body });
    return response.json();
};
const make = (configuration, more = {}) => site.post("/api/v1/instances", { experiment: "reader", name: "one", configuration, ...more });
const start = async (address) => (await site.post(address, {})).json;
/** Waits for a run's end, and gives what it was handed, and its lines. */
async function finish(run) {
    const row = await site.waitForEnd(run.id);
    if (row.status !== "completed") return { row };
    const files = (await site.get(`/api/v1/runs/${run.id}/artifacts`)).json.items;
    const config = JSON.parse((await site.get(files[0].href)).text);
    const lines = (await site.get(`/api/v1/runs/${run.id}/log.txt`)).text.trim().split("\n").filter(Boolean);
    return { row, config, lines };
}
const snapshot = async (run) => (await site.get(`/api/v1/runs/${run.id}/snapshot`)).json;

const OLD = "a,b\n1,x\n2,y\n", NEW = "a,b\n3,z\n";
const table = await upload("table.csv", OLD);

test("a name is kept as a reference, and the program gets a file and facts", async () => {
    const { status, json } = await make({ data: "table.csv", more: [{ table: "table.csv" }] });
    assert.equal(status, 201, JSON.stringify(json));
    assert.deepEqual(json.configuration, { data: table.reference, more: [{ table: table.reference }] });
    const run = await start(`/api/v1/instances/${json.id}/runs`);
    assert.deepEqual(run.configuration, json.configuration);
    const { config, lines } = await finish(run);
    const { path, ...facts } = config.data;
    assert.deepEqual(facts, { kind: "upload", name: "table.csv", sha256: sha256(OLD), bytes: OLD.length, rows: 2, delimiter: ",",
        columns: [{ name: "a", type: "integer", missing: 0 }, { name: "b", type: "string", missing: 0 }] });
    assert.match(path, /\/data\/1\/table\.csv$/);
    assert.deepEqual(config.more, [{ table: config.data }]);
    assert.deepEqual(lines, [`sum ${sha256(OLD)}`, "mode 400"]);
    await until("it goes with the run's folder", () => !existsSync(path));
    assert.equal(await (await site.fetch(table.href)).text(), OLD);
    assert.deepEqual((await snapshot(run)).snapshot.data, [{ name: "table.csv", sha256: sha256(OLD), bytes: OLD.length, rows: 2 }]);
});

test("what the experiment offers itself is told as that; what is empty is null", async () => {
    const { json } = await make({ more: [{}] });
    assert.equal(json.configuration.data, "own:small");
    const { config } = await finish(await start(`/api/v1/instances/${json.id}/runs`));
    assert.deepEqual(config.data, { kind: "offered", name: "own:small", path: null, sha256: null, bytes: null, rows: null, delimiter: null, columns: null });
    assert.deepEqual(config.more, [{ table: null }]);
});

test("values that are no data are refused, each with its reason", async () => {
    for (const [configuration, field, message] of [
        [{ data: "nothing.csv" }, "configuration.data", "must be a data source or one of the options"],
        [{ data: "own:big" }, "configuration.data", "is not available: no disk"],
        [{ data: "own:far" }, "configuration.data", "is not available: install required"],
        [{ data: null }, "configuration.data", "is required"],
        [{ data: `gone.csv@sha256:${"0".repeat(64)}` }, "configuration.data", `is not here any more: nobody has the content of gone.csv@sha256:${"0".repeat(64)}`],
        [{ more: [{ table: "own:small" }] }, "configuration.more.0.table", "must be a data source"],
    ]) {
        const { status, json } = await make(configuration);
        assert.equal(status, 422);
        assert.deepEqual(json.errors, [{ field, message }]);
    }
});

test("a name is looked for in the instance's project, then among those without one", async () => {
    const own = await upload("shared.csv", "p\n1\n", "?project=lab"), common = await upload("shared.csv", "p\n2\n");
    assert.equal((await make({ data: "shared.csv" }, { project: "lab" })).json.configuration.data, own.reference);
    assert.equal((await make({ data: "shared.csv" })).json.configuration.data, common.reference);
    assert.equal((await make({ data: "table.csv" }, { project: "lab" })).json.configuration.data, table.reference);
});

test("when the name gets another content, instance and Run again stay with theirs, and say so", async () => {
    const made = (await make({ data: "table.csv" })).json;
    const first = await start(`/api/v1/instances/${made.id}/runs`);
    await finish(first);
    const next = await upload("table.csv", NEW, "?replace=1");
    assert.equal(next.version, 2);
    const again = await finish(await start(`/api/v1/runs/${first.id}/again`));
    assert.equal(again.lines[0], `sum ${sha256(OLD)}`);
    const view = (await site.get(`/runs/${first.id}?tab=configuration`, { headers: { accept: "application/json" } })).json;
    assert.deepEqual(view.configuration.again.replaced, ["table.csv"]);
    assert.match((await site.get(`/runs/${first.id}?tab=configuration`)).text, /table\.csv has another content now; the one of this run is read again/);
    assert.equal((await site.get(`/api/v1/data-sources/${table.id}`)).json.state, "replaced");
    const { text } = await site.get(`/experiments/${made.id}/edit`);
    assert.match(text, /selected>table\.csv \(2 rows, replaced since\)</);
    assert.match(text, />table\.csv \(1 row\)</);
    await site.put(`/api/v1/instances/${made.id}`, { configuration: { data: "table.csv" } });
    await finish(await start(`/api/v1/instances/${made.id}/runs`));
    const { compare } = (await site.get(`/experiments/${made.id}?tab=compare`, { headers: { accept: "application/json" } })).json;
    const at = compare.columns.findIndex((column) => column.label === "data");
    assert.deepEqual([...new Set(compare.rows.map((row) => row.cells[at].text))].sort(), [OLD, NEW].map((text) => `table.csv@sha256:${sha256(text).slice(0, 8)}`).sort());
    await site.put(`/api/v1/instances/${made.id}`, { configuration: { data: table.reference } });
    const renamed = await site.get(`/api/v1/data-sources/${next.id}`, { method: "PATCH", body: JSON.stringify({ name: "other.csv" }), headers: { "content-type": "application/json" } });
    assert.equal(renamed.status, 200);
    assert.equal((await finish(await start(`/api/v1/instances/${made.id}/runs`))).lines[0], `sum ${sha256(OLD)}`);
});

test("the form offers uploads first, then the experiment's own, the unavailable ones with their reason", async () => {
    const { text } = await site.get("/experiments/new?experiment=reader");
    const select = /<select[^>]*name="configuration\.data"[^]*?<\/select>/.exec(text)[0];
    const labels = [...select.matchAll(/<optgroup label="([^"]*)"/g)].map(([, label]) => label);
    assert.deepEqual(labels, ["Uploaded", "Uploaded, project lab", "From the experiment"]);
    assert.match(select, /<option value="own:small" selected>Small</);
    assert.match(select, /<option value="own:big" disabled data-unavailable="no disk">Big \(no disk\)</);
    assert.match(select, /<option value="own:far" disabled data-unavailable="install required">own:far \(install required\)</);
    assert.match(text, /<a class="link" href="\/data"/);
    const post = (fields) => site.fetch("/experiments/new", { method: "POST", redirect: "manual", body: new URLSearchParams({ experiment: "reader", name: "by form", ...fields }),
        headers: { origin: site.url, "content-type": "application/x-www-form-urlencoded" } });
    const posted = await post({ "configuration.data": table.reference });
    assert.equal(posted.status, 303);
    const refused = await post({ "configuration.data": `gone.csv@sha256:${"1".repeat(64)}` });
    assert.equal(refused.status, 422);
    const page = await refused.text();
    assert.match(page, /data-unknown>gone\.csv \(not here any more\)</);
    assert.match(page, /is not here any more: nobody has the content/);
    const id = /\d+$/.exec(posted.headers.get("location"))[0];
    assert.match((await site.get(`/experiments/${id}?tab=configuration`)).text, /table\.csv/);
});

test("a run on a host without the store fails to start, and says why", async () => {
    const lonely = await upload("lonely.csv", "q\n1\n");
    const { json } = await make({ data: "lonely.csv" });
    const file = join(site.state, "artifacts", lonely.sha256.slice(0, 2), lonely.sha256.slice(2));
    renameSync(file, `${file}.away`);
    const { row } = await finish(await start(`/api/v1/instances/${json.id}/runs`));
    assert.deepEqual([row.status, row.reason], ["failed", "start"]);
    assert.match(row.error, /this host does not have the data source lonely\.csv in its store/);
    renameSync(`${file}.away`, file);
    assert.equal((await finish(await start(`/api/v1/instances/${json.id}/runs`))).row.status, "completed");
});

test("the JSON Schema says what may stand there", async () => {
    const { properties } = (await site.get("/api/v1/experiments/reader/schema.json")).json;
    assert.deepEqual(properties.data.anyOf[0], { enum: ["own:small"] });
    assert.ok(new RegExp(properties.data.anyOf[1].pattern).test(table.reference));
    assert.deepEqual(properties.more.items.properties.table.type, ["string", "null"]);
});

test("what a broken manifest says of data", async () => {
    for (const [i, options] of [[7], [`x@sha256:${"0".repeat(64)}`], []].entries()) {
        writeExperiment(site.folder, `broken${i}`, "true", { configuration: [{ name: "d", type: "data_source", options }] });
        const { json } = await until("it is seen", async () => {
            const answer = await site.get(`/api/v1/experiments/broken${i}`);
            if (answer.status === 200) assert.match(answer.json.reason, /configuration\.d\.options/); // half written, it may be broken otherwise
            return answer.status === 200 && answer;
        });
        assert.equal(json.available, false);
    }
});
