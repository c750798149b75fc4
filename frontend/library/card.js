/** One experiment of the library: its picture, its name, what came of its runs, and what can be done with it. */

/** @import { ExperimentRecord } from "../types/page.js" */

import { kindOf, RECORDED } from "../state/experiment-kinds.js";
import { hrefOf } from "../state/site/root.js";
import { isNetwork } from "../state/spec.js";
import { runsOf } from "../state/spec-paths.js";
import { el, fill } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { lineSample } from "../ui/line-sample.js";
import { library } from "../words/library.js";
import { dateLocale } from "../words/numerals.js";
import { count, labelsOf, verdict, words } from "../words/workbench.js";
import { NAME_KEYS } from "./keys.js";

const MOST_LISTED = 3; // runs with a line of their own
const LONGEST_NAME = 80; // characters, as the server takes them

/**
 * How many runs came to which outcome, the most frequent first; of many runs the server tells only counts.
 *
 * @param {ExperimentRecord} record
 */
export function talliesOf({ outcomes, outcome_counts: counts, spec }) {
  /** @type {Map<string, { verdict: ReturnType<typeof verdict>, n: number }>} */
  const tallies = new Map();
  for (const outcome of outcomes ?? []) {
    if (!outcome?.kind) continue;
    const found = verdict(outcome, isNetwork(spec.problem));
    tallies.set(found.word, { verdict: found, n: (tallies.get(found.word)?.n ?? 0) + 1 });
  }
  for (const [kind, n] of Object.entries((!outcomes && counts) || {})) {
    const found = verdict(/** @type {any} */ ({ kind }), isNetwork(spec.problem));
    tallies.set(found.word, { verdict: found, n });
  }
  return [...tallies.values()].sort((one, other) => other.n - one.n);
}

/**
 * @param {ExperimentRecord} given
 * @param {object} acts
 * @param {string} acts.address Where it is opened.
 * @param {() => "light" | "dark"} acts.theme
 * @param {(record: ExperimentRecord, name: string) => Promise<ExperimentRecord | null>} acts.rename
 * @param {(record: ExperimentRecord) => void} acts.remove
 * @param {(record: ExperimentRecord, shared: boolean) => Promise<ExperimentRecord | null>} acts.share
 * @param {() => boolean} acts.among Whether there are others, who may be shared with.
 * @param {() => void} acts.select Called after the choice has changed.
 */
export function createCard(given, { address, theme, rename, remove, share, among, select }) {
  let record = given;
  const thumb = el("a", { class: "thumb", href: address, tabindex: "-1", "aria-hidden": "true" });
  const link = el("a", { href: address, class: "title" });
  const title = el("h2", {}, link);
  const box = el("input", { type: "checkbox", onchange: select });
  const pencil = tool("edit", () => edit());
  const bin = tool("bin", () => remove(record));
  const about = el("p", { class: "help" });
  const results = el("ul", { class: "results" });
  const people = tool("people", async () => {
    record = (await share(record, !record.shared)) ?? record;
    show();
  });
  const head = el("div", { class: "card-head" }, box, title, people, pencil, bin);
  const element = el("li", { class: "card entry", "data-id": record.id }, thumb, head, about, results);

  function show() {
    const name = record.name || record.id;
    link.textContent = link.title = name;
    box.setAttribute("aria-label", library.select(name));
    named(pencil, library.rename(name));
    named(bin, library.remove(name));
    named(people, library.share(name));
    people.setAttribute("aria-pressed", String(record.shared === true));
    const foreign = record.may_change === false;
    people.hidden = foreign || !among();
    pencil.hidden = bin.hidden = foreign;
    fill(about, ...aboutOf(record));
    fill(results, ...resultsOf(record, theme()));
  }

  /** The name becomes a field: Enter and leaving it keep the new one, Escape the old one. */
  function edit() {
    if (pencil.hidden) return;
    const field = el("input", { type: "text", "aria-label": library.newName, maxlength: LONGEST_NAME });
    field.value = record.name;
    let over = false;
    const close = async (/** @type {boolean} */ keep, /** @type {boolean} */ stay) => {
      if (over) return;
      over = true;
      const name = field.value.trim();
      if (keep && name && name !== record.name) record = (await rename(record, name)) ?? record;
      title.replaceChildren(link);
      pencil.disabled = false;
      show();
      if (stay) link.focus();
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      const kept = NAME_KEYS[/** @type {keyof typeof NAME_KEYS} */ (event.key)];
      if (kept) void close(kept === "keep", true);
    });
    field.addEventListener("blur", () => void close(true, false));
    title.replaceChildren(field);
    pencil.disabled = true;
    field.focus();
    field.select();
  }

  show();
  return {
    element,
    thumb,
    link,
    edit,
    remove: () => bin.hidden || remove(record),
    get record() {
      return record;
    },
    get chosen() {
      return box.checked;
    },
    /** @param {boolean} chosen */
    choose(chosen) {
      box.checked = chosen;
    },
    /** @param {ExperimentRecord} now */
    update(now) {
      record = now;
      if (link.isConnected) show();
    },
  };
}

