"""Many lanes, computed some at a time: what is in use stays in the cache, and temporaries stay small."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from slalom.catalogue.base.choice import Array, Module

ValueAndGrad = Callable[[Array], tuple[Array, Array]]


def value_and_grad_in_blocks(whole: ValueAndGrad, block: int, xp: Module) -> ValueAndGrad:
    """Return ``whole``, which gives f and ∇f of an array (dim, lanes), computed ``block`` lanes at a time.

    The answer takes arrays (dim, ...); up to twice ``block`` lanes are computed in one go.
    """

    def slope(p: Array) -> tuple[Array, Array]:
        if math.prod(p.shape[1:]) <= 2 * block:
            return whole(p)
        flat = p.reshape(p.shape[0], -1)
        f, g = xp.empty_like(flat[0]), xp.empty_like(flat)
        for i in range(0, f.shape[0], block):
            f[i : i + block], g[:, i : i + block] = whole(flat[:, i : i + block])
        return f.reshape(p.shape[1:]), g.reshape(p.shape)

    return slope


def in_blocks(whole: Callable[[Array], Array], block: int) -> Callable[[Array], Array]:
    """Return ``whole``, whose answer has the lanes last, computed ``block`` NumPy lanes at a time, without warnings."""

    def quiet(p: Array) -> Array:
        with np.errstate(all="ignore"):
            if math.prod(p.shape[1:]) <= 2 * block:
                return whole(p)
            flat = p.reshape(p.shape[0], -1)
            parts = [whole(flat[:, i : i + block]) for i in range(0, flat.shape[1], block)]
            return np.concatenate(parts, axis=-1).reshape(*parts[0].shape[:-1], *p.shape[1:])

    return quiet
