/** How a surface is looked at: contour, heat or 3-D; more than two dimensions now, or over the steps. */

/** @import { GroundName, Stores } from "./types.js" */

import { el, find } from "./dom.js";
import { lookFor, looksOf } from "./looks.js";
import { createPairChoice } from "./pair-choice.js";
import { curvaturesOf } from "./panels/profile.js";
import { isNetwork } from "./recipe.js";
import { ground as words } from "./words-ground.js";

/**
 * Put the choice into the head of the picture's card; the drawing in 3-D is loaded when it is first chosen.
 *
 * @param {HTMLElement} stage
 * @param {Stores} stores
 */
export function startGround(stage, stores) {
  const { view, landscape, recipe } = stores;
  const names = /** @type {GroundName[]} */ (Object.keys(words.looks));
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
    const dim = isNetwork(recipe.get().problem) ? 0 : (landscape.get()?.dim ?? 0);
    const quadratic = curvaturesOf(landscape.get()).length > 0;
    const looks = looksOf(dim, quadratic);
    const now = lookFor(dim, view.get().ground, quadratic);
    group.hidden = looks.length === 0;
    for (const [i, button] of buttons.entries()) {
      const name = /** @type {GroundName} */ (names[i]);
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
    const { createSolid } = await import("./solid.js");
    solid = createSolid(find(stage, ".plot", HTMLElement), stores);
    show();
  }

  for (const store of [view, landscape, recipe]) store.watch(show);
}
