// The API's description: docs/openapi/*.yaml put together into one OpenAPI document.

import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

import { parse } from "yaml";

const folder = fileURLToPath(new URL("../docs/openapi", import.meta.url));
const head = "openapi.yaml";
export const methods = ["get", "post", "put", "patch", "delete"];

const read = (name) => parse(readFileSync(join(folder, name), "utf8"), { merge: true });

/** All operations of a document: `{path, method, operation, parameters}`; an operation's own parameters go before the path's. */
export function operationsOf(document) {
    return Object.entries(document.paths).flatMap(([path, item]) =>
        methods.filter((method) => item[method]).map((method) => {
            const all = [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map((one) => resolve(document, one));
            const parameters = [...new Map(all.map((one) => [`${one.in} ${one.name}`, one])).values()];
            return { path, method, operation: item[method], parameters };
        }),
    );
}

/** What a `$ref` stands for; anything else is itself. */
export function resolve(document, value) {
    while (value?.$ref) value = value.$ref.slice(2).split("/").reduce((at, key) => at[key], document);
    return value;
}

/** The statuses of refusals that an operation has by the rules which hold for all. */
function refusals({ path, method, operation }) {
    const statuses = ["400", "414", "429", "431", "503"];
    if (operation["x-scope"] !== "open") statuses.push("401");
    if (operation["x-scope"] !== "open" && operation["x-scope"] !== "read") statuses.push("403");
    if (path.includes("{")) statuses.push("404");
    if (operation.requestBody) statuses.push("413", "415");
    const media = operation.responses["200"]?.content ?? {};
    if (isConditional(method, operation, media)) statuses.push("304");
    return statuses.filter((status) => !operation.responses[status]);
}

const isConditional = (method, operation, media) =>
    method === "get" && !operation["x-served-by"] && operation.operationId !== "getHealth" &&
    operation.operationId !== "downloadResults" && Object.keys(media).some((type) => /^application\/(schema\+)?json$/.test(type));

/** Adds what all operations have in common, so that the files need not repeat it. */
function complete(document) {
    for (const one of operationsOf(document)) {
        const { operation } = one;
        operation.security = operation["x-scope"] === "open" ? [] : [{ token: [] }, { session: [] }];
        for (const status of refusals(one)) {
            operation.responses[status] = { $ref: `#/components/responses/${status}` };
            if (status !== "304") continue;
            operation.responses["200"].headers = { ETag: { $ref: "#/components/headers/ETag" }, ...operation.responses["200"].headers };
            operation.parameters = [...(operation.parameters ?? []), { $ref: "#/components/parameters/if_none_match" }];
        }
    }
}

/** The whole document. Operations without tags have that of their file's name. */
export function readDocument() {
    const document = read(head);
    document.paths = {};
    for (const name of readdirSync(folder).sort()) {
        if (!name.endsWith(".yaml") || name === head || name === "redocly.yaml") continue;
        const part = read(name);
        for (const [path, item] of Object.entries(part.paths)) {
            for (const method of methods) if (item[method]) item[method].tags ??= [basename(name, ".yaml")];
            if (document.paths[path]) throw new Error(`${name}: ${path} is described elsewhere too`);
            document.paths[path] = item;
        }
        for (const [kind, parts] of Object.entries(part.components ?? {})) {
            for (const key of Object.keys(parts)) if (document.components[kind]?.[key]) throw new Error(`${name}: ${kind}/${key} is there already`);
            document.components[kind] = { ...document.components[kind], ...parts };
        }
    }
    // Anchors make one object stand in many places; a document of its own has none.
    const whole = JSON.parse(JSON.stringify(document));
    complete(whole);
    return whole;
}
