"""Converged: the loss is at f*, or where f* is unknown the gradient has vanished and nothing curves down."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.thresholds import TOLERANCE
from slalom.engine.diagnosis import theory
from slalom.engine.diagnosis.findings import burst, ringing, zigzag
from slalom.engine.diagnosis.phrases import three
from slalom.engine.diagnosis.run_summaries import RunSummaries
from slalom.engine.diagnosis.run_summary import RunSummary
from slalom.engine.lockstep.observations import NEVER

from .base import Diagnosis


class Converged(Diagnosis):
    """It has counted as converged from some entry on, without interruption, and is not bound to leave again."""

    kind = "converged"
    note = "converged"
    findings = (burst, zigzag, ringing)

    def holds(self, runs: RunSummaries) -> np.ndarray:
        return (runs.first.since != NEVER) & ~runs.escaping

    def headline(self, run: RunSummary) -> str:
        """Say when and to what, in which of the regimes of gradient descent, and how fast it had to by theory."""
        assert run.converged is not None
        near = f"is within {number(TOLERANCE * max(1.0, run.start - (run.best or 0.0)))} of the minimum"
        found = f"From step {run.converged:,} on the loss {near} {number(run.best or 0.0)}."
        if run.best is None:
            found = f"From step {run.converged:,} on the gradient has vanished, on ground that does not curve down"
            found = f"{found}; the loss is {number(run.loss)}."
        return " ".join(part for part in (found, _regime(run), _pace(run)) if part)

    def formula(self, run: RunSummary) -> str:
        slowest = _slowest(run)
        if slowest is None or not run.plain:
            return ""
        reach = f"{three(run.lr)} × {three(slowest.curvature)}"
        return f"ρ² = (1 - ηλ)² = (1 - {reach})² = {three(slowest.growth)}"

    def values(self, run: RunSummary) -> dict[str, float]:
        assert run.converged is not None
        slowest, measured = _slowest(run), _measured(run)
        theory = {} if slowest is None else {"predicted_factor": slowest.growth}
        seen = {"measured_factor": measured} if math.isfinite(measured) else {}
        return {"step": float(run.converged)} | theory | seen


class Direction(NamedTuple):
    """A principal direction, by its curvature and the growth of the loss along it in theory."""

    curvature: float
    growth: float


def _slowest(run: RunSummary) -> Direction | None:
    """Return the direction along which the loss falls slowest; None where theory does not say."""
    model = run.quadratic
    known = run.steady and run.optimizer.has_theory and not run.scaled
    if not known or model is None or not model.curvatures.any():
        return None
    curved = model.curvatures[model.curvatures != 0]  # Along the others there is nothing to lose.
    growths = run.optimizer.growth(run.lr, curved)
    slowest = int(np.argmax(growths))
    return Direction(float(curved[slowest]), float(growths[slowest]))


def _measured(run: RunSummary) -> float:
    model, statistics = run.quadratic, run.statistics
    rings = run.is_sgd and model is not None and theory.ringing(run.optimizer, run.lr, model.low) is not None
    return statistics.mean_rate if rings else statistics.final_rate


def _pace(run: RunSummary) -> str:
    slowest, measured = _slowest(run), _measured(run)
    if not math.isfinite(measured):
        return f"It was there at step {run.converged:,}, too soon to measure a pace."
    known = slowest is not None and math.isfinite(slowest.growth) and not run.noise
    by_theory = f"; theory says {three(slowest.growth)}" if known and slowest is not None else ""
    return f"Each step left {three(measured)} of the loss that remained{by_theory}."


def _regime(run: RunSummary) -> str:
    if (
        run.training is not None
        or run.limit is None
        or run.curvature is None
        or not math.isfinite(run.limit)
        or run.limit <= 0
    ):
        return ""
    if run.best is None and run.curvature < TOLERANCE:
        return f"The ground is almost level there (λ = {number(run.curvature)}): it may be a plateau."
    if run.lr > run.limit:
        limit = number(run.limit, 4)
        return f"In the end its learning rate {number(run.lr)} is above the stability limit {limit}: it may burst out."
    if not run.plain:
        share = number(100 * run.lr / run.limit, 3)
        return f"In the end its learning rate is {share} % of the stability limit {number(run.limit, 4)}."
    share = run.lr * run.curvature
    if share > 1:
        return f"ηλ = {number(share, 4)} lies between 1 and 2: it zigzags across the steepest direction as it falls."
    return f"ηλ = {number(share, 4)} is not above 1: it falls without overshooting."
