/** Numbers and text as a drawing in XML has them. */

/** A number with as many digits as can be seen. @param {number} value */
export function short(value) {
  return Number(value.toFixed(2));
}

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/**
 * Text as XML can carry it: no markup, and none of the characters that XML has no place for.
 * @param {string} text
 */
export function escaped(text) {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go.
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])/g, "")
      .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? "")
  );
}
