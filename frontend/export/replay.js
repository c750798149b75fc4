/** One HTML file that replays what was recorded, with its controls: data, drawings and styles are all in it. */

/** @import { Read } from "./flatten.js" */
/** @import { Shown } from "./picture.js" */

import { questionsFor } from "../views.js";
import { saving } from "../words-export.js";
import { flatten, inScript } from "./flatten.js";
import { pack } from "./pack.js";
import { escaped } from "./xml.js";

const ENTRY = "export/player.js";
const STYLES = ["style.css", "css/controls.css", "css/parts.css", "export/player.css"];
/** The file may do nothing but what is written in it: no network, no other files. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:";

/** Ask the server for a file of the page. @type {Read} */
async function readHere(name) {
  const answer = await fetch(new URL(`../${name}`, import.meta.url));
  if (!answer.ok) throw new Error(saving.noModule(name));
  return answer.text();
}

/**
 * @param {Shown} shown
 * @param {string} title
 * @param {Read} [read] Replaced in tests.
 */
export async function replayOf(shown, title, read = readHere) {
  const [script, styles, data] = await Promise.all([
    flatten(ENTRY, read),
    Promise.all(STYLES.map(read)),
    pack({ title, ...recordOf(shown) }),
  ]);
  return new Blob([pageOf(title, script, styles.join("\n"), JSON.stringify(data))], { type: "text/html" });
}

/**
 * What is recorded of what is shown: of pictures that the server made, the one that is seen.
 * @param {Shown} shown
 */
export function recordOf({ runs, landscape, field, recipe, clock, view, views, events }) {
  const wanted = questionsFor(recipe, view, views).map(({ key }) => key);
  const bundles = Object.fromEntries(Object.entries(views.bundles).filter(([key]) => wanted.includes(key)));
  return {
    runs: runs.map(({ index, label, n, columns, outcome }) => ({
      index,
      label,
      n,
      outcome,
      columns: drawnOf(columns, n),
    })),
    landscape: landscape && { ...landscape, mathml: null },
    field: field === landscape ? null : field,
    recipe,
    clock: { ...clock, step: Math.floor(clock.step), playing: false, live: false },
    view,
    views: { ...views, bundles, refused: {} },
    events: [...events],
  };
}

/** Columns that only tables show. */
const UNSEEN = new Set(["grad_norm", "step_norm"]);
const LARGEST = 3e38; // of the numbers that single precision has ...
const SMALLEST = 1e-37; // ... and the smallest

/**
 * The columns that a picture is drawn from; in single precision what fits, but for losses, whose differences are seen
 * on a logarithmic axis.
 *
 * @param {ReadonlyMap<string, Float64Array>} columns
 * @param {number} n
 */
export function drawnOf(columns, n) {
  const seen = [...columns].filter(([name]) => !UNSEEN.has(name));
  return Object.fromEntries(
    seen.map(([name, column]) => {
      const used = column.subarray(0, n);
      return [name, /loss|step/.test(name) || !used.every(fits) ? used : Float32Array.from(used)];
    }),
  );
}

/** @param {number} value */
function fits(value) {
  const size = Math.abs(value);
  return value === 0 || !Number.isFinite(value) || (size > SMALLEST && size < LARGEST);
}

/**
 * @param {string} title
 * @param {string} script
 * @param {string} styles
 * @param {string} data JSON.
 */
export function pageOf(title, script, styles, data) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<title>${escaped(saving.replayOf(title))}</title>
<style>
${styles}
</style>
</head>
<body>
<script type="application/json" id="data">${data.replaceAll("<", "\\u003c")}</script>
<script type="module">
${inScript(script)}
</script>
</body>
</html>
`;
}
