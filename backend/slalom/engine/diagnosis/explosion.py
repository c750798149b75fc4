"""Why a loss exploded: what came before it, in the order in which causes are asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice
from slalom.catalogue.thresholds import EXPLOSION

from .advice import MOMENTUM, learning_rate, momentum, written
from .phrases import (
    beside,
    beside_limit,
    capitalized,
    distinct,
    product,
    steepness,
    three,
    where_steep,
    without_limit,
)
from .run_summary import RunSummary
from .theory import is_unbounded_below

CONSTANT_CURVATURE = 0.01
"""Curvatures relatively closer than this are the same."""
PACES_AGREE = 0.1
"""Two growths agree where their logarithms, which are paces, are relatively closer than this."""
TENTH = 10
OVERSHOOTS = 2
"""A step along the gradient lands farther away than it began where ηλ is above this."""
STRIDE = 0.25
"""A first step is no leap that leads so small a share of the way over which the gradient changes by all of it."""
SHARPENS = 10
"""A network grows sharper as it learns: so many times below its limit at the start a rate holds."""


class Cause(NamedTuple):
    """The cause of an explosion, and what can be done about it."""

    sentence: str
    formula: str = ""
    values: Mapping[str, float] = MappingProxyType({})
    advice: tuple[Advice, ...] = ()


def cause(run: RunSummary) -> Cause:
    """Return why a run has exploded, left for good, or ended."""
    for find in (coasting, _no_minimum, _undampened, _undivided, _momentum, _unknown, _crossing):
        found = find(run)
        if found is not None:
            return found
    return _below(run)


def agree(one: float, other: float) -> bool:
    """Return whether two factors per step are of the same pace: 0.95 and 0.93 are not.

    >>> agree(0.64, 0.641), agree(0.95, 0.93), agree(0.0, 0.0)
    (True, False, True)
    """
    if not (one > 0 and other > 0):
        return one == other
    return math.isclose(math.log(one), math.log(other), rel_tol=PACES_AGREE)


def undampened(run: RunSummary) -> bool:
    """Return whether an explosion is that of a first step to which dampening does not apply."""
    rule = run.optimizer
    return run.is_sgd and 0 < rule.dampening < 1 and rule.momentum > 0 and run.first_lr * run.start_curvature > 2


def undampened_step(run: RunSummary) -> str:
    """Say how much longer than the others the first step was."""
    longer = three(1 / (1 - run.optimizer.dampening))
    return f"dampening does not apply to the first step, which is {longer} times as long as the later ones"


def undivided(run: RunSummary) -> bool:
    """Return whether an explosion is that of RAdam's first updates, which are not divided by anything."""
    ends = [end for end in (run.exploded and run.exploded - 1, run.nonfinite) if end is not None]
    return 0 < min(ends, default=math.inf) <= run.undivided_updates


def undivided_updates(run: RunSummary) -> str:
    """Say which updates of RAdam are those of momentum alone."""
    if math.isinf(run.undivided_updates):
        beta = number(run.optimizer.beta2, 3)
        return f"with β₂ = {beta} RAdam never divides by the size of the gradient: its updates are momentum alone, η m̂"
    first = f"RAdam's first {run.undivided_updates:.0f} updates are momentum alone, η m̂"
    return f"{first}: it does not divide by the size of the gradient yet"


def coasting(run: RunSummary) -> Cause | None:
    """Say that no gradient but the first enters the velocity, and where that leads; None where others do."""
    if not run.coasts:
        return None
    memory, formula = run.optimizer.momentum, ""
    if memory < 1:
        so = f"the momentum {number(memory)} only shrinks it, and the run coasts to a halt wherever that is"
        far = f"{three(run.lr)} / (1 − {number(memory)}) = {three(run.lr / (1 - memory))}"
        formula = f"θ∞ = θ₀ − η / (1 − β) ∇f(θ₀), η / (1 − β) = {far}" if run.steady else ""
    elif memory == 1:
        so = "with momentum 1 it stays as it is, and the run goes straight on for ever"
    else:
        so = f"the momentum {number(memory)} only stretches it, and the run goes straight on, ever faster"
    ball = run.optimizer.model_copy(update={"dampening": 0.0})
    faster = run.forecast is not None and run.forecast.is_faster(ball, run.lr)
    advice = Advice(field="run.optimizer.dampening", value=0.0, promise="faster" if faster else None)
    why = f"With dampening 1 no gradient but the first enters the velocity: {so}"
    return Cause(f"{why}. Take a dampening below 1.", formula, advice=(advice,))


