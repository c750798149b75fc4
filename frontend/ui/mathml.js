/** Formulas as MathML, which the server writes as text. */

/**
 * Build the element of a formula.
 *
 * @param {string} text One <math> element.
 * @param {boolean} [right] Whether it is what a function equals: the numbers in it can be dragged.
 * @returns {Element}
 */
export function formula(text, right = false) {
  const math = new DOMParser().parseFromString(text, "application/xml").documentElement;
  math.toggleAttribute("data-right", right);
  return document.adoptNode(math);
}
