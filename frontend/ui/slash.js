/**
 * Adds the slash at the end of Slalom's own address, which some proxies let readers leave out: without it, what the page names
 * would be sought one folder above. The page asks for this as `?slash`, the one relative address that holds in both places.
 * A page may say where it leads on to from there: `data-to`.
 */

const to = document.currentScript?.dataset.to;
if (!location.pathname.endsWith("/")) location.replace(`${location.pathname}/${location.search}${location.hash}`);
else if (to) location.replace(to);
