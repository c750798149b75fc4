/** From the JSON schema of a choice to the fields of its form, and from typed text to values. */

/** @import { Schema } from "../types/page.js" */

import { nameOfField } from "../words/fields.js";
import { listed, readNumber, readNumbers, typedNumber } from "../words/numerals.js";
import { count, number, words } from "../words/workbench.js";
import { readOptions, writeOptions } from "./typed/options.js";

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {"number" | "whole" | "yes" | "menu" | "numbers" | "text" | "options" | "choice"} type "choice": settings of its own, or a list of such.
 * @property {string} help
 * @property {unknown} initial What the server takes when the field is left out.
 * @property {boolean} nullable An empty field means "not used".
 * @property {unknown[]} options Of a menu.
 * @property {number} low
 * @property {number} high
 * @property {boolean} aboveLow The lowest value itself is not allowed.
 * @property {boolean} belowHigh The highest value itself is not allowed.
 * @property {number} length How many numbers or characters at most.
 * @property {number} shortest How many numbers at least.
 * @property {Bounds & { whole: boolean } | null} item Of "numbers": what each may be.
 * @property {boolean} [brief] Its label says enough.
 */

/** @typedef {Pick<Field, "low" | "high" | "aboveLow" | "belowHigh">} Bounds */

/**
 * The fields of a choice, in the order of the class. Its kind is not one of them, nor is a choice within the choice:
 * both have a menu of their own.
 *
 * @param {Schema} schema
 * @param {readonly string[]} [without] Names that have a place of their own on the page.
 * @returns {Field[]}
 */
export function fieldsOf(schema, without = []) {
  const names = Object.keys(schema.properties ?? {}).filter((name) => name !== "kind" && !without.includes(name));
  const fields = names.map((name) => fieldOf(name, schema.properties?.[name] ?? {}, schema.$defs ?? {}));
  return fields.filter((field) => field.type !== "choice" && (field.type !== "menu" || field.options.length > 1));
}

/**
 * @param {string} name
 * @param {Schema} property
 * @param {Record<string, Schema>} definitions
 * @returns {Field}
 */
function fieldOf(name, property, definitions) {
  const whole = resolve(property, definitions);
  const kinds = (whole.anyOf ?? whole.oneOf ?? [whole]).map((option) => resolve(option, definitions));
  const shape = kinds.find((option) => option.type !== "null") ?? {};
  const nullable = kinds.some((option) => option.type === "null");
  return {
    name,
    label: nameOfField(name),
    type: typeOf(shape, definitions),
    help: property.description ?? shape.description ?? "",
    initial: property.default ?? null,
    nullable,
    options: [...(nullable ? [null] : []), ...(shape.enum ?? (shape.const === undefined ? [] : [shape.const]))],
    ...bounds(shape),
    length: shape.maxItems ?? shape.maxLength ?? Infinity,
    shortest: shape.minItems ?? 0,
    item: itemOf(shape, definitions),
  };
}

/**
 * What each number of a list may be.
 *
 * @param {Schema} shape
 * @param {Record<string, Schema>} definitions
 */
function itemOf({ type, items }, definitions) {
  if (type !== "array" || !items) return null;
  const item = resolve(items, definitions);
  return { ...bounds(item), whole: item.type === "integer" };
}

/**
 * @param {Schema} schema
 * @param {Record<string, Schema>} definitions
 */
function resolve(schema, definitions) {
  if (!schema.$ref) return schema;
  return { ...definitions[schema.$ref.replace("#/$defs/", "")], ...schema };
}

/** @param {Schema} shape */
function bounds(shape) {
  return {
    low: shape.exclusiveMinimum ?? shape.minimum ?? -Infinity,
    high: shape.exclusiveMaximum ?? shape.maximum ?? Infinity,
    aboveLow: shape.exclusiveMinimum !== undefined,
    belowHigh: shape.exclusiveMaximum !== undefined,
  };
}

/**
 * @param {Schema} shape
 * @param {Record<string, Schema>} definitions
 * @returns {Field["type"]}
 */
