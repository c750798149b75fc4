"""What becomes of thousands of runs, kept to what decides it: the verdict of a single run, without its evidence.

Runs of a map are not recorded. The rule is that of :mod:`slalom.engine.verdict` and :mod:`slalom.engine.outcomes`, with
the same arithmetic on the same numbers, so that a run that is looked at alone ends as its cell says.
"""

from __future__ import annotations

import numpy as np

from slalom.catalogue.base.choice import Array
from slalom.catalogue.base.functions import Functions
from slalom.catalogue.experiments.map import CELL_COLUMNS, CELL_KINDS
from slalom.catalogue.optimizers import Optimizer
from slalom.catalogue.problems.base import Minimum
from slalom.engine.lockstep.arrays import norm
from slalom.engine.surface.curvature import Curvature, curvature
from slalom.engine.surface.ensemble import SurfaceWalk
from slalom.engine.surface.recorder import turns_of

from .kinds import AS_OUTCOME, kinds
from .lately import Lately, first_needed
from .theory import endless
from .verdict import (
    EXPLOSION,
    FLAT_STEPS,
    NEVER,
    NOISY_START,
    RUNAWAY,
    SMALLEST_LOSS,
    TOLERANCE,
    Spot,
    Verdict,
    curves_down,
    first_true,
    last_true,
)

GROWTH = 50
"""Updates over which the growth of the loss is taken at the end."""
SLACK = 1.001
"""A component of a gradient is compared with this much room before its length is."""

CONVERGED, DIVERGED = CELL_KINDS.index("converged"), CELL_KINDS.index("diverged")


