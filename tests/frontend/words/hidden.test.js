import assert from "node:assert/strict";
import { test } from "node:test";

import { hideRates, masked } from "../../../frontend/words/hidden.js";
import { labelsOf } from "../../../frontend/words/plot.js";

test("with hide=lr neither labels nor sentences name a learning rate", () => {
  const sgd = (lr, rest = {}) => ({ optimizer: { kind: "sgd", lr }, ...rest });
  const said =
    "The learning rate 1.05 is 1.05 times the stability limit 1: lr 10⁻⁴ holds, and a rate of 2.5 × 10⁻³ too.";
  assert.equal(masked(said), said);
  hideRates();
  try {
    assert.deepEqual(labelsOf([sgd(1.05), sgd(0.1)]), ["run 1", "run 2"]);
    assert.deepEqual(labelsOf([sgd(1.05), { optimizer: { kind: "adam", lr: 0.1 } }]), ["SGD", "Adam"]);
    assert.deepEqual(labelsOf([sgd(1.05, { label: "mine" }), sgd(0.1)]), ["mine", "run 2"]);
    assert.equal(
      masked(said),
      "The learning rate ? is 1.05 times the stability limit 1: lr ? holds, and a rate of ? too.",
    );
  } finally {
    hideRates(false);
  }
});
