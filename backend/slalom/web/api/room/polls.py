"""Polls: the teacher asks, everybody in the room answers once a round, and all see it when it is revealed."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from slalom.room.polls import POINTS, POLL, POLL_MOVES, ROUNDS, AnyPoll, SketchPoll
from slalom.storage.polls import PollRecord
from slalom.web.http.dependencies import (
    REFUSALS,
    JsonBody,
    VisitorDep,
    json_answer,
    request_schema,
    response_schema,
)
from slalom.web.http.stored import disposition
from slalom.web.live.room.live import StageDep
from slalom.web.live.room.polling import as_told, question_of
from slalom.web.live.room.stage import Stage
from slalom.wire.container import to_json

router = APIRouter(prefix="/api/room", tags=["room"])

CSV = "text/csv"
POLL_ANSWER: dict[str, Any] = {"response_class": Response, "responses": response_schema("AskedPoll", "The poll.")}
RESULTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {CSV: {"schema": {"type": "string"}}}, "description": "A row for every different answer."},
    **REFUSALS,
}
RoomThingId = Annotated[str, Path(max_length=40, description="What the server called it.")]
Round = Annotated[int, Field(ge=1, le=ROUNDS)]


class PollMove(BaseModel):
    """What a poll becomes."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    state: Literal["open", "closed", "revealed"]
    round: Round | None = None
    """The round that it is in; the present one if not given."""


class PollVote(BaseModel):
    """An answer to a poll."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    round: Round
    value: int | float | Annotated[list[float], Field(max_length=POINTS)] = Field(union_mode="left_to_right")
    """The number of an option, counted from 0; a number; or the heights of the five points of a curve."""


@router.post(
    "/polls",
    status_code=201,
    response_class=Response,
    openapi_extra=request_schema(
        "AnyPoll", {"kind": "choice", "question": "Which is faster?", "options": ["Adam", "Momentum"]}
    ),
    responses=response_schema("AskedPoll", "The poll, which is open.", 201),
)
async def create_poll(asked: Annotated[AnyPoll, Depends(JsonBody(POLL))], stage: StageDep) -> Response:
    """Ask the class something; the poll is open in its first round, and on the stage. For the teacher."""
    text = to_json(asked.model_dump(mode="json")).decode()
    record = await run_in_threadpool(stage.store.polls.add, stage.room_id, text)
    return json_answer(await _shown(stage, record, new=True), 201)


@router.get("/polls/{id}", **POLL_ANSWER)
def get_poll(id: RoomThingId, stage: StageDep, visitor: VisitorDep) -> Response:
    """Return a poll and one's own vote in its present round; what others answered only where it is revealed."""
    record = stage.store.polls.get(stage.room_id, id)
    mine = stage.store.polls.vote_of(id, record.round, visitor.id)
    told = as_told(stage.store, record, to_teacher=visitor.runs_it)
    return json_answer(told | {"vote": None if mine is None else json.loads(mine)})


@router.patch("/polls/{id}", openapi_extra=request_schema("PollMove", {"state": "closed"}), **POLL_ANSWER)
async def update_poll(
    id: RoomThingId, wish: Annotated[PollMove, Depends(JsonBody(TypeAdapter(PollMove)))], stage: StageDep
) -> Response:
    """Close a poll to votes, open its next round, or reveal what was answered to all. For the teacher.

    ``open`` in round 1, ``closed``, then ``revealed``, or ``open`` in round 2, ``closed``, and ``revealed``; what was
    closed may be opened again.
    """
    room, polls = stage.room_id, stage.store.polls
    round = wish.round or (await run_in_threadpool(polls.get, room, id)).round
    record = await run_in_threadpool(polls.move, room, id, wish.state, round, POLL_MOVES)
    return json_answer(await _shown(stage, record))


@router.delete("/polls/{id}", status_code=204, response_class=Response, responses=REFUSALS)
async def delete_poll(id: RoomThingId, stage: StageDep) -> Response:
    """Take a poll off the stage; what was answered stays. For the teacher."""
    record = await run_in_threadpool(stage.store.polls.get, stage.room_id, id)
    await stage.rewrite(lambda document: {"poll": None} if (document.poll or {}).get("id") == record.id else None)
    return Response(status_code=204)


@router.put(
    "/polls/{id}/vote",
    response_class=Response,
    openapi_extra=request_schema("PollVote", {"round": 1, "value": 0}),
    responses=response_schema("CountedVote", "The vote as it is counted."),
)
async def cast_vote(
    id: RoomThingId,
    wish: Annotated[PollVote, Depends(JsonBody(TypeAdapter(PollVote), quick=True))],
    stage: StageDep,
    visitor: VisitorDep,
) -> Response:
    """Answer a poll; once a round is counted of everybody, the last answer while the round is open."""
    value = await run_in_threadpool(_counted, stage, id, wish, visitor.id)
    stage.poll_answered()
    return json_answer({"round": wish.round, "value": value})


@router.get("/polls/{id}/results.csv", response_class=Response, responses=RESULTS)
def get_poll_results(id: RoomThingId, stage: StageDep) -> Response:
    """Return what was answered as a table: round, value, and how often; nothing says by whom. For the teacher."""
    record = stage.store.polls.get(stage.room_id, id)
    name = {"Content-Disposition": disposition(f"slalom-poll-{id}.csv"), "Cache-Control": "no-store"}
    return Response(_table(stage, record), headers=name, media_type=CSV)


def _counted(stage: Stage, id: str, wish: PollVote, visitor: str) -> Any:
    """Count a vote and return it as it is counted."""
    room, polls = stage.room_id, stage.store.polls
    value = question_of(polls.get(room, id)).checked(wish.value)
    polls.vote(room, id, wish.round, visitor, to_json(value).decode())
    return value


async def _shown(stage: Stage, record: PollRecord, new: bool = False) -> dict[str, Any]:
    """Put a poll on the stage as it is now, a new one in place of another; return it as the teacher is told."""
    told = await run_in_threadpool(as_told, stage.store, record)

    await stage.rewrite(
        lambda document: {"poll": told} if new or (document.poll or {}).get("id") == record.id else None
    )
    stage.poll_answered()
    return await run_in_threadpool(as_told, stage.store, record, to_teacher=True)


def _table(stage: Stage, record: PollRecord) -> str:
    asked, text = question_of(record), io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    values = [f"y{i + 1}" for i in range(len(asked.shape.steps))] if isinstance(asked, SketchPoll) else ["value"]
    rows.writerow(["round", *values, "count"])
    for round in range(1, record.round + 1):
        counts = Counter(stage.store.polls.votes(record.id, round))
        for value, count in sorted(((json.loads(value), count) for value, count in counts.items())):
            rows.writerow([round, *asked.cells(value), count])
    return text.getvalue()
