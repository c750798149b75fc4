/** Which pictures of a network there are to choose from: the server's kinds of views, those that show data as one. */

/** @import { PictureName, Spec } from "../types/page.js" */

import { pictures } from "../words/pictures.js";
import { VIEWS } from "./kinds.js";

const kinds = /** @type {import("../types/page.js").ViewKind[]} */ (Object.keys(VIEWS));

/** Every picture, in the order of the tabs. */
export const PICTURES = [...new Set(kinds.map((kind) => /** @type {PictureName} */ (VIEWS[kind].tab ? kind : "data")))];

/**
 * The heading of a picture's tab.
 * @param {PictureName} picture
 */
export function tabOf(picture) {
  return pictures.tabs[picture] ?? ((picture !== "data" && VIEWS[picture].tab) || pictures.someData);
}

/**
 * The pictures that a problem has: numbers have no class to be surprised by.
 *
 * @param {Spec["problem"]} problem
 * @param {"classes" | "numbers" | null} predicts
 */
export function picturesFor(problem, predicts) {
  return PICTURES.filter((picture) => {
    if (picture === "data") return true;
    const { task, log_loss } = VIEWS[picture];
    return (task === null || task === predicts) && !(log_loss && problem.loss === "mse");
  });
}
