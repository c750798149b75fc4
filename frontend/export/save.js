/** Handing a file to the reader: under what name, and by the browser's own saving. */

const LONGEST = 60; // characters of a name
const LATER = 60_000; // ms until the file's memory is given back; the browser has read it by then

/**
 * A file's name from a title: letters and digits of any language, the rest as hyphens.
 *
 * @param {string} title
 * @param {string} extension
 */
export function fileName(title, extension) {
  const words = title
    .normalize("NFC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-+|-+$/g, "");
  const name = [...words].slice(0, LONGEST).join("").replace(/-+$/, "");
  return `slalom-${name || "picture"}.${extension}`;
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  saveFrom(url, name);
  setTimeout(() => URL.revokeObjectURL(url), LATER);
}

/**
 * @param {string} url
 * @param {string} name
 */
export function saveFrom(url, name) {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
