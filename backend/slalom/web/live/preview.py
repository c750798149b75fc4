"""/api/preview: every spec that arrives is computed at once, and the newest of a connection wins."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, suppress
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from slalom.catalogue.experiments import SPEC
from slalom.errors import SlalomError
from slalom.web.http.dependencies import Server, server_of, to_json
from slalom.web.http.disconnect import asker_of
from slalom.web.http.interactive import Allowed, allowed, last_word
from slalom.web.http.problem_details import explain_error, parse_body

from .socket import MessageReader


class PreviewRequest(BaseModel):
    """A message of the preview: a number that comes back with every answer, and a spec."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: int = Field(ge=0, le=2**53)
    spec: Any


PREVIEW_REQUEST = TypeAdapter(PreviewRequest)


async def preview(socket: WebSocket) -> None:
    """Compute every spec that arrives, and drop the one before it if it is not finished."""
    house = server_of(socket)
    await socket.accept()
    limits = house.settings
    inbox = MessageReader(socket, limits, "preview_message_bytes", "preview_messages_per_second")
    current = Preview(socket, house)
    try:
        async for text in inbox:
            await current.replace(text)
    finally:
        await current.stop()


def _asked(house: Server, text: str) -> tuple[int, Allowed] | dict[str, Any]:
    """Return the number of a message and what it asks for, or a message that says what is wrong with it."""
    request = None
    try:
        asked = parse_body(PREVIEW_REQUEST, text.encode("utf-8", "replace"))
        request = asked.id
        return request, allowed(house, parse_body(SPEC, json.dumps(asked.spec).encode()))
    except SlalomError as error:
        return _complaint(error, request)


def _complaint(error: SlalomError, request: int | None) -> dict[str, Any]:
    return explain_error(error) | {"type": "problem", "request": request}


class Preview:
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
        request, spec = asked
        if await self.stop():
            await self._say({"type": "superseded", "request": self.request})
        self.request = request
        self.house.counts["previews"] += 1
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
        answers = self.house.pool.request("spec", spec.text, request, asker=asker, seconds=spec.seconds)
        try:
            async with aclosing(answers) as messages:
                async for message in messages:
                    if message[:1] == b"F":
                        await self._send({"bytes": message[1:]})
                    else:
                        final = last_word(message)
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
