"""Stored experiments side by side: POST /api/experiments/compare, whose runs are copied and not computed again."""

from __future__ import annotations

import json
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from slalom.catalogue.experiments.base import LONGEST_TITLE
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.recorded import RecordedLoop
from slalom.catalogue.experiments.side_by_side import side_by_side
from slalom.errors import Conflict, SpecError
from slalom.storage.records import ExperimentRecord
from slalom.web.http.access import check_thing
from slalom.web.http.dependencies import (
    JsonBody,
    Server,
    ServerDep,
    VisitorDep,
    json_answer,
    request_schema,
    response_schema,
)
from slalom.web.http.stored import experiment_of, stored
from slalom.web.http.visitors import Visitor

from .experiments import may_be_stored, submit, view

MOST_COMPARED = 32
"""Experiments that are compared at a time."""

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


class Compared(BaseModel):
    """Which experiments are shown side by side."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    experiments: list[str] = Field(min_length=2, max_length=MOST_COMPARED)
    """Their ids, in the order of the runs."""


@router.post(
    "/compare",
    status_code=201,
    response_class=Response,
    openapi_extra=request_schema("Compared", {"experiments": ["0kz3vq5j8d1c", "0kz3vq5j8d1d"]}),
    responses=response_schema("Experiment", "The new experiment.", 201),
)
async def compare_experiments(
    wish: Annotated[Compared, Depends(JsonBody(TypeAdapter(Compared)))], server: ServerDep, visitor: VisitorDep
) -> Response:
    """Show the stored runs of several comparisons as one experiment; nothing is computed.

    They need the same problem, steps, seed, dtype and device, and must have ended. Of equal runs it has the first. Its
    ``source`` says where the numbers are from.
    """
    spec, records = await server.check(_joined, server, visitor, wish.experiments)
    files = [file for record in records if record.source and (file := json.loads(record.source).get("imported"))]
    source = json.dumps({"joined": wish.experiments} | ({"imported": files[0]} if files else {}))
    name = " and ".join(record.name for record in records)[:LONGEST_TITLE]
    record = await run_in_threadpool(submit, server, visitor, spec, name=name, source=source)
    return json_answer(view(record, visitor), 201)


def _joined(
    server: Server, visitor: Visitor, ids: list[str]
) -> tuple[Comparison | RecordedLoop, list[ExperimentRecord]]:
    """Return the spec of several experiments as one; raises where they cannot be compared."""
    if len(set(ids)) < len(ids):
        raise SpecError("An experiment is listed twice. List each one once.", ("experiments",))
    for id in ids:
        check_thing(server.store, visitor, "experiment", experiment_of(id))
    found = [stored(server.store, id) for id in ids]
    for record, _ in found:
        if not record.outcomes:
            raise Conflict(f"The experiment {record.id} is {record.status} and has no outcomes to compare.")
        if record.parent:
            sentence = f"The experiment {record.id} goes on from a step of another one, so it can only be opened alone."
            raise SpecError(sentence, ("experiments",))
    spec = side_by_side([one.spec for one in found]).spec
    if spec.computed:
        may_be_stored(server, visitor, spec)
    return spec, [one.record for one in found]
