"""Columns <-> bytes: the chunk in the store and the frame on the wire are the same bytes.

A frame is a container (see :mod:`slalom.wire.container`) whose body is columns x runs x n numbers in the experiment's
dtype. Infinities and NaN travel as IEEE 754 has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.base.choice import as_json

from .container import little_endian, read_container, write_container

FRAME_BYTES = 1 << 18
"""Bytes in the body of a frame, at most: what every viewer, download and overview holds of a trace at a time."""


class Block(NamedTuple):
    """Consecutive entries of some runs: entry i of ``data[:, :, i]`` is the state after step + i·stride updates."""

    step: int
    runs: tuple[int, ...]
    columns: tuple[str, ...]
    data: np.ndarray
    """Shape (columns, runs, n), float32 or float64."""
    stride: int = 1
    """0 means that a column named ``step`` says which entries these are."""

    @property
    def n(self) -> int:
        """Entries per run."""
        return self.data.shape[2]

    @property
    def last(self) -> int:
        """The step of the last entry."""
        if self.stride == 0:
            return int(self.data[self.columns.index("step"), :, -1].max())
        return self.step + (self.n - 1) * self.stride


def pieces(block: Block, most: int = FRAME_BYTES) -> Iterator[Block]:
    """Yield a block in order as blocks of at most ``most`` bytes: fewer entries, or where one has more, fewer runs."""
    columns, runs, n = block.data.shape
    entry = columns * block.data.itemsize
    together = max(1, most // entry)
    entries = max(1, most // (entry * runs))
    for i in range(0, n, entries):
        part = block.data[:, :, i : i + entries]
        for j in range(0, runs, together):
            yield block._replace(
                step=block.step + i * block.stride, runs=block.runs[j : j + together], data=part[:, j : j + together]
            )


def with_steps(block: Block) -> Block:
    """Return a block with a ``step`` column, and stride 0."""
    if block.stride == 0:
        return block
    column = steps_of(block).astype(block.data.dtype)[None]
    return Block(block.step, block.runs, ("step", *block.columns), np.concatenate([column, block.data]), 0)


def steps_of(block: Block) -> np.ndarray:
    """Return which entries of every run these are, whole numbers of shape (runs, n)."""
    if block.stride == 0:
        return block.data[block.columns.index("step")].astype(np.int64)
    steps = block.step + block.stride * np.arange(block.n)
    return np.broadcast_to(steps, block.data.shape[1:])


def without_steps(block: Block) -> Block:
    """Return a block without its ``step`` column: what is recorded, and no more."""
    if block.stride != 0:
        return block
    named = [place for place, name in enumerate(block.columns) if name != "step"]
    return block._replace(columns=tuple(block.columns[place] for place in named), data=block.data[named])


def encode(block: Block, seq: int, first: int | None = None, **extra: Any) -> bytes:
    """Return a block as a frame. ``first``..``seq`` are the stored chunks it covers."""
    data = little_endian(block.data)
    header = {
        "seq": seq,
        "first": seq if first is None else first,
        "step": block.step,
        "stride": block.stride,
        "n": block.n,
        "runs": list(block.runs),
        "columns": list(block.columns),
        "dtype": data.dtype.str,
        **extra,
    }
    return write_container(header, data.tobytes())


def decode(frame: bytes) -> Block:
    """Return a frame as a block; its data is a read-only view of the frame."""
    head, body = read_container(frame)
    shape = len(head["columns"]), len(head["runs"]), head["n"]
    data = np.frombuffer(frame, head["dtype"], offset=body).reshape(shape)
    return Block(head["step"], tuple(head["runs"]), tuple(head["columns"]), data, head["stride"])


def as_list(values: np.ndarray) -> list[Any]:
    """Return an array as nested lists of numbers, the non-finite ones as "inf", "-inf" or "nan"."""
    if np.isfinite(values).all():
        return values.tolist()
    return [as_list(v) if isinstance(v, np.ndarray) and v.ndim else as_json(float(v)) for v in values]
