"""How curved a network's loss is: the extreme eigenvalues of its Hessian, from products with it alone.

A few products with vectors show the largest and the smallest eigenvalue long before a matrix of D² numbers could be
written down. Directions from the last look are where the next one starts, so 3 to 5 products are enough while training.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import torch
from torch import Tensor

from .arrays import as_array, dot, length_of, library_of, matrix_product
from .hessian_products import Product, hessian
from .model import Batch, Net

COLD, WARM = 20, 4
"""Products with the Hessian at the first look, and at later ones."""
EXHAUSTED = 10
"""A direction that is new by less than this many roundings of the matrix's size is not new."""
HELD = 1 << 24
"""Numbers that the directions of all runs may take together: 64 MB in float32."""
ACTIVATIONS_AT_ONCE = 1 << 19
"""Activations, of all runs together, that products are computed on at a time: 2 MB in float32: what a cache holds."""


class Extremes(NamedTuple):
    """Estimates from within: ``low`` is never below the smallest eigenvalue, ``high`` never above the largest."""

    low: Tensor
    """Shape (E,), float64; nan where a product was not finite."""
    high: Tensor
    vectors: Tensor
    """Where the next look should start, (E, D): both directions, added."""


class CurvatureEstimate(NamedTuple):
    """Extreme eigenvalues of every run, each of shape (E,), float64; nan where the Hessian is not finite."""

    low: Tensor
    """Smallest eigenvalue of the Hessian H itself: negative where the loss curves down in some direction."""
    sharpness: Tensor
    """Largest eigenvalue of H + c·I, c the coupled weight decay."""
    scaled: Tensor
    """Largest eigenvalue of D^-1/2 (H + c·I) D^-1/2, D the rule's preconditioner; the sharpness where D = 1."""
    start: tuple[Tensor, Tensor]
    """Where the next look starts, for H and for the preconditioned one."""

    @property
    def turned(self) -> CurvatureEstimate:
        """What is found of -H where this was found of H, without decay and preconditioner."""
        return CurvatureEstimate(-self.sharpness, -self.low, -self.low, self.start)


def estimate_curvature(
    net: Net,
    p: Tensor,
    batch: Batch,
    start: tuple[Tensor, Tensor] | None = None,
    decay: Tensor | float = 0.0,
    scale: Tensor | None = None,
    steps: int | None = None,
    plain: CurvatureEstimate | None = None,
    maximize: bool = False,
) -> CurvatureEstimate:
    """Return how curved the loss on ``batch`` is at parameters (E, D).

    ``start`` is from the last look; without it the look is cold, from a fixed random vector, and takes more products.
    ``decay`` c is a number or (E, 1), ``scale`` the preconditioner D, (E, D). ``plain`` is what was found at the same
    parameters without either, where that is known. A rule that is to ``maximize`` feels -H in the place of H.
    """
    decay = torch.as_tensor(decay, dtype=torch.float64, device=p.device).expand(len(p), 1)
    if plain is not None and scale is None:
        high = plain.sharpness + decay[:, 0]
        return CurvatureEstimate(plain.low, high, high, plain.start)
    steps = steps or (COLD if start is None else WARM)
    first, second = (beginnings(p), beginnings(p)) if start is None else start
    per_run = max(net.dimension * (steps + 1) / HELD, sum(net.blueprint.widths) * batch.size / ACTIVATIONS_AT_ONCE)
    together = max(1, int(1 / per_run))
    parts = []
    for a in range(0, len(p), together):
        runs = slice(a, a + together)
        of = None if scale is None else scale[runs]
        part = batch.part(runs, slice(None))
        known = plain and Extremes(plain.low[runs], plain.sharpness[runs], plain.start[0][runs])
        times = hessian(net, p[runs], part)
        felt = _turned(times) if maximize else times
        begun = first[runs], second[runs]
        parts.append(_curvature(felt, p.dtype, begun, decay[runs], of, steps, known))
    low, sharpness, scaled = (torch.cat([part[i] for part in parts]) for i in range(3))
    return CurvatureEstimate(low, sharpness, scaled, (_joined(parts, 0), _joined(parts, 1)))


