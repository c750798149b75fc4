/** Every icon of the page: strokes on a 16 x 16 grid, in the colour of the text around them. */

import { svg } from "./dom.js";

const PATHS = {
  play: "M4.5 2.8v10.4l8.4-5.2z",
  pause: "M5 3v10M11 3v10",
  back: "M11.5 3.5v9L5.5 8zM4 3.5v9",
  forward: "M4.5 3.5v9l6-4.5zM12 3.5v9",
  restart: "M3 8a5 5 0 1 0 1.6-3.7M3 2.6v3h3",
  add: "M8 3v10M3 8h10",
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M5.5 5.5h7v7h-7zM3.5 10.5v-7h7",
  settings: "M2.5 5h6M12.5 5h1M2.5 11h1M7.5 11h6M8.5 3.2v3.6h3.6V3.2zM3.6 9.2v3.6h3.6V9.2z",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9",
  moon: "M13 9.6A5.5 5.5 0 1 1 6.4 3a4.4 4.4 0 0 0 6.6 6.6z",
  system: "M2.5 3.5h11v7h-11zM6 13.5h4M8 10.5v3",
  full: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
  help: "M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M8 11.6v.2",
  check: "M3.2 8.4l3.2 3.2 6.4-7",
  triangle: "M8 3l5.4 9.6H2.6z",
  zigzag: "M2 11l3-6 3 6 3-6 3 6",
  wave: "M1.8 8c1.5-5 3-5 4.4 0s2.9 5 4.3 0 2.4-4 3.7-1.5",
  rise: "M2.5 12.5l3.5-3.5 2.5 2.5 5-6.5M9.8 4.8h3.7v3.7",
  flat: "M2.5 5.5c1 4 2.5 5 5 5h6",
  clock: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3.3l2.2 1.4",
  edit: "M3 13l.7-2.9L10.8 3l2.2 2.2-7.1 7.1z",
  fork: "M5 3.2v9.6M5 8.5c3.5 0 6-1 6-4.3M9.2 5.6L11 3.6l1.8 2M3.4 12.8h3.2",
  upload: "M8 10.5v-8M5.2 5.2L8 2.3l2.8 2.9M3 11v2.5h10V11",
  dice: "M3 3h10v10H3zM5.8 5.8v.1M10.2 10.2v.1M10.2 5.8v.1M5.8 10.2v.1M8 8v.1",
  flask: "M6.5 2.5v4L3 13h10L9.5 6.5v-4M5.5 2.5h5",
  stop: "M4 4h8v8H4z",
  follow: "M8 2v3M8 11v3M2 8h3M11 8h3M8 6.5a1.5 1.5 0 1 0 0 3a1.5 1.5 0 1 0 0-3",
  table: "M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 3.5v9",
  hand: "M6 8.5V3.2a1.1 1.1 0 0 1 2.2 0V7l3.9.8a1.2 1.2 0 0 1 .9 1.3L12.4 13H7.2L3.6 9.6a1 1 0 0 1 1.4-1.5z",
  flag: "M4 14V2.5M4 3h8.5L10.5 6l2 3H4",
  chevron: "M4 6l4 4 4-4",
  people:
    "M5.8 3a2.3 2.3 0 1 0 0 4.6a2.3 2.3 0 1 0 0-4.6M1.8 13.2c0-2.6 1.6-4 4-4s4 1.4 4 4M10.4 3.2a2.2 2.2 0 0 1 0 4.2M11.4 9.4c1.8.4 2.8 1.7 2.8 3.8",
  bin: "M3 4.5h10M6.2 4.2V2.8h3.6v1.4M4.4 4.5l.6 8.7h6l.6-8.7M6.8 7v3.8M9.2 7v3.8",
};

const SOLID = new Set(["play", "triangle", "stop"]);

/**
 * Draw an icon; it is decoration, so the button around it needs a name of its own.
 * @param {keyof typeof PATHS} name
 */
export function icon(name) {
  const path = svg("path", {
    d: PATHS[name],
    fill: SOLID.has(name) ? "currentColor" : "none",
  });
  return svg(
    "svg",
    {
      viewBox: "0 0 16 16",
      class: "icon",
      "aria-hidden": "true",
      focusable: "false",
    },
    path,
  );
}
