"""/api/room/live: the stage to everybody in the room, and from the teacher what becomes of it."""

from __future__ import annotations

import asyncio
import json

from starlette.websockets import WebSocket

from slalom.errors import NotFound, Refused, SlalomError
from slalom.room.stage import ROOM_MESSAGE, AckMessage
from slalom.web.http.dependencies import server_of
from slalom.web.http.problem_details import explain_error, parse_body
from slalom.web.http.visitors import visitor_of
from slalom.web.live.socket import MessageReader
from slalom.wire.container import to_json

from .seat import Seat
from .stage import Stage


async def live(socket: WebSocket) -> None:
    """Send the stage and what is new of the room, and take what is said, until the socket is closed."""
    server = server_of(socket)
    await socket.accept()
    stage = stage_of(server.stage)
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


def stage_of(stage: Stage | None) -> Stage:
    """Return the stage of a server; raises NotFound where it has no room."""
    if stage is None:
        raise NotFound("room", "", "There is no room here. Start one with slalom serve --class.")
    return stage


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
