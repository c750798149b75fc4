/** A question whose answer is a setting: it is run on the server, seen on the stage, and what it did decides. */

/** @import { Spec } from "../types/page.js" */
/** @import { SettingQuestion, Tried } from "../types/lessons.js" */
/** @import { createProse } from "./terms.js" */

import { sentenceOf } from "../server/api.js";
import { set } from "../state/spec-paths.js";
import { el, fill } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { createLogSlider } from "../ui/slider.js";
import { lessons as words } from "../words/learning/lessons.js";
import { stageSpec } from "./presets.js";
import { nameOf, rangeOf, valueIn } from "./ranges.js";

/** @typedef {Record<string, number>} Values By the paths of the fields. */

/**
 * @param {SettingQuestion} question
 * @param {ReturnType<typeof createProse>} prose
 * @param {(Tried & { values: Values }) | undefined} given Of an earlier visit.
 * @param {object} page
 * @param {(values: Values) => Promise<Tried>} page.run
 * @param {(spec: Spec) => void} page.show On the stage.
 * @param {(answer: Tried & { values: Values }) => void} page.keep
 */
export function createSetting(question, prose, given, { run, show, keep }) {
  const spec = stageSpec(question.spec);
  const values = Object.fromEntries(
    question.fields.map((path) => [path, given?.values[path] ?? Number(valueIn(spec, path) ?? 1)]),
  );
  const sliders = question.fields.map((path) => createSlider(path, values));
  const button = el("button", { type: "submit" }, icon("play"), words.setting.run);
  const said = el("div", { class: "tried", role: "status" });
  const form = el("form", { class: "setting" }, ...sliders, button, said);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt();
  });
  if (given) tell(given);

  async function attempt() {
    button.disabled = true;
    fill(said, el("p", { class: "help" }, words.setting.running));
    show(question.fields.reduce((now, path) => set(now, path, values[path]), spec));
    try {
      const { passed, said: sentence } = await run({ ...values });
      tell({ passed, said: sentence });
      keep({ passed, said: sentence, values: { ...values } });
    } catch (error) {
      fill(said, el("p", { class: "error" }, sentenceOf(error)));
    }
    button.disabled = false;
    button.focus({ preventScroll: true });
  }

  /** @param {Tried} tried */
  function tell({ passed, said: sentence }) {
    const badge = el("span", { class: "badge", "data-tone": passed ? "good" : "warn" });
    badge.append(icon(passed ? "check" : "close"), passed ? words.right : words.wrong);
    fill(said, badge, el("p", {}, sentence));
  }

  return el("div", {}, prose.paragraph(question.text, "asked"), form);
}

/**
 * @param {string} path
 * @param {Values} values
 */
function createSlider(path, values) {
  const change = (/** @type {number} */ value) => {
    values[path] = value;
  };
  const slider = createLogSlider({ label: nameOf(path), loc: path, ...rangeOf(path), change });
  slider.update(values[path] ?? 0);
  return slider.element;
}
