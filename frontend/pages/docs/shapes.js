/** How a description is written down: types with links, bounds, tables, and shapes. */

import { docs } from "../../words/docs.js";

/**
 * @typedef {{ [key: string]: any }} Json
 * @typedef {string | Node} Child
 */

/**
 * @param {string} tag
 * @param {{ [name: string]: string }} attributes
 * @param {...Child} children
 */
export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * The type of a schema, with a link where it is one of the shapes below.
 * @param {Json} schema
 * @returns {Child[]}
 */
export function typeOf(schema) {
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return [element("a", { href: `#${name}` }, name)];
  }
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum) return [schema.enum.map((/** @type {unknown} */ value) => JSON.stringify(value)).join(" | ")];
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return joined(options.map(typeOf), " | ");
  if (schema.type === "array") return [...(schema.items ? typeOf(schema.items) : [docs.list]), "[]"];
  return [String(schema.type ?? docs.anything)];
}

/**
 * @param {Child[][]} parts
 * @param {string} separator
 */
export function joined(parts, separator) {
  return parts.flatMap((part, i) => (i ? [separator, ...part] : part));
}

/**
 * What a value must keep to, and what it is where nothing is said.
 * @param {Json} schema
 */
export function boundsOf(schema) {
  const given = docs.bounds.filter(([name]) => schema[name] !== undefined);
  const bounds = given.map(([name, sign]) => `${sign} ${schema[name]}`);
  if (schema.default !== undefined) bounds.push(docs.default(JSON.stringify(schema.default)));
  return bounds.join(", ");
}

/**
 * @param {readonly string[]} heads
 * @param {Child[][][]} rows
 */
export function table(heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
  const body = rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, ...cell))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
}

/**
 * One shape: its fields, their types and bounds.
 * @param {string} name
 * @param {Json} schema
 */
export function shape(name, schema) {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([field, part]) => [
    [element("code", {}, field), required.has(field) ? "" : docs.optional],
    typeOf(part),
    [[boundsOf(part), part.description ?? ""].filter(Boolean).join("; ")],
  ]);
  const body = rows.length ? table(docs.fields, rows) : element("p", {}, ...typeOf(schema));
  const about = element("p", {}, (schema.description ?? "").split("\n\n")[0]);
  return element(
    "details",
    { id: name },
    element("summary", {}, element("code", {}, name)),
    element("div", {}, about, body),
  );
}
