"""Maps that are stored: what their axes and colours mean, the picture and the numbers, and the run behind a cell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated, Any, BinaryIO, Literal, cast

import numpy as np
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from slalom.catalogue.admission import check_cell
from slalom.catalogue.cost import seconds
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.map import CELL_COLUMNS, CELL_KINDS, Map
from slalom.catalogue.experiments.map_colours import coloured, palette
from slalom.errors import SpecError
from slalom.settings import refuse
from slalom.storage.records import ExperimentRecord
from slalom.unexpected import attempt
from slalom.web.downloads.png import as_png
from slalom.web.downloads.traces import assemble, heads, in_parts, trace_as_json
from slalom.web.http.concurrency import Parts, in_turn, while_wanted, whole_file
from slalom.web.http.dependencies import REFUSALS, Server, ServerDep, json_answer
from slalom.web.http.disconnect import asker_of, while_listening
from slalom.web.http.interactive import collected
from slalom.web.http.stored import ExperimentId, blocks_of, disposition, stored
from slalom.wire.container import to_json
from slalom.wire.frames import Block, as_list, decode

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
async def get_map(request: Request, id: ExperimentId, server: ServerDep, format: Format = "json") -> Response:
    """Return a map as far as it is computed: ``about`` alone, or with all cells as JSON, NPZ or PNG.

    Cells are rows of the second field, each from the first value of the first field to its last. ``border`` is the
    theoretical limit of stability where it is known.
    """
    record, spec = await run_in_threadpool(_map, server, id)
    if format == "about":
        return json_answer(await run_in_threadpool(_about, spec))
    count = spec.lane_count * len(CELL_COLUMNS)
    refuse(server.settings, "trace_numbers", count, "The count of numbers")
    name = {"Content-Disposition": disposition(f"{record.name or 'slalom'}-{id}.{format}")}
    turns = server.downloads
    with ExitStack() as files:
        file = files.enter_context(server.store.quota.scratch(8 * count))

        def make() -> bytes:
            cells = map_table(spec, while_wanted(blocks_of(server.store, id)))
            return WRITE[format](spec, cells, file)

        start = await in_turn(request, turns, make)
        if format == "json":
            return Parts(in_parts(_json(start, spec, file)), turns, "application/json", files=files.pop_all())
        media_type = {"png": "image/png", "npz": "application/zip"}[format]
        return whole_file(file, turns, media_type, name, files.pop_all())


@router.get("/{id}/cell", response_class=Response, responses=REFUSALS)
async def get_map_cell(
    id: ExperimentId,
    request: Request,
    server: ServerDep,
    x: Annotated[int, Query(ge=0, le=2**31, description="Place along the first field, from 0.")],
    y: Annotated[int, Query(ge=0, le=2**31, description="Place along the second field, from 0.")],
) -> Response:
    """Return the very run of a cell, computed again with every entry, as from /api/simulate; and its spec."""
    alone, spec, options, expected = await server.check(_alone, server, id, x, y)
    messages = server.pool.request("cell", spec, options=options, asker=asker_of(request), seconds=expected)
    frames, final = await while_listening(request, collected(messages))
    runs = b"".join(trace_as_json(heads(alone, final["outcomes"]), assemble(alone, map(decode, frames))))
    text = alone.model_dump_json(by_alias=True).encode()
    return Response(b'{"spec":%b,%b' % (text, runs[1:]), media_type="application/json")


def _alone(server: Server, id: str, x: int, y: int) -> tuple[Comparison, bytes, dict[str, int], float]:
    """Return the run of a cell as an experiment of its own, what to ask for, and about how long that takes."""
    record, spec = _map(server, id)
    width, height = spec.shape
    if x >= width or y >= height:
        raise SpecError(f"There is no cell ({x}, {y}); the map has {width} x {height}, counted from 0.", ("x",))
    cell = y * width + x
    work = check_cell(spec, cell, server.settings, server.store.datasets.file)
    return spec.alone(cell), record.spec.encode(), {"cell": cell}, seconds(work)


def map_table(spec: Map, blocks: Any) -> np.ndarray:
    """Return the columns of all cells, (columns, cells), NaN where nothing is known."""
    found = np.full((len(CELL_COLUMNS), spec.lane_count), np.nan)
    for block in blocks:
        block: Block
        found[:, np.array(block.runs)] = block.data[:, :, 0]
    return found


def _write_json(spec: Map, cells: np.ndarray, file: BinaryIO) -> bytes:
    """Write the numbers as they are, and return what the JSON begins with: it is made when it is sent."""
    file.write(cells.data.cast("B"))
    return to_json(_about(spec))


def _json(about: bytes, spec: Map, file: BinaryIO) -> Iterator[bytes]:
    """Yield a map as JSON, row by row."""
    width, height = spec.shape
    file.seek(0)
    yield about[:-1] + b',"columns":{'
    for column in CELL_COLUMNS:
        yield (b'"%s":[' if column == CELL_COLUMNS[0] else b',"%s":[') % column.encode()
        for y in range(height):
            row = np.frombuffer(file.read(8 * width))
            yield (b"," if y else b"") + json.dumps(as_list(row), separators=(",", ":")).encode()
        yield b"]"
    yield b"}}"


def _write_npz(spec: Map, cells: np.ndarray, file: BinaryIO) -> bytes:
    width, height = spec.shape
    columns = dict(zip(CELL_COLUMNS, cells.reshape(len(CELL_COLUMNS), height, width), strict=True))
    np.savez_compressed(file, x=np.array(spec.values(0)), y=np.array(spec.values(1)), **columns)
    return b""


def _write_png(spec: Map, cells: np.ndarray, file: BinaryIO) -> bytes:
    file.write(picture(spec, cells))
    return b""


WRITE = {"json": _write_json, "npz": _write_npz, "png": _write_png}
"""How the formats of a map are written to a file."""


def picture(spec: Map, cells: np.ndarray) -> bytes:
    """Return a map as a PNG, the first value of the second field at the bottom."""
    width, height = spec.shape
    return as_png(coloured(cells, spec.steps).reshape(height, width, 4)[::-1])


def _map(server: Server, id: str) -> tuple[ExperimentRecord, Map]:
    record, spec = stored(server.store, id, "map")
    return record, cast(Map, spec)


def _about(spec: Map) -> dict[str, Any]:
    return {
        "fields": [vary.field for vary in spec.vary],
        "x": spec.values(0),
        "y": spec.values(1),
        "kinds": CELL_KINDS,
        "border": attempt("The border in theory", spec.border, lambda why: []),
        "minima": [{"point": minimum.point, "value": minimum.value} for minimum in spec.problem.minima],
        "palette": palette().tolist(),
        "steps": spec.steps,
    }
