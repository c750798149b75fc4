/** The animation: which steps are shown for how long, on which canvas, and a GIF of them. */

/** @import { Clock } from "../../types/page.js" */
/** @import { Shown } from "../picture.js" */

import { advance, secondsTo } from "../../state/clock.js";
import { Picture } from "../picture.js";
import { penOf } from "../stills.js";
import { nearest, paletteOf } from "./colors.js";
import { gifEnd, gifFrame, gifStart } from "./gif.js";

const RATE = 12.5; // frames a second of a GIF: 8 hundredths each
export const MOST_FRAMES = 200;
export const HOLD = 1.5; // seconds that the last picture stays
const TRANSPARENT = 255;

/** @typedef {{ step: number, seconds: number }} Moment */
/** @typedef {{ title: string, width: number, height: number, speed: number }} Look */
/** @typedef {{ signal: AbortSignal, progress: (share: number) => void }} Task */

/**
 * The steps of an animation in the page's own time, at most 200 of them: long runs have fewer for each second.
 *
 * @param {number} last
 * @param {number} speed
 * @returns {Moment[]}
 */
export function momentsOf(last, speed) {
  const seconds = secondsTo(last) / speed;
  const n = Math.max(1, Math.min(MOST_FRAMES - 1, Math.ceil(seconds * RATE)));
  const moments = Array.from({ length: n }, (_, i) => ({
    step: Math.min(last, advance(0, (i * seconds * speed) / n, last)),
    seconds: seconds / n,
  }));
  return last > 0 ? [...moments, { step: last, seconds: HOLD }] : [{ step: 0, seconds: HOLD }];
}

/** A picture whose clock goes forward, on a canvas of its own. */
export class Stage {
  #clock;
  #picture;
  #ground;
  #height;

  /**
   * @param {Shown} shown
   * @param {Look} look
   */
  constructor(shown, look) {
    const { width, height } = look;
    this.#height = height;
    this.pen = penOf(width, height, 1, { alpha: false, willReadFrequently: true });
    this.#ground = penOf(width, height, 1, { alpha: false, willReadFrequently: true });
    this.#picture = new Picture(shown, look, this.pen);
    this.#picture.still(this.#ground, height);
    this.#clock = { ...shown.clock, live: false, playing: true, speed: look.speed };
  }

  /** Draw a step, not before the one drawn last. @param {number} step @param {number} now Milliseconds of the film. */
  show(step, now) {
    const ends = step >= this.#clock.last;
    const clock = /** @type {Clock} */ ({ ...this.#clock, step, playing: !ends });
    this.#picture.trails(this.#ground, step); // They only grow.
    this.pen.drawImage(this.#ground.canvas, 0, 0);
    this.#picture.markers(this.pen, clock, now);
  }

  /** The pixels, as one number each. */
  pixels() {
    const { width } = this.pen.canvas;
    return new Uint32Array(this.pen.getImageData(0, 0, width, this.#height).data.buffer);
  }
}

/** Let the page do what it has to, and stop where it was asked to. @param {AbortSignal} signal @param {number} [ms] */
export async function breathe(signal, ms = 0) {
  await (ms > 0 ? new Promise((done) => setTimeout(done, ms)) : nextTask());
  signal.throwIfAborted();
}

/** A timer of no time at all takes 4 ms where it follows others; a message does not. */
function nextTask() {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done(undefined);
    };
    port2.postMessage(null);
  });
}

/**
 * @param {Shown} shown
 * @param {Look} look
 * @param {Task} task
 * @returns {Promise<Blob>}
 */
export async function gifOf(shown, look, { signal, progress }) {
  const { width, height } = look;
  const moments = momentsOf(shown.clock.last, look.speed);
  const palette = paletteOf(samplesOf(shown, look, moments), TRANSPARENT);
  const index = nearest(palette);
  const parts = [gifStart(width, height, palette)];
  const stage = new Stage(shown, look);
  /** @type {Uint32Array<ArrayBuffer> | null} */
  let before = null;
  let now = 0;
  for (const [i, { step, seconds }] of moments.entries()) {
    await breathe(signal);
    stage.show(step, now);
    const pixels = stage.pixels();
    // Hundredths are whole numbers, so what one frame loses the next one has.
    const centiseconds = Math.round((now + 1000 * seconds) / 10) - Math.round(now / 10);
    parts.push(gifFrame({ ...changeOf(before, pixels, width, height, index), centiseconds }, TRANSPARENT));
    before = pixels;
    now += 1000 * seconds;
    progress((i + 1) / moments.length);
  }
  return new Blob([...parts, gifEnd], { type: "image/gif" });
}

/**
 * The pictures that the palette is made from: the first, one in the middle, and the last.
 *
 * @param {Shown} shown
 * @param {Look} look
 * @param {readonly Moment[]} moments
 */
function samplesOf(shown, look, moments) {
  const stage = new Stage(shown, look);
  return [0, 0.5, 1].map((share) => {
    stage.show(moments[Math.round(share * (moments.length - 1))]?.step ?? 0, 1e6 * share);
    return stage.pixels();
  });
}

/**
 * The smallest rectangle with all that has changed; what has not changed in it is transparent.
 *
 * @param {Uint32Array | null} before
 * @param {Uint32Array} pixels
 * @param {number} width
 * @param {number} height
 * @param {(pixel: number) => number} index
 */
export function changeOf(before, pixels, width, height, index) {
  const { x, y, right, bottom } = boundsOf(before, pixels, width, height);
  const [wide, tall] = [right - x + 1, bottom - y + 1];
  const indices = new Uint8Array(wide * tall);
  for (let row = 0; row < tall; row++) {
    for (let column = 0; column < wide; column++) {
      const at = (y + row) * width + x + column;
      const pixel = pixels[at] ?? 0;
      indices[row * wide + column] = before && before[at] === pixel ? TRANSPARENT : index(pixel);
    }
  }
  return { x, y, width: wide, height: tall, pixels: indices };
}

/**
 * @param {Uint32Array | null} before
 * @param {Uint32Array} pixels
 * @param {number} width
 * @param {number} height
 */
function boundsOf(before, pixels, width, height) {
  if (!before) return { x: 0, y: 0, right: width - 1, bottom: height - 1 };
  let [x, y, right, bottom] = [width, height, -1, -1];
  for (let at = 0; at < pixels.length; at++) {
    if (before[at] === pixels[at]) continue;
    const column = at % width;
    const row = (at - column) / width;
    if (column < x) x = column;
    if (column > right) right = column;
    if (y > row) y = row;
    bottom = row;
  }
  // A frame has at least one pixel, even where nothing has changed.
  return right < 0 ? { x: 0, y: 0, right: 0, bottom: 0 } : { x, y, right, bottom };
}
