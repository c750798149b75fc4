"""The summary of a sweep: what came of every value, and which is best."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Query
from starlette.responses import Response

from slalom.analysis.sweep import summarize
from slalom.catalogue.experiments.comparison import Comparison
from slalom.web.http.dependencies import ServerDep, json_answer, response_schema
from slalom.web.http.stored import ExperimentId, blocks_of, outcomes_of, stored

router = APIRouter(prefix="/api/experiments", tags=["experiments"])

TargetQuery = Annotated[
    float | None,
    Query(allow_inf_nan=False, description="The loss to reach; a sensible one if left out."),
]


@router.get("/{id}/sweep", response_class=Response, responses=response_schema("Sweep", "The summary so far."))
def get_sweep(id: ExperimentId, server: ServerDep, target: TargetQuery = None) -> Response:
    """Return, for every varied value and seed, the final loss, the steps to a target and the outcome so far."""
    record, spec = stored(server.store, id, "sweep")
    summary = summarize(cast(Comparison, spec), lambda: blocks_of(server.store, id), outcomes_of(record), target)
    return json_answer({"id": id, "status": record.status, "steps_done": record.steps_done, **summary})
