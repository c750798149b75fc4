"""Array functions for E runs at once, by which every run gets the bytes that it would get alone.

The libraries below do not promise that by themselves. A batched product may choose another kernel for one matrix than
for several, and for memory that begins elsewhere; so every run has a product of its own, by the same call. And vector
instructions go through an array in strides, and through its last numbers by others; so where that may show in the last
digit, the rows of runs do not touch in memory, and each is gone through by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from slalom.catalogue.base.choice import Array, Module
from slalom.catalogue.base.rows import GAP, begun_alike


def library_for(device: torch.device) -> Module:
    """Return what arrays are worked with on a device: NumPy, whose calls cost a third of PyTorch's, or PyTorch."""
    return torch if device.type == "cuda" else np


def library_of(array: Array) -> Module:
    """Return the library that an array is of."""
    return torch if isinstance(array, Tensor) else np


def as_array(values: Tensor) -> Any:
    """Return a tensor as an array of the library for its device, in the same memory."""
    return values if values.is_cuda else values.numpy()


def rows_apart(like: Tensor, runs: int, *shape: int) -> Tensor:
    """Return memory (E, *shape) whose rows do not touch; dtype and device are those of ``like``."""
    size = int(np.prod(shape))
    return like.new_empty((runs, -(-size // GAP) * GAP + GAP))[:, :size].unflatten(1, shape)


def set_apart(values: Tensor) -> Tensor:
    """Return values (E, ...) in memory whose rows do not touch."""
    return rows_apart(values, len(values), *values.shape[1:]).copy_(values)


def multiply(a: Array, b: Array, out: Array) -> None:
    """Write the products of matrices (E, n, k) and (E, k, m), or (k, m) for all, to (E, n, m)."""
    if isinstance(a, Tensor):
        torch.bmm(a, b.expand(len(a), -1, -1), out=out)
    else:
        np.matmul(a, b, out=out)


def matrix_product(a: Tensor, b: Tensor) -> Tensor:
    """Return the products of matrices (E, n, k) and (E, k, m)."""
    if a.is_cuda:
        return torch.bmm(a, b)
    out = rows_apart(a, len(a), a.shape[1], b.shape[2])
    np.matmul(begun_alike(a.numpy()), begun_alike(b.numpy()), out=out.numpy())
    return out


def add_up(rows: Array, ones: Array, out: Array) -> None:
    """Write the sums of rows (E, n, k) to (E, n); ``ones`` are k of them."""
    if isinstance(rows, Tensor):
        torch.sum(rows, 2, out=out)
    else:
        np.matmul(rows, ones, out=out)


def dot(v: Array, w: Array) -> Tensor:
    """Return the product of every row of v (E, n) with that of w (E, n), or with w (n,), as a tensor (E,)."""
    if isinstance(v, Tensor):
        return torch.linalg.vecdot(v, w)
    return torch.from_numpy(np.vecdot(begun_alike(v), begun_alike(w) if w.ndim > 1 else w))


def length_of(v: Tensor) -> Tensor:
    """Return |v| of every run, (E,), float64: squares of float32 do not overflow there."""
    wide = as_array(v.double())
    return dot(wide, wide).sqrt_()
