"""What only networks are: stuck at chance, without a gradient, at the edge of stability, or thrown away."""

from __future__ import annotations

import math

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice, Note
from slalom.catalogue.problems.activations import ACTIVATIONS
from slalom.catalogue.thresholds import FLAT_STEPS
from slalom.engine.diagnosis.advice import learning_rate, written
from slalom.engine.diagnosis.last_stretch import median
from slalom.engine.diagnosis.network_history import NEAR_THE_EDGE
from slalom.engine.diagnosis.phrases import beside, capitalized, percent, product, step_count, three
from slalom.engine.diagnosis.reasons import first_gradient_only, no_rate, state_of
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
"""A classifier's loss below this share of what it costs to know only how common the classes are beats chance."""
CONSTANT_OUTPUT = 0.01
"""A loss relatively closer to that of the best constant output is that of a constant output."""
STOOD = 1e-4
"""Parameters that have moved by less than this share of their length stand where they were."""
HARDLY_MOVED = 0.05
"""Parameters that have moved by less than this share of their length have hardly moved."""
WORSE = 1.5
"""A loss so many times as high as at the start is worse than no training."""
ALL_THE_WAY = 0.05
"""Parameters that have moved by their length, but for this share of it, and are pulled to 0, are there."""
SHUT, SILENT = 0.5, 0.8
"""A layer of which more outputs than this share are saturated, or of relu units 0, is shut."""
HOVERS, BEYOND = 3, 1.25
"""At the edge of stability the rate was, the last so many times, at least NEAR its limit, and at most so far beyond."""
ADD_UNITS = "Without hidden units there is no lower loss: add some"
ENDS = (Converged(), Saddle(), LocalMinimum(), Growing(), Oscillating(), StandingStill())
"""Where a classifier that has been at chance for long stays there."""


def decays_to_zero(run: RunSummary) -> Note | None:
    """Say that weight decay has pulled all parameters to 0, at which every answer is the same."""
    one = run.training
    if one is None or not float(run.optimizer.pull) > 0 or not abs(one.moved - 1) <= ALL_THE_WAY:
        return None
    field = run.optimizer.pulling_field
    decay = float(getattr(run.optimizer, field))
    why = f"weight decay {three(decay)} has pulled the parameters to 0, at which the answer is always the same"
    advice = (Advice(field=f"run.optimizer.{field}", value=decay / 10),)
    sentence = f"{state_of(run)}. It is stuck at chance: {why}. Try a tenth of it."
    return Note(kind="chance", sentence=sentence, values={"decay": decay, "moved": one.moved}, advice=advice)


class AtChance(Diagnosis):
    """A network that does no better than one whose output is always the same is stuck, whatever its gradient says."""

    kind = "stalled"
    note = "chance"
    reasons = (no_rate, first_gradient_only, decays_to_zero)

    def holds(self, runs: RunSummaries) -> np.ndarray:
        stuck = runs.of_networks(lambda one: _at_chance(one))
        if not stuck.any():
            return stuck
        moved = runs.of_networks(lambda one: moves_too_far(one) or moves_too_little(one) or _dead(one))
        return stuck & np.logical_or.reduce([moved, *(end.holds(runs) for end in ENDS)])

    def headline(self, run: RunSummary) -> str:
        """Say against what its guesses are measured, and what keeps it there."""
        one = run.training
        assert one is not None
        loss = f"after {step_count(run.steps)} the training loss is {three(one.loss)}"
        if not one.classes:
            mean = f"predicting the mean of the targets, whatever the input, costs {three(one.baseline)}"
            return f"It has learnt nothing but the mean: {loss}, and {mean}. {_why(run, one)}"
        right = f"{percent(one.accuracy)} of the examples are right, and always naming the most common class makes "
        return f"Stuck at chance: {loss}, while {_cost(one)}; {right}{percent(one.common)}. {_why(run, one)}"

    def formula(self, run: RunSummary) -> str:
        one = run.training
        assert one is not None
        return f"ln {one.classes} = {three(math.log(one.classes))}" if one.classes and one.crossed else ""

    def values(self, run: RunSummary) -> dict[str, float]:
        one = run.training
        assert one is not None
        chance = math.log(one.classes) if one.classes and one.crossed else one.baseline
        values = {"loss": one.loss, "chance": chance, "accuracy": one.accuracy, "common": one.common}
        return finite_values(values | {"moved": one.moved, "saturated": one.saturated})

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        one = run.training
        assert one is not None
        if moves_too_little(one):
            return (larger_rate(run, one)[1],)
        return (learning_rate(_smaller(run, one), "faster"),) if moves_too_far(one) else ()


