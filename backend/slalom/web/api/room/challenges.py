"""Challenges: what is submitted is run here, the outcome decides, and a board ranks the best of everybody."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from slalom.catalogue.experiments.comparison import Comparison
from slalom.errors import Conflict
from slalom.room.challenges import PRESETS, Attempt, Challenge
from slalom.room.nicknames import nickname_of, skeleton
from slalom.storage.challenges import ChallengeRecord, Submission
from slalom.web.downloads.simulated import simulated
from slalom.web.http.dependencies import (
    JsonBody,
    Server,
    ServerDep,
    VisitorDep,
    json_answer,
    request_schema,
    response_schema,
)
from slalom.web.http.disconnect import asker_of, while_listening
from slalom.web.http.interactive import allowed
from slalom.web.http.problem_details import parse_body
from slalom.web.http.room import present
from slalom.web.http.visitors import Visitor
from slalom.web.live.room.live import StageDep
from slalom.web.live.room.stage import Stage
from slalom.wire.container import to_json

from .polls import RoomThingId

router = APIRouter(prefix="/api/room", tags=["room"])

ANY_RULE = {"optimizer": {"kind": "sgd"}}
COMPARISON_BODY = TypeAdapter(Comparison)
BOARD: dict[str, Any] = {"response_class": Response, "responses": response_schema("ChallengeBoard", "The challenge.")}


class AttemptWish(BaseModel):
    """What is submitted to a challenge."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    run: Attempt


class Hiding(BaseModel):
    """Whether a submission stays off the board."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    hidden: bool


class NicknameWish(BaseModel):
    """What somebody would be called."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    nickname: str | None
    """2 to 20 letters of one alphabet, digits, spaces and hyphens; null for none."""


@router.put(
    "/nickname",
    response_class=Response,
    openapi_extra=request_schema("NicknameWish", {"nickname": "Ada"}),
    responses=response_schema("Nickname", "The nickname as it is shown."),
)
async def choose_nickname(
    wish: Annotated[NicknameWish, Depends(JsonBody(TypeAdapter(NicknameWish), quick=True))],
    server: ServerDep,
    visitor: VisitorDep,
) -> Response:
    """Choose what one is called on boards and on the stage; nobody may look like another."""
    room = present(server.room)
    name = None if wish.nickname is None else nickname_of(wish.nickname)
    others = [one.nickname for id, one in [*room.members.items()] if id != visitor.id and one.nickname]
    if name is not None and skeleton(name) in map(skeleton, others):
        raise Conflict("Somebody in this room is called that, or nearly that. Choose another nickname.")
    await run_in_threadpool(room.set_nickname, visitor.id, name)
    return json_answer({"nickname": name})


@router.post(
    "/challenges",
    status_code=201,
    response_class=Response,
    openapi_extra=request_schema("Challenge", {"preset": "rosenbrock"}),
    responses=response_schema("ChallengeBoard", "The challenge, which nobody has tried yet.", 201),
)
async def create_challenge(
    asked: Annotated[Challenge, Depends(JsonBody(TypeAdapter(Challenge)))],
    server: ServerDep,
    stage: StageDep,
    visitor: VisitorDep,
) -> Response:
    """Challenge the class, with one's own problem and goal or a preset, and put it on the stage. For the teacher."""
    await server.check(_may_be_run, server, visitor, asked, Attempt.model_validate(ANY_RULE), False)
    text = to_json(asked.model_dump(mode="json", by_alias=True)).decode()
    record = await run_in_threadpool(stage.store.challenges.add, stage.room_id, text)
    await stage.show(challenge=record.id)
    return json_answer(_board(record, [], visitor), 201)


@router.get(
    "/challenges",
    response_class=Response,
    responses=response_schema("ChallengeList", "The challenges of the room, and presets for new ones."),
)
def list_challenges(stage: StageDep, visitor: VisitorDep) -> Response:
    """Return the challenges of the room, newest first and without their boards, and the presets for new ones."""
    records = stage.store.challenges.list(stage.room_id)
    presets = [{"name": name, "title": preset["title"]} for name, preset in PRESETS.items()]
    return json_answer({"items": [_board(record, [], visitor) for record in records], "presets": presets})


