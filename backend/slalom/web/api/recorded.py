"""Training loops that run elsewhere: the experiment is created, sent frame by frame, and ended by who watches the loop.

It is stored, streamed, compared and exported as one that is computed here. Nobody else's process is waited for: a loop
from which nothing was heard for a while is interrupted.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from slalom.catalogue.base.choice import Name
from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.experiments.recorded import RecordedLoop
from slalom.errors import Conflict, SpecError
from slalom.settings import refuse
from slalom.storage.records import ExperimentRecord
from slalom.web.http.dependencies import (
    REFUSALS,
    JsonBody,
    Server,
    ServerDep,
    VisitorDep,
    json_answer,
    request_schema,
    response_schema,
)
from slalom.web.http.stored import ExperimentId, stored
from slalom.wire.frames import Block, decode, encode

from .experiments import ONE, view

EVENT_FIELDS = {"run", "kind", "step", "sentence", "value"}
MOST_EVENTS = 1000
"""Events of one frame."""
FRAME_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


class NewRecording(BaseModel):
    """A loop that is about to be recorded."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    spec: RecordedLoop
    """Its model, its rule, and what is recorded of it."""
    name: Name = ""
    """What to call it; a title is made of the spec if it is not given."""

    @field_validator("spec")
    @classmethod
    def _is_one_loop(cls, spec: RecordedLoop) -> RecordedLoop:
        if len(spec.runs) > 1:
            raise ValueError(f"A recording is of one loop, and there are {len(spec.runs)} runs. Send each by itself.")
        return spec


