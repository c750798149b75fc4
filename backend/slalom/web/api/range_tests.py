"""What a range test found: GET /api/experiments/{id}/range, made by the worker when the climb is over."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from slalom.catalogue.experiments import SPEC
from slalom.catalogue.experiments.range_test import FINDINGS
from slalom.errors import Conflict, NotFound
from slalom.storage.records import ExperimentRecord
from slalom.web.http.dependencies import ServerDep, response_schema
from slalom.web.http.stored import ExperimentId

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


@router.get("/{id}/range", response_class=Response, responses=response_schema("RangeFindings", "What was found."))
def found(id: ExperimentId, house: ServerDep) -> Response:
    """Return what a range test found: every rule's rate, verified, the band, where it blew up, and a rate to use."""
    record = house.store.experiments.get(id)
    if record.kind != "range_test":
        raise NotFound("range test", id, f"The experiment {id} is a {record.kind}, no range test. Ask for its trace.")
    kept = house.store.artifacts.last(id, FINDINGS)
    if kept is None:
        raise Conflict(_why(record))
    return Response(kept[1], media_type="application/json")


def _why(record: ExperimentRecord) -> str:
    steps = SPEC.validate_json(record.spec).steps
    if record.status in ("queued", "running", "paused"):
        return (
            f"The range test {record.id} is {record.status}: {record.steps_done:,} of {steps:,} updates are done. "
            f"Wait for its end with GET /api/experiments/{record.id}?wait=30, and ask again."
        )
    return (
        f"The range test {record.id} was {record.status} after {record.steps_done:,} of {steps:,} updates, "
        "so it found nothing. Start another one."
    )
