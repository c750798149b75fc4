/** The landscape over what is shown now: asked for again when the picture is wider, or nearer, than the problem's domain. */

/** @import { Choice, Facet, Landscape, Scene, Span } from "../../types/page.js" */

import { getLandscape } from "../../server/api.js";

const SETTLED = 120; // ms without a change of the axes before the server is asked
const CELL = 4; // pixels of the picture for one value
const MOST = 180; // values along an axis
const REMEMBERED = 12;

/** @typedef {{ problem: Choice, domain: Span[], shape: number[] }} Question */

/** @param {Question} question @param {AbortSignal} signal */
const ask = ({ problem, domain, shape }, signal) => getLandscape(problem, shape, domain, signal);

/**
 * @param {() => void} arrived Called when there is a new field to draw.
 * @param {typeof ask} [asks] Replaced in tests.
 */
export function createField(arrived, asks = ask) {
  /** @type {Map<string, Landscape>} */
  const remembered = new Map();
  /** @type {{ landscape: Landscape, field: Landscape } | null} */
  let current = null;
  let wanted = "";
  let timer = 0;
  let abort = new AbortController();

  /**
   * @param {Landscape} landscape
   * @param {Question} question
   * @param {string} key
   */
  async function fetchNow(landscape, question, key) {
    abort = new AbortController();
    try {
      const field = await asks(question, abort.signal);
      remembered.set(key, field);
      for (const old of remembered.keys()) if (remembered.size > REMEMBERED) remembered.delete(old);
      if (wanted !== key) return;
      current = { landscape, field };
      arrived();
    } catch {
      // Refused or superseded: what is drawn stays, at its own resolution.
    }
  }

  return {
    /** @param {Landscape | null} landscape */
    of: (landscape) => (current && current.landscape === landscape ? current.field : landscape),

    /**
     * @param {Scene} scene
     * @param {readonly Facet[]} facets
     */
    want({ landscape, spec }, [facet]) {
      const question = landscape && facet ? questionFor(landscape.problem ?? spec.problem, landscape, facet) : null;
      const key = JSON.stringify(question);
      if (key === wanted) return;
      wanted = key;
      clearTimeout(timer);
      abort.abort();
      if (!landscape || !question) {
        current = null;
        return;
      }
      const known = remembered.get(key);
      if (known) current = { landscape, field: known };
      if (known) queueMicrotask(arrived);
      else timer = setTimeout(() => fetchNow(landscape, question, key), SETTLED);
    },

    close() {
      clearTimeout(timer);
      abort.abort();
    },
  };
}

/**
 * What to ask for, or null where the landscape itself says enough.
 *
 * @param {Choice} problem
 * @param {Landscape} landscape
 * @param {Facet} facet
 * @returns {Question | null}
 */
export function questionFor(problem, landscape, { box, x, y }) {
  if (landscape.kind !== problem.kind || landscape.dim > 2) return null;
  const domain = landscape.dim === 1 ? [x.range] : [x.range, y.range];
  const same = domain.every((span, i) =>
    span.every((end, j) => Math.abs(end - (landscape.domain[i]?.[j] ?? NaN)) < 1e-9 * (span[1] - span[0])),
  );
  if (same && (landscape.dim === 1 || (landscape.shape[0] ?? 0) >= 60)) return null;
  const cells = (/** @type {number} */ pixels, /** @type {number} */ most) =>
    Math.max(32, Math.min(most, Math.round(pixels / CELL)));
  const shape = landscape.dim === 1 ? [400] : [cells(box.width, MOST), cells(box.height, MOST)];
  return { problem, domain: domain.map((span) => /** @type {Span} */ ([...span])), shape };
}