class RecordingEnd(BaseModel):
    """How a loop has ended."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    status: Literal["done", "cancelled", "failed", "interrupted"] = "done"
    """Whether it came to its end."""
    outcomes: list[Outcome] | None = Field(None, min_length=1, max_length=1)
    """What came of it."""


@router.post(
    "/recorded",
    status_code=201,
    response_class=Response,
    openapi_extra=request_schema("NewRecording"),
    responses=response_schema("Experiment", "The new experiment, which waits for its frames.", 201),
)
async def create_recording(
    recording: Annotated[NewRecording, Depends(JsonBody(TypeAdapter(NewRecording)))],
    server: ServerDep,
    visitor: VisitorDep,
) -> Response:
    """Create the experiment of a loop that runs elsewhere; send its entries to /api/experiments/{id}/frames."""
    record = await run_in_threadpool(_create, server, recording, visitor.id)
    return json_answer(view(record, visitor), 201)


@router.post("/{id}/frames", status_code=204, response_class=Response, openapi_extra=FRAME_BODY, responses=REFUSALS)
async def append_frame(id: ExperimentId, request: Request, server: ServerDep) -> Response:
    """Append the next frame of a recorded loop: a container as on the wire, whose header may have ``events``.

    ``seq`` counts from 1 without gaps; one that is there already is taken for a repetition.
    """
    await run_in_threadpool(_append, server, id, await request.body())
    return Response(status_code=204)


@router.post("/{id}/beat", status_code=204, response_class=Response, responses=REFUSALS)
def beat_recording(id: ExperimentId, server: ServerDep) -> Response:
    """Say that a recorded loop goes on, where there is nothing to append for a while."""
    _going(server, id)
    _obey(server, id, server.store.experiments.beat(id))
    return Response(status_code=204)


@router.post("/{id}/end", openapi_extra=request_schema("RecordingEnd", {"status": "done"}), **ONE)
async def end_recording(
    id: ExperimentId,
    end: Annotated[RecordingEnd, Depends(JsonBody(TypeAdapter(RecordingEnd)))],
    server: ServerDep,
    visitor: VisitorDep,
) -> Response:
    """End a recorded loop, with what came of it. To end it so once more changes nothing."""
    return json_answer(view(await run_in_threadpool(_end, server, id, end), visitor))


def _create(server: Server, recording: NewRecording, client: str) -> ExperimentRecord:
    spec = recording.spec
    record = server.store.experiments.create(
        kind=spec.kind,
        name=recording.name or spec.title,
        spec=spec.model_dump_json(by_alias=True),
        owner=server.supervisor.owner,
        client=client,
        running=True,
    )
    server.tail.nudge()
    return record


def _recording(server: Server, id: str) -> tuple[ExperimentRecord, RecordedLoop]:
    """Return a loop that is recorded, or was; raises Conflict where it is none."""
    record, spec = stored(server.store, id)
    if not isinstance(spec, RecordedLoop) or record.source is not None:
        raise Conflict(f"The experiment {id} is computed here, and takes no frames from elsewhere.")
    return record, spec


def _going(server: Server, id: str) -> RecordedLoop:
    """Return the spec of a loop that is being recorded; raises Conflict where it has ended, or is none."""
    record, spec = _recording(server, id)
    if record.status not in ("running", "paused"):
        raise Conflict(f"The experiment {id} is {record.status}, and takes nothing more.")
    return spec


def _append(server: Server, id: str, frame: bytes) -> None:
    spec, last = _going(server, id), server.store.chunks.last(id)
    header, block, events = _frame(frame, spec)
    if header["seq"] <= last:
        return
    if header["seq"] != last + 1:
        raise Conflict(f"Frame {header['seq']} of {id} comes before {last + 1}. Send them in order.")
    before = decode(server.store.chunks.read(id, last - 1, 1)[0].payload).last if last else -1
    if block.step != before + 1:
        raise SpecError(f"The frame begins with entry {block.step:,}; the next one is {before + 1:,}.", ("step",))
    numbers = (block.last + 1) * len(block.columns)
    refuse(server.settings, "experiment_numbers", numbers, "The count of numbers to keep")
    payload = encode(block, header["seq"])
    _obey(server, id, server.store.chunks.append(id, header["seq"], payload, json.dumps(events), block.last))
    server.tail.nudge()


def _frame(frame: bytes, spec: RecordedLoop) -> tuple[dict[str, Any], Block, list[Any]]:
    """Return a frame's header, its block and its events; raises SpecError where it is none, or of another spec."""
    try:
        length = int.from_bytes(frame[:4], "little")
        header = json.loads(frame[4 : 4 + length])
        block, events = decode(frame), header.pop("events", [])
        whole = len(frame) == 4 + length + block.data.nbytes and type(header["seq"]) is int and header["seq"] > 0
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise SpecError("The body is no frame. docs/protocol.md says how one is made.") from None
    shape = (block.stride, block.runs, block.columns, block.data.dtype)
    if not whole or type(block.step) is not int or not block.n:
        raise SpecError("The frame's header and its body do not fit together.")
    if shape != (1, (0,), spec.recorded_columns, np.dtype(spec.dtype)):
        raise SpecError(
            f"The frame has other columns than its experiment, or another stride, dtype or run. It needs stride 1, run "
            f"0, {spec.dtype} and the columns {', '.join(spec.recorded_columns)}.",
            ("columns",),
        )
    if not isinstance(events, list) or len(events) > MOST_EVENTS or not all(map(_is_event, events)):
        raise SpecError("events is a list of objects with run, kind, step, sentence and value.", ("events",))
    return header, block, events


def _is_event(one: Any) -> bool:
    if not isinstance(one, dict) or set(one) != EVENT_FIELDS or one["run"] != 0:
        return False
    texts = all(isinstance(one[name], str) and len(one[name]) <= 2000 for name in ("kind", "sentence"))
    return texts and type(one["step"]) is int and isinstance(one["value"], float | int | None)


def _obey(server: Server, id: str, wanted: str) -> None:
    """End what a reader has cancelled; raises Conflict, so that whoever sends it knows."""
    if wanted == "cancel":
        server.store.experiments.finish(id, "cancelled")
        server.tail.nudge()
        raise Conflict(f"The recording of {id} was stopped by somebody who looks at it.")


def _end(server: Server, id: str, end: RecordingEnd) -> ExperimentRecord:
    outcomes = None if end.outcomes is None else json.dumps([one.model_dump(mode="json") for one in end.outcomes])
    record, _ = _recording(server, id)
    if (record.status, record.outcomes) == (end.status, outcomes):
        return record  # Its answer was lost on the way, and it was sent again.
    _going(server, id)
    server.store.experiments.finish(id, end.status, outcomes)
    server.tail.nudge()
    return server.store.experiments.get(id)
