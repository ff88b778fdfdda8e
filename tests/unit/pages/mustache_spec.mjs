// The official Mustache specification, all modules but lambdas, through the site's own renderer.

import test from "node:test";
import assert from "node:assert/strict";
import Mustache from "mustache";
import { buildRenderer, readSpecification, renderAll } from "../../lib/mustache.mjs";

const MANDATORY = ["comments", "delimiters", "interpolation", "inverted", "partials", "sections"];
const OPTIONAL = ["~dynamic-names", "~inheritance"];

// The one mandatory test that mustache.js 4.2 fails: it goes on to outer contexts when a later part of a dotted
// name is missing. The renderer follows the specification.
const DEVIATION = "Dotted Names - Context Precedence";

buildRenderer();
const { source, modules } = readSpecification();

test("every module is there", (t) => {
    const names = modules.map((module) => module.name);
    assert.deepEqual(names.filter((name) => !name.startsWith("~")), MANDATORY);
    if (source === "the official set")
        assert.deepEqual(names.filter((name) => name.startsWith("~")), OPTIONAL);
    const count = modules.reduce((sum, module) => sum + module.tests.length, 0);
    t.diagnostic(`${count} tests of ${modules.length} modules, from ${source}`);
    assert.ok(count > 100, `only ${count} tests`);
});

for (const module of modules) {
    test(`specification: ${module.name}`, (t) => {
        const answers = renderAll(
            module.tests.map(({ template, data, partials = {} }) => ({ template, data, partials })),
        );
        module.tests.forEach((each, i) => {
            const { output, error } = answers[i];
            assert.equal(output ?? error, each.expected, `${each.name}: ${each.desc}`);
        });
        t.diagnostic(`${module.tests.length} passed`);
    });
}

test("mustache.js deviates where it is known to, and nowhere else", () => {
    const mandatory = modules.filter((module) => MANDATORY.includes(module.name));
    const failed = mandatory
        .flatMap((module) => module.tests)
        .filter((each) => Mustache.render(each.template, each.data, each.partials) !== each.expected)
        .map((each) => each.name);
    const known = mandatory.flatMap((module) => module.tests).some((each) => each.name === DEVIATION);
    assert.deepEqual(failed, known ? [DEVIATION] : []);
});
