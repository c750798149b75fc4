"""Reasons why a run does not get on other than a stability limit: the first that fits explains the run.

A learning rate of 0, weight decay that pulls as hard as the rest of a step pushes, momentum that loses nothing, and
steps that jump over a corner.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice, Note

from .advice import MOMENTUM, learning_rate, momentum, schedule
from .phrases import against, percent, step_count, three
from .run_summary import RunSummary

ZERO_RATE = float(np.finfo(np.float64).eps)
"""A learning rate that is no larger a share of the largest on the way is 0."""
BALANCE = 0.25
"""Weight decay and the rest of a step are in balance where no larger a share of its pull is left of them."""

HOVERS = 0.3
"""A rule that divides by the gradient bounces at its limit where the rate is relatively no farther from it."""


def state_of(run: RunSummary) -> str:
    """Return where a run is: its loss; of a network also the share of right guesses where there are classes."""
    one = run.training
    if one is None:
        return f"After {step_count(run.steps)} the loss is {number(run.loss)}"
    check = "" if math.isnan(one.check) else f" (validation {number(one.check, 4)})"
    loss = one.loss if run.batch is not None or math.isnan(run.loss) else run.loss
    what = f"After {step_count(run.steps)} the training loss is {number(loss, 4)}{check}"
    if math.isnan(one.accuracy):
        return what
    also = "" if math.isnan(one.check_accuracy) else f" (validation {percent(one.check_accuracy)})"
    return f"{what}, and {percent(one.accuracy)} of the examples are right{also}"


def no_rate(run: RunSummary) -> Note | None:
    """Say that the learning rate is 0: from the start, or at the end of its schedule."""
    if run.lr > ZERO_RATE * run.highest_lr:
        return None
    if run.lane.run.optimizer.lr == 0 or run.highest_lr == 0:
        usual = type(run.optimizer).model_fields["lr"].default
        rate = usual if run.limit is None or run.scaled else min(usual, run.limit / 2)
        said = f"{state_of(run)}. The learning rate is 0: nothing moves"
        return Note(kind="unfinished", sentence=f"{said}.", advice=(learning_rate(rate, "faster"),))
    said = f"{state_of(run)}. The schedule has run out: the learning rate is 0, and nothing moves any more"
    base = run.lane.run.optimizer.lr
    holds = run.limit is None or base < run.limit
    instead = f". At a constant rate of {three(base)} it would go on" if holds else ""
    advice = (schedule("constant"),) if holds else ()
    return Note(kind="unfinished", sentence=f"{said}{instead}.", advice=advice)


def decay_in_balance(run: RunSummary) -> Note | None:
    """Say that weight decay pulls towards 0 about as hard as the rest of every step pushes away from it."""
    pull, left = _decay(run)
    if run.noise or not pull > 0 or not left <= BALANCE * pull:
        return None
    decay = float(run.optimizer.weight_decay)
    said = f"Weight decay {three(decay)} pulls it towards 0 as hard as the gradient pushes the other way"
    return Note(
        kind="unfinished",
        sentence=f"{state_of(run)}. {said}: it settles between both, above the minimum of the loss. Try a tenth of it.",
        values={"pull": pull, "left": left},
        advice=(Advice(field="run.optimizer.weight_decay", value=decay / 10, promise="faster"),),
    )


def undamped(run: RunSummary) -> Note | None:
    """Say that a momentum of 1 or more never settles: the two roots of its recursion have a product of 1 or more."""
    if not run.is_sgd or not run.root_product >= 1:
        return None
    calm = run.optimizer.model_copy(update={"momentum": MOMENTUM})
    faster = run.forecast is not None and run.forecast.is_faster(calm, run.lr)
    swings = "nothing is lost from swing to swing" if run.root_product == 1 else "every swing is longer than the last"
    said = f"With momentum {number(run.optimizer.momentum)} {swings}: it never settles"
    return Note(
        kind="unfinished",
        sentence=f"{state_of(run)}. {said}. Take a momentum below 1, such as {MOMENTUM}.",
        formula=f"|z₁ z₂| = {three(run.root_product)}",
        advice=(momentum(MOMENTUM, "faster" if faster else None),),
    )


def at_its_limit(run: RunSummary) -> Note | None:
    """Say that a rule that divides by the size of the gradient comes to bounce at its limit, whatever its rate.

    The size comes down with the gradient, until steps turn back.
    """
    known = run.scaled and run.limit is not None and run.curvature is not None and 0 < run.limit < math.inf
    if not known or run.limit is None or run.curvature is None or run.noise or _falls(run):
        return None
    if not math.isclose(run.lr, run.limit, rel_tol=HOVERS):
        return None
    divides = f"{run.rule} divides by the size of the gradient, so its steps do not shrink with it"
    limit = f"at every learning rate it comes to bounce at its stability limit, here {number(run.limit, 4)}"
    instead = "A smaller rate bounces lower, and a schedule that lets it fall to 0 settles"
    falling = (schedule("cosine", "faster"),) if run.steady else ()
    return Note(
        kind="oscillating",
        sentence=f"{state_of(run)}. {divides}: {limit}. {instead}.",
        formula=against(run.lr, run.curvature, run.limit * run.curvature, True),
        values={"lr_over_limit": run.lr / run.limit},
        advice=(*falling, learning_rate(min(run.lr, run.limit) / 2, "faster")),
    )


def _falls(run: RunSummary) -> bool:
    """Return whether the medians of its last stretch fall one after the other."""
    return all(after < before for before, after in pairwise(run.medians))


def over_a_corner(run: RunSummary) -> Note | None:
    """Say that steps jump over a corner, where the slope does not grow smaller as the minimum comes near."""
    if run.noise or not run.jumps_a_corner or _falls(run):
        return None
    said = "Its steps jump to and fro over a corner of the surface, where the slope changes its sign without passing 0"
    so = "they stay as long as the learning rate. A smaller rate bounces lower, and one that falls to 0 settles"
    advice = (*((schedule("cosine", "faster"),) if run.steady else ()), learning_rate(run.lr / 10))
    return Note(kind="oscillating", sentence=f"{state_of(run)}. {said}: {so}.", advice=advice)


def _decay(run: RunSummary) -> tuple[float, float]:
    """Return the pull of weight decay, and what the rest of the step, or of the gradient, leaves of it."""
    weight = float(getattr(run.optimizer, "weight_decay", 0.0))
    step, model = np.array(run.statistics.last_step), run.quadratic
    if run.decay and model is not None:
        return run.decay * float(np.linalg.norm(run.point)), float(np.linalg.norm(model.slopes))
    if not weight or not len(step):
        return 0.0, math.inf
    return run.lr * weight * float(np.linalg.norm(run.point - step)), float(np.linalg.norm(step))
