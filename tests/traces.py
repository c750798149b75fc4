"""What tests read of frames: their headers, and one run of many blocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from slalom.wire.container import read_container
from slalom.wire.frames import Block


def header_of(frame: bytes) -> dict[str, Any]:
    """Return a frame's header."""
    return read_container(frame)[0]


def gather(blocks: Iterable[Block], run: int) -> tuple[tuple[str, ...], np.ndarray]:
    """Return one run's columns, in the order of the names, as an array of shape (columns, entries)."""
    own = [block for block in blocks if run in block.runs]
    parts = [block.data[:, block.runs.index(run), :] for block in own]
    return (own[-1].columns, np.concatenate(parts, axis=1)) if own else ((), np.empty((0, 0)))


def distance(points, line):
    """Return how far every point is from a polyline, (n,): both (2, n)."""
    nearest = np.full(points.shape[1], np.inf)
    for a, b in zip(line.T[:-1], line.T[1:], strict=True):
        along = b - a
        t = np.clip(((points.T - a) @ along) / max(along @ along, 1e-300), 0, 1)
        nearest = np.minimum(nearest, np.hypot(*(points - (a[:, None] + along[:, None] * t))))
    return nearest
