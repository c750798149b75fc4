/** The clock that every panel shows: it plays in logarithmic time, and can be stopped, stepped and set. */

/** @import { Clock, Store } from "../types/page.js" */

const FIRST_RATE = 3; // steps a second, one by one
const SLOWEST = 0.3; // e-foldings a second from then on
const FIRST_STEPS = 10; // of a short run are shown one by one
const LASTS = 6; // seconds from there to the end, at most
const CHASE = 10; // times as fast a training is followed: 30,000 steps are shown after three seconds
const LONGEST_FRAME = 0.1; // seconds; after a pause of the browser the picture goes on instead of leaping

/**
 * How fast the rate of a clock grows, in e-foldings a second: so that a run of any length ends within ten seconds.
 * @param {number} last Its last step.
 */
function growthOf(last) {
  return Math.max(SLOWEST, Math.log(last / FIRST_STEPS) / LASTS);
}

/**
 * Where the clock is `seconds` later: three steps a second at first, then ever faster, and the faster the longer the run.
 *
 *     ds/dt = max(3, g s)
 *
 * @param {number} step
 * @param {number} seconds
 * @param {number} [last] The last step of the run.
 */
export function advance(step, seconds, last = 0) {
  const growth = growthOf(last);
  const slow = Math.max(0, Math.min(seconds, (FIRST_RATE / growth - step) / FIRST_RATE));
  return (step + FIRST_RATE * slow) * Math.exp(growth * (seconds - slow));
}

/** How many seconds the clock needs from the start to the last step: the inverse of advance(0, ..). @param {number} last */
export function secondsTo(last) {
  const growth = growthOf(last);
  const slow = Math.min(last, FIRST_RATE / growth) / FIRST_RATE;
  return slow + Math.max(0, Math.log((last * growth) / FIRST_RATE)) / growth;
}

/**
 * Steps a second at a step.
 *
 * @param {number} step
 * @param {number} [last] The last step of the run.
 */
export function rateAt(step, last = 0) {
  return Math.max(FIRST_RATE, growthOf(last) * step);
}

/**
 * Move the clock of a store.
 *
 * While a run is live and the clock plays, it stays at the newest entry; a training that begins is followed at a pace
 * that the eye can follow, and is shown to its end however soon it has ended.
 *
 * @param {Store<Clock>} store
 * @param {object} [time]
 * @param {() => boolean} [time.waits] Whether there is nothing to be seen yet: it stands still until somebody wakes it.
 * @param {(tick: (now: number) => void) => number} [time.frame] Replaced in tests, as the next one.
 * @param {(id: number) => void} [time.cancel]
 */
export function createClock(store, time = {}) {
  const { frame = (tick) => requestAnimationFrame(tick), cancel = (id) => cancelAnimationFrame(id) } = time;
  const { waits = () => false } = time;
  let waiting = 0;
  let before = NaN;
  /** @type {readonly number[]} Steps at which playing pauses. */
  let stops = [];

  /** @param {number} now Milliseconds. */
  function tick(now) {
    waiting = 0;
    const longest = store.get().paced ? 1 : LONGEST_FRAME; // A training goes on meanwhile.
    const seconds = Math.min(longest, Number.isNaN(before) ? 0 : Math.max(0, now - before) / 1000);
    before = waits() ? NaN : now;
    if (waits()) return;
    if (seconds > 0) store.update((clock) => moved(clock, seconds, stops));
    else wake();
  }

  function wake() {
    if (!store.get().playing) before = NaN;
    else if (waiting === 0) waiting = frame(tick);
  }

  const stop = store.watch(wake);

  /** @param {(clock: Clock) => Partial<Clock>} change */
  const change = (change) => store.update((clock) => ({ ...clock, ...change(clock) }));

  return {
    /** There may be something to be seen now. */
    wake,
    play: () => change(({ step, last, live }) => ({ playing: true, step: step >= last && !live ? 0 : step })),
    pause: () => change(() => ({ playing: false, paced: false })),
    toggle() {
      if (store.get().playing) this.pause();
      else this.play();
    },
    /** @param {number} steps Forward, or backward where negative. */
    step: (steps) =>
      change(({ step, last }) => ({ playing: false, paced: false, step: within(whole(step, steps) + steps, last) })),
    /** @param {number} step */
    seek: (step) => change(({ last }) => ({ playing: false, paced: false, step: within(Math.round(step), last) })),
    restart: () => change(() => ({ step: 0, paced: false })),
    /** @param {number} speed */
    speed: (speed) => change(() => ({ speed })),
    /** Pause whenever one of these steps is reached while playing. @param {readonly number[]} steps */
    stopAt(steps) {
      stops = steps;
    },
    close() {
      stop();
      if (waiting !== 0) cancel(waiting);
    },
  };
}

/**
 * @param {Clock} clock
 * @param {number} seconds
 * @param {readonly number[]} stops
 * @returns {Clock}
 */
function moved(clock, seconds, stops) {
  if (clock.paced) return chased(clock, seconds);
  if (clock.live) return { ...clock, step: clock.last };
  const step = Math.min(clock.last, advance(clock.step, seconds * clock.speed, clock.last));
  const stop = Math.min(...stops.filter((one) => one > clock.step && one <= step));
  if (Number.isFinite(stop)) return { ...clock, step: stop, playing: false };
  return { ...clock, step, playing: step < clock.last };
}

/**
 * A clock that follows a training; it stops where that has ended.
 *
 * @param {Clock} clock
 * @param {number} seconds
 * @returns {Clock}
 */
function chased(clock, seconds) {
  const step = Math.min(clock.last, advance(clock.step, CHASE * seconds));
  const over = !clock.live && step >= clock.last;
  return { ...clock, step, playing: !over, paced: !over };
}

/**
 * @param {number} step
 * @param {number} last
 */
function within(step, last) {
  return Math.max(0, Math.min(last, step));
}

/**
 * Half a step on, "one step back" means back to the step that was left.
 * @param {number} step
 * @param {number} steps
 */
function whole(step, steps) {
  return steps < 0 ? Math.ceil(step) : Math.floor(step);
}

/**
 * How fast a clock goes; a live one shows as many as there are.
 * @param {Clock} clock
 */
export function stepsPerSecond({ playing, live, paced, step, last, speed }) {
  if (!playing) return 0;
  if (paced) return CHASE * rateAt(step);
  return live ? Infinity : rateAt(step, last) * speed;
}
