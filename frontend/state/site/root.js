/**
 * Where Slalom is on its server, and every address in it: a proxy may have it below any path, such as /user/ann/proxy/8000/, of
 * which the server need not know. What is in Slalom is named by its path without the first slash.
 */

/** What the server has written into the page. @type {DOMStringMap | undefined} */
const said = globalThis.document?.documentElement?.dataset;

/** The path of Slalom's root, which ends with a slash. */
const ROOT = rootOf(globalThis.location?.href ?? "", said?.root);

/**
 * The path of Slalom's root, given the address of one of its pages.
 *
 * @param {string} href
 * @param {string} [up] The way up from that page, as the server has written it where there is one.
 */
function rootOf(href, up = "./") {
  return /^https?:/.test(href) ? new URL(up, href).pathname : "/";
}

/** The address of something in Slalom; of the workbench where nothing is named. @param {string} [path] */
export const hrefOf = (path = "") => ROOT + path;

/** What an address names in Slalom. @param {string} pathname */
export const pathIn = (pathname) => (pathname.startsWith(ROOT) ? pathname.slice(ROOT.length) : pathname);

/**
 * An address in Slalom as it is given away: whole, and where the server has a public address, below that.
 *
 * @param {string} address
 * @param {string} [below] The public address, which ends with a slash.
 */
export function publicHref(address, below = said?.public) {
  const { href, pathname, search, hash } = new URL(address, location.href);
  return below ? `${below}${pathIn(pathname)}${search}${hash}` : href;
}