def _no_minimum(run: RunSummary) -> Cause | None:
    if run.exploded is not None:
        return None
    if run.training is None and run.low < 0 and _is_unbounded_below(run):
        return Cause(f"The surface curves down there (λ = {three(run.low)}): every step lengthens the next one.")
    if run.runaway is not None:
        return Cause("No minimum is there to hold it: a smaller learning rate only takes longer.")
    return None


def _is_unbounded_below(run: RunSummary) -> bool:
    """Return whether the loss falls without end from where a run is."""
    if run.runaway is not None or run.best is not None:
        return run.runaway is not None
    functions, point = run.lane.descended.functions(np), run.point[:, None].astype(np.float64)
    return bool(is_unbounded_below(functions, point, run.decay)[0])


def _undampened(run: RunSummary) -> Cause | None:
    if not undampened(run) or _first_over(run) is not None:
        return None
    better = learning_rate(1 / run.start_curvature, "stable")
    what = f"At step 0 {undampened_step(run)}: there {product(run.first_lr, run.start_curvature)} is above 2"
    return Cause(f"{what}. Try {written(better)}.", advice=(better,))


def _undivided(run: RunSummary) -> Cause | None:
    if not undivided(run):
        return None
    why, felt = capitalized(undivided_updates(run)), run.start_curvature * (1 - run.optimizer.beta1)
    if not OVERSHOOTS < run.first_lr * felt < math.inf:
        better = learning_rate(min(run.lr / 10, _no_leap(run)))
        return Cause(f"{why}, and the ground grows steeper along them. Try {written(better)}.", advice=(better,))
    model = run.first_quadratic
    held = model is not None and model.everywhere and math.isfinite(model.bottom)
    best = 1 / felt if held else min(1 / felt, _no_leap(run))
    better, formula = learning_rate(best, "stable" if held else None), product(run.first_lr, felt)
    so = f"At step 0 {formula} is above {OVERSHOOTS}, so they lead farther and farther away"
    return Cause(f"{why}. {so}. Try {written(better)}.", f"{formula} > {OVERSHOOTS}", advice=(better,))


def _no_leap(run: RunSummary) -> float:
    """Return a rate at which the first gradient leads a small part of the way over which it changes; inf of networks.

    Whether the ground bends up there or down: nothing is said that depends on where 0 is.
    """
    model = run.first_quadratic
    bends = 0.0 if model is None else max(abs(model.low), abs(model.high))
    if run.training is not None or not bends > 0:
        return math.inf
    return max(0.1, 1 - getattr(run.optimizer, "momentum", 0.0)) * STRIDE / bends


def _momentum(run: RunSummary) -> Cause | None:
    if getattr(run.optimizer, "momentum", 0.0) <= 1:
        return None
    memory, advice = run.optimizer.momentum, (momentum(MOMENTUM, "stable"),)
    if getattr(run.optimizer, "nesterov", False):
        least = three(1 - 1 / memory)
        why = f"With a momentum above 1, {run.rule} is not stable at rates so small that ηλ < 1 − 1/β = {least}"
        return Cause(f"{why}. Try a momentum below 1.", advice=advice)
    why = f"With a momentum above 1, {run.rule} is stable at no learning rate, whatever the curvature"
    return Cause(f"{why}: try one below 1.", advice=advice)


def _unknown(run: RunSummary) -> Cause | None:
    if run.limit is not None and run.curvature is not None:
        return None
    if math.isinf(run.lr):  # A loop of somebody's own may have had that.
        return Cause(f"The learning rate {number(run.lr)} is none to step with. Try one that is a positive number.")
    unknown = without_limit(run)
    if not run.lr > 0:
        return Cause(f"{unknown}. Try a smaller learning rate.")
    why = f"{unknown}. Try a learning rate ten times smaller than {number(run.lr)}."
    return Cause(why, advice=(learning_rate(run.lr / 10),))


def _first_over(run: RunSummary) -> int | None:
    """Return when the rate was first above its limit, if that was before the step that blew it up."""
    ends = [end for end in (run.exploded and run.exploded - 1, run.nonfinite) if end is not None]
    return run.crossing if run.crossing is not None and run.crossing < min(ends, default=0) else None


