"""Who asks: a random secret that the server gave to a browser or a program, and what its holder may be."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Literal, NamedTuple, Protocol
from urllib.parse import urlsplit

from starlette.types import Scope

from slalom.settings import SECRET_BYTES, Settings, is_loopback
from slalom.web.static.relative import root_of

from .allowance import Allowances, TooManyTries
from .headers import bearers_of, client_of, cookie_of, is_same, values_of
from .proxies import is_secure

TOKEN_COOKIE = "slalom"
"""Says that a browser has brought the token: browsers cannot add a header to a page or a WebSocket."""
VISITOR_COOKIE = "slalom_visitor"
"""Holds the secret of a visitor."""
EMBED_COOKIE = "slalom_embed"
"""Holds the ticket of an embed link."""
VISIT_SECONDS = 180 * 86_400
"""Seconds that a browser keeps its secret: a term."""

WRONG_AT_ONCE, WRONG_PER_HOUR = 30, 3600
"""Wrong tokens that one address may bring: a program with an old one asks often, and a guesser a million times."""

Role = Literal["owner", "teacher", "student", "guest", "stranger"]
"""What somebody is here.

``owner``: whose installation it is, in local mode. ``teacher`` and ``student``: members of a room; everybody in public
mode is a student of no room. ``guest``: came by an embed link. ``stranger``: none of these, and may only ask to join.
"""
RANKS: dict[Role, int] = {"stranger": 0, "guest": 1, "student": 2, "teacher": 3, "owner": 3}
"""Who may do all that another may, and more."""


class Visitor(NamedTuple):
    """Whoever makes a request."""

    id: str
    """Whose things are theirs: a digest of the visitor's secret, or an address where there is none."""
    role: Role

    @property
    def runs_it(self) -> bool:
        """Whether everything here is theirs to see and to change."""
        return RANKS[self.role] >= RANKS["teacher"]

    @property
    def seen_by(self) -> str | None:
        """Whose things, besides those that are shared, are all that they see; None where they see everything."""
        return None if self.runs_it else self.id

    def holds(self, thing: OwnedThing) -> dict[str, bool]:
        """Return what is told of whose something is: whether it is this visitor's own, and whether it is shared."""
        mine = self.role == "owner" or thing.client == self.id
        return {"mine": mine, "shared": bool(thing.shared), "may_change": mine or self.runs_it}


class OwnedThing(Protocol):
    """What belongs to somebody."""

    @property
    def client(self) -> str:
        """Whose it is."""
        ...

    @property
    def shared(self) -> bool:
        """Whether everybody who may come in may read it."""
        ...


def visitor_of(scope: Scope) -> Visitor:
    """Return who makes a request, as the gate has found it out."""
    return scope["slalom.visitor"]


