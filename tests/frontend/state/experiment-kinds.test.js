import assert from "node:assert/strict";
import { test } from "node:test";
import { kindOf, pageOf } from "../../../frontend/state/experiment-kinds.js";

const kept = (spec = {}, kind = "comparison") => ({ id: "0mwwcim81ie6pdey", kind, spec });

test("an experiment is opened on the page of its kind, and in the workbench where there is none", () => {
  const sweep = kept({ vary: [{ field: "seed", values: [1, 2] }] });
  assert.deepEqual([kindOf(kept()), kindOf(sweep)], ["comparison", "sweep"]);
  assert.equal(pageOf(sweep, ["/", "/sweep"]), "/sweep?experiment=0mwwcim81ie6pdey");
  assert.equal(pageOf(sweep, ["/", "/library"]), "/?experiment=0mwwcim81ie6pdey");
  assert.equal(pageOf(kept({}, "map"), ["/map"]), "/map?experiment=0mwwcim81ie6pdey");
});
