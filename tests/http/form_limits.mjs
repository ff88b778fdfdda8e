// Forms at their limits: what goes in comes out exactly, what is hostile is refused in words and in little memory; the schema as others
// read it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { after } from "node:test";

import { addExperiment } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"] });
const every = (depth) => [
    { name: "i", type: "integer" }, { name: "x", type: "float" }, { name: "s", type: "string" }, { name: "t", type: "string", format: "textarea" },
    { name: "b", type: "boolean" }, { name: "e", type: "enum", options: ["a", 2, true, 0.00001, "ü"] },
    ...(depth ? [{ name: "g", type: "group", fields: every(depth - 1) }, { name: "l", type: "list", fields: every(depth - 1) }] : []),
];
await addExperiment(site, "every", every(3));
await addExperiment(site, "wide", [{ name: "l", type: "list", fields: Array.from({ length: 900 }, (_, i) => ({ name: `b${i}`, type: i ? "boolean" : "string" })) }]);
const cookie = await site.login();
const raw = (body, type = "application/x-www-form-urlencoded", path = "/experiments/new") =>
    site.read(path, { method: "POST", cookie, body, headers: { "content-type": type } });
const api = (text) => site.read("/api/v1/instances", { method: "POST", body: text, headers: { "content-type": "application/json" } });
const idOf = (answer) => Number(/^\/experiments\/(\d+)$/.exec(answer.headers.get("location") ?? answer.text)[1]);

/** Values of the fields at a depth, each kind of text and number in turn. */
let turn = 0;
const pick = (list) => list[turn++ % list.length];
const values = (depth) => ({
    i: pick(["9007199254740993", "-9223372036854775808", "9223372036854775807", "0", null]),
    x: pick(["0.1", "0.00001", "1e-7", "1e+21", "123456789012345680000", "-2.5", "5e-324", "1.7976931348623157e+308", "3.141592653589793", null]),
    s: pick(["", " blanks ", "ä 😀 𝔘 ‮", "<b>&\"'`=/", "{{s}}", "%41+&;", "\u{10ffff}"]),
    t: pick(["", "\n\nlead", "tab\tand\nlines\n", "</textarea>"]),
    b: pick([true, false]),
    e: pick(["a", "2", "true", "0.00001", "ü", null]),
    ...(depth ? { g: values(depth - 1), l: Array.from({ length: pick([2, 1, 3]) }, () => values(depth - 1)) } : {}),
});

/** As a browser posts it. */
function* fieldsOf(value, path) {
    if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* fieldsOf(item, `${path}.${i}`);
    else if (value !== null && typeof value === "object") for (const [key, inner] of Object.entries(value)) yield* fieldsOf(inner, `${path}.${key}`);
    else if (typeof value === "boolean") { if (value) yield [path, "true"]; } else yield [path, (value ?? "").replaceAll("\n", "\r\n")];
}

/** As JSON, to the last digit; whole numbers beyond 64 bits are marked as what they are. */
function jsonOf(value, key) {
    if (Array.isArray(value)) return `[${value.map((item) => jsonOf(item)).join(",")}]`;
    if (value !== null && typeof value === "object") return `{${Object.entries(value).map(([k, inner]) => `${JSON.stringify(k)}:${jsonOf(inner, k)}`).join(",")}}`;
    if (typeof value === "string" && (key === "i" || key === "x" || (key === "e" && /^[2t0]/.test(value)))) return /^\d{20,}$/.test(value) ? `${value}.0` : value;
    return JSON.stringify(value);
}

/** What the inputs of a page hold, as a browser reads them. */
function shown(html) {
    const decode = (s) => s.replace(/&#(x?)(\w+);/g, (_, x, n) => String.fromCodePoint(parseInt(n, x ? 16 : 10)))
        .replace(/&quot;/g, '"').replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
    const found = new Map();
    for (const [, path, inner] of html.replace(/<script type="text[^]*?<\/script>/g, "").matchAll(/<div class="field[^"]*" data-field="(configuration[^"]*)"([^]*?)(?=<div class="field|<\/form>)/g)) {
        const area = /<textarea[^>]*>\n([^]*?)<\/textarea>/.exec(inner);
        const selected = /<option value="([^"]*)" selected/.exec(inner);
        const input = /<input class="[^"]*" type="(\w+)"[^>]*? value="([^"]*)"([^>]*)>/.exec(inner);
        if (area) found.set(path, decode(area[1]).replaceAll("\n", "\r\n"));
        else if (/<select/.test(inner)) found.set(path, decode(selected?.[1] ?? ""));
        else if (/type="checkbox"/.test(inner)) { if (/ checked/.test(inner)) found.set(path, "true"); } else found.set(path, decode(input[2]));
    }
    return found;
}

