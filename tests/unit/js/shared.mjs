// What the browser's scripts must do exactly as the server does: the cases of both stand in tests/shared/.

import test from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import * as format from "../../../static/js/format.js";
import { readTyped } from "../../../static/js/form/typed.js";
import { fault, isMissing, validate } from "../../../static/js/validate.js";

const read = (name) => JSON.parse(readFileSync(new URL(`../../shared/${name}.json`, import.meta.url), "utf8"));

test("formatters say what SQL says", () => {
    const names = { fmt_duration: "duration", fmt_ago_ms: "ago", fmt_bytes: "bytes", fmt_count: "count", fmt_number: "number" };
    const cases = read("format");
    for (const [sql, js] of Object.entries(names)) {
        assert.ok(cases[sql].length > 5, `cases of ${sql}`);
        for (const [given, text] of cases[sql]) assert.equal(format[js](Number(given)), text, `${js}(${given})`);
    }
});

test("configurations are judged as the server judges them", () => {
    const { sets } = read("validate");
    assert.ok(sets.length > 5);
    for (const { name, fields, cases } of sets) {
        for (const { given, faults, result } of cases) {
            const answer = validate(fields, given);
            assert.deepEqual(answer.faults, faults, `${name}: ${JSON.stringify(given)}`);
            if (faults.length === 0) assert.deepEqual(answer.result, result, `${name}: ${JSON.stringify(given)}`);
        }
    }
});

test("what is typed is read as the server reads it", () => {
    const { cases } = read("typed");
    assert.ok(cases.length > 40);
    for (const [type, text, expected] of cases) {
        const value = readTyped(type, text);
        assert.equal(typeof value === "string" ? JSON.stringify(value) : String(value), expected, `${type} ${JSON.stringify(text)}`);
    }
});

test("an instance's texts are judged as the server judges them", () => {
    const fields = { name: { type: "line", max: 200, required: true }, description: { type: "lines", max: 10000 }, project: { type: "line", max: 100 } };
    for (const [name, text, expected] of read("instance").cases) {
        const field = { name, ...fields[name] };
        assert.equal(isMissing(field, text) ? "is required" : fault(field, text), expected, `${name} ${JSON.stringify(text).slice(0, 40)}`);
    }
});

test("whole numbers of 64 bits are judged to the last digit", () => {
    const field = { name: "n", type: "integer", min: 9007199254740993n, max: 9223372036854775807n, step: 2n };
    assert.equal(fault(field, 9007199254740993n), "");
    assert.equal(fault(field, 9007199254740992n), "must be at least 9007199254740993");
    assert.equal(fault(field, 9007199254740994n), "must be 9007199254740993 plus a multiple of 2");
    assert.equal(fault(field, 2 ** 63), "must be a whole number of 64 bits");
    assert.equal(fault({ name: "x", type: "float", max: 2 ** 53 }, 9007199254740993n), "must be at most 9007199254740992");
    assert.equal(fault({ name: "x", type: "float", step: 3 }, 1e17), "must be a multiple of 3");
});

test("paths of faults begin with the prefix", () => {
    assert.deepEqual(validate([{ name: "n", type: "integer" }], { n: "x" }, "configuration").faults, [["configuration.n", "must be a whole number"]]);
});
