/** A WebM of the animation: encoded as fast as it goes where the browser lets the page do that, else recorded while it plays. */

/** @import { Look, Task } from "./film.js" */
/** @import { Shown } from "../picture.js" */
/** @import { Coded } from "./webm.js" */

import { advance, secondsTo } from "../../state/clock.js";
import { saving } from "../../words/export.js";
import { breathe, HOLD, Stage } from "./film.js";
import { webmFile } from "./webm.js";

const RATE = 30; // frames a second
const BITS = 4_000_000; // a second: thin lines stay sharp
const KEY_EVERY = 60; // frames from one that stands alone to the next, so that a player can jump
const REALTIME = /** @type {const} */ ("realtime"); // the other mode takes many times as long for lines no sharper
/** The fastest first: of one picture VP8 takes eight times as long as VP9. @type {readonly ["V_VP8" | "V_VP9", string][]} */
const CODECS = [
  ["V_VP9", "vp09.00.40.08"],
  ["V_VP8", "vp8"],
];
const WAITING = 4; // frames given to the encoder before it has finished others

/** Whether the page may encode by itself: only where it came over HTTPS or from this machine. */
const encodes = () => typeof VideoEncoder === "function" && typeof VideoFrame === "function";

/** Why there can be no WebM here; "" where there can. */
export function whyNoWebm() {
  const records = typeof MediaRecorder === "function" && MediaRecorder.isTypeSupported("video/webm");
  return encodes() || (records && "captureStream" in HTMLCanvasElement.prototype) ? "" : saving.noRecorder;
}

/** @type {Map<string, boolean>} What was asked before; a browser takes as long for its answer as for twenty frames. */
const supported = new Map();

/** @param {VideoEncoderConfig} wish */
async function isSupported(wish) {
  const key = JSON.stringify(wish);
  const known = supported.get(key) ?? (await VideoEncoder.isConfigSupported(wish)).supported === true;
  supported.set(key, known);
  return known;
}

/**
 * @param {Shown} shown
 * @param {Look} look
 * @param {Task} task
 * @returns {Promise<Blob>}
 */
export async function webmOf(shown, look, task) {
  const config = {
    width: look.width,
    height: look.height,
    bitrate: BITS,
    framerate: RATE,
    latencyMode: REALTIME,
  };
  for (const [name, codec] of encodes() ? CODECS : []) {
    const wish = { ...config, codec };
    if (await isSupported(wish)) return encoded(shown, look, task, wish, name);
  }
  return recorded(shown, look, task);
}

/**
 * @param {Shown} shown
 * @param {Look} look
 * @param {Task} task
 * @param {VideoEncoderConfig} config
 * @param {"V_VP8" | "V_VP9"} codec
 */
async function encoded(shown, look, { signal, progress }, config, codec) {
  const { last } = shown.clock;
  const stage = new Stage(shown, look);
  /** @type {Coded[]} */
  const frames = [];
  /** @type {unknown} */
  let broken = null;
  /** @type {VideoColorSpaceInit | undefined} */
  let space;
  const encoder = new VideoEncoder({
    output(chunk, about) {
      space ??= about?.decoderConfig?.colorSpace;
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      frames.push({ data, key: chunk.type === "key", milliseconds: Math.round(chunk.timestamp / 1000) });
    },
    error(error) {
      broken = error;
    },
  });
  const moving = Math.ceil((secondsTo(last) / look.speed) * RATE) + 1; // Its last picture is there until the end.
  try {
    encoder.configure(config);
    for (let i = 0; i < moving; i++) {
      await breathe(signal);
      while (encoder.encodeQueueSize > WAITING && !broken) await breathe(signal, 1);
      if (broken) throw broken;
      stage.show(Math.min(last, advance(0, (i / RATE) * look.speed, last)), (1000 * i) / RATE);
      const frame = new VideoFrame(stage.pen.canvas, { timestamp: Math.round((1e6 * i) / RATE) });
      encoder.encode(frame, { keyFrame: i % KEY_EVERY === 0 });
      frame.close();
      progress((i + 1) / moving);
    }
    await encoder.flush();
  } finally {
    if (encoder.state !== "closed") encoder.close();
  }
  const { width, height } = look;
  const milliseconds = (1000 * (moving - 1)) / RATE + 1000 * HOLD;
  return new Blob([webmFile(frames, { width, height, milliseconds, codec, space })], { type: "video/webm" });
}

/**
 * Record the animation while it plays; it takes as long as it lasts.
 *
 * @param {Shown} shown
 * @param {Look} look
 * @param {Task} task
 */
async function recorded(shown, look, { signal, progress }) {
  const { last } = shown.clock;
  const stage = new Stage(shown, look);
  stage.show(0, 0);
  const stream = stage.pen.canvas.captureStream(RATE);
  const recorder = new MediaRecorder(stream, { mimeType: "video/webm", videoBitsPerSecond: BITS });
  /** @type {Blob[]} */
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((done) => {
    recorder.onstop = done;
  });
  recorder.start();
  const begin = performance.now();
  const whole = secondsTo(last) / look.speed + HOLD;
  let seconds = 0;
  try {
    while (seconds < whole) {
      await breathe(signal, 1000 / RATE);
      seconds = (performance.now() - begin) / 1000;
      stage.show(Math.min(last, advance(0, seconds * look.speed, last)), 1000 * seconds);
      progress(Math.min(1, seconds / whole));
    }
  } finally {
    recorder.stop();
    await stopped;
  }
  return new Blob(parts, { type: "video/webm" });
}
