"""Who may do what: every route with who may ask for it. What is not listed here, only who runs the server may do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.routing import compile_path
from starlette.types import Scope

from slalom.errors import NotFound, Refused, SettingsError
from slalom.languages import languages
from slalom.settings import PREFIX
from slalom.storage.store import Store
from slalom.web.static.files import ROOM_PAGES, VIEWS, frontend

from .visitors import RANKS, Role, Visitor, visitor_of


class AccessRule(NamedTuple):
    """Who may use a route."""

    role: Role
    """Who has at least this role."""
    thing: str = ""
    """Of what the path has the id, ``experiment`` or ``dataset``: it must be the visitor's own, or shared."""
    change: bool = False
    """Whether it must be the visitor's own."""


EVERYBODY, GUEST = AccessRule("stranger"), AccessRule("guest")
MEMBER, TEACHER = AccessRule("student"), AccessRule("teacher")
READER, OWNER = AccessRule("guest", "experiment"), AccessRule("guest", "experiment", change=True)
DATA_READER, DATA_OWNER = AccessRule("guest", "dataset"), AccessRule("guest", "dataset", change=True)

ONE, FILE = "/api/experiments/{id}", "/api/datasets/{id}"
SOCKET = "WEBSOCKET"
"""What stands in the place of a method."""
PAGE_FILES = ("css", "ico", "js", "map", "png", "svg", "woff2")
"""Files of the pages, which are the same for everybody and tell nothing of what is kept here."""

TABLE: dict[tuple[str, str], AccessRule] = {
    # The server, and what pages are made of
    ("GET", "/healthz"): EVERYBODY,
    ("GET", "/metrics"): MEMBER,
    ("GET", "/api/status"): TEACHER,
    ("GET", "/api/limits"): GUEST,
    ("GET", "/api/catalogue"): GUEST,
    ("GET", "/api/qr"): GUEST,
    ("GET", "/docs"): GUEST,
    ("GET", "/openapi.json"): GUEST,
    ("GET", "/asyncapi.json"): GUEST,
    # The room
    ("GET", "/api/room"): EVERYBODY,
    ("POST", "/api/room/join"): EVERYBODY,
    ("POST", "/api/room/teacher"): EVERYBODY,
    ("POST", "/api/room/code"): TEACHER,
    ("PATCH", "/api/room"): TEACHER,
    ("POST", "/api/room/end"): TEACHER,
    ("POST", "/api/room/again"): TEACHER,
    (SOCKET, "/api/room/live"): MEMBER,
    ("PUT", "/api/room/nickname"): MEMBER,
    ("POST", "/api/room/polls"): TEACHER,
    ("GET", "/api/room/polls/{id}"): MEMBER,
    ("PATCH", "/api/room/polls/{id}"): TEACHER,
    ("DELETE", "/api/room/polls/{id}"): TEACHER,
    ("PUT", "/api/room/polls/{id}/vote"): MEMBER,
    ("GET", "/api/room/polls/{id}/results.csv"): TEACHER,
    ("POST", "/api/room/offers"): MEMBER,
    ("GET", "/api/room/offers"): TEACHER,
    ("POST", "/api/room/offers/{id}/present"): TEACHER,
    ("DELETE", "/api/room/offers/{id}"): MEMBER,
    ("POST", "/api/room/challenges"): TEACHER,
    ("GET", "/api/room/challenges"): MEMBER,
    ("GET", "/api/room/challenges/{id}"): MEMBER,
    ("POST", "/api/room/challenges/{id}/submissions"): MEMBER,
    ("PATCH", "/api/room/challenges/{id}/submissions/{sid}"): TEACHER,
    ("GET", "/embed"): EVERYBODY,
    ("POST", "/api/embed"): MEMBER,
    # Computed at once, nothing stored
    ("POST", "/api/simulate"): GUEST,
    ("POST", "/api/simulate/steps"): GUEST,
    ("POST", "/api/script"): GUEST,
    ("POST", "/api/landscape"): GUEST,
    (SOCKET, "/api/preview"): GUEST,
    # Lessons
    ("GET", "/api/lessons"): GUEST,
    ("GET", "/api/lessons/{slug}"): GUEST,
    ("GET", "/api/lessons/{slug}/values"): GUEST,
    ("POST", "/api/lessons/{slug}/quiz/{n}"): GUEST,
    ("POST", "/api/lessons/draft"): GUEST,
    ("GET", "/api/glossary"): GUEST,
    # Experiments and data sets: everybody makes their own
    ("POST", "/api/experiments"): GUEST,
    ("POST", "/api/experiments/compare"): GUEST,
    ("POST", "/api/experiments/import"): GUEST,
    ("POST", "/api/experiments/recorded"): GUEST,
    ("GET", "/api/experiments"): GUEST,
    **{("GET", f"{ONE}{part}"): READER for part in ("", "/trace", "/map", "/cell", "/range", "/findings", "/sweep")},
    **{("GET", f"{ONE}/{part}"): READER for part in ("detail", "script", "parameters", "thumbnail", "views/{kind}")},
    (SOCKET, f"{ONE}/stream"): READER,
    ("POST", f"{ONE}/fork"): READER,
    ("PATCH", ONE): OWNER,
    ("DELETE", ONE): OWNER,
    **{("POST", f"{ONE}/{change}"): OWNER for change in ("cancel", "pause", "resume", "restore")},
    **{("POST", f"{ONE}/{part}"): OWNER for part in ("frames", "beat", "end")},
    ("POST", "/api/datasets"): GUEST,
    ("GET", "/api/datasets"): GUEST,
    ("GET", FILE): DATA_READER,
    ("POST", f"{FILE}/readings"): DATA_READER,
    ("PATCH", FILE): DATA_OWNER,
    ("DELETE", FILE): DATA_OWNER,
    # Pages
    ("GET", "/join"): EVERYBODY,
    ("GET", "/teach"): EVERYBODY,
    **{("GET", f"/{{file:path}}.{part}"): EVERYBODY for part in PAGE_FILES},
    ("GET", "/status"): TEACHER,
    ("GET", "/lessons/{slug}"): GUEST,
    ("GET", "/{page}"): GUEST,
    ("GET", "/"): GUEST,
}


