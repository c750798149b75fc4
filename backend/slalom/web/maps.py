"""Maps that are stored: what their axes and colours mean, the picture and the numbers, and the run behind a cell."""

from __future__ import annotations

import io
import json
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from slalom.catalogue.experiments import SPEC
from slalom.catalogue.limits import refuse
from slalom.catalogue.map import COLUMNS, KINDS, Map
from slalom.catalogue.palette import coloured, palette
from slalom.errors import NotFound, SpecError
from slalom.store import Record
from slalom.trace import Block, as_list
from slalom.unexpected import attempt

from .experiments import Id, blocks_of, disposition
from .png import as_png
from .services import REFUSALS, AHouse, House, json_answer
from .simulate import answered
from .traces import as_json, assemble

router = APIRouter(prefix="/api/experiments", tags=["experiments"])

Format = Annotated[
    Literal["about", "json", "npz", "png"],
    Query(description="What axes and colours mean; that and every cell; NumPy; or a picture."),
]
MAP: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/json": {}, "application/zip": {}, "image/png": {}},
        "description": "The map so far.",
    },
    **REFUSALS,
}


@router.get("/{id}/map", response_class=Response, responses=MAP)
def get_map(id: Id, house: AHouse, format: Format = "json") -> Response:
    """Return a map as far as it is computed: ``about`` alone, or with all cells as JSON, NPZ or PNG.

    Cells are rows of the second field, each from the first value of the first field to its last. ``border`` is the
    theoretical limit of stability where it is known.
    """
    record, spec = _map(house, id)
    if format == "about":
        return json_answer(_about(spec))
    refuse(house.settings, "trace_numbers", spec.lane_count * len(COLUMNS), "The count of numbers")
    cells = table(spec, blocks_of(house.store, id))
    name = {"Content-Disposition": disposition(f"{record.name or 'slalom'}-{id}.{format}")}
    if format == "png":
        return Response(picture(spec, cells), headers=name, media_type="image/png")
    width, height = spec.shape
    columns = dict(zip(COLUMNS, cells.reshape(len(COLUMNS), height, width), strict=True))
    if format == "json":
        return json_answer(_about(spec) | {"columns": {key: as_list(values) for key, values in columns.items()}})
    file = io.BytesIO()
    np.savez_compressed(file, x=np.array(spec.values(0)), y=np.array(spec.values(1)), **columns)
    return Response(file.getvalue(), headers=name, media_type="application/zip")


@router.get("/{id}/cell", response_class=Response, responses=REFUSALS)
async def get_cell(
    id: Id,
    house: AHouse,
    x: Annotated[int, Query(ge=0, le=2**31, description="Place along the first field, from 0.")],
    y: Annotated[int, Query(ge=0, le=2**31, description="Place along the second field, from 0.")],
) -> Response:
    """Return the very run of a cell, computed again with every entry, as from /api/simulate; and its spec."""
    _, spec = await run_in_threadpool(_map, house, id)
    width, height = spec.shape
    if x >= width or y >= height:
        raise SpecError(f"There is no cell ({x}, {y}); the map has {width} x {height}, counted from 0.", ("x",))
    cell = y * width + x
    alone = spec.alone(cell)
    refuse(house.settings, "simulate_run_steps", spec.steps, "The number of steps")
    order = {"map": json.loads(spec.model_dump_json(by_alias=True)), "cell": cell}
    blocks, final = await answered(house.pool.cell(order))
    runs = b"".join(as_json(alone, assemble(alone, blocks), final["outcomes"]))
    text = alone.model_dump_json(by_alias=True).encode()
    return Response(b'{"spec":%b,%b' % (text, runs[1:]), media_type="application/json")


def table(spec: Map, blocks: Any) -> np.ndarray:
    """Return the columns of all cells, (columns, cells), NaN where nothing is known."""
    found = np.full((len(COLUMNS), spec.lane_count), np.nan)
    for block in blocks:
        block: Block
        found[:, np.array(block.runs)] = block.data[:, :, 0]
    return found


def picture(spec: Map, cells: np.ndarray) -> bytes:
    """Return a map as a PNG, the first value of the second field at the bottom."""
    width, height = spec.shape
    return as_png(coloured(cells, spec.steps).reshape(height, width, 4)[::-1])


def _map(house: House, id: str) -> tuple[Record, Map]:
    record = house.store.get(id)
    spec = SPEC.validate_json(record.spec)
    if not isinstance(spec, Map):
        raise NotFound("map", id, f"The experiment {id} is a {spec.kind}, not a map. Its numbers are in its trace.")
    return record, spec


def _about(spec: Map) -> dict[str, Any]:
    return {
        "fields": [vary.field for vary in spec.vary],
        "x": spec.values(0),
        "y": spec.values(1),
        "kinds": KINDS,
        "border": attempt("The border in theory", spec.border, lambda why: []),
        "minima": [{"point": minimum.point, "value": minimum.value} for minimum in spec.problem.minima],
        "palette": palette().tolist(),
        "steps": spec.steps,
    }
