"""Who is in the room: joining with its code, becoming its teacher, and what the teacher decides about newcomers."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from slalom.errors import LimitExceeded
from slalom.lan import lan_address
from slalom.settings import Settings, is_loopback, variable_of
from slalom.web.http.dependencies import (
    JsonBody,
    Server,
    ServerDep,
    VisitorDep,
    json_answer,
    request_schema,
    response_schema,
)
from slalom.web.http.headers import client_of
from slalom.web.http.proxies import address_of
from slalom.web.http.room import Room, present
from slalom.web.http.visitors import VISIT_SECONDS, VISITOR_COOKIE, Role, Visitor, cookie_header

LONGEST_SECRET = 200
"""Characters of a code or a secret that somebody types."""

router = APIRouter(prefix="/api/room", tags=["room"])

ANSWERED: dict[str, Any] = {"response_class": Response, "responses": response_schema("RoomView", "The room.")}


class Joining(BaseModel):
    """What a newcomer types."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    code: str = Field(max_length=LONGEST_SECRET)


class Teaching(BaseModel):
    """What the server printed for the teacher when it started."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    secret: str = Field(max_length=LONGEST_SECRET)


class Opening(BaseModel):
    """Whether newcomers may come in."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    open: bool


@router.get("", **ANSWERED)
async def get_room(request: Request, server: ServerDep, visitor: VisitorDep) -> Response:
    """Return what somebody is here, and what there is to know about the room; its code only for its teacher."""
    return json_answer(_seen(request, server, visitor))


@router.post("/join", openapi_extra=request_schema("Joining", {"code": "K7MPQ2"}), **ANSWERED)
async def join_room(
    wish: Annotated[Joining, Depends(JsonBody(TypeAdapter(Joining), quick=True))],
    request: Request,
    server: ServerDep,
    visitor: VisitorDep,
) -> Response:
    """Come in with the room's code; the answer has a cookie whose secret says from then on who it is.

    Programs may send that secret as ``Authorization: Bearer``. Whoever is in already stays who they are.
    """
    room = present(server.room)
    if visitor.role not in ("student", "teacher"):
        room.check_code(wish.code, client_of(request.scope))
    return await _let_in(request, server, room, "student")


@router.post("/teacher", openapi_extra=request_schema("Teaching", {"secret": "as the server printed it"}), **ANSWERED)
async def become_teacher(
    wish: Annotated[Teaching, Depends(JsonBody(TypeAdapter(Teaching)))], request: Request, server: ServerDep
) -> Response:
    """Become the room's teacher, with the secret that the server printed when it started."""
    room = present(server.room)
    room.check_secret(wish.secret, client_of(request.scope))
    return await _let_in(request, server, room, "teacher")


@router.post("/code", **ANSWERED)
def renew_code(request: Request, server: ServerDep, visitor: VisitorDep) -> Response:
    """Give the room another code; whoever is in it stays. For its teacher."""
    present(server.room).rotate_code()
    return json_answer(_seen(request, server, visitor))


@router.patch("", openapi_extra=request_schema("Opening", {"open": False}), **ANSWERED)
async def update_room(
    wish: Annotated[Opening, Depends(JsonBody(TypeAdapter(Opening)))],
    request: Request,
    server: ServerDep,
    visitor: VisitorDep,
) -> Response:
    """Let newcomers in, or not. For its teacher."""
    await run_in_threadpool(present(server.room).set_open, wish.open)
    return json_answer(_seen(request, server, visitor))


@router.post("/end", **ANSWERED)
def end_class(request: Request, server: ServerDep, visitor: VisitorDep) -> Response:
    """End the class: its students may do nothing more here. For its teacher."""
    present(server.room).end()
    return json_answer(_seen(request, server, visitor))


@router.post("/again", **ANSWERED)
def begin_next_class(request: Request, server: ServerDep, visitor: VisitorDep) -> Response:
    """Begin another class after one has ended, with another code and nobody in it. For its teacher."""
    present(server.room).begin_again(visitor.id)
    return json_answer(_seen(request, server, visitor))


async def _let_in(request: Request, server: Server, room: Room, role: Role) -> Response:
    """Make whoever asks a member, and give them a secret where they have none."""
    scope, visitors = request.scope, server.visitors
    secret = None if visitors.known(scope) else visitors.new_secret(client_of(scope))
    id = visitors.known(scope) if secret is None else visitors.id_of(secret)
    if id is None:
        each = server.settings.visitors_per_address
        message = (
            f"From this address {each:,} came in within the hour. Try again in a few minutes, or from another one."
        )
        variable = variable_of("visitors_per_address")
        raise LimitExceeded(message, limit=each, value=each + 1, setting=variable, status=429)
    await run_in_threadpool(room.let_in, id, role)
    answer = json_answer(_seen(request, server, Visitor(id, room.role_of(id))))
    if secret is not None:
        answer.raw_headers.append(cookie_header(server.settings, scope, VISITOR_COOKIE, secret, seconds=VISIT_SECONDS))
    return answer


def _seen(request: Request, server: Server, visitor: Visitor) -> dict[str, Any]:
    """Return a room as a visitor sees it."""
    room = server.room
    if room is None:
        return {"role": visitor.role, "room": None, "open": False, "ended": False, "members": 0} | _NOTHING
    inside = visitor.role in ("student", "teacher")
    return {
        "role": visitor.role,
        "room": room.record.id,
        "open": room.record.open,
        "ended": room.ended,
        "members": room.students if inside else 0,
        "address": _address(request, server.settings) if inside else None,
        "code": room.record.code if visitor.role == "teacher" else None,
    }


_NOTHING = {"address": None, "code": None}


def _address(request: Request, settings: Settings) -> str:
    """Return where students join: the public address, or the one that the teacher's own browser uses, unless only this
    machine has it."""
    url = urlsplit(address_of(settings, request.scope))
    if is_loopback(url.hostname or ""):
        url = url._replace(netloc=lan_address() + (f":{url.port}" if url.port else ""))
    return f"{url.geturl()}/join"
