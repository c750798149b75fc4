"""Behind a proxy: which path Slalom is below, and what a declared proxy says of who asks."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from slalom.addresses import EVERY_PROXY, as_root_path
from slalom.settings import Settings
from slalom.web.static.relative import ROOT, root_of

from .headers import values_of


class BehindProxies:
    """ASGI middleware around the whole application, after which every path begins at Slalom's own root.

    Whether a proxy takes its path away before it passes a request on, or leaves it, is the same from here on. The path
    of a request that has nothing after it, not even a slash, becomes "".
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings
        proxies = settings.trusted_proxies
        trusted = EVERY_PROXY if EVERY_PROXY in proxies else [*proxies]
        self.believing = ProxyHeadersMiddleware(self._told, trusted_hosts=trusted)  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with what a declared proxy says of it; what others say of themselves is not heard."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        peer = scope["client"][0] if scope.get("client") else None
        scope = {**scope, ROOT: scope.get("root_path") or self.settings.base_path, "root_path": ""}
        if peer in self.believing.trusted_hosts:
            scope[ROOT] = _prefix_of(scope) or scope[ROOT]
            scope["headers"] = _with_host(scope)
        await self.believing(scope, receive, send)  # type: ignore[arg-type]

    async def _told(self, scope: Scope, receive: Receive, send: Send) -> None:
        root, path = root_of(scope), scope["path"]
        below = unquote(root)
        if root and (path == below or path.startswith(f"{below}/")):
            raw: bytes = scope.get("raw_path") or path.encode("utf-8")
            scope["path"] = path[len(below) :]
            scope["raw_path"] = b"/".join([b"", *raw.split(b"/")[root.count("/") + 1 :]])
        await self.app(scope, receive, send)


def address_of(settings: Settings, scope: Scope) -> str:
    """Return the address of Slalom, without a slash at its end: the public one, or else that of a request."""
    if settings.public_url:
        return settings.public_url
    return f"{scope['scheme']}://{values_of(scope, b'host')[0]}{root_of(scope)}"


def is_secure(settings: Settings, scope: Scope) -> bool:
    """Return whether a browser has asked by HTTPS, be it a proxy in front that speaks it."""
    public = urlsplit(settings.public_url)
    return scope["scheme"] in ("https", "wss") or (
        public.scheme == "https" and values_of(scope, b"host") == [public.netloc]
    )


def _prefix_of(scope: Scope) -> str:
    """Return what a declared proxy says that Slalom is below; "" where that is nothing, or no path."""
    given = values_of(scope, b"x-forwarded-prefix")
    try:
        return as_root_path(given[-1].strip()) if given else ""
    except ValueError:
        return ""


def _with_host(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Return a request's headers with the name by which a declared proxy was asked; of several, the nearest's word."""
    given = values_of(scope, b"x-forwarded-host")
    host = given[-1].rpartition(",")[2].strip() if given else ""
    others = [one for one in scope["headers"] if one[0] != b"host"]
    return [*others, (b"host", host.encode("latin-1"))] if host else scope["headers"]
