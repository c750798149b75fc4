"""Answers at once, nothing stored: POST /api/simulate and below it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from slalom.catalogue.experiments import SPEC, AnyExperiment
from slalom.errors import SlalomError
from slalom.web.downloads.traces import assemble, heads, trace_as_json
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
from slalom.web.http.interactive import allowed, collected
from slalom.wire.container import to_json
from slalom.wire.frames import decode

from .description import examples

MOST_UPDATES = 64
"""Updates of one answer that are told in full."""

router = APIRouter(prefix="/api", tags=["simulate"])

Every = Annotated[int, Query(ge=1, le=2**31, description="Keep entries 0, m, 2m, ... of every run.")]
RunNumber = Annotated[int, Query(ge=0, le=2**31, description="Which run, counted as the frames count them.")]
First = Annotated[int, Query(ge=0, le=2**31, description="The entry that the first update leads on from.")]
EveryCount = Annotated[int, Query(ge=1, le=MOST_UPDATES, description="At most so many updates.")]


@router.post(
    "/simulate",
    response_class=Response,
    openapi_extra=request_schema("AnyExperiment", examples=examples.SIMULATED_SPECS),
    responses=response_schema("Simulation", "Every entry of every run."),
)
async def simulate(
    spec: Annotated[AnyExperiment, Depends(JsonBody(SPEC))],
    request: Request,
    server: ServerDep,
    visitor: VisitorDep,
    every: Every = 1,
) -> Response:
    """Compute an experiment and return all of it; nothing is stored. Larger ones belong to POST /api/experiments."""
    may = await server.check(allowed, server, visitor, spec, every)
    server.metrics.simulations.inc()
    messages = server.pool.request("spec", may.text, asker=asker_of(request), seconds=may.seconds)
    frames, final = await while_listening(request, collected(messages))
    more = {} if final["findings"] is None else {spec.kind: final["findings"]}
    pieces = trace_as_json(heads(spec, final["outcomes"]), assemble(spec, map(decode, frames), every), more)
    body = await asyncio.to_thread(b"".join, pieces)
    return Response(body, media_type="application/json")


@router.post(
    "/simulate/steps",
    response_class=Response,
    openapi_extra=request_schema("AnyExperiment", examples=examples.SIMULATED_SPECS),
    responses=response_schema("Updates", "Some updates of one run."),
)
async def simulate_steps(
    spec: Annotated[AnyExperiment, Depends(JsonBody(SPEC))],
    request: Request,
    server: ServerDep,
    visitor: VisitorDep,
    run: RunNumber = 0,
    first: First = 0,
    count: EveryCount = 1,
) -> Response:
    """Return updates of one run on a surface with all that its rule sees and remembers.

    Every update has the gradient before and after noise and clipping, the rate, what the rule remembers after it, and
    the next point: enough to follow the rule's formula by hand. A run that leaves the finite numbers has fewer.
    """
    may = await server.check(allowed, server, visitor, spec)
    options = {"run": run, "first": first, "count": count}
    asker = asker_of(request)
    messages = server.pool.request("updates", may.text, options=options, asker=asker, seconds=may.seconds)
    _, final = await while_listening(request, collected(messages))
    return json_answer({"steps": final["steps"]})


async def warm_up_pool(server: Server) -> None:
    """Let a process answer once before the first visitor asks, and note that there is one."""
    with suppress(SlalomError):
        await collected(server.pool.request("spec", to_json(examples.FIRST_SPEC)))
        server.warm = True


async def get_ready_to_look(server: Server, id: str) -> None:
    """Let a process import what views need, once, as soon as there is an experiment to be looked at."""
    if not server.looking:
        server.looking = True
        with suppress(SlalomError):
            await collected(server.pool.request("view", options={"id": id, "kind": "inside"}))
