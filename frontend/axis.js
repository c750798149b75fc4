/** The menu of what a training's panels have along x: updates, examples seen, or seconds. */

/** @import { StepAxis, Stores } from "./types.js" */

import { el } from "./dom.js";
import { isNetwork } from "./recipe.js";
import { training } from "./words-training.js";

/** @param {Pick<Stores, "recipe" | "view">} stores */
export function axisMenu({ recipe, view }) {
  const options = training.axes.map(([value, name]) => el("option", { value }, name));
  const menu = el("select", { class: "quiet", "aria-label": training.axis, name: "axis" }, ...options);
  menu.addEventListener("change", () => {
    view.update((now) => ({ ...now, axis: /** @type {StepAxis} */ (menu.value) }));
  });
  view.watch(({ axis }) => {
    menu.value = axis;
  });
  recipe.watch(({ problem }) => {
    menu.hidden = !isNetwork(problem);
  });
  return menu;
}
