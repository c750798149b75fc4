"""Traces as people download them: JSON, CSV and NPZ, complete or every m-th entry."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np

from slalom.catalogue.experiments.base import ExperimentSpec
from slalom.errors import SpecError
from slalom.results.exported import EXPORTED, comment_of
from slalom.storage.records import ExperimentRecord
from slalom.web.http.concurrency import still_wanted
from slalom.web.http.stored import spec_as_json
from slalom.wire.frames import Block, as_list, steps_of, with_steps, without_steps

from .grids import Grid

NUMBERS_PER_WRITE = 4096
"""Numbers written in one go: the interpreter changes threads only between two of them."""


def assemble(spec: ExperimentSpec, blocks: Iterable[Block], every: int = 1, file: BinaryIO | None = None) -> Grid:
    """Return blocks (of stride 1) as one grid, in a file if one is given, that keeps the entries 0, every, ..."""
    grid = Grid(spec.recorded_columns, spec.lane_count, spec.steps // every + 1, spec.dtype, every, file)
    grid.fill(blocks)
    return grid


def assemble_thinned(
    spec: ExperimentSpec, blocks: Iterable[Block], entries: int, every: int = 1, file: BinaryIO | None = None
) -> Grid:
    """Return the blocks of a trace that was thinned out as one grid of at most ``entries`` entries per run.

    Its first column, ``step``, says which these are; of them those are kept that ``every`` divides.
    """
    grid = Grid(("step", *spec.recorded_columns), spec.lane_count, entries, spec.dtype, 1, file)
    grid.fill(_side_by_side(blocks, every, np.zeros(spec.lane_count, int)))
    return grid


def _side_by_side(blocks: Iterable[Block], every: int, used: np.ndarray) -> Iterator[Block]:
    """Yield, run by run, blocks whose step is how many entries of the run came before; ``used`` (runs,) counts them."""
    for block in map(with_steps, blocks):
        for place, (run, steps) in enumerate(zip(block.runs, steps_of(block), strict=True)):
            data = block.data[:, place : place + 1][:, :, steps % every == 0]
            yield Block(int(used[run]), (run,), block.columns, data)
            used[run] += data.shape[2]


def heads(spec: ExperimentSpec, outcomes: Sequence[Any] | None) -> list[bytes]:
    """Return what the JSON of every run begins with: which run it is, and what came of it."""
    found = []
    for run, lane in enumerate(spec.lanes()):
        about = {
            "label": lane.run.label,
            "index": lane.index,
            "value": lane.value,
            "seed": lane.seed,
            "outcome": outcomes[run] if outcomes else None,
        }
        found.append(json.dumps(about).encode()[:-1])
    return found


def trace_as_values(spec: ExperimentSpec, grid: Grid, outcomes: Sequence[Any]) -> dict[str, Any]:
    """Return what :func:`trace_as_json` writes, as far as it is numbers, with a column of a run as an array (entries,).

    ``params`` has the shape (entries, parameters).
    """
    runs = []
    for run, lane in enumerate(spec.lanes()):
        columns = {name: grid.row(i, run, 0, int(grid.length[run])) for i, name in enumerate(grid.names)}
        params = [columns.pop(name) for name in grid.names if is_parameter(name)]
        columns["params"] = np.stack(params, axis=1) if params else np.empty((0, 0))
        runs.append({"index": lane.index, "seed": lane.seed, **columns, "outcome": outcomes[run]})
    return {"runs": runs}


def trace_as_json(heads: Iterable[bytes], grid: Grid, more: dict[str, Any] | None = None) -> Iterator[bytes]:
    """Yield ``{"runs": [...]}``, and what else there is, piece by piece."""
    yield b'{"runs":['
    for run, head in enumerate(heads):
        yield b"," if run else b""
        yield head
        yield from _columns(grid, run)
        yield b"}"
    yield b"]"
    for name, value in (more or {}).items():
        yield b',"%s":' % name.encode() + json.dumps(value, allow_nan=False).encode()
    yield b"}"


def _columns(grid: Grid, run: int) -> Iterator[bytes]:
    n = int(grid.length[run])
    if grid.every > 1:
        yield b',"step":' + json.dumps(list(range(0, n * grid.every, grid.every))).encode()
    elif grid.names[0] == "step":
        yield b',"step":' + json.dumps(grid.row(0, run, 0, n).astype(int).tolist()).encode()
    parameters = [i for i, name in enumerate(grid.names) if is_parameter(name)]
    for i in range(len(grid.names)):
        if i in parameters or grid.names[i] == "step":
            continue
        yield b',"%s":' % grid.names[i].encode()
        yield from _numbers(grid.row(i, run, start, stop) for start, stop in _pieces(n))
    if parameters:
        yield b',"params":'
        yield from _numbers(
            np.stack([grid.row(i, run, start, stop) for i in parameters], axis=1) for start, stop in _pieces(n)
        )


def _pieces(n: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + NUMBERS_PER_WRITE, n)) for start in range(0, n, NUMBERS_PER_WRITE))


def _numbers(pieces: Iterable[np.ndarray]) -> Iterator[bytes]:
    """Yield pieces of one long list, of numbers or of points, as JSON."""
    between = b"["
    for piece in pieces:
        rows = max(1, NUMBERS_PER_WRITE // (piece.shape[1] if piece.ndim > 1 else 1))
        for start in range(0, len(piece), rows):
            text = json.dumps(as_list(piece[start : start + rows]), separators=(",", ":"))
            yield between + text.encode()[1:-1]
            between = b","
    yield b"[]" if between == b"[" else b"]"


def as_csv(spec: ExperimentSpec, blocks: Iterable[Block], every: int = 1) -> Iterator[bytes]:
    """Yield one row per run and entry, in the order in which they were computed."""
    yield ",".join(("run", "step", *spec.recorded_columns)).encode() + b"\n"
    for block in blocks:
        steps, data = steps_of(block), without_steps(block).data
        for position, run in enumerate(block.runs):
            kept = steps[position] % every == 0
            rows = zip(steps[position][kept].tolist(), data[:, position][:, kept].T.tolist(), strict=True)
            yield "".join(f"{run},{step},{','.join(map(repr, row))}\n" for step, row in rows).encode()


def exported(record: ExperimentRecord, spec: ExperimentSpec) -> dict[str, Any]:
    """Return what a file has besides a trace so that it can be imported: its version, name, spec and outcomes."""
    outcomes = json.loads(record.outcomes) if record.outcomes else None
    return {"slalom": EXPORTED, "name": record.name, "spec": spec_as_json(record, spec), "outcomes": outcomes}


def as_comment(whole: dict[str, Any]) -> bytes:
    """Return the same as the comment of an archive; raises SpecError where the spec is too long for one."""
    comment = comment_of(whole) if whole else b""
    if comment is None:
        raise SpecError("The spec is too long for an archive. Ask for format=json.", ("spec",))
    return comment


def in_parts(pieces: Iterable[bytes], size: int = 1 << 18) -> Iterator[bytes]:
    """Yield pieces joined to parts of at least ``size`` bytes: every part costs a change of threads."""
    part: list[bytes] = []
    waiting = 0
    for piece in pieces:
        part.append(piece)
        waiting += len(piece)
        if waiting >= size:
            yield b"".join(part)
            part, waiting = [], 0
    yield b"".join(part)


def write_npz(grid: Grid, file: BinaryIO, comment: bytes = b"") -> None:
    """Write a NumPy archive: ``length`` (runs,), then one array (runs, entries) per column, NaN-padded."""
    shape = len(grid.length), grid.used
    with zipfile.ZipFile(file, "w") as archive:
        archive.comment = comment
        _write_array(archive, "length", grid.length.dtype, grid.length.shape, [grid.length])
        for column, name in enumerate(grid.names):
            _write_array(archive, name, grid.dtype, shape, grid.rows(column))
        if grid.every > 1:
            step = np.arange(grid.used) * grid.every
            _write_array(archive, "step", step.dtype, step.shape, [step])


def _write_array(
    archive: zipfile.ZipFile, name: str, dtype: np.dtype, shape: tuple[int, ...], pieces: Iterable[np.ndarray]
) -> None:
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
        np.lib.format.write_array_header_1_0(member, header)
        for part in in_parts(piece.tobytes() for piece in pieces):
            still_wanted()
            member.write(part)


def is_parameter(name: str) -> bool:
    """Return whether a column is a parameter's.

    >>> is_parameter("p0"), is_parameter("plane_x")
    (True, False)
    """
    return name[0] == "p" and name[1:].isdigit()
