// The API's description: whole, valid, served, and in step with the tables of the programs.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import test, { after } from "node:test";

import { document, documentPath, operations, relayPaths, resolve, routes } from "../lib/openapi.mjs";
import { root, startStack } from "../lib/stack.mjs";

const isDescribed = ({ path }) => /^\/(api\/|healthz$|metrics$)/.test(path);
const served = routes().filter(isDescribed);
const ofPages = operations.filter((one) => !one.operation["x-served-by"]);
const words = (list) => [...list].sort();

test("every route is described, and every description has its route", () => {
    const known = served.flatMap((route) => route.methods.filter((method) => method !== "HEAD").map((method) => `${method} ${route.path}`));
    assert.deepEqual(words(ofPages.map((one) => one.name)), words(known), "docs/openapi/ and fcgi/pages/routes.c differ");
    const relayed = operations.filter((one) => one.operation["x-served-by"] === "events");
    assert.deepEqual(words(relayed.map((one) => one.name)), words(relayPaths().map((path) => `GET ${path}`)), "docs/openapi/ and fcgi/events/request.c differ");
});

test("scopes and parameters are those of the route table", () => {
    for (const { name, path, method, scope, parameters } of ofPages) {
        const route = served.find((one) => one.path === path && one.methods.includes(method.toUpperCase()));
        assert.equal(scope, route.scope, name);
        const described = parameters.filter((one) => one.in === "query");
        assert.deepEqual(words(described.map((one) => one.name)), words(route.params.map((one) => one.name)), name);
        for (const param of route.params) {
            const schema = resolve(document, described.find((one) => one.name === param.name).schema);
            const what = `${name}, ${param.name}`;
            if (param.words?.length) assert.deepEqual(schema.enum, param.words, what);
            if (param.words) continue;
            assert.equal(schema.type, "integer", what);
            assert.equal(schema.minimum, param.low, what);
            assert.equal(schema.maximum, param.high, what);
            assert.equal(schema.default, param.default, what);
        }
    }
});

test("the names in a path are its parameters", () => {
    for (const { name, path, parameters } of operations) {
        const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, word]) => word);
        assert.deepEqual(words(parameters.filter((one) => one.in === "path").map((one) => one.name)), words(named), name);
    }
});

const old = Number(process.versions.node.split(".")[0]) < 20;
test("redocly finds nothing in it", { skip: old && "@redocly/cli needs Node 20" }, () => {
    const cli = join(root, "node_modules/@redocly/cli/bin/cli.js");
    const { status, stdout, stderr } = spawnSync(
        process.execPath, [cli, "lint", "--format=json", "--config", join(root, "docs/openapi/redocly.yaml"), documentPath],
        { encoding: "utf8", env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" } });
    assert.equal(status, 0, stdout + stderr);
    assert.equal(JSON.parse(stdout).totals.warnings, 0, stdout);
});

test("it is served to everybody, as it was built, and not twice to whom has it", async () => {
    const site = await startStack(after, { without: ["runner", "events"] });
    const answer = await site.get("/api/v1/openapi.json", { token: null });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-type"), /^application\/json/);
    assert.deepEqual(answer.json, document);
    assert.equal(answer.json.openapi.slice(0, 3), "3.1");
    const again = await site.get("/api/v1/openapi.json", { token: null, headers: { "if-none-match": answer.headers.get("etag") } });
    assert.equal(again.status, 304);
    assert.equal(again.text, "");
});
