"""Stalled: the gradient has vanished where the loss could fall on, or the loss stands still though it has not."""

from __future__ import annotations

import math

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice
from slalom.catalogue.thresholds import FLAT, FLAT_STEPS, TOLERANCE
from slalom.engine.diagnosis.advice import MOMENTUM, learning_rate, momentum
from slalom.engine.diagnosis.first_steps import curves_down
from slalom.engine.diagnosis.phrases import about_so_many, distinct, squared, three, vanished
from slalom.engine.diagnosis.reasons import (
    NOISE,
    decay_in_balance,
    first_gradient_only,
    never_begins,
    no_rate,
    shortest_steps,
)
from slalom.engine.diagnosis.run_summaries import RunSummaries
from slalom.engine.diagnosis.run_summary import RunSummary

from .base import Diagnosis

VALLEY = 100
"""A valley is so many times flatter along than across."""
NUDGE = 1e-4
"""How far off a saddle a start may be, in the example of how long it takes to leave."""
FLAT_SHARE = 1e-3
"""Of a network, whose curvature is an estimate, no curvature below this share of the sharpness at its start counts."""


class Plateau(Diagnosis):
    """What level ground and a loss that stands still have in common."""

    kind = "stalled"
    note = "plateau"

    def formula(self, run: RunSummary) -> str:
        if run.decay or run.noise or not (run.plain and run.steady):
            return ""
        return f"η|g|² = {three(run.lr)} × {squared(run.grad)} = {three(run.lr * run.grad * run.grad)}"

    def values(self, run: RunSummary) -> dict[str, float]:
        values = {"gradient": run.grad, "lowest_curvature": run.low, "highest_curvature": run.high}
        gain = _gain(run)
        return values | _distance(run) | ({} if math.isnan(gain) else {"gain_per_step": gain})

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        if run.grad <= TOLERANCE * max(1.0, run.steep):
            return ()  # There is nothing that a larger rate would multiply.
        if run.decay:
            return (Advice(field=f"run.optimizer.{run.optimizer.pulling_field}", value=0, promise="faster"),)
        if getattr(run.lane.problem, "scaling", "standard") != "standard":
            return (Advice(field="problem.scaling", value="standard"),)
        if run.limit is not None and 0 < run.limit < math.inf:
            return (learning_rate(run.limit / 2, "faster"),) if run.lr < run.limit / 4 else ()
        return (learning_rate(10 * run.lr, "faster"),) if run.lr > 0 else ()


class LevelGround(Plateau):
    """The gradient has vanished, and so has the curvature, above the best known loss, or where the ground curves down.

    Or it curves down where no critical point is near: on the tail of a hill, or of a well.
    """

    def holds(self, runs: RunSummaries) -> np.ndarray:
        curvature = np.fmax(abs(runs.low), abs(runs.sharpness))
        level = curvature <= TOLERANCE * np.fmax(1.0, abs(runs.start_sharpness))
        down = _curves_down_at_rest(runs)
        tail = down & ~level
        tail[tail] = runs.on_a_tail(np.flatnonzero(tail))
        return runs.vanished & runs.known & level | down & level | tail

    def headline(self, run: RunSummary) -> str:
        """Say that the gradient vanished because the ground is level, not because this is a minimum."""
        level = f"the gradient is {three(run.grad)}, no curvature is above {three(max(abs(run.low), abs(run.high)))}"
        if run.best is None:
            return f"The ground is all but level here: {level}, and the loss is {three(run.loss)}. Try another start."
        loss, best = distinct(run.loss, run.best), distinct(run.best, run.loss)
        return (
            f"The ground is level here: {level}, yet the loss is {loss} and the best one known {best}. "
            "Try another start."
        )


class Saddle(Diagnosis):
    """The gradient has vanished where the surface still curves down."""

    kind = "stalled"
    note = "saddle"

    def holds(self, runs: RunSummaries) -> np.ndarray:
        return _curves_down_at_rest(runs)

    def headline(self, run: RunSummary) -> str:
        """Say that the loss can fall on, and how long it would take to go there."""
        shape = "a maximum" if run.high < 0 else "a saddle"
        way = (
            "every direction leads down" if run.high < 0 else "one direction leads down, and the gradient is 0 along it"
        )
        leave = (
            f". From {number(NUDGE)} beside it the way out takes {about_so_many(_leaving(run))}" if _timed(run) else ""
        )
        return (
            f"{vanished(run)}, but at {shape}, with curvature {_between(run)}: the loss "
            f"{three(run.loss)} can fall on. Here {way}{leave}. {_way_out(run)}."
        )

    def formula(self, run: RunSummary) -> str:
        if _timed(run) and run.plain:
            return f"ln(1/{number(NUDGE)}) / ln(1 + {three(run.lr)} × {three(-run.low)}) = {three(_leaving(run))}"
        return _bounds(run)

    def values(self, run: RunSummary) -> dict[str, float]:
        values = {"gradient": run.grad, "lowest_curvature": run.low, "highest_curvature": run.high} | _distance(run)
        return values | ({"leaving_growth": _growth(run), "leaving_steps": _leaving(run)} if _timed(run) else {})

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        leave = Advice(field="run.noise", value=NOISE, promise="leaves")
        return () if run.training is not None or run.noise or run.optimizer.uses_hessian else (leave,)


