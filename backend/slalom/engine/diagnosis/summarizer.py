"""From what a detector remembers of many runs to the summary of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.experiments.outcome import Evidence
from slalom.catalogue.optimizers import Optimizer
from slalom.catalogue.problems.base import Minimum
from slalom.engine.lockstep.observations import Entry

from .detector import EventDetector
from .last_stretch import median
from .quadratic_model import local_quadratic
from .run_summaries import RunSummaries
from .run_summary import Crossing, RunSummary, known, step_of
from .statistics import RunStatistics
from .undefined import EndOfRun, UndefinedOperation, undefined_operation

RECENT = 20
"""Updates over which the present rate of fall is measured."""
FIRST = ("exploded", "nonfinite", "runaway", "crossing")
"""The first steps that a summary has."""


class Summarizer:
    """Makes the summaries of R runs, one by one, from what their detector remembers."""

    def __init__(self, detector: EventDetector, runs: RunSummaries) -> None:
        self._detector, self._runs = detector, runs
        self._falls = _falls(detector.first.best, runs.losses)
        losses = runs.stretch.losses
        self._middle = median(losses, axis=0)
        self._lately = np.fmin.reduce(losses), np.fmax.reduce(losses)
        self._turned = runs.stretch.turned
        self._came_back, self._hovers = runs.came_back, runs.hovers

    def summary(
        self,
        run: int,
        lane: Lane,
        decay: float,
        evidence: Evidence,
        growth: float,
        count: Callable[[int], RunStatistics],
    ) -> RunSummary:
        """Return the summary of a run; ``growth`` is that in theory at its last finite entry."""
        detector, runs = self._detector, self._runs
        came_back, hovers = bool(self._came_back[run]), bool(self._hovers[run])
        start, last, crossed = detector.start, detector.last, detector.crossed
        at = last if (is_back := came_back or hovers) else detector.evidence
        assert at is not None
        assert start is not None
        assert last is not None
        assert crossed is not None
        point, loss = last.points[:, run].astype(np.float64), float(last.loss[run])
        origin = start.points[:, run].astype(np.float64)
        first = {kind: step_of(detector.first.steps(kind)[run]) for kind in FIRST}
        return RunSummary(
            lane=lane,
            **first,
            converged=step_of(detector.first.since[run]),
            came_back=came_back,
            hovers=hovers,
            **_numbers(at, run, lane.run.optimizer),
            predicted=known(growth) if is_back else evidence.predicted_growth,
            measured=evidence.measured_growth,
            crossed=Crossing(*(float(getattr(crossed, name)[run]) for name in Crossing._fields)),
            steps=int(last.step[run]),
            point=point,
            origin=origin,
            start=float(start.loss[run]),
            steep=float(start.grad[run]),
            start_curvature=float(start.curvature[run]),
            first_lr=float(start.lr[run]),
            **_end(last, run, decay),
            best=known(detector.first.best[run]),
            nearest=_nearest(lane.descended.minima, last.points[:, run]),
            highest_lr=float(detector.highest_lr[run]),
            decay=decay,
            last_two=(float(runs.losses[-2:, run][0]), float(runs.losses[-1, run])),
            lately=(float(self._lately[0][run]), float(self._lately[1][run])),
            recent_fall=known(self._falls[run]),
            medians=tuple(runs.medians[:, run].tolist()),
            turned=float(self._turned[run]),
            middle=float(self._middle[run]),
            apart=runs.stretch.apart,
            rounding=detector.rounding,
            far=float(detector.first.bound[run]),
            training=None if runs.training is None else runs.training[run],
            undefined=_undefined(detector, lane, first["nonfinite"], first["exploded"], run),
            count=lambda: count(run),
            model=lambda: local_quadratic(lane.descended, point, decay, loss),
            model_at_start=lambda: local_quadratic(lane.descended, origin, decay, float(start.loss[run])),
        )


def _numbers(at: Entry, run: int, rule: Optimizer) -> dict[str, Any]:
    """Return what a summary has of one entry, as its fields."""
    return {
        "step": int(at.step[run]),
        "lr": float(at.lr[run]),
        "sharpness": known(at.sharpness[run]),
        "curvature": known(at.curvature[run]),
        "limit": known(at.limit[run]) if rule.has_theory else None,
    }


def _end(last: Entry, run: int, decay: float) -> dict[str, Any]:
    """Return what a summary has of the last finite entry, as its fields."""
    return {
        "loss": float(last.loss[run]),
        "average": known(last.average[run]),
        "grad": float(last.grad[run]),
        "low": float(last.low[run]),
        "high": float(last.sharpness[run] - decay),
    }


def _undefined(
    detector: EventDetector, lane: Lane, nonfinite: int | None, exploded: int | None, run: int
) -> UndefinedOperation | None:
    """Return what could not be computed where a run ended; None where it merely overflowed."""
    if lane.problem.is_network or nonfinite is None or exploded is not None:
        return None
    assert detector.broken is not None
    assert detector.last is not None
    before, after = (entry.points[:, run].astype(np.float64) for entry in (detector.last, detector.broken))
    end = EndOfRun(lane.descended, lane.run.optimizer, int(detector.last.step[run]), before, after, nonfinite)
    return undefined_operation(end)


def _falls(best: np.ndarray, losses: np.ndarray) -> np.ndarray:
    """Return the factor per update of loss - f*, or of the loss where f* is unknown, over the last updates, (R,)."""
    floor = np.where(np.isnan(best), 0.0, best)
    updates = min(RECENT, len(losses) - 1)
    if updates < 1:
        return np.full(len(floor), np.nan)
    now, before = losses[-1] - floor, losses[-1 - updates] - floor
    usable = (now > 0) & (before > 0)
    return np.where(usable, np.where(usable, now / before, 1.0) ** (1 / updates), np.nan)


def _nearest(minima: tuple[Minimum, ...], point: np.ndarray) -> tuple[Minimum, float] | None:
    """Return the nearest of the best known minima, and how far away it is."""
    best = [minimum for minimum in minima if minimum.value <= minima[0].value]
    away = [(float(np.hypot.reduce(point - np.array(minimum.point))), i) for i, minimum in enumerate(best)]
    if not away:
        return None
    distance, i = min(away)
    return best[i], distance
