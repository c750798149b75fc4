import assert from "node:assert/strict";
import { test } from "node:test";
import { kindOf, pageOf } from "../../../frontend/state/experiment-kinds.js";

const kept = (spec = {}, kind = "comparison") => ({ id: "0mwwcim81ie6pdey", kind, spec });

test("an experiment is opened in the view of its kind", () => {
  const sweep = kept({ vary: [{ field: "seed", values: [1, 2] }] });
  const grid = kept({ vary: [...sweep.spec.vary, { field: "run.optimizer.lr", values: [0.1] }] });
  assert.deepEqual([kindOf(kept()), kindOf(sweep), kindOf(grid)], ["comparison", "sweep", "comparison"]);
  assert.equal(pageOf(sweep), "/sweep?experiment=0mwwcim81ie6pdey");
  assert.equal(pageOf(kept()), "/?experiment=0mwwcim81ie6pdey");
  assert.equal(pageOf(kept({}, "map")), "/map?experiment=0mwwcim81ie6pdey");
  assert.equal(pageOf(kept({}, "range_test")), "/range?experiment=0mwwcim81ie6pdey");
});
