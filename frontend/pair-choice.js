/** Which two eigen-directions of a quadratic are shown: one menu for each axis. */

/** @import { Stores } from "./types.js" */

import { el, fill } from "./dom.js";
import { pairOf } from "./panels/pair.js";
import { curvaturesOf } from "./panels/profile.js";
import { ground as words } from "./words-ground.js";

/**
 * @param {Pick<Stores, "view" | "landscape">} stores
 */
export function createPairChoice({ view, landscape }) {
  const menus = [words.across, words.upwards].map((name, axis) => {
    const menu = el("select", { "aria-label": name });
    menu.addEventListener("change", () => choose(axis, Number(menu.value)));
    return menu;
  });
  const labels = menus.map((menu, axis) => el("label", {}, axis === 0 ? words.across : words.upwards, menu));
  const element = el("div", { class: "pair-choice", hidden: true }, ...labels);

  /**
   * A direction that is on the other axis already changes places with it.
   *
   * @param {number} axis
   * @param {number} direction
   */
  function choose(axis, direction) {
    const [across, up] = pairOf(curvaturesOf(landscape.get()), view.get().pair);
    const other = axis === 0 ? up : across;
    const rest = other === direction ? (axis === 0 ? across : up) : other;
    view.update((now) => ({ ...now, pair: axis === 0 ? [direction, rest] : [rest, direction] }));
  }

  let listed = "";
  return {
    element,
    /** @param {boolean} shown */
    show(shown) {
      element.hidden = !shown;
      if (!shown) return;
      const seen = landscape.get();
      const curvatures = curvaturesOf(seen);
      const names = curvatures.map((value, i) => words.direction(seen?.variables[i] ?? "", value));
      const key = JSON.stringify(names);
      for (const [axis, menu] of menus.entries()) {
        if (key !== listed) fill(menu, ...names.map((name, i) => el("option", { value: i }, name)));
        menu.value = String(pairOf(curvatures, view.get().pair)[axis]);
      }
      listed = key;
    },
  };
}
