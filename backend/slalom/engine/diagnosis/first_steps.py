"""The first steps at which something held for each of R runs, and the thresholds that say so: docs/outcomes.md.

A detector that sees everything of its runs shares them with a map, which sees little but losses.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from slalom.catalogue.thresholds import EXPLOSION, RUNAWAY, SMALLEST_LOSS, TOLERANCE
from slalom.engine.lockstep.observations import NEVER, first_true, last_true

ROUNDING = 1e-9
"""An eigenvalue is negative where it is below zero by more than this share of the other one."""


def curves_down(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return where the smallest eigenvalue is negative by more than rounding."""
    return low < -ROUNDING * np.fmax(abs(low), abs(high))


class FirstSteps:
    """First steps of R runs, arrays of shape (R,), NEVER where nothing has happened yet."""

    best: np.ndarray
    exploded: np.ndarray
    nonfinite: np.ndarray
    runaway: np.ndarray
    converged: np.ndarray
    first_rise: np.ndarray
    crossing: np.ndarray
    saddle: np.ndarray
    since: np.ndarray
    reference: np.ndarray
    bound: np.ndarray
    near: np.ndarray
    small: np.ndarray
    far: np.ndarray
    loss: np.ndarray

    def __init__(self, best: np.ndarray) -> None:
        """``best``: f* of every run, nan where unknown, shape (R,)."""
        runs = len(best)
        self.best = best
        self.exploded, self.nonfinite, self.runaway, self.converged = np.full((4, runs), NEVER)
        self.first_rise, self.crossing, self.saddle = np.full((3, runs), NEVER)
        """These three only a detector knows."""
        self.since = np.full(runs, NEVER)
        """The step from which the run has been converged without interruption."""
        self.reference, self.bound, self.near, self.small, self.far = np.full((5, runs), np.nan)
        """The starting loss, how far above it is an explosion, how close to f* is convergence, how small a gradient has
        vanished, and how far out parameters have run away."""
        self.loss = np.full(runs, np.nan)
        """The latest losses."""
        self._leaving = np.zeros(runs, bool)

    def begin(
        self, noisy: np.ndarray, early: np.ndarray, counted: np.ndarray, grad: np.ndarray, distance: np.ndarray
    ) -> None:
        """Fix the thresholds by the first losses, (n, R): of ``noisy`` runs their mean is the starting loss.

        ``counted``: which of them are entries of the run; ``grad`` and ``distance``: |g| and |θ| at entry 0, (R,).
        """
        counted = counted & np.isfinite(early)
        mean = np.where(counted, early, 0.0).sum(axis=0) / counted.sum(axis=0)
        self.reference = np.where(noisy, mean, early[0])
        size = np.fmax(abs(self.reference), self.reference - self.best)
        self.bound = EXPLOSION * np.fmax(size, SMALLEST_LOSS)
        self.near = TOLERANCE * np.fmax(1.0, early[0] - self.best)
        self.small = TOLERANCE * np.fmax(1.0, grad)
        self.far = RUNAWAY * (1 + distance)

    def update(
        self,
        first: int,
        loss: np.ndarray,
        valid: np.ndarray,
        finite: np.ndarray,
        converged: np.ndarray,
        distance: Callable[[], np.ndarray],
    ) -> np.ndarray:
        """Take in the next entries, arrays (n, R); return their losses below those of the entry before, nan if invalid.

        ``converged``: which count as converged; ``distance`` returns |θ|, and is asked where a loss has fallen far.
        """
        whole = np.concatenate([self.loss[None], np.where(valid, loss, np.nan)])
        above = whole - self.reference > self.bound
        self.exploded = marked(self.exploded, first, above[1:] & above[:-1])
        self.nonfinite = marked(self.nonfinite, first, ~finite & valid)
        self._run_away(first, whole, distance)
        self.converged = marked(self.converged, first, converged & valid)
        self._hold(first, converged & valid, valid)
        self.loss = whole[-1]
        return whole

    def steps(self, kind: str) -> np.ndarray:
        """Return the first step at which something of a kind happened to every run, (R,)."""
        return getattr(self, kind)

    def keep(self, which: np.ndarray) -> None:
        """Forget the other runs."""
        for name, values in vars(self).items():
            setattr(self, name, values[which])

    @property
    def broken(self) -> np.ndarray:
        """The first step at which a run had exploded or was not finite."""
        both = np.stack([self.exploded, self.nonfinite])
        return np.where((both == NEVER).any(axis=0), both.max(axis=0), both.min(axis=0))

    def _run_away(self, first: int, whole: np.ndarray, distance: Callable[[], np.ndarray]) -> None:
        """Note where parameters are far out and the loss has fallen, twice in a row, as far as an explosion rises."""
        unknown = np.isnan(self.best)
        if not unknown.any():
            return
        leaving = (self.reference - whole[1:] > self.bound) & (whole[1:] < whole[:-1]) & unknown
        if leaving.any():
            leaving &= distance() > self.far
        pairs = np.concatenate([self._leaving[None], leaving])
        self._leaving = pairs[-1]
        self.runaway = marked(self.runaway, first, pairs[1:] & pairs[:-1])

    def _hold(self, first: int, converged: np.ndarray, valid: np.ndarray) -> None:
        """Keep ``since``, the beginning of the latest unbroken stretch of converged entries."""
        broken, end = last_true(valid & ~converged), last_true(valid)
        entered = np.where((self.since == NEVER) & converged.any(axis=0), first, self.since)
        after = np.where(end > broken, first + broken + 1, NEVER)
        self.since = np.where(broken == NEVER, entered, after)


def marked(steps: np.ndarray, first: int, mask: np.ndarray) -> np.ndarray:
    """Return first steps, (R,), with those of runs for which something now holds, (n, R), for the first time."""
    row = first_true(mask)
    return np.where((steps == NEVER) & (row != NEVER), first + row, steps)
