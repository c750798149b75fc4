"""What a kind of experiment finds besides outcomes: GET /api/experiments/{id}/findings, made by its worker."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from slalom.catalogue.experiments import AnyStored
from slalom.catalogue.experiments.range_test import RangeTest
from slalom.errors import Conflict, NotFound
from slalom.storage.records import ExperimentRecord
from slalom.storage.tables import TERMINAL
from slalom.web.http.dependencies import REFUSALS, Server, ServerDep, response_schema
from slalom.web.http.stored import ExperimentId, StoredExperiment, lacks, stored

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


@router.get("/{id}/range", response_class=Response, responses=response_schema("RangeFindings", "What was found."))
def get_range_findings(id: ExperimentId, server: ServerDep) -> Response:
    """Return what a range test found: every rule's rate, verified, the band, where it blew up, and a rate to use."""
    return _findings(server, stored(server.store, id, RangeTest.findings))


@router.get("/{id}/findings", response_class=Response, responses=REFUSALS)
def get_findings(id: ExperimentId, server: ServerDep) -> Response:
    """Return what an experiment found besides its outcomes, as the end of its simulation says it."""
    return _findings(server, stored(server.store, id))


def _findings(server: Server, experiment: StoredExperiment) -> Response:
    record, spec = experiment
    if spec.findings is None:
        raise NotFound("findings", record.id, lacks(spec, record.id, "findings"))
    kept = server.store.artifacts.last(record.id, spec.findings)
    if kept is None:
        raise Conflict(_why(record, spec))
    return Response(kept[1], media_type="application/json")


def _why(record: ExperimentRecord, spec: AnyStored) -> str:
    far = f"{record.steps_done:,} of {spec.steps:,} updates"
    if record.status in TERMINAL:
        return f"The {spec.noun} {record.id} was {record.status} after {far}, so it found nothing. Start another one."
    return (
        f"The {spec.noun} {record.id} is {record.status}: {far} are done. "
        f"Wait for its end with GET /api/experiments/{record.id}?wait=30, and ask again."
    )
