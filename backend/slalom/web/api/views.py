"""Pictures of a network while it learns: GET /api/experiments/{id}/views/{kind}, made by the warm processes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from slalom.catalogue.cost import VIEW_SECONDS
from slalom.catalogue.views import VIEW_KINDS
from slalom.errors import NotFound, SpecError
from slalom.web.http.dependencies import REFUSALS, Server, ServerDep
from slalom.web.http.disconnect import asker_of, while_listening
from slalom.web.http.interactive import collected
from slalom.web.http.stored import ExperimentId, only_numbers, stored

MOST_FRAMES = 200
"""Entries in one view."""
LARGEST_STEP = 2**31


router = APIRouter(prefix="/api/experiments", tags=["experiments"])

ViewName = Annotated[
    str,
    Path(description=f"One of: {', '.join(kind.name for kind in VIEW_KINDS)}; or data, which shows most of the data."),
]
ViewRun = Annotated[int, Query(ge=0, le=LARGEST_STEP, description="Which run, counted as the frames count them.")]
After = Annotated[int, Query(ge=-1, le=LARGEST_STEP, description="Only entries beyond this one.")]
FrameCount = Annotated[int, Query(ge=1, le=MOST_FRAMES, description="At most so many entries, the last one included.")]
Parameter = Annotated[int, Query(ge=0, le=LARGEST_STEP, description="The parameter that inside looks at closely.")]
Directions = Annotated[Literal["path", "random"], Query(description="What spans the plane.")]
ViewSeed = Annotated[int, Query(ge=0, le=2**32 - 1, description="Draws the random directions of the plane.")]

BUNDLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "A bundle: a header, and arrays."},
    **REFUSALS,
}


@router.get("/{id}/views/{kind}", response_class=Response, responses=BUNDLE)
async def get_view(
    id: ExperimentId,
    kind: ViewName,
    request: Request,
    server: ServerDep,
    run: ViewRun = 0,
    after: After = -1,
    frames: FrameCount = 60,
    parameter: Parameter = 0,
    directions: Directions = "path",
    seed: ViewSeed = 0,
) -> Response:
    """Return what a network looks like from one side, over the entries at which its parameters were kept so far.

    A bundle: u32 header length (little-endian), JSON header, space padded so that what follows begins on a multiple of
    8 bytes, and arrays, each padded to 8 bytes. ``arrays`` in the header says the name, dtype, shape and offset of
    each; ``steps`` says which entries these are.
    """
    await run_in_threadpool(_check, server, id, kind, run)
    wish = {"id": id, "kind": kind, "run": run, "after": after, "frames": frames}
    wish |= {"parameter": parameter, "directions": directions, "seed": seed}
    messages = server.pool.request("view", options=wish, asker=asker_of(request), seconds=VIEW_SECONDS)
    (bundle,), _ = await while_listening(request, collected(messages))
    return Response(bundle, media_type="application/octet-stream")


def _check(server: Server, id: str, kind: str, run: int) -> None:
    """Raise where there is nothing to be seen, before a process is asked."""
    record, spec = stored(server.store, id, "views")
    only_numbers(record, spec, "view")
    if not spec.problem.is_network:
        sentence = f"The experiment {id} minimises a {spec.problem.kind}, which has no views: they are of networks."
        raise NotFound("view", kind, sentence + " Its path is in its trace.")
    if run >= spec.lane_count:
        raise SpecError(f"There is no run {run}; the runs are 0 to {spec.lane_count - 1}.", ("run",))
