/** What a screen reader hears: at most one message a second, and only once things have come to rest. */

const REST = 500; // ms without a change before anything is said
const APART = 1000; // ms between two messages

/**
 * Say the newest message once nothing has been asked for a while.
 *
 * @param {(text: string) => void} say
 * @param {() => number} [now] Replaced in tests.
 */
export function createAnnouncer(say, now = () => performance.now()) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let before = -Infinity;
  let said = "";

  return (/** @type {string} */ text) => {
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        if (text === said) return;
        before = now();
        said = text;
        say(text);
      },
      Math.max(REST, before + APART - now()),
    );
  };
}
