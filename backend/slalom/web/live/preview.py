"""/api/preview: every spec that arrives is computed at once, and the newest of a connection wins."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import aclosing, suppress
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from slalom.catalogue.experiments import SPEC, AnyExperiment
from slalom.errors import Busy, SlalomError
from slalom.jobs.shared_answers import WAITING
from slalom.web.http.dependencies import Server, server_of
from slalom.web.http.disconnect import asker_of
from slalom.web.http.interactive import Allowed, allowed, last_word
from slalom.web.http.problem_details import explain_error, parse_body
from slalom.web.http.visitors import Visitor, visitor_of
from slalom.wire.container import to_json
from slalom.wire.envelope import FRAME

from .socket import MessageReader


class PreviewRequest(BaseModel):
    """A message of the preview: a number that comes back with every answer, and a spec."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    id: int = Field(ge=0, le=2**53, strict=True)
    """A number of the sender's own: the answers carry it as ``request``."""
    spec: AnyExperiment


class UncheckedRequest(PreviewRequest):
    """A message of the preview whose spec may be wrong."""

    spec: Any


AFTER_REFUSAL = 0.5
"""Seconds in which nothing more is read of a connection whose request had no place in line."""

PREVIEW_REQUEST, UNCHECKED_REQUEST = TypeAdapter(PreviewRequest), TypeAdapter(UncheckedRequest)


async def preview(socket: WebSocket) -> None:
    """Compute every spec that arrives, and drop the one before it if it is not finished."""
    server = server_of(socket)
    await socket.accept()
    limits = server.settings
    inbox = MessageReader(socket, limits, "preview_message_bytes", "preview_messages_per_second")
    current = Preview(socket, server)
    try:
        async for text in inbox:
            await current.replace(text)
    finally:
        await current.stop()


def _asked(server: Server, visitor: Visitor, text: str) -> tuple[int, Allowed] | dict[str, Any]:
    """Return the number of a message and what it asks for, or a message that says what is wrong with it."""
    data, request = text.encode("utf-8", "replace"), None
    try:
        try:
            asked = PREVIEW_REQUEST.validate_json(data)
        except ValidationError:
            unchecked = parse_body(UNCHECKED_REQUEST, data)
            request = unchecked.id
            spec = parse_body(SPEC, json.dumps(unchecked.spec).encode())
        else:
            request, spec = asked.id, asked.spec
        return request, allowed(server, visitor, spec)
    except SlalomError as error:
        return _complaint(error, request)


def _complaint(error: SlalomError, request: int | None) -> dict[str, Any]:
    return explain_error(error) | {"type": "problem", "request": request}


class Preview:
    """The request that one connection is being answered at present."""

    def __init__(self, socket: WebSocket, server: Server) -> None:
        self.socket: WebSocket = socket
        self.server: Server = server
        self.task: asyncio.Task[None] | None = None
        self.request: int | None = None
        self._again = 0.0
        """When the next message is looked at."""

    async def replace(self, text: str) -> None:
        """Answer a new message instead of the one before it."""
        await asyncio.sleep(max(0.0, self._again - time.monotonic()))
        asked = await self.server.check(_asked, self.server, visitor_of(self.socket.scope), text)
        if isinstance(asked, dict):
            await self._say(asked)
            return
        request, spec = asked
        if await self.stop():
            await self._say({"type": "superseded", "request": self.request})
        self.request = request
        self.server.metrics.previews.inc()
        self.task = asyncio.create_task(self._answer(spec, request))

    async def stop(self) -> bool:
        """Stop what is computed, and return whether there was something to stop."""
        if self.task is None or self.task.done():
            return False
        self.task.cancel()
        await asyncio.wait([self.task])
        return self.task.cancelled()

    async def _answer(self, spec: Allowed, request: int) -> None:
        asker = asker_of(self.socket)
        answers = self.server.pool.request("spec", spec.text, request, asker=asker, seconds=spec.seconds, patient=True)
        try:
            async with aclosing(answers) as messages:
                async for message in messages:
                    if message[:1] == FRAME:
                        await self._send({"bytes": message[1:]})
                    elif message[:1] == WAITING:
                        await self._say({"type": "waiting", "request": request, "place": int(message[1:])})
                    else:
                        final = last_word(message)
                        told = {"outcomes": final["outcomes"], "events": final["events"]}
                        await self._say({"type": "done", "request": request, **told})
        except SlalomError as error:
            if isinstance(error, Busy):
                self._again = time.monotonic() + AFTER_REFUSAL
            await self._say(_complaint(error, request))

    async def _say(self, body: dict[str, Any]) -> None:
        await self._send({"text": to_json(body).decode()})

    async def _send(self, data: dict[str, Any]) -> None:
        if self.socket.application_state == WebSocketState.CONNECTED:
            # Whoever has left is told nothing; that they have, the inbox hears.
            with suppress(WebSocketDisconnect):
                await self.socket.send({"type": "websocket.send", **data})
