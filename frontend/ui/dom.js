/** Making and finding elements; text goes in as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. Attributes that are functions listen (`onclick`), `true` sets an empty
 * attribute, `false`, `null` and `undefined` leave it out.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...present(children));
  return element;
}

/**
 * Make an SVG element.
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...Node} children
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children);
  return element;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {unknown} value
 */
function set(element, name, value) {
  if (value === false || value === null || value === undefined) return;
  if (typeof value === "function") {
    element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
  } else element.setAttribute(name, value === true ? "" : String(value));
}

/**
 * What is there, in texts whose numbers stay on one line.
 * @param {(Node | string | null | undefined | false)[]} children
 */
function present(children) {
  const there = /** @type {(Node | string)[]} */ (
    children.filter((child) => child !== null && child !== undefined && child !== false)
  );
  return there.map((child) => (typeof child === "string" ? unbroken(child) : child));
}

/** Where no line ends: between a number and its sign of per cent or times, and before its power of ten. */
const UNBROKEN = /(?<=\d) (?=%)|(?<=\d) (?=×(?! \d)|× 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹])|(?<=×) (?=10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹])/g;

/**
 * A text that is never broken within a number: "1.1 × 10⁻⁸".
 * @param {string} text
 */
export function unbroken(text) {
  return text.replaceAll(UNBROKEN, "\u00a0");
}

/**
 * Find an element that must exist: a missing one is a bug, and says which.
 *
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T}
 */
export function find(root, selector, kind) {
  const element = root.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`The page has no ${kind.name} ${selector}`);
  return element;
}

/**
 * Replace what an element shows.
 * @param {Element} element
 * @param {...(Node | string | null | undefined | false)} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
}

let made = 0;

/** Return an id that no other element of this page has. */
export function newId() {
  made += 1;
  return `f${made}`;
}
