"""Rows of runs in memory: what begins alike there gets the same bytes in every place."""

from __future__ import annotations

import numpy as np

GAP = 16
"""Numbers between the rows of runs, at least; a row takes a multiple of them, so that all begin alike in memory."""

MATRICES = 3
"""Axes of matrices, one for every run."""


def begun_alike(rows: np.ndarray) -> np.ndarray:
    """Return rows (E, ...) that begin alike in memory: some kernels add up what begins elsewhere in another order.

    Transposed matrices stay transposed, for BLAS has another kernel for these.
    """
    if rows.strides[0] % (GAP * rows.itemsize) == 0:
        return rows
    if rows.ndim == MATRICES and rows.strides[1] < rows.strides[2]:
        return begun_alike(rows.swapaxes(1, 2)).swapaxes(1, 2)
    room = room_alike(rows.shape, rows.dtype)
    room[...] = rows
    return room


def room_alike(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return memory for rows (E, ...) that begin alike."""
    size = int(np.prod(shape[1:]))
    return np.empty((shape[0], -(-size // GAP) * GAP), dtype)[:, :size].reshape(shape)
