/** The map: two fields take many values each, every pixel is a run; point to read it, click to play it, drag to zoom. */

/** @import { ExperimentRecord, ExperimentView, RunSpec, Spec, ViewHost } from "../../types/page.js" */
/** @import { Picture } from "../life.js" */
/** @import { MapSpec } from "./form.js" */
/** @import { Cells } from "./picture.js" */

import { getCell, getMapAbout } from "../../server/api.js";
import { isRunning } from "../../server/live-experiment.js";
import { chosenRun, isNetwork, tidy, withRun } from "../../state/spec.js";
import { set, setUpOf } from "../../state/spec-paths.js";
import { el, fill } from "../../ui/dom.js";
import { createNumbers } from "../../ui/table.js";
import { watchTheme } from "../../ui/theme.js";
import { cellWords, map } from "../../words/map.js";
import { views } from "../../words/views.js";
import { createFirstLook, firstLookOf } from "../first-look.js";
import { createLife } from "../life.js";
import { createCells, isExhausted, zoomed } from "./cells.js";
import { createMapForm } from "./form.js";
import { createMapHead } from "./head.js";
import { createPicture } from "./picture.js";
import { createPlayer } from "./player.js";
import { cellsTable } from "./table.js";

/** Cells a side, and steps, of a first look. */
const MOST_CELLS = { surface: 64, network: 16 };
const MOST_STEPS = { surface: 400, network: 60 };

/**
 * @param {ViewHost} host
 * @returns {ExperimentView}
 */
