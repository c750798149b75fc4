/** The options of a class of PyTorch as text: `weight_decay=0.1, betas=(0.9, 0.99), foreach=true`. */

/** @typedef {boolean | number | string | null} Plain */

/** A name, an equals sign, and a value: a list in brackets, a text in quotes, or what reaches to the next comma. */
const OPTION = /\s*([A-Za-z]\w*)\s*=\s*(\([^()]*\)|\[[^[\]]*\]|"[^"]*"|'[^']*'|[^,;()[\]"'=]+?)\s*(?:,|$)/y;

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
    found[name] = "([".includes(value.charAt(0)) ? parts(value.slice(1, -1)) : plain(value);
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

/** @param {string} list */
function parts(list) {
  const values = list.split(",").map((part) => part.trim());
  return values.filter((part) => part !== "").map(plain);
}

/**
 * @param {string} text
 * @returns {Plain}
 */
function plain(text) {
  if (Object.hasOwn(CONSTANTS, text)) return CONSTANTS[text] ?? null;
  if (Number.isFinite(Number(text))) return Number(text);
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
}

/** @param {unknown} value */
function written(value) {
  const bare = typeof value !== "string" || (/^[A-Za-z]\w*$/.test(value) && !Object.hasOwn(CONSTANTS, value));
  return bare ? String(value) : `"${value}"`;
}
