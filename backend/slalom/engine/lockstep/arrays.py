"""Arithmetic on vectors that are laid out component by component: shape (dim, ...)."""

from __future__ import annotations

from functools import reduce

from slalom.catalogue.base.choice import Array, Module


def norm(vectors: Array, xp: Module) -> Array:
    """Return Euclidean lengths over the first axis: (dim, ...) -> (...).

    Adds one component at a time with ``hypot``: it neither overflows nor depends on the other axes.
    """
    return reduce(xp.hypot, vectors) if len(vectors) > 1 else abs(vectors[0])
