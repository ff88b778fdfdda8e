// Random calls of the API, made from its description: mostly what it takes, now and then what it does not.

import fc from "fast-check";

import { document, resolve } from "./openapi.mjs";
import { addExperiment, addLog, addRecord, addRun } from "./rows.mjs";

// ---- arbitrary values of a schema ----

const strange = fc.oneof(
    fc.fullUnicodeString({ maxLength: 20 }),
    fc.constantFrom("", " ", "0", "-1", "1e3", "null", "NaN", "9223372036854775807", "9223372036854775808", "18446744073709551616", "0x10", "../..", "%", "\u0000", "'; --", "a\nb", "\ud800", "١", "x".repeat(5000)),
);
const known = { experiment: ["demo", "none"], name: ["demo", "leaderboard"], key: ["accuracy", "loss"], table: ["leaderboard", "none"], project: ["p"], source: ["iris.csv", "1", "none"], q: ["line", "x"], runs: ["1@0.0", "2@1.1,3@0.0"] };

function integers(schema) {
    const low = schema.minimum ?? -5;
    const high = Math.min(schema.maximum ?? 1e6, Number.MAX_SAFE_INTEGER);
    return fc.oneof({ weight: 4, arbitrary: fc.integer({ min: low, max: Math.min(high, low + 12) }) }, { weight: 1, arbitrary: fc.maxSafeInteger().map((n) => Math.min(high, Math.max(low, n))) });
}

/** Values that a schema takes. @returns {fc.Arbitrary<any>} */
function valuesOf(given, name = "") {
    const schema = resolve(document, given);
    if (name === "id") return fc.integer({ min: 1, max: 9 });
    if (known[name] && !schema.enum) return fc.constantFrom(...known[name]);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const either = schema.anyOf ?? schema.oneOf;
    if (either) return fc.oneof(...either.map((one) => valuesOf(one)));
    const types = [schema.type ?? "any"].flat();
    if (types.length > 1) return fc.oneof(...types.map((type) => valuesOf({ ...schema, type })));
    switch (types[0]) {
        case "integer": return integers(schema);
        case "number": return fc.double({ noNaN: true, noDefaultInfinity: true });
        case "boolean": return fc.boolean();
        case "null": return fc.constant(null);
        case "string": return fc.oneof(fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 30, 30) }), fc.constantFrom("2030-12-31", "2031-01-01T00:00:00Z", "a name"));
        case "array": return fc.array(valuesOf(schema.items ?? {}), { maxLength: 4 });
        case "object": return objectsOf(schema);
        default: return fc.jsonValue({ maxDepth: 2 });
    }
}

function objectsOf(schema) {
    const members = Object.entries(schema.properties ?? {});
    if (members.length === 0) {
        const anything = fc.dictionary(fc.constantFrom("size", "note", "other"), fc.oneof(fc.integer(), fc.string(), fc.constant(null)), { maxKeys: 3 });
        return mostly(fc.record({ size: fc.integer({ min: 1, max: 64 }).map((n) => n * 8), note: fc.string({ maxLength: 9 }) }, { requiredKeys: [] }), anything, 3);
    }
    return fc.record(Object.fromEntries(members.map(([name, inner]) => [name, valuesOf(inner, name)])), { requiredKeys: schema.required ?? [] });
}

// ---- arbitrary calls ----

/** Mostly what is described, now and then what is not. */
const mostly = (good, bad, weight = 6) => fc.oneof({ weight, arbitrary: good }, { weight: 1, arbitrary: bad });
const inPath = (value) => encodeURIComponent(typeof value === "string" ? value.toWellFormed?.() ?? value.replace(/[\ud800-\udfff]/g, "?") : String(value));

/** A part of a path: what is empty or made of dots names another address. */
const partOf = (value) => inPath(value).replace(/^\.{0,2}$/, "%20");

function pathsOf(one) {
    const names = one.parameters.filter((p) => p.in === "path");
    const values = fc.tuple(...names.map((p) => mostly(valuesOf(p.schema, p.name), strange)));
    return values.map((list) => names.reduce((path, p, i) => path.replace(`{${p.name}}`, partOf(list[i])), one.path));
}

function queriesOf(one) {
    const names = one.parameters.filter((p) => p.in === "query");
    const pairs = names.map((p) => fc.option(mostly(valuesOf(p.schema, p.name).map(String), strange), { nil: undefined, freq: p.required ? 5 : 2 }).map((value) => [p.name, value]));
    const more = mostly(fc.constant(["", undefined]), fc.tuple(fc.constantFrom("limit", "after", "other", ""), strange), 9);
    return fc.tuple(...pairs, more).map((all) => all.filter(([, value]) => value !== undefined).map(([name, value]) => `${inPath(name)}=${inPath(value)}`).join("&"));
}