class Visitors:
    """Gives secrets and tickets to browsers and recognises them; nothing of it is stored but the key that signs."""

    def __init__(self, settings: Settings, key: Callable[[], bytes]) -> None:
        self.settings: Settings = settings
        self._load = key
        each = settings.visitors_per_address
        self.newcomers: Allowances = Allowances(each, each)
        """How many new secrets an address may be given in an hour."""
        self.wrong: Allowances = Allowances(WRONG_AT_ONCE, WRONG_PER_HOUR)

    @cached_property
    def _key(self) -> bytes:
        return self._load()

    def new_secret(self, address: str) -> str | None:
        """Return a secret for a newcomer; None where that address had too many lately."""
        if not self.newcomers.of(address).take():
            return None
        secret = secrets.token_urlsafe(SECRET_BYTES)
        return f"{secret}.{self._signature('visitor', secret)}"

    def new_ticket(self, path: str, seconds: float) -> str:
        """Return what lets a guest in for some time, and where it leads."""
        ticket = base64.urlsafe_b64encode(json.dumps({"to": path, "until": int(time.time() + seconds)}).encode())
        text = ticket.decode().rstrip("=")
        return f"{text}.{self._signature('embed', text)}"

    def destination(self, ticket: str) -> tuple[str, float] | None:
        """Return where a ticket leads and how many seconds it lasts; None where it is not ours or has expired."""
        text, _, signature = ticket.partition(".")
        if not text or not is_same(signature, self._signature("embed", text)):
            return None
        about = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        left = about["until"] - time.time()
        return (about["to"], left) if left > 0 else None

    def known(self, scope: Scope) -> str | None:
        """Return the id of who brings a secret that was given here, in a header or as a cookie; None for others."""
        brought = (*bearers_of(scope), cookie_of(scope, VISITOR_COOKIE))
        return next((self.id_of(secret) for secret in brought if self.has_given(secret)), None)

    def has_given(self, secret: str) -> bool:
        """Return whether a secret was given here."""
        text, _, signature = secret.partition(".")
        return bool(signature) and is_same(signature, self._signature("visitor", text))

    def id_of(self, secret: str) -> str:
        """Return the id of whoever has a secret."""
        return hashlib.sha256(secret.partition(".")[0].encode()).hexdigest()

    def is_guest(self, scope: Scope) -> bool:
        """Return whether a browser has a ticket that has not expired."""
        ticket = cookie_of(scope, EMBED_COOKIE)
        return bool(ticket) and self.destination(ticket) is not None

    def has_brought_token(self, scope: Scope) -> bool:
        """Return whether a request brings the token, in a header or (from our own page) as a cookie, or needs none."""
        if self.settings.token is None:
            return True
        cookie = cookie_of(scope, TOKEN_COOKIE)
        return (bool(cookie) and is_same(cookie, self._signed_token)) or self.is_token(scope, bearers_of(scope))

    def is_token(self, scope: Scope, given: Sequence[str]) -> bool:
        """Return whether one of some secrets is the token; raises TooManyTries where an address guesses.

        While it has to wait, the right one is not taken either: it would be found out all the same. Browsers that
        have brought it before are not concerned.
        """
        tried = [secret for secret in given if not self.has_given(secret)]
        if not tried or self.settings.token is None:
            return False
        mine = self.wrong.of(client_of(scope))
        if wait := mine.wait():
            raise TooManyTries(wait)
        if any(is_same(secret, self.settings.token.get_secret_value()) for secret in tried):
            return True
        mine.take()
        return False

    def token_cookie(self, scope: Scope) -> tuple[bytes, bytes]:
        """Return the header that gives a browser its cookie for the token."""
        return cookie_header(self.settings, scope, TOKEN_COOKIE, self._signed_token, site="Strict")

    @cached_property
    def _signed_token(self) -> str:
        token = self.settings.token
        return self._signature("token", token.get_secret_value() if token else "")

    def _signature(self, purpose: str, text: str) -> str:
        digest = hmac.digest(self._key, f"{purpose} {text}".encode("utf-8", "replace"), "sha256")
        return base64.urlsafe_b64encode(digest[:SECRET_BYTES]).decode().rstrip("=")


def cookie_header(
    settings: Settings, scope: Scope, name: str, value: str, *, seconds: float | None = None, site: str = "Lax"
) -> tuple[bytes, bytes]:
    """Return the header that gives a browser a cookie, which no script reads, for the path below which Slalom is; it
    goes with the browser if not after some seconds.

    Within a page that SLALOM_FRAME_ANCESTORS allows, another site's, browsers keep only such that are secure and
    partitioned: kept apart for every site that shows ours.
    """
    local = is_loopback(urlsplit(f"//{values_of(scope, b'host')[0]}").hostname or "")
    secure = is_secure(settings, scope)
    framed = settings.frame_ancestors != "'none'" and (secure or local)
    rules = ["SameSite=None", "Secure", "Partitioned"] if framed else [f"SameSite={site}", *(["Secure"] * secure)]
    lasting = [] if seconds is None else [f"Max-Age={int(seconds)}"]
    parts = [f"{name}={value}", "Path=" + (root_of(scope) or "/"), "HttpOnly", *lasting, *rules]
    return (b"set-cookie", "; ".join(parts).encode("latin-1"))
