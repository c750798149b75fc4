/** The sweep's page. */

import { createSweepView } from "../views/sweep/view.js";
import { startSetUp } from "./set-up.js";

startSetUp(createSweepView, {
  first: {
    problem: { kind: "bowl" }, // On it Ng's series has a best value and two that diverge.
    runs: [{ optimizer: { kind: "sgd", lr: 0.1 } }],
    steps: 120,
    seed: 0,
    dtype: "float64",
  },
});
