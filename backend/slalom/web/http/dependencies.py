"""What the routers share: the parts of a running server, checked JSON in, and JSON out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends
from pydantic import TypeAdapter
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Scope

from slalom.catalogue.datasets.base import Uploads
from slalom.errors import Conflict, SpecError
from slalom.settings import Settings
from slalom.web.telemetry.metrics import ServerMetrics
from slalom.wire.container import to_json

from .problem_details import parse_body
from .room import Room
from .visitors import Role, Visitor, Visitors, visitor_of

if TYPE_CHECKING:
    from slalom.jobs.shared_answers import SharedAnswers
    from slalom.jobs.supervisor import Supervisor
    from slalom.storage.store import Store
    from slalom.web.live.room.stage import Stage
    from slalom.web.live.tail import Tail

_T = TypeVar("_T")

RUNS_WAIT = (
    "Your class is asked what the runs will do, and nothing is run until the teacher reveals the answers. "
    "Predict first."
)

CHECKING = 2
"""Requests that are checked at a time: with more, the thread that serves everybody would seldom get its turn."""
SMALL_BODY = 256
"""Bytes of a quick body: a code or a vote is checked faster than a thread is asked."""


@dataclass
class Server:
    """A running server's parts; the application's lifespan opens and closes them."""

    settings: Settings
    store: Store
    supervisor: Supervisor
    pool: SharedAnswers
    tail: Tail
    stage: Stage | None = None
    """What a class sees together, where there is a room."""
    metrics: ServerMetrics = field(default_factory=ServerMetrics)
    """What happened since the start, for /metrics."""
    warm: bool = False
    """Whether a simulation has been answered: the processes for them are there."""
    looking: bool = False
    """Whether a process has been asked to get ready for views: importing torch takes seconds."""
    checking: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(CHECKING))
    """How many requests may be checked at a time."""

    async def check(self, work: Callable[..., _T], *given: Any) -> _T:
        """Return what ``work`` makes of a request, in a thread: however long it takes, others are served meanwhile."""
        return await to_thread.run_sync(work, *given, limiter=self.checking)

    async def leave_off(self) -> None:
        """Answer whoever waits for something that takes long: the server stops."""
        self.tail.release()
        await self.pool.close()

    lesson_values: dict[str, asyncio.Task[dict[str, Any]]] = field(default_factory=dict)
    """What the runs of a lesson gave, by the lesson's name: whoever asks first lets them be computed."""

    def files_of(self, visitor: Visitor) -> Uploads:
        """Return what finds the data that users brought, as far as a visitor sees them."""
        return partial(self.store.datasets.file, seen_by=visitor.seen_by)

    def check_runs(self, visitor: Visitor) -> None:
        """Raise Conflict where nothing is run for somebody: their class is asked what runs do, and they would tell."""
        if self.stage is not None and self.stage.document.keeps_back and not visitor.runs_it:
            raise Conflict(RUNS_WAIT)

    def keeps_answers(self, visitor: Visitor, lesson: str) -> bool:
        """Whether the answers of a lesson are kept from somebody whose class has not seen its runs."""
        return self.stage is not None and not visitor.runs_it and self.stage.document.keeps_answers(lesson)

    def role_in_room(self, scope: Scope) -> Role | None:
        """Return what somebody is in the room: teacher or student; None for who is in none, and where there is none."""
        role = visitor_of(scope).role
        return role if self.room is not None and role in ("teacher", "student") else None

    def __post_init__(self) -> None:
        self.downloads: CapacityLimiter = CapacityLimiter(self.settings.downloads)
        """Whose turn it is to have a trace or a map made ready, and the next part of it."""
        self.landscapes: CapacityLimiter = CapacityLimiter(self.settings.landscapes)
        self.visitors: Visitors = Visitors(self.settings, self.store.rooms.signing_key)
        self.room: Room | None = Room(self.store.rooms, self.settings) if self.settings.mode == "class" else None
        """The room of a class, which is there in class mode only."""
        self.metrics.watch(self.store, self.supervisor, self.pool, self.tail)


def server_of(connection: HTTPConnection) -> Server:
    """Return the parts of the server that answers a request."""
    return connection.app.state.server


async def _house(connection: HTTPConnection) -> Server:
    # What is not a coroutine is called in a thread: every request would wait for two turns.
    return server_of(connection)


async def _guest_of(connection: HTTPConnection) -> Visitor:
    return visitor_of(connection.scope)


ServerDep = Annotated[Server, Depends(_house)]
VisitorDep = Annotated[Visitor, Depends(_guest_of)]


class JsonBody(Generic[_T]):
    """A dependency that reads a JSON body and checks it; numbers are strict, unknown fields are refused.

    ``quick``: what is short is checked at once. Not so a spec: a formula of a hundred characters takes 0.1 s.
    """

    def __init__(self, adapter: TypeAdapter[_T], *, quick: bool = False) -> None:
        self.adapter, self.quick = adapter, quick

    async def __call__(self, request: Request) -> _T:
        """Return the body as a checked value, or raise what is wrong with it."""
        data = await request.body()  # First: an answer to a body that was not read may be lost on its way.
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise SpecError("The body must be JSON. Send it with the header Content-Type: application/json.")
        if self.quick and len(data) <= SMALL_BODY:
            return parse_body(self.adapter, data)
        return await server_of(request).check(parse_body, self.adapter, data)


def request_schema(
    shape: str, example: Any = None, examples: dict[str, dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Return what the API's description says of a body read by :class:`JsonBody`: its shape, and one or more of such.

    ``examples`` are given by name, each a ``summary`` and a ``value``.
    """
    content: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{shape}"}}
    if example is not None:
        content["example"] = example
    if examples is not None:
        content["examples"] = examples
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def json_answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a value as a JSON answer, which no cache keeps unless its headers say so."""
    return Response(to_json(value), status, {"Cache-Control": "no-store"} | (headers or {}), "application/json")


Responses = dict[int | str, dict[str, Any]]


def _content(media_type: str, names: str) -> dict[str, Any]:
    shapes = [{"$ref": f"#/components/schemas/{name}"} for name in names.split(" | ")]
    return {"content": {media_type: {"schema": shapes[0] if len(shapes) == 1 else {"anyOf": shapes}}}}


REFUSALS: Responses = {
    "4XX": {"description": "The request is refused.", **_content("application/problem+json", "Problem")},
    "5XX": {"description": "Busy, or out of room.", **_content("application/problem+json", "Problem")},
}
"""How every route may refuse."""


def response_schema(names: str, text: str, status: int = 200) -> Responses:
    """Return what the API's description says of a route that answers with a shape, or one of several: ``A | B``."""
    return {status: {"description": text, **_content("application/json", names)}, **REFUSALS}
