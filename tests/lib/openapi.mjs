// The API's description as tests use it: operations, what the programs' own tables say, judges of answers.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import Ajv from "ajv/dist/2020.js";

import { operationsOf, resolve } from "../../scripts/build-api.mjs";
import { root } from "./stack.mjs";

/** The built document's path. */
export const documentPath = join(root, "build/static", readFileSync(join(root, "build/static/manifest"), "utf8").trim(), "openapi.json");
export const document = JSON.parse(readFileSync(documentPath, "utf8"));

/** The pages' route table, as the program prints it. */
export const routes = () => JSON.parse(execFileSync(join(root, "build/bin/athanor-pages"), ["--routes"], { encoding: "utf8" }));

/** The addresses of the relay: its table stands in its source alone. What begins with /_ is within the site. */
export function relayPaths() {
    const source = readFileSync(join(root, "fcgi/events/request.c"), "utf8");
    return [...source.matchAll(/^ {4}\{"(\/[^_"][^"]*)", (NULL|"([^"]+)"), REQUEST_/gm)].map(([, prefix, , suffix]) => (suffix ? `${prefix}{id}${suffix}` : prefix));
}

/** A schema in which members that it does not name are faults, unless it says that there may be some. */
function closed(value) {
    if (Array.isArray(value)) return value.map(closed);
    if (typeof value !== "object" || value === null) return value;
    const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === "example" || key === "examples" ? inner : closed(inner)]));
    if (copy.properties && copy.type === "object" && copy.additionalProperties === undefined) copy.additionalProperties = false;
    return copy;
}

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: false });
ajv.addSchema({ $id: "athanor", ...closed(document) });
const judges = new Map();

/** A validator of the schema at a place of the document, such as `#/paths/~1healthz/get/...`. */
function judgeAt(pointer) {
    if (!judges.has(pointer)) judges.set(pointer, ajv.compile({ $ref: `athanor${pointer}` }));
    return judges.get(pointer);
}

const escaped = (key) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"));

/** Every operation, with a judge of its answers. */
export const operations = operationsOf(document).map((one) => ({
    ...one,
    name: `${one.method.toUpperCase()} ${one.path}`,
    scope: one.operation["x-scope"],

    /**
     * What is wrong with an answer by the document; "" when nothing is.
     * @param {{status: number, headers: Headers, text: string, json: any}} answer
     */
    faultOf(answer) {
        const { responses } = one.operation;
        const declared = responses[answer.status];
        if (!declared) return `status ${answer.status} is not described: ${answer.text.slice(0, 300)}`;
        const own = `#/paths/${escaped(one.path)}/${one.method}/responses/${answer.status}`;
        const at = declared.$ref ?? own;
        const response = resolve(document, declared);
        const type = (answer.headers.get("content-type") ?? "").split(";")[0].trim();
        if (!response.content) return answer.text === "" ? "" : `status ${answer.status} has a body`;
        const media = [type, "*/*"].find((name) => response.content[name]);
        if (!media) return `status ${answer.status} comes as ${type || "nothing"}`;
        if (!/json$/.test(type) || type.endsWith("x-ndjson")) return "";
        const judge = judgeAt(`${at}/content/${escaped(media)}/schema`);
        return judge(answer.json) ? "" : `${ajv.errorsText(judge.errors)}: ${answer.text.slice(0, 500)}`;
    },
}));

export const operationById = (id) => operations.find((one) => one.operation.operationId === id);
export { resolve };
