"""The last slash of Slalom's address, which some proxies let readers leave out.

What the answer names relative to itself would then be sought one folder above. A server cannot tell whether the slash
is there. A script can: the page asks for it as ``?slash``, which holds in both places.
"""

from __future__ import annotations

import html

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Scope

from .relative import relative_to

SLASH, SLASH_SCRIPT = "slash", "ui/slash.js"
"""As what a page asks for the script, and where that is."""


def may_lack_slash(scope: Scope) -> bool:
    """Return whether the last slash of an address may be missing."""
    return scope["path"] == "/" and any(name == b"x-forwarded-prefix" for name, _ in scope["headers"])


def asks_for_slash(scope: Scope) -> bool:
    """Return whether a page asks for the script."""
    return scope["path"] == "/" and scope.get("query_string") == SLASH.encode()


def mended(page: str) -> str:
    """Return a page that adds the slash to its address."""
    return page.replace("<title>", f"{_script()}\n    <title>", 1)


def led_to(path: str, scope: Scope) -> Response:
    """Return what leads a reader on to a path of Slalom's, from either address."""
    to, headers = relative_to(scope, path), {"Cache-Control": "no-store"}
    if may_lack_slash(scope):
        return HTMLResponse(f"<!doctype html>\n<title>Slalom</title>\n{_script(to)}\n", 200, headers)
    return RedirectResponse(to, 303, headers)


def _script(to: str = "") -> str:
    onward = f' data-to="{html.escape(to)}"' if to else ""
    return f'<script src="?{SLASH}"{onward}></script>'
