/** The page of the API: reads /openapi.json and writes it down, path by path and shape by shape. */

import { hrefOf } from "../state/site/root.js";
import { docs } from "../words/docs.js";

/**
 * @typedef {{ [key: string]: any }} Json
 * @typedef {string | Node} Child
 */

/**
 * @param {string} tag
 * @param {{ [name: string]: string }} attributes
 * @param {...Child} children
 */
function element(tag, attributes, ...children) {
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
function typeOf(schema) {
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
function joined(parts, separator) {
  return parts.flatMap((part, i) => (i ? [separator, ...part] : part));
}

/**
 * What a value must keep to, and what it is where nothing is said.
 * @param {Json} schema
 */
function boundsOf(schema) {
  const given = docs.bounds.filter(([name]) => schema[name] !== undefined);
  const bounds = given.map(([name, sign]) => `${sign} ${schema[name]}`);
  if (schema.default !== undefined) bounds.push(docs.default(JSON.stringify(schema.default)));
  return bounds.join(", ");
}

/**
 * @param {readonly string[]} heads
 * @param {Child[][][]} rows
 */
function table(heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
  const body = rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, ...cell))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
}

/** @param {unknown} value */
function pre(value) {
  return element("pre", { tabindex: "0" }, JSON.stringify(value, null, 1).replace(/\n\s*/g, " "));
}

/**
 * @param {string} title
 * @param {Json} content
 * @returns {Child[]}
 */
function contents(title, content) {
  return Object.entries(content).flatMap(([kind, { schema, example }]) => [
    element("p", {}, `${title} `, element("code", {}, kind), " ", ...(schema ? typeOf(schema) : [])),
    ...(example === undefined ? [] : [pre(example)]),
  ]);
}

/**
 * One method of one path.
 * @param {string} path
 * @param {string} method
 * @param {Json} operation
 */
function operation(path, method, { description = "", parameters = [], requestBody, responses }) {
  const text = description.replaceAll("``", "");
  const [first = ""] = text.split(/(?<=\.)\s/);
  const inputs = parameters.map((/** @type {Json} */ { name, in: place, schema, description: help = "" }) => [
    [element("code", {}, name)],
    [place],
    typeOf(schema),
    [[boundsOf(schema), help].filter(Boolean).join("; ")],
  ]);
  const answers = Object.entries(responses).map(([status, { description: text, content = {} }]) => [
    [status],
    [text],
    joined(
      Object.values(content).map(({ schema }) => (schema ? typeOf(schema) : [])),
      " ",
    ),
  ]);
  const head = [element("span", { class: "method" }, method.toUpperCase()), element("code", {}, path)];
  return element(
    "details",
    {},
    element("summary", {}, ...head, " ", element("span", { class: "quiet" }, first)),
    element(
      "div",
      {},
      ...(text === first ? [] : [element("p", {}, text)]),
      ...(inputs.length ? [table(docs.inputs, inputs)] : []),
      ...(requestBody ? contents(docs.body, requestBody.content) : []),
      table(docs.answers, answers),
    ),
  );
}

/**
 * One shape: its fields, their types and bounds.
 * @param {string} name
 * @param {Json} schema
 */
function shape(name, schema) {
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

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
function find(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element #${id}.`);
  return found;
}

/** Open the shape that the address names. */
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
  target?.scrollIntoView();
}

/** @type {Json} */
const description = await (await fetch(hrefOf("openapi.json"))).json();
find("about").textContent = description.info.description;
for (const [path, methods] of Object.entries(description.paths))
  for (const [method, one] of Object.entries(methods)) find("paths").append(operation(path, method, one));
for (const [name, schema] of Object.entries(description.components.schemas))
  find("schemas").append(shape(name, schema));
addEventListener("hashchange", openTarget);
openTarget();