class NoGradient(Diagnosis):
    """The gradient has vanished above a loss of 0, and the curvature is not clearly negative."""

    kind = "stalled"
    note = "minimum"

    def holds(self, runs: RunSummaries) -> np.ndarray:
        return runs.of_networks(lambda one: True) & runs.vanished & ~Saddle().holds(runs)

    def headline(self, run: RunSummary) -> str:
        """Say that it has stopped learning, and which units are the reason."""
        one = run.training
        assert one is not None
        gone = f"{state_of(run)}. The gradient has vanished (|g| = {three(run.grad)}): it learns no more"
        if _is_shut(one):
            gone = f"{gone}. {capitalized(_shut(one))}, and hardly any gradient gets through"
        if moves_too_far(one):
            high = f"The learning rate {number(run.highest_lr)} was too high"
            return f"{gone}. {high}. Start again with {_smaller_words(run, one)}."
        if not getattr(run.lane.problem, "hidden", ()):
            return f"{gone}. {ADD_UNITS}."
        return f"{gone}. Start again with another init_seed, or more hidden units."

    def values(self, run: RunSummary) -> dict[str, float]:
        one = run.training
        assert one is not None
        return finite_values({"loss": one.loss, "gradient": run.grad, "moved": one.moved, "saturated": one.saturated})

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        one = run.training
        assert one is not None
        return (learning_rate(_smaller(run, one), "faster"),) if moves_too_far(one) else ()


