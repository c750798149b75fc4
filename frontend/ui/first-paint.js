/** The first paint: a page is seen as its file has it before its script takes time to make something of it. */

import { showTheme } from "./theme.js";

const LONGEST = 100; // ms, where no frame comes: a page in the background is not painted

/** Resolves when the browser has had time to paint the page. */
export function firstPaint() {
  showTheme();
  return new Promise((resolve) => {
    setTimeout(resolve, LONGEST);
    requestAnimationFrame(() => setTimeout(resolve));
  });
}
