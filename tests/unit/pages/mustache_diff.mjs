//
// The site's own renderer against mustache.js 4.2, byte for byte: a generated corpus in mandatory syntax, mutilated
// templates, numbers, and the partials that the browser shares with the server.
//
// The two are known to differ where a context has the first part of a dotted name but not the rest: the
// specification ends the search there (its test "Dotted Names - Context Precedence"), mustache.js goes on to outer
// contexts. And mustache.js throws where a null is on the context stack, and knows `text.0`, a text's first UTF-16 unit.
// SpecContext corrects these three and tells whether it had to; all else must equal mustache.js as it is.
//
// $ATHANOR_MUSTACHE_SEED changes the corpus.

import test from "node:test";
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import Mustache from "mustache";
import { buildRenderer, readTemplates, renderAll, root } from "../../lib/mustache.mjs";

const SEED = Number(process.env.ATHANOR_MUSTACHE_SEED ?? 20240611);
const TEMPLATES = 6000;

buildRenderer();

class SpecContext extends Mustache.Context {
    constructor(view, parent, noted = { deviations: 0 }) {
        super(view, parent);
        this.noted = noted;
    }

    push(view) {
        return new SpecContext(view, this, this.noted);
    }

    lookup(name) {
        const value = this.find(name);
        let other;
        try {
            other = super.lookup(name);
        } catch {
            other = NaN; // a null context
        }
        if (!Object.is(value, other)) this.noted.deviations++;
        return value;
    }

    find(name) {
        if (name === ".") return this.view;
        const [first, ...rest] = name.indexOf(".") > 0 ? name.split(".") : [name];
        const has = (value, key) => value !== null && typeof value === "object" && key in value;
        let context = this;
        while (context && !has(context.view, first)) context = context.parent;
        let value = context?.view[first];
        for (const key of rest) value = typeof value === "string" && key !== "length" ? undefined : value?.[key];
        return value;
    }
}

/** What must come out, and whether mustache.js itself says so. Throws as mustache.js does. */
function expected({ template, data, partials }) {
    const context = new SpecContext(data);
    const output = Mustache.render(template, context, partials);
    return { output, pure: context.noted.deviations === 0 };
}

/** Compares all; returns how many had to be corrected. */
function compareAll(requests) {
    const answers = renderAll(requests);
    let corrected = 0;
    requests.forEach((request, i) => {
        const { output, pure } = expected(request);
        const shown = JSON.stringify(request);
        assert.equal(answers[i].error, undefined, shown);
        assert.equal(answers[i].output, output, shown);
        if (pure) assert.equal(output, Mustache.render(request.template, request.data, request.partials));
        else corrected++;
    });
    return corrected;
}