@router.get("/challenges/{id}", **BOARD)
def get_challenge(id: RoomThingId, stage: StageDep, visitor: VisitorDep) -> Response:
    """Return a challenge and its board: the best of everybody, the fewest steps first; hidden ones for the teacher."""
    return json_answer(_with_rows(stage, visitor, id))


@router.post(
    "/challenges/{id}/submissions",
    response_class=Response,
    openapi_extra=request_schema("AttemptWish", {"run": {"optimizer": {"kind": "adam", "lr": 0.1}}}),
    responses=response_schema("Attempted", "What the run did."),
)
async def submit_attempt(
    id: RoomThingId,
    wish: Annotated[AttemptWish, Depends(JsonBody(TypeAdapter(AttemptWish)))],
    request: Request,
    server: ServerDep,
    stage: StageDep,
    visitor: VisitorDep,
) -> Response:
    """Submit settings to a challenge: they are run from the problem's own start, and the best of everybody is kept."""
    record = await run_in_threadpool(stage.store.challenges.get, stage.room_id, id)
    asked = Challenge.model_validate_json(record.asked)
    spec, may = await server.check(_may_be_run, server, visitor, asked, wish.run)
    server.metrics.simulations.inc()
    result = await while_listening(request, simulated(server.pool, spec, may, asker_of(request)))
    losses = result["runs"][0]["loss"].tolist()
    steps = asked.reached(losses)
    if steps is not None:
        await run_in_threadpool(stage.store.challenges.submit, id, visitor.id, steps, wish.run.words)
    rows = (await run_in_threadpool(_with_rows, stage, visitor, id))["rows"]
    best = next((row for row in rows if row["mine"]), None)
    lowest = min((loss for loss in losses if loss == loss), default=float("inf"))
    told = {"reached": steps is not None, "steps": steps, "loss": lowest}
    return json_answer(told | {"best": best and best["steps"], "rank": best and best["rank"]})


@router.patch("/challenges/{id}/submissions/{sid}", openapi_extra=request_schema("Hiding", {"hidden": True}), **BOARD)
async def hide_submission(
    id: RoomThingId,
    sid: RoomThingId,
    wish: Annotated[Hiding, Depends(JsonBody(TypeAdapter(Hiding)))],
    stage: StageDep,
    visitor: VisitorDep,
) -> Response:
    """Take a submission off the board, or put it back. For the teacher."""
    await run_in_threadpool(stage.store.challenges.get, stage.room_id, id)
    await run_in_threadpool(stage.store.challenges.hide, id, sid, wish.hidden)
    return json_answer(await run_in_threadpool(_with_rows, stage, visitor, id))


def _may_be_run(server: Server, visitor: Visitor, asked: Challenge, attempt: Attempt, strict: bool = True) -> Any:
    """Return the experiment that decides, and what may be computed of it; raises what is wrong with it."""
    spec = parse_body(COMPARISON_BODY, to_json(asked.body(attempt, strict)))
    return spec, allowed(server, visitor, spec)


def _with_rows(stage: Stage, visitor: Visitor, id: str) -> dict[str, Any]:
    record = stage.store.challenges.get(stage.room_id, id)
    return _board(record, stage.store.challenges.board(id, stage.room_id), visitor)


def _board(record: ChallengeRecord, submissions: list[Submission], visitor: Visitor) -> dict[str, Any]:
    """Return a challenge and its rows; who needed as many steps shares a rank, and who is hidden has none."""
    asked = Challenge.model_validate_json(record.asked).model_dump(mode="json", by_alias=True)
    shown = [one.steps for one in submissions if not one.hidden]
    rows = [
        {
            "id": one.id,
            "rank": None if one.hidden else 1 + shown.index(one.steps),
            "steps": one.steps,
            "optimizer": one.words,
            "nickname": one.nickname,
            "mine": one.visitor == visitor.id,
            "hidden": one.hidden,
        }
        for one in submissions
        if visitor.runs_it or not one.hidden
    ]
    return {"id": record.id, "created": record.created, **asked, "rows": rows}
