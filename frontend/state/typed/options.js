/** The options of a class of PyTorch as text: `weight_decay=0.1, betas=(0.9, 0.99), foreach=true`. */

/** @typedef {boolean | number | string | null} Plain */

/** A text in quotes, in which a backslash stands before a quote or another one; and what reaches to the next comma. */
const QUOTED = String.raw`"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'`;
const BARE = String.raw`[^,;()[\]"'=]+?`;
/** A name, an equals sign, and a value: a list in brackets, or one of these. */
const LIST = String.raw`\((?:${QUOTED}|[^()"'])*\)|\[(?:${QUOTED}|[^[\]"'])*\]`;
const OPTION = new RegExp(String.raw`\s*([A-Za-z]\w*)\s*=\s*(${LIST}|${QUOTED}|${BARE})\s*(?:,|$)`, "y");
const PART = new RegExp(String.raw`\s*(${QUOTED}|${BARE})?\s*(?:,|$)`, "y");

/** What stands for a value, in Python's words and in JSON's. @type {Record<string, boolean | null>} */
const CONSTANTS = { true: true, True: true, false: false, False: false, null: null, None: null };

/**
 * Options as they are typed; null where the text is none.
 * @param {string} text
 * @returns {Record<string, Plain | Plain[]> | null}
 */
export function readOptions(text) {
  /** @type {Record<string, Plain | Plain[]>} */
  const found = {};
  const rest = text.trim();
  OPTION.lastIndex = 0;
  while (OPTION.lastIndex < rest.length) {
    const [, name, value] = OPTION.exec(rest) ?? [];
    if (!name || !value || Object.hasOwn(found, name)) return null;
    const one = "([".includes(value.charAt(0)) ? parts(value.slice(1, -1)) : plain(value);
    if (one === undefined) return null;
    found[name] = one;
  }
  return found;
}

/**
 * Options as text, the inverse of readOptions.
 * @param {object} options
 */
export function writeOptions(options) {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? `(${value.map(written).join(", ")})` : written(value)}`)
    .join(", ");
}

/**
 * The values of a list; undefined where it has something else.
 *
 * @param {string} list
 * @returns {Plain[] | undefined}
 */
function parts(list) {
  /** @type {Plain[]} */
  const found = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < list.length) {
    const part = PART.exec(list);
    if (part === null) return undefined;
    if (part[1] !== undefined) found.push(plain(part[1]));
  }
  return found;
}

/**
 * @param {string} text
 * @returns {Plain}
 */
function plain(text) {
  if (Object.hasOwn(CONSTANTS, text)) return CONSTANTS[text] ?? null;
  if (Number.isFinite(Number(text))) return Number(text);
  return /^["']/.test(text) ? text.slice(1, -1).replaceAll(/\\([\s\S])/g, "$1") : text;
}

/** @param {unknown} value */
function written(value) {
  const bare = typeof value !== "string" || (/^[A-Za-z]\w*$/.test(value) && !Object.hasOwn(CONSTANTS, value));
  return bare ? String(value) : `"${String(value).replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
