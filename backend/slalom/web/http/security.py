"""Who may come in: Host, Origin, token and size are decided before anything else sees a request.

A web page anywhere can make a browser send requests to a server on this machine. Two headers that no page can change
give it away: ``Host`` names whom the browser thinks it talks to (against DNS rebinding), ``Origin`` and
``Sec-Fetch-Site`` name the page that asks (against cross-site requests and WebSockets).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections import Counter
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slalom.errors import LimitExceeded, Refused, SlalomError
from slalom.settings import PREFIX, Settings, refuse
from slalom.web.static.files import PAGE

from .problem_details import answer, explain_error, reason

SAFE = {"GET", "HEAD", "OPTIONS"}
"""Methods that change nothing."""
OPEN_PATHS = {"/healthz"}
"""What anybody who reaches the server may read: that it is up."""
FILES = {"/api/datasets": "dataset_bytes", "/api/experiments/import": "import_bytes"}
"""Where files of data are sent to."""
COOKIE = "slalom"
"""Holds a fingerprint of the token, for browsers, which cannot add a header to a page or a WebSocket."""
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_-]+(\.[a-z0-9_-]+)*)(:(?P<port>[0-9]{1,5}))?", re.ASCII)
USUAL_PORT = {"http": "80", "https": "443"}
UNSPECIFIED = {"0.0.0.0", "::"}
"""Addresses that mean every address of this machine."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors {}"
)
SIGN_IN = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Slalom</title>
<form action="/"><p><label>This server asks for its token. <input name="token" type="password" autofocus></label>
<button>Enter</button></p></form></html>"""


class Gate:
    """ASGI middleware around the whole application, HTTP and WebSocket alike."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self.names = {"localhost", "127.0.0.1", "[::1]", *map(_as_host, settings.allowed_hosts)}
        self.names |= set() if settings.host in UNSPECIFIED else {_as_host(settings.host)}
        self.token = settings.token.get_secret_value() if settings.token else None
        self.sockets: Counter[str] = Counter()
        policy = POLICY.format(settings.frame_ancestors)
        self.headers = [
            (b"content-security-policy", policy.encode("latin-1")),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] == "http":
            await self._http(scope, receive, self._with_headers(send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._admit(scope, mutating=scope["method"] not in SAFE)
            response = self._signing_in(scope)
        except SlalomError as error:
            response = answer(explain_error(error))
        if response is None:
            await self.app(scope, self._counting(receive, _body_limit(scope)), send)
        else:
            await response(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._admit(scope, mutating=True)
            if not self._knows(scope):
                raise Refused(_TOKEN_NEEDED)
        except SlalomError:
            # Closed before it is accepted, which is HTTP 403; a browser would show no reason anyway.
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        client = client_of(scope)
        self.sockets[client] += 1
        try:
            await (self.app if self._has_room(client) else _crowded)(scope, receive, send)
        finally:
            self.sockets -= Counter([client])

    def _admit(self, scope: Scope, mutating: bool) -> None:
        """Raise Refused or LimitExceeded where Host, Origin or sizes do not pass."""
        limits, headers = self.settings, scope["headers"]
        host = self._host(_all(headers, b"host"))
        if mutating:
            self._same_origin(scope["scheme"], host, headers)
        refuse(limits, "query_bytes", len(scope.get("query_string", b"")), "The length of the query", status=413)
        size = sum(len(name) + len(value) + 4 for name, value in headers)
        refuse(limits, "header_bytes", size, "The size of the headers", status=413)
        length = _all(headers, b"content-length")
        if length and length[0].isdigit():
            refuse(limits, _body_limit(scope), int(length[0][:19]), "The size of the body", status=413)

    def _host(self, given: list[str]) -> str:
        """Return the one Host that was given, in lower case, or raise Refused."""
        match = HOST.fullmatch(given[0].lower()) if len(given) == 1 else None
        if match is None or not self._is_ours(match["name"]):
            raise Refused(
                "The address in the browser is not one of this server's names. Use localhost or 127.0.0.1, "
                f"or add the name to {PREFIX}ALLOWED_HOSTS."
            )
        return given[0].lower()

    def _is_ours(self, name: str) -> bool:
        # A page cannot make a browser send an address it did not look up: rebinding needs a name.
        return name in self.names or (self.settings.host in UNSPECIFIED and _is_address(name))

    def _same_origin(self, scheme: str, host: str, headers: list[tuple[bytes, bytes]]) -> None:
        """Raise Refused where a browser says that the page which asks is not ours."""
        ours = {"ws": "http", "wss": "https"}.get(scheme, scheme)
        expected = {f"{ours}://{host.removesuffix(':' + USUAL_PORT[ours])}", *self.settings.allowed_origins}
        origins, sites = _all(headers, b"origin"), _all(headers, b"sec-fetch-site")
        foreign = len(origins) > 1 or any(origin not in expected for origin in origins)
        allowed = bool(origins) and not foreign and origins[0] in self.settings.allowed_origins
        if foreign or (not allowed and any(site != "same-origin" for site in sites)):
            raise Refused(
                f"Another web page asked for this. Open Slalom itself, or add that page to {PREFIX}ALLOWED_ORIGINS."
            )

    def _signing_in(self, scope: Scope) -> Response | None:
        """Return the answer to who brings no token, or brings it in the address; None for who may go on."""
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [])
        if self.token and scope["path"] == "/" and scope["method"] in SAFE and given:
            if not _equal(given[-1], self.token):
                return HTMLResponse(SIGN_IN, 403)
            response = RedirectResponse("/", 303)
            response.set_cookie(COOKIE, _fingerprint(self.token), httponly=True, samesite="strict")
            return response
        if scope["path"] in OPEN_PATHS or self._knows(scope):
            return None
        return HTMLResponse(SIGN_IN, 403) if _is_page(scope) else answer(explain_error(Refused(_TOKEN_NEEDED)))

    def _knows(self, scope: Scope) -> bool:
        """Return whether a request brings the token, in a header or (from our own page) as a cookie."""
        if self.token is None:
            return True
        headers = scope["headers"]
        for value in _all(headers, b"authorization"):
            kind, _, secret = value.partition(" ")
            if kind.lower() == "bearer" and _equal(secret.strip(), self.token):
                return True
        safe = scope["type"] == "http" and scope["method"] in SAFE
        from_page = bool(_all(headers, b"origin") or _all(headers, b"sec-fetch-site"))
        return (safe or from_page) and _equal(_cookie(_all(headers, b"cookie")), _fingerprint(self.token))

    def _has_room(self, client: str) -> bool:
        each = self.settings.sockets_per_client
        return self.sockets.total() <= self.settings.sockets and (each is None or self.sockets[client] <= each)

    def _counting(self, receive: Receive, limit: str) -> Receive:
        """Return ``receive``, but raising LimitExceeded where a body grows beyond the limit of that name."""
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            refuse(self.settings, limit, seen, "The size of the body", status=413)
            return message

        return counted

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *self.headers]}
            await send(message)

        return sending


