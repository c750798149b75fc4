/** The map's page. */

import { MAP_GROUP } from "../views/map/keys.js";
import { createMapView } from "../views/map/view.js";
import { startSetUp } from "./set-up.js";

startSetUp(createMapView, {
  first: {
    problem: { kind: "bowl" }, // Its border is known, and bends.
    runs: [{ optimizer: { kind: "sgd", lr: 0.1 } }],
    steps: 200,
    seed: 0,
    dtype: "float64",
  },
  keys: [MAP_GROUP],
});