export function createMapView(host) {
  const { spec, view } = host.stores;
  const theme = () => view.get().theme;
  const picture = createPicture({ read, play: (x, y) => void play(x, y), zoom, back, theme });
  const player = createPlayer(theme, (spec) =>
    host.use((now, selected) => withCell(now, spec, fieldsShown(), selected)),
  );
  const life = createLife(host, "map", { adopt, picture: pictureOf, clear, wait });
  const head = createMapHead({ stop: () => void life.stop(), back, go: (id) => void life.open(id) });
  const form = createMapForm(host.stores, (spec) => {
    first.begin();
    void life.start(spec);
  });
  const first = createFirstLook(host, life, {
    wanted() {
      const offers = form.offers();
      return offers
        ? firstLookOf(form.wanted(MOST_CELLS[isNetwork(spec.get().problem) ? "network" : "surface"]), MOST_STEPS)
        : offers === null
          ? null
          : views.noPair;
    },
    fields: form.fields,
    part({ runs, ...rest }) {
      const { label: _, ...run } = chosenRun({ runs, ...rest }, view.get().selected);
      return [rest, run];
    },
  });
  const readout = el("p", { class: "map-read", "aria-live": "polite" }, map.empty);
  const table = createNumbers(map.table);
  const card = el(
    "section",
    { class: "card map" },
    head.element,
    first.element,
    picture.element,
    readout,
    head.legend,
    el("div", { class: "map-foot" }, table.element),
  );
  /** @type {Cells | null} */
  let cells = null;
  /** @type {[number, number] | null} The cell that is read: its sentence changes once it is computed. */
  let pointed = null;
  let asked = 0;
  const unwatch = watchTheme(view, () => {
    picture.redraw();
    player.redraw();
  });

  /** @param {boolean} busy */
  function wait(busy) {
    form.wait(busy);
    if (!busy) first.settled();
  }

  /** What the map that is shown varies. */
  function fieldsShown() {
    return (life.record?.spec.vary ?? []).map(({ field }) => field);
  }

  /** @param {ExperimentRecord} record @returns {Promise<Picture>} */
  async function pictureOf(record) {
    first.made(
      record,
      (record.spec.vary ?? []).map(({ field }) => field),
    );
    const own = createCells(await getMapAbout(record.id));
    const began = performance.now();
    /** @type {number | null} Seconds that it took, where that was seen. */
    let seconds = null;
    return {
      block: (block) => own.take(block),
      async ended() {
        if (isRunning(record)) seconds = (performance.now() - began) / 1000;
      },
      show(now) {
        if (cells !== own) say(map.hint, null);
        cells = own;
        if (pointed) read(...pointed);
        picture.show(own);
        head.show({ record: now, trail: life.trail, cells: own, seconds });
        table.show(() => cellsTable(own));
      },
      leave: endPlay,
    };
  }

  /** The run that was played is of another map. */
  function endPlay() {
    asked += 1;
    player.hide();
  }

  function clear() {
    endPlay();
    cells = null;
    picture.show(null);
    head.clear();
    table.show(null);
    say(map.empty, null);
    first.look();
  }

  /** @param {ExperimentRecord} record @param {readonly string[]} [trail] */
  function adopt({ spec: stored }, trail = []) {
    const { run, vary } = /** @type {MapSpec} */ (/** @type {unknown} */ (stored));
    spec.update(() => setUpOf(stored, [/** @type {RunSpec} */ (run)]));
    if (trail.length === 1 && vary.every(({ from, to }) => Number.isFinite(from) && Number.isFinite(to)))
      form.open(vary);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  function read(x, y) {
    say(sentence(x, y), [x, y]);
  }

  /**
   * @param {string} text
   * @param {[number, number] | null} cell What it is about.
   */
  function say(text, cell) {
    pointed = cell;
    if (readout.textContent !== text) readout.textContent = text; // What is written anew is read out anew.
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  function sentence(x, y) {
    if (!cells) return map.empty;
    const { about } = cells;
    return cellWords(about.fields, [about.x[x] ?? NaN, about.y[y] ?? NaN], cells.at(x, y), about);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  async function play(x, y) {
    if (!life.record) return;
    asked += 1;
    const mine = asked;
    player.wait(sentence(x, y));
    try {
      const answer = await getCell(life.record.id, x, y);
      if (mine === asked) player.play(answer);
    } catch (error) {
      if (mine === asked) player.hide();
      host.refuse(error);
    }
  }

  /** Out of a part of the map, into what it is a part of. */
  function back() {
    if (life.trail.length > 1) history.back();
  }

  /** @param {{ x: [number, number], y: [number, number] }} box */
  function zoom({ x, y }) {
    const { record } = life;
    if (!record || !cells) return;
    const { about, width, height } = cells;
    const { fields } = about;
    const vary = [
      zoomed(fields[0] ?? "", about.x, x[0], x[1], width),
      zoomed(fields[1] ?? "", about.y, y[0], y[1], height),
    ];
    if (isExhausted(about.x) || isExhausted(about.y)) return host.notice(map.deepest);
    void life.start({ ...record.spec, vary }, life.trail);
  }

  return {
    form(catalogue) {
      form.know(catalogue);
      first.look();
      return form.element;
    },
    mount(place, beside) {
      fill(place, card);
      fill(beside, player.element);
    },
    show: (id) => life.show(id),
    seen: first.seen,
    address: life.address,
    shown: () => life.record?.id ?? null,
    unmount() {
      unwatch();
      first.close();
      life.close();
      form.close();
      card.remove();
      player.element.remove();
    },
  };
}

/**
 * A set-up whose chosen run is that of a cell.
 *
 * @param {Spec} now
 * @param {Spec} cell The set-up of the cell's run alone.
 * @param {readonly string[]} fields What the map varies.
 * @param {number} selected
 * @returns {Spec}
 */
export function withCell(now, cell, fields, selected) {
  const { label: _, ...run } = tidy(chosenRun(cell, 0));
  const moved = withRun(now, selected, ({ label }) => ({ ...(label ? { label } : {}), ...run }));
  const others = fields.filter((path) => !path.startsWith("run."));
  return others.reduce((spec, path) => set(spec, path, valueAt(cell, path)), moved);
}

/**
 * @param {Spec} spec
 * @param {string} path Dotted, such as `problem.init_scale`.
 */
function valueAt(spec, path) {
  return path.split(".").reduce((node, name) => /** @type {any} */ (node)?.[name], /** @type {unknown} */ (spec));
}
