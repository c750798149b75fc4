/** Around the pictures of a network: tabs for what is shown, what there is to say about it, and what can be chosen of it. */

/** @import { MetricName, PictureName, Stores } from "../types/page.js" */

import { metricsOf, pictureFor, picturesOf } from "../panels/main-panel.js";
import { refusalOf, shownBundle } from "../server/views.js";
import { PICTURES, tabOf } from "../state/network-views.js";
import { isNetwork } from "../state/spec.js";
import { watchAll } from "../state/store.js";
import { el, fill, find, newId } from "../ui/dom.js";
import { createTabs } from "../ui/tabs.js";
import { pictures } from "../words/pictures.js";

const SETTLED = 300; // ms without a change of the parameter's number before it is looked at

/**
 * Give the two cards of a network's pictures their tabs, captions and choices.
 *
 * @param {HTMLElement} stage
 * @param {HTMLElement} side
 * @param {Stores} stores
 */
export function startNetworkPictures(stage, side, stores) {
  const { view, spec, views, runs } = stores;
  const seen = () => ({ spec: spec.get(), view: view.get(), views: views.get(), runs: runs.get() });
  const names = PICTURES.map((picture) => /** @type {[PictureName, string]} */ ([picture, tabOf(picture)]));
  const tabs = addTabs(stage, pictures.tabsName, names, (picture) => view.update((now) => ({ ...now, picture })));
  const facts = /** @type {[MetricName, string][]} */ (Object.entries(pictures.facts));
  const sideTabs = addTabs(side, pictures.factsName, facts, (fact) => view.update((now) => ({ ...now, fact })));
  stage.append(createFoot(stores), createWait(stores));

  function show() {
    const { picture, fact } = view.get();
    const network = isNetwork(spec.get().problem);
    document.documentElement.toggleAttribute("data-network", network);
    if (!network) return;
    const [present, measured] = [picturesOf(seen()), metricsOf(seen())];
    const chosen = present.includes(picture) ? picture : "data";
    const beside = measured.includes(fact) ? fact : "limit";
    if (chosen !== picture || beside !== fact) view.update((now) => ({ ...now, picture: chosen, fact: beside }));
    stage.dataset.picture = shownBundle(seen())?.kind ?? chosen;
    tabs.show(chosen, present);
    sideTabs.show(beside, measured);
  }

  watchAll({ view, spec, views, runs }, show, ({ view, spec, views }) => {
    return { view, spec, views, measured: metricsOf(seen()).join() };
  });
}

/**
 * A row of tabs in a card's head, in place of its title.
 *
 * @template {string} T
 * @param {HTMLElement} card
 * @param {string} label
 * @param {readonly (readonly [T, string])[]} names
 * @param {(name: T) => void} choose
 */
function addTabs(card, label, names, choose) {
  const plot = find(card, ".plot", HTMLElement);
  plot.id ||= newId();
  const list = el("div", { class: "tabs", "aria-label": label });
  find(card, ".card-head", HTMLElement).prepend(list);
  return createTabs(list, names, choose, plot.id);
}

/**
 * What there is to say about the picture now, and what can be chosen of it.
 * @param {Stores} stores
 */
function createFoot(stores) {
  const { runs, clock, spec, view, views } = stores;
  const said = el("p", { class: "caption" });
  const choices = el("div", { class: "choices" }, createDirections(stores), createParameter(stores));

  /** @param {import("../types/page.js").Told} told */
  function tell(told) {
    if (!isNetwork(told.spec.problem)) return;
    const text = pictureFor({ ...told, landscape: null }).caption?.(told) ?? "";
    if (said.textContent !== text) said.textContent = text;
  }

  watchAll({ runs, clock, spec, view, views }, tell);
  return el("div", { class: "picture-foot" }, said, choices);
}

/**
 * The plane of the paths, or a random one.
 * @param {Stores} stores
 */
function createDirections({ view, views }) {
  const names = /** @type {const} */ (["path", "random"]);
  const buttons = names.map((name) =>
    el(
      "button",
      {
        type: "button",
        class: "tool text",
        title: name === "path" ? pictures.pathHelp : pictures.randomHelp,
        onclick: () => views.update((now) => ({ ...now, directions: name })),
      },
      pictures[name],
    ),
  );
  const group = el("div", { class: "choice", role: "group", "aria-label": pictures.directions }, ...buttons);
  watchAll({ view, views }, ({ view: { picture }, views: { directions } }) => {
    group.hidden = picture !== "plane";
    buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", String(names[i] === directions));
    });
  });
  return group;
}

/**
 * Which parameter is looked at closely.
 * @param {Stores} stores
 */
function createParameter(stores) {
  const { view, views } = stores;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const input = el("input", {
    type: "number",
    min: 0,
    step: 1,
    value: 0,
    class: "whole",
    title: pictures.parameterHelp,
  });
  const label = el("label", { class: "choice" }, pictures.parameter, input);
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => choose(Number(input.value)), SETTLED);
  });

  /** @param {number} wished */
  function choose(wished) {
    const most = sizeOf(stores) - 1;
    const parameter = Math.max(0, Math.min(most, Math.floor(wished)));
    if (input.value === "" || !Number.isFinite(parameter)) return;
    if (parameter !== wished) input.value = String(parameter);
    views.update((now) => (now.parameter === parameter ? now : { ...now, parameter }));
  }

  watchAll({ view, views }, ({ view: { picture }, views: { parameter } }) => {
    label.hidden = picture !== "inside";
    input.max = String(sizeOf(stores) - 1);
    if (document.activeElement !== input) input.value = String(parameter);
  });
  return label;
}

/**
 * How many parameters the network has, as far as that is known.
 * @param {Stores} stores
 */
function sizeOf({ views }) {
  const bundle = Object.values(views.get().bundles).find(({ layers }) => layers);
  return bundle?.layers?.reduce((sum, { size }) => sum + size, 0) ?? Infinity;
}

/**
 * What is said while there is no picture: that it comes, or why it does not.
 * @param {Stores} stores
 */
function createWait({ spec, view, views }) {
  const place = el("div", { class: "picture-wait", role: "status" });

  /** @param {import("../types/page.js").Seen} seen */
  function show(seen) {
    const text = shownBundle(seen) ? "" : (refusalOf(seen) ?? pictures.waiting);
    if (place.textContent !== text) fill(place, text && el("p", {}, text));
    place.hidden = text === "" || !isNetwork(seen.spec.problem);
  }

  watchAll({ spec, view, views }, show);
  return place;
}
