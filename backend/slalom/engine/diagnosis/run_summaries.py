"""Summaries of many runs at their end, in columns: what decides which kind of outcome each of them has.

All of it is differences of losses, gradients, curvatures and rates: a constant added to the loss changes nothing. What
a run is doing is read off medians of its last stretch (:mod:`.last_stretch`), not off two entries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from slalom.catalogue.thresholds import EXPLOSION
from slalom.engine.lockstep.observations import NEVER, TrainingSummary

from .first_steps import FirstSteps
from .last_stretch import SHORTEST, LastStretch

STEADY = 0.5
"""A rise, or a fall, goes on where its last part is at least so large a share of its first one."""
EXACT = 1e-6
"""A rate is exactly at its limit where they differ by no larger a share."""
SAME_CURVATURE = 0.01
"""A loss whose curvature at both ends of a run differs by no larger a share is a quadratic, as far as was seen."""
DIGITS = 8
"""Losses that differ by fewer units in the last place are the same."""

Which = Callable[[np.ndarray], np.ndarray]
"""Tells for which of some runs, positions (n,), something holds: (n,), bool."""


class Trend(NamedTuple):
    """What the losses of R runs do over their last stretch, each (R,), bool."""

    rises: np.ndarray
    """From each part of the stretch to the next."""
    falls: np.ndarray
    steady: np.ndarray
    """Without slowing down, as a run does that settles."""


@dataclass(frozen=True)
class RunSummaries:
    """The summaries of R runs, arrays of shape (R,) unless said."""

    first: FirstSteps
    noisy: np.ndarray
    """Whether the gradient is disturbed (bool)."""
    rounding: float
    """The relative error of one rounding."""
    start_grad: np.ndarray
    """Gradient norm at entry 0."""
    start_sharpness: np.ndarray
    start_curvature: np.ndarray
    """Sharpness as the rule feels it, at entry 0."""
    loss: np.ndarray
    """At the last finite entry, as what follows."""
    grad: np.ndarray
    low: np.ndarray
    sharpness: np.ndarray
    curvature: np.ndarray
    losses: np.ndarray
    """The latest losses, shape (at most FLAT_STEPS + 1, R)."""
    stretch: LastStretch
    shares: np.ndarray
    """The rate, divided by its stability limit, at the two latest entries, (2, R)."""
    unbounded: Which
    """For which the loss is unbounded below."""
    on_a_tail: Which
    """For which no critical point is near."""
    training: Sequence[TrainingSummary | None] | None = None
    """Of networks; None for one whose loss is to rise, which is told from no pattern of learning."""

    @property
    def known(self) -> np.ndarray:
        """Where f* is known."""
        return np.isfinite(self.first.best)

    @property
    def vanished(self) -> np.ndarray:
        """Where the gradient has vanished."""
        return self.grad <= self.first.small

    @property
    def downhill(self) -> np.ndarray:
        """How far below it the floor of its quadratic is at most, where that curves up: ½ |g|²/λmin."""
        return np.where(self.low > 0, self.grad / (2 * np.where(self.low > 0, self.low, 1.0)) * self.grad, 0.0)

    @property
    def came_back(self) -> np.ndarray:
        """Which runs exploded, and are below their starting loss again."""
        exploded = (self.first.exploded != NEVER) & (self.first.nonfinite == NEVER)
        return exploded & (self.loss <= self.first.reference)

    @cached_property
    def hovers(self) -> np.ndarray:
        """Which runs exploded only because they began near 0, and now neither rise nor fall above their start.

        There a unit along the first gradient is an explosion, and they are no more than EXPLOSION such units up.
        Whether they stay so is known after a whole last stretch.
        """
        if self.stretch.entries < SHORTEST:
            return np.zeros(len(self.loss), bool)
        first, (rises, falls, _) = self.first, self.trend
        exploded = (first.exploded != NEVER) & (first.nonfinite == NEVER)
        near = (first.bound <= self.start_grad) & (self.loss - first.reference <= EXPLOSION * self.start_grad)
        return exploded & near & ~self.came_back & ~rises & ~falls

    @property
    def quadratic(self) -> np.ndarray:
        """Where the curvature is the same at both ends and there is no noise: what a limit says then is a theorem."""
        apart = abs(self.curvature - self.start_curvature)
        return (apart <= SAME_CURVATURE * abs(self.curvature)) & ~self.noisy

    @property
    def escaping(self) -> np.ndarray:
        """Where a quadratic rises at a rate above its limit, however low it still is."""
        return self.quadratic & self.turned_up & (self.share > 1 + EXACT)

    @cached_property
    def medians(self) -> np.ndarray:
        """The medians of successive parts of the last stretch, (parts, R)."""
        return self.stretch.medians()

    @cached_property
    def trend(self) -> Trend:
        apart, least = self._changes
        if not len(apart):
            return Trend(*np.zeros((3, len(self.noisy)), bool))
        steady = abs(apart[-1]) >= STEADY * abs(apart[0])
        return Trend(np.all(apart > least, axis=0), np.all(apart < -least, axis=0), steady)

    @property
    def turned_up(self) -> np.ndarray:
        """Which runs are higher in the last part of the stretch than in the one before."""
        apart, least = self._changes
        return apart[-1] > least[-1] if len(apart) else np.zeros(len(self.noisy), bool)

    @property
    def share(self) -> np.ndarray:
        """The larger of the two latest shares, nan without a limit."""
        return np.fmax(*self.shares)

    def of_networks(self, rule: Callable[[TrainingSummary], bool]) -> np.ndarray:
        """Return for which runs a rule holds, as networks; for none of others."""
        if self.training is None:
            return np.zeros(len(self.noisy), bool)
        return np.array([one is not None and rule(one) for one in self.training], bool)

    @cached_property
    def _changes(self) -> tuple[np.ndarray, np.ndarray]:
        """By how much each part of the last stretch is above the one before, and how much of that is rounding."""
        parts = self.medians
        return np.diff(parts, axis=0), DIGITS * self.rounding * np.fmax(abs(parts[1:]), abs(parts[:-1]))
