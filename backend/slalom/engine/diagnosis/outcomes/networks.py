"""What only networks are: stuck at chance, at the edge of stability, thrown away, or learning."""

from __future__ import annotations

import math

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice
from slalom.catalogue.thresholds import FLAT_STEPS
from slalom.engine.diagnosis.advice import learning_rate, more_steps
from slalom.engine.diagnosis.last_stretch import median
from slalom.engine.diagnosis.network_history import NEAR
from slalom.engine.diagnosis.phrases import capitalized, percent, product, steps, three
from slalom.engine.diagnosis.run_summaries import RunSummaries
from slalom.engine.diagnosis.run_summary import RunSummary
from slalom.engine.lockstep.observations import TrainingSummary

from .base import Diagnosis
from .converged import Converged
from .growing import Growing
from .oscillating import Oscillating
from .stalled import LocalMinimum, Saddle, StandingStill

SETTLED = 50
"""Updates before which a network that guesses at chance is only at its beginning."""
BETTER = 0.05
"""Guessing is better than chance by more than this share of what the most common class leaves wrong."""
COSTS_LESS = 0.9
"""A loss below this share of what it costs to know only how common the classes are is better than chance."""
STILL = 0.05
"""Parameters that have moved by less than this share of their length have hardly moved."""
WORSE = 1.5
"""A loss so many times as high as at the start is worse than no training."""
SHUT = 0.5
"""A layer of which more units than this share are saturated, or silent, is shut."""
HOVERS, BEYOND = 3, 1.25
"""At the edge of stability the rate was, the last so many times, at least NEAR its limit, and at most so far beyond."""
ENDS = (Converged(), Saddle(), LocalMinimum(), Growing(), Oscillating(), StandingStill())
"""Where a classifier that has been at chance for long stays there."""


class AtChance(Diagnosis):
    """A classifier whose guesses are no better than chance is stuck there, whatever its gradient says."""

    kind = "stalled"
    note = "chance"

    def holds(self, runs: RunSummaries) -> np.ndarray:
        stuck = runs.of_networks(lambda one: _at_chance(one))
        if not stuck.any():
            return stuck
        moved = runs.of_networks(lambda one: too_high(one) or too_small(one))
        return stuck & np.logical_or.reduce([moved, *(end.holds(runs) for end in ENDS)])

    def headline(self, run: RunSummary) -> str:
        """Say against what its guesses are measured, and what keeps it there."""
        one = run.training
        assert one is not None
        even = (
            f"guessing evenly among {one.classes} classes costs ln {one.classes} = {number(math.log(one.classes), 4)}"
        )
        right = f"{percent(one.accuracy)} of the examples are right, and always naming the most common class makes "
        what = f"Stuck at chance: after {run.steps:,} steps the training loss is {number(one.loss, 4)}, while {even}; "
        return f"{what}{right}{percent(one.common)}. {_why(run, one)}"

    def formula(self, run: RunSummary) -> str:
        assert run.training is not None
        return f"ln {run.training.classes} = {three(math.log(run.training.classes))}"

    def values(self, run: RunSummary) -> dict[str, float]:
        one = run.training
        assert one is not None
        values = {"loss": one.loss, "chance": math.log(one.classes), "accuracy": one.accuracy, "common": one.common}
        return _known(values | {"moved": one.moved, "saturated": one.saturated})

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        one = run.training
        assert one is not None
        if too_small(one):
            return (learning_rate(_larger(run, one), "faster"),)
        return (learning_rate(_smaller(run, one), "faster"),) if too_high(one) else ()


