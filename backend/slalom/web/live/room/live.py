"""/api/room/live: the stage to everybody in the room, and from the teacher what becomes of it."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from slalom.errors import Refused, SlalomError
from slalom.room.stage import ROOM_MESSAGE, AckMessage
from slalom.web.http.dependencies import server_of
from slalom.web.http.problem_details import explain_error, parse_body
from slalom.web.http.room import present
from slalom.web.http.visitors import visitor_of
from slalom.web.live.socket import MessageReader
from slalom.wire.container import to_json

from .seat import Seat
from .stage import Stage


async def live(socket: WebSocket) -> None:
    """Send the stage and what is new of the room, and take what is said, until the socket is closed."""
    server = server_of(socket)
    await socket.accept()
    stage = await stage_of(socket)
    seat = Seat(socket, visitor_of(socket.scope))
    stage.enter(seat)
    pump = asyncio.create_task(seat.pump())
    try:
        async for text in MessageReader(socket, server.settings, "room_message_bytes", "room_messages_per_second"):
            await _hear(stage, seat, text)
    finally:
        stage.leave(seat)
        pump.cancel()
        await asyncio.wait([pump])


async def stage_of(connection: HTTPConnection) -> Stage:
    """Return the stage of the server's room; raises NotFound where it has none."""
    server = server_of(connection)
    present(server.room)
    assert server.stage is not None  # It is opened with the room.
    return server.stage


StageDep = Annotated[Stage, Depends(stage_of)]
"""What a request for the room is about."""


async def _hear(stage: Stage, seat: Seat, text: str) -> None:
    """Do what a message says, or answer what is wrong with it."""
    try:
        message = parse_body(ROOM_MESSAGE, text.encode("utf-8", "replace"))
        if isinstance(message, AckMessage):
            stage.acknowledged(seat, message.revision, message.following)
        elif seat.leads:
            await stage.change(message.change, message.revision)
        else:
            raise Refused("The stage is the teacher's to change. Explore on your own in your page.")
    except SlalomError as error:
        now = json.loads(stage.document.model_dump_json())
        seat.post("problem", to_json(explain_error(error) | {"type": "problem", "stage": now}).decode())
