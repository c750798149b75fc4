"""Growing: it rises steadily above its limit, or falls steadily down a slope without end, but has not diverged yet."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice
from slalom.catalogue.thresholds import EXPLOSION
from slalom.engine.diagnosis import theory
from slalom.engine.diagnosis.advice import learning_rate
from slalom.engine.diagnosis.explosion import agree
from slalom.engine.diagnosis.findings import burst
from slalom.engine.diagnosis.last_stretch import SHORTEST
from slalom.engine.diagnosis.phrases import beside_limit, distinct, limit_at, step_count, three, without_limit
from slalom.engine.diagnosis.reasons import at_its_limit, first_gradient_only
from slalom.engine.diagnosis.run_summaries import EXACT, RunSummaries
from slalom.engine.diagnosis.run_summary import RunSummary

from .base import Diagnosis

FAR_AHEAD = 1e6
"""Steps beyond which they are not counted any more."""
BARELY = 1.1
"""A rate so many times its limit, or less, is so many percent above it."""
LEVEL = 1e-3
"""Where the parts of a rise differ relatively by less than this, it goes on at the same pace."""


class Growing(Diagnosis):
    """The medians rise steadily and the rate is above its limit, or without one the loss is above its start.

    On a quadratic, where it is a theorem that it will grow, it does as soon as the last median rises.
    """

    kind = "growing"
    note = "growing"
    reasons = (first_gradient_only, at_its_limit)
    findings = (burst,)

    def holds(self, runs: RunSummaries) -> np.ndarray:
        # Where nothing but the losses says so, a few of mini-batches say nothing.
        seen = (runs.losses[-1] > runs.first.reference) & (~runs.noisy | (runs.stretch.entries >= SHORTEST))
        above = np.where(np.isnan(runs.share), seen, runs.share > 1 + EXACT)
        return (runs.trend.rises & runs.trend.steady | runs.quadratic & runs.turned_up) & above

    def headline(self, run: RunSummary) -> str:
        """Say how fast it grows, which limit it is above, and about when it will be 1000 times its start."""
        what = f"After {step_count(run.steps)} the loss is {three(run.loss)} and rises steadily."
        if run.steps == 1:
            what = f"After 1 step the loss is {three(run.loss)}, up from {three(run.start)}."
        return f"{what} {_why(run)} {_when(foreseen(run), run)} {_instead(run)}"

    def formula(self, run: RunSummary) -> str:
        if not _above(run):
            return ""
        assert run.limit is not None
        assert run.curvature is not None
        return beside_limit(run, run.lr, run.curvature, run.limit)

    def values(self, run: RunSummary) -> dict[str, float]:
        found = foreseen(run)
        share = {"lr_over_limit": run.lr / run.limit} if _above(run) and run.limit else {}
        return share | ({"explodes_at": found.step} if found.sure and math.isfinite(found.step) else {})

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        if run.limit is None:
            return (learning_rate(run.lr / 10),)
        return (learning_rate(run.limit / 2, None if run.scaled else "stable"),) if _above(run) else ()


class SlopeWithoutEnd(Diagnosis):
    """The medians fall steadily, no minimum is known, and the loss is unbounded below.

    It counts as diverged only once its parameters are a million times farther out than its start.
    """

    kind = "growing"
    note = "growing"
    reasons = (first_gradient_only,)

    def holds(self, runs: RunSummaries) -> np.ndarray:
        falling = runs.trend.falls & runs.trend.steady & ~runs.known
        falling[falling] = runs.unbounded(np.flatnonzero(falling))
        return falling

    def headline(self, run: RunSummary) -> str:
        """Say that the loss falls without end."""
        what = f"After {step_count(run.steps)} the loss is {three(run.loss)} and falls steadily"
        return f"{what}, down a slope without end. There is no minimum that way, so no learning rate finds one."


class Foreseen(NamedTuple):
    """When a run will be EXPLOSION times above its start."""

    step: float
    """inf for never."""
    sure: bool
    """Whether arithmetic says so, or only the pace of late."""


def foreseen(run: RunSummary) -> Foreseen:
    """Return when it will explode: by arithmetic where the loss is a quadratic, else at its pace of late.

    A momentum of 1 or more swings as it grows, which arithmetic on one entry does not tell of.
    """
    model, rule = run.quadratic, run.optimizer
    known = run.steady_from_now and not run.noise and rule.has_theory and not run.scaled
    if known and model is not None and model.everywhere and getattr(rule, "momentum", 0.0) < 1:
        steps = model.directions.T @ np.array(run.statistics.last_step)
        height = theory.grown(rule, run.lr, model.curvatures, model.slopes, steps)
        more = theory.reaches(run.start + run.far - run.loss + height(0), height)
        return Foreseen(run.steps + (math.ceil(more) if math.isfinite(more) else more) + 1, True)
    return Foreseen(run.steps + _at_this_pace(run), False)


def _at_this_pace(run: RunSummary) -> float:
    """Return after how many updates a loss that rises is EXPLOSION times its start above it.

    The differences between the medians of its last stretch are taken to change by the same factor for ever.
    """
    heights = [value - run.start for value in run.medians]
    apart = [after - before for before, after in pairwise(heights)]
    if not apart or not min(apart) > 0:
        return math.inf
    gap = max(0.0, run.far - heights[-1]) / apart[-1]
    ratio = (apart[-1] / apart[0]) ** (1 / max(1, len(apart) - 1))
    parts = gap
    if abs(ratio - 1) >= LEVEL:
        grown = 1 + gap * (ratio - 1) / ratio
        parts = math.log(grown) / math.log(ratio) if grown > 0 else math.inf
    return max(0.0, (parts - 0.5) * run.apart)


def _above(run: RunSummary) -> bool:
    """Return whether the rate is above a limit that is known."""
    return run.limit is not None and run.curvature is not None and 0 < run.limit < run.lr


def _why(run: RunSummary) -> str:
    lr = number(run.lr)
    if run.limit is None or run.curvature is None:
        return f"The learning rate {lr} is too high. {without_limit(run)}."
    if run.limit == 0:
        return f"With this momentum {run.rule} is stable at no learning rate, whatever the curvature."
    limit, share = limit_at(run), run.lr / run.limit
    if share <= 1:
        return f"At every other step the learning rate {lr} is above its limit; here it is below {limit}."
    said = f"The learning rate {lr} is {number(share, 3)} times {limit}"
    if share < BARELY:
        said = f"The learning rate {lr} is {number(100 * (share - 1), 2)} % above {limit}"
    return f"{said}{_must(run)}."


def _must(run: RunSummary) -> str:
    if run.predicted is None:
        return ""
    predicted, measured = distinct(run.predicted, 1), _measured(run)
    if not agree(measured, run.predicted):
        return f": so the loss must grow {predicted}-fold per step in the end"
    return f": so the loss must grow {predicted}-fold per step, and grew {distinct(measured, 1)}-fold"


def _measured(run: RunSummary) -> float:
    """Return the factor per step by which what the loss gains grows, over its last stretch; nan where it is unknown."""
    apart = [after - before for before, after in pairwise(run.medians)]
    if len(apart) < 2 or not min(apart) > 0:
        return math.nan
    return (apart[-1] / apart[0]) ** (1 / ((len(apart) - 1) * run.apart))


def _when(found: Foreseen, run: RunSummary) -> str:
    start = f"{number(EXPLOSION)} times its start of {three(run.start)}"
    if found.step - run.steps > FAR_AHEAD:
        return f"Until it is {start} there are far more than a million steps to go."
    at = f"at about step {found.step:,.0f}"
    return f"It will be {start} {at}." if found.sure else f"At this pace it would be {start} {at}."


def _instead(run: RunSummary) -> str:
    if run.limit is None:
        return f"Try one ten times smaller than {number(run.lr)}."
    if run.limit == 0:
        return "Try a momentum below 1."
    if run.scaled:
        return "With a smaller learning rate it grows less."
    return f"Below the limit it does not grow: try {three(run.limit / 2)}."
