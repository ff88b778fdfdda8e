// The marks of a chart's axis.

import assert from "node:assert/strict";
import test from "node:test";

import { loners, tickLabels, ticks } from "../../../static/js/run/ticks.js";

const axis = (min, max, most = 4) => tickLabels(ticks(min, max, most));

test("marks are round, and say what they are, whatever their size", () => {
    assert.deepEqual(axis(0, 1), ["0", "0.5", "1"]);
    assert.deepEqual(axis(0.45, 1.02), ["0.6", "0.8", "1"]);
    assert.deepEqual(axis(0, 300_000), ["0", "100,000", "200,000", "300,000"]);
    assert.deepEqual(axis(0.99991, 0.99999), ["0.99992", "0.99994", "0.99996", "0.99998"]);
    assert.deepEqual(axis(-1, 1), ["-1", "-0.5", "0", "0.5", "1"]);
    assert.deepEqual(axis(5e-8, 3e-7), ["1e-7", "2e-7", "3e-7"]);
    assert.deepEqual(axis(0, 4e-20), ["0", "1e-20", "2e-20", "3e-20", "4e-20"]);
    assert.deepEqual(axis(0, 9e299), ["0", "5e+299"]);
    assert.deepEqual(axis(2e9, 8e9), ["2e+9", "4e+9", "6e+9", "8e+9"]);
});

test("no two marks of an axis read alike, and there are not more than wanted", () => {
    for (const size of [1e-300, 1e-19, 3e-7, 0.002, 1, 77, 1e6, 4e8, 1e17, 1e300]) {
        for (const from of [0, 0.3, -1]) {
            const labels = axis(from * size, size);
            assert.equal(new Set(labels).size, labels.length, labels.join(" "));
            assert.ok(labels.length >= 1 && labels.length <= 6, `${size}: ${labels.join(" ")}`);
        }
    }
});

test("what is no range has no marks", () => {
    for (const [min, max] of [[1, 1], [2, 1], [NaN, 1], [-Infinity, Infinity], [-1.7e308, 1.7e308]]) assert.deepEqual(ticks(min, max, 4), []);
    assert.deepEqual(tickLabels([1, null, 10]), ["1", "", "10"]);
});

test("values without neighbours are found", () => {
    assert.deepEqual(loners([1]), [0]);
    assert.deepEqual(loners([1, null, 2, 3, null, 4]), [0, 5]);
    assert.equal(loners([1, 2, null, null]), null);
    assert.equal(loners([]), null);
});