def _crossing(run: RunSummary) -> Cause | None:
    """Return by how much the rate exceeded the limit, what follows from that, and which rate would have held."""
    first, (lr, curvature, limit) = _first_over(run), run.crossed
    if first is None:
        return None
    if limit == 0:
        steep = steepness(run, curvature)
        return Cause(f"At step {first:,} {steep}: no learning rate holds there. Try another start.")
    assert run.curvature is not None
    what = f"{distinct(lr / limit, 1)} times the stability limit {beside(limit, lr)} of {run.rule}"
    what += where_steep(run, curvature)
    if math.isclose(curvature, run.curvature, rel_tol=CONSTANT_CURVATURE):
        said = f"The learning rate {number(lr)} is {what}. {_overshoots(run)}"
    elif run.training is not None:
        said = f"At step {first:,} the learning rate {number(lr)} was {what}. "
    else:
        later = f"by step {run.step:,} that λ has become {three(run.curvature)}"
        said = f"At step {first:,} the learning rate {number(lr)} was {what}; {later}. "
    promise = "stable" if _has_floor(run) else None
    better = learning_rate(limit / (2 if run.training is None else SHARPENS), promise)
    if run.training is not None:
        instead = f"A network grows sharper as it learns: try a tenth of that, {written(better)}."
    elif _holds_below(run):
        instead = f"Below {beside(limit, lr)} it would have held: try {written(better)}."
    elif run.limit is not None and math.isclose(run.limit, limit, rel_tol=CONSTANT_CURVATURE):
        instead = f"Try half of that, {written(better)}."
    else:
        better = learning_rate(limit / TENTH)
        instead = f"Try a tenth of that limit, {written(better)}."
    return Cause(
        said + instead,
        beside_limit(run, lr, curvature, limit),
        {"lr_over_limit": lr / limit, "first_over": float(first)},
        (better,) if written(better) in instead else (),
    )


def _has_floor(run: RunSummary) -> bool:
    """Return whether the loss is bounded below, as far as is known: where it is not, no rate keeps it from leaving."""
    model = run.first_quadratic
    return model is None or not model.everywhere or math.isfinite(model.bottom)


def _overshoots(run: RunSummary) -> str:
    """Say by how much every step overshoots, and how the loss must grow, where it grew so."""
    said = []
    if run.plain and run.steady:
        far = abs(1 - run.crossed.lr * run.crossed.curvature)
        said.append(f"Every step lands {three(far)} times as far on the other side")
    predicted, measured = run.predicted or math.nan, run.measured or math.nan
    if predicted > 1 and agree(predicted, measured):
        must = f"the loss must grow {distinct(predicted, 1)}-fold per step, and grew {distinct(measured, 1)}-fold"
        said.append(f"{must} as measured" if said else f"In theory {must} as measured")
    return f"{', so '.join(said)}. " if said else ""


def _holds_below(run: RunSummary) -> bool:
    """Return whether it is a theorem that the loss, a quadratic with a minimum, is held by any rate below the limit.

    The swings of a momentum β may grow (1 - β)⁻²-fold before they shrink, those of dampening from the first step on.
    """
    model, rule = run.first_quadratic, run.optimizer
    if model is None or not model.everywhere or model.low <= 0 or not run.steady or run.noise or run.scaled:
        return False
    memory = getattr(rule, "momentum", 0.0)
    return not getattr(rule, "dampening", 0.0) and EXPLOSION * (1 - memory) ** 2 > 1


def _below(run: RunSummary) -> Cause:
    """Return what there is to say where the rate was below its limit at every step before."""
    assert run.limit is not None
    model = run.first_quadratic
    said = f"Until then the learning rate {number(run.lr)} was below the stability limit of {run.rule}, but"
    half = min(run.lr, run.limit) / 2
    if run.is_sgd and run.training is None:
        half = min(run.lr / 2, _no_leap(run))
    if not 0 < half < math.inf:  # The schedule of huge rates overflowed.
        return Cause(f"{said} that is no rate to step with. Try one that is a positive number all the way.")
    better = learning_rate(half)
    if model is not None and model.everywhere and not run.scaled:
        return Cause(f"{said} the swings of its momentum grow at first. Try {written(better)}.", advice=(better,))
    return Cause(f"{said} the curvature changes within a step. Try a smaller one, {written(better)}.", advice=(better,))
