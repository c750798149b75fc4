"""E runs of one rule on one problem, stepped together: every operation acts on all of them at once.

Positions have shape (dim, E). Ensembles run on NumPy, which costs a microsecond per operation, in tiles whose arrays
stay in the cache. They do so whatever their number: torch's sine is faster on many, but its last digits are others, and
a run would not be the same alone and beside 65 536 others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from slalom.catalogue.base.choice import Array
from slalom.catalogue.base.functions import Functions
from slalom.catalogue.optimizers import Optimizer
from slalom.catalogue.problems.base import Problem
from slalom.engine.lockstep.gradient_transform import GradientTransform
from slalom.engine.lockstep.groups import ready
from slalom.engine.lockstep.interfaces import StepStatistics

TILE_LANES = 16_384
"""Lanes per operation: 128 KiB a column of float64, few enough for the cache, and many enough to hide Python."""


@dataclass(slots=True)
class SurfaceSteps(StepStatistics):
    """Steps on a surface; NumPy, in the run's dtype."""

    points: np.ndarray
    """Parameters, shape (n, dim, E)."""
    gradients: np.ndarray
    """Undisturbed, shape (n, dim, E)."""
    scales: np.ndarray | None
    """The preconditioner D of the update that follows, shape (n, dim, E); None where D = 1."""
    averages: np.ndarray | None = None
    """Averaged parameters, shape (n, dim, E); None where none are kept."""

    def lanes(self, part: slice) -> SurfaceSteps:
        """Return some of the runs, as views."""
        scales = None if self.scales is None else self.scales[..., part]
        loss, lr = self.loss[:, part], self.lr[:, part]
        return SurfaceSteps(loss, lr, self.points[..., part], self.gradients[..., part], scales)


class Ensemble:
    """Runs in lock step: they differ in start, rate, and the float settings of their rule."""

    def __init__(
        self,
        problem: Problem,
        optimizer: Optimizer,
        start: np.ndarray,
        *,
        dtype: str = "float64",
        disturbance: GradientTransform | None = None,
        state: Any = None,
        seeds: Sequence[int] | None = None,
        steps: int = 0,
    ) -> None:
        """Put the runs at ``start``, shape (dim, E); ``optimizer`` may hold float64 columns of shape (E,).

        ``state`` continues from what the rule remembered elsewhere; ``seeds`` are those of the runs, 0 if not given,
        and ``steps`` the updates whose entries are wanted.
        """
        dimension, self.runs = start.shape
        drawn: Sequence[int] = [0] * self.runs if seeds is None else seeds
        ends = range(TILE_LANES, self.runs + TILE_LANES, TILE_LANES)
        self._parts = [slice(end - TILE_LANES, min(end, self.runs)) for end in ends]
        functions = problem.functions(np)
        with np.errstate(all="ignore"):
            self._tiles = []
            for part in self._parts:
                points = _cut(start.astype(dtype), part)
                rule = ready(_part(optimizer, part), [(dimension,)], drawn[part], steps)
                tile = _Tile(functions, rule, points, _part(state, part))
                tile.disturb(_part(disturbance, part), dtype)
                self._tiles.append(tile)
        self._dimension, self._dtype, self._scaled = dimension, dtype, optimizer.is_preconditioned

    def walk(self, rates: np.ndarray, noise: np.ndarray | None = None) -> SurfaceSteps:
        """Make n updates and return what happened; ``rates`` has shape (n, E), ``noise``, scaled, (n, dim, E)."""
        n = len(rates)
        points, gradients = np.empty((2, n, self._dimension, self.runs), self._dtype)
        scales = np.empty_like(points) if self._scaled else None
        whole = SurfaceSteps(np.empty((n, self.runs), self._dtype), rates, points, gradients, scales)
        with np.errstate(all="ignore"):
            for tile, part, lr, z in self._inputs(rates, noise):
                tile.walk(lr, z, whole.lanes(part))
        return whole

    def advance(self, rates: np.ndarray, noise: np.ndarray | None = None) -> np.ndarray:
        """Make n updates and return only the losses before each of them, shape (n, E)."""
        losses = np.empty((len(rates), self.runs), self._dtype)
        with np.errstate(all="ignore"):
            for tile, part, lr, z in self._inputs(rates, noise):
                tile.advance(lr, z, losses[:, part])
        return losses

    def keep(self, runs: np.ndarray) -> None:
        """Go on with some of the runs only, positions (E',); for an ensemble of one tile."""
        (tile,), self.runs = self._tiles, len(runs)
        self._parts = [slice(0, self.runs)]
        tile.keep(runs)

    @property
    def rule(self) -> Optimizer:
        """The rule of all runs; for an ensemble of one tile."""
        (tile,) = self._tiles
        return tile.rule

    @property
    def still(self) -> np.ndarray:
        """Which runs have neither gradient nor memory, (E,), bool."""
        arrays = [tile_state for tile in self._tiles for tile_state in (tile.gradient, *tile.state)]
        zero = [(array == 0).all(axis=0) for array in arrays if isinstance(array, np.ndarray) and array.ndim > 1]
        return np.logical_and.reduce(zero)

    @property
    def losses(self) -> np.ndarray:
        """The losses at the present entry, shape (E,)."""
        return np.concatenate([tile.loss for tile in self._tiles])

    @property
    def points(self) -> np.ndarray:
        """The parameters at the present entry, shape (dim, E)."""
        return np.concatenate([tile.p for tile in self._tiles], axis=1)

    def state_of(self, run: int) -> Any:
        """Return what the rule remembers of one run, as an ensemble of one continues it."""
        tile, place = divmod(run, TILE_LANES)
        return _part(self._tiles[tile].state, slice(place, place + 1))

    def _inputs(
        self, rates: np.ndarray, noise: np.ndarray | None
    ) -> Iterator[tuple[_Tile, slice, Array, Array | None]]:
        """Yield every tile with its place among the lanes, its rates and its noise."""
        for tile, part in zip(self._tiles, self._parts, strict=True):
            yield tile, part, rates[:, part], None if noise is None else noise[..., part]