test("every type, three levels of lists and groups: what is posted is stored, shown and posted again without a change", async () => {
    for (let round = 0; round < 3; round++) {
        const value = values(3);
        const fields = [...fieldsOf(value, "configuration")];
        assert.ok(fields.length > 100);
        const posted = await raw(new URLSearchParams([["experiment", "every"], ["name", "round"], ...fields]).toString());
        assert.equal(posted.status, 303, posted.text.slice(0, 500));
        const id = idOf(posted);
        const stored = async () => /"configuration":(.*),"created_at"/.exec((await site.get(`/api/v1/instances/${id}`)).text)[1];
        assert.equal(await stored(), jsonOf(value));
        const page = await site.get(`/experiments/${id}/edit`, { cookie });
        assert.equal(page.status, 200, page.text.slice(0, 500));
        const again = shown(page.text);
        assert.deepEqual([...again].sort(), fields.sort());
        const saved = await raw(new URLSearchParams([["name", "round"], ...again]).toString(), undefined, `/experiments/${id}/edit`);
        assert.equal(saved.status, 303, saved.text.slice(0, 500));
        assert.equal(await stored(), jsonOf(value));
        const file = await site.get(`/experiments/${id}/export`, { cookie });
        assert.equal(/"configuration": (.*)\n}\n$/.exec(file.text)[1], jsonOf(value), "the file has the same digits");
        const imported = await raw(new URLSearchParams({ document: file.text }).toString());
        assert.equal(imported.status, 200, imported.text.slice(0, 500));
        assert.deepEqual([...shown(imported.text)].sort(), fields.sort());
    }
});

test("thirty-two lists within each other are drawn, posted and shown again", async () => {
    let fields = [{ name: "x", type: "string", default: "deep" }];
    for (let depth = 0; depth < 32; depth++) fields = [{ name: "l", type: "list", fields }];
    await addExperiment(site, "abyss", fields);
    const path = `configuration${".l.0".repeat(32)}.x`;
    const page = await site.get("/experiments/new?experiment=abyss", { cookie });
    assert.equal(page.status, 200, page.text.slice(0, 300));
    assert.equal(page.text.match(/<script type="text\/html" data-prototype=/g).length, 32);
    assert.ok(page.text.includes(`name="configuration${".l.#".repeat(32)}.x" value="deep"`));
    const posted = await raw(new URLSearchParams({ experiment: "abyss", name: "n", [path]: "down here" }).toString());
    assert.equal(posted.status, 303, posted.text.slice(0, 300));
    const edit = await site.get(`${posted.headers.get("location")}/edit`, { cookie });
    assert.equal(shown(edit.text).get(path), "down here");
});

