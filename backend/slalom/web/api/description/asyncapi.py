"""The WebSockets' description, /asyncapi.json: every socket, what it is asked in its address, and every message."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from pydantic import BaseModel

from slalom import __version__
from slalom.room.stage import AckMessage, StageMessage
from slalom.web.http.message_schemas import PREVIEW_MESSAGES, ROOM_MESSAGES, STREAM_MESSAGES
from slalom.web.http.schemas import FrameHeader
from slalom.web.live.preview import PreviewRequest
from slalom.web.live.stream import Ack, StreamQuery

from .shapes import COMPONENTS, SchemaPart, schemas_in, schemas_of, tidy

ASYNCAPI_VERSION = "3.0.0"
"""Of AsyncAPI."""
ABOUT_SOCKETS = (
    "What the server sends and takes on its WebSockets. The requests over HTTP are described at /openapi.json; frames, "
    "and how a socket is refused or closed, in the project's documentation."
)
FRAME_MESSAGE = "Frame"
"""The one message that is binary."""


class Channel(NamedTuple):
    """One socket."""

    name: str
    address: str
    about: str
    said: tuple[type[BaseModel], ...]
    """What the server says in words."""
    heard: tuple[type[BaseModel], ...]
    """What it is told."""
    frames: bool = False
    """Whether it sends frames, too."""
    query: type[BaseModel] | None = None
    """What the address may ask for."""

    @property
    def messages(self) -> tuple[str, ...]:
        """The names of all that goes over it."""
        return (*self.sent, *(model.__name__ for model in self.heard))

    @property
    def sent(self) -> tuple[str, ...]:
        """The names of what the server sends."""
        return (*((FRAME_MESSAGE,) if self.frames else ()), *(model.__name__ for model in self.said))


CHANNELS = (
    Channel(
        "stream",
        "/api/experiments/{id}/stream",
        "An experiment as it happens: a hello, frames and the events in them, and its end.",
        STREAM_MESSAGES,
        (Ack,),
        frames=True,
        query=StreamQuery,
    ),
    Channel(
        "preview",
        "/api/preview",
        "Specs are computed at once, and nothing is stored; the newest message wins.",
        PREVIEW_MESSAGES,
        (PreviewRequest,),
        frames=True,
    ),
    Channel(
        "room",
        "/api/room/live",
        "What a class sees together. What the server sends are states: who reads slowly gets the newest of each.",
        ROOM_MESSAGES,
        (StageMessage, AckMessage),
    ),
)
"""Every WebSocket."""
SOCKET_SECURITY: SchemaPart = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The server's token, or a visitor's secret."},
    "cookie": {"type": "httpApiKey", "in": "cookie", "name": "slalom", "description": "What a browser has."},
    "visitor": {"type": "httpApiKey", "in": "cookie", "name": "slalom_visitor", "description": "That of a class."},
}
"""How somebody says who they are; a server without a token asks nobody."""


def describe_sockets(host: str, *, secure: bool = False, prefix: str = "") -> SchemaPart:
    """Return the AsyncAPI description of a server at a host, below a path where there is one."""
    server: SchemaPart = {"host": host, "protocol": "wss" if secure else "ws", "description": "This server."}
    server |= {"pathname": prefix} if prefix else {}
    server["security"] = [{"$ref": f"#/components/securitySchemes/{name}"} for name in SOCKET_SECURITY]
    return {"asyncapi": ASYNCAPI_VERSION, "info": _info(), "servers": {"slalom": server}} | _described()


def _info() -> SchemaPart:
    return {"title": "Slalom", "version": __version__, "description": ABOUT_SOCKETS, "license": {"name": "MIT"}}


@cache
def _described() -> SchemaPart:
    """Return what is the same for every address."""
    heard = [model for one in CHANNELS for model in (*one.heard, *([one.query] if one.query else []))]
    said = [model for one in CHANNELS for model in one.said]
    shapes = schemas_of(heard, "validation") | schemas_of((*said, FrameHeader), "serialization")
    described = {
        "defaultContentType": "application/json",
        "channels": {one.name: _channel(one, shapes) for one in CHANNELS},
        "operations": {name: operation for one in CHANNELS for name, operation in _operations(one)},
        "components": {"schemas": shapes, "messages": _messages(shapes), "securitySchemes": SOCKET_SECURITY},
    }
    tidy(described)
    for schema in schemas_in(shapes, names=True):
        if "discriminator" in schema:  # Here it is the field alone.
            schema["discriminator"] = schema["discriminator"]["propertyName"]
    return described


def _channel(one: Channel, shapes: dict[str, SchemaPart]) -> SchemaPart:
    found: SchemaPart = {"address": one.address, "description": one.about}
    found["messages"] = {name: {"$ref": f"#/components/messages/{name}"} for name in one.messages}
    if "{id}" in one.address:
        found["parameters"] = {"id": {"description": "The experiment."}}
    if one.query is not None:
        query = {"type": "object", "properties": shapes[one.query.__name__]["properties"]}
        found["bindings"] = {"ws": {"method": "GET", "query": query, "bindingVersion": "0.1.0"}}
    return found


def _operations(one: Channel) -> Iterator[tuple[str, SchemaPart]]:
    """Yield what the server does on a socket: it sends, and it receives."""
    channel = f"#/channels/{one.name}"
    for action, names in (("send", one.sent), ("receive", one.messages[len(one.sent) :])):
        messages = [{"$ref": f"{channel}/messages/{name}"} for name in names]
        yield f"{action}_{one.name}", {"action": action, "channel": {"$ref": channel}, "messages": messages}


def _messages(shapes: dict[str, SchemaPart]) -> dict[str, SchemaPart]:
    binary = {
        "contentType": "application/octet-stream",
        "summary": "Successive entries of some runs, in a container: this header, and numbers.",
        "headers": {"$ref": f"{COMPONENTS}{FrameHeader.__name__}"},
        "payload": {"type": "string", "format": "binary"},
    }
    words = sorted({model for one in CHANNELS for model in (*one.said, *one.heard)}, key=lambda model: model.__name__)
    return {FRAME_MESSAGE: {"name": FRAME_MESSAGE} | binary} | {
        name: {"name": name, "summary": shapes[name]["description"], "payload": {"$ref": f"{COMPONENTS}{name}"}}
        for name in (model.__name__ for model in words)
    }
