// Log lines as the browser reads them: escape sequences, raw elements, search, colours.

import test from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { readAnsi } from "../../../static/js/run/ansi.js";
import { coloursOf, contrast, readable, rgbOf } from "../../../static/js/run/ansi_colour.js";
import { cutElements, readElement, readHead, takeNumber } from "../../../static/js/run/log_element.js";
import { fold, showControls } from "../../../static/js/run/log_text.js";

test("the text is what the server's search and SQL say it is", () => {
    const cases = JSON.parse(readFileSync(new URL("../../shared/ansi.json", import.meta.url), "utf8"));
    assert.ok(cases.length > 20);
    for (const [raw, text] of cases) assert.equal(readAnsi(raw).text, text, JSON.stringify(raw));
});

/** The spans of a text as [words, what differs from plain]. */
function spansOf(raw) {
    const { text, spans } = readAnsi(raw);
    return spans.map(({ from, to, style }) => [text.slice(from, to), Object.fromEntries(Object.entries(style).filter(([, v]) => v !== null && v !== false))]);
}

test("SGR sequences become spans", () => {
    const e = "\u001b[";
    for (const [raw, expected] of [
        [`a${e}31mb${e}0mc`, [["b", { fg: 1 }]]],
        [`${e}1;4;38;5;200mx${e}22my${e}m z`, [["x", { bold: true, underline: true, fg: 200 }], ["y", { underline: true, fg: 200 }]]],
        [`${e}38;2;1;2;3mx`, [["x", { fg: 0x1010203 }]]],
        [`${e}38:2::1:2:3mx`, [["x", { fg: 0x1010203 }]]],
        [`${e}38:2:1:2:3mx`, [["x", { fg: 0x1010203 }]]],
        [`${e}48:5:9mx`, [["x", { bg: 9 }]]],
        [`${e}58;5;9;1mx`, [["x", { bold: true }]]],
        [`${e}4:3mx${e}4:0my`, [["x", { underline: true }]]],
        [`${e}38;5;300mx${e}38;2;1;2mx${e}38mx${e}999mx${e}?1mx`, []],
        [`${e}97;100mx`, [["x", { fg: 15, bg: 8 }]]],
        [`${e}7;3;9;2mx${e}27;23;29;22my`, [["x", { inverse: true, italic: true, strike: true, dim: true }]]],
        [`${e}31m${e}2K${e}1Gx`, [["x", { fg: 1 }]]],
    ]) assert.deepEqual(spansOf(raw), expected, JSON.stringify(raw));
    assert.ok(readAnsi(`${e}31mx${e}0my`.repeat(5000)).spans.length <= 1000, "there is an end of spans");
});

test("every colour can be read on either theme's log, and on its own background", () => {
    const [light, dark] = [[255, 255, 255], [23, 29, 35]];
    for (let i = 0; i < 256; i++) {
        const words = coloursOf({ fg: i, bg: null, dim: i % 2 === 1, inverse: false }).color;
        const [onLight, onDark] = [...words.matchAll(/rgb\((\d+) (\d+) (\d+)\)/g)].map(([, ...c]) => c.map(Number));
        assert.ok(contrast(onLight, light) >= 5.4 && contrast(onDark, dark) >= 6.4, `${i}: ${words}`);
        for (const fg of [null, (i * 7 + 13) % 256, i]) {
            const { color, background } = coloursOf({ fg, bg: i, dim: false, inverse: false });
            const [a, b] = [color, background].map((c) => /(\d+) (\d+) (\d+)/.exec(c).slice(1).map(Number));
            assert.ok(contrast(a, b) >= 4.5, `${fg} on ${i}`);
        }
    }
    assert.deepEqual(rgbOf(0x1ff8001), [255, 128, 1]);
    assert.deepEqual(readable([0, 0, 0], light, 5), [0, 0, 0], "what can be read stays as it is");
});

test("elements are cut unread, and metadata stays as it was written", () => {
    const meta = '{"lines":[1],"n":1e400,"10":12345678901234567890,"2":"a,\\tb]"}';
    const frame = `{"run":7,"first":3,"lines":[[5,1,"a \\"quote\\", [1]",2,${meta},1],\t[6,3,"b"],\t[7,2,"c",2,${meta}]]}`;
    const [a, b, c] = cutElements(frame).map(readElement);
    assert.deepEqual(a, { ms: 5, level: 1, text: 'a "quote", [1]', source: 2, metadata: meta, continued: true });
    assert.deepEqual(b, { ms: 6, level: 3, text: "b", source: 0, metadata: null, continued: false });
    assert.equal(c.metadata, meta);
    const answer = `{"to":9,"total":2,"counts":[[0,2]],"lines":[[3,5,1,"x"],\t[9,6,1,"y",2,${meta}]]}`;
    assert.deepEqual(readHead(answer), { to: 9, total: 2, counts: [[0, 2]], lines: [] });
    assert.deepEqual(cutElements(answer).map(takeNumber), [{ n: 3, raw: '[5,1,"x"]' }, { n: 9, raw: `[6,1,"y",2,${meta}]` }]);
    assert.deepEqual(cutElements('{"to":0,"lines":[]}'), []);
});

test("case is folded as the server folds it, letter by letter", () => {
    assert.equal(fold("ABC Éclair ПРИВЕТ"), "abc éclair привет");
    assert.equal(fold("\u212a"), "\u212a", "the Kelvin sign is no k");
    assert.equal(fold("\u0130x"), "\u0130x", "what would become longer stays");
    assert.equal(showControls("a\u0000\u001b\u009b\tb\nc\u007f"), "a\ufffd\ufffd\ufffd\tb\nc\ufffd");
});
