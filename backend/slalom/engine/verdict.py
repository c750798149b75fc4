"""What happened to each run, decided while it happens: CONTRACT section 3, for all runs at once.

Every tick hands over what was measured on its entries; what must outlive a tick is kept in arrays over runs. Nothing
depends on where one tick ends and the next begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .lately import Lately

NEVER = -1
"""Stands for "not yet" wherever a step is kept as an integer."""

EVENTS = ("first_rise", "crossing", "exploded", "nonfinite", "converged")
"""What a viewer is told when it happens."""
MARKS = (*EVENTS, "runaway")

EXPLOSION = 1000.0
"""A loss this many times above the start, twice in a row, is an explosion."""
SMALLEST_LOSS = 1e-8
"""A starting loss below this counts as this."""
RUNAWAY = 1e6
"""Parameters this many times farther out than the start, with the loss falling, have left for good."""
TOLERANCE = 1e-6
"""A loss or gradient this small, relative to the start where that is above 1, is zero."""
FLAT = 1e-9
"""A loss that changes relatively less than this over FLAT_STEPS updates stands still."""
FLAT_STEPS = 200
NOISY_START = 20
"""With noise the starting loss is the mean of this many entries."""
RATIOS = 10
"""The measured growth is the median of this many ratios."""
ROUNDING = 1e-9
"""An eigenvalue is negative where it is below zero by more than this share of the other one."""


class Facts(NamedTuple):
    """What was measured on consecutive entries of R runs, of shape (n, R) unless said; meaningless where not valid."""

    first: int
    """Step of the first entry."""
    valid: np.ndarray
    """Whether the run still had this entry (bool)."""
    finite: np.ndarray
    """Whether loss and parameters were finite there (bool)."""
    loss: np.ndarray
    grad: np.ndarray
    """Gradient norm before clipping."""
    turn: np.ndarray
    """Dot product of the steps that led to this entry and to the one before; nan before entry 2."""
    distance: np.ndarray
    """|θ|."""
    lr: np.ndarray
    sharpness: np.ndarray
    curvature: np.ndarray
    """Sharpness as the rule feels it: of the preconditioned Hessian."""
    limit: np.ndarray
    low: np.ndarray
    """Smallest Hessian eigenvalue."""
    measured: np.ndarray
    """Whether curvature was measured at this entry (bool), or is that of an earlier one."""
    points: np.ndarray
    """Parameters, shape (dim, n, R)."""

    def rows(self, part: slice) -> Facts:
        """Return some of the entries."""
        *arrays, points = self[1:]
        return Facts._make([self.first + (part.start or 0), *(array[part] for array in arrays), points[:, part]])


def joined(parts: Sequence[Facts]) -> Facts:
    """Return successive facts as one."""
    if len(parts) == 1:
        return parts[0]
    *arrays, points = zip(*(part[1:] for part in parts), strict=True)
    return Facts._make([parts[0].first, *map(np.concatenate, arrays), np.concatenate(points, axis=1)])


class Spot(NamedTuple):
    """Where evidence was taken, for R runs."""

    step: np.ndarray
    loss: np.ndarray
    grad: np.ndarray
    distance: np.ndarray
    lr: np.ndarray
    sharpness: np.ndarray
    curvature: np.ndarray
    limit: np.ndarray
    low: np.ndarray
    points: np.ndarray
    """Parameters, shape (dim, R)."""

    def moved(self, new: Spot, which: np.ndarray) -> Spot:
        """Return these spots with those of ``which`` runs, shape (R,), replaced."""
        return Spot(*(np.where(which, b, a) for a, b in zip(self, new, strict=True)))


def spot_at(facts: Facts, rows: np.ndarray) -> Spot:
    """Return the facts of run r at entry ``rows[r]``, shape (R,), counted from the first of ``facts``."""
    lanes = np.arange(facts.loss.shape[1])
    names = ("loss", "grad", "distance", "lr", "sharpness", "curvature", "limit", "low")
    values = (getattr(facts, name)[rows, lanes] for name in names)
    return Spot._make([facts.first + rows, *values, facts.points[:, rows, lanes]])


def first_true(mask: np.ndarray) -> np.ndarray:
    """Return the first row with True in every column, NEVER where there is none: (n, R) -> (R,)."""
    return np.where(mask.any(axis=0), mask.argmax(axis=0), NEVER)


def last_true(mask: np.ndarray) -> np.ndarray:
    """Return the last row with True in every column, NEVER where there is none: (n, R) -> (R,)."""
    return np.where(mask.any(axis=0), len(mask) - 1 - mask[::-1].argmax(axis=0), NEVER)


def last_finite(values: np.ndarray, count: int) -> np.ndarray:
    """Return the last ``count`` finite values of every column, nan above where there are fewer: (count, R)."""
    finite = np.isfinite(values)
    if finite[-count:].all():
        return values[-count:]
    rows = np.sort(np.where(finite, np.arange(len(values))[:, None], NEVER), axis=0)[-count:]
    return np.where(rows == NEVER, np.nan, np.take_along_axis(values, rows, axis=0))


def curves_down(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return where the smallest eigenvalue is negative by more than rounding."""
    return low < -ROUNDING * np.fmax(abs(low), abs(high))


