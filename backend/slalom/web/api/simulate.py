"""Answers at once, nothing stored: POST /api/simulate and below it; and /api/preview, where the newest request wins."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Annotated, Any, NamedTuple, Unpack

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from slalom.catalogue.admission import check_interactive, fits
from slalom.catalogue.cost import seconds
from slalom.catalogue.experiments import EXPERIMENTS, SPEC, AnyExperiment
from slalom.errors import SlalomError
from slalom.jobs.worker_pool import About
from slalom.web.downloads.traces import assemble, heads, trace_as_json
from slalom.web.http.dependencies import (
    JsonBody,
    Server,
    ServerDep,
    json_answer,
    request_schema,
    response_schema,
    server_of,
    to_json,
)
from slalom.web.http.disconnect import asker_of, while_listening
from slalom.web.http.problem_details import Invalid, explain, parse_body, problem_body
from slalom.web.live.socket import MessageReader
from slalom.wire.frames import Block, decode

EXAMPLE = {
    "problem": {"kind": "parabola"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 1.05}}, {"optimizer": {"kind": "sgd", "lr": 0.1}}],
    "steps": 40,
}

MOST_UPDATES = 64
"""Updates of one answer that are told in full."""

router = APIRouter(prefix="/api", tags=["simulate"])

Every = Annotated[int, Query(ge=1, le=2**31, description="Keep entries 0, m, 2m, ... of every run.")]
RunNumber = Annotated[int, Query(ge=0, le=2**31, description="Which run, counted as the frames count them.")]
First = Annotated[int, Query(ge=0, le=2**31, description="The entry that the first update leads on from.")]
EveryCount = Annotated[int, Query(ge=1, le=MOST_UPDATES, description="At most so many updates.")]


@router.post(
    "/simulate",
    response_class=Response,
    openapi_extra=request_schema(EXPERIMENTS, EXAMPLE),
    responses=response_schema("Simulation", "Every entry of every run."),
)
async def simulate(
    spec: Annotated[AnyExperiment, Depends(JsonBody(AnyExperiment))],
    request: Request,
    house: ServerDep,
    every: Every = 1,
) -> Response:
    """Compute an experiment and return all of it; nothing is stored. Larger ones belong to POST /api/experiments."""
    allowed = await house.check(_may_be_answered, house, spec, every)
    house.counts["simulations"] += 1
    messages = house.pool.run(allowed.text, asker=asker_of(request), seconds=allowed.seconds)
    blocks, final = await while_listening(request, answered(messages))
    more = {"range_test": final["range_test"]} if "range_test" in final else {}
    pieces = trace_as_json(heads(spec, final["outcomes"]), assemble(spec, blocks, every), more)
    body = await asyncio.to_thread(b"".join, pieces)
    return Response(body, media_type="application/json")


async def answered(messages: AsyncGenerator[bytes, None]) -> tuple[list[Block], dict[str, Any]]:
    """Return all blocks and the last message of what a process answers, or raise what it says went wrong."""
    blocks: list[Block] = []
    final: dict[str, Any] = {}
    async with aclosing(messages):
        async for message in messages:
            if message[:1] == b"F":
                blocks.append(decode(message[1:]))
            else:
                final = _final(message)
    return blocks, final


@router.post(
    "/simulate/steps",
    response_class=Response,
    openapi_extra=request_schema(EXPERIMENTS, EXAMPLE),
    responses=response_schema("Updates", "Some updates of one run."),
)
async def get_updates(
    spec: Annotated[AnyExperiment, Depends(JsonBody(AnyExperiment))],
    request: Request,
    house: ServerDep,
    run: RunNumber = 0,
    first: First = 0,
    count: EveryCount = 1,
) -> Response:
    """Return updates of one run on a surface with all that its rule sees and remembers.

    Every update has the gradient before and after noise and clipping, the rate, what the rule remembers after it, and
    the next point: enough to follow the rule's formula by hand. A run that leaves the finite numbers has fewer.
    """
    allowed = await house.check(_may_be_answered, house, spec)
    wish = {"spec": json.loads(allowed.text), "run": run, "first": first, "count": count}
    messages = house.pool.closely(wish, asker=asker_of(request), seconds=allowed.seconds)
    _, final = await while_listening(request, answered(messages))
    return json_answer({"steps": final["steps"]})


class Allowed(NamedTuple):
    """A spec that may be answered at once, as JSON, and about how long that takes."""

    text: bytes
    seconds: float


def _may_be_answered(house: Server, spec: AnyExperiment, every: int = 1) -> Allowed:
    """Raise where a spec is too large to be answered at once, or does not fit its data."""
    work = check_interactive(spec, house.settings, every)
    work += fits(spec, house.settings, house.store.text_of, interactive=True)
    return Allowed(spec.model_dump_json(by_alias=True).encode(), seconds(work))


async def _messages(house: Server, text: bytes, request: int = 0, **about: Unpack[About]) -> AsyncIterator[bytes]:
    async with aclosing(house.pool.run(text, request, **about)) as messages:
        async for message in messages:
            yield message


def _final(message: bytes) -> dict[str, Any]:
    """Return a worker's last message, or raise what it says went wrong."""
    body = json.loads(message[1:])
    if message[:1] == b"D":
        return body
    detail = body.get("detail", "The simulation was stopped.")
    known = {"status": 503, "title": "Stopped", "detail": detail, "errors": []} | body
    raise Invalid(problem_body(**{key: known[key] for key in ("status", "title", "detail", "errors")}))


