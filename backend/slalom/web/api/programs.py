"""A run to take away: as a PyTorch program, and a network's parameters as NumPy and PyTorch read them."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Depends, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from slalom.catalogue.admission import check, fits
from slalom.catalogue.cost import VIEW_SECONDS
from slalom.catalogue.datasets.base import Uploads
from slalom.catalogue.experiments import SPEC, AnyStored
from slalom.catalogue.script.program import program
from slalom.catalogue.script.stretch import Ancestor
from slalom.errors import NotFound, SpecError
from slalom.settings import refuse
from slalom.storage.records import ExperimentRecord
from slalom.web.http.dependencies import REFUSALS, JsonBody, Server, ServerDep, VisitorDep, request_schema
from slalom.web.http.disconnect import asker_of, while_listening
from slalom.web.http.interactive import collected
from slalom.web.http.stored import ExperimentId, disposition, lacks, only_numbers, stored
from slalom.wire.arrays import unpack_arrays

from .description import examples
from .simulate import RunNumber
from .views import LARGEST_STEP

router = APIRouter(prefix="/api", tags=["experiments"])

PYTHON = "text/x-python"
PROGRAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {PYTHON: {"schema": {"type": "string"}}}, "description": "A PyTorch program."},
    **REFUSALS,
}
ARCHIVES = {"npz": "application/zip", "safetensors": "application/octet-stream"}
ARCHIVE: dict[int | str, dict[str, Any]] = {
    200: {"content": {media: {} for media in ARCHIVES.values()}, "description": "The parameters."},
    **REFUSALS,
}
KeptEntry = Annotated[int | None, Query(ge=0, le=LARGEST_STEP, description="One of the entries that are kept.")]


@router.post(
    "/script",
    response_class=Response,
    openapi_extra=request_schema("AnyExperiment", examples=examples.SIMULATED_SPECS),
    responses=PROGRAM,
)
async def write_script(
    spec: Annotated[AnyStored, Depends(JsonBody(SPEC))],
    server: ServerDep,
    visitor: VisitorDep,
    run: RunNumber = 0,
) -> Response:
    """Return one run of an experiment as a PyTorch program that stands alone; nothing is computed or stored."""
    return await _answer(server, server.files_of(visitor), spec, run, f"slalom-{run}.py")


@router.get("/experiments/{id}/script", response_class=Response, responses=PROGRAM)
async def get_script(id: ExperimentId, server: ServerDep, run: RunNumber = 0) -> Response:
    """Return one run of a stored experiment as a PyTorch program that stands alone and has the same losses.

    That of a fork makes the updates of the runs that it comes from first.
    """
    record, spec = await run_in_threadpool(stored, server.store, id)
    ancestors = await run_in_threadpool(_ancestors, server, record)
    return await _answer(
        server, server.store.datasets.file, spec, run, f"{record.name or 'slalom'}-{id}-{run}.py", ancestors
    )


@router.get("/experiments/{id}/parameters", response_class=Response, responses=ARCHIVE)
async def get_parameters(
    id: ExperimentId,
    request: Request,
    server: ServerDep,
    run: RunNumber = 0,
    step: KeptEntry = None,
    format: Annotated[Literal["npz", "safetensors"], Query()] = "npz",
) -> Response:
    """Return a network's parameters: the first, the last, and those kept on the way, with the order of its batches.

    NumPy's npz has ``step`` (K,), every tensor with shape (K, ...), and ``batches`` (updates, B) where there are
    mini-batches. The file of safetensors has one entry, the last one unless ``step`` says otherwise, as the
    ``state_dict`` of the program that ``script`` returns.
    """
    steps = await run_in_threadpool(_kept, server, id, run)
    one = format == "safetensors"
    wish = {"id": id, "run": run, "step": steps[-1] if one and step is None and steps else step, "order": not one}
    messages = server.pool.request("parameters", options=wish, asker=asker_of(request), seconds=VIEW_SECONDS)
    (bundle,), _ = await while_listening(request, collected(messages))
    body = await run_in_threadpool(_safetensors if one else _npz, bundle)
    name = disposition(f"slalom-{id}-{run}.{format}")
    return Response(body, media_type=ARCHIVES[format], headers={"Content-Disposition": name})


async def _answer(
    server: Server, files: Uploads, spec: AnyStored, run: int, name: str, ancestors: Sequence[Ancestor] = ()
) -> Response:
    text = await server.check(_program, server, files, spec, run, ancestors)
    return Response(text, media_type=PYTHON, headers={"Content-Disposition": disposition(name)})


def _ancestors(server: Server, record: ExperimentRecord) -> list[Ancestor]:
    """Return what an experiment goes on from, the first one first; raises where one of them is gone."""
    found: list[Ancestor] = []
    while record.parent is not None:
        place = json.loads(record.parent)
        record, spec = stored(server.store, place["id"])
        found.insert(0, Ancestor(spec, place["run"], place["step"]))
    return found


def _program(server: Server, files: Uploads, spec: AnyStored, run: int, ancestors: Sequence[Ancestor]) -> str:
    """Return a program; raises where the spec is too large for this installation, or keeps no runs."""
    if not spec.computed:
        raise SpecError(f"A {spec.noun} loop is that of another program, which is not known here.", ("kind",))
    if not spec.keeps_entries:
        raise SpecError(f"A {spec.noun} is no program of one run. Open one of its runs, and ask for that.", ("kind",))
    check(spec, server.settings)
    fits(spec, server.settings, files)
    return program(spec, run, files, ancestors)


def _kept(server: Server, id: str, run: int) -> list[int]:
    """Return the entries at which parameters are kept; raises where there can be none."""
    record, spec = stored(server.store, id)
    only_numbers(record, spec, "state to return parameters of")
    if not spec.problem.is_network or "views" not in spec.offers:
        raise NotFound("parameters", id, lacks(spec, id, "parameters of a network"))
    lanes = spec.lanes()
    if run >= len(lanes):
        raise SpecError(f"There is no run {run}; the runs are 0 to {len(lanes) - 1}.", ("run",))
    advice = "Ask for format=safetensors, which has no order of batches."
    numbers = spec.steps * (lanes[run].run.batch_size or 0)
    refuse(server.settings, "trace_numbers", numbers, "The count of numbers", advice=advice)
    return server.store.artifacts.steps(id, "state")


def _npz(bundle: bytes) -> bytes:
    _, arrays = unpack_arrays(bundle)
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def _safetensors(bundle: bytes) -> bytes:
    from safetensors.numpy import save  # Not above: few ask for it.

    header, arrays = unpack_arrays(bundle)
    about = {"run": str(header["run"]), "seed": str(header["seed"]), "step": str(arrays["step"][0])}
    return save({name: np.ascontiguousarray(values[0]) for name, values in arrays.items() if name != "step"}, about)
