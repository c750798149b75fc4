import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldName, namedValue, valueText } from "../../../frontend/words/sweep.js";

test("fields and values are put into words", () => {
  assert.equal(fieldName("run.optimizer.lr"), "learning rate");
  assert.equal(fieldName("run.optimizer.weight_decay"), "weight decay");
  assert.equal(fieldName("run.start.0"), "start 1");
  assert.equal(namedValue(0.30000000000000004, "run.optimizer.lr"), "lr 0.3");
  assert.equal(namedValue(null, "run.batch_size"), "batch size all");
  assert.equal(namedValue({ kind: "one_cycle" }, "run.schedule"), "one cycle");
  assert.equal(valueText(true, "run.optimizer.nesterov"), "true");
  assert.equal(valueText(0.00012345, ""), "1.23 × 10⁻⁴");
  assert.equal(valueText(1e-8, ""), "10⁻⁸");
});