class LocalMinimum(Diagnosis):
    """The gradient has vanished above the best known loss."""

    kind = "stalled"
    note = "minimum"

    def holds(self, runs: RunSummaries) -> np.ndarray:
        above = np.where(runs.known, runs.loss - runs.first.best, np.inf)
        return runs.vanished & runs.known & (runs.downhill <= above / 2)

    def headline(self, run: RunSummary) -> str:
        """Say how much higher this minimum is, how far the best one is, and which rates cannot stay here."""
        assert run.best is not None
        where = ""
        if run.nearest is not None:
            nearest, distance = run.nearest
            where = f", {three(distance)} away at ({', '.join(three(x) for x in nearest.point)})"
        stays = f" Any lr below {three(run.limit)} stays in this minimum." if _holds_it(run) and run.limit else ""
        loss, best = distinct(run.loss, run.best), distinct(run.best, run.loss)
        return (
            f"{vanished(run)} in a local minimum: the loss is {loss}, the best one known {best}{where}.{stays} "
            f"Another start, noise{', momentum' if run.plain else ''} or longer steps may find it."
        )

    def formula(self, run: RunSummary) -> str:
        if not _holds_it(run) or run.limit is None or run.curvature is None:
            return ""
        bound = three(run.limit * run.curvature)
        return f"{bound} / λ = {bound} / {three(run.curvature)} = {three(run.limit)}"

    def values(self, run: RunSummary) -> dict[str, float]:
        assert run.best is not None
        values = {"gradient": run.grad, "lowest_curvature": run.low, "above_best": run.loss - run.best}
        return values | _distance(run) | ({"escape_lr": run.limit} if _holds_it(run) and run.limit else {})

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        return (momentum(MOMENTUM),) if run.plain else ()


class StandingStill(Plateau):
    """The loss has changed by no more than a billionth over the last FLAT_STEPS updates."""

    reasons = (no_rate, first_gradient_only, never_begins, shortest_steps, decay_in_balance)

    def holds(self, runs: RunSummaries) -> np.ndarray:
        losses = runs.losses
        if len(losses) <= FLAT_STEPS:
            return np.zeros(len(runs.noisy), bool)
        return losses.max(axis=0) - losses.min(axis=0) <= FLAT * abs(losses[-1])

    def headline(self, run: RunSummary) -> str:
        """Say that the loss stands still though the gradient does not vanish, and whether ground or rate is why."""
        loss = three(run.loss)
        still = f"The loss has stood at {loss} for {FLAT_STEPS} steps, though the gradient is {three(run.grad)}."
        too_small = any(advice.field == "run.optimizer.lr" for advice in self.advice(run))
        down = ", and curves down" if curves_down(np.array(run.low), np.array(run.high)) else ""
        why = f"The learning rate {number(run.lr)} is too small" if too_small else f"The ground is level{down}"
        if not too_small and run.low > 0 and run.high > VALLEY * run.low:
            flatter = f"{three(run.high / run.low)} times flatter"
            why = f"It lies in a valley, along which the ground is {flatter} than across"
        gain, away = _gain(run), ""
        if gain > 0:
            away = f": a step lowers the loss by about {three(gain)}"
            if run.best is not None and run.best < run.loss:
                away += f", and at this pace {three(run.best)} is {about_so_many((run.loss - run.best) / gain)} away"
        scaling = getattr(run.lane.problem, "scaling", "standard") != "standard"
        instead = "scaling 'standard'" if scaling else "a larger one" if too_small else "another start"
        return f"{still} {why}{away}. Try {instead}."


def _curves_down_at_rest(runs: RunSummaries) -> np.ndarray:
    """Return where the gradient has vanished and the surface curves down, of networks clearly, (R,)."""
    down = curves_down(runs.low, runs.sharpness)
    if runs.training is not None:
        down &= runs.low < -FLAT_SHARE * abs(runs.start_sharpness)
    return runs.vanished & down


def _between(run: RunSummary) -> str:
    """Return between which bounds the curvature lies; one number where they look the same."""
    low, high = three(run.low), three(run.high)
    return low if low == high else f"from {low} to {high}"


def _bounds(run: RunSummary) -> str:
    """Return the same as a formula."""
    low, high = three(run.low), three(run.high)
    return f"λ = {low}" if low == high else f"{low} ≤ λ ≤ {high}"


def _way_out(run: RunSummary) -> str:
    """Say what leaves a saddle; not noise where a rule makes for every point at which the gradient vanishes."""
    if run.optimizer.uses_hessian:
        return f"{run.rule} makes for every point where the gradient vanishes: take another start, or another rule"
    return "A little noise, or another start, leaves it"


def _gain(run: RunSummary) -> float:
    """Return by how much a step like the last one lowers the loss, -g·Δθ, weight decay included; nan for networks."""
    model, step = run.quadratic, np.array(run.statistics.last_step)
    return math.nan if model is None or not len(step) else float(-(model.directions @ model.slopes) @ step)


def _distance(run: RunSummary) -> dict[str, float]:
    return {} if run.nearest is None else {"distance": run.nearest[1]}


def _timed(run: RunSummary) -> bool:
    """Return whether theory tells how long leaving a saddle takes."""
    return run.is_sgd and run.steady and run.lr > 0


def _growth(run: RunSummary) -> float:
    """Return the factor per step by which the way out grows."""
    return math.sqrt(float(run.optimizer.growth(run.lr, run.low)))


def _leaving(run: RunSummary) -> float:
    growth = _growth(run)
    return math.log(1 / NUDGE) / math.log(growth) if growth > 1 else math.inf


def _holds_it(run: RunSummary) -> bool:
    """Return whether there is a rate from which on a minimum can't hold a run."""
    known = run.limit is not None and run.curvature is not None and not run.scaled
    return known and run.limit is not None and 0 < run.limit < math.inf
