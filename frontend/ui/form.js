/** Forms made from fields: label, control, help and, below it, what is wrong with the value. */

/** @import { ServerProblem } from "../types/page.js" */
/** @import { Field } from "../state/json-schema.js" */

import { fieldOf } from "../server/api.js";
import { parse, range, textOf } from "../state/json-schema.js";
import { asLabel } from "../words/fields.js";
import { training } from "../words/training.js";
import { words } from "../words/workbench.js";
import { el, newId } from "./dom.js";

const LONG = 100; // characters of a text

/**
 * A form of several fields.
 *
 * @param {Field[]} fields
 * @param {string} loc Dotted path of the choice these fields belong to, as the server names it.
 * @param {(name: string, value: unknown) => void} change Called with every valid new value.
 */
export function createForm(fields, loc, change) {
  const controls = fields.map((field) => ({
    field,
    ...createField(field, `${loc}.${field.name}`, (value) => change(field.name, value)),
  }));

  return {
    element: el("div", { class: "fields" }, ...controls.map((control) => control.element)),

    /** @param {Record<string, unknown>} values */
    update(values) {
      for (const { field, update } of controls) {
        const { [field.name]: value = field.initial } = values; // null is a value: nothing is given.
        update(value);
      }
    },

    /**
     * Offer only some of the options of a menu; one that the server chooses itself is always among them.
     *
     * @param {string} name
     * @param {readonly unknown[]} options
     */
    offer(name, options) {
      controls.find(({ field }) => field.name === name)?.offer(options);
    },
  };
}

/**
 * One labelled field.
 *
 * @param {Field} field
 * @param {string} loc
 * @param {(value: unknown) => void} change
 */
export function createField(field, loc, change) {
  const id = newId();
  const control = createControl(field, id);
  const help = field.brief ? "" : field.help || range(field);
  const element = el(
    "div",
    { class: `field field-${isLong(field) ? "long" : field.type}`, "data-loc": loc },
    el("label", { for: id }, asLabel(field.label)),
    control,
    help && el("p", { class: "help", id: `${id}h` }, help),
    el("p", { class: "error", id: `${id}e`, hidden: true }),
  );

  control.addEventListener(field.type === "menu" || field.type === "yes" ? "change" : "input", () => {
    const { value, error } = read(field, control);
    showError(element, error ?? null);
    if (error === undefined) change(value);
  });

  return {
    element,
    update: (/** @type {unknown} */ value) => write(field, control, value),
    /** @param {readonly unknown[]} options */
    offer(options) {
      if (!(control instanceof HTMLSelectElement)) return;
      for (const [i, option] of [...control.options].entries()) {
        const value = field.options[i];
        option.hidden = option.disabled = value !== null && !options.includes(value);
      }
    },
  };
}

/**
 * Does a field take so much text that it needs a line of its own?
 * @param {Field} field
 */
function isLong({ type, length }) {
  return type === "options" || (type === "text" && length > LONG && Number.isFinite(length));
}

/**
 * @param {Field} field
 * @param {string} id
 * @returns {HTMLInputElement | HTMLSelectElement}
 */
function createControl(field, id) {
  const described = { id, name: field.name, "aria-describedby": `${id}h ${id}e` };
  if (field.type === "menu") {
    const options = field.options.map((option) => el("option", { value: String(option) }, nameOf(field, option)));
    return el("select", described, ...options);
  }
  if (field.type === "yes") return el("input", { ...described, type: "checkbox" });
  const numeric = field.type === "number" || field.type === "whole";
  const hints = { inputmode: numeric ? "decimal" : "text", placeholder: field.nullable ? nameOf(field, null) : null };
  return el("input", { ...described, ...hints, type: "text", autocomplete: "off", spellcheck: "false" });
}

/**
 * @param {Field} field
 * @param {unknown} option
 */
function nameOf({ name }, option) {
  const named = training.options[name]?.[String(option)];
  return named ?? (option === null ? words.none : String(option).replaceAll("_", " "));
}

/**
 * @param {Field} field
 * @param {HTMLInputElement | HTMLSelectElement} control
 * @returns {{value?: unknown, error?: string | undefined}}
 */
function read(field, control) {
  if (control instanceof HTMLSelectElement) {
    return { value: field.options.find((option) => String(option) === control.value) };
  }
  return field.type === "yes" ? { value: control.checked } : parse(field, control.value);
}

/**
 * Show a value, but never under the hands of someone who is typing.
 *
 * @param {Field} field
 * @param {HTMLInputElement | HTMLSelectElement} control
 * @param {unknown} value
 */
function write(field, control, value) {
  if (field.type === "yes" && control instanceof HTMLInputElement) control.checked = value === true;
  else if (control instanceof HTMLSelectElement) control.value = String(value);
  else if (control !== document.activeElement) control.value = textOf(value);
}

/**
 * Say what is wrong with a field, or that nothing is.
 *
 * @param {Element} element The field, from createField or with the same classes inside.
 * @param {string | null} message
 */
export function showError(element, message) {
  const place = element.querySelector(":scope > .error");
  const control = element.querySelector("input, select, textarea");
  if (!(place instanceof HTMLElement) || !control) return;
  place.hidden = !message;
  place.textContent = message ? `${message.charAt(0).toUpperCase()}${message.slice(1)}` : "";
  if (message) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}

/**
 * Put the server's messages below the fields they are about.
 *
 * @param {ParentNode} root
 * @param {ServerProblem | null} problem
 * @param {unknown} spec What was sent.
 * @returns {string[]} Messages that belong to no field on the page.
 */
export function showProblem(root, problem, spec) {
  const messages = new Map((problem?.errors ?? []).map(({ loc, msg }) => [fieldOf(loc, spec), msg]));
  for (const element of root.querySelectorAll("[data-loc]")) {
    const loc = element.getAttribute("data-loc") ?? "";
    if (messages.has(loc)) {
      showError(element, messages.get(loc) ?? null);
      element.closest("details")?.setAttribute("open", "");
    } else if (element.hasAttribute("data-refused")) showError(element, null);
    element.toggleAttribute("data-refused", messages.delete(loc));
  }
  if (problem && !problem.errors?.length) return [problem.detail || problem.title];
  return [...messages.values()];
}
