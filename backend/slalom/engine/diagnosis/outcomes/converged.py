"""Converged: the loss is at f*, or where f* is unknown the gradient has vanished and nothing curves down."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.thresholds import TOLERANCE
from slalom.engine.diagnosis import theory
from slalom.engine.diagnosis.explosion import agree
from slalom.engine.diagnosis.findings import burst, ringing, turns_back, zigzag
from slalom.engine.diagnosis.phrases import beside, distinct, share_of, three, what_remained, what_remains
from slalom.engine.diagnosis.quadratic_model import QuadraticModel
from slalom.engine.diagnosis.reasons import ZERO_RATE
from slalom.engine.diagnosis.run_summaries import RunSummaries
from slalom.engine.diagnosis.run_summary import RunSummary
from slalom.engine.diagnosis.statistics import WINDOW
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
        return " ".join(part for part in (_arrival(run), _regime(run), _pace(run)) if part)

    def formula(self, run: RunSummary) -> str:
        slowest = _slowest(run)
        if slowest is None or not run.plain:
            return ""
        reach = f"{three(run.lr)} × {three(slowest.curvature)}"
        return f"ρ² = (1 − ηλ)² = (1 − {reach})² = {distinct(slowest.growth, 1)}"

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
    known = run.steady and run.optimizer.has_theory and not run.scaled and not run.coasts
    if not known or model is None or not _is_quadratic(run):
        return None
    lossy = (model.curvatures != 0) & _begun(run, model)  # Along the others there is nothing to lose.
    curved = model.curvatures[lossy]
    if not curved.size:
        return None
    growths = run.optimizer.growth(run.lr, curved)
    slowest = int(np.argmax(growths))
    return Direction(float(curved[slowest]), float(growths[slowest]))


def _begun(run: RunSummary, model: QuadraticModel) -> np.ndarray:
    """Return along which principal directions the start was away from the floor, (dim,): all, where it is not known."""
    first = run.first_quadratic
    if first is None or not model.everywhere:
        return np.ones(len(model.curvatures), bool)
    return abs(model.directions.T @ (first.directions @ first.slopes)) > theory.ZERO * np.linalg.norm(first.slopes)


def _is_quadratic(run: RunSummary) -> bool:
    """Return whether the loss is about a quadratic where it converged, so that its curvature tells how it falls."""
    model = run.quadratic
    return model is not None and model.steady and model.high > TOLERANCE * abs(run.start_curvature)


def _measured(run: RunSummary) -> float:
    """Return the factor per step of loss - f*; where f* is unknown, of |g|², which is as good on a quadratic only."""
    if run.best is None and not _is_quadratic(run):
        return math.nan
    return run.statistics.mean_rate if _swings(run) else run.statistics.final_rate


def _swings(run: RunSummary) -> bool:
    """Return whether it came in swings, as along the flattest direction with momentum: the whole run has a pace."""
    model = run.quadratic
    if run.statistics.final_rate >= 1:
        return True
    return run.is_sgd and model is not None and theory.ringing_of(run.optimizer, run.lr, model.low) is not None


def _arrival(run: RunSummary) -> str:
    """Say since when nothing is left of the loss, or of the gradient where f* is unknown."""
    begins = f"From step {run.converged:,}" if run.converged else "From the start"
    if run.best is not None:
        share = " of its starting height" if run.start - run.best > 1 else ""
        left = f"the loss is above the minimum {three(run.best)} by less than one millionth{share}"
        return f"{begins} {left}: converged."
    share = " of its first value" if run.steep > 1 else ""
    ground = "" if math.isnan(run.low) else ", on ground that does not curve down"
    level = f"the gradient is less than one millionth{share}{ground}"
    return f"{begins} {level}: converged, at a loss of {three(run.loss)}."


def _between(reach: float) -> str:
    """Return a number between 1 and 2 that looks so."""
    return distinct(reach, 2 if reach > 1.5 else 1)


def _pace(run: RunSummary) -> str:
    slowest, measured = _slowest(run), _measured(run)
    if run.statistics.onset is not None:  # It had been there before, and has come back.
        return ""
    if run.converged == 1:
        return "It arrived in one step, so there is no rate to measure."
    if not math.isfinite(measured):
        return ""
    before = _before(run, measured)
    if slowest is None or run.noise or not math.isfinite(slowest.growth):
        return f"{before}."
    if agree(slowest.growth, measured):
        return f"Each step {what_remains(measured)}, as theory predicts."
    return f"{before}; in theory it {what_remains(slowest.growth)} in the end."


def _before(run: RunSummary, measured: float) -> str:
    """Say over which steps a pace was measured, and what each left of the loss, or where f* is unknown the gradient."""
    assert run.converged is not None
    kept = what_remained(measured)
    if run.best is None:
        kept = what_remained(math.sqrt(measured)).replace("remaining loss", "gradient")
    if _swings(run) or run.converged - 1 <= WINDOW:
        return f"Until then each step {kept} on average"
    return f"Over the {WINDOW} steps before that, each {kept} on average"


def _regime(run: RunSummary) -> str:
    """Say where its learning rate is beside the stability limit of a surface; Newton's has no such limit but 2."""
    if run.best is None and run.training is None and not run.optimizer.uses_hessian and abs(run.high) < TOLERANCE:
        if run.high == 0:
            return "The ground is level there (λ = 0): it may be a plateau."
        return f"The ground is almost level there (λ = {three(run.high)}): it may be a plateau."
    limited = run.limit is not None and 0 < run.limit < math.inf and run.training is None
    if not limited or run.limit is None or run.curvature is None or run.optimizer.uses_hessian:
        return ""
    if run.lr <= ZERO_RATE * run.highest_lr:
        return "In the end its learning rate is 0."
    limit = beside(run.limit, run.lr)
    leaves = run.lr > run.limit or (run.predicted is not None and run.predicted > 1)
    if leaves and run.grad == 0 and not any(run.statistics.last_step):
        return "There the gradient is exactly 0, and nothing moves any more."
    if run.lr > run.limit:
        return f"In the end its learning rate {number(run.lr)} is above the stability limit {limit}: it may burst out."
    if not run.plain:
        return f"In the end its learning rate is {share_of(run.lr, run.limit)} the stability limit {limit}."
    reach = run.lr * run.curvature
    if reach <= 1:
        return f"ηλ = {distinct(reach, 1)} is not above 1: it falls without overshooting."
    between = f"ηλ = {_between(reach)} lies between 1 and 2"
    if turns_back(run):
        return f"{between}: it zigzags across the steepest direction as it falls."
    return f"{between}: near the minimum a step lands on the other side of it."