/** @typedef {ReturnType<typeof createCard>} Card */

/**
 * @param {HTMLElement} button
 * @param {string} name
 */
function named(button, name) {
  button.title = name;
  button.setAttribute("aria-label", name);
}

/** @param {ExperimentRecord} record */
function aboutOf(record) {
  const { created, spec, status, error } = record;
  const when = new Date(created).toLocaleString(dateLocale, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  const steps = spec.steps ? ` · ${library.steps(count(spec.steps))}` : "";
  const state = status === "done" ? "" : ` · ${words.experiment.names[status] ?? status}`;
  const kind = kindOf(record);
  const sort = el("span", { class: "kind", "data-kind": kind }, library.kinds[kind] ?? kind);
  const problem = record.kind === RECORDED ? String(spec.problem.name) : spec.problem.kind.replaceAll("_", " ");
  const what = ` ${problem}${steps} · `;
  const foreign = record.source?.imported && el("span", { class: "kind", "data-kind": "imported" }, library.fromFile);
  const thin = record.thinned && el("span", { class: "kind" }, library.thinned);
  const shared = record.shared && el("span", { class: "kind" }, library.shared);
  const others = record.mine === false && el("span", { class: "kind" }, library.anothers);
  return [
    sort,
    foreign,
    thin,
    shared,
    others,
    what,
    el("time", { datetime: created }, when),
    state,
    error && ` · ${error}`,
  ];
}

/**
 * @param {ExperimentRecord} record
 * @param {"light" | "dark"} theme
 */
function resultsOf(record, theme) {
  const { id, kind, spec, outcomes } = record;
  const runs = spec.runs ? runsOf(record) : [];
  if (runs.length === 0 || runs.length > MOST_LISTED || (outcomes && outcomes.length !== runs.length)) {
    const tallies = talliesOf(record);
    const badges = tallies.map(({ verdict: found, n }) => badge(found, library.tally(n, found.word)));
    return [el("li", { class: "run-line" }, ...badges)];
  }
  const labels = labelsOf(runs);
  return runs.map((_, i) => {
    const outcome = outcomes?.[i];
    const found = outcome && verdict(outcome, isNetwork(spec.problem));
    const label = labels[i] ?? "";
    const name = library.fork(label);
    const href = hrefOf(`?experiment=${encodeURIComponent(id)}&run=${i}&fork=1`);
    const fork =
      kind === RECORDED ? null : el("a", { class: "tool", href, "aria-label": name, title: name }, icon("fork"));
    return el(
      "li",
      { class: "run-line" },
      lineSample(i, theme),
      el("span", { class: "label" }, label),
      found && badge(found),
      fork,
    );
  });
}

/**
 * @param {ReturnType<typeof verdict>} verdict
 * @param {string} [text]
 */
function badge({ word, tone, icon: sign }, text = word) {
  return el("span", { class: "badge", "data-tone": tone }, icon(sign), text);
}

/**
 * @param {"edit" | "bin" | "people"} sign
 * @param {() => void} act
 */
function tool(sign, act) {
  return el("button", { type: "button", class: "tool", onclick: act }, icon(sign));
}
