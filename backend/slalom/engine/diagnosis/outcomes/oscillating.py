"""Oscillating: nearly every step turns back, and nothing is gained by it."""

from __future__ import annotations

import math

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice
from slalom.engine.diagnosis.advice import learning_rate, schedule, written
from slalom.engine.diagnosis.findings import noise_floor
from slalom.engine.diagnosis.phrases import beside_limit, distinct, limit_at, percent, product, three
from slalom.engine.diagnosis.reasons import (
    TURNING,
    arrives_at_half,
    at_its_limit,
    decay_in_balance,
    first_gradient_only,
    no_rate,
    over_a_corner,
    undamped,
)
from slalom.engine.diagnosis.run_summaries import EXACT, RunSummaries
from slalom.engine.diagnosis.run_summary import RunSummary

from .base import Diagnosis

STEADY_MEDIANS = 1e-6
"""A run that turns back neither falls nor rises where its medians change by no larger a share of |g|²/2λ, which is what
a quadratic of its gradient and curvature has above its floor."""
PAIR, UNDONE = 2, 1e-3
"""Two steps undo each other where no larger a share of one is left of them."""
SAME_LOSS = 1e-9
"""Losses relatively closer than this are the same."""


class Oscillating(Diagnosis):
    """Steps turn back, and the medians neither fall nor rise, or the rate is exactly at its limit.

    So does a run that began near 0 and bounces above it.
    """

    kind = "oscillating"
    note = "oscillating"
    reasons = (no_rate, first_gradient_only, decay_in_balance, undamped, at_its_limit, over_a_corner)
    findings = (noise_floor,)

    def holds(self, runs: RunSummaries) -> np.ndarray:
        parts, (rises, falls, _) = runs.medians, runs.trend
        exact = abs(runs.share - 1) <= EXACT
        excess = np.where(runs.sharpness > 0, runs.grad / (2 * runs.sharpness) * runs.grad, 0.0)
        moves = (rises | falls) & (abs(parts[-1] - parts[0]) > STEADY_MEDIANS * excess) if len(parts) else rises
        return (runs.stretch.turned >= TURNING) & (exact | ~moves) | runs.hovers

    def headline(self, run: RunSummary) -> str:
        """Say between which values it jumps, and whether it sits exactly at the limit."""
        return f"{_bounces(run)} {_against_limit(run)}"

    def formula(self, run: RunSummary) -> str:
        if not _bounded(run) or run.limit is None or run.curvature is None:
            return ""
        if _exact(run):
            return f"η = {number(run.lr)}" if run.is_newton else product(run.lr, run.curvature, run.scaled)
        return beside_limit(run, run.lr, run.curvature, run.limit)

    def values(self, run: RunSummary) -> dict[str, float]:
        low, high = sorted(run.last_two)
        return {"lower_loss": low, "upper_loss": high}

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        if not _bounded(run) or run.limit is None:
            faster = "faster" if arrives_at_half(run) else None
            return (schedule("cosine", faster),) if run.steady and not run.noise else ()
        sure = not (run.scaled or run.noise or run.training is not None)
        return (learning_rate(min(run.lr, run.limit) / 2, "faster" if sure else None),)


def _bounces(run: RunSummary) -> str:
    """Say between which losses it bounces."""
    if run.turned < TURNING:
        height = f"at a loss of about {three(run.middle)} (median of late)"
        return f"It bounces to and fro {height}, and neither falls nor rises."
    low, high = sorted(run.last_two)
    same = high - low <= SAME_LOSS * max(abs(low), abs(high))
    values = f"between the losses {distinct(low, high)} and {distinct(high, low)}"
    if same:
        values = f"at the same loss {three(high)}"
    return f"Nearly every step turns back: it jumps to and fro {values}, and does not fall."


def _bounded(run: RunSummary) -> bool:
    """Return whether the rule has a limit here."""
    return run.limit is not None and run.curvature is not None and 0 < run.limit < math.inf


def _exact(run: RunSummary) -> bool:
    return run.limit is not None and math.isclose(run.lr, run.limit, rel_tol=EXACT)


def _against_limit(run: RunSummary) -> str:
    lr = number(run.lr)
    if not _bounded(run) or run.limit is None:
        longer = "Its steps do not grow shorter as it comes close"
        return f"{longer}: a smaller learning rate than {lr} bounces lower, and one that falls to 0 settles."
    limit = limit_at(run)
    if _exact(run):
        return f"The learning rate {lr} is exactly {limit}: a little less converges, a little more diverges."
    if run.lr > run.limit:
        return f"The learning rate {lr} is above {limit}. Try {written(learning_rate(run.limit / 2))}."
    said = f"The learning rate {lr} is {percent(run.lr / run.limit)} of {limit}"
    if _goes_to_and_fro(run) and run.curvature is not None:
        mean = three(run.limit * run.curvature / run.lr)
        said += f", but across the jump the curvature is {mean} on average, for which it is exactly the limit"
    return f"{said}. Try a smaller one."


def _goes_to_and_fro(run: RunSummary) -> bool:
    """Return whether its last two steps undid each other, so that along them the mean Hessian has the root -1."""
    steps = np.array(run.statistics.last_steps)
    if not run.is_sgd or run.noise or not run.steady or len(steps) < PAIR:
        return False
    return bool(np.linalg.norm(steps.sum(axis=0)) <= UNDONE * np.linalg.norm(steps[-1]))
