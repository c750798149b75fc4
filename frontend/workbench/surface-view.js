/** How a surface is looked at: contour, heat or 3-D; more than two dimensions now, or over the steps. */

/** @import { SurfaceMode, Stores } from "../types/page.js" */

import { pairOf } from "../panels/pair.js";
import { curvaturesOf } from "../panels/profile.js";
import { isNetwork } from "../state/spec.js";
import { watchAll } from "../state/store.js";
import { modeFor, modesOf } from "../state/surface-modes.js";
import { el, fill, find } from "../ui/dom.js";
import { surface as words } from "../words/surface.js";

/**
 * Put the choice into the head of the picture's card; the drawing in 3-D is loaded when it is first chosen.
 *
 * @param {HTMLElement} stage
 * @param {Stores} stores
 */
export function startSurfaceView(stage, stores) {
  const { view, landscape, spec } = stores;
  const names = /** @type {SurfaceMode[]} */ (Object.keys(words.looks));
  const buttons = names.map((name) =>
    el(
      "button",
      { type: "button", class: "tool text", onclick: () => view.update((now) => ({ ...now, ground: name })) },
      words.looks[name],
    ),
  );
  const group = el(
    "div",
    { class: "looks", role: "group", "aria-label": words.name, "data-surface": true },
    ...buttons,
  );
  find(stage, ".card-head h2", HTMLElement).after(group);
  const pairs = createPairChoice(stores);
  find(stage, ".plot", HTMLElement).before(pairs.element);
  /** @type {{ show: (shown: boolean) => void } | null} */
  let solid = null;
  let loading = false;

  function show() {
    const dim = isNetwork(spec.get().problem) ? 0 : (landscape.get()?.dim ?? 0);
    const quadratic = curvaturesOf(landscape.get()).length > 0;
    const looks = modesOf(dim, quadratic);
    const now = modeFor(dim, view.get().ground, quadratic);
    group.hidden = looks.length === 0;
    for (const [i, button] of buttons.entries()) {
      const name = /** @type {SurfaceMode} */ (names[i]);
      button.hidden = !looks.includes(name);
      button.setAttribute("aria-pressed", String(name === now));
    }
    stage.toggleAttribute("data-solid", now === "solid");
    pairs.show(now === "pair");
    solid?.show(now === "solid");
    if (now === "solid" && !solid && !loading) void load();
  }

  async function load() {
    loading = true;
    const { createSolid } = await import("../panels/solid.js");
    solid = createSolid(find(stage, ".plot", HTMLElement), stores);
    show();
  }

  watchAll({ view, landscape, spec }, show);
}

/**
 * Which two eigen-directions of a quadratic are shown: one menu for each axis.
 *
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