test("hostile posts get a clear 4xx in bounded memory", async (t) => {
    const start = "experiment=every&name=x";
    const rows = [
        [413, /more than 10000 fields/i, () => raw(`${start}&${"a=1&".repeat(1_000_000)}`)],
        [413, /more than 10000 fields/i, () => raw(`${start}&${Array.from({ length: 1_000_000 }, (_, i) => `configuration.l.${i}.i=1`).join("&").slice(0, 15_000_000)}`)],
        [413, /name is longer/i, () => raw(`${start}&configuration.${"l.0.".repeat(10_000)}i=1`)],
        [422, /knows no field/, () => raw(`${start}&configuration.${"l.0.".repeat(400)}i=1`)],
        [400, /twice/, () => raw(`${start}&configuration.i=1&configuration.i=2`)],
        [400, /twice/, () => raw(`${start}&name=y`)],
        [422, /knows no field/, () => raw(`${start}&configuration.__proto__.x=1`)],
        [422, /knows no field/, () => raw(`${start}&configuration.g=1`)],
        [422, /knows no field/, () => raw(`${start}&configuration.l=1`)],
        [422, /knows no field/, () => raw(`${start}&configuration.i.x=1`)],
        [422, /whole number of 64 bits/, () => raw(`${start}&configuration.i=${"9".repeat(300)}`)],
        [422, /must be a whole number/, () => raw(`${start}&configuration.i=${"9".repeat(100_000)}`)],
        [422, /must be a number/, () => raw(`${start}&configuration.x=1e999`)],
        [413, /more than 100000 values/, () => raw(`experiment=wide&name=x&${Array.from({ length: 9000 }, (_, i) => `configuration.l.${i}.b0=1`).join("&")}`)],
        [422, /not JSON/, () => raw(new URLSearchParams({ document: "[".repeat(10_000) }).toString())],
        [422, /not JSON.*duplicate/, () => raw(new URLSearchParams({ document: '{"experiment":"every","experiment":"x"}' }).toString())],
        [422, /no member __proto__/, () => raw(new URLSearchParams({ document: '{"experiment":"every","__proto__":{"x":1}}' }).toString())],
        [422, /knows no configuration\.__proto__/, () => raw(new URLSearchParams({ document: '{"experiment":"every","configuration":{"__proto__":{"x":1}}}' }).toString())],
        [409, /more than 20000 fields/, () => raw(new URLSearchParams({ document: JSON.stringify({ experiment: "every", name: "x", configuration: { l: Array(9000).fill({}) } }) }).toString())],
        [400, /body/, () => api(`${"[".repeat(10_000)}${"]".repeat(10_000)}`)],
        [400, /body/, () => api(`{"experiment":"every","name":"x","configuration":${'{"g":'.repeat(10_000)}1${"}".repeat(10_001)}`)],
        [413, /more than 100000 values/, () => api(`{"experiment":"every","name":"x","configuration":{"l":[${"{},".repeat(1_000_000)}{}]}}`)],
        [400, /duplicate/, () => api('{"experiment":"every","name":"x","name":"y"}')],
        [422, /there is no such field/, () => api('{"experiment":"every","name":"x","configuration":{"__proto__":1}}')],
        [422, /whole number of 64 bits/, () => api(`{"experiment":"every","name":"x","configuration":{"i":${"9".repeat(300)}}}`)],
        [400, /real number overflow/, () => api(`{"experiment":"every","name":"x","configuration":{"i":${"9".repeat(400)}}}`)],
        [400, /real number overflow/, () => api('{"experiment":"every","name":"x","configuration":{"x":1e999}}')],
        [422, /must be a list/, () => api('{"experiment":"every","name":"x","configuration":{"l":{"0":{}}}}')],
        [422, /must be an object/, () => api('{"experiment":"every","name":"x","configuration":[]}')],
    ];
    const pid = await site.pid("pages-quick");
    const pools = [pid, ...readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean)];
    const peak = () => Math.max(...pools.map((one) => Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${one}/status`, "utf8"))[1]) / 1024));
    for (const [status, words, ask] of rows) {
        const answer = await ask();
        assert.equal(answer.status, status, `${words}: ${answer.text.slice(0, 300)}`);
        assert.match(answer.text.replaceAll("&#39;", "'"), words);
    }
    t.diagnostic(`a worker had at most ${Math.round(peak())} MiB`);
    assert.ok(peak() < 192, `a worker had ${Math.round(peak())} MiB`);
    assert.equal((await site.get("/experiments/new", { cookie })).status, 200);
});

test("the schema is served as JSON Schema", async () => {
    await addExperiment(site, "small", [{ name: "n", type: "integer", min: 1, max: 9, default: 5, label: "N", description: "How many." }, { name: "must", type: "string", required: true }]);
    const answer = await site.get("/api/v1/experiments/small/schema.json");
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-type"), /^application\/schema\+json/);
    assert.deepEqual(JSON.parse(answer.text), {
        $schema: "https://json-schema.org/draft/2020-12/schema", title: "small", type: "object",
        properties: {
            n: { type: ["integer", "null"], minimum: 1, maximum: 9, title: "N", description: "How many.", default: 5 },
            must: { type: "string", minLength: 1, maxLength: 65536, title: "Must" },
        },
        required: ["must"], additionalProperties: false,
    });
    assert.equal((await site.get("/api/v1/experiments/none/schema.json")).status, 404);
    await addExperiment(site, "cracked", [], { error: "nonsense" });
    assert.equal((await site.get("/api/v1/experiments/cracked/schema.json")).status, 409);
    assert.equal((await site.get("/api/v1/experiments/small/schema.json", { token: null })).status, 401);
});

test("an export is a download for those who may read", async () => {
    const { json } = await site.post("/api/v1/instances", { experiment: "every", name: "../\"x\r\n; y", configuration: {} });
    assert.equal(json.status, 422, "a name is one line");
    const made = await site.post("/api/v1/instances", { experiment: "every", name: '../"x"; y 😀', configuration: {} });
    const answer = await site.get(`/experiments/${made.json.id}/export`, { cookie });
    assert.equal(answer.headers.get("content-disposition"), 'attachment; filename="x-y.json"');
    assert.equal((await site.post("/api/v1/instances", answer.json)).status, 201, "the API takes it as it is");
    assert.equal((await site.get("/experiments/999999/export", { cookie })).status, 404);
    assert.equal((await site.get(`/experiments/${made.json.id}/export`, { token: null })).status, 303);
});

test("a configuration that is too large for a form is shown as a list, and its edit page says how it is changed", async () => {
    const text = JSON.stringify({ experiment: "every", name: "vast", configuration: { l: Array(4000).fill({}) } });
    const made = await api(text);
    assert.equal(made.status, 201, made.text.slice(0, 300));
    const id = JSON.parse(made.text).id;
    const tab = await site.get(`/experiments/${id}?tab=configuration`, { cookie });
    assert.equal(tab.status, 200);
    assert.equal(tab.text.match(/<dt>/g).length, 1000);
    assert.match(tab.text, />[\d,]+ more values are in the export/);
    const edit = await site.get(`/experiments/${id}/edit`, { cookie });
    assert.equal(edit.status, 409);
    assert.match(edit.text, /more than 20000 fields; such a configuration is changed through the API/);
});
