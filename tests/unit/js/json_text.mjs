// JSON read in place: nothing is lost, whatever stands in it, and the members are those that JSON.parse finds.

import test from "node:test";
import assert from "node:assert/strict";

import { indented, member, members, memberText, partAt, pieces, typeAt } from "../../../static/js/json_text.js";

const all = (text) => [...members(text, partAt(text).at)];

test("members are found with their names, their texts and how many they hold", () => {
    const text = ' { "a" : 1e400 ,"b\\"\\\\":[ 1, [2,3] ,{} ], "c":"x\\\\", "d":{"e":{"f":"]}"}}, "":null } ';
    assert.deepEqual(
        all(text).map((part) => [part.key, text.slice(part.at, part.end), part.size]),
        [["a", "1e400", -1], ['b"\\', "[ 1, [2,3] ,{} ]", 3], ["c", '"x\\\\"', -1], ["d", '{"e":{"f":"]}"}}', 1], ["", "null", -1]],
    );
    assert.equal(memberText(text, "c"), '"x\\\\"');
    assert.equal(member(text, "nothing"), null);
    for (const empty of ["{}", "[]", " [ \n ] "]) assert.deepEqual([partAt(empty).size, all(empty).length], [0, 0]);
    assert.deepEqual([partAt("[[]]").size, partAt("[[],{}]").size, partAt('[""]').size, partAt("[0]").size], [1, 2, 1, 1]);
});

test("types are told by the first character", () => {
    const texts = { object: " {", array: "[", string: '"', boolean: "true", null: "null", number: "-1" };
    for (const [type, text] of Object.entries(texts)) assert.equal(typeAt(text), type);
    assert.equal(typeAt("false"), "boolean");
});

/** Any value, by a seed. */
function someValue(random, depth = 0) {
    const kind = Math.floor(random() * (depth > 4 ? 5 : 8));
    if (kind === 0) return null;
    if (kind === 1) return random() < 0.5;
    if (kind === 2) return (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20);
    if (kind < 5) return ["", 'say "hi"', "back\\slash\\", "a\nb\t\u0001", "ü€😀", "]},{[:"][Math.floor(random() * 6)];
    const list = Array.from({ length: Math.floor(random() * 6) }, () => someValue(random, depth + 1));
    return kind < 7 ? list : Object.fromEntries(list.map((value, i) => [`${i}"\\`, value]));
}

/** Builds the value again from its parts. */
function rebuilt(text, part = partAt(text)) {
    if (part.size < 0) return JSON.parse(text.slice(part.at, part.end));
    const list = [...members(text, part.at)];
    assert.equal(list.length, part.size);
    const values = list.map((one) => rebuilt(text, one));
    return text[part.at] === "[" ? values : Object.fromEntries(list.map((one, i) => [one.key, values[i]]));
}

test("a thousand values of all kinds come back whole, and are indented as JSON.stringify does", () => {
    let seed = 7;
    const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
    for (let i = 0; i < 1000; i++) {
        const value = someValue(random);
        for (const text of [JSON.stringify(value), JSON.stringify(value, null, 3)]) {
            assert.deepEqual(rebuilt(text), value);
            assert.equal([...indented(text)].join(""), JSON.stringify(value, null, 2));
        }
    }
});

test("numbers keep their digits, and a long text comes in pieces", () => {
    assert.equal([...indented('{"n":[18446744073709551616,0.10,1e400]}')].join(""), '{\n  "n": [\n    18446744073709551616,\n    0.10,\n    1e400\n  ]\n}');
    const parts = [...indented(JSON.stringify(Array.from({ length: 50_000 }, (_, i) => i)))];
    assert.ok(parts.length > 4 && parts.every((part) => part.length < 70_000));
    assert.equal([...pieces("x".repeat(150_000))].join("").length, 150_000);
    assert.deepEqual([...pieces("")], [""]);
});

test("a text that breaks off is an error, not a hang", () => {
    for (const text of ['{"a":[1,2', '["abc', '{"a', "[1,"]) assert.throws(() => rebuilt(text), text);
});
