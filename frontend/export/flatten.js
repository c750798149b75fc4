/** Many modules as one script, so that a page can be one file: from a file, a browser loads no module. */

const IMPORT = /^import (?:\{([^}]*)\}|\* as (\w+)) from "([^"]+)";$/gm;
const FROM = /^export \{([^}]*)\} from "([^"]+)";$/gm;
const LIST = /^export \{([^}]*)\};$/gm;
const DECLARED = /^export (?=(?:async )?(?:function\*?|class|const) (\w+))/gm;
const COMMENT = /^[ \t]*\/\*\*(?:(?!\*\/)[\s\S])*\*\/[ \t]*\r?\n/gm;

/** @typedef {(name: string) => Promise<string>} Read The source of a module, by its path from the page's folder. */

/**
 * The modules that a module needs, as functions that are called once, each after those that it needs itself.
 *
 * It reads the forms of import and export that the page's own modules have, a statement on lines of its own, and
 * refuses all others.
 *
 * @param {string} entry
 * @param {Read} read
 * @returns {Promise<string>}
 */
export async function flatten(entry, read) {
  const sources = await sourcesFrom(entry, read);
  const order = ordered(entry, sources);
  const numbers = new Map(order.map((name, i) => [name, i]));
  const parts = order.map((name, i) => `const m${i} = (() => {\n${asFunction(name, sources, numbers)}})();\n`);
  return `"use strict";\n${parts.join("")}`;
}

/**
 * @param {string} entry
 * @param {Read} read
 */
async function sourcesFrom(entry, read) {
  /** @type {Map<string, string>} */
  const sources = new Map();
  let wanted = [entry];
  while (wanted.length > 0) {
    const found = await Promise.all(wanted.map(read));
    for (const [i, name] of wanted.entries()) sources.set(name, (found[i] ?? "").replaceAll(COMMENT, ""));
    const needed = wanted.flatMap((name) => neededBy(name, sources.get(name) ?? ""));
    wanted = [...new Set(needed)].filter((name) => !sources.has(name));
  }
  return sources;
}

/**
 * @param {string} name
 * @param {string} source
 */
function neededBy(name, source) {
  return [...source.matchAll(IMPORT), ...source.matchAll(FROM)].map((match) => pathOf(name, match.at(-1) ?? ""));
}

/**
 * The path of an import, from the page's folder.
 *
 * @param {string} name Of the module that imports.
 * @param {string} path
 */
function pathOf(name, path) {
  return new URL(path, new URL(name, "file:///")).pathname.slice(1);
}

/**
 * The modules in an order in which each comes after those it needs.
 *
 * @param {string} entry
 * @param {Map<string, string>} sources
 */
function ordered(entry, sources) {
  /** @type {Set<string>} */
  const done = new Set();
  /** @param {string} name @param {readonly string[]} waiting */
  function visit(name, waiting) {
    if (done.has(name)) return;
    if (waiting.includes(name)) throw new Error(`${[...waiting, name].join(" needs ")}: a circle has no order.`);
    for (const needed of neededBy(name, sources.get(name) ?? "")) visit(needed, [...waiting, name]);
    done.add(name);
  }
  visit(entry, []);
  return [...done];
}

/**
 * @param {string} name
 * @param {Map<string, string>} sources
 * @param {Map<string, number>} numbers
 */
function asFunction(name, sources, numbers) {
  const source = sources.get(name) ?? "";
  const moduleOf = (/** @type {string} */ path) => `m${numbers.get(pathOf(name, path))}`;
  /** @type {string[]} What is given out, as `name: value`. */
  const given = [];
  const body = source
    .replaceAll(FROM, (_, list, path) => {
      given.push(...pairs(list).map(([from, to]) => `${to}: ${moduleOf(path)}.${from}`));
      return "";
    })
    .replaceAll(LIST, (_, list) => {
      given.push(...pairs(list).map(([from, to]) => `${to}: ${from}`));
      return "";
    })
    .replaceAll(IMPORT, (_, list, all, path) => {
      if (all) return `const ${all} = ${moduleOf(path)};`;
      const names = pairs(list).map(([from, to]) => (from === to ? from : `${from}: ${to}`));
      return `const { ${names.join(", ")} } = ${moduleOf(path)};`;
    })
    .replaceAll(DECLARED, (_, declared) => {
      given.push(declared);
      return "";
    });
  const left = /^(?:import|export)\b.*$|\bimport(?:\(|\.meta)/m.exec(body);
  if (left) throw new Error(`${name}: "${left[0]}" is a form of import or export that cannot be put into one file.`);
  return `${body}return { ${given.join(", ")} };\n`;
}

/**
 * The names in braces, each as what it is called inside and outside.
 *
 * @param {string} list
 * @returns {[string, string][]}
 */
function pairs(list) {
  return list
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean)
    .map((one) => {
      const [from = "", to = from] = one.split(/ as /);
      return [from, to];
    });
}

/**
 * A script as it can stand between <script> and </script>: what would end it there is written otherwise.
 * @param {string} script
 */
export function inScript(script) {
  return script.replaceAll(/<\/(?=script)/gi, "<\\/").replaceAll("<!--", "<\\!--");
}
