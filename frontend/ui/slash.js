/**
 * Adds the slash at the end of Slalom's own address, which some proxies let readers leave out: without it, what the page names
 * would be sought one folder above. The page asks for this as `?slash`, the one relative address that holds in both places.
 */

if (!location.pathname.endsWith("/")) location.replace(`${location.pathname}/${location.search}${location.hash}`);
