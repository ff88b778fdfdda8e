//
// A configuration is judged in three ways: by lib/validate.c, by the browser's static/js/validate.js, and by ajv on the JSON Schema that the
// site serves. Generated schemas and values, many of them nearly right, must be judged alike; the first two agree in every word.
//
// $ATHANOR_SCHEMA_SEED changes what is generated, $ATHANOR_SOAK how much.

import test from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import fc from "fast-check";

import { validate } from "../../../static/js/validate.js";
import { buildValidator, judgeAll } from "../../lib/validator.mjs";

const { default: Ajv } = createRequire(import.meta.url)("ajv/dist/2020.js");
const SEED = Number(process.env.ATHANOR_SCHEMA_SEED ?? 20261121);
const SCHEMAS = process.env.ATHANOR_SOAK ? 20_000 : 150;

buildValidator();

/** Decimal fractions are multiples within a tolerance, here as in lib/schema.c; and what every object inherits (`constructor`) is no member. */
const compile = (schema) => new Ajv({ strict: true, allErrors: false, multipleOfPrecision: 9, ownProperties: true, logger: false }).compile(schema);

const name = fc.constantFrom("a", "b", "size", "left_right", "x-1", "constructor", "toString", "_y");
const flag = fc.boolean();
const sparse = (members) => fc.record(members, { requiredKeys: ["type"] });
const small = fc.integer({ min: -20, max: 20 });
const fraction = fc.integer({ min: -2000, max: 2000 }).map((n) => n / 100);
const text = fc.oneof(
    fc.string({ maxLength: 6 }), fc.string({ unit: "binary", maxLength: 4 }).map((s) => s.replaceAll("\u0000", "")),
    fc.constantFrom("", " ", "👩‍👩‍👧‍👦", "e\u0301", "\ufeff", "http://\u2028", "HTTP://x", "http://[::1]", "http://x\u00a0y", "https://x\n", "http://x", "https://a.example/y?z", "ftp://x", "http://", "http://a b", "http://\n", "a@b", "a@b@c", "@b", "a@", "ä@ö", "😀", "é"),
);
const scalar = fc.oneof(text, small, fraction, flag, fc.constantFrom(null, 2 ** 53, 2 ** 63, -(2 ** 63), 1e18, -1e18, 1e22, 1e300, 64.5, "64", [], {}, [1], { a: 1 }));

/** Bounds in their order. */
const bounds = (number) => (field) => {
    const { min, max, ...rest } = field;
    const ordered = min !== undefined && max !== undefined && min > max ? { min: max, max: min } : { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
    return number(ordered, rest);
};
const ordered = bounds((both, rest) => ({ ...rest, ...both }));

/** Steps count from `min`: JSON Schema can say so only where that is a multiple, or where the numbers are few. */
const stepped = bounds(({ min, max }, { step, ...rest }) => {
    const whole = rest.type === "integer";
    const fits = min === undefined || step === undefined || Number.isInteger(Math.round((min / step) * 1e6) / 1e6) || (whole && max !== undefined);
    return { ...rest, ...(min !== undefined && { min }), ...(max !== undefined && { max }), ...(fits && step !== undefined && { step }) };
});
const count = fc.integer({ min: 0, max: 4 });

const leaf = fc.oneof(
    sparse({ type: fc.constant("integer"), required: flag, min: small, max: small, step: fc.integer({ min: 1, max: 7 }) }).map(stepped),
    sparse({ type: fc.constant("float"), required: flag, min: fraction, max: fraction, step: fc.constantFrom(0.1, 0.25, 1, 2, 0.01, 3, 1e-7, 5e-324, 1e300) }).map(stepped),
    sparse({ type: fc.constant("string"), required: flag, min: count, max: count, format: fc.constantFrom("text", "textarea", "url", "email") }).map(ordered),
    sparse({ type: fc.constant("boolean"), required: flag }),
    sparse({ type: fc.constant("data_source"), required: flag, options: fc.uniqueArray(fc.constantFrom("sklearn:iris", "x", { value: "y", available: false }, { value: "z", label: "Z" }), { minLength: 1, maxLength: 3 }) }),
    fc.record({ type: fc.constant("enum"), required: flag, options: fc.uniqueArray(fc.oneof(text.filter(Boolean), small, fraction, flag), { minLength: 1, maxLength: 5, selector: String }), gone: fc.array(flag, { minLength: 5, maxLength: 5 }) })
        .map(({ gone, options, ...rest }) => ({ ...rest, options: options.map((value, i) => (gone[i] && i % 2 ? { value, available: false, reason: "none here" } : value)) })),
);
const { fields } = fc.letrec((tie) => ({
    fields: fc.uniqueArray(fc.tuple(name, tie("field")).map(([own, field]) => ({ name: own, ...field })), { maxLength: 4, selector: (f) => f.name }),
    some: fc.uniqueArray(fc.tuple(name, tie("field")).map(([own, field]) => ({ name: own, ...field })), { minLength: 1, maxLength: 3, selector: (f) => f.name }),
    field: fc.oneof({ depthSize: "small", withCrossShrink: true }, leaf, fc.record({ type: fc.constant("group"), required: flag, fields: tie("some") }),
        sparse({ type: fc.constant("list"), required: flag, min: count, max: count }).chain((list) => tie("some").map((inner) => ordered({ ...list, fields: inner })))),
}));

/** A value for a field that is right, or nearly. */
function valueOf(field) {
    const right = {
        integer: () => fc.oneof(fc.integer({ min: field.min ?? -30, max: field.max ?? 30 }), small),
        float: () => fc.oneof(fraction, fc.integer({ min: -30, max: 30 }), fc.constantFrom(0.1, 0.2, 0.3, 0.30000000000000004, 1.1, 4.35, 1e15, 1e17, 1e300, 1.7976931348623157e308, 5e-324)),
        string: () => text,
        boolean: () => flag,
        data_source: () => fc.constantFrom(`a.csv@sha256:${"0a".repeat(32)}`, `@sha256:${"0a".repeat(32)}`, `a@sha256:${"0A".repeat(32)}`, `a\n@sha256:${"00".repeat(32)}`, "sklearn:iris", "x", "y", ""),
        enum: () => fc.constantFrom(...field.options.map((option) => option?.value ?? option)),
        group: () => valuesOf(field.fields),
        list: () => fc.array(valuesOf(field.fields), { maxLength: 5 }),
    }[field.type]();
    return fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: scalar }, { weight: 1, arbitrary: fc.constant(null) });
}

