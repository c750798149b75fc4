/** A question whose answer is a setting: it is run on the server, seen on the stage, and what it did decides. */

/** @import { Spec } from "../types/page.js" */
/** @import { SettingQuestion, Tried } from "../types/lessons.js" */
/** @import { createProse } from "./terms.js" */

import { sentenceOf } from "../server/api.js";
import { memoryScale } from "../state/slider-scales.js";
import { set } from "../state/spec-paths.js";
import { el, fill } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { createLogSlider } from "../ui/slider.js";
import { lessons as words } from "../words/learning/lessons.js";
import { stageSpec } from "./presets.js";

/** @typedef {Record<string, number>} Values By the paths of the fields. */

/** How far the slider of a field goes, by the field's last name; those that remember have a scale of their own. */
const RANGES = /** @type {Record<string, { low: number, high: number, whole?: boolean }>} */ ({
  lr: { low: 1e-5, high: 10 },
  init_scale: { low: 0.01, high: 100 },
  batch_size: { low: 1, high: 1000, whole: true },
  steps: { low: 1, high: 10_000, whole: true },
});
const REMEMBERING = new Set(["momentum", "gamma", "beta1", "beta2"]);
const USUAL = { low: 1e-3, high: 1e3 };

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
  const name = path.split(".").at(-1) ?? path;
  const label = words.setting.names[name] ?? name.replaceAll("_", " ");
  const change = (/** @type {number} */ value) => {
    values[path] = value;
  };
  const slider = REMEMBERING.has(name)
    ? createLogSlider({ label, loc: path, low: 0, high: 1, scale: memoryScale, change })
    : createLogSlider({ label, loc: path, ...(RANGES[name] ?? USUAL), change });
  slider.update(values[path] ?? 0);
  return slider.element;
}

/**
 * What a set-up has at a dotted path.
 *
 * @param {unknown} spec
 * @param {string} path
 */
export function valueIn(spec, path) {
  return path.split(".").reduce((node, name) => /** @type {any} */ (node)?.[name], spec);
}
