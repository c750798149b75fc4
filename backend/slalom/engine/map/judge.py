"""What becomes of the runs of a map: the diagnosis of thousands at once, kept to what decides it, without evidence.

Runs of a map are not recorded. What they are is decided by the same classes as that of a single run, from the same
numbers, so that a run that is looked at alone ends as its cell says.
"""

from __future__ import annotations

import numpy as np

from slalom.catalogue.base.choice import Array
from slalom.catalogue.base.functions import Functions
from slalom.catalogue.experiments.map import CELL_COLUMNS, CELL_KINDS
from slalom.catalogue.optimizers import Optimizer
from slalom.catalogue.problems.base import Minimum
from slalom.catalogue.thresholds import FLAT_STEPS, NOISY_START, SMALLEST_LOSS
from slalom.engine.diagnosis.first_steps import FirstSteps, curves_down
from slalom.engine.diagnosis.last_stretch import LastStretch, first_needed
from slalom.engine.diagnosis.outcomes import classify
from slalom.engine.diagnosis.run_summaries import RunSummaries
from slalom.engine.diagnosis.theory import comes_to_rest, is_unbounded_below
from slalom.engine.lockstep.arrays import norm
from slalom.engine.lockstep.observations import NEVER, first_true
from slalom.engine.surface.curvature import Curvature, curvature
from slalom.engine.surface.ensemble import SurfaceSteps
from slalom.engine.surface.recorder import turns_of

GROWTH = 50
"""Updates over which the growth of the loss is taken at the end."""
SLACK = 1.001
"""A component of a gradient is compared with this much room before its length is."""

CONVERGED, DIVERGED = CELL_KINDS.index("converged"), CELL_KINDS.index("diverged")


