"""Traces as people download them: JSON, CSV and NPZ, complete or every m-th entry."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.problem import Problem
from slalom.trace import Block, as_list

AT_ONCE = 4096
"""Numbers written in one go: the interpreter changes threads only between two of them."""


class Table(NamedTuple):
    """All runs of an experiment side by side."""

    names: tuple[str, ...]
    data: np.ndarray
    """Shape (columns, runs, entries), NaN after the end of a run."""
    length: np.ndarray
    """Entries of every run, shape (runs,)."""
    every: int


def assemble(spec: AnyExperiment, blocks: Iterable[Block], every: int = 1) -> Table:
    """Return blocks (of stride 1) as one table that keeps the entries 0, every, 2·every, ..."""
    names = spec.problem.columns
    entries = spec.steps // every + 1
    data = np.full((len(names), spec.lane_count, entries), np.nan, spec.dtype)
    length = np.zeros(spec.lane_count, int)
    for block in blocks:
        kept = block.data[:, :, -block.step % every :: every]
        first = -(-block.step // every)
        runs = np.array(block.runs)
        data[:, runs, first : first + kept.shape[2]] = kept
        length[runs] = np.maximum(length[runs], first + kept.shape[2])
    used = int(length.max(initial=0))
    return Table(names, data[:, :, :used], length, every)


def as_json(
    spec: AnyExperiment, table: Table, outcomes: Sequence[Any] | None, more: dict[str, Any] | None = None
) -> Iterator[bytes]:
    """Yield ``{"runs": [...]}``, and what else there is, piece by piece."""
    lanes = spec.lanes()
    yield b'{"runs":['
    for run, lane in enumerate(lanes):
        about = {
            "label": lane.run.label,
            "index": lane.index,
            "value": lane.value,
            "seed": lane.seed,
            "outcome": outcomes[run] if outcomes else None,
        }
        yield b"," if run else b""
        yield json.dumps(about).encode()[:-1]
        yield from _columns(table, run)
        yield b"}"
    yield b"]"
    for name, value in (more or {}).items():
        yield b',"%s":' % name.encode() + json.dumps(value, allow_nan=False).encode()
    yield b"}"


def _columns(table: Table, run: int) -> Iterator[bytes]:
    n = table.length[run]
    if table.every > 1:
        yield b',"step":' + json.dumps(list(range(0, int(n) * table.every, table.every))).encode()
    scalars = [i for i, name in enumerate(table.names) if not _is_parameter(name)]
    for i in scalars:
        yield b',"%s":' % table.names[i].encode()
        yield from _numbers(table.data[i, run, :n])
    if len(scalars) < len(table.names):
        yield b',"params":'
        yield from _numbers(table.data[len(scalars) :, run, :n].T)


def _numbers(values: np.ndarray) -> Iterator[bytes]:
    rows = max(1, AT_ONCE // (values.shape[1] if values.ndim > 1 else 1))
    yield b"["
    for start in range(0, len(values), rows):
        yield b"," if start else b""
        yield json.dumps(as_list(values[start : start + rows]), separators=(",", ":")).encode()[1:-1]
    yield b"]"


def as_csv(problem: Problem, blocks: Iterable[Block], every: int = 1) -> Iterator[bytes]:
    """Yield one row per run and entry, in the order in which they were computed."""
    yield ",".join(("run", "step", *problem.columns)).encode() + b"\n"
    for block in blocks:
        offset = -block.step % every
        steps = range(block.step + offset, block.step + block.n, every)
        for position, run in enumerate(block.runs):
            rows = block.data[:, position, offset::every].T.tolist()
            lines = (f"{run},{step},{','.join(map(repr, row))}\n" for step, row in zip(steps, rows, strict=True))
            yield "".join(lines).encode()


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


def as_npz(table: Table) -> bytes:
    """Return a NumPy archive: one array (runs, entries) per column, NaN-padded, and ``length`` (runs,)."""
    columns = dict(zip(table.names, table.data, strict=True))
    if table.every > 1:
        columns["step"] = np.arange(table.data.shape[2]) * table.every
    file = io.BytesIO()
    np.savez(file, length=table.length, **columns)  # type: ignore[arg-type]
    return file.getvalue()


def _is_parameter(name: str) -> bool:
    return name[0] == "p" and name[1:].isdigit()
