/** The range test's page. */

import { createRuleCard } from "../setup/rule-card.js";
import { createRangeView } from "../views/range/view.js";
import { startSetUp } from "./set-up.js";

startSetUp(createRangeView, {
  first: {
    problem: { kind: "regression", data: "thermometer", scaling: "tenth" },
    runs: [{ optimizer: { kind: "sgd", lr: 0.01 } }],
    steps: 1000,
    seed: 0,
    dtype: "float64",
  },
  runs: ({ spec }, catalogue) => createRuleCard(spec, catalogue),
});
