/** Formulas as MathML, from the nested lists the server writes. */

/** @import { MathNode } from "../types/page.js" */

const MATHML = "http://www.w3.org/1998/Math/MathML";

const TAGS = new Set([
  "mrow",
  "mi",
  "mn",
  "mo",
  "msup",
  "msub",
  "msubsup",
  "mfrac",
  "msqrt",
  "mroot",
  "mtext",
  "mspace",
]);
TAGS.add("math").add("mstyle").add("mpadded").add("munder").add("mover").add("munderover");

/**
 * Build the element of a formula: tag first, then children; unknown tags become a plain row.
 *
 * @param {MathNode | MathNode[]} node
 * @param {boolean} [right] Whether it is what a function equals: the numbers in it can be dragged.
 * @returns {Element}
 */
export function formula(node, right = false) {
  const math = document.createElementNS(MATHML, "math");
  math.toggleAttribute("data-right", right);
  for (const child of rows(node)) math.append(build(child));
  return math;
}

/**
 * The left side of a formula: f(x, y) =
 *
 * @param {readonly string[]} variables
 * @returns {MathNode[]}
 */
export function signature(variables) {
  const names = variables.flatMap((name, i) => [...(i > 0 ? [["mo", ","]] : []), variable(name)]);
  return /** @type {MathNode[]} */ ([["mi", "f"], ["mo", "("], ...names, ["mo", ")"], ["mo", "="]]);
}

/**
 * x1 is x with an index.
 * @param {string} name
 * @returns {MathNode}
 */
function variable(name) {
  const [letter = "", ...digits] = name;
  return digits.length > 0 ? ["msub", ["mi", letter], ["mn", digits.join("")]] : ["mi", name];
}

/**
 * A node, a list of nodes and a whole <math> are all accepted.
 * @param {MathNode | MathNode[]} node
 * @returns {MathNode[]}
 */
export function rows(node) {
  if (typeof node === "string") return [node];
  const [first, ...rest] = node;
  if (typeof first !== "string") return node;
  if (first === "math") return rest;
  return TAGS.has(first) ? [/** @type {MathNode} */ (node)] : node;
}

/**
 * @param {MathNode} node
 * @returns {Node}
 */
function build(node) {
  if (typeof node === "string") return document.createTextNode(node);
  const [tag, ...children] = node;
  const element = document.createElementNS(MATHML, TAGS.has(tag) ? tag : "mrow");
  for (const child of children) element.append(build(child));
  return element;
}
