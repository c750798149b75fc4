/** From what is typed about the values of a sweep to the part of the spec that says it. */

/** @import { Vary } from "../../types/page.js" */
/** @import { Varied } from "./fields.js" */

import { parse } from "../../state/json-schema.js";
import { listed, partsOf, typedNumber } from "../../words/numerals.js";
import { sweep, valueText } from "../../words/sweep.js";

export const MOST_RUNS = 600; // that the page draws; the API takes more

/**
 * What is typed in the form.
 *
 * @typedef {object} Typed
 * @property {"list" | "range"} how
 * @property {string} list
 * @property {string} from
 * @property {string} to
 * @property {"log" | "linear"} scale
 * @property {string} n
 * @property {string} seeds
 */

/** @typedef {{ vary: Vary, seeds: number, error?: undefined } | { error: string, at: "values" | "n" | "seeds" }} Read */

const COUNT = { type: /** @type {const} */ ("whole"), low: 1, high: 1000, aboveLow: false, belowHigh: false };
/** @type {import("../../state/json-schema.js").Field} */
const WHOLE = {
  ...COUNT,
  ...{
    name: "n",
    label: "",
    help: "",
    initial: 1,
    nullable: false,
    options: [],
    length: Infinity,
    shortest: 0,
    item: null,
  },
};

/**
 * The form's text for values.
 *
 * @param {import("./fields.js").Values} values
 * @param {string} path
 * @param {Pick<Typed, "seeds">} old
 * @returns {Typed}
 */
export function typedOf(values, path, { seeds }) {
  const ends = { from: "0.001", to: "1", scale: /** @type {const} */ ("log"), n: "9", seeds };
  if ("values" in values)
    return { how: "list", list: listed(values.values.map((value) => textOf(value, path))), ...ends };
  const { from, to, scale, n } = values;
  return { how: "range", list: "", from: typedNumber(from), to: typedNumber(to), scale, n: String(n), seeds };
}

/**
 * A value as it is typed: with all its digits.
 *
 * @param {unknown} value
 * @param {string} path
 */
function textOf(value, path) {
  if (typeof value === "number") return typedNumber(value);
  const kind = typeof value === "object" ? /** @type {{ kind?: string } | null} */ (value)?.kind : value;
  return String(kind ?? valueText(value, path));
}

/**
 * Read the form: what varies, or a sentence that says what would do.
 *
 * @param {Varied} varied
 * @param {Typed} typed
 * @param {number} runs How many are listed.
 * @param {number | null} lr The learning rate that every kind of optimizer is given.
 * @returns {Read}
 */
export function readValues(varied, typed, runs, lr = null) {
  const seeds = parse({ ...WHOLE, high: 100 }, typed.seeds);
  if (seeds.error !== undefined) return { error: seeds.error, at: "seeds" };
  const read = typed.how === "list" || varied.kinds ? readList(varied, typed.list, lr) : readRange(varied, typed);
  if (read.error !== undefined) return read;
  const values = read.vary.values?.length ?? read.vary.n ?? 0;
  const asked = runs * values * Number(seeds.value);
  if (asked > MOST_RUNS) return { error: sweep.tooMany(asked, MOST_RUNS), at: "values" };
  return { vary: read.vary, seeds: Number(seeds.value) };
}

/** @typedef {{ vary: Vary, error?: undefined } | { error: string, at: "values" | "n" }} ReadVary */

/**
 * @param {Varied} varied
 * @param {string} text
 * @param {number | null} lr
 * @returns {ReadVary}
 */
function readList(varied, text, lr) {
  const parts = partsOf(text).map((part) => part.toLowerCase());
  /** @type {unknown[]} */
  const values = [];
  for (const part of parts) {
    const read = varied.kinds ? readKind(varied, part, lr) : readNumber(varied, part);
    if (read.error !== undefined) return { error: read.error, at: "values" };
    values.push(read.value);
  }
  if (values.length === 0) return { error: sweep.noValues, at: "values" };
  return { vary: { field: varied.path, values } };
}

/**
 * @param {Varied} varied
 * @param {string} part
 * @returns {{ value: unknown, error?: undefined } | { error: string }}
 */
function readNumber({ field }, part) {
  return parse(field, part === sweep.all || part === sweep.none ? "" : part);
}

/**
 * @param {Varied} varied
 * @param {string} part
 * @param {number | null} lr
 * @returns {{ value: unknown, error?: undefined } | { error: string }}
 */
function readKind({ kinds, path }, part, lr) {
  const entry = kinds?.find(({ kind }) => kind === part);
  if (!entry) return { error: sweep.notListed(part) };
  const rate = path === "run.optimizer" && lr !== null ? { lr } : {};
  return { value: { kind: entry.kind, ...rate } };
}

/**
 * @param {Varied} varied
 * @param {Typed} typed
 * @returns {ReadVary}
 */
function readRange({ path, field }, { from, to, scale, n }) {
  const [low, high] = [parse({ ...field, nullable: false }, from), parse({ ...field, nullable: false }, to)];
  for (const end of [low, high]) if (end.error !== undefined) return { error: end.error, at: "values" };
  const many = parse(WHOLE, n);
  if (many.error !== undefined) return { error: many.error, at: "n" };
  const ends = [low, high].map((end) => Number("value" in end ? end.value : NaN));
  if (scale === "log" && Math.min(...ends) <= 0) return { error: sweep.positive, at: "values" };
  return { vary: { field: path, from: ends[0] ?? 0, to: ends[1] ?? 0, scale, n: Number(many.value) } };
}