class EdgeOfStability(Diagnosis):
    """The last shares of its limit lie about 1, and the loss is below that where the share first came near it."""

    kind = "unfinished"
    note = "edge"

    def holds(self, runs: RunSummaries) -> np.ndarray:
        hovers = runs.of_networks(_hovers)
        if not hovers.any() or runs.training is None:
            return hovers
        fallen = median(runs.stretch.losses, axis=0) < np.array([one.edge_loss for one in runs.training])
        return hovers & fallen & ~runs.noisy

    def headline(self, run: RunSummary) -> str:
        """Say that the sharpness hovers where the learning rate is just stable, and the loss falls nonetheless."""
        one = run.training
        assert one is not None
        assert run.limit is not None
        assert run.curvature is not None
        shares = sorted(100 * share for share in one.shares[-HOVERS:])
        between = " to ".join(dict.fromkeys(number(share, 3) for share in (shares[0], shares[-1])))
        hovers = f"when last measured the learning rate {number(run.lr)} was "
        limit = f"{between} % of its stability limit, now {number(run.limit, 4)}"
        curvature = "the curvature this rule feels is" if run.scaled else "the sharpness is"
        falls = f"yet from step {one.edge_step:,}, when it came so close, the loss fell from {number(one.edge_loss, 3)}"
        falls += (
            f" to {number(run.middle, 3)} (median of late), though it rose after {percent(_rising(run))} of the steps"
        )
        return (
            f"{_state(run, one)}. It is at the edge of stability: {hovers}{limit} ({curvature} "
            f"{number(run.curvature, 4)}), {falls}. The ground stops growing sharper where steps begin to overshoot."
        )

    def formula(self, run: RunSummary) -> str:
        if run.limit is None or run.curvature is None:
            return ""
        return f"{product(run.lr, run.curvature, run.scaled)} ≈ {three(run.limit * run.curvature)}"

    def values(self, run: RunSummary) -> dict[str, float]:
        if run.limit is None or run.curvature is None:
            return {}
        values = {"sharpness": run.curvature, "balance": run.limit * run.curvature / run.lr}
        return values | {"rising_share": _rising(run), "rises": float(run.statistics.rises)}


class ThrownAway(Diagnosis):
    """The first steps threw it where the loss is higher, and it has stayed there without standing still."""

    kind = "unfinished"
    note = "learning"

    def holds(self, runs: RunSummaries) -> np.ndarray:
        thrown = runs.of_networks(_thrown)
        return thrown & ~StandingStill().holds(runs) if thrown.any() else thrown

    def headline(self, run: RunSummary) -> str:
        one = run.training
        assert one is not None
        why = f"The learning rate {number(run.lr)} is too high: {_how_thrown(one)}"
        return f"{_state(run, one)}. {why}. Start again with {_smaller_words(run, one)}."

    def values(self, run: RunSummary) -> dict[str, float]:
        one = run.training
        assert one is not None
        return _known({"loss": one.loss, "loss_at_start": one.start, "moved": one.moved})

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        assert run.training is not None
        return (learning_rate(_smaller(run, run.training), "faster"),)


class Learning(Diagnosis):
    """Any other network."""

    kind = "unfinished"
    note = "learning"

    def holds(self, runs: RunSummaries) -> np.ndarray:
        return runs.of_networks(lambda one: True)

    def headline(self, run: RunSummary) -> str:
        """Say how far a network has come, and how fast it goes on."""
        one, fall = run.training, _fall(run)
        assert one is not None
        state = _state(run, one)
        if fall is not None and fall < 1:
            falls = f"Lately the training loss falls by {number(100 * (1 - fall), 3)} % per step"
            halves = f", and halves in {steps(max(1, _halving(fall)))}"
            return f"{state}. {falls}{halves}{_far_below(run)}. Give it more steps."
        if run.batch is not None and not math.isnan(one.fall):
            return (
                f"{state}. The training loss has not been falling lately: mini-batches of {run.batch} keep it moving. "
                "A smaller learning rate, or larger batches, settle lower."
            )
        if run.batch is not None or fall is None:
            return f"{state}. Give it more steps."
        return f"{state}. The training loss has not been falling lately. Try a smaller learning rate, or more steps."

    def values(self, run: RunSummary) -> dict[str, float]:
        one, fall = run.training, _fall(run)
        assert one is not None
        values = {"loss": one.loss}
        if fall is not None and fall < 1:
            values |= {"measured_factor": fall, "halving_steps": _halving(fall)}
            if _is_far_below(run) and run.limit is not None:
                values["lr_over_limit"] = run.lr / run.limit
        elif run.batch is not None:
            values["batch"] = float(run.batch)
        return _known(values)

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        fall = _fall(run)
        if fall is None or math.isnan(fall):
            return ()
        if fall < 1:
            larger = (learning_rate(run.limit / 2, "faster"),) if _is_far_below(run) and run.limit is not None else ()
            return (*larger, *more_steps(run, run.steps, "faster"))
        if run.batch is None:
            return ()
        return learning_rate(run.lr / 10, "faster"), Advice(field="run.batch_size", value=4 * run.batch)


def _at_chance(one: TrainingSummary) -> bool:
    if not one.classes or one.entry < SETTLED or not one.accuracy <= one.common + BETTER * (1 - one.common):
        return False
    return math.isnan(one.entropy) or one.loss >= COSTS_LESS * one.entropy


def too_high(one: TrainingSummary) -> bool:
    """Return whether a run at chance was thrown there: its units are shut, or its loss is above where it began."""
    return one.moved >= STILL and (one.saturated > SHUT or one.loss >= one.start)


