/** How many bytes the recorded columns of some runs are in a saved replay: the answer of /api/simulate in, a number out. */

import { readFileSync } from "node:fs";

import { pack } from "../../frontend/export/pack.js";
import { drawnOf } from "../../frontend/export/replay.js";

const NAMES = ["loss", "lr", "grad_norm", "step_norm", "sharpness", "limit"];
const { runs, landscape } = JSON.parse(readFileSync(0, "utf8"));
const number = (value) => (value === "inf" ? Infinity : value === "-inf" ? -Infinity : Number(value));
const views = runs.map((run) => {
  const known = NAMES.map((name) => [name, Float64Array.from(run[name], number)]);
  const places = run.params[0].map((_, i) => [`p${i}`, Float64Array.from(run.params, (point) => number(point[i]))]);
  return {
    n: run.loss.length,
    columns: new Map([...known, ...places]),
    outcome: null,
  };
});
const drawn = views.map(({ columns, n }) => drawnOf({ landscape, runs: views }, columns, n));
process.stdout.write(String(JSON.stringify(await pack(drawn)).length));