class Found(NamedTuple):
    """Something that happened to a run for the first time."""

    kind: str
    run: int
    step: int
    loss: float
    before: float
    """The loss one entry earlier."""
    lr: float
    limit: float


class Verdict:
    """The state of judgement over R runs; every mark is the first step at which something held, or NEVER."""

    def __init__(self, best: np.ndarray, noisy: np.ndarray, dtype: str = "float64") -> None:
        """``best``: f* of every run, nan where unknown; ``noisy``: whether its gradient is disturbed; shape (R,).

        ``dtype`` is that of the runs.
        """
        runs = len(best)
        self.best, self.noisy, self.rounding = best, noisy, float(np.finfo(dtype).eps)
        self.marks = {kind: np.full(runs, NEVER) for kind in MARKS}
        self.since = np.full(runs, NEVER)
        """The step from which the run has been converged without interruption."""
        self.losses = np.full((1, runs), np.nan)
        """The latest losses, shape (at most FLAT_STEPS + 1, R); before entry 0 a row of nan."""
        self.lately = Lately(runs)
        self.shares = np.full((2, runs), np.nan)
        """The rate, divided by its stability limit, at the two latest entries: a run that bounces sees both sides."""
        self.ratios = np.full((RATIOS, runs), np.nan)
        """The latest finite ratios of successive losses, nan where there are fewer."""
        self.start: Spot | None = None
        self.last: Spot | None = None
        """The last finite entry."""
        self.evidence: Spot | None = None
        """The entry at which a run exploded, else the last finite one."""
        self.crossed: Spot | None = None
        """The entry at which the rate first exceeded the stability limit; where it never did, entry 0."""
        self.broken: Spot | None = None
        """The first entry that is not finite; where all are, entry 0."""
        self.reference = self.bound = np.full(runs, np.nan)
        """What losses are compared with, and how far above it is an explosion."""
        self._leaving = np.zeros(runs, bool)
        self._waiting: list[Facts] = []

    def update(self, facts: Facts) -> list[Found]:
        """Take in the next entries and return what happened in them for the first time.

        Entries are held back until a noisy run has shown the NOISY_START losses that define its starting loss.
        """
        if self.start is None and self.noisy.any():
            self._waiting.append(facts)
            if sum(len(part.loss) for part in self._waiting) < NOISY_START:
                return []
            facts, self._waiting = joined(self._waiting), []
        return self._digest(facts)

    def flush(self) -> list[Found]:
        """Take in what is still held back: the runs have ended."""
        waiting, self._waiting = self._waiting, []
        return self._digest(joined(waiting)) if waiting else []

    def _digest(self, facts: Facts) -> list[Found]:
        if self.start is None:
            self._begin(facts)
        fresh = {kind: mark == NEVER for kind, mark in self.marks.items()}
        loss = np.concatenate([self.losses[-1:], np.where(facts.valid, facts.loss, np.nan)])
        self._mark(facts, loss)
        self._remember(facts, loss)
        self._settle(facts, fresh)
        found = [
            self._found(kind, run, facts, loss)
            for kind in EVENTS
            for run in np.flatnonzero(fresh[kind] & (self.marks[kind] != NEVER)).tolist()
        ]
        return sorted(found, key=lambda one: one.step)

    def _found(self, kind: str, run: int, facts: Facts, loss: np.ndarray) -> Found:
        step = int(self.marks[kind][run])
        row = step - facts.first
        numbers = (facts.loss[row, run], loss[row, run], facts.lr[row, run], facts.limit[row, run])
        return Found(kind, run, step, *(float(number) for number in numbers))

    def _begin(self, facts: Facts) -> None:
        """Fix what later entries are compared with: the starting loss, and how far above it is an explosion."""
        self.start = self.last = self.evidence = self.crossed = self.broken = spot_at(
            facts, np.zeros(len(self.best), int)
        )
        early = facts.rows(slice(0, NOISY_START))
        counted = early.valid & np.isfinite(early.loss)
        mean = np.where(counted, early.loss, 0.0).sum(axis=0) / counted.sum(axis=0)
        self.reference = np.where(self.noisy, mean, self.start.loss)
        size = np.fmax(abs(self.reference), self.reference - self.best)
        self.bound = EXPLOSION * np.fmax(size, SMALLEST_LOSS)

    def _mark(self, facts: Facts, loss: np.ndarray) -> None:
        """Note what happened for the first time; ``loss`` has one row more than the facts, the one before them."""
        above = loss - self.reference > self.bound
        converged = self._converged(facts)
        masks = {
            "first_rise": loss[1:] > loss[:-1],
            "exploded": above[1:] & above[:-1],
            "nonfinite": ~facts.finite,
            "runaway": self._runaway(facts, loss),
            "converged": converged,
            "crossing": (facts.lr > facts.limit) & facts.measured,
        }
        for kind, mask in masks.items():
            row = first_true(mask & facts.valid)
            self.marks[kind] = np.where(
                (self.marks[kind] == NEVER) & (row != NEVER), facts.first + row, self.marks[kind]
            )
        self._hold(facts, converged & facts.valid)

    def _converged(self, facts: Facts) -> np.ndarray:
        """Return where the loss is at f*, or where f* is unknown and the gradient vanishes on ground that curves up."""
        assert self.start is not None
        near = facts.loss - self.best <= TOLERANCE * np.fmax(1.0, self.start.loss - self.best)
        small = facts.grad <= TOLERANCE * np.fmax(1.0, self.start.grad)
        return np.where(np.isnan(self.best), small & ~curves_down(facts.low, facts.sharpness), near)

    def _runaway(self, facts: Facts, loss: np.ndarray) -> np.ndarray:
        """Return where parameters are far out and the loss has fallen, twice in a row, as far as an explosion rises."""
        assert self.start is not None
        far = facts.distance > RUNAWAY * (1 + self.start.distance)
        fallen = (self.reference - loss[1:] > self.bound) & (loss[1:] < loss[:-1]) & np.isnan(self.best)
        leaving = np.concatenate([self._leaving[None], far & fallen])
        self._leaving = leaving[-1]
        return leaving[1:] & leaving[:-1]

    def _hold(self, facts: Facts, converged: np.ndarray) -> None:
        """Keep ``since``, the beginning of the latest unbroken stretch of converged entries."""
        broken, end = last_true(facts.valid & ~converged), last_true(facts.valid)
        entered = np.where((self.since == NEVER) & converged.any(axis=0), facts.first, self.since)
        after = np.where(end > broken, facts.first + broken + 1, NEVER)
        self.since = np.where(broken == NEVER, entered, after)

    def _remember(self, facts: Facts, loss: np.ndarray) -> None:
        ratios = loss[1:] / loss[:-1]
        if facts.first <= 1:
            ratios[: 2 - facts.first] = np.nan
        kept = self.losses if facts.first else self.losses[:0]
        self.losses = np.concatenate([kept, loss[1:]])[-FLAT_STEPS - 1 :]
        self.lately.add(loss[1:], facts.turn < 0)
        self.shares = np.concatenate([self.shares, facts.lr / facts.limit])[-2:]
        self.ratios = last_finite(np.concatenate([self.ratios, ratios]), RATIOS)

    def _settle(self, facts: Facts, fresh: Mapping[str, np.ndarray]) -> None:
        """Move the spots: the last finite one, with it the evidence of runs that had not exploded before, and where a
        run crossed its limit, or broke; ``fresh``: which runs had not before these entries, by kind of mark.
        """
        assert self.last is not None
        assert self.evidence is not None
        assert self.crossed is not None
        assert self.broken is not None
        calm, good = fresh["exploded"], facts.valid & facts.finite
        row = last_true(good)
        self.last = self.last.moved(spot_at(facts, row), row != NEVER)
        exploded, here = self._rows("exploded", calm, facts)
        here &= good[exploded, np.arange(len(here))]
        row = np.where(here, exploded, row)
        self.evidence = self.evidence.moved(spot_at(facts, row), calm & (row != NEVER))
        crossing, here = self._rows("crossing", fresh["crossing"], facts)
        self.crossed = self.crossed.moved(spot_at(facts, crossing), here)
        broken, here = self._rows("nonfinite", fresh["nonfinite"], facts)
        self.broken = self.broken.moved(spot_at(facts, broken), here)

    def _rows(self, kind: str, fresh: np.ndarray, facts: Facts) -> tuple[np.ndarray, np.ndarray]:
        """Return in which of these entries a mark was set, 0 where it was not, and in which runs it was."""
        here = fresh & (self.marks[kind] != NEVER)
        return np.where(here, self.marks[kind] - facts.first, 0), here
