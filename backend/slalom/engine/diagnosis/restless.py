"""What a run does that neither falls steadily nor has come to rest: how far it moves, where it was lower, and why."""

from __future__ import annotations

import math

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice
from slalom.catalogue.thresholds import TOLERANCE

from .advice import learning_rate, written
from .last_stretch import stretch
from .phrases import beside, distinct, step_count
from .run_summaries import DIGITS
from .run_summary import RunSummary

UNMOVED = 1000
"""A way of so many roundings of a parameter is none."""


def lately(run: RunSummary) -> str:
    """Return how the loss has moved over the last stretch, and what shows whether it settles, or lets it."""
    low, high = run.lately
    over = step_count(min(run.steps, stretch(run.steps + 1)))
    if low == high and has_not_moved(run):
        return f"; it has stood there for the last {over}: its steps are too short to be seen. Try a larger rate."
    if low == high:
        return f"; it has stood there for the last {over}. Another start, or another learning rate, may lead on."
    between = f"between {distinct(low, high)} and {distinct(high, low)}"
    moved = f"; over the last {over} it moved {between}"
    lower = overshooting(run)
    if lower is not None and run.smallest_limit is not None:
        lowest = f"{beside(run.smallest_limit, run.lr)}, the lowest stability limit on its way"
        return (
            f"{moved}. The learning rate {number(run.lr)} is above {lowest}: its steps overshoot. Try {written(lower)}."
        )
    return f"{moved}. {lower_before(run)}More steps show whether it settles."


def has_not_moved(run: RunSummary) -> bool:
    """Return whether a run has a gradient, but steps so short that its parameters are those of the start."""
    here, moved = abs(run.point), abs(run.point - run.origin)
    short = run.training is None and bool((moved <= UNMOVED * run.rounding * here).all())
    return short and run.grad > TOLERANCE * max(1.0, run.steep) and run.lr > 0


def overshooting(run: RunSummary) -> Advice | None:
    """Return the advice to take half of the lowest stability limit on the way of a run whose rate is above that.

    None where it falls steadily all the same, or the limit depends on the way.
    """
    lowest = run.smallest_limit
    if not run.is_sgd or run.noise or run.falls_throughout or lowest is None or not 0 < lowest < math.inf:
        return None
    return learning_rate(lowest / 2) if run.steady and lowest < run.lr else None


def lower_before(run: RunSummary) -> str:
    """Return where the loss was lowest, as a sentence and a space, where that is not of late; else nothing."""
    lowest, at = run.statistics.lowest, run.statistics.lowest_step
    rounding = DIGITS * run.rounding * max(abs(lowest), abs(run.loss))
    if run.lately[0] - lowest <= rounding or at > run.steps - stretch(run.steps + 1):
        return ""
    where = f"at step {at:,}" if at else "at the start"
    return f"It was lowest {where}: {distinct(lowest, run.loss)}. "
