"""E runs of one rule on one problem, stepped together: every operation acts on all of them at once.

Positions have shape (dim, E). Ensembles run on NumPy, which costs a microsecond per operation, in tiles whose arrays
stay in the cache. Large ones of float64 whose formula has sines run on torch, whose sine is three times as fast there.
Which, follows from the spec alone, so the same spec gives the same bytes. Torch handles the last few lanes of an array
by other instructions than the rest: its tiles are all equally wide, the last one padded, and a lane has the same bytes
in every place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from slalom.catalogue.base.choice import Array, Module
from slalom.catalogue.base.functions import Functions
from slalom.catalogue.optimizers import Optimizer
from slalom.catalogue.problems.base import Problem
from slalom.engine.lockstep.gradient_transform import GradientTransform
from slalom.engine.lockstep.interfaces import StepStatistics

TILE_LANES = 16_384
"""Lanes per operation: 128 KiB a column of float64, few enough for the cache, and many enough to hide Python."""
LARGE = 65_536
"""From this many numbers (E · dim) on torch is worth importing, which takes seconds."""


@dataclass(slots=True)
class SurfaceSteps(StepStatistics):
    """Steps on a surface; NumPy, in the run's dtype."""

    points: np.ndarray
    """Parameters, shape (n, dim, E)."""
    gradients: np.ndarray
    """Undisturbed, shape (n, dim, E)."""
    scales: np.ndarray | None
    """The preconditioner D of the update that follows, shape (n, dim, E); None where D = 1."""

    def lanes(self, part: slice) -> SurfaceSteps:
        """Return some of the runs, as views."""
        scales = None if self.scales is None else self.scales[..., part]
        loss, lr = self.loss[:, part], self.lr[:, part]
        return SurfaceSteps(loss, lr, self.points[..., part], self.gradients[..., part], scales)


def runs_on_torch(problem: Problem, runs: int, dtype: str) -> bool:
    """Return whether an ensemble of so many runs is computed by torch."""
    if dtype != "float64" or runs * (problem.dimension or 0) < LARGE:
        return False
    formula = getattr(problem, "formula", None)
    return formula is not None and re.search(r"\b(sin|cos)\(", formula.code) is not None


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
        large: bool | None = None,
    ) -> None:
        """Put the runs at ``start``, shape (dim, E); ``optimizer`` may hold float64 columns of shape (E,).

        ``state`` continues from what the rule remembered elsewhere; ``large`` says whether to run on torch, by default
        where it pays.
        """
        dimension, self.runs = start.shape
        self.large = runs_on_torch(problem, self.runs, dtype) if large is None else large
        self._xp = xp = _torch() if self.large else np
        padded = -(-self.runs // TILE_LANES) * TILE_LANES if self.large else self.runs
        self._parts = [slice(first, min(first + TILE_LANES, padded)) for first in range(0, padded, TILE_LANES)]
        self._padding = padded - self.runs
        functions = problem.functions(xp)
        with np.errstate(all="ignore"):
            self._tiles = []
            for part in self._parts:
                lanes = np.minimum(np.arange(part.start, part.stop), self.runs - 1)
                points = _cut(start.astype(dtype), lanes, xp)
                tile = _Tile(functions, _part(optimizer, lanes, xp), points, xp)
                tile.disturb(_part(disturbance, lanes, xp), dtype)
                if state is not None:
                    tile.state = _part(state, lanes, xp)
                self._tiles.append(tile)
        self._shape, self._dtype, self._scaled = (dimension, padded), dtype, optimizer.is_preconditioned

    def walk(self, rates: np.ndarray, noise: np.ndarray | None = None) -> SurfaceSteps:
        """Make n updates and return what happened; ``rates`` has shape (n, E), ``noise``, scaled, (n, dim, E)."""
        n, (dimension, padded) = len(rates), self._shape
        points, gradients = np.empty((2, n, dimension, padded), self._dtype)
        scales = np.empty_like(points) if self._scaled else None
        rates = self._padded(rates)
        whole = SurfaceSteps(np.empty((n, padded), self._dtype), rates, points, gradients, scales)
        with np.errstate(all="ignore"):
            for tile, part, lr, z in self._inputs(rates, noise):
                tile.walk(lr, z, whole.lanes(part))
        return whole.lanes(slice(0, self.runs)) if self._padding else whole

    def advance(self, rates: np.ndarray, noise: np.ndarray | None = None) -> np.ndarray:
        """Make n updates and return only the losses before each of them, shape (n, E)."""
        losses = np.empty((len(rates), self._shape[1]), self._dtype)
        with np.errstate(all="ignore"):
            for tile, part, lr, z in self._inputs(self._padded(rates), noise):
                tile.advance(lr, z, losses[:, part])
        return losses[:, : self.runs]

    def keep(self, runs: np.ndarray) -> None:
        """Go on with some of the runs only, positions (E',); for an ensemble of one NumPy tile."""
        (tile,), self.runs = self._tiles, len(runs)
        self._parts, self._shape = [slice(0, self.runs)], (self._shape[0], self.runs)
        tile.keep(runs)

    @property
    def rule(self) -> Optimizer:
        """The rule of all runs; for an ensemble of one tile."""
        (tile,) = self._tiles
        return tile.rule

    @property
    def still(self) -> np.ndarray:
        """Which runs have neither gradient nor memory, (E,), bool; NumPy."""
        arrays = [tile_state for tile in self._tiles for tile_state in (tile.gradient, *tile.state)]
        zero = [(array == 0).all(axis=0) for array in arrays if isinstance(array, np.ndarray) and array.ndim > 1]
        return np.logical_and.reduce(zero)

    @property
    def losses(self) -> np.ndarray:
        """The losses at the present entry, shape (E,)."""
        return np.concatenate([np.asarray(tile.loss) for tile in self._tiles])[: self.runs]

    @property
    def points(self) -> np.ndarray:
        """The parameters at the present entry, shape (dim, E)."""
        return np.concatenate([np.asarray(tile.p) for tile in self._tiles], axis=1)[:, : self.runs]

    def state_of(self, run: int) -> Any:
        """Return what the rule remembers of one run, as an ensemble of one continues it; NumPy."""
        width = self._parts[0].stop
        state = self._tiles[run // width].state
        plain = (np.asarray(value) if getattr(value, "ndim", 0) else value for value in state)
        return type(state)(*(_cut(value, np.array([run % width]), np) for value in plain))

    def _padded(self, values: np.ndarray) -> np.ndarray:
        """Return values (..., E) with those of the last run again, as many as the tiles are wide."""
        return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, self._padding)], "edge") if self._padding else values

    def _inputs(
        self, rates: np.ndarray, noise: np.ndarray | None
    ) -> Iterator[tuple[_Tile, slice, Array, Array | None]]:
        """Yield every tile with its place among the lanes, its rates, padded already, and its noise."""
        noise = None if noise is None else self._padded(noise)
        for tile, part in zip(self._tiles, self._parts, strict=True):
            z = None if noise is None else self._xp.asarray(noise[..., part])
            yield tile, part, self._xp.asarray(rates[:, part]), z


