"""A network that is learning, or does not yet tell what will become of it."""

from __future__ import annotations

import math

import numpy as np

from slalom.catalogue.experiments.outcome import Advice
from slalom.catalogue.optimizers import Rprop
from slalom.engine.diagnosis.advice import learning_rate, more_steps
from slalom.engine.diagnosis.phrases import about_so_many, percent, three
from slalom.engine.diagnosis.reasons import clipped, first_gradient_only, no_rate, state_of, stopped
from slalom.engine.diagnosis.run_summaries import RunSummaries
from slalom.engine.diagnosis.run_summary import RunSummary
from slalom.engine.lockstep.observations import TrainingSummary

from .above_limit import above_limit
from .base import Diagnosis
from .networks import finite_values, hardly_moves, larger_rate

FAR_BELOW = 0.1
"""A rate below half of this share of the smallest limit on the way may be so large a share: networks grow sharper."""
LEARNT = 0.1
"""A network whose loss is below this share of its start has learnt most of it."""


class Learning(Diagnosis):
    """Any other network."""

    kind = "unfinished"
    note = "learning"
    reasons = (no_rate, first_gradient_only, stopped, clipped, above_limit)

    def holds(self, runs: RunSummaries) -> np.ndarray:
        return runs.of_networks(lambda one: True)

    def headline(self, run: RunSummary) -> str:
        """Say how far a network has come, and how fast it goes on."""
        one = run.training
        assert one is not None
        state = state_of(run)
        if one.fall < 1:
            falls = f"Lately the training loss falls by {percent(1 - one.fall)} per step"
            halves = f", and at this pace halves in {about_so_many(max(1, _halving(one)))}" if _halves(one) else ""
            return f"{state}. {falls}{halves}{_far_below(run, one)}. Give it more steps."
        if hardly_moves(run, one):
            return f"{state}. {larger_rate(run, one)[0]}"
        if not one.fall_span:
            return f"{state}. Give it more steps."
        if _decays(run, one):
            pull = three(float(getattr(run.optimizer, run.optimizer.pulling_field)))
            why = f"It does not fall any more: weight decay {pull} pulls the parameters towards 0"
            return f"{state}. {why}. Try a tenth of it."
        if run.batch is None:
            return f"{state}. Lately the training loss does not fall at every measurement. Give it more steps."
        smaller = "Larger" if isinstance(run.optimizer, Rprop) else "A smaller learning rate, or larger"
        return (
            f"{state}. Lately the training loss does not fall at every measurement: mini-batches of {run.batch} keep "
            f"it moving. {smaller} batches settle lower."
        )

    def values(self, run: RunSummary) -> dict[str, float]:
        one = run.training
        assert one is not None
        values = {"loss": one.loss}
        if one.fall < 1:
            values["measured_factor"] = one.fall
            values |= {"halving_steps": _halving(one)} if _halves(one) else {}
            if _is_far_below(run, one):
                values["lr_over_limit"] = run.lr / one.lowest_limit
        elif run.batch is not None:
            values["batch"] = float(run.batch)
        return finite_values(values)

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        one = run.training
        assert one is not None
        if one.fall < 1:
            larger = (learning_rate(FAR_BELOW * one.lowest_limit, "faster"),) if _is_far_below(run, one) else ()
            return (*larger, *more_steps(run, run.steps, "faster"))
        if hardly_moves(run, one):
            return (larger_rate(run, one)[1],)
        if _decays(run, one):
            field = run.optimizer.pulling_field
            tenth = float(getattr(run.optimizer, field)) / 10
            return (Advice(field=f"run.optimizer.{field}", value=tenth, promise="faster"),)
        if run.batch is None:
            return more_steps(run, run.steps)
        larger = Advice(field="run.batch_size", value=int(min(4 * run.batch, run.examples)))
        return (larger,) if isinstance(run.optimizer, Rprop) else (learning_rate(run.optimizer.lr / 10), larger)


def _halving(one: TrainingSummary) -> float:
    """Return in how many steps its loss halves."""
    return math.log(0.5) / math.log(one.fall)


def _halves(one: TrainingSummary) -> bool:
    """Return whether its loss has halved while its pace was measured: sooner it is no forecast, for learning slows."""
    return one.fall < 1 and _halving(one) <= one.fall_span


def _decays(run: RunSummary, one: TrainingSummary) -> bool:
    """Return whether weight decay has brought a network that sees all examples to a loss above its start."""
    return float(run.optimizer.pull) > 0 and run.batch is None and one.loss >= one.start


def _is_far_below(run: RunSummary, one: TrainingSummary) -> bool:
    """Return whether a network that sees all examples has learnt little, at a small share of its smallest limit."""
    little = one.loss > LEARNT * one.start and run.batch is None and run.steady
    calm = run.limit is not None and not run.scaled and not getattr(run.optimizer, "momentum", 0.0)
    return little and calm and run.lr < FAR_BELOW / 2 * one.lowest_limit < math.inf


def _far_below(run: RunSummary, one: TrainingSummary) -> str:
    if not _is_far_below(run, one):
        return ""
    return f"; the rate is only {percent(run.lr / one.lowest_limit)} of the smallest stability limit on the way"
