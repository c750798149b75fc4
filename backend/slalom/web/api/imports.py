"""Exported traces brought back: POST /api/experiments/import stores the numbers of a file as they are."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from slalom.catalogue.base.choice import Name
from slalom.errors import SlalomError, SpecError
from slalom.storage.records import ExperimentRecord
from slalom.web.downloads.read_back import TraceFile, read_trace
from slalom.web.http.dependencies import Server, ServerDep, VisitorDep, json_answer, response_schema
from slalom.web.http.visitors import Visitor
from slalom.wire.frames import encode

from .experiments import may_be_stored, view

TRACE_TYPES = {
    "application/json": {"type": "object"},
    "application/octet-stream": {"type": "string", "format": "binary"},
}
"""What a file may be sent as."""
TRACE_BODY = {
    "requestBody": {"required": True, "content": {kind: {"schema": shape} for kind, shape in TRACE_TYPES.items()}}
}

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


@router.post(
    "/import",
    status_code=201,
    response_class=Response,
    openapi_extra=TRACE_BODY,
    responses=response_schema("Experiment", "The new experiment, which has ended.", 201),
)
async def import_experiment(
    request: Request,
    server: ServerDep,
    visitor: VisitorDep,
    name: Annotated[Name, Query(description="What the file is called.")] = "",
) -> Response:
    """Store the runs of an exported file (JSON or NPZ, whole) as an experiment; nothing is computed.

    Such a file is what /api/experiments/{id}/trace?spec=true returns, and what the page exports; or what slalom.watch
    has written. The experiment's ``source`` says that its numbers were imported.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    data = await request.body()
    if kind not in TRACE_TYPES:
        raise SpecError(
            f"The body must be an exported trace. Send it with the header Content-Type: {' or '.join(TRACE_TYPES)}."
        )
    trace = await server.check(_read, server, visitor, data)
    return json_answer(view(await run_in_threadpool(_keep, server, trace, name, visitor.id), visitor), 201)


def _read(server: Server, visitor: Visitor, data: bytes) -> TraceFile:
    """Return what a file holds, or raise what does not fit."""
    trace = read_trace(data, server.settings)
    if trace.spec.computed:
        may_be_stored(server, visitor, trace.spec)
    trace.check()
    return trace


def _keep(server: Server, trace: TraceFile, file: str, client: str) -> ExperimentRecord:
    """Store a trace chunk by chunk; where there is no room for all of it, none of it stays."""
    experiments, spec = server.store.experiments, trace.spec
    text = spec.model_dump_json(by_alias=True)
    source = json.dumps({"imported": file or "a file"})
    id = experiments.create(
        kind=spec.kind,
        name=trace.name or spec.title,
        spec=text,
        owner=server.supervisor.owner,
        client=client,
        source=source,
        running=True,
    ).id
    try:
        for seq, block in enumerate(trace.blocks(), 1):
            server.store.chunks.append(id, seq, encode(block, seq), "[]", block.last)
        experiments.finish(id, trace.status, trace.outcomes)
    except SlalomError:
        experiments.delete(id, for_good=True)
        raise
    finally:
        server.tail.nudge()
    return experiments.get(id)