/** mulberry32: small, and the same everywhere. */
function random(seed) {
    let state = seed >>> 0;
    const next = () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = Math.imul(state ^ (state >>> 15), state | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
    return {
        next,
        below: (n) => Math.floor(next() * n),
        pick: (list) => list[Math.floor(next() * list.length)],
        chance: (p) => next() < p,
    };
}

const NAMES = ["a", "b", "c", "d", "list", "text", "a_b-c", "0"];
const TEXTS = [
    "x", "text ", " ", "  ", "\t", "\n", "\n", "\n", "\r\n", "\n\n", "<p>", "</p>\n", "&", "\"'`=/", "é", "€", "😀",
    "}", "}}", "{", "|", "\u00a0", "\u2003", "\ufeff", "\u3000", "\v", "\f", "\u2028", "\u200b", "-- ",
];
const STRINGS = [
    "", "0", "false", " ", "<b>&\"'`=/</b>", "two\nlines", "ünï€😀", "{{a}}", "{{{a}}}", "=", "a'b", "\u0001\u007f",
    "a long text without anything to escape, so that it is copied in one piece", "\\", "null",
];

function number(r) {
    switch (r.below(6)) {
        case 0: return r.below(3) - 1;
        case 1: return r.below(2 ** 31) - 2 ** 30;
        case 2: return r.below(1000) / 1000;
        case 3: return (r.next() - 0.5) * 10 ** (r.below(18));
        case 4: return (1 + 8 * r.next()) * 10 ** (21 + r.below(280));
        default: return -r.next() * 10 ** -r.below(320);
    }
}

function value(r, depth) {
    const kind = r.below(depth > 0 ? 12 : 7);
    if (kind === 0) return null;
    if (kind === 1) return r.chance(0.5);
    if (kind <= 3) return number(r);
    if (kind <= 6) return r.pick(STRINGS);
    if (kind <= 9) return object(r, depth - 1);
    return Array.from({ length: r.below(4) }, () => value(r, depth - 1));
}

function object(r, depth) {
    const made = {};
    for (const name of NAMES) if (r.chance(0.6)) made[name] = value(r, depth);
    return made;
}

function name(r) {
    if (r.chance(0.12)) return ".";
    const parts = [r.pick(NAMES)];
    while (r.chance(0.25)) parts.push(r.pick(r.chance(0.2) ? ["length", "1"] : NAMES));
    return parts.join(".");
}

/** A template in mandatory syntax; `partials` are the names it may include. */
class Writer {
    constructor(r, partials, delimiters) {
        this.r = r;
        this.partials = partials;
        this.withDelimiters = delimiters;
        this.delimiters = ["{{", "}}"];
    }

    pad() {
        return this.r.chance(0.3) ? this.r.pick([" ", "  ", "\t", "\n"]) : "";
    }

    tag(mark, inside) {
        const [open, close] = this.delimiters;
        return open + this.pad() + mark + this.pad() + inside + this.pad() + close;
    }

    section(depth) {
        const key = name(this.r);
        const open = this.tag(this.r.pick(["#", "#", "^"]), key);
        const gap = this.r.chance(0.4) ? "\n" : "";
        return open + gap + this.write(depth - 1) + this.tag("/", key) + gap;
    }

    change() {
        const next = this.r.pick([["<%", "%>"], ["|", "|"], ["[[", "]]"], ["{{", "}}"], ["@", "@@"], ["(*", "*)"]]);
        const [open, close] = this.delimiters;
        this.delimiters = next;
        return `${open}=${this.pad()}${next[0]} ${this.pad()}${next[1]}${this.pad()}=${close}`;
    }

    piece(depth) {
        const kind = this.r.below(20);
        if (kind < 8) return this.text();
        if (kind < 11) return this.tag("", name(this.r));
        if (kind === 11) return this.tag("&", name(this.r));
        if (kind === 12) {
            const [open, close] = this.delimiters;
            return `${open}{${this.pad()}${name(this.r)}${this.pad()}}${close}`;
        }
        if (kind === 13) return this.tag("!", this.r.pick(["", "note", "two\nlines", "a = b"]));
        if (kind < 16 && this.partials.length) return this.tag(">", this.r.pick(this.partials));
        if (kind === 16 && this.withDelimiters && this.r.chance(0.4)) return this.change();
        return depth > 0 ? this.section(depth) : this.text();
    }

    text() {
        const [open] = this.delimiters;
        const text = this.r.pick(TEXTS);
        return text.includes(open[0]) ? " " : text;
    }

    write(depth) {
        let out = "";
        for (let n = 1 + this.r.below(7); n > 0; n--) out += this.piece(depth);
        return out;
    }
}

function request(r, delimiters = true) {
    const partials = { missing2: "" };
    let below = ["missing"];
    for (const each of ["p/three", "p_two", "one"]) {
        partials[each] = new Writer(r, below, delimiters).write(2);
        below = [...below, each];
    }
    return { template: new Writer(r, below, delimiters).write(3), data: object(r, 3), partials };
}

test("a generated corpus renders as mustache.js renders it", (t) => {
    const r = random(SEED);
    const requests = Array.from({ length: TEMPLATES }, () => request(r));
    const corrected = compareAll(requests);
    t.diagnostic(`${TEMPLATES} templates, seed ${SEED}; in ${corrected} the specification overrules mustache.js`);
    assert.ok(corrected < TEMPLATES / 4, `${corrected} of ${TEMPLATES} were corrected`);
    const bytes = requests.reduce((sum, each) => sum + expected(each).output.length, 0);
    assert.ok(bytes > TEMPLATES * 20, `only ${bytes} characters came out`);
});

test("numbers print as JavaScript prints them", (t) => {
    const r = random(SEED + 1);
    const bits = new DataView(new ArrayBuffer(8));
    const numbers = [0, -0, 0.1, 1e20 + 0.5e20, 1e21, 1e-6, 1e-7, 5e-324, 1.7976931348623157e308, 2 ** 53, 123456789.125];
    while (numbers.length < 4000) {
        bits.setUint32(0, r.below(2 ** 32));
        bits.setUint32(4, r.below(2 ** 32));
        for (const each of [bits.getFloat64(0), number(r)]) if (Number.isFinite(each)) numbers.push(each);
    }
    // An integer that JSON spells with more digits than 64 bits hold is no integer to the parser.
    const data = numbers.filter((each) => Math.abs(each) < 2 ** 63 || Math.abs(each) >= 1e21);
    const [answer] = renderAll([{ template: "{{#.}}{{.}} {{{.}}}\n{{/.}}", data }]);
    assert.equal(answer.output, data.map((each) => `${each} ${each}\n`).join(""));
    t.diagnostic(`${data.length} numbers`);
});

test("what mustache.js refuses is refused", (t) => {
    const r = random(SEED + 2);
    const requests = [];
    while (requests.length < 2000) {
        const each = request(r, false);
        const at = r.below(each.template.length);
        each.template = each.template.slice(0, at) + each.template.slice(at + 1 + r.below(3));
        const whole = !/[\ud800-\udfff]/u.test(each.template); // no half of a pair is left
        if (whole && !/\{\{\s*[=<$]/.test(each.template)) requests.push(each);
    }
    let refused = 0;
    renderAll(requests).forEach(({ output, error }, i) => {
        const shown = JSON.stringify(requests[i]);
        let wanted;
        try {
            wanted = expected(requests[i]).output;
        } catch (e) {
            assert.match(e.message, /^(Unclosed|Unopened)/, shown);
        }
        if (error === undefined) assert.equal(output, wanted, shown);
        // Names that nobody can have meant are refused by the site alone.
        else if (wanted !== undefined) assert.match(error, /without a name|white space in a name/, shown);
        if (error !== undefined) refused++;
    });
    t.diagnostic(`${refused} of ${requests.length} refused`);
    assert.ok(refused > 200 && refused < 1800);
});

/**
 * All names that a template and what it includes look up; `nesting` are those of sections that include partials,
 * which may include the template again.
 */
function namesOf(tokens, partials, found = { all: new Set(), nesting: new Set(), seen: new Set() }) {
    let includes = false;
    for (const [type, key, , , body] of tokens) {
        if (["name", "&", "#", "^"].includes(type) && key !== ".") found.all.add(key);
        if (type === ">") includes = true;
        if ((type === "#" || type === "^") && namesOf(body, partials, found).includes) {
            found.nesting.add(key);
            includes = true;
        }
        if (type === ">" && partials[key] !== undefined && !found.seen.has(key)) {
            found.seen.add(key);
            namesOf(Mustache.parse(partials[key]), partials, found);
        }
    }
    return { ...found, includes };
}

/** A view in which every name of a template may mean anything, but ends where a template includes itself. */
function viewFor(r, names, depth) {
    const view = {};
    const nested = () => viewFor(r, names, depth - 1);
    for (const key of names.all) {
        const nesting = names.nesting.has(key);
        if (!nesting && r.chance(0.15)) continue;
        const parts = key.split(".");
        const last = parts.pop();
        let at = view;
        for (const part of parts) {
            if (typeof at[part] !== "object" || at[part] === null || Array.isArray(at[part])) at[part] = {};
            at = at[part];
        }
        const kind = depth > 0 ? r.below(8) : 2 + r.below(6);
        if (kind === 0) at[last] = nested();
        else if (kind === 1) at[last] = Array.from({ length: r.below(3) }, nested);
        else if (nesting) at[last] = depth > 0 && r.chance(0.5) ? nested() : false;
        else if (kind === 2) at[last] = r.pick([true, false, null]);
        else if (kind === 3) at[last] = number(r);
        else at[last] = r.pick(STRINGS);
    }
    return view;
}

/** Whether mustache.js comes to an end; where it does not, the renderer must say so. */
function ends(request) {
    try {
        expected(request);
        return true;
    } catch (e) {
        assert.ok(e instanceof RangeError, e);
        const [{ error }] = renderAll([request]);
        assert.match(error ?? "", /more than/, JSON.stringify(request));
        return false;
    }
}

const folder = path.join(root, "templates");
const templates = existsSync(folder) ? readTemplates(folder) : {};
const shared = Object.keys(templates).filter((each) => each.startsWith("partials/"));

test("the partials that the browser shares use mandatory syntax only", () => {
    const requests = shared.map((each) => ({ template: templates[each], data: {}, partials: {} }));
    renderAll(requests).forEach(({ error, features }, i) => {
        assert.equal(error, undefined, `${shared[i]}: ${error}`);
        assert.equal(features, 0, `${shared[i]} uses inheritance or dynamic names, which mustache.js lacks`);
        for (const [, included] of templates[shared[i]].matchAll(/\{\{>\s*([^\s}]+)/g))
            assert.ok(shared.includes(included), `${shared[i]} includes ${included}, which the browser lacks`);
    });
});

test("the partials that the browser shares render as mustache.js renders them", (t) => {
    const r = random(SEED + 3);
    let compared = 0;
    for (const each of shared) {
        const names = namesOf(Mustache.parse(templates[each]), templates);
        const requests = Array.from({ length: 40 }, () => ({
            template: templates[each],
            data: viewFor(r, names, 2),
            partials: Object.fromEntries(shared.map((partial) => [partial, templates[partial]])),
        })).filter(ends);
        compareAll(requests);
        assert.ok(requests.length >= 20, `${each}: only ${requests.length} views came to an end`);
        compared += requests.length;
    }
    t.diagnostic(`${compared} renderings of ${shared.length} partials`);
});
