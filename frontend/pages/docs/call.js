/** A call that can be tried: fields for what a path needs, and what the server answers. */

import { docs } from "../../words/docs.js";
import { element } from "./shapes.js";

/** @import { Json } from "./shapes.js" */

/**
 * One field of a call.
 * @typedef {object} Field
 * @property {string} name
 * @property {"path" | "query"} place
 * @property {{ value: string }} input
 */

/**
 * What is sent besides the address.
 * @typedef {object} Body
 * @property {string} kind Its media type.
 * @property {string | Blob} content
 */

/**
 * Who is asked, and as whom.
 * @typedef {object} Caller
 * @property {URL} base Where the server's addresses begin.
 * @property {() => string} token
 */

const MOST_SHOWN = 20_000; // characters of an answer; the rest is in the file that can be saved
const JSON_TYPE = "application/json";

/**
 * The address of a call: fields that are left empty are left out.
 * @param {URL} base
 * @param {string} path With {names} of its fields.
 * @param {readonly Field[]} fields
 */
export function addressOf(base, path, fields) {
  let filled = path;
  for (const { name, place, input } of fields)
    if (place === "path") filled = filled.replace(`{${name}}`, encodeURIComponent(input.value));
  const address = new URL(`.${filled}`, base);
  for (const { name, place, input } of fields)
    if (place === "query" && input.value !== "") address.searchParams.append(name, input.value);
  return address;
}

/**
 * The call as a line for a terminal.
 * @param {string} method
 * @param {URL} address
 * @param {{ [name: string]: string }} headers
 * @param {string | Blob | undefined} body
 */
export function curlOf(method, address, headers, body) {
  const quoted = (/** @type {string} */ text) => `'${text.replaceAll("'", "'\\''")}'`;
  const parts = ["curl", "-X", method.toUpperCase(), quoted(address.href)];
  for (const [name, value] of Object.entries(headers)) parts.push("-H", quoted(`${name}: ${value}`));
  if (typeof body === "string") parts.push("-d", quoted(body.replace(/\n\s*/g, " ")));
  else if (body) parts.push("--data-binary", "@file");
  return parts.join(" ");
}

/**
 * A form that sends an operation, and shows what comes back.
 * @param {Caller} caller
 * @param {string} path
 * @param {string} method
 * @param {Json} operation
 */
export function callForm(caller, path, method, { parameters = [], requestBody }) {
  const fields = parameters.map(parameterField);
  const body = requestBody ? bodyField(requestBody) : null;
  const send = element("button", { type: "submit" }, docs.send);
  const answer = element("div", { class: "answer", "aria-live": "polite" });
  const inputs = fields.map((/** @type {{ label: HTMLElement }} */ { label }) => label);
  const form = element("form", { class: "call" }, ...inputs, ...(body ? body.rows : []), send, answer);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.toggleAttribute("disabled", true);
    const address = addressOf(caller.base, path, fields);
    answer.replaceChildren(...(await answered(method, address, headersOf(caller, body?.kind()), body?.content())));
    send.toggleAttribute("disabled", false);
  });
  return form;
}

/**
 * @param {Caller} caller
 * @param {string} [kind]
 */
function headersOf(caller, kind) {
  /** @type {{ [name: string]: string }} */
  const headers = {};
  if (kind) headers["Content-Type"] = kind;
  if (caller.token()) headers.Authorization = `bearer ${caller.token()}`;
  return headers;
}

/**
 * Send a call, and say what came of it.
 * @param {string} method
 * @param {URL} address
 * @param {{ [name: string]: string }} headers
 * @param {string | Blob | undefined} body
 * @returns {Promise<Node[]>}
 */
async function answered(method, address, headers, body) {
  const line = pre(curlOf(method, address, headers, body));
  const begun = performance.now();
  try {
    const response = await fetch(address, { method: method.toUpperCase(), headers, body });
    const content = await response.blob();
    const said = docs.answered(response.status, response.statusText, Math.round(performance.now() - begun));
    return [element("p", { class: response.ok ? "good" : "bad" }, said), ...(await shown(content, address)), line];
  } catch {
    return [element("p", { class: "bad" }, docs.unreachable), line];
  }
}