async def warm_up_pool(house: Server) -> None:
    """Let a process answer once before the first visitor asks, and note that there is one."""
    with suppress(SlalomError):
        async for _ in _messages(house, json.dumps(EXAMPLE).encode()):
            house.warm = True


async def get_ready_to_look(house: Server, id: str) -> None:
    """Let a process import what views need, once, as soon as there is an experiment to be looked at."""
    if not house.looking:
        house.looking = True
        with suppress(SlalomError):
            async with aclosing(house.pool.view({"id": id, "kind": "inside"})) as messages:
                async for _ in messages:
                    pass


class Ask(BaseModel):
    """A message of the preview: a number that comes back with every answer, and a spec."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: int = Field(ge=0, le=2**53)
    spec: Any


ASK = TypeAdapter(Ask)


async def preview(socket: WebSocket) -> None:
    """Compute every spec that arrives, and drop the one before it if it is not finished."""
    house = server_of(socket)
    await socket.accept()
    limits = house.settings
    inbox = MessageReader(socket, limits, "preview_message_bytes", "preview_messages_per_second")
    current = _Job(socket, house)
    try:
        async for text in inbox:
            await current.replace(text)
    finally:
        await current.stop()


def _asked(house: Server, text: str) -> tuple[int, Allowed] | dict[str, Any]:
    """Return the number of a message and what it asks for, or a message that says what is wrong with it."""
    request = None
    try:
        ask = parse_body(ASK, text.encode("utf-8", "replace"))
        request = ask.id
        return request, _may_be_answered(house, parse_body(SPEC, json.dumps(ask.spec).encode()))
    except SlalomError as error:
        return _complaint(error, request)


def _complaint(error: SlalomError, request: int | None) -> dict[str, Any]:
    return explain(error) | {"type": "problem", "request": request}


class _Job:
    """The request that one connection is being answered at present."""

    def __init__(self, socket: WebSocket, house: Server) -> None:
        self.socket, self.house = socket, house
        self.task: asyncio.Task[None] | None = None
        self.request: int | None = None

    async def replace(self, text: str) -> None:
        """Answer a new message instead of the one before it."""
        asked = await self.house.check(_asked, self.house, text)
        if isinstance(asked, dict):
            await self._say(asked)
            return
        request, allowed = asked
        if await self.stop():
            await self._say({"type": "superseded", "request": self.request})
        self.request = request
        self.house.counts["previews"] += 1
        about: About = {"asker": asker_of(self.socket), "seconds": allowed.seconds}
        self.task = asyncio.create_task(self._answer(allowed.text, request, about))

    async def stop(self) -> bool:
        """Stop what is computed, and return whether there was something to stop."""
        if self.task is None or self.task.done():
            return False
        self.task.cancel()
        await asyncio.wait([self.task])
        return self.task.cancelled()

    async def _answer(self, spec: bytes, request: int, about: About) -> None:
        try:
            async for message in _messages(self.house, spec, request, **about):
                if message[:1] == b"F":
                    await self._send({"bytes": message[1:]})
                else:
                    final = _final(message)
                    told = {"outcomes": final["outcomes"], "events": final["events"]}
                    await self._say({"type": "done", "request": request, **told})
        except SlalomError as error:
            await self._say(_complaint(error, request))

    async def _say(self, body: dict[str, Any]) -> None:
        await self._send({"text": to_json(body).decode()})

    async def _send(self, data: dict[str, Any]) -> None:
        if self.socket.application_state == WebSocketState.CONNECTED:
            # Whoever has left is told nothing; that they have, the inbox hears.
            with suppress(WebSocketDisconnect):
                await self.socket.send({"type": "websocket.send", **data})
