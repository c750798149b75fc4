/** Few colours for a picture of many: by cutting the box of all colours at its median, again and again. */

/** @typedef {{ color: number, count: number }} Counted `color` is blue, green, red from the high byte down, as pixels are in memory. */

/**
 * At most `most` colours that stand for those of some pictures; where there are no more, just these.
 * Source: Heckbert (1982), Color image quantization for frame buffer display.
 *
 * @param {readonly Uint32Array[]} pictures
 * @param {number} most
 * @returns {[red: number, green: number, blue: number][]}
 */
export function paletteOf(pictures, most) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const picture of pictures) countInto(counts, picture);
  let boxes = [[...counts].map(([color, count]) => ({ color, count }))];
  while (boxes.length < most) {
    const widest = boxes.reduce((best, box) => (weightOf(box) > weightOf(best) ? box : best));
    if (widest.length < 2) break;
    boxes = [...boxes.filter((box) => box !== widest), ...halves(widest)];
  }
  return boxes.map(mean);
}

/**
 * Neighbours mostly have the same colour, so that runs are counted and not pixels.
 *
 * @param {Map<number, number>} counts
 * @param {Uint32Array} picture
 */
function countInto(counts, picture) {
  let begin = 0;
  for (let at = 1; at <= picture.length; at++) {
    if (at < picture.length && picture[at] === picture[begin]) continue;
    const color = (picture[begin] ?? 0) & 0xffffff;
    counts.set(color, (counts.get(color) ?? 0) + at - begin);
    begin = at;
  }
}

/** @param {number} color @param {number} c 0 red, 1 green, 2 blue. */
const part = (color, c) => (color >> (8 * c)) & 255;

/** @type {WeakMap<Counted[], { spread: number, along: number, weight: number }>} */
const measured = new WeakMap();

/** @param {Counted[]} box */
function measure(box) {
  const old = measured.get(box);
  if (old) return old;
  const spreads = [0, 1, 2].map((c) => {
    let [low, high] = [255, 0];
    for (const { color } of box) {
      low = Math.min(low, part(color, c));
      high = Math.max(high, part(color, c));
    }
    return high - low;
  });
  const spread = Math.max(...spreads);
  const count = box.reduce((sum, one) => sum + one.count, 0);
  // Large plain areas must not use up the palette: what is rare, such as a thin line, counts by its colour.
  const answer = { spread, along: spreads.indexOf(spread), weight: spread * count ** 0.25 };
  measured.set(box, answer);
  return answer;
}

/** @param {Counted[]} box */
const weightOf = (box) => (box.length < 2 ? -1 : measure(box).weight);

/** @param {Counted[]} box @returns {[Counted[], Counted[]]} */
function halves(box) {
  const { along } = measure(box);
  const sorted = [...box].sort((a, b) => part(a.color, along) - part(b.color, along));
  const middle = sorted.reduce((sum, { count }) => sum + Math.sqrt(count), 0) / 2;
  let [at, sum] = [0, 0];
  while (at < sorted.length - 1 && sum + Math.sqrt(sorted[at]?.count ?? 0) <= middle)
    sum += Math.sqrt(sorted[at++]?.count ?? 0);
  at = Math.max(1, at);
  return [sorted.slice(0, at), sorted.slice(at)];
}

/** @param {Counted[]} box @returns {[number, number, number]} */
function mean(box) {
  const count = box.reduce((sum, one) => sum + one.count, 0);
  const at = (/** @type {number} */ c) =>
    Math.round(box.reduce((sum, one) => sum + part(one.color, c) * one.count, 0) / Math.max(1, count));
  return [at(0), at(1), at(2)];
}

/**
 * A function from a pixel to the number of the nearest colour; it remembers what it was asked.
 * @param {readonly (readonly number[])[]} palette
 */
export function nearest(palette) {
  /** @type {Map<number, number>} */
  const known = new Map();
  return (/** @type {number} */ pixel) => {
    const color = pixel & 0xffffff;
    const old = known.get(color);
    if (old !== undefined) return old;
    let [best, least] = [0, Infinity];
    for (const [i, [red = 0, green = 0, blue = 0]] of palette.entries()) {
      const away = (part(color, 0) - red) ** 2 + (part(color, 1) - green) ** 2 + (part(color, 2) - blue) ** 2;
      if (away < least) [best, least] = [i, away];
    }
    known.set(color, best);
    return best;
  };
}