class _Tile:
    """Lanes that fit the cache: the inner loop."""

    def __init__(self, functions: Functions, rule: Optimizer, p: Array, state: Any) -> None:
        """Without a ``state`` the rule begins."""
        self.p, self.rule = p, rule
        self.state = rule.init(p, np) if state is None else state
        self.slope = functions.slope
        self.hessian = functions.hessian if rule.uses_hessian else None
        self.loss, self.gradient = self.slope(p)
        self.disturbance: GradientTransform | None = None

    def disturb(self, disturbance: GradientTransform | None, dtype: str) -> None:
        """Put noise and clipping, rounded to the dtype of the run, before the rule."""
        if disturbance is not None and disturbance.acts:
            parts = (None if part is None else part.astype(dtype) for part in disturbance)
            self.disturbance = GradientTransform(*parts)

    def keep(self, runs: np.ndarray) -> None:
        """Go on with some of the runs only."""
        self.p, self.loss, self.gradient = (array[..., runs] for array in (self.p, self.loss, self.gradient))
        self.rule, self.state = _part(self.rule, runs), _part(self.state, runs)
        self.disturbance = _part(self.disturbance, runs)

    def walk(self, rates: Array, noise: Array | None, into: SurfaceSteps) -> None:
        """Make an update for every row of ``rates``, and keep in ``into`` what was there before it."""
        points, losses, gradients, scales = into.points, into.loss, into.gradients, into.scales
        for i in range(len(rates)):
            points[i], losses[i], gradients[i] = self.p, self.loss, self.gradient
            self._update(rates[i], None if noise is None else noise[i])
            if scales is not None:
                scales[i] = self.rule.preconditioner(self.state, np)

    def advance(self, rates: Array, noise: Array | None, losses: np.ndarray) -> None:
        """Make an update for every row of ``rates``, and keep the loss before it."""
        for i in range(len(rates)):
            losses[i] = self.loss
            self._update(rates[i], None if noise is None else noise[i])

    def _update(self, lr: Array, noise: Array | None) -> None:
        p, g = self.p, self._disturbed(self.gradient, noise)
        hessian = None if self.hessian is None else self.hessian(p)
        closure = partial(self._evaluate, noise) if self.rule.uses_closure else None
        self.p, self.state = self.rule.update(p, g, self.state, lr, np, hessian, closure)
        self.loss, self.gradient = self.slope(self.p)

    def _disturbed(self, g: Array, noise: Array | None) -> Array:
        return g if self.disturbance is None else self.disturbance.apply(g, noise, np)

    def _evaluate(self, noise: Array | None, p: Array) -> tuple[Array, Array]:
        """Return losses at other points, and gradients with the disturbance of this update."""
        loss, gradient = self.slope(p)
        return loss, self._disturbed(gradient, noise)


def _part(thing: Any, runs: slice | np.ndarray) -> Any:
    """Return a rule, a disturbance or a state for some of its runs: every column cut, every plain setting as it is."""
    if thing is None:
        return None
    if isinstance(thing, Optimizer):
        return type(thing).model_construct(**{name: _cut(value, runs) for name, value in thing})
    return type(thing)(*(_cut(value, runs) for value in thing))


def _cut(value: Any, runs: slice | np.ndarray) -> Any:
    """Return some runs of an array whose last axis is runs; other values as they are."""
    return np.ascontiguousarray(value[..., runs]) if isinstance(value, np.ndarray) else value
