"""Unfinished: anything else. It is on its way, at a rate too small, along a valley, in noise, or just not there yet."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice, Note
from slalom.catalogue.optimizers import Rprop, Sgd
from slalom.engine.diagnosis import theory
from slalom.engine.diagnosis.advice import MOMENTUM, learning_rate, momentum, more_steps, written
from slalom.engine.diagnosis.findings import burst, descends, noise_floor, ringing, undivided_so_far, zigzag
from slalom.engine.diagnosis.forecast import LATEST, Forecast
from slalom.engine.diagnosis.phrases import beside, beside_limit, percent, step_count, steps, three
from slalom.engine.diagnosis.quadratic_model import QuadraticModel
from slalom.engine.diagnosis.reasons import (
    along_a_ridge,
    at_its_limit,
    clipped,
    decay_in_balance,
    first_gradient_only,
    never_begins,
    no_rate,
    over_a_corner,
    steps_of_one_length,
    stopped,
    undamped,
)
from slalom.engine.diagnosis.restless import lately, lower_before, overshooting
from slalom.engine.diagnosis.run_summaries import RunSummaries
from slalom.engine.diagnosis.run_summary import RunSummary
from slalom.engine.diagnosis.schedule_forecast import along_schedule

from .base import Diagnosis

SMALL = 0.5
"""A rate below this share of the best one is too small."""
TENFOLD, TWICE = 10, 2
"""A rate that is far too small may be so many times as large, another one so many times."""
WELL_BELOW = 0.25
"""A rate that is, then, at most this share of the smallest stability limit on the way does not leave it."""
WORTH_IT = 1.5
"""Momentum is advised where it takes so many times fewer steps."""
NEAR = 0.1
"""The stability limit is what holds back a rate that is no smaller a share of it."""
MEDIANS = 2
"""Of more medians than these, each is lower than the one before where a loss falls."""
RISES_AGAIN = 3
"""A loss that rose so many times in a row does not fall, though it is still lower than it was."""
LOOKS = 65
"""Places at which it is looked whether a way leads downhill."""
MANY_RATES = 20
"""A rule whose steps are as long as its rate is far away with so many of them to go."""


class Remaining(NamedTuple):
    """Updates that are left until a run converges."""

    steps: float
    sure: bool
    """Whether arithmetic says so; else it is at least so many at the present pace."""


def remaining(run: RunSummary) -> Remaining | None:
    """Return how many updates are left; None where nothing is known about that, or it will not converge."""
    if run.forecast is not None:
        return Remaining(run.forecast.more, True) if run.forecast.is_possible else None
    if not run.steady or run.noise or run.lr <= 0 or isinstance(run.optimizer, Rprop) or run.bursts:
        return None
    if run.steps <= run.undivided_updates < math.inf:
        return None  # Its later updates are of another kind.
    if run.normalized:
        way = _way(run)
        return Remaining(way * run.lr / _stride(run), False) if way > 1 and run.falling else None
    least = _at_this_pace(run)
    return None if least is None else Remaining(least, False)


def _way(run: RunSummary) -> float:
    """Return how many steps as long as its rate a run is away from where it counts as converged; nan where unknown.

    Only minima count to which it leads downhill all the way.
    """
    minima, model = run.lane.descended.minima, run.quadratic
    if not minima or model is None:
        return math.nan
    places = [np.array(best.point) for best in minima if best.value <= minima[0].value]
    away = [float(abs(run.point - place).max()) for place in places if _is_downhill(run, place)]
    near = math.sqrt(2 * run.goal / run.high) if run.high > 0 else 0.0
    return (min(away) - near) / run.lr if away else math.nan


def _stride(run: RunSummary) -> float:
    """Return how far a step goes: by about the learning rate, unless the last one was far shorter than that."""
    step = max(map(abs, run.statistics.last_step), default=0.0)
    return step if 0 < step < SMALL * run.lr else run.lr


def _is_downhill(run: RunSummary, place: np.ndarray) -> bool:
    """Return whether the loss falls all along the straight way from where a run is to a place, (dim,)."""
    way = run.point[:, None] + (place - run.point)[:, None] * np.linspace(0, 1, LOOKS)
    with np.errstate(all="ignore"):
        heights = run.lane.descended.functions(np).value(way)
    return bool((np.diff(heights) <= 0).all())


def _at_this_pace(run: RunSummary) -> float | None:
    """Return after how many updates loss - f* is small if it falls on as it does; None if it falls ever faster."""
    if run.best is None or run.gap is None or run.fall is None or not run.fall < 1 or run.gap <= run.goal:
        return None
    gaps = [median - run.best for median in run.medians]
    if len(gaps) < 3 or not min(gaps) > 0:
        return None
    left = [after / before for before, after in pairwise(gaps)]
    slows = max(left) < 1 and left[-1] >= left[0]
    return math.log(run.goal / run.gap) / math.log(run.fall) if slows else None


def too_small(run: RunSummary) -> Note | None:
    """Say which rates would take half of the steps, or those of this run, where arithmetic knows."""
    ahead, model = run.forecast, run.quadratic
    if ahead is None or ahead.start is None or model is None or not ahead.is_possible:
        return None
    if run.limit is None or math.isinf(run.limit):
        return None
    best = ahead.best_rate(run.limit)
    if not run.lr < SMALL * best:
        return None
    rates = _rates(run, ahead, best)
    advice = {name: _advised(ahead, name, rate) for name, rate in rates.items()}
    said = [_SAID[name](three(rate), run.steps) for name, rate in rates.items() if name != "best_lr"]
    if "best_lr" in rates:
        said.append(f"the best rate here is {written(advice['best_lr'])}")
    values = rates | {"lr_over_limit": run.lr / run.limit}
    formula = beside_limit(run, run.lr, model.high, run.limit)
    sentence = f"The learning rate {number(run.lr)} is small: {', '.join(said)}."
    best_first = tuple(reversed(advice.values()))
    return Note(kind="too_small", sentence=sentence, formula=formula, values=values, advice=best_first)


_SAID = {
    "halving_lr": lambda lr, steps: f"lr {lr} would take half as many steps",
    "arriving_lr": lambda lr, steps: (
        f"lr {lr} would get there {'in one step' if steps == 1 else f'within these {step_count(steps)}'}"
    ),
}
"""What is said of a rate."""


def _rates(run: RunSummary, ahead: Forecast, best: float) -> dict[str, float]:
    """Return the rates that take half of the steps, and that arrive within those of this run, or else the best one."""
    half, there = math.nan, ahead.rate_within(run.steps, best)
    whole = run.steps + ahead.more
    if run.steps < whole / 2 < math.inf:
        half = ahead.rate_within(whole / 2, best)
    rates = {"halving_lr": half, "arriving_lr": there}
    known = {name: rate for name, rate in rates.items() if not math.isnan(rate)}
    return known if "arriving_lr" in known else known | {"best_lr": best}


def _advised(ahead: Forecast, name: str, rate: float) -> Advice:
    if name == "arriving_lr":
        return learning_rate(rate, "converges", up=True)
    return learning_rate(rate, "faster" if ahead.is_faster(ahead.rule, rate) else None)


def larger(run: RunSummary) -> Note | None:
    """Say that a larger rate would be faster, where the rate is far below what the rule can bear, or where it goes to.

    On ground that is no quadratic, where only the way behind is known.
    """
    known = run.forecast is not None and run.forecast.start is not None
    if known or not run.steady or not run.falling or run.lr <= 0:
        return None
    if run.normalized:
        return _longer_steps(run)
    smallest = run.smallest_limit
    if smallest is None or run.scaled or not 0 < smallest < math.inf or run.low < 0 or run.quadratic is None:
        return None
    most = min(
        WELL_BELOW * smallest, theory.calm_rate(getattr(run.optimizer, "momentum", 0.0), run.statistics.steepest)
    )
    fits = (times for times in (TENFOLD, TWICE) if times * run.lr <= most and not run.meets_a_corner(times))
    times = next(fits, None)
    if times is None:
        return None
    rate, often = times * run.lr, "ten times" if times == TENFOLD else "twice"
    lowest = (
        "the stability limit" if run.limit is None or smallest > 0.99 * run.limit else "the lowest limit on its way"
    )
    said = f"The learning rate is {percent(run.lr / smallest)} of {lowest}: lr {three(rate)} goes {often} as far"
    values = {"lr_over_limit": run.lr / smallest}
    return Note(kind="too_small", sentence=f"{said}.", values=values, advice=(learning_rate(rate, "faster"),))


def _straight_on(run: RunSummary) -> float:
    """Return as many updates as were made, or fewer if a rule with steps of one length would pass the minimum in them.

    inf where it swings.
    """
    if getattr(run.optimizer, "momentum", 0.0) >= 1:
        return math.inf
    if not run.normalized:
        return run.steps
    half = _way_to_go(run) / 2
    return min(run.steps, half) if half > 1 and not any(run.statistics.reversals) else math.inf


def _way_to_go(run: RunSummary) -> float:
    """Return how many steps away the minimum is, or by how much the gradient falls where no minimum is known."""
    way, decrease = _way(run), run.statistics.gradient_decrease
    return run.grad / decrease if math.isnan(way) and decrease > 0 else way


def _longer_steps(run: RunSummary) -> Note | None:
    """Say the same of a rule whose steps are about as long as its rate, whatever the gradient, and did not turn yet."""
    way = _way_to_go(run)
    if not way > MANY_RATES or any(run.statistics.reversals):
        return None
    far = way > TENFOLD * max(MANY_RATES, run.steps)
    rate = (TENFOLD if far else TWICE) * run.lr
    fewer = "a tenth" if far else "half"
    said = f"Its steps are about as long as its learning rate: lr {three(rate)} would take {fewer} as many"
    values = {"tenfold_lr" if far else "halving_lr": rate}
    return Note(kind="too_small", sentence=f"{said}.", values=values, advice=(learning_rate(rate, "faster"),))


def slow(run: RunSummary) -> Note | None:
    """Say why a run takes long whose rate is as large as its steepest direction lets it be."""
    model = run.quadratic
    if not run.is_sgd or not run.falling or model is None or model.low <= 0 or model.high < 2 * model.low:
        return None
    if run.limit is None or not NEAR * run.limit <= run.lr < run.limit:
        return None
    condition = model.high / model.low
    said = f"The steepest direction sets the limit, and the flattest is {three(condition)} times flatter"
    formula = f"κ = λmax / λmin = {three(model.high)} / {three(model.low)} = {three(condition)}"
    ball = run.optimizer.model_copy(update={"momentum": MOMENTUM})
    ahead = run.forecast if run.forecast is not None and run.forecast.start is not None else None
    faster = ahead is not None and ahead.is_faster(ball, run.lr)
    advice = ()
    fewer = (
        (_times_fewer(run, ball, model) if run.steady else 0.0)
        if ahead is None
        else (run.steps + ahead.more) / ahead.in_all(ball, run.lr)
    )
    if run.plain and (faster or ahead is None) and fewer >= WORTH_IT:
        said += f". With momentum {MOMENTUM} it would take about {number(fewer, 2)} times fewer steps"
        advice = (momentum(MOMENTUM, "faster" if faster else None),)
    return Note(kind="slow", sentence=f"{said}.", formula=formula, values={"condition": condition}, advice=advice)


def _times_fewer(run: RunSummary, ball: Sgd, model: QuadraticModel) -> float:
    """Return how many times fewer steps another rule takes at the same rate, by its slowest direction in the end.

    Where arithmetic does not know how many there are.
    """
    now, then = (float(rule.growth(run.lr, model.curvatures).max()) for rule in (run.optimizer, ball))
    return math.log(then) / math.log(now) if 0 < now < 1 and 0 < then < 1 else 0.0


class Unfinished(Diagnosis):
    """None of the others."""

    kind = "unfinished"
    note = "unfinished"
    reasons = (
        no_rate,
        first_gradient_only,
        never_begins,
        stopped,
        clipped,
        decay_in_balance,
        undamped,
        at_its_limit,
        over_a_corner,
        along_a_ridge,
        steps_of_one_length,
    )
    findings = (noise_floor, burst, zigzag, ringing, undivided_so_far)
    otherwise = (too_small, larger, slow)

    def holds(self, runs: RunSummaries) -> np.ndarray:
        return np.ones(len(runs.noisy), bool)

    def headline(self, run: RunSummary) -> str:
        """Say where it is, how fast it falls, and how many more steps it takes where that is known."""
        place = _place(run)
        if run.noise and descends(run):
            return f"{place}{_pace(run)}, in spite of noise of {number(run.noise)} on its gradient. Give it more steps."
        if run.noise:
            return (
                f"{place}; noise of {number(run.noise)} on its gradient keeps it moving. A smaller rate settles lower."
            )
        if _above(run) and run.limit is not None:
            limit = f"the stability limit {beside(run.limit, run.lr)} of {run.rule}"
            above = f"the learning rate {number(run.lr)} is above {limit}"
            return f"{place}; {above}, so it cannot settle there. Try {written(learning_rate(run.limit / 2))}."
        if run.bursts:
            return f"{place}{lately(run)}"
        left, pace, along = remaining(run), _pace(run), along_schedule(run)
        if along is not None:
            return f"{place}{pace}. {along.sentence}"
        if left is not None:
            return f"{place}{pace}. {'' if left.sure else lower_before(run)}{_to_go(left)}"
        if pace:
            return f"{place}{pace}. {lower_before(run)}Give it more steps."
        return f"{place}{lately(run)}"

    def values(self, run: RunSummary) -> dict[str, float]:
        left, along = remaining(run), along_schedule(run)
        known = {} if along is None else dict(along.values)
        known |= {} if left is None or left.steps > LATEST else {_NAMES[left.sure]: left.steps}
        return known | ({"measured_factor": run.fall} if _pace(run) and run.fall is not None else {})

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        if run.noise:
            return ()
        if _above(run) and run.limit is not None:
            return (learning_rate(run.limit / 2, "stable"),)
        if (lower := overshooting(run)) is not None:
            return (lower,)
        if run.bursts:
            return ()
        left, along = remaining(run), along_schedule(run)
        if along is not None:
            return along.advice
        if left is not None and left.sure:
            return more_steps(run, left.steps, "converges")
        promise = "faster" if _goes_on(run) else None
        return more_steps(run, _straight_on(run), promise) if run.steady and run.falling else ()


def _goes_on(run: RunSummary) -> bool:
    """Return whether nothing speaks against a loss that is lower after as many steps again.

    No swing, no overshoot, and no corner so near that it would bounce there.
    """
    swings = run.is_sgd and run.optimizer.momentum > 0
    blind = (run.normalized and math.isnan(_way(run))) or run.steps <= run.undivided_updates < math.inf
    return run.falls_throughout and not swings and not blind and not run.meets_a_corner(TENFOLD)


_NAMES = {True: "more_steps", False: "least_steps"}


def _above(run: RunSummary) -> bool:
    """Return whether the rate is above a limit that is known."""
    return run.limit is not None and 0 < run.limit < run.lr


def _place(run: RunSummary) -> str:
    """Return where a run is: its loss, and how far that is above the minimum."""
    place = f"After {step_count(run.steps)} the loss is {three(run.loss)}"
    if not run.best or run.gap is None or not run.gap > 0:
        return place
    same = three(run.best) == three(run.loss)
    return f"{place}, {three(run.gap)} above the minimum{'' if same else f' {three(run.best)}'}"


def _pace(run: RunSummary) -> str:
    """Return how fast the loss, or what is above the minimum, falls; nothing where it goes up and down."""
    if run.bursts or 2 <= min(run.apart, RISES_AGAIN) <= run.statistics.climbed:
        return ""
    if len(run.medians) > MEDIANS and not run.falls_throughout:
        return ""
    if run.best is None:
        falls = -run.trend_per_step
        return f", and lately falls by {three(falls)} per step" if falls > 0 else ""
    if run.fall is None or not run.fall < 1:
        return ""
    share = percent(1 - run.fall)
    if share in ("0 %", "100 %"):
        return ""
    if run.best:
        return f", a gap that lately shrinks by {share} per step"
    return f", and lately falls by {share} per step"


def _to_go(left: Remaining) -> str:
    if left.sure:
        if left.steps > LATEST:
            return "It has far more than a million steps to go."
        return f"It needs about {steps(left.steps, 'more ')} to converge."
    if left.steps > LATEST:
        return "At this pace it has far more than a million steps to go."
    return f"At this pace it needs at least {steps(left.steps, 'more ')}."
