/** The page of the API: reads openapi.json and writes it down, path by path and shape by shape; every call can be sent. */

import { hrefOf } from "../state/site/root.js";
import { docs } from "../words/docs.js";
import { callForm } from "./docs/call.js";
import { boundsOf, element, joined, shape, table, typeOf } from "./docs/shapes.js";

/** @import { Caller } from "./docs/call.js" */
/** @import { Child, Json } from "./docs/shapes.js" */

/**
 * One method of one path; the form to call it is made when it is opened.
 * @param {Caller} caller
 * @param {string} path
 * @param {string} method
 * @param {Json} described
 */
function operation(caller, path, method, described) {
  const { operationId, description = "", parameters = [], requestBody, responses } = described;
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
  const inside = element("div", {}, ...(text === first ? [] : [element("p", {}, text)]));
  const made = element(
    "details",
    { id: operationId },
    element("summary", {}, ...head, " ", element("span", { class: "quiet" }, first)),
    inside,
  );
  const open = () => {
    if (inputs.length) inside.append(table(docs.inputs, inputs));
    if (requestBody) inside.append(...contents(docs.body, requestBody));
    inside.append(table(docs.answers, answers), element("h4", {}, docs.try));
    inside.append(callForm(caller, path, method, described));
  };
  made.addEventListener("toggle", open, { once: true });
  return made;
}

/**
 * @param {string} title
 * @param {Json} body
 * @returns {Child[]}
 */
function contents(title, { description, content }) {
  const kinds = Object.entries(content).map(([kind, { schema }]) =>
    element("p", {}, `${title} `, element("code", {}, kind), " ", ...(schema ? typeOf(schema) : [])),
  );
  return description ? [...kinds, element("p", {}, description)] : kinds;
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

/** Open the operation or the shape that the address names. */
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
  target?.scrollIntoView();
}

const answer = await fetch(hrefOf("openapi.json"));
/** @type {Json} */
const description = await answer.json();
const token = /** @type {HTMLInputElement} */ (find("token"));
token.form?.addEventListener("submit", (event) => event.preventDefault()); // It stays there, and is sent with calls.
const caller = { base: new URL(description.servers[0].url, answer.url), token: () => token.value.trim() };
find("about").textContent = description.info.description;
for (const { name, description: about } of description.tags) {
  const group = element("section", { "aria-labelledby": `tag-${name}` });
  group.append(element("h3", { id: `tag-${name}` }, name), element("p", { class: "quiet" }, about));
  for (const [path, methods] of Object.entries(description.paths))
    for (const [method, one] of Object.entries(methods))
      if (one.tags[0] === name) group.append(operation(caller, path, method, one));
  find("paths").append(group);
}
for (const [name, schema] of Object.entries(description.components.schemas))
  find("schemas").append(shape(name, schema));
addEventListener("hashchange", openTarget);
openTarget();
