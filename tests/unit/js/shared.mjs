// What the browser's scripts must do exactly as the server does: the cases of both stand in tests/shared/.

import test from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import * as format from "../../../static/js/format.js";
import { validate } from "../../../static/js/validate.js";

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

test("paths of faults begin with the prefix", () => {
    assert.deepEqual(validate([{ name: "n", type: "integer" }], { n: "x" }, "configuration").faults, [["configuration.n", "must be a whole number"]]);
});
