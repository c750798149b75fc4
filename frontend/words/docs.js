/** The words of the page of the API. */

export const docs = {
  anything: "anything",
  list: "list",
  /** What a value must keep to, by its name in a schema. */
  bounds: /** @type {readonly (readonly [name: string, sign: string])[]} */ ([
    ["minimum", "≥"],
    ["exclusiveMinimum", ">"],
    ["maximum", "≤"],
    ["exclusiveMaximum", "<"],
    ["minItems", "length ≥"],
    ["maxItems", "length ≤"],
    ["maxLength", "characters ≤"],
  ]),
  default: (/** @type {string} */ value) => `default ${value}`,
  inputs: ["Parameter", "In", "Type", "Bounds and meaning"],
  answers: ["Answer", "Meaning", "Shape"],
  fields: ["Field", "Type", "Bounds and meaning"],
  body: "Body:",
  optional: " (optional)",
  try: "Try it",
  kind: "Sent as",
  example: "Example",
  file: "File",
  send: "Send",
  picture: "The answer, a picture",
  answered: (/** @type {number} */ status, /** @type {string} */ text, /** @type {number} */ ms) =>
    `${status} ${text} after ${ms} ms`,
  save: (/** @type {number} */ bytes) => `Save the answer, ${bytes} bytes`,
  unreachable: "There was no answer. Is the server running?",
};
