/** The large picture in the middle: curve, landscape or coordinates, by the problem's dimension; of a network, what was chosen. */

/** @import { MetricName, Landscape, Panel, Spec, RunView, Scene, Seen } from "../types/page.js" */

import { questionFor, shownBundle } from "../server/views.js";
import { picturesFor } from "../state/network-views.js";
import { dataFacts, isNetwork } from "../state/spec.js";
import { modeFor } from "../state/surface-modes.js";
import { pictures } from "../words/pictures.js";
import { plot } from "../words/plot.js";
import { surface } from "../words/surface.js";
import { curve } from "./curve.js";
import { landscape } from "./landscape.js";
import { fit } from "./network/fit.js";
import { NETWORK_PANELS } from "./network/index.js";
import { pair } from "./pair.js";
import { curvaturesOf, profile } from "./profile.js";
import { spectrum } from "./spectrum.js";

/** @type {Panel} Data of which it is not known yet how they are best looked at. */
const unknown = { ...fit, id: "data", title: pictures.someData, help: pictures.waiting };

/** @type {Partial<Record<import("../types/page.js").SurfaceMode, Panel>>} */
const OF_MANY = { now: profile, spectrum, pair };

/** @type {Partial<Record<import("../types/page.js").SurfaceMode, Panel>>} What is said of a plane that has no contours. */
const OF_PLANE = {
  heat: { ...landscape, help: plot.heatHelp },
  solid: { ...landscape, title: surface.solid, help: surface.solidHelp },
};

/**
 * @param {Landscape | null} seen
 * @param {import("../types/page.js").SurfaceMode} [look]
 * @returns {Panel}
 */
export function pictureOf(seen, look = "contour") {
  if (seen && seen.dim > 2) return OF_MANY[modeFor(seen.dim, look, curvaturesOf(seen).length > 0) ?? "now"] ?? profile;
  return seen?.dim === 2 ? (OF_PLANE[look] ?? landscape) : curve;
}

/**
 * The picture of a network that was chosen; of data, the one that suits them.
 *
 * @param {Seen} seen
 * @returns {Panel}
 */
export function networkPicture(seen) {
  const kind = shownBundle(seen)?.kind ?? questionFor(seen.spec, seen.view, seen.views)?.kind ?? "plane";
  return kind === "data" ? unknown : NETWORK_PANELS[kind];
}

/**
 * @param {Seen & Pick<Scene, "landscape">} scene
 * @returns {Panel}
 */
export function pictureFor(scene) {
  return isNetwork(scene.spec.problem) ? networkPicture(scene) : pictureOf(scene.landscape, scene.view.ground);
}

/**
 * The pictures that a problem has.
 * @param {Pick<Scene, "spec" | "runs">} seen
 */
export function picturesOf({ spec: { problem }, runs }) {
  return picturesFor(problem, predicts(problem, runs));
}

/**
 * What is measured of it: numbers are neither right nor wrong, and without hidden layers no unit saturates.
 *
 * @param {Pick<Scene, "spec" | "runs">} seen
 * @returns {MetricName[]}
 */
export function metricsOf({ spec: { problem }, runs }) {
  const right = predicts(problem, runs) === "classes";
  const layered = !Array.isArray(problem.hidden) || problem.hidden.length > 0;
  const facts = /** @type {MetricName[]} */ (["limit", "accuracy", "ratio", "noise", "saturation"]);
  return facts.filter((fact) => (fact !== "accuracy" || right) && (fact !== "saturation" || layered));
}

/**
 * What a network predicts; null as long as that is not known of a table: where there are classes, it is measured how
 * many are right.
 *
 * @param {Spec["problem"]} problem
 * @param {readonly RunView[]} runs
 * @returns {"classes" | "numbers" | null}
 */
function predicts(problem, runs) {
  const { task } = dataFacts(problem);
  if (task) return task;
  const run = runs.find(({ n }) => n > 0);
  return run ? (Number.isFinite(run.columns.get("train_accuracy")?.[0]) ? "classes" : "numbers") : null;
}

/** @type {Panel} */
export const mainPanel = {
  id: "centre",
  title: landscape.title,
  help: landscape.help,
  acts: ["start"],
  seeks: (scene) => pictureFor(scene).acts.includes("seek"),
  flat: (scene) => pictureFor(scene).flat?.(scene) ?? scene,
  whole: (scene, point) => pictureFor(scene).whole?.(scene, point) ?? point,
  facets: (scene) => pictureFor(scene).facets(scene),
  series: (scene, facets) => pictureFor(scene).series(scene, facets),
  base: (pen, scene, facets) => pictureFor(scene).base(pen, scene, facets),
  markers: (pen, scene, markers, facets) => pictureFor(scene).markers(pen, scene, markers, facets),
  figure: (scene, facets) => pictureFor(scene).figure(scene, facets),
  table: (runs, step, variables, seen) =>
    (seen && isNetwork(seen.spec.problem)
      ? networkPicture(seen)
      : runs[0]?.columns.has("p2")
        ? profile
        : runs[0]?.columns.has("p1")
          ? landscape
          : curve
    ).table(runs, step, variables, seen),
};
