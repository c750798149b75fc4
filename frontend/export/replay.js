/** One HTML file that replays what was recorded, with its controls: data, drawings and styles are all in it. */

/** @import { Shown } from "./picture.js" */

import { lossScale } from "../plot/ranges.js";
import { questionFor } from "../server/views.js";
import { hrefOf } from "../state/site/root.js";
import { saving } from "../words/export.js";
import { decimalMark, language } from "../words/numerals.js";
import { pack } from "./pack.js";
import { squeezed } from "./squeeze.js";
import { escaped } from "./xml.js";

const SCRIPT = `${language}/bundle/export/player.js`; // all of the player's modules as one script
const STYLES = ["css/style.css", "css/controls.css", "css/parts.css", "css/transport.css", "css/player.css"];
/** The file may do nothing but what is written in it: no network, no other files. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:";

/** @typedef {(name: string) => Promise<string>} Read The text of a file, by its path from the pages' folder. */

/** Ask the server for a file of the page. @type {Read} */
async function readHere(name) {
  const answer = await fetch(hrefOf(name));
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
    read(SCRIPT),
    Promise.all(STYLES.map(read)),
    pack({ title, ...recordOf(shown) }),
  ]);
  return new Blob([pageOf(title, script, styles.join("\n"), JSON.stringify(data))], { type: "text/html" });
}

/**
 * What is recorded of what is shown: of pictures that the server made, the one that is seen.
 * @param {Shown} shown
 */
export function recordOf({ runs, landscape, field, spec, clock, view, views, events }) {
  const wanted = questionFor(spec, view, views)?.key ?? "";
  const bundles = Object.fromEntries(Object.entries(views.bundles).filter(([key]) => key === wanted));
  return {
    runs: runs.map(({ index, label, n, columns, outcome }) => ({
      index,
      label,
      n,
      outcome,
      columns: drawnOf({ landscape, runs }, columns, n),
    })),
    landscape: landscape && { ...landscape, mathml: null },
    field: field === landscape ? null : field,
    spec,
    clock: { ...clock, step: Math.floor(clock.step), playing: false, live: false },
    view,
    views: { ...views, bundles, refused: {} },
    events: [...events],
  };
}

/** Columns that only tables show. */
const UNSEEN = new Set(["grad_norm", "step_norm"]);
const PIXELS = 2 ** 16; // of a landscape's side: a sixteenth of a pixel on the largest screens
const DIGITS = 16; // binary ones of a logarithm: five millionths of the number
const MOST_DIGITS = 19; // of a loss, of which is said whether it rises
const PLACE = /^p(\d+)$/;

/**
 * The columns that a picture is drawn from, as exact as can be seen.
 *
 * @param {Pick<Shown, "landscape" | "runs">} shown
 * @param {ReadonlyMap<string, Float64Array>} columns
 * @param {number} n
 */
export function drawnOf(shown, columns, n) {
  const seen = [...columns].filter(([name]) => !UNSEEN.has(name));
  return Object.fromEntries(seen.map(([name, column]) => [name, drawn(shown, name, column.subarray(0, n))]));
}

/**
 * @param {Pick<Shown, "landscape" | "runs">} shown
 * @param {string} name
 * @param {Float64Array} column
 */
function drawn({ landscape, runs }, name, column) {
  const place = PLACE.exec(name);
  const span = place && landscape && landscape.dim <= 2 ? landscape.domain[Number(place[1])] : undefined;
  if (span) return squeezed(column, { step: (span[1] - span[0]) / PIXELS }) ?? column;
  if (place) return column.every(fits) ? Float32Array.from(column) : column;
  if (name === "step") return squeezed(column, { step: 1 }) ?? column;
  // Losses below zero are drawn as what they are above the lowest.
  const loss = name === "loss";
  const floor = loss && landscape ? lossScale(runs, true, landscape.best).shift : 0;
  return squeezed(column, { digits: loss ? MOST_DIGITS : DIGITS, floor }) ?? column;
}

const LARGEST = 3e38; // of the numbers that single precision has ...
const SMALLEST = 1e-37; // ... and the smallest

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
<html lang="${language}" data-decimal="${decimalMark}">
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

/**
 * A script as it can stand between <script> and </script>: what would end it there is written otherwise.
 * @param {string} script
 */
export function inScript(script) {
  return script.replaceAll(/<\/(?=script)/gi, "<\\/").replaceAll("<!--", "<\\!--");
}
