/** The words of the glossary. */

export const glossary = {
  found: (/** @type {number} */ n) => (n === 1 ? "1 term" : `${n} terms`),
  in: "In the lessons",
  picture: (/** @type {string} */ name) => `A small run that shows: ${name}`,
};