function valuesOf(list) {
    const object = fc.record(Object.fromEntries(list.map((field) => [field.name, valueOf(field)])), { requiredKeys: [] });
    return fc.oneof({ weight: 15, arbitrary: object }, { weight: 1, arbitrary: object.map((value) => ({ ...value, unknown: 1 })) }, { weight: 1, arbitrary: scalar });
}

/** Some fields get a default that fits them. */
function withDefaults(list, judged) {
    return list.map((field, i) => ({ ...field, ...(judged[i] !== undefined && { default: judged[i] }) }));
}

const cases = fc.sample(
    fields.chain((list) => fc.tuple(fc.constant(list), fc.array(valuesOf(list), { minLength: 8, maxLength: 8 }), valuesOf(list))),
    { seed: SEED, numRuns: SCHEMAS },
);

/** The cases, half of them with defaults. */
function requests() {
    const plain = cases.map(([list, given, like]) => ({ fields: list, given: [...given, {}, like] }));
    const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
    const defaults = cases.map(([list, , like]) =>
        list.map((field) => {
            const value = isObject(like) && field.type !== "group" && Object.hasOwn(like, field.name) ? like[field.name] : null;
            return value !== null && validate([{ ...field, required: false }], { [field.name]: value }).faults.length === 0 ? value : undefined;
        }));
    return [...plain, ...cases.map(([list, given], i) => ({ fields: withDefaults(list, defaults[i]), given: [...given, {}] }))];
}

const all = requests();
const answers = judgeAll(all);

test("C and JavaScript agree in every word", () => {
    let wrong = 0;
    let right = 0;
    all.forEach(({ fields: list, given }, i) => {
        assert.equal(answers[i].error, undefined, JSON.stringify(list));
        given.forEach((value, k) => {
            const mine = validate(list, value);
            const { faults, result } = answers[i].judged[k];
            const where = `${JSON.stringify(list)}\n${JSON.stringify(value)}`;
            assert.deepEqual(mine.faults, faults, where);
            if (faults.length === 0) assert.deepEqual(JSON.parse(JSON.stringify(mine.result)), result, where);
            if (faults.length) wrong++;
            else right++;
        });
    });
    assert.ok(wrong > SCHEMAS && right > SCHEMAS, `${wrong} wrong and ${right} right`);
});

test("ajv agrees on the schema that is served", () => {
    let seen = 0;
    all.forEach(({ fields: list, given }, i) => {
        const accepts = compile(answers[i].schema);
        given.forEach((value, k) => {
            const right = answers[i].judged[k].faults.length === 0;
            assert.equal(accepts(value), right, `${JSON.stringify(list)}\n${JSON.stringify(value)}\n${JSON.stringify(answers[i].schema)}\n${JSON.stringify(answers[i].judged[k].faults)}`);
            seen++;
        });
    });
    assert.ok(seen > 8 * SCHEMAS);
});

test("ajv agrees on the cases that C and JavaScript share", () => {
    const { sets } = JSON.parse(readFileSync(new URL("../../shared/validate.json", import.meta.url), "utf8"));
    const judged = judgeAll(sets.map((set) => ({ fields: set.fields, given: set.cases.map((one) => one.given) })));
    sets.forEach((set, i) => {
        const odd = JSON.stringify(judged[i].schema).includes("$comment"); // what JSON Schema cannot say
        const accepts = compile(judged[i].schema);
        for (const { given, faults } of set.cases) {
            const bytes = faults.some(([, message]) => message.endsWith(" bytes"));
            if (!odd && !bytes) assert.equal(accepts(given), faults.length === 0, `${set.name}: ${JSON.stringify(given)}`);
        }
    });
});
