"""Unfinished: anything else. It is on its way, at a rate too small, along a valley, in noise, or just not there yet."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice, Note
from slalom.catalogue.thresholds import TOLERANCE
from slalom.engine.diagnosis import theory
from slalom.engine.diagnosis.advice import MOMENTUM, learning_rate, momentum, more_steps
from slalom.engine.diagnosis.findings import NEAR, burst, noise_floor, ringing, square, zigzag
from slalom.engine.diagnosis.phrases import product, steps, three
from slalom.engine.diagnosis.reasons import decay_in_balance, no_rate, undamped
from slalom.engine.diagnosis.run_summaries import RunSummaries
from slalom.engine.diagnosis.run_summary import RunSummary

from .base import Diagnosis

SMALL = 0.5
"""A rate below this share of the best one is too small."""


class Pace(NamedTuple):
    """How far a run has come in loss - f*, or in the squared gradient where f* is not known."""

    start: float
    now: float
    goal: float
    fall: float
    """Factor per update, lately."""

    @property
    def more(self) -> float:
        """Updates to the goal at this pace."""
        return math.log(self.goal / self.now) / math.log(self.fall)


def pace_of(run: RunSummary) -> Pace | None:
    """Return the pace of a run that falls and has not arrived; None for others."""
    if run.best is not None:
        beginning = run.start - run.best
        pace = Pace(beginning, run.loss - run.best, TOLERANCE * max(1.0, beginning), run.fall or math.nan)
    else:
        goal = square(TOLERANCE * max(1.0, run.steep))
        pace = Pace(square(run.steep), square(run.grad), goal, square(run.statistics.gradient_rate))
    going = 0 < pace.fall < 1 and 0 < pace.goal < pace.now < math.inf and 0 < pace.start < math.inf
    return pace if going else None


def too_small(run: RunSummary) -> Note | None:
    """Say how long it will take at this pace, and which rates would take half of that, or the steps of this run."""
    model, pace, rule = run.quadratic, pace_of(run), run.optimizer
    if not run.is_sgd or not run.steady or pace is None or model is None or run.lr <= 0 or rule.momentum >= 1:
        return None
    most = _best(run)
    now, twice = theory.reach(rule, pace.fall**0.5), theory.reach(rule, pace.fall)
    half = run.lr * twice / now
    if not run.lr < SMALL * most or not half <= most:
        return None
    lost = rule.momentum / (1 - rule.momentum)
    needed = (pace.goal / pace.start) ** (0.5 / max(1, run.steps - 1 - lost))
    there = run.lr * theory.reach(rule, needed) / now
    reachable = there <= most
    if not reachable and not math.isfinite(most):
        return None
    values = {"more_steps": pace.more, "halving_lr": half}
    said = f"At this pace it needs about {steps(pace.more)} more. Lr {three(half)} takes half of them"
    if reachable:
        values["arriving_lr"] = there
        said += f"; lr {three(there)} arrives within the {run.steps:,} of this run"
    else:
        said += f"; the best rate here is {three(most)}"
    values["lr_over_limit"] = run.lr / run.limit if run.limit else math.nan
    formula = f"{product(run.lr, model.high)} < {three((run.limit or math.nan) * model.high)}"
    better = learning_rate(there, up=True) if reachable else learning_rate(most)
    advice = (better, learning_rate(half, up=True), *more_steps(run, pace.more))
    return Note(kind="too_small", sentence=f"{said}.", formula=formula, values=values, advice=advice)


def _best(run: RunSummary) -> float:
    """Return the largest rate that may be advised: the best of gradient descent, or half of the limit.

    Where the curvature was larger on the way it is half of the limit there.
    """
    model, steepest = run.quadratic, run.statistics.steepest
    assert model is not None
    if model.high <= 0 or run.limit is None:
        return math.inf if model.high <= 0 else 0.0
    if steepest > (1 + NEAR) * model.high:
        return run.limit * model.high / steepest / 2
    if run.plain and model.low > 0:
        return theory.best_rate(model.low, model.high)
    return run.limit / 2


def short_steps(run: RunSummary) -> Note | None:
    """Say the same of a rule whose steps are about as long as its rate, whatever the gradient: Adam and its kind."""
    decrease = run.statistics.gradient_decrease
    if not run.scaled or not run.steady or not decrease > 0 or run.limit is None or pace_of(run) is None:
        return None
    more, there = run.grad / decrease, run.lr * (1 + run.grad / decrease / max(1, run.steps))
    if more < 1 or not there < run.limit / 2:
        return None
    said = f"Its steps are about as long as its rate: the bottom is at least {steps(more)} away at this pace"
    values = {"more_steps": more, "halving_lr": 2 * run.lr, "lr_over_limit": run.lr / run.limit}
    advice = (learning_rate(there, up=True), learning_rate(2 * run.lr), *more_steps(run, more))
    return Note(
        kind="too_small", sentence=f"{said}, half of that at lr {three(2 * run.lr)}.", values=values, advice=advice
    )


def slow(run: RunSummary) -> Note | None:
    """Say how long a run needs whose rate is as large as its steepest direction lets it be."""
    model, pace = run.quadratic, pace_of(run)
    if pace is None:
        return None
    left = f"Each step leaves {three(pace.fall)} of the loss that remains: about {steps(pace.more)} more"
    values = {"more_steps": pace.more, "measured_factor": pace.fall}
    advice = more_steps(run, pace.more)
    if model is None or model.low <= 0 or len(model.curvatures) < 2 or model.high / model.low < 2:
        return Note(kind="slow", sentence=f"{left}.", values=values, advice=advice)
    condition = model.high / model.low
    values["condition"] = condition
    why = f"the steepest direction sets the limit, and the flattest is {three(condition)} times flatter"
    formula = f"κ = λmax / λmin = {three(model.high)} / {three(model.low)} = {three(condition)}"
    if run.plain:
        why += f". Momentum {MOMENTUM} needs about √κ = {three(math.sqrt(condition))} instead of κ"
        advice = (momentum(MOMENTUM), *advice)
    return Note(kind="slow", sentence=f"{left}, because {why}.", formula=formula, values=values, advice=advice)


class Unfinished(Diagnosis):
    """None of the others."""

    kind = "unfinished"
    note = "unfinished"
    reasons = (no_rate, decay_in_balance, undamped)
    findings = (noise_floor, burst, zigzag, ringing)
    otherwise = (too_small, short_steps, slow)

    def holds(self, runs: RunSummaries) -> np.ndarray:
        return np.ones(len(runs.noisy), bool)

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        above = run.limit is not None and 0 < run.limit < run.lr
        return (learning_rate(run.limit / 2),) if above and run.limit and not run.noise else ()

    def headline(self, run: RunSummary) -> str:
        """Say how fast it falls, and how many more steps it would take."""
        after = f"After {run.steps:,} steps the loss is {number(run.loss)}"
        before, now = run.last_two
        if run.noise:
            return (
                f"{after}; noise of {number(run.noise)} on its gradient keeps it moving. A smaller rate settles lower."
            )
        if run.fall is None and now < before:
            return f"{after}, and lately falls by {number(before - now, 3)} per step. Give it more steps."
        if run.limit is not None and run.lr > run.limit:
            limit = f"the stability limit {number(run.limit, 4)} of {run.rule}"
            above = f"the learning rate {number(run.lr)} is above {limit}"
            return f"{after}; {above}, so it cannot settle there. Try {number(run.limit / 2, 4)}."
        if run.fall is None or run.fall >= 1:
            return f"{after}; it has not been falling lately. Try a smaller learning rate, or more steps."
        pace = f"{after}, and lately falls by {number(100 * (1 - run.fall), 3)} % per step"
        if run.best is None:
            return f"{pace}. Give it more steps."
        excess, goal = run.loss - run.best, TOLERANCE * max(1.0, run.start - run.best)
        if excess <= goal:
            return f"{pace}. Give it more steps."
        more = steps(math.log(goal / excess) / math.log(run.fall))
        return f"{pace} towards {number(run.best)}: about {more} more to come within {number(goal)} of it."