def lanczos_extremes(times: Product, start: Tensor, steps: int) -> Extremes:
    """Return the extreme eigenvalues of E symmetric matrices, by Lanczos' method with full reorthogonalisation.

    ``start`` has shape (E, D); ``times`` is asked for at most ``steps`` products, and no more than D. A run whose
    directions are exhausted goes on from a new one, so its estimates are then exact. Numbers of one run do not depend
    on the others.

    >>> a = torch.diag(torch.tensor([3.0, 1.0, -2.0]))
    >>> found = lanczos_extremes(lambda v: v @ a, torch.ones(1, 3), steps=20)
    >>> round(found.low.item(), 4), round(found.high.item(), 4)
    (-2.0, 3.0)
    """
    runs, dimension = start.shape
    steps = min(steps, dimension)
    fresh = cache(partial(beginnings, start, steps))
    directions = start.new_zeros((runs, steps, dimension))
    matrix = torch.zeros((runs, steps, steps), dtype=torch.float64, device=start.device)
    directions[:, 0] = _unit(_usable(start, fresh))
    for k in range(steps):
        at = directions[:, k]
        new = times(at)
        matrix[:, k, k] = _dot(at, new)
        if k + 1 == steps:
            break
        size = length_of(new)
        new = _reduced(_reduced(new, directions[:, : k + 1]), directions[:, : k + 1])
        length = length_of(new)
        over = length <= EXHAUSTED * torch.finfo(new.dtype).eps * size
        if over.any():
            other = _reduced(_reduced(fresh()[k], directions[:, : k + 1]), directions[:, : k + 1])
            new = torch.where(over[:, None], other, new)
        directions[:, k + 1] = _unit(new)
        matrix[:, k, k + 1] = matrix[:, k + 1, k] = torch.where(over, 0.0, length)
    return _ritz(matrix, directions)


def beginnings(like: Tensor, count: int | None = None) -> Tensor:
    """Return ``count`` fixed random vectors, each for all runs, (count, E, D); (E, D) if no count is given."""
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn((count or 1, 1, like.shape[1]), generator=generator, dtype=torch.float64)
    spread = drawn.to(like.device, like.dtype).expand(-1, len(like), -1)
    return spread if count else spread[0]


def _turned(times: Product) -> Product:
    return lambda v: -times(v)


def _curvature(
    times: Product,
    dtype: torch.dtype,
    start: tuple[Tensor, Tensor],
    decay: Tensor,
    scale: Tensor | None,
    steps: int,
    plain: Extremes | None,
) -> tuple[Tensor, Tensor, Tensor, tuple[Tensor, Tensor]]:
    plain = plain or lanczos_extremes(times, start[0], steps)
    sharpness = plain.high + decay[:, 0]
    if scale is None:
        return plain.low, sharpness, sharpness, (plain.vectors, plain.vectors)
    root, added = scale.rsqrt(), decay.to(dtype)

    def scaled(v: Tensor) -> Tensor:
        inner = root * v
        return root * (times(inner) + added * inner)

    felt = lanczos_extremes(scaled, start[1], steps)
    return plain.low, sharpness, felt.high, (plain.vectors, felt.vectors)


def _ritz(matrix: Tensor, directions: Tensor) -> Extremes:
    """Return the extreme eigenvalues of the small matrices (E, k, k), and their vectors in the large space, added."""
    good = matrix.isfinite().all(2).all(1)
    finite = as_array(torch.where(good[:, None, None], matrix, 0.0))
    values, vectors = map(torch.as_tensor, library_of(finite).linalg.eigh(finite))
    both = (vectors[:, :, -1] + vectors[:, :, 0]).to(directions.dtype) if matrix.shape[1] > 1 else vectors[:, :, 0]
    large = matrix_product(both.to(directions.dtype).unsqueeze(1), directions)[:, 0]
    return Extremes(
        torch.where(good, values[:, 0], torch.nan),
        torch.where(good, values[:, -1], torch.nan),
        torch.where(good[:, None], large, torch.nan),
    )


def _reduced(v: Tensor, directions: Tensor) -> Tensor:
    """Return v without what lies along the directions, (E, k, D)."""
    along = matrix_product(directions, v.unsqueeze(2))
    return v - matrix_product(directions.mT, along)[:, :, 0]


def _usable(start: Tensor, fresh: Callable[[], Tensor]) -> Tensor:
    """Return the starts, and something else where one is zero or not finite."""
    length = length_of(start)
    good = length.isfinite() & (length > 0)
    return start if good.all() else torch.where(good[:, None], start, fresh()[-1])


def _unit(v: Tensor) -> Tensor:
    return (v / length_of(v)[:, None]).to(v.dtype)


def _dot(v: Tensor, w: Tensor) -> Tensor:
    return dot(as_array(v.double()), as_array(w.double()))


def _joined(parts: list, i: int) -> Tensor:
    return torch.cat([part[3][i] for part in parts])
