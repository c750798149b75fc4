/** Which lessons, and in which order: all, or those that the address names. */

/** @import { LessonListed } from "../types/lessons.js" */

/**
 * @param {readonly LessonListed[]} items
 * @param {string} search Of the address: "?only=momentum,ravines".
 * @returns {{ items: LessonListed[], unknown: string[], query: string }} `query`: what links to them carry on.
 */
export function playlistOf(items, search) {
  const only = new URLSearchParams(search).get("only");
  const slugs = [...new Set((only ?? "").split(",").map((slug) => slug.trim()))].filter(Boolean);
  if (slugs.length === 0) return { items: [...items], unknown: [], query: "" };
  const found = slugs.flatMap((slug) => items.filter((one) => one.slug === slug));
  const unknown = slugs.filter((slug) => !found.some((one) => one.slug === slug));
  return { items: found, unknown, query: `?only=${found.map(({ slug }) => slug).join(",")}` };
}