function typeOf(shape, definitions) {
  if (shape.enum || shape.const !== undefined) return "menu";
  if (shape.properties || shape.oneOf || shape.discriminator) return "choice";
  if (shape.type === "boolean") return "yes";
  if (shape.type === "integer") return "whole";
  if (shape.type === "number") return "number";
  if (shape.type === "object") return "options";
  if (shape.type !== "array") return "text";
  return shape.items && typeOf(resolve(shape.items, definitions), definitions) === "choice" ? "choice" : "numbers";
}

/**
 * Read what was typed: a value, or a sentence that says what would do.
 *
 * @param {Field} field
 * @param {string} text
 * @returns {{value: unknown, error?: undefined} | {error: string}}
 */
export function parse(field, text) {
  const typed = text.trim();
  if (typed === "" && field.nullable) return { value: null };
  if (field.type === "numbers") return parseList(field, typed);
  if (field.type === "text") return { value: text };
  if (field.type === "options") return parseOptions(typed);
  const value = readNumber(typed);
  if (!Number.isFinite(value)) return { error: words.notNumber };
  if (field.type === "whole" && !Number.isInteger(value)) return { error: words.notWhole };
  return outside(field, value) ? { error: words.outside(exact(value), range(field)) } : { value };
}

/**
 * @param {string} text
 * @returns {{value: unknown, error?: undefined} | {error: string}}
 */
function parseOptions(text) {
  const value = readOptions(text);
  return value ? { value } : { error: words.notOptions };
}

/**
 * Numbers separated by commas, semicolons or spaces.
 *
 * @param {string} text
 * @returns {{value: number[], error?: undefined} | {error: string}}
 */
export function parseNumbers(text) {
  const values = readNumbers(text);
  const good = values.length > 0 && values.every(Number.isFinite);
  return good ? { value: values } : { error: words.notNumbers };
}

/**
 * Numbers of a field that says how many, and what each may be.
 *
 * @param {Field} field
 * @param {string} text
 * @returns {{value: number[], error?: undefined} | {error: string}}
 */
function parseList({ item, shortest, length }, text) {
  if (text === "" && item && shortest === 0) return { value: [] };
  const read = parseNumbers(text);
  if (read.error !== undefined) return read;
  if (read.value.length > length) return { error: words.tooManyNumbers(read.value.length, length) };
  const wrong = item && read.value.find((value) => (item.whole && !Number.isInteger(value)) || outside(item, value));
  if (item === null || wrong === undefined || wrong === null) return read;
  if (item.whole && !Number.isInteger(wrong)) return { error: words.notWhole };
  return { error: words.outside(exact(wrong), range(item)) };
}

/**
 * @param {Bounds} field
 * @param {number} value
 */
function outside(field, value) {
  const low = field.aboveLow ? value <= field.low : value < field.low;
  const high = field.belowHigh ? value >= field.high : value > field.high;
  return low || high;
}

/**
 * A bound with all its digits, unless it is very large.
 * @param {number} value
 */
function exact(value) {
  return Number.isInteger(value) && value >= 0 && value < 1e7 ? count(value) : number(value);
}

/**
 * What a field allows, in words: "at least 0, below 1".
 * @param {Bounds} field
 */
export function range(field) {
  const { above, atLeast, below, atMost } = words.bounds;
  const low = Number.isFinite(field.low) && (field.aboveLow ? above : atLeast)(exact(field.low));
  const high = Number.isFinite(field.high) && (field.belowHigh ? below : atMost)(exact(field.high));
  return [low, high].filter(Boolean).join(", ");
}

/**
 * A value as the text of its field; null is an empty field.
 * @param {unknown} value
 */
export function textOf(value) {
  if (value === null || value === undefined) return "";
  const typed = (/** @type {unknown} */ one) => (typeof one === "number" ? typedNumber(one) : String(one));
  if (Array.isArray(value)) return listed(value.map(typed));
  return typeof value === "object" ? writeOptions(value) : typed(value);
}