class MapJudge:
    """Judges the runs of a tile; ``results`` is filled as they end, shape (columns, R)."""

    def __init__(
        self, functions: Functions, minima: tuple[Minimum, ...], rule: Optimizer, steps: int, noisy: bool, dtype: str
    ) -> None:
        """``rule`` has columns of one number per run, or plain numbers; ``dtype`` is that of the runs."""
        self._functions, self._minima, self._steps = functions, minima, steps
        self._rule, self._noisy, self._dtype = rule, noisy, dtype
        self.best: float = min((minimum.value for minimum in minima), default=np.nan)
        self._tail: list[np.ndarray] = []
        self._from = first_needed(steps + 1)
        """From here on it is followed what runs do lately."""
        self._stretch: LastStretch | None = None
        self._recent: list[np.ndarray | None] = [None, None, None]
        """The points, preconditioners (if there are any) and rates of the two latest entries, the last axis runs."""
        self._first = FirstSteps(np.empty(0))
        self._of: dict[str, np.ndarray] = {}
        """What else is remembered of every run that is still computed; the last axis is runs."""
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
        return self._first.since

    @property
    def exploded(self) -> np.ndarray:
        """Which of the computed runs have exploded, and not only because they began near 0, (E,), bool."""
        first = self._first
        return self.alive & (first.exploded != NEVER) & (first.bound > self._of["start_grad"])

    @property
    def reference(self) -> np.ndarray:
        """The starting losses, (E,): a run that is below has come back."""
        return self._first.reference

    def take(self, first: int, walk: SurfaceSteps, lost: np.ndarray) -> None:
        """Take in the next entries, (n, E); points and gradients may be empty where they are not needed.

        ``lost`` says which runs are no longer finite at the first of them.
        """
        loss = walk.loss.astype(np.float64, copy=False)
        finite = np.isfinite(loss)
        finite[0] &= ~lost
        if len(walk.points):
            finite &= np.isfinite(walk.points).all(axis=1)
        end = first_true(~finite)
        valid = np.arange(len(loss))[:, None] <= np.where(end == NEVER, len(loss), end)
        if first == 0:
            self._begin(walk, loss, valid)
        of, calm = self._of, self._first.exploded == NEVER
        self._first.update(first, loss, valid, finite, self._converged(walk, loss), lambda: _distances(walk.points))
        exploded = calm & (self._first.exploded != NEVER)
        rows = np.where(exploded, self._first.exploded - first, end)
        of["broken_loss"] = np.where(
            exploded | calm & (end != NEVER), loss[rows, np.arange(len(end))], of["broken_loss"]
        )
        died = (end != NEVER) & of["alive"]
        self._write_diverged(died)
        of["alive"] &= ~died
        of["loss"], of["total"] = loss[-1], of["total"] + loss.sum(axis=0)
        if first + len(loss) > self._steps - FLAT_STEPS:
            self._tail.append(loss)
        if len(walk.points):
            self._follow(first, walk, loss)

    def keep(self, which: np.ndarray, rule: Optimizer) -> None:
        """Forget the other runs; ``which`` are positions among the computed ones, ``rule`` is that of those alone."""
        self._rule = rule
        self._first.keep(which)
        self._of = {name: values[..., which] for name, values in self._of.items()}
        self._tail = [losses[:, which] for losses in self._tail]
        self._recent = [None if values is None else values[..., which] for values in self._recent]
        if self._stretch is not None:
            self._stretch.keep(which)

    def rest(self, which: np.ndarray, entry: int) -> None:
        """End converged runs that will never move again: entries after ``entry`` - 1 repeat the last one."""
        of = self._of
        total = of["total"] + (self._steps + 1 - entry) * of["loss"]
        self._write(which, CONVERGED, self.since, of["loss"], total / (self._steps + 1), np.nan)
        of["alive"] &= ~which

    def leave(self, which: np.ndarray) -> None:
        """End exploded runs that will never come back."""
        self._write_diverged(which)
        self._of["alive"] &= ~which

    def mark_places(self, which: np.ndarray, points: np.ndarray) -> None:
        """Note which of the known minima is nearest to every one of these runs; ``points`` has shape (dim, E)."""
        if self._minima and which.any():
            away = [norm(points[:, which] - np.array(m.point)[:, None], np) for m in self._minima]
            self.results[CELL_COLUMNS.index("minimum"), self._of["place"][which]] = np.argmin(away, axis=0)

    def finish(self, last: SurfaceSteps) -> None:
        """Judge the runs that have come to the last entry, which is the last one of ``last``."""
        of, alive = self._of, self._of["alive"]
        losses = np.concatenate(self._tail)[-FLAT_STEPS - 1 :]
        found = classify(self._summaries(last, losses))
        codes = np.array([CELL_KINDS.index(diagnosis.kind) for diagnosis in found], float)
        step = np.where(codes == DIVERGED, self._first.runaway, np.where(codes == CONVERGED, self.since, np.nan))
        self._write(alive, codes, step, of["loss"], of["total"] / (self._steps + 1), growth_of(losses))
        self._write_diverged(alive & (codes == DIVERGED) & (self._first.exploded != NEVER))
        arrived = [diagnosis.kind == "converged" or diagnosis.note == "minimum" for diagnosis in found]
        self.mark_places(alive & np.array(arrived, bool), last.points[-1])

    def _begin(self, walk: SurfaceSteps, loss: np.ndarray, valid: np.ndarray) -> None:
        runs = loss.shape[1]
        start = self._curvature(walk.points[0], None if walk.scales is None else walk.scales[0])
        self._first = FirstSteps(np.full(runs, self.best))
        early = slice(0, NOISY_START)
        noisy, grad = np.full(runs, self._noisy), _lengths(walk.gradients[0])
        self._first.begin(noisy, loss[early], valid[early], grad, _lengths(walk.points[0].astype(np.float64)))
        self._of = {
            "place": np.arange(runs),
            "alive": np.ones(runs, bool),
            "loss": np.full(runs, np.nan),
            "broken_loss": np.full(runs, np.nan),
            "total": np.zeros(runs),
            "start": loss[0],
            "start_grad": grad,
            "start_sharpness": start.sharpness,
            "start_curvature": start.scaled,
        }
        self.results = np.full((len(CELL_COLUMNS), runs), np.nan)

    def _write_diverged(self, which: np.ndarray) -> None:
        """Note of some runs when they exploded or were no longer finite, and their loss there."""
        if not which.any():
            return
        step, last = self._first.broken, self._of["broken_loss"]
        with np.errstate(all="ignore"):
            finite = np.clip(np.nan_to_num(abs(last), nan=np.inf), None, np.finfo(float).max)
            grown = (finite / np.fmax(abs(self._of["start"]), SMALLEST_LOSS)) ** (1 / np.maximum(step, 1))
        self._write(which, DIVERGED, step, last, np.nan, grown)

    def _write(self, which: np.ndarray, kind: Array, step: Array, loss: np.ndarray, mean: Array, growth: Array) -> None:
        """Note what became of some runs; everything is a number or one per computed run."""
        columns = (kind, step, loss, mean / abs(self._of["start"]), growth)
        for target, values in zip(self.results, columns, strict=False):
            target[self._of["place"][which]] = np.broadcast_to(values, which.shape)[which]

    def _converged(self, walk: SurfaceSteps, loss: np.ndarray) -> np.ndarray:
        """Return where an entry counts as converged, (n, E): as a detector has it."""
        if self.known:
            return loss - self.best <= self._first.near
        limit = self._first.small
        found = abs(walk.gradients).max(axis=1) <= SLACK * limit
        rows, runs = np.nonzero(found)
        if len(rows):
            decay = np.broadcast_to(self._rule.coupled_decay, limit.shape)[runs]
            felt = curvature(self._functions, walk.points[rows, :, runs].T, decay)
            small = _lengths(walk.gradients[rows, :, runs].T) <= limit[runs]
            found[rows, runs] = small & ~curves_down(felt.low, felt.sharpness)
        return found

    def _follow(self, first: int, walk: SurfaceSteps, loss: np.ndarray) -> None:
        """Take in what runs do lately, and remember the two latest entries."""
        before = self._recent[0]
        points = walk.points if before is None else np.concatenate([before, walk.points])
        trail = np.moveaxis(points, 1, 0)
        turned = np.zeros(loss.shape, bool)
        turned[max(0, len(loss) - len(points) + 2) :] = turns_of(np.diff(trail, axis=1).astype(np.float64)) < 0
        for i, new in enumerate((walk.points, walk.scales, walk.lr)):
            old = self._recent[i]
            self._recent[i] = None if new is None else (new if old is None else np.concatenate([old, new]))[-2:]
        skip = max(0, self._from - first)
        if skip < len(loss):
            self._stretch = self._stretch or LastStretch(loss.shape[1], self._from)
            self._stretch.add(loss[skip:], turned[skip:])

    def _summaries(self, last: SurfaceSteps, losses: np.ndarray) -> RunSummaries:
        """Return the summaries of the runs that have come to the last entry."""
        of = self._of
        end, shares = self._at_the_end()
        assert self._stretch is not None
        return RunSummaries(
            first=self._first,
            noisy=np.full(self.alive.shape, self._noisy),
            rounding=float(np.finfo(self._dtype).eps),
            start_grad=of["start_grad"],
            start_sharpness=of["start_sharpness"],
            start_curvature=of["start_curvature"],
            loss=losses[-1],
            grad=_lengths(last.gradients[-1]),
            low=end.low,
            sharpness=end.sharpness,
            curvature=end.scaled,
            losses=losses,
            stretch=self._stretch,
            shares=shares,
            unbounded=lambda which: self._unbounded(last.points[-1][:, which], which),
            on_a_tail=lambda which: self._on_a_tail(last.points[-1][:, which], which),
        )

    def _at_the_end(self) -> tuple[Curvature, np.ndarray]:
        """Return the curvature at the last entry, and rates over their limits at the two latest ones, (2, E)."""
        points, scales, rates = self._recent
        assert points is not None
        assert rates is not None
        both = [self._curvature(at, None if scales is None else scales[i]) for i, at in enumerate(points)]
        shares = [lr / self._rule.limit(felt.scaled) for lr, felt in zip(rates, both, strict=True)]
        return both[-1], np.array(shares)

    def _unbounded(self, points: np.ndarray, which: np.ndarray) -> np.ndarray:
        decay = np.broadcast_to(self._rule.pull, self.alive.shape)
        return is_unbounded_below(self._functions, points.astype(np.float64), decay[which])

    def _on_a_tail(self, points: np.ndarray, which: np.ndarray) -> np.ndarray:
        decay = np.broadcast_to(self._rule.coupled_decay, self.alive.shape)
        return ~comes_to_rest(self._functions, points, decay[which])

    def _curvature(self, points: np.ndarray, scale: np.ndarray | None) -> Curvature:
        scale = None if scale is None else scale.astype(np.float64)
        return curvature(self._functions, points, self._rule.coupled_decay, scale)


def _lengths(vectors: np.ndarray) -> np.ndarray:
    """Return the lengths of vectors, (dim, ...) -> (...), float64."""
    return norm(vectors, np).astype(np.float64)


def _distances(points: np.ndarray) -> np.ndarray:
    """Return |θ| at every entry: (n, dim, E) -> (n, E)."""
    return _lengths(np.moveaxis(points, 1, 0).astype(np.float64))


def growth_of(losses: np.ndarray) -> np.ndarray:
    """Return the factor of the loss per update over the last entries, (n, E) -> (E,); nan where the loss is zero.

    The largest losses of two halves of the last 50 updates are compared: a loss that swings rises half of the time.
    """
    half = min(GROWTH, len(losses)) // 2
    if half == 0:
        return np.full(losses.shape[1:], np.nan)
    with np.errstate(all="ignore"):
        return (losses[-half:].max(axis=0) / losses[-2 * half : -half].max(axis=0)) ** (1 / half)
