"""What runs keep doing, counted while they do it: how often they rise and turn, where they settle, when they burst.

Everything is kept in arrays over R runs, and nothing depends on where one tick ends and the next begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .verdict import NEVER, TOLERANCE, Facts, Found, first_true

DEEP = 1e-4
"""A loss this many times below what counts as converged has left no doubt."""
WINDOW = 20
"""Updates over which a pace is measured."""


class Habit(NamedTuple):
    """What one run kept doing; nan or None where undefined."""

    rises: int
    """Updates after which the loss was higher."""
    mean: float
    """Mean loss from entry ``since`` on, which is between half of the run and its last quarter."""
    since: int
    grad: float
    """Factor per update of the gradient norm over the last WINDOW updates."""
    pull: float
    """What the gradient norm loses per update there."""
    landed: float
    """Factor per update of loss - f* (or of the squared gradient) over the WINDOW updates before it converged."""
    landed_mean: float
    """The same over all updates before."""
    steepest: float
    """The largest curvature that the rule has felt."""
    floor: float
    """The lowest loss before a burst."""
    floor_step: int
    onset: int | None
    """Where the loss first rose above the tolerance again after it had been far below."""
    peak: float
    """The highest loss after that, and where."""
    peak_step: int
    turns: tuple[int, ...]
    """How often every parameter reversed its direction before the run converged."""
    span: tuple[tuple[int, int], ...]
    """The first and the last of these entries."""
    step: tuple[float, ...]
    """The last step of every parameter."""


def _factor(before: float, after: float, updates: int) -> float:
    """Return the factor per update, nan where there is none."""
    return float((after / before) ** (1 / updates)) if before > 0 and after > 0 else np.nan


class Habits:
    """The habits of R runs."""

    def __init__(self, best: np.ndarray) -> None:
        """``best``: f* of every run, nan where unknown, shape (R,)."""
        runs = len(best)
        self._known = np.isfinite(best)
        self._best = np.where(self._known, best, 0.0)
        self._rises = np.zeros(runs, int)
        self._sum, self._mark, self._marked = np.zeros(runs), np.zeros((2, runs)), [0, 0]
        self._grads = self._losses = np.full((WINDOW + 1, runs), np.nan)
        self._bound = np.full(runs, np.nan)
        self._low, self._low_step = np.full(runs, np.inf), np.zeros(runs, int)
        self._floor, self._floor_step = np.full(runs, np.nan), np.full(runs, NEVER)
        self._onset, self._peak_step = np.full((2, runs), NEVER)
        self._peak, self._steepest = np.full((2, runs), -np.inf)
        self._landed, self._landed_mean, self._began = np.full((3, runs), np.nan)
        self._until = np.full(runs, np.iinfo(int).max)
        """Where a run converged."""
        self._before: np.ndarray | None = None
        self._turns = self._first = self._last = np.zeros((0, runs), int)

    def update(self, facts: Facts, found: Sequence[Found]) -> None:
        """Take in the next entries, and what happened in them for the first time."""
        good = facts.valid & facts.finite
        loss = np.where(good, facts.loss, np.nan)
        excess = loss - self._best
        if facts.first == 0:
            self._bound = TOLERANCE * np.fmax(1.0, excess[0])
            self._began = np.where(self._known, excess[0], facts.grad[0] ** 2)
        losses, grads = np.concatenate([self._losses, excess]), np.concatenate([self._grads, facts.grad])
        self._rises += ((losses[WINDOW + 1 :] > losses[WINDOW:-1]) & good).sum(axis=0)
        self._steepest = np.fmax(self._steepest, np.where(good, facts.curvature, -np.inf).max(axis=0))
        self._average(facts.first, loss)
        self._burst(facts.first, excess)
        self._land(facts.first, losses, grads, found)
        self._turn(facts)
        last = good[-1]
        self._losses = np.where(last, losses[-WINDOW - 1 :], self._losses)
        self._grads = np.where(last, grads[-WINDOW - 1 :], self._grads)

    def _average(self, first: int, loss: np.ndarray) -> None:
        """Keep running sums, and what they were at the last two powers of two."""
        sums = np.cumsum(np.concatenate([self._sum[None], loss]), axis=0)
        stop = first + len(loss)
        mark = 2 ** (stop.bit_length() - 1)
        for one in (mark // 2, mark):
            if first < one <= stop and one not in self._marked:
                self._mark = np.concatenate([self._mark[1:], sums[one - first][None]])
                self._marked = [self._marked[1], one]
        self._sum, self._count = sums[-1], stop

    def _burst(self, first: int, excess: np.ndarray) -> None:
        lows = np.fmin.accumulate(np.concatenate([self._low[None], excess]), axis=0)
        steps = first + np.arange(len(excess))[:, None]
        with np.errstate(invalid="ignore"):
            fresh = np.where(excess < lows[:-1], steps, NEVER)
            places = np.maximum.accumulate(np.concatenate([self._low_step[None], fresh]), axis=0)
            out = (excess > self._bound) & (lows[:-1] < DEEP * self._bound)
        row, runs = first_true(out), np.arange(len(self._low))
        begins = (self._onset == NEVER) & (row != NEVER)
        self._onset = np.where(begins, first + row, self._onset)
        self._floor = np.where(begins, lows[row, runs], self._floor)
        self._floor_step = np.where(begins, places[row, runs], self._floor_step)
        after = np.where((self._onset != NEVER) & (steps >= self._onset) & ~np.isnan(excess), excess, -np.inf)
        top = after.argmax(axis=0)
        higher = after[top, runs] > self._peak
        self._peak = np.where(higher, after[top, runs], self._peak)
        self._peak_step = np.where(higher, first + top, self._peak_step)
        self._low, self._low_step = lows[-1], places[-1]

    def _land(self, first: int, losses: np.ndarray, grads: np.ndarray, found: Sequence[Found]) -> None:
        """Measure how fast a run fell to where it converged; the arrays have WINDOW + 1 earlier rows in front."""
        for one in found:
            if one.kind != "converged":
                continue
            self._until[one.run] = one.step
            row, back = one.step - first + WINDOW + 1, min(WINDOW, one.step - 1)
            if back < 1 or row <= back:
                continue
            column = losses[:, one.run] if self._known[one.run] else grads[:, one.run] ** 2
            self._landed[one.run] = _factor(column[row - back], column[row], back)
            self._landed_mean[one.run] = _factor(self._began[one.run], column[row], one.step)

    def _turn(self, facts: Facts) -> None:
        """Count reversals, parameter by parameter, until a run has converged."""
        if not len(facts.points):
            return
        points = facts.points.astype(np.float64)
        if self._before is None:
            self._before = np.repeat(points[:, :1], 2, axis=1)
            self._turns = self._first = self._last = np.zeros((len(points), points.shape[2]), int)
        steps = np.diff(np.concatenate([self._before, points], axis=1), axis=1)
        entries = facts.first + np.arange(points.shape[1])[:, None]
        turned = (steps[:, 1:] * steps[:, :-1] < 0) & facts.valid & (entries <= self._until)
        some = turned.any(axis=1)
        first = np.where(turned, entries, np.iinfo(int).max).min(axis=1)
        last = np.where(turned, entries, 0).max(axis=1)
        self._first = np.where(some & (self._turns == 0), first, self._first)
        self._last = np.where(some, last, self._last)
        self._turns = self._turns + turned.sum(axis=1)
        self._before = np.concatenate([self._before, points], axis=1)[:, -2:]

    def tell(self, run: int) -> Habit:
        """Return the habits of one run."""
        grads = self._grads[:, run]
        grads = grads[np.isfinite(grads)]
        pace = (grads[-1] / grads[0]) ** (1 / (len(grads) - 1)) if len(grads) > 1 and grads[0] > 0 else np.nan
        began = self._marked[0]
        onset = int(self._onset[run])
        return Habit(
            rises=int(self._rises[run]),
            mean=float((self._sum[run] - self._mark[0, run]) / max(1, self._count - began)),
            since=began,
            grad=float(pace),
            pull=float((grads[0] - grads[-1]) / (len(grads) - 1)) if len(grads) > 1 else np.nan,
            landed=float(self._landed[run]),
            landed_mean=float(self._landed_mean[run]),
            steepest=float(self._steepest[run]),
            floor=float(self._floor[run]),
            floor_step=int(self._floor_step[run]),
            onset=None if onset == NEVER else onset,
            peak=float(self._peak[run]),
            peak_step=int(self._peak_step[run]),
            turns=tuple(self._turns[:, run].tolist()),
            step=() if self._before is None else tuple(np.diff(self._before[:, :, run])[:, 0].tolist()),
            span=tuple(zip(self._first[:, run].tolist(), self._last[:, run].tolist(), strict=True)),
        )
