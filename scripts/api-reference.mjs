// The API's description as the view of the page `/api`: every text a list of words and code, every schema a list of rows.

import { operationsOf, resolve } from "./build-api.mjs";

/** Text with `code` in it, as pieces. */
function words(text = "") {
    return text.trim().replace(/\s+/g, " ").split("`").map((part, i) => (i % 2 ? { code: part } : { text: part })).filter((one) => one.code || one.text);
}

const nameOf = (ref) => ref.split("/").pop();
const anchor = (name) => `schema-${name}`;
const plain = (text) => [{ text, href: null }];
const joined = (lists, between) => lists.flatMap((list, i) => (i ? [...plain(between), ...list] : list));

/** A schema's type as pieces, those that stand elsewhere on the page with their address. */
function typeOf(schema) {
    if (schema.$ref?.includes("/schemas/")) return [{ text: nameOf(schema.$ref), href: `#${anchor(nameOf(schema.$ref))}` }];
    if (schema.const !== undefined) return plain(JSON.stringify(schema.const));
    if (schema.enum) return plain(schema.enum.map(String).join(" | "));
    const either = schema.anyOf ?? schema.oneOf;
    if (either) return joined(either.map(typeOf), " or ");
    if (schema.type === "array" && schema.prefixItems) return [...plain("["), ...joined(schema.prefixItems.map(typeOf), ", "), ...plain("]")];
    if (schema.type === "array") return [...plain("list of "), ...typeOf(schema.items ?? {})];
    return plain([schema.type ?? "any JSON"].flat().join(" or "));
}

/** Its limits in words. */
function limitsOf(schema) {
    const said = [];
    const { minimum: low, maximum: high, minLength, maxLength, maxItems, pattern } = schema;
    if (low !== undefined && high !== undefined) said.push(`${low} to ${high}`);
    else if (low !== undefined) said.push(`from ${low} on`);
    if (maxLength !== undefined) said.push(`${minLength ?? 0} to ${maxLength} characters`);
    if (maxItems !== undefined) said.push(`at most ${maxItems}`);
    if (pattern && pattern.length < 60) said.push(`matches ${pattern}`);
    if (schema.default !== undefined) said.push(`${JSON.stringify(schema.default)} when left out`);
    return said.join("; ");
}

/** The members of an object as rows, those of nested objects indented. */
function rowsOf(schema, depth = 0) {
    const inner = schema.type === "array" ? (schema.items ?? {}) : schema;
    return Object.entries(inner.properties ?? {}).flatMap(([name, member]) => [
        { name, depth, type: typeOf(member), required: inner.required?.includes(name) ?? false, words: words(member.description), limits: limitsOf(member) },
        ...(member.$ref ? [] : rowsOf(member, depth + 1)),
    ]);
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The operation as a line for curl, with the examples of its parameters and body. */
export function curlOf({ path, method, operation, parameters }) {
    const valueOf = (one) => encodeURIComponent(String(one.example));
    const filled = path.replace(/\{(\w+)\}/g, (whole, name) => valueOf(parameters.find((one) => one.name === name)));
    const query = parameters.filter((one) => one.in === "query" && one.example !== undefined).map((one) => `${one.name}=${valueOf(one)}`);
    const parts = ["curl"];
    if (operation["x-scope"] !== "open") parts.push('-H "Authorization: Bearer $TOKEN"');
    if (method !== "get" && (method !== "post" || !operation.requestBody)) parts.push(`-X ${method.toUpperCase()}`);
    if (operation.responses["200"]?.content?.["text/event-stream"]) parts.push("-N");
    for (const one of parameters.filter((x) => x.in === "header" && x.example !== undefined)) parts.push(`-H ${quoted(`${one.name}: ${one.example}`)}`);
    const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
    if (type) parts.push(`-H ${quoted(`Content-Type: ${type}`)}`);
    if (type === "application/json") parts.push(`-d ${quoted(JSON.stringify(media.example ?? {}))}`);
    else if (type) parts.push(`--data-binary ${quoted(media.example ?? "")}`);
    parts.push(`"$ATHANOR${filled}${query.length ? `?${query.join("&")}` : ""}"`);
    return parts.join(" ");
}

const pretty = (value) => JSON.stringify(value, null, 2);

/** The examples of an answer: `[{name, text}]`. */
function examplesOf(media) {
    const all = media.examples ? Object.entries(media.examples).map(([name, one]) => [name, one.value]) : media.example === undefined ? [] : [["", media.example]];
    return all.map(([name, value]) => ({ name: name || null, text: typeof value === "string" ? value : pretty(value) }));
}

function answerOf(document, status, given) {
    const answer = resolve(document, given);
    const media = Object.entries(answer.content ?? {});
    return {
        status,
        words: words(answer.description),
        media: media.filter(([type]) => type !== "application/problem+json").map(([type, one]) => ({
            type, schema: typeOf(one.schema ?? {}), rows: one.schema?.$ref ? [] : rowsOf(one.schema ?? {}), examples: examplesOf(one),
        })),
    };
}

function viewOf(document, one) {
    const { path, method, operation, parameters } = one;
    const answers = Object.entries(operation.responses).map(([status, given]) => answerOf(document, status, given));
    const [type, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
    return {
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        summary: operation.summary,
        words: words(operation.description),
        scope: operation["x-scope"],
        open: operation["x-scope"] === "open",
        parameters: parameters.map((p) => ({
            name: p.name, in: p.in, required: p.required ?? false, type: typeOf(p.schema), words: words(p.description), limits: limitsOf(resolve(document, p.schema)),
        })),
        body: body ? { type, optional: !operation.requestBody.required, schema: typeOf(body.schema), words: words(operation.requestBody.description) } : null,
        answers: answers.filter((a) => Number(a.status) < 300),
        refusals: answers.filter((a) => Number(a.status) >= 300).map(({ status, words: why }) => ({ status, words: why })),
        curl: curlOf(one),
    };
}

/** @param {any} document what readDocument returns */
export function referenceOf(document) {
    const operations = operationsOf(document);
    return {
        groups: document.tags.map((tag) => ({
            name: tag.name,
            words: words(tag.description),
            operations: operations.filter(({ operation }) => operation.tags[0] === tag.name).map((one) => viewOf(document, one)),
        })),
        schemas: Object.entries(document.components.schemas).sort(([a], [b]) => a.localeCompare(b)).map(([name, schema]) => ({
            name, id: anchor(name), words: words(schema.description), limits: limitsOf(schema), type: typeOf(schema), rows: rowsOf(schema),
        })),
    };
}