def check_base_path(path: str) -> None:
    """Raise SettingsError where the path of a proxy begins as Slalom's own do: what it leaves could mean two things."""
    routes = {own.split("/")[1].partition("{")[0] for _, own in TABLE}
    files = {one.name.removesuffix(".html") for one in frontend().iterdir()}
    pages = {"bundle", *VIEWS, *ROOM_PAGES, *languages()}
    first = path[1:].partition("/")[0]
    if first and first in routes | files | pages:
        raise SettingsError(
            f"Slalom cannot be below {path}: its own addresses begin with /{first}, too. Choose another path for "
            f"{PREFIX}ROOT_PATH or {PREFIX}PUBLIC_URL, and in the proxy."
        )


@lru_cache(1024)
def rule_of(method: str, path: str) -> AccessRule | None:
    """Return who may use the route that answers a path: the first that fits, None where there is none."""
    method = "GET" if method == "HEAD" else method
    found = (rule for known, pattern, rule in _COMPILED if known == method and pattern.match(path))
    return next(found, None)


def _compiled(table: Iterable[tuple[tuple[str, str], AccessRule]]) -> list[tuple[str, re.Pattern[str], AccessRule]]:
    return [(method, compile_path(path)[0], rule) for (method, path), rule in table]


_COMPILED = _compiled(TABLE.items())


async def check_access(store: Store, scope: Scope) -> None:
    """Raise Refused where a visitor may not use a route, NotFound where there is no such thing for them."""
    visitor = visitor_of(scope)
    if visitor.runs_it:
        return
    rule = rule_of(scope["method"] if scope["type"] == "http" else SOCKET, scope["path"])
    if rule is None or RANKS[visitor.role] < RANKS[rule.role]:
        raise Refused(REASONS[visitor.role])
    if rule.thing:
        id = scope["path"].split("/")[3]
        await run_in_threadpool(check_thing, store, visitor, rule.thing, id, change=rule.change)


REASONS: dict[Role, str] = {
    "stranger": "This is for members of the room. Join it with its code at /join.",
    "guest": "This is not for guests. Ask whose server this is to let you in.",
    "student": "This is the teacher's to do.",
}


def check_thing(store: Store, visitor: Visitor, thing: str, id: str, *, change: bool = False) -> None:
    """Raise NotFound where a visitor sees no ``experiment`` or ``dataset`` of that id, Refused where it is another's.

    Only what is to change must be the visitor's own; what is shared everybody may read.
    """
    if visitor.runs_it:
        return
    holder = (store.experiments if thing == "experiment" else store.datasets).holder(id)
    if holder is None or not (holder.shared or holder.client == visitor.id):
        raise NotFound(thing, id)
    if change and holder.client != visitor.id:
        raise Refused(f"This {thing} is another's. What is shared can be read; make one of your own to change it.")