class Fate:
    """The judgement over the runs of a tile; ``results`` is filled as they end, shape (columns, R)."""

    def __init__(
        self, functions: Functions, minima: tuple[Minimum, ...], rule: Optimizer, steps: int, noisy: bool, dtype: str
    ) -> None:
        """``rule`` has columns of one number per run, or plain numbers; ``dtype`` is that of the runs."""
        self._functions, self._minima, self._steps = functions, minima, steps
        self._rule, self._noisy, self._dtype = rule, noisy, dtype
        self.best = min((minimum.value for minimum in minima), default=np.nan)
        self._tail: list[np.ndarray] = []
        self._from = first_needed(steps + 1)
        """From here on it is followed what runs do lately."""
        self._lately: Lately | None = None
        self._recent: list[np.ndarray | None] = [None, None, None]
        """The points, preconditioners (if there are any) and rates of the two latest entries, the last axis runs."""
        self._of: dict[str, np.ndarray] = {}
        """What is remembered of every run that is still computed; the last axis is runs."""
        self.results = np.empty((len(CELL_COLUMNS), 0))

    @property
    def known(self) -> bool:
        """Whether the smallest loss is known, so that convergence is a matter of losses alone."""
        return not np.isnan(self.best)

    def needs_points(self, first: int, n: int) -> bool:
        """Tell whether these entries are judged by more than their losses."""
        return not self.known or first == 0 or first + n > self._from - 2

    @property
    def alive(self) -> np.ndarray:
        """Which of the computed runs have not ended, (E,), bool."""
        return self._of["alive"]

    @property
    def since(self) -> np.ndarray:
        """Since when runs have been converged without interruption, (E,), NEVER where they are not."""
        return self._of["since"]

    def take(self, first: int, walk: SurfaceWalk, rates: np.ndarray, lost: np.ndarray) -> None:
        """Take in the next entries and their rates, (n, E); points and slopes may be empty where they are not needed.

        ``lost`` says which runs are no longer finite at the first of them.
        """
        loss = walk.losses.astype(np.float64, copy=False)
        if first == 0:
            self._begin(walk, loss)
        of = self._of
        whole = np.concatenate([of["loss"][None], loss])
        above = whole - of["reference"] > of["bound"]
        finite = np.isfinite(loss)
        finite[0] &= ~lost
        if len(walk.points):
            finite &= np.isfinite(walk.points).all(axis=1)
        row = first_true(above[1:] & above[:-1] | ~finite)
        died = (row != NEVER) & of["alive"]
        self._bury(died, first, row, loss)
        if not self.known:
            self._note_runaways(first, walk, whole, np.where(row == NEVER, len(loss), row))
        self._hold(first, self._converged(walk, loss))
        of["alive"] &= ~died
        of["loss"], of["total"] = loss[-1], of["total"] + loss.sum(axis=0)
        if first + len(loss) > self._steps - FLAT_STEPS:
            self._tail.append(loss)
        if len(walk.points):
            self._follow(first, walk, rates, loss)

    def keep(self, which: np.ndarray, rule: Optimizer) -> None:
        """Forget the other runs; ``which`` are positions among the computed ones, ``rule`` is that of those alone."""
        self._rule = rule
        self._of = {name: values[..., which] for name, values in self._of.items()}
        self._tail = [losses[:, which] for losses in self._tail]
        self._recent = [None if values is None else values[..., which] for values in self._recent]
        if self._lately is not None:
            self._lately.keep(which)

    def rest(self, which: np.ndarray, entry: int) -> None:
        """End converged runs that will never move again: entries after ``entry`` - 1 repeat the last one."""
        of = self._of
        total = of["total"] + (self._steps + 1 - entry) * of["loss"]
        self._write(which, CONVERGED, of["since"], of["loss"], total / (self._steps + 1), np.nan)
        of["alive"] &= ~which

    def mark_places(self, which: np.ndarray, points: np.ndarray) -> None:
        """Note which of the known minima is nearest to every one of these runs; ``points`` has shape (dim, E)."""
        if self._minima and which.any():
            away = [norm(points[:, which] - np.array(m.point)[:, None], np) for m in self._minima]
            self.results[CELL_COLUMNS.index("minimum"), self._of["place"][which]] = np.argmin(away, axis=0)

    def finish(self, last: SurfaceWalk) -> None:
        """Judge the runs that have come to the last entry, which is the last one of ``last``."""
        of, alive = self._of, self._of["alive"]
        losses = np.concatenate(self._tail)[-FLAT_STEPS - 1 :]
        found = kinds(self._verdict(last, losses), lambda which: self._endless(last.points[-1][:, which], which))
        codes = np.array([CELL_KINDS.index(AS_OUTCOME.get(kind, kind)) for kind in found], float)
        step = np.where(codes == DIVERGED, of["runaway"], np.where(codes == CONVERGED, of["since"], np.nan))
        self._write(alive, codes, step, of["loss"], of["total"] / (self._steps + 1), growth_of(losses))
        self.mark_places(alive & np.isin(found, ("converged", "minimum")), last.points[-1])

    def _begin(self, walk: SurfaceWalk, loss: np.ndarray) -> None:
        runs = loss.shape[1]
        start, reference = loss[0], loss[0]
        if self._noisy:
            early = loss[:NOISY_START]
            ends = first_true(~np.isfinite(early) | ~np.isfinite(walk.points[:NOISY_START]).all(axis=1))
            counted = (np.arange(len(early))[:, None] <= np.where(ends == NEVER, len(early), ends)) & np.isfinite(early)
            reference = np.where(counted, early, 0.0).sum(axis=0) / counted.sum(axis=0)
        grad = self._grad(walk.slopes[0])
        size = np.fmax(abs(reference), reference - self.best)
        felt = self._curvature(walk.points[0], None if walk.scales is None else walk.scales[0])
        self._of = {
            "place": np.arange(runs),
            "alive": np.ones(runs, bool),
            "loss": np.full(runs, np.nan),
            "total": np.zeros(runs),
            "start": start,
            "reference": reference,
            "bound": EXPLOSION * np.fmax(size, SMALLEST_LOSS),
            "near": TOLERANCE * np.fmax(1.0, start - self.best),
            "small": TOLERANCE * np.fmax(1.0, grad),
            "start_grad": grad,
            "start_sharpness": felt.sharpness,
            "start_curvature": felt.scaled,
            "far": RUNAWAY * (1 + norm(walk.points[0].astype(np.float64), np)),
            "leaving": np.zeros(runs, bool),
            "runaway": np.full(runs, NEVER),
            "since": np.full(runs, NEVER),
        }
        self.results = np.full((len(CELL_COLUMNS), runs), np.nan)

    def _bury(self, died: np.ndarray, first: int, row: np.ndarray, loss: np.ndarray) -> None:
        if not died.any():
            return
        step, last = first + row, loss[row, np.arange(len(row))]
        with np.errstate(all="ignore"):
            finite = np.clip(np.nan_to_num(abs(last), nan=np.inf), None, np.finfo(float).max)
            grown = (finite / np.fmax(abs(self._of["start"]), SMALLEST_LOSS)) ** (1 / np.maximum(step, 1))
        self._write(died, DIVERGED, step, last, np.nan, grown)

    def _write(self, which: np.ndarray, kind: Array, step: Array, loss: np.ndarray, mean: Array, growth: Array) -> None:
        """Note what became of some runs; everything is a number or one per computed run."""
        columns = (kind, step, loss, mean / abs(self._of["start"]), growth)
        for target, values in zip(self.results, columns, strict=False):
            target[self._of["place"][which]] = np.broadcast_to(values, which.shape)[which]

    def _converged(self, walk: SurfaceWalk, loss: np.ndarray) -> np.ndarray:
        """Return where an entry counts as converged, (n, E): as ``Verdict`` has it."""
        of = self._of
        if self.known:
            return loss - self.best <= of["near"]
        found = abs(walk.slopes).max(axis=1) <= SLACK * of["small"]
        rows, runs = np.nonzero(found)
        if len(rows):
            decay = np.broadcast_to(self._rule.coupled_decay, of["alive"].shape)[runs]
            felt = curvature(self._functions, walk.points[rows, :, runs].T, decay)
            small = norm(walk.slopes[rows, :, runs].T, np).astype(np.float64) <= of["small"][runs]
            found[rows, runs] = small & ~curves_down(felt.low, felt.sharpness)
        return found

    def _hold(self, first: int, converged: np.ndarray) -> None:
        """Keep the beginning of the latest unbroken stretch of converged entries."""
        broken = last_true(~converged)
        went_on = np.where(self._of["since"] == NEVER, first, self._of["since"])
        began = np.where(broken < len(converged) - 1, first + broken + 1, NEVER)
        self._of["since"] = np.where(broken == NEVER, went_on, began)

    def _note_runaways(self, first: int, walk: SurfaceWalk, whole: np.ndarray, ends: np.ndarray) -> None:
        of, loss = self._of, whole[1:]
        fallen = (of["reference"] - loss > of["bound"]) & (loss < whole[:-1])
        leaving = fallen
        if fallen.any():
            distance = norm(np.moveaxis(walk.points, 1, 0).astype(np.float64), np)
            leaving = fallen & (distance > of["far"])
        pair = np.concatenate([of["leaving"][None], leaving])
        of["leaving"] = pair[-1]
        row = first_true(pair[1:] & pair[:-1])
        new = (of["runaway"] == NEVER) & (row != NEVER) & (row <= ends)
        of["runaway"] = np.where(new, first + row, of["runaway"])

    def _follow(self, first: int, walk: SurfaceWalk, rates: np.ndarray, loss: np.ndarray) -> None:
        """Take in what runs do lately, and remember the two latest entries."""
        before = self._recent[0]
        points = walk.points if before is None else np.concatenate([before, walk.points])
        trail = np.moveaxis(points, 1, 0)
        turned = np.zeros(loss.shape, bool)
        turned[max(0, len(loss) - len(points) + 2) :] = turns_of(np.diff(trail, axis=1).astype(np.float64)) < 0
        for i, new in enumerate((walk.points, walk.scales, rates)):
            old = self._recent[i]
            self._recent[i] = None if new is None else (new if old is None else np.concatenate([old, new]))[-2:]
        skip = max(0, self._from - first)
        if skip < len(loss):
            self._lately = self._lately or Lately(loss.shape[1], self._from)
            self._lately.add(loss[skip:], turned[skip:])

    def _verdict(self, last: SurfaceWalk, losses: np.ndarray) -> Verdict:
        """Return the runs that have come to the last entry as a verdict, as far as their kinds need it."""
        of, nothing = self._of, np.zeros(self.alive.shape)
        verdict = Verdict(np.full(nothing.shape, self.best), np.full(nothing.shape, self._noisy), self._dtype)
        assert self._lately is not None
        verdict.losses, verdict.lately, verdict.since = losses, self._lately, of["since"]
        verdict.marks["runaway"], verdict.reference = of["runaway"], of["reference"]
        spot = Spot._make([nothing] * len(Spot._fields))
        verdict.start = spot._replace(
            grad=of["start_grad"], sharpness=of["start_sharpness"], curvature=of["start_curvature"]
        )
        felt, verdict.shares = self._at_the_end()
        verdict.last = spot._replace(
            grad=self._grad(last.slopes[-1]), low=felt.low, sharpness=felt.sharpness, curvature=felt.scaled
        )
        return verdict

    def _at_the_end(self) -> tuple[Curvature, np.ndarray]:
        """Return the curvature at the last entry, and rates over their limits at the two latest ones, (2, E)."""
        points, scales, rates = self._recent
        assert points is not None
        assert rates is not None
        both = [self._curvature(at, None if scales is None else scales[i]) for i, at in enumerate(points)]
        shares = [lr / self._rule.limit(felt.scaled) for lr, felt in zip(rates, both, strict=True)]
        return both[-1], np.array(shares)

    def _endless(self, points: np.ndarray, which: np.ndarray) -> np.ndarray:
        decay = np.broadcast_to(getattr(self._rule, "weight_decay", 0.0), self.alive.shape)
        return endless(self._functions, points.astype(np.float64), decay[which])

    def _grad(self, slopes: np.ndarray) -> np.ndarray:
        return norm(slopes, np).astype(np.float64)

    def _curvature(self, points: np.ndarray, scale: np.ndarray | None) -> Curvature:
        scale = None if scale is None else scale.astype(np.float64)
        return curvature(self._functions, points, self._rule.coupled_decay, scale)


def growth_of(losses: np.ndarray) -> np.ndarray:
    """Return the factor of the loss per update over the last entries, (n, E) -> (E,); nan where the loss is zero.

    The largest losses of two halves of the last 50 updates are compared: a loss that swings rises half of the time.
    """
    half = min(GROWTH, len(losses)) // 2
    if half == 0:
        return np.full(losses.shape[1:], np.nan)
    with np.errstate(all="ignore"):
        return (losses[-half:].max(axis=0) / losses[-2 * half : -half].max(axis=0)) ** (1 / half)