_TOKEN_NEEDED = "This server asks for its token. Send it as Authorization: Bearer <token>, or open /?token=<token>."


def _is_page(scope: Scope) -> bool:
    """Return whether a request is that of somebody who opens a page, and can be asked for the token there."""
    wanted = any("text/html" in kinds for kinds in _all(scope["headers"], b"accept"))
    return scope["path"] == "/" or (wanted and PAGE.fullmatch(scope["path"][1:]) is not None)


def _body_limit(scope: Scope) -> str:
    """Return the name of the limit on a request's body: files may be larger than anything else."""
    posted = scope["type"] == "http" and scope["method"] == "POST"
    return FILES.get(scope["path"], "body_bytes") if posted else "body_bytes"


def client_of(scope: Scope) -> str:
    """Return the address that a request comes from."""
    return scope["client"][0] if scope.get("client") else ""


def _all(headers: list[tuple[bytes, bytes]], name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key == name]


def _as_host(name: str) -> str:
    return f"[{name}]" if ":" in name and not name.startswith("[") else name.lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _cookie(headers: list[str]) -> str:
    try:
        found: Any = SimpleCookie("; ".join(headers)).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _fingerprint(token: str) -> str:
    return hashlib.sha256(b"slalom cookie " + token.encode()).hexdigest()


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


async def _crowded(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    _, sentence = reason(LimitExceeded("Too many are connected. Try again later.", limit=0, value=0, setting=""))
    await send({"type": "websocket.close", "code": 1013, "reason": sentence})
