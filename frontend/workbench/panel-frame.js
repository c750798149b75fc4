/** The frames around the panels: heading, what to look for, the numbers behind the picture, menus and buttons. */

/** @import { Panel, Scene, Seen, StepAxis, Stores } from "../types/page.js" */

import { mountPanel } from "../panels/frame/mount.js";
import { toggleFull, toggleLog } from "../playback/keys.js";
import { isNetwork } from "../state/spec.js";
import { watchAll } from "../state/store.js";
import { el, fill } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { createTable } from "../ui/table.js";
import { training } from "../words/training.js";
import { words } from "../words/workbench.js";

/**
 * Show a panel inside a card.
 *
 * @param {HTMLElement} card
 * @param {Panel} panel
 * @param {Stores} stores
 * @param {...HTMLElement} buttons
 */
export function framePanel(card, panel, stores, ...buttons) {
  const title = el("h2", {});
  const help = el("p", { class: "panel-help" });
  const plot = el("div", { class: "plot" });
  fill(card, el("div", { class: "card-head" }, title, ...buttons, createTable(panel, stores)), help, plot);
  mountPanel(plot, panel, stores, { name: card.id });
  show(panel);

  /** @param {Pick<Panel, "title" | "help">} shown */
  function show(shown) {
    title.textContent = shown.title;
    help.textContent = shown.help;
    card.setAttribute("aria-label", shown.title);
    plot.setAttribute("aria-label", `${shown.title}. ${shown.help}`);
  }

  return {
    /** Let heading and help follow the picture. @param {(scene: Seen & Pick<Scene, "landscape">) => Panel} pictureFor */
    follow(pictureFor) {
      const { landscape, spec, view, views } = stores;
      watchAll({ landscape, spec, view, views }, show, (seen) => {
        const { title, help } = pictureFor(seen);
        return { title, help };
      });
    },
  };
}

/**
 * Logarithmic or linear loss.
 * @param {Stores} stores
 */
export function logButton({ view }) {
  const button = el("button", {
    type: "button",
    class: "tool text",
    title: `${words.toggleLog} (L)`,
    onclick: () => toggleLog(view),
  });
  button.textContent = words.log;
  return pressed(button, view, "log");
}

/**
 * Keep the moving points in view.
 * @param {Stores} stores
 */
export function followButton({ view }) {
  const act = () => view.update((now) => ({ ...now, follow: !now.follow }));
  const button = el("button", {
    type: "button",
    class: "tool",
    "aria-label": words.follow,
    "data-surface": true,
    title: words.followHelp,
    onclick: act,
  });
  button.append(icon("follow"));
  return pressed(button, view, "follow");
}

/**
 * A button that shows whether something of the view is on.
 *
 * @param {HTMLElement} button
 * @param {Stores["view"]} view
 * @param {"log" | "follow"} name
 */
function pressed(button, view, name) {
  const show = (/** @type {{ on: boolean }} */ { on }) => button.setAttribute("aria-pressed", String(on));
  watchAll({ view }, show, ({ view }) => ({ on: view[name] }));
  return button;
}

/** Picture and playback, and nothing else. */
export function fullButton() {
  const name = words.fullScreen;
  return el(
    "button",
    { type: "button", class: "tool", "aria-label": name, title: `${name} (F)`, onclick: toggleFull },
    icon("full"),
  );
}

/**
 * The menu of what the panels of a network have along x: updates, examples seen, or seconds.
 *
 * @param {Pick<Stores, "spec" | "view">} stores
 */
export function axisMenu({ spec, view }) {
  const options = training.axes.map(([value, name]) => el("option", { value }, name));
  const menu = el("select", { class: "quiet", "aria-label": training.axis, name: "axis" }, ...options);
  menu.addEventListener("change", () => {
    view.update((now) => ({ ...now, axis: /** @type {StepAxis} */ (menu.value) }));
  });
  watchAll({ spec, view }, (now) => {
    menu.value = now.view.axis;
    menu.hidden = !isNetwork(now.spec.problem);
  });
  return menu;
}
