// The rules of leaderboards and permalinks that need no page.

import test from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { moveMark, readMark, writeMark } from "../../../static/js/run/log_marks.js";
import { Table } from "../../../static/js/run/table.js";

const { columns: cases } = JSON.parse(readFileSync(new URL("../../shared/table.json", import.meta.url), "utf8"));

/** A table of one column. */
function tableOf(cells, better) {
    const table = new Table(better ? { v: better } : {});
    cells.forEach((cell, i) => table.add(i + 1, cell === null ? "{}" : `{"v":${cell}}`));
    return table;
}

for (const one of cases) {
    test(one.name, () => {
        const table = tableOf(one.cells);
        const column = table.columns.get("v");
        assert.deepEqual(table.rows.map((row) => column.text(row.cells[0])), one.text);
        assert.equal(column.numeric, one.numeric);
        for (const direction of ["descending", "ascending"]) {
            if (one[direction]) assert.deepEqual(table.sorted("v", direction).map((row) => row.n - 1), one[direction], direction);
        }
        for (const better of ["high", "low"]) {
            const marked = tableOf(one.cells, better);
            const best = marked.columns.get("v");
            assert.deepEqual(marked.rows.filter((row) => best.isBest(row.cells[0])).map((row) => row.n - 1), one[better], `${better} is better`);
        }
    });
}

test("columns stand in the order of the first row, later ones behind, whatever they are called", () => {
    const table = new Table();
    table.add(1, '{"b":1,"10":"x","2":0,"__proto__":3}');
    table.add(2, '{"10":"y","c":2,"b":3,"constructor":1}');
    assert.deepEqual([...table.columns.keys()], ["b", "10", "2", "__proto__", "c", "constructor"]);
    assert.deepEqual([...table.columns.values()].map((c) => c.numeric), [true, false, true, true, true, true]);
    assert.deepEqual(table.rows[1].cells, ["3", '"y"', , , "2", "1"]);
});

test("columns beyond those that a page has room for are left out, and it is known that there are some", () => {
    const table = new Table();
    table.add(1, JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`c${i}`, i]))));
    assert.equal(table.wide, false);
    table.add(2, '{"more":1,"c7":8}');
    assert.deepEqual([table.columns.size, table.columns.has("more"), table.wide], [300, false, true]);
    assert.equal(table.rows[1].cells[7], "8");
});

test("a row that comes late stands where it was said", () => {
    const table = new Table();
    for (const n of [1, 4, 2]) table.add(n, '{"v":1}');
    assert.deepEqual(table.rows.map((row) => row.n), [1, 2, 4]);
});

test("permalinks name a line or a range", () => {
    assert.deepEqual(readMark("#L12"), [12, 12]);
    assert.deepEqual(readMark("#L20-10"), [10, 20]);
    for (const hash of ["", "#L", "#Lx", "#l1", "#L1-", "#L99999999999999999999"]) assert.equal(readMark(hash), null, hash);
    assert.equal(writeMark(moveMark(moveMark(null, 7, false), 3, true)), "#L3-7");
    assert.equal(writeMark(moveMark([3, 7], 5, false)), "#L5");
});
