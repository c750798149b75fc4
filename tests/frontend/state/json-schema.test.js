import assert from "node:assert/strict";
import { test } from "node:test";

import { fieldsOf, parse, parseNumbers, range, textOf } from "../../../frontend/state/json-schema.js";

const SCHEMA = {
  $defs: {
    Moons: { type: "object", properties: { n: { type: "integer" } } },
    Scaling: { enum: ["raw", "tenth"], type: "string" },
  },
  properties: {
    kind: { const: "adam", type: "string" },
    lr: { type: "number", default: 0.001, minimum: 0, description: "Learning rate." },
    beta1: { type: "number", default: 0.9, minimum: 0, exclusiveMaximum: 1 },
    warmup: { type: "integer", default: 0, minimum: 0 },
    nesterov: { type: "boolean", default: false },
    options: { type: "object", additionalProperties: true, default: {} },
    clip: { anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }], default: null },
    scaling: { $ref: "#/$defs/Scaling", default: "raw" },
    eigenvalues: { type: "array", items: { type: "number" }, maxItems: 64, default: [1, 10] },
    hidden: { type: "array", items: { type: "integer", minimum: 1, maximum: 1024 }, maxItems: 3, default: [16] },
    data: { oneOf: [{ $ref: "#/$defs/Moons" }], discriminator: { propertyName: "kind" }, default: { kind: "moons" } },
    only: { const: "one", type: "string" },
    parts: { type: "array", items: { oneOf: [{ $ref: "#/$defs/Moons" }], discriminator: { propertyName: "kind" } } },
  },
};
const field = (name) => fieldsOf(SCHEMA).find((one) => one.name === name);

test("every setting becomes a field of its type; kind, choices with settings, and what leaves no choice, do not", () => {
  const types = fieldsOf(SCHEMA, ["lr"]).map(({ name, type }) => [name, type]);
  assert.deepEqual(types, [
    ["beta1", "number"],
    ["warmup", "whole"],
    ["nesterov", "yes"],
    ["options", "options"],
    ["clip", "number"],
    ["scaling", "menu"],
    ["eigenvalues", "numbers"],
    ["hidden", "numbers"],
  ]);
});

test("a description is the help, a default the initial value", () => {
  assert.equal(field("lr").help, "Learning rate.");
  assert.equal(field("lr").initial, 0.001);
  assert.deepEqual(field("scaling").options, ["raw", "tenth"]);
});

test("a bound that may not be reached is not reached", () => {
  assert.equal(range(field("beta1")), "at least 0, below 1");
  assert.deepEqual(parse(field("beta1"), "0"), { value: 0 });
  assert.match(parse(field("beta1"), "1").error, /outside: at least 0, below 1/);
  assert.match(parse(field("clip"), "0").error, /above 0/);
});

test("options are written with their names, and read so", () => {
  assert.deepEqual(parse(field("options"), "betas=(0.9, 0.99)"), { value: { betas: [0.9, 0.99] } });
  assert.deepEqual(parse(field("options"), " "), { value: {} });
  assert.match(parse(field("options"), "0.9").error, /weight_decay=0.1/);
  assert.equal(textOf({ betas: [0.9, 0.99], amsgrad: true }), "betas=(0.9, 0.99), amsgrad=true");
});

test("an empty field means none where that is allowed, and is a mistake elsewhere", () => {
  assert.deepEqual(parse(field("clip"), " "), { value: null });
  assert.ok(parse(field("lr"), "").error);
});

for (const text of ["abc", "1e", "Infinity", "NaN", "0x", "--1"]) {
  test(`${text} is not a number`, () => assert.ok(parse(field("lr"), text).error));
}

test("numbers are read as people write them", () => {
  assert.deepEqual(parse(field("lr"), " 1e-3 "), { value: 0.001 });
  assert.deepEqual(parseNumbers("−4.2; 1.45"), { value: [-4.2, 1.45] });
  assert.deepEqual(parseNumbers("1, 2,3 4"), { value: [1, 2, 3, 4] });
  assert.ok(parseNumbers("1, x").error);
  assert.ok(parse(field("warmup"), "1.5").error);
});

test("a value is shown as it would be typed", () => {
  assert.equal(textOf([1, 2.5]), "1, 2.5");
  assert.equal(textOf(null), "");
  assert.equal(textOf(0.1), "0.1");
});

test("layers are whole numbers within bounds, and no layers at all are a linear model", () => {
  assert.deepEqual(parse(field("hidden"), "16, 16"), { value: [16, 16] });
  assert.deepEqual(parse(field("hidden"), " "), { value: [] });
  assert.match(parse(field("hidden"), "16, 0").error, /0 is outside: at least 1, at most 1,?024/);
  assert.match(parse(field("hidden"), "2.5").error, /whole/);
  assert.match(parse(field("hidden"), "1, 2, 3, 4").error, /4 numbers; there are at most 3/);
  assert.ok(parse(field("hidden"), "a").error);
});