def too_small(one: TrainingSummary) -> bool:
    """Return whether a run at chance has hardly left it: in many steps its parameters have hardly moved."""
    return one.moved < STILL and one.entry >= FLAT_STEPS


def _thrown(one: TrainingSummary) -> bool:
    return one.entry >= SETTLED and one.loss > WORSE * one.start and one.moved >= STILL


def _hovers(one: TrainingSummary) -> bool:
    return len(one.shares) >= HOVERS and all(NEAR <= share <= BEYOND for share in one.shares[-HOVERS:])


def _why(run: RunSummary, one: TrainingSummary) -> str:
    lr = number(run.lr)
    if too_small(one):
        way = f"in all these steps the parameters have moved by {percent(one.moved)} of their length"
        return f"The learning rate {lr} is too small: {way}. Try {_larger_words(run, one)}."
    if too_high(one):
        return f"The learning rate {lr} is too high: {_how_thrown(one)}. Start again with {_smaller_words(run, one)}."
    if one.saturated > SHUT:
        return (
            f"{capitalized(_shut(one))}, and hardly any gradient gets through. Start again with a smaller init_scale."
        )
    return "It is on a plateau. Give it more steps, or another start."


def _how_thrown(one: TrainingSummary) -> str:
    away = f"the parameters were thrown {number(one.moved, 2)} times their length away"
    shut = f", and {_shut(one)}" if one.saturated > SHUT else ""
    return f"{away}{shut}, and the loss bounces around instead of falling from its start of {number(one.start, 4)}"


def _shut(one: TrainingSummary) -> str:
    what = "silent (their output is 0)" if one.activation == "relu" else "saturated (beyond ±0.97)"
    return f"{percent(one.saturated)} of the {one.activation} units of a layer are {what}"


def _below(run: RunSummary, one: TrainingSummary) -> bool:
    """Return whether half of the limit at the start is a rate to begin again with, where this one was too high."""
    return math.isfinite(one.limit) and one.limit < run.lr


def _above(run: RunSummary, one: TrainingSummary) -> bool:
    """Return whether it is one where this one was too small."""
    return math.isfinite(one.limit) and one.limit > 4 * run.lr


def _smaller(run: RunSummary, one: TrainingSummary) -> float:
    return one.limit / 2 if _below(run, one) else run.lr / 10


def _larger(run: RunSummary, one: TrainingSummary) -> float:
    return one.limit / 2 if _above(run, one) else 10 * run.lr


def _half_of_limit(one: TrainingSummary) -> str:
    return f"{number(one.limit / 2, 2)}, half of the stability limit {number(one.limit, 3)} at the start"


def _smaller_words(run: RunSummary, one: TrainingSummary) -> str:
    return _half_of_limit(one) if _below(run, one) else number(run.lr / 10, 2)


def _larger_words(run: RunSummary, one: TrainingSummary) -> str:
    return _half_of_limit(one) if _above(run, one) else f"one ten times larger, {number(10 * run.lr, 2)}"


def _rising(run: RunSummary) -> float:
    """Return the share of steps after which the loss was higher."""
    return run.statistics.rises / max(1, run.steps)


def _fall(run: RunSummary) -> float | None:
    assert run.training is not None
    return run.fall if run.batch is None else run.training.fall


def _halving(fall: float) -> float:
    """Return in how many steps a loss halves."""
    return math.log(0.5) / math.log(fall)


def _is_far_below(run: RunSummary) -> bool:
    """Return whether a network that sees all examples learns at a small share of its limit."""
    return run.batch is None and run.limit is not None and run.lr < run.limit / 4 < math.inf


def _far_below(run: RunSummary) -> str:
    if not _is_far_below(run) or run.limit is None:
        return ""
    return f"; the rate is only {percent(run.lr / run.limit)} of the stability limit {three(run.limit)}"


def _state(run: RunSummary, one: TrainingSummary) -> str:
    """Return where a network is: losses, and the share of right guesses where there are classes."""
    check = "" if math.isnan(one.check) else f" (validation {number(one.check, 4)})"
    loss = one.loss if run.batch is not None or math.isnan(run.loss) else run.loss
    what = f"After {run.steps:,} steps the training loss is {number(loss, 4)}{check}"
    if math.isnan(one.accuracy):
        return what
    also = "" if math.isnan(one.check_accuracy) else f" (validation {percent(one.check_accuracy)})"
    return f"{what}, and {percent(one.accuracy)} of the examples are right{also}"


def _known(values: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if not math.isnan(value)}