class EdgeOfStability(Diagnosis):
    """The last shares of its limit lie about 1, and the loss is below that where the share first came near it."""

    kind = "unfinished"
    note = "edge"

    def holds(self, runs: RunSummaries) -> np.ndarray:
        hovers = runs.of_networks(_hovers)
        if not hovers.any() or runs.training is None:
            return hovers
        fallen = median(runs.stretch.losses, axis=0) < np.array(
            [np.nan if one is None else one.edge_loss for one in runs.training]
        )
        return hovers & fallen & ~runs.noisy

    def headline(self, run: RunSummary) -> str:
        """Say that the sharpness hovers where the learning rate is just stable, and the loss falls nonetheless."""
        one = run.training
        assert one is not None
        assert run.limit is not None
        assert run.curvature is not None
        shares = sorted(100 * share for share in one.shares[-HOVERS:])
        between = " to ".join(dict.fromkeys(three(share) for share in (shares[0], shares[-1])))
        hovers = f"when last measured the learning rate {number(run.lr)} was "
        limit = f"{between} % of its stability limit, now {beside(run.limit, run.lr)}"
        curvature = "the curvature this rule feels is" if run.scaled else "the sharpness is"
        falls = f"yet from step {one.edge_step:,}, when it came so close, the loss fell from {three(one.edge_loss)}"
        falls += f" to {three(run.middle)} (median of late)"
        overshoots = " The ground stops growing sharper where steps begin to overshoot."
        if run.statistics.rises:
            falls += f", though it rose after {percent(_rising(run))} of the steps"
        else:
            falls, overshoots = f"{falls}, and has not risen once", ""
        return (
            f"{state_of(run)}. It is at the edge of stability: {hovers}{limit} ({curvature} "
            f"{three(run.curvature)}), {falls}.{overshoots}"
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
    reasons = (no_rate, first_gradient_only)

    def holds(self, runs: RunSummaries) -> np.ndarray:
        thrown = runs.of_networks(_thrown)
        return thrown & ~StandingStill().holds(runs) if thrown.any() else thrown

    def headline(self, run: RunSummary) -> str:
        one = run.training
        assert one is not None
        why = f"The learning rate {number(run.highest_lr)} is too high: {_how_thrown(one)}"
        return f"{state_of(run)}. {why}. Start again with {_smaller_words(run, one)}."

    def values(self, run: RunSummary) -> dict[str, float]:
        one = run.training
        assert one is not None
        return finite_values({"loss": one.loss, "loss_at_start": one.start, "moved": one.moved})

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        assert run.training is not None
        return (learning_rate(_smaller(run, run.training), "faster"),)


def _at_chance(one: TrainingSummary) -> bool:
    if one.entry < SETTLED:
        return False
    if not one.classes:
        return abs(one.loss - one.baseline) <= CONSTANT_OUTPUT * one.baseline
    return one.accuracy <= one.common + BETTER * (1 - one.common) and one.loss >= COSTS_LESS * one.baseline


def _dead(one: TrainingSummary) -> bool:
    """Return whether all units of a layer are silent, so that the output is always the same."""
    return one.activation == "relu" and one.saturated >= 1


def _cost(one: TrainingSummary) -> str:
    """Say what it costs to guess without looking at the input."""
    if not one.crossed:
        return f"always answering with the class frequencies costs {three(one.baseline)}"
    return f"guessing evenly among {one.classes} classes costs ln {one.classes} = {three(math.log(one.classes))}"


def moves_too_far(one: TrainingSummary) -> bool:
    """Return whether a run that is stuck was thrown there: its units are shut, or its loss is above its start."""
    return one.moved >= HARDLY_MOVED and (_is_shut(one) or one.loss >= one.start)


def moves_too_little(one: TrainingSummary) -> bool:
    """Return whether a run at chance has hardly left it: in many steps its parameters have hardly moved."""
    return one.moved < HARDLY_MOVED and one.entry >= FLAT_STEPS


def _is_shut(one: TrainingSummary) -> bool:
    """Return whether hardly any gradient gets through a layer: about half of the outputs of relu units always are 0."""
    return one.saturated > (SILENT if one.activation == "relu" else SHUT)


def _thrown(one: TrainingSummary) -> bool:
    return one.entry >= SETTLED and one.loss > WORSE * one.start and one.moved >= HARDLY_MOVED


def _hovers(one: TrainingSummary) -> bool:
    return len(one.shares) >= HOVERS and all(NEAR_THE_EDGE <= share <= BEYOND for share in one.shares[-HOVERS:])


def _why(run: RunSummary, one: TrainingSummary) -> str:
    lr = number(run.highest_lr)
    if moves_too_little(one):
        return larger_rate(run, one)[0]
    if moves_too_far(one):
        return f"The learning rate {lr} is too high: {_how_thrown(one)}. Start again with {_smaller_words(run, one)}."
    if _is_shut(one):
        return (
            f"{capitalized(_shut(one))}, and hardly any gradient gets through. Start again with a smaller init_scale."
        )
    if not getattr(run.lane.problem, "hidden", ()):
        return f"{ADD_UNITS}."
    if run.steps > FLAT_STEPS and run.lately[0] == run.lately[1]:
        return "It is on a plateau, and its loss no longer changes. Take another start."
    return "It is on a plateau. Give it more steps, or another start."


def _how_thrown(one: TrainingSummary) -> str:
    away = f"the parameters were thrown {number(one.moved, 2)} times their length away"
    if _dead(one):
        same = "so the network gives the same answer to all, and no gradient wakes them"
        return f"{away}, and all {one.activation} units of a layer are silent for every example, {same}"
    if _is_shut(one):
        return f"{away}, and {_shut(one)}: hardly any gradient gets through"
    return f"{away}, and the loss bounces around instead of falling from its start of {three(one.start)}"


def _shut(one: TrainingSummary) -> str:
    idle = ACTIVATIONS[one.activation].idle
    return f"{percent(one.saturated)} of the outputs of a layer of {one.activation} units are {idle}"


def _below(run: RunSummary, one: TrainingSummary) -> bool:
    """Return whether half of the limit at the start is a rate to begin again with, where this one was too high."""
    return math.isfinite(one.limit) and one.limit < run.highest_lr


def _above(run: RunSummary, one: TrainingSummary) -> bool:
    """Return whether it is one where this one was too small."""
    return math.isfinite(one.limit) and one.limit > 4 * run.lr


def _smaller(run: RunSummary, one: TrainingSummary) -> float:
    return one.limit / 2 if _below(run, one) else run.lane.run.optimizer.lr / 10


def hardly_moves(run: RunSummary, one: TrainingSummary) -> bool:
    """Return whether a network that sees all examples has neither learnt nor moved, as its steps are too short."""
    return run.batch is None and one.moved < STOOD and not one.fall < 1 and run.steps > 1 and run.lr > 0


def larger_rate(run: RunSummary, one: TrainingSummary) -> tuple[str, Advice]:
    """Say that the rate of such a network is too small, and what to try."""
    moved = f"in all these steps the parameters have moved by {percent(one.moved)} of their length"
    why = f"The learning rate {number(run.highest_lr)} is too small: {moved}. Try {_larger_words(run, one)}."
    return why, learning_rate(_larger(run, one), "faster")


def _larger(run: RunSummary, one: TrainingSummary) -> float:
    return one.limit / 2 if _above(run, one) else 10 * run.lane.run.optimizer.lr


def _half_of_limit(one: TrainingSummary) -> str:
    half = written(learning_rate(one.limit / 2))
    return f"{half}, half of the stability limit {three(one.limit)} at the start"


def _smaller_words(run: RunSummary, one: TrainingSummary) -> str:
    return _half_of_limit(one) if _below(run, one) else written(learning_rate(_smaller(run, one)))


def _larger_words(run: RunSummary, one: TrainingSummary) -> str:
    if _above(run, one):
        return _half_of_limit(one)
    return f"one ten times larger, {written(learning_rate(_larger(run, one)))}"


def _rising(run: RunSummary) -> float:
    """Return the share of steps after which the loss was higher."""
    return run.statistics.rises / max(1, run.steps)


def finite_values(values: dict[str, float]) -> dict[str, float]:
    """Return the values that are numbers."""
    return {name: value for name, value in values.items() if not math.isnan(value)}
