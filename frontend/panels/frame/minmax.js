/** Long columns made short enough to hover over. */

/**
 * The lowest and the highest value of every one of `columns` stretches: at most two entries each, for hovering.
 *
 * @param {ArrayLike<number>} y
 * @param {number} n
 * @param {number} columns
 * @returns {number[]} Indices, ascending.
 */
export function minMax(y, n, columns) {
  if (n <= 2 * columns) return Array.from({ length: n }, (_, i) => i);
  const kept = new Set([0, n - 1]);
  for (let column = 0; column < columns; column++) {
    const [begin, end] = [Math.floor((column * n) / columns), Math.floor(((column + 1) * n) / columns)];
    let [low, high] = [begin, begin];
    for (let i = begin + 1; i < end; i++) {
      if ((y[i] ?? NaN) < (y[low] ?? NaN)) low = i;
      if ((y[i] ?? NaN) > (y[high] ?? NaN)) high = i;
    }
    kept.add(low).add(high);
  }
  return [...kept].sort((a, b) => a - b);
}