const malformed = fc.oneof(
    fc.jsonValue().map((value) => JSON.stringify(value)), fc.string(),
    fc.constantFrom("", "{", "[]", "null", '{"a":1,"a":2}', '{"name":"\\u0000"}', "\u0000", '{"name":"\\ud800"}', "[".repeat(5000), '{"priority":1e999}', '{"name":1e400}', "\xff"),
);

function bodiesOf(one) {
    const content = one.operation.requestBody?.content ?? {};
    if (content["text/csv"]) return mostly(fc.constantFrom("a,b\n1,2\n", "name\nä\n", "x;y\n1;\n"), malformed, 4);
    const media = content["application/json"];
    return media ? mostly(valuesOf(media.schema).map((value) => JSON.stringify(value)), malformed, 4) : fc.constant(undefined);
}

const headersOf = (one) => fc.record({
    "idempotency-key": mostly(fc.string({ maxLength: 8 }).map((text) => `key ${inPath(text)}`), fc.constantFrom("k1", "\u00e4", "x".repeat(201)), 9), "if-none-match": fc.constantFrom("*", '"x"', ","), "if-match": mostly(fc.constant("*"), fc.constantFrom('"x"', ""), 3),
    range: fc.constantFrom("bytes=0-1", "bytes=-1", "bytes=99999-", "lines=1", "bytes=5-1"), "last-event-id": fc.constantFrom("1.0", "0.0", "x", "1@0.0"),
    accept: fc.constantFrom("text/html", "*/*", "nonsense"), "content-type": mostly(fc.constant(Object.keys(one.operation.requestBody?.content ?? {})[0] ?? "application/json"), fc.constantFrom("text/plain", "application/json; charset=utf-8"), 9),
}, { requiredKeys: one.operation.requestBody ? ["content-type"] : [] });

/**
 * A random call of an operation, good or malformed, that leaves alone what `prepare` has made. `token` undefined stands for whoever is logged in.
 * @returns {fc.Arbitrary<{one: any, path: string, query: string, body: string | undefined, headers: Record<string, string>, token: string | null | undefined}>}
 */
export const callOf = (one) => anyCallOf(one).filter((call) => one.method !== "delete" || !/\/((instances|runs)\/[1-8]|data-sources\/(iris\.csv|\d+))$/.test(call.path));

const anyCallOf = (one) => fc.record({ one: fc.constant(one), path: pathsOf(one), query: queriesOf(one), body: bodiesOf(one), headers: headersOf(one), token: mostly(fc.constant(undefined), fc.constantFrom("ath_none", null), 20) });

/** Its address. */
export const addressOf = ({ path, query }) => path + (query ? `?${query}` : "");

/** What it sends: no type without a body. */
export const sentHeaders = ({ headers, body }) => Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "content-type" || body !== undefined));

/** What there is for them to meet: instances 1 to 4 of the experiment `demo`, a waiting run and one that has spoken of each. */
export async function prepare(site) {
    await addExperiment(site, "demo", [
        { name: "size", type: "integer", default: 64, min: 8, max: 512, step: 8 },
        { name: "note", type: "string", default: "" },
    ]);
    for (let i = 1; i <= 4; i++) {
        const { json } = await site.post("/api/v1/instances", { experiment: "demo", name: `instance ${i}`, project: "p" });
        await site.post(`/api/v1/instances/${json.id}/runs`, {});
        const run = await addRun(site, i % 2 ? "running" : "completed");
        await addLog(site, run, Array.from({ length: 20 }, (_, n) => [1700000000000 + n, n % 4, `line ${n} of x`, n % 3]));
        await addRecord(site, run, "result", "accuracy", { key: "accuracy", value: { a: [1, null, "ä"] } });
        await addRecord(site, run, "row", "leaderboard", { table: "leaderboard", values: { model: "a" } });
        await addRecord(site, run, "event", "done", { event: "done", message: null, payload: { x: 1 }, duration_ms: 1.5 });
        await site.post("/api/v1/tokens", { name: `token ${i}` });
        await site.sql("INSERT INTO metric_chunks VALUES ($1, 'loss', 1000, 2, 0, 1, '[[0,2.5,1700000000000],[1,\"NaN\",1700000000001]]')", run);
        await site.put("/api/v1/data-sources/iris.csv?replace=1", `a,b\n${i},2\n`, { headers: { "content-type": "text/csv" } });
    }
}
