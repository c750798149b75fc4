"""Statistics of runs, counted while they run: how often they rise and turn, where they settle, when they burst.

Everything is kept in arrays over R runs, and nothing depends on where one tick ends and the next begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from slalom.catalogue.thresholds import TOLERANCE
from slalom.engine.lockstep.observations import NEVER, Observations, first_true

from .detector import Detection

DEEP = 1e-4
"""A loss this many times below what counts as converged has left no doubt; of gradients it is the root of that."""
WINDOW = 20
"""Updates over which a pace is measured."""


class RunStatistics(NamedTuple):
    """The statistics of one run; nan or None where undefined."""

    lowest: float
    """The lowest loss, and where it was first."""
    lowest_step: int
    rises: int
    """Updates after which the loss was higher."""
    climbed: int
    """The last updates in a row after which it was higher, at most WINDOW."""
    mean_loss: float
    """Mean loss from entry ``averaged_since`` on, which is between half of the run and its last quarter."""
    averaged_since: int
    gradient_rate: float
    """Factor per update of the gradient norm over the last WINDOW updates."""
    gradient_decrease: float
    """What the gradient norm loses per update there."""
    final_rate: float
    """Factor per update of loss - f* (or of the squared gradient) over the WINDOW updates before it converged."""
    mean_rate: float
    """The same over all updates before."""
    steepest: float
    """The largest curvature that the rule has felt."""
    floor: float
    """The loss before a burst, where loss - f* (or the gradient, where f* is unknown) was lowest."""
    floor_step: int
    onset: int | None
    """Where that first rose above the tolerance again after it had been far below."""
    peak: float
    """The highest loss after that, and where."""
    peak_step: int
    reversals: tuple[int, ...]
    """How often every parameter reversed its direction before the run converged."""
    reversed_at: tuple[tuple[int, int], ...]
    """The first and the last of these entries."""
    last_steps: tuple[tuple[float, ...], ...]
    """The last two steps, of every parameter; nothing of networks."""

    @property
    def last_step(self) -> tuple[float, ...]:
        """The last step of every parameter."""
        return self.last_steps[-1] if self.last_steps else ()


def _factor(before: float, after: float, updates: int) -> float:
    """Return the factor per update, nan where there is none."""
    return float((after / before) ** (1 / updates)) if before > 0 and after > 0 else np.nan


def _climbed(losses: np.ndarray) -> int:
    """Return after how many of the last updates, in a row, the loss was higher."""
    rose = np.diff(losses)[::-1] > 0
    return len(rose) if rose.all() else int(rose.argmin())


class StatisticsCounter:
    """Counts the statistics of R runs."""

    def __init__(self, best: np.ndarray) -> None:
        """``best``: f* of every run, nan where unknown, shape (R,)."""
        runs = len(best)
        self._known = np.isfinite(best)
        self._best = np.where(self._known, best, 0.0)
        self._lowest, self._lowest_step = np.full(runs, np.inf), np.zeros(runs, int)
        self._rises = np.zeros(runs, int)
        self._sum, self._mark, self._marked = np.zeros(runs), np.zeros((2, runs)), [0, 0]
        self._grads = self._losses = np.full((WINDOW + 1, runs), np.nan)
        self._bound = np.full(runs, np.nan)
        self._deep = np.where(self._known, DEEP, np.sqrt(DEEP))
        self._low, self._low_step, self._low_loss = np.full(runs, np.inf), np.zeros(runs, int), np.full(runs, np.nan)
        self._floor, self._floor_step = np.full(runs, np.nan), np.full(runs, NEVER)
        self._onset, self._peak_step = np.full((2, runs), NEVER)
        self._peak, self._steepest = np.full((2, runs), -np.inf)
        self._final_rate, self._mean_rate, self._began = np.full((3, runs), np.nan)
        self._since = np.full(runs, NEVER)
        self._until = np.full(runs, np.iinfo(int).max)
        """Where a run first converged."""
        self._before: np.ndarray | None = None
        self._reversals = self._first = self._last = np.zeros((0, runs), int)

    def update(self, seen: Observations, found: Sequence[Detection], since: np.ndarray | None = None) -> None:
        """Take in the next entries, and what happened in them for the first time.

        ``since``: from which entry on each run has been converged up to now, (R,), NEVER where it is not.
        """
        good = seen.valid & seen.finite
        loss = np.where(good, seen.loss, np.nan)
        left = np.where(self._known, loss - self._best, np.where(good, seen.grad, np.nan))
        if seen.first == 0:
            self._bound = TOLERANCE * np.fmax(1.0, left[0])
            self._began = np.where(self._known, left[0], seen.grad[0] ** 2)
        losses, grads = np.concatenate([self._losses, loss - self._best]), np.concatenate([self._grads, seen.grad])
        self._rises += ((losses[WINDOW + 1 :] > losses[WINDOW:-1]) & good).sum(axis=0)
        self._steepest = np.fmax(self._steepest, np.where(good, seen.curvature, -np.inf).max(axis=0))
        self._deepen(seen.first, loss)
        self._average(seen.first, loss)
        self._burst(seen.first, left, loss)
        self._until_converged(found)
        self._converge(seen.first, losses, grads, since)
        self._reverse(seen)
        last = good[-1]
        self._losses = np.where(last, losses[-WINDOW - 1 :], self._losses)
        self._grads = np.where(last, grads[-WINDOW - 1 :], self._grads)

    def _deepen(self, first: int, loss: np.ndarray) -> None:
        """Keep the lowest loss."""
        whole = np.where(np.isnan(loss), np.inf, loss)
        row = whole.argmin(axis=0)
        low = whole[row, np.arange(len(row))]
        lower = low < self._lowest
        self._lowest = np.where(lower, low, self._lowest)
        self._lowest_step = np.where(lower, first + row, self._lowest_step)

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

    def _burst(self, first: int, left: np.ndarray, loss: np.ndarray) -> None:
        """Note when what is ``left``, loss - f* or |g|, is large again after it was small, and the loss then."""
        lows = np.fmin.accumulate(np.concatenate([self._low[None], left]), axis=0)
        steps = first + np.arange(len(left))[:, None]
        with np.errstate(invalid="ignore"):
            fresh = np.where(left < lows[:-1], steps, NEVER)
            places = np.maximum.accumulate(np.concatenate([self._low_step[None], fresh]), axis=0)
            out = (left > self._bound) & (lows[:-1] < self._deep * self._bound)
        row, runs = first_true(out), np.arange(len(self._low))
        before = places[row, runs]
        floors = np.where(before < first, self._low_loss, loss[np.maximum(before - first, 0), runs])
        begins = (self._onset == NEVER) & (row != NEVER)
        self._onset = np.where(begins, first + row, self._onset)
        self._floor = np.where(begins, floors, self._floor)
        self._floor_step = np.where(begins, before, self._floor_step)
        after = np.where((self._onset != NEVER) & (steps >= self._onset) & ~np.isnan(loss), loss, -np.inf)
        top = after.argmax(axis=0)
        higher = after[top, runs] > self._peak
        self._peak = np.where(higher, after[top, runs], self._peak)
        self._peak_step = np.where(higher, first + top, self._peak_step)
        last = places[-1]
        self._low_loss = np.where(last < first, self._low_loss, loss[np.maximum(last - first, 0), runs])
        self._low, self._low_step = lows[-1], last

    def _until_converged(self, found: Sequence[Detection]) -> None:
        for one in found:
            if one.kind == "converged":
                self._until[one.run] = one.step

    def _converge(self, first: int, losses: np.ndarray, grads: np.ndarray, since: np.ndarray | None) -> None:
        """Measure how fast a run fell before it converged for good; the arrays have WINDOW + 1 earlier rows in front.

        It may have been there before, and passed by.
        """
        if since is None:
            return
        for run in np.flatnonzero((since != self._since) & (since != NEVER)).tolist():
            step = int(since[run])
            row, back = step - first + WINDOW + 1, min(WINDOW, step - 1)
            if back < 1 or row <= back:
                continue
            column = losses[:, run] if self._known[run] else grads[:, run] ** 2
            self._final_rate[run] = _factor(column[row - back], column[row], back)
            self._mean_rate[run] = _factor(self._began[run], column[row], step)
        self._since = since

    def _reverse(self, seen: Observations) -> None:
        """Count reversals, parameter by parameter, until a run has converged."""
        if not len(seen.points):
            return
        points = seen.points.astype(np.float64)
        if self._before is None:
            self._before = np.repeat(points[:, :1], 3, axis=1)
            self._reversals = self._first = self._last = np.zeros((len(points), points.shape[2]), int)
        steps = np.diff(np.concatenate([self._before[:, 1:], points], axis=1), axis=1)
        entries = seen.first + np.arange(points.shape[1])[:, None]
        turned = (steps[:, 1:] * steps[:, :-1] < 0) & seen.valid & (entries <= self._until)
        some = turned.any(axis=1)
        first = np.where(turned, entries, np.iinfo(int).max).min(axis=1)
        last = np.where(turned, entries, 0).max(axis=1)
        self._first = np.where(some & (self._reversals == 0), first, self._first)
        self._last = np.where(some, last, self._last)
        self._reversals = self._reversals + turned.sum(axis=1)
        self._before = np.concatenate([self._before, points], axis=1)[:, -3:]

    def summary(self, run: int) -> RunStatistics:
        """Return the statistics of one run."""
        grads = self._grads[:, run]
        grads = grads[np.isfinite(grads)]
        rate = (grads[-1] / grads[0]) ** (1 / (len(grads) - 1)) if len(grads) > 1 and grads[0] > 0 else np.nan
        began = self._marked[0]
        onset, peak, floor = int(self._onset[run]), float(self._peak[run]), float(self._floor[run])
        if not peak > floor:
            onset = NEVER  # A saddle that it passes, where the gradient is small, and the loss falls on.
        return RunStatistics(
            lowest=float(self._lowest[run]),
            lowest_step=int(self._lowest_step[run]),
            rises=int(self._rises[run]),
            climbed=_climbed(self._losses[:, run]),
            mean_loss=float((self._sum[run] - self._mark[0, run]) / max(1, self._count - began)),
            averaged_since=began,
            gradient_rate=float(rate),
            gradient_decrease=float((grads[0] - grads[-1]) / (len(grads) - 1)) if len(grads) > 1 else np.nan,
            final_rate=float(self._final_rate[run]),
            mean_rate=float(self._mean_rate[run]),
            steepest=float(self._steepest[run]),
            floor=floor,
            floor_step=int(self._floor_step[run]),
            onset=None if onset == NEVER else onset,
            peak=peak,
            peak_step=int(self._peak_step[run]),
            reversals=tuple(self._reversals[:, run].tolist()),
            last_steps=() if self._before is None else tuple(map(tuple, np.diff(self._before[:, :, run]).T.tolist())),
            reversed_at=tuple(zip(self._first[:, run].tolist(), self._last[:, run].tolist(), strict=True)),
        )