/**
 * What an answer has: text as it is, JSON with indents, a picture, or a file to save.
 * @param {Blob} content
 * @param {URL} address
 * @returns {Promise<Node[]>}
 */
async function shown(content, address) {
  if (content.size === 0) return [];
  const kind = content.type.split(";")[0] ?? "";
  const isText = kind.startsWith("text/") || kind.endsWith("json");
  const text = isText ? readable(await content.text(), kind) : "";
  const whole = isText && text.length <= MOST_SHOWN;
  const seen = [];
  if (kind.startsWith("image/")) seen.push(element("img", { src: URL.createObjectURL(content), alt: docs.picture }));
  if (isText) seen.push(pre(whole ? text : `${text.slice(0, MOST_SHOWN)}…`));
  if (whole) return seen;
  const name = address.pathname.split("/").pop() ?? "";
  const link = element("a", { href: URL.createObjectURL(content), download: name }, docs.save(content.size));
  return [...seen, element("p", {}, link)];
}

/**
 * @param {string} text
 * @param {string} kind
 */
function readable(text, kind) {
  return kind.endsWith("json") ? JSON.stringify(JSON.parse(text), null, 2) : text;
}

/** @param {string} text */
function pre(text) {
  return element("pre", { tabindex: "0" }, text);
}

/**
 * @param {Json} parameter
 * @returns {Field & { label: HTMLElement }}
 */
function parameterField({ name, in: place, required, schema }) {
  const options = schema.enum ?? (schema.type === "boolean" ? ["true", "false"] : null);
  const input = options ? choice([...(required ? [] : [""]), ...options]) : element("input", { autocomplete: "off" });
  input.toggleAttribute("required", Boolean(required));
  const given = schema.default === undefined ? "" : String(schema.default);
  if (!options) input.setAttribute("placeholder", given);
  const label = element("label", {}, element("code", {}, name), input);
  return { name, place, input: /** @type {HTMLInputElement} */ (input), label };
}

/**
 * Fields for a body: text with an example, or a file.
 * @param {Json} requestBody
 */
function bodyField({ content }) {
  const kinds = Object.keys(content);
  const kind = choice(kinds);
  const examples = examplesOf(content[JSON_TYPE] ?? {});
  const text = /** @type {HTMLTextAreaElement} */ (
    element("textarea", { rows: "12", spellcheck: "false", "aria-label": docs.body })
  );
  const file = /** @type {HTMLInputElement} */ (element("input", { type: "file", "aria-label": docs.file }));
  const example = choice(Object.keys(examples));
  const isJson = () => kind.value === JSON_TYPE;
  const fill = () => {
    text.value = JSON.stringify(examples[example.value] ?? {}, null, 2);
  };
  const toggle = () => {
    text.hidden = !isJson();
    file.hidden = isJson();
  };
  example.addEventListener("change", fill);
  kind.addEventListener("change", toggle);
  fill();
  toggle();
  const rows = kinds.length > 1 ? [element("label", {}, docs.kind, kind)] : [];
  if (Object.keys(examples).length > 1) rows.push(element("label", {}, docs.example, example));
  return {
    rows: [...rows, text, file],
    kind: () => kind.value,
    content: () => (isJson() ? text.value : file.files?.[0]),
  };
}

/**
 * @param {Json} media
 * @returns {Json}
 */
function examplesOf({ example, examples }) {
  if (examples) return Object.fromEntries(Object.values(examples).map(({ summary, value }) => [summary, value]));
  return example === undefined ? {} : { [docs.example]: example };
}

/** @param {readonly string[]} options */
function choice(options) {
  const made = element("select", {}, ...options.map((option) => element("option", { value: option }, option)));
  return /** @type {HTMLSelectElement} */ (made);
}
