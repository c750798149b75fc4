"""The events of R runs, detected while they happen, and what must be remembered of the runs to say what they are.

Every tick hands over what was observed of its entries; what must outlive a tick is kept in arrays over runs. Nothing
depends on where one tick ends and the next begins.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from slalom.catalogue.thresholds import FLAT_STEPS, NOISY_START
from slalom.engine.lockstep.observations import NEVER, Entry, Observations, entry_at, joined, last_finite, last_true

from .first_steps import FirstSteps, curves_down, marked
from .last_stretch import LastStretch

EVENTS = ("first_rise", "crossing", "saddle", "exploded", "nonfinite", "converged")
"""What a viewer is told when it happens: the first entry at which

first_rise  the loss is above the one before
crossing    the learning rate is above the stability limit of its rule
saddle      the gradient has grown REGROWN-fold while the loss fell at every step: a saddle or a plateau is left
exploded    the loss, like the one before, is EXPLOSION times above its start
nonfinite   the loss or a parameter is not finite
converged   the loss is at f*, or where f* is unknown the gradient has vanished on ground that does not curve down
"""
REGROWN = 3.0
"""Along the gradient's own direction |g| grows only where the curvature is negative: once it is so many times its
lowest value, the run has come down from a saddle."""
RATIOS = 10
"""The measured growth is the median of this many ratios."""


class Detection(NamedTuple):
    """An event: something that happened to a run for the first time."""

    kind: str
    run: int
    step: int
    loss: float
    before: float
    """The loss one entry earlier."""
    lr: float
    limit: float


class EventDetector:
    """Detects the events of R runs, and remembers of them what decides what they are."""

    def __init__(self, best: np.ndarray, noisy: np.ndarray, dtype: str = "float64") -> None:
        """``best``: f* of every run, nan where unknown; ``noisy``: whether its gradient is disturbed; shape (R,).

        ``dtype`` is that of the runs.
        """
        runs = len(best)
        self.noisy: np.ndarray = noisy
        self.rounding: float = float(np.finfo(dtype).eps)
        self.first: FirstSteps = FirstSteps(best)
        self.losses = np.full((0, runs), np.nan)
        """The latest losses, shape (at most FLAT_STEPS + 1, R)."""
        self.stretch: LastStretch = LastStretch(runs)
        self.shares = np.full((2, runs), np.nan)
        """The rate, divided by its stability limit, at the two latest entries: a run that bounces sees both sides."""
        self.highest_lr = np.full(runs, -np.inf)
        """The largest learning rate so far."""
        self.ratios = np.full((RATIOS, runs), np.nan)
        """The latest finite ratios of successive losses, nan where there are fewer."""
        self.start: Entry | None = None
        self.last: Entry | None = None
        """The last finite entry."""
        self.evidence: Entry | None = None
        """The entry at which a run exploded, else the last finite one."""
        self.crossed: Entry | None = None
        """The entry at which the rate first exceeded the stability limit; where it never did, entry 0."""
        self.broken: Entry | None = None
        """The first entry that is not finite; where all are, entry 0."""
        self._lowest_gradient = np.full(runs, np.inf)
        """The lowest |g| since the loss last failed to fall."""
        self._waiting: list[Observations] = []

    def update(self, seen: Observations) -> list[Detection]:
        """Take in the next entries and return what happened in them for the first time.

        Entries are held back until a noisy run has shown the NOISY_START losses that define its starting loss.
        """
        if self.start is None and self.noisy.any():
            self._waiting.append(seen)
            if sum(len(part.loss) for part in self._waiting) < NOISY_START:
                return []
            seen, self._waiting = joined(self._waiting), []
        return self._detect(seen)

    def flush(self) -> list[Detection]:
        """Take in what is still held back: the runs have ended."""
        waiting, self._waiting = self._waiting, []
        return self._detect(joined(waiting)) if waiting else []

    def _detect(self, seen: Observations) -> list[Detection]:
        if self.start is None:
            self._begin(seen)
        before = {kind: self.first.steps(kind) for kind in EVENTS}
        loss = self._mark(seen)
        self._remember(seen, loss)
        fresh = {kind: (before[kind] == NEVER) & (self.first.steps(kind) != NEVER) for kind in EVENTS}
        self._settle(seen, fresh, before["exploded"] == NEVER)
        found = [
            self._detection(kind, run, seen, loss) for kind in EVENTS for run in np.flatnonzero(fresh[kind]).tolist()
        ]
        return sorted(found, key=lambda one: one.step)

    def _detection(self, kind: str, run: int, seen: Observations, loss: np.ndarray) -> Detection:
        step = int(self.first.steps(kind)[run])
        row = step - seen.first
        numbers = (seen.loss[row, run], loss[row, run], seen.lr[row, run], seen.limit[row, run])
        return Detection(kind, run, step, *(float(number) for number in numbers))

    def _begin(self, seen: Observations) -> None:
        """Fix what later entries are compared with."""
        start = entry_at(seen, np.zeros(len(self.noisy), int))
        self.start = self.last = self.evidence = self.crossed = self.broken = start
        early = seen.rows(slice(0, NOISY_START))
        self.first.begin(self.noisy, early.loss, early.valid, start.grad, start.distance)

    def _mark(self, seen: Observations) -> np.ndarray:
        """Note what happened for the first time; return the losses below those of the entry before."""
        near = seen.loss - self.first.best <= self.first.near
        small = (seen.grad <= self.first.small) & ~curves_down(seen.low, seen.sharpness)
        converged = np.where(np.isnan(self.first.best), small, near)
        loss = self.first.update(seen.first, seen.loss, seen.valid, seen.finite, converged, lambda: seen.distance)
        self.first.first_rise = marked(self.first.first_rise, seen.first, loss[1:] > loss[:-1])
        over = (seen.lr > seen.limit) & seen.measured & seen.valid
        self.first.crossing = marked(self.first.crossing, seen.first, over)
        if len(seen.points):  # Of networks the gradient grows for other reasons, too.
            regrown = self._regrown(loss[1:] < loss[:-1], seen.grad) & seen.valid
            self.first.saddle = marked(self.first.saddle, seen.first, regrown)
        return loss

    def _regrown(self, falls: np.ndarray, grad: np.ndarray) -> np.ndarray:
        """Return where |g| has grown REGROWN-fold since the loss last failed to fall, (n, R), bool."""
        # Complex numbers are ordered by their real part first: a fall that begins later is below all before it.
        pairs = np.zeros((len(grad) + 1, grad.shape[1]), np.complex128)
        pairs.imag[0], pairs.imag[1:] = self._lowest_gradient, grad
        pairs.real[1:] = -np.cumsum(~falls, axis=0)
        lowest = np.imag(np.fmin.accumulate(pairs, axis=0))
        self._lowest_gradient = lowest[-1]
        return falls & (lowest[:-1] > 0) & (grad >= REGROWN * lowest[:-1])

    def _remember(self, seen: Observations, loss: np.ndarray) -> None:
        ratios = loss[1:] / loss[:-1]
        if seen.first <= 1:
            ratios[: 2 - seen.first] = np.nan
        self.losses: np.ndarray = np.concatenate([self.losses, loss[1:]])[-FLAT_STEPS - 1 :]
        self.stretch.add(loss[1:], seen.turn < 0)
        self.shares: np.ndarray = np.concatenate([self.shares, seen.lr / seen.limit])[-2:]
        self.highest_lr = np.fmax(self.highest_lr, np.where(seen.valid, seen.lr, -np.inf).max(axis=0))
        self.ratios: np.ndarray = last_finite(np.concatenate([self.ratios, ratios]), RATIOS)

    def _settle(self, seen: Observations, fresh: dict[str, np.ndarray], calm: np.ndarray) -> None:
        """Move the entries that are remembered: the last finite one, with it the evidence of runs that were ``calm``
        until these entries, and where a run crossed its limit, or broke; ``fresh``: which runs did, by kind of event.
        """
        assert self.last is not None
        assert self.evidence is not None
        assert self.crossed is not None
        assert self.broken is not None
        good = seen.valid & seen.finite
        row = last_true(good)
        self.last = self.last.moved(entry_at(seen, row), row != NEVER)
        exploded, here = self._rows("exploded", fresh, seen)
        here &= good[exploded, np.arange(len(here))]
        row = np.where(here, exploded, row)
        self.evidence = self.evidence.moved(entry_at(seen, row), calm & (row != NEVER))
        crossing, here = self._rows("crossing", fresh, seen)
        self.crossed = self.crossed.moved(entry_at(seen, crossing), here)
        broken, here = self._rows("nonfinite", fresh, seen)
        self.broken = self.broken.moved(entry_at(seen, broken), here)

    def _rows(self, kind: str, fresh: dict[str, np.ndarray], seen: Observations) -> tuple[np.ndarray, np.ndarray]:
        """Return at which of these entries an event happened, 0 where it did not, and to which runs it did."""
        return np.where(fresh[kind], self.first.steps(kind) - seen.first, 0), fresh[kind]