class _Tile:
    """Lanes that fit the cache: the inner loop."""

    def __init__(self, functions: Functions, rule: Optimizer, p: Array, xp: Module) -> None:
        self.p, self.xp, self.rule = p, xp, rule
        self.state = rule.init(p, xp)
        self.slope = functions.slope
        self.hessian = functions.hessian if rule.uses_hessian else None
        self.loss, self.gradient = self.slope(p)
        self.disturbance: GradientTransform | None = None

    def disturb(self, disturbance: GradientTransform | None, dtype: str) -> None:
        """Put noise and clipping, rounded to the dtype of the run, before the rule."""
        if disturbance is not None and disturbance.acts:
            kind = getattr(self.xp, dtype)
            parts = (None if part is None else self.xp.asarray(part, dtype=kind) for part in disturbance)
            self.disturbance = GradientTransform(*parts)

    def keep(self, runs: np.ndarray) -> None:
        """Go on with some of the runs only."""
        self.p, self.loss, self.gradient = (array[..., runs] for array in (self.p, self.loss, self.gradient))
        self.rule, self.state = _part(self.rule, runs, self.xp), _part(self.state, runs, self.xp)
        self.disturbance = _part(self.disturbance, runs, self.xp)

    def walk(self, rates: Array, noise: Array | None, into: SurfaceSteps) -> None:
        """Make an update for every row of ``rates``, and keep in ``into`` what was there before it."""
        points, losses, gradients, scales = into.points, into.loss, into.gradients, into.scales
        for i in range(len(rates)):
            points[i], losses[i], gradients[i] = self.p, self.loss, self.gradient
            self._update(rates[i], None if noise is None else noise[i])
            if scales is not None:
                scales[i] = self.rule.preconditioner(self.state, self.xp)

    def advance(self, rates: Array, noise: Array | None, losses: np.ndarray) -> None:
        """Make an update for every row of ``rates``, and keep the loss before it."""
        for i in range(len(rates)):
            losses[i] = self.loss
            self._update(rates[i], None if noise is None else noise[i])

    def _update(self, lr: Array, noise: Array | None) -> None:
        p, g, xp = self.p, self._disturbed(self.gradient, noise), self.xp
        hessian = None if self.hessian is None else self.hessian(p)
        closure = partial(self._evaluate, noise) if self.rule.uses_closure else None
        self.p, self.state = self.rule.update(p, g, self.state, lr, xp, hessian, closure)
        self.loss, self.gradient = self.slope(self.p)

    def _disturbed(self, g: Array, noise: Array | None) -> Array:
        return g if self.disturbance is None else self.disturbance.apply(g, noise, self.xp)

    def _evaluate(self, noise: Array | None, p: Array) -> tuple[Array, Array]:
        """Return losses at other points, and gradients with the disturbance of this update."""
        loss, gradient = self.slope(p)
        return loss, self._disturbed(gradient, noise)


def _part(thing: Any, lanes: np.ndarray, xp: Module) -> Any:
    """Return a rule, a disturbance or a state for some of its runs: every column cut, every plain setting as it is."""
    if thing is None:
        return None
    if isinstance(thing, Optimizer):
        return type(thing).model_construct(**{name: _cut(value, lanes, xp) for name, value in thing})
    return type(thing)(*(_cut(value, lanes, xp) for value in thing))


def _cut(value: Any, lanes: np.ndarray, xp: Module) -> Any:
    """Return the runs ``lanes`` of an array whose last axis is runs, in ``xp``; other values as they are."""
    if not isinstance(value, np.ndarray):
        return value
    return xp.asarray(np.ascontiguousarray(value[..., lanes]))


def _torch() -> Module:
    """Import torch and keep it on one thread: a tile is too small to share, and one thread repeats its bytes."""
    import torch

    torch.set_num_threads(1)
    return torch
