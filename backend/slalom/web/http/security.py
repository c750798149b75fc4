"""Who may come in: Host, Origin, token, role and size are decided before anything else sees a request.

A web page anywhere can make a browser send requests to a server on this machine. Two headers that no page can change
give it away: ``Host`` names whom the browser thinks it talks to (against DNS rebinding), ``Origin`` and
``Sec-Fetch-Site`` name the page that asks (against cross-site requests and WebSockets).
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slalom.addresses import USUAL_PORT, origin_of
from slalom.errors import NotFound, Refused, SlalomError
from slalom.lan import UNSPECIFIED
from slalom.logs import caller
from slalom.settings import PREFIX, Settings, refuse, variable_of
from slalom.web.static.files import LESSON, PAGE, slash_script, small_page
from slalom.web.static.relative import root_of
from slalom.web.static.slash import asks_for_slash, led_to

from .access import check_access
from .dependencies import Server
from .headers import SAFE, bearers_of, client_of, values_of
from .problem_details import reason, refusal
from .visitors import VISIT_SECONDS, VISITOR_COOKIE, Visitor, cookie_header, note_wrong_secret, visitor_of

OPEN_PATHS = {"/healthz", "/embed"}
"""What anybody who reaches the server may read: that it is up, and what a signed link leads to."""
FILES = {"/api/datasets": "dataset_bytes", "/api/experiments/import": "import_bytes"}
"""Where files of data are sent to."""
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_-]+(\.[a-z0-9_-]+)*)(:(?P<port>[0-9]{1,5}))?", re.ASCII)
OWNER_LETTERS = 12
"""Letters of a visitor's id that a log has: enough to tell one from another."""
CROSS_ORIGIN: dict[str, Any] = {
    "allow_methods": ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
    "allow_headers": ("Authorization", "Content-Type", "If-None-Match"),
    "allow_credentials": True,
    "expose_headers": ("Content-Disposition", "Content-Language", "ETag", "Location", "Retry-After"),
}
"""What pages of allowed origins may send and read: all that Slalom's own may."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors {}"
)


class Gate:
    """ASGI middleware around the whole application, HTTP and WebSocket alike."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app: ASGIApp = app
        self.settings: Settings = settings
        self.names = {"localhost", "127.0.0.1", "[::1]", *map(_as_host, settings.allowed_hosts)}
        self.names |= set() if settings.host in UNSPECIFIED else {_as_host(settings.host)}
        public = settings.public_url
        self.names |= {_as_host(urlsplit(public).hostname or "")} if public else set()
        self.origins: set[str] = {*settings.allowed_origins, *({origin_of(public)} if public else ())}
        self.token: str | None = settings.token.get_secret_value() if settings.token else None
        self.is_class: bool = settings.mode == "class"
        self.sockets: Counter[str] = Counter()
        self.named: ASGIApp = self._http
        if settings.allowed_origins:
            self.named = CORSMiddleware(self._http, settings.allowed_origins, **CROSS_ORIGIN)
        policy = POLICY.format(settings.frame_ancestors)
        self.headers: list[tuple[bytes, bytes]] = [
            (b"content-security-policy", policy.encode("latin-1")),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] == "http":
            await self._by_name(scope, receive, self._with_headers(send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _by_name(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer who calls the server by one of its names; pages of allowed origins may read whatever the answer is."""
        try:
            self._host(values_of(scope, b"host"))
        except Refused as error:
            await refusal(error)(scope, receive, send)
        else:
            await self.named(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._admit(scope, mutating=scope["method"] not in SAFE)
            response = _to_root(scope) or await self._signing_in(scope, self._counting(receive, "body_bytes"))
        except SlalomError as error:
            response = refusal(error)
        if response is None:
            await self.app(scope, self._counting(receive, _body_limit(scope)), self._welcoming(scope, send))
        else:
            await response(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._admit(scope, mutating=True)
            self._welcome(scope)
            await check_access(_server_of(scope).store, scope)
        except NotFound as error:
            await _closed(*reason(error))(scope, receive, send)
            return
        except SlalomError:
            # Closed before it is accepted, which is HTTP 403; a browser would show no reason anyway.
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        client = visitor_of(scope).id
        self.sockets[client] += 1
        try:
            hearing = self._while_member(scope, receive)
            app = self.app
            if (name := self._exceeded(client)) is not None:
                app = _closed(1013, self._crowded(name))
            await app(scope, hearing, send)
        finally:
            self.sockets -= Counter([client])

    def _admit(self, scope: Scope, mutating: bool) -> None:
        """Raise Refused or LimitExceeded where Host, Origin or sizes do not pass."""
        limits, headers = self.settings, scope["headers"]
        host = self._host(values_of(scope, b"host"))
        if mutating:
            self._same_origin(scope, host)
        refuse(limits, "query_bytes", len(scope.get("query_string", b"")), "The length of the query", status=413)
        size = sum(len(name) + len(value) + 4 for name, value in headers)
        refuse(limits, "header_bytes", size, "The size of the headers", status=413)
        length = values_of(scope, b"content-length")
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

    def _same_origin(self, scope: Scope, host: str) -> None:
        """Raise Refused where a browser says that the page which asks is not ours."""
        scheme: str = scope["scheme"]
        ours = {"ws": "http", "wss": "https"}.get(scheme, scheme)
        expected = {f"{ours}://{host.removesuffix(f':{USUAL_PORT[ours]}')}", *self.origins}
        origins, sites = values_of(scope, b"origin"), values_of(scope, b"sec-fetch-site")
        foreign = len(origins) > 1 or any(origin not in expected for origin in origins)
        allowed = bool(origins) and not foreign and origins[0] in self.settings.allowed_origins
        if foreign or (not allowed and any(site != "same-origin" for site in sites)):
            raise Refused(
                f"Another web page asked for this. Open Slalom itself, or add that page to {PREFIX}ALLOWED_ORIGINS."
            )

    async def _signing_in(self, scope: Scope, receive: Receive) -> Response | None:
        """Return the answer to who may not go on, or brings the token in a form or the address; None for who may."""
        if asks_for_slash(scope) and scope["method"] in SAFE:
            return slash_script()
        given = await _tokens_given(scope, receive) if self.token and not self.is_class else []
        if given:
            visitors = _server_of(scope).visitors
            if not visitors.is_token(scope, given[-1:]):
                note_wrong_secret(client_of(scope))
                return _sign_in(scope)
            response = led_to("/", scope)
            response.raw_headers.append(visitors.token_cookie(scope))
            return response
        try:
            self._welcome(scope)
            await check_access(_server_of(scope).store, scope)
        except Refused:
            if bearers_of(scope) and getattr(scope.get("slalom.visitor"), "role", "stranger") == "stranger":
                note_wrong_secret(client_of(scope))
            if not _is_page(scope):
                raise
            return led_to(_entrance_to(scope), scope) if self.is_class else _sign_in(scope)
        return None

    def _welcome(self, scope: Scope) -> None:
        """Note who makes a request, for those who answer it and for the log."""
        scope["slalom.visitor"] = visitor = self._recognise(scope)
        caller.set({"role": visitor.role, "owner": visitor.id[:OWNER_LETTERS]})

    def _recognise(self, scope: Scope) -> Visitor:
        """Return who makes a request; raises Refused for who neither brings the token nor needs none."""
        server, address = _server_of(scope), client_of(scope)
        if self.settings.mode == "local":
            if server.visitors.has_brought_token(scope):
                return Visitor(address, "owner")
            return self._guest(server, scope)
        known = server.visitors.known(scope)
        if server.room is not None:
            return self._in_room(server, scope, known or address)
        if server.visitors.has_brought_token(scope):
            return Visitor(known or address, "student")
        return self._guest(server, scope)

    def _in_room(self, server: Server, scope: Scope, id: str) -> Visitor:
        if self.token and server.visitors.is_token(scope, bearers_of(scope)):
            return Visitor(_fingerprint(self.token), "teacher")
        role = server.room.role_of(id) if server.room else "stranger"
        if role == "stranger" and not self.settings.auth:
            role = "student"
        if role == "stranger" and server.visitors.is_guest(scope):
            role = "guest"
        return Visitor(id, role)

    def _guest(self, server: Server, scope: Scope) -> Visitor:
        """Return who comes by an embed link, or asks for what everybody may read."""
        id = server.visitors.known(scope) or client_of(scope)
        if server.visitors.is_guest(scope):
            return Visitor(id, "guest")
        if scope["path"] not in OPEN_PATHS:
            raise Refused(_TOKEN_NEEDED)
        return Visitor(id, "stranger")

    def _welcoming(self, scope: Scope, send: Send) -> Send:
        """Return ``send``, which gives a browser its own secret where everybody may open a page."""
        visitors = _server_of(scope).visitors
        everybody = self.settings.mode == "public" or (self.is_class and not self.settings.auth)
        if not everybody or not _is_page(scope) or visitors.known(scope):
            return send
        secret = visitors.new_secret(client_of(scope))
        if secret is None:
            return send
        cookie = cookie_header(self.settings, scope, VISITOR_COOKIE, secret, seconds=VISIT_SECONDS)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), cookie]}
            await send(message)

        return sending

    def _while_member(self, scope: Scope, receive: Receive) -> Receive:
        """Return ``receive``, which hears nothing more of a student whose class has ended."""
        room, visitor = _server_of(scope).room, visitor_of(scope)
        if room is None or visitor.role != "student" or not self.settings.auth:
            return receive

        async def hearing() -> Message:
            message = await receive()
            gone = message["type"] == "websocket.receive" and room.role_of(visitor.id) == "stranger"
            return {"type": "websocket.disconnect", "code": 1008} if gone else message

        return hearing

    def _exceeded(self, client: str) -> str | None:
        """Return the name of the limit that one socket more exceeds, None where there is room for it."""
        for name, count in (("sockets", self.sockets.total()), ("sockets_per_client", self.sockets[client])):
            most = getattr(self.settings, name)
            if most is not None and count > most:
                return name
        return None

    def _crowded(self, name: str) -> str:
        most = getattr(self.settings, name)
        return f"There are {most:,} WebSockets already, as many as {variable_of(name)} allows. Try again later."

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
    wanted = any("text/html" in kinds for kinds in values_of(scope, b"accept"))
    path = scope["path"][1:]
    return not path or (wanted and (PAGE.fullmatch(path) or LESSON.fullmatch(path)) is not None)


async def _tokens_given(scope: Scope, receive: Receive) -> list[str]:
    """Return what somebody brings as the token to the first page: in its address, or in the form that asks for it."""
    if scope["path"] != "/" or scope["method"] not in ("GET", "HEAD", "POST"):
        return []
    if scope["method"] != "POST":
        return parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [])
    form, more = b"", True
    while more:
        message = await receive()
        form += message.get("body", b"")
        more = message.get("more_body", False)
    return parse_qs(form.decode("latin-1")).get("token", [""])


def _sign_in(scope: Scope) -> Response:
    """Return the page that asks for the token."""
    return HTMLResponse(small_page("sign-in", scope), 403, {"Cache-Control": "no-store"})


def _entrance_to(scope: Scope) -> str:
    """Return the path where a newcomer joins the room, who is led on to the page that was asked for."""
    return "/join" if scope["path"] == "/" else f"/join?to={quote(scope['path'])}"


def _to_root(scope: Scope) -> Response | None:
    """Return where somebody is led who has left out the last slash of Slalom's address; None where all is there."""
    if scope["path"] != "":
        return None
    query = scope.get("query_string", b"").decode("latin-1")
    return RedirectResponse(f"{root_of(scope).rpartition('/')[2]}/" + (f"?{query}" if query else ""), 307)


def _body_limit(scope: Scope) -> str:
    """Return the name of the limit on a request's body: files may be larger than anything else."""
    posted = scope["type"] == "http" and scope["method"] == "POST"
    return FILES.get(scope["path"], "body_bytes") if posted else "body_bytes"


def _as_host(name: str) -> str:
    return f"[{name}]" if ":" in name and not name.startswith("[") else name.lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _fingerprint(token: str) -> str:
    return hashlib.sha256(b"slalom cookie " + token.encode()).hexdigest()


def _server_of(scope: Scope) -> Server:
    return scope["app"].state.server


def _closed(code: int, sentence: str) -> ASGIApp:
    """Return what accepts a socket to say why it is closed."""

    async def closing(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": code, "reason": sentence})

    return closing
