// The rules of leaderboards, permalinks and events that need no page.

import test from "node:test";
import assert from "node:assert/strict";

import { moveMark, readMark, writeMark } from "../../../static/js/run/log_marks.js";
import { bestOf, cellText, columnsOf, sorted, toCsv } from "../../../static/js/run/table.js";

const rows = (...values) => values.map((v, i) => ({ n: i + 1, values: v }));

test("columns stand in the order of the first row, later ones behind", () => {
    const columns = columnsOf(rows({ b: 1, a: "x" }, { a: "y", c: 2, b: 3 }), {});
    assert.deepEqual(columns.map((c) => c.name), ["b", "a", "c"]);
    assert.deepEqual(columns.map((c) => c.numeric), [true, false, true]);
});

test("a column's numbers are written alike", () => {
    const text = (values) => {
        const list = rows(...values.map((v) => ({ v })));
        const [column] = columnsOf(list, {});
        return list.map((row) => cellText(row.values.v, column));
    };
    assert.deepEqual(text([1, 20, 300]), ["1", "20", "300"]);
    assert.deepEqual(text([1, 0.5]), ["1.0000", "0.5000"]);
    assert.deepEqual(text([1, 0.5, 0.00001]), ["1.00e+0", "5.00e-1", "1.00e-5"]);
    assert.deepEqual(text([0, 0.5]), ["0.0000", "0.5000"]);
    assert.deepEqual(text(["a", null, 2]), ["a", "", "2"]);
});

test("rows sort by number or by locale, what is empty last either way", () => {
    const list = rows({ v: 2 }, { v: null }, { v: 10 }, {}, { v: -1 });
    assert.deepEqual(sorted(list, "v", "descending").map((r) => r.n), [3, 1, 5, 2, 4]);
    assert.deepEqual(sorted(list, "v", "ascending").map((r) => r.n), [5, 1, 3, 2, 4]);
    const words = rows({ v: "zebra" }, { v: "" }, { v: "Äpfel" }, { v: "birne" });
    assert.deepEqual(sorted(words, "v", "ascending").map((r) => r.n), [3, 4, 1, 2]);
});

test("the best value is known where a direction is given", () => {
    const list = rows({ v: 2 }, { v: 5 }, { v: "x" });
    assert.equal(bestOf(list, { name: "v", better: "high" }), 5);
    assert.equal(bestOf(list, { name: "v", better: "low" }), 2);
    assert.equal(bestOf(list, { name: "v", better: null }), null);
});

test("CSV quotes what needs it", () => {
    const list = rows({ name: 'say "hi", you', n: 1 }, { name: "a\nb", n: null });
    assert.equal(toCsv(list, columnsOf(list, {})), 'name,n\r\n"say ""hi"", you",1\r\n"a\nb",\r\n');
});

test("permalinks name a line or a range", () => {
    assert.deepEqual(readMark("#L12"), [12, 12]);
    assert.deepEqual(readMark("#L20-10"), [10, 20]);
    for (const hash of ["", "#L", "#Lx", "#l1", "#L1-", "#L99999999999999999999"]) assert.equal(readMark(hash), null, hash);
    assert.equal(writeMark(moveMark(moveMark(null, 7, false), 3, true)), "#L3-7");
    assert.equal(writeMark(moveMark([3, 7], 5, false)), "#L5");
});
