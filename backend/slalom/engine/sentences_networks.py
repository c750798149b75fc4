"""The reason for what came of a network, in plain words and with the run's own numbers."""

from __future__ import annotations

import math

from slalom.catalogue.base.number_format import number

from .sentences import Case, Trained
from .story import NEAR
from .verdict import FLAT_STEPS

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


def kind(found: str, case: Case) -> str:
    """Return what a run that was found to be of some kind is, seen as a network: also "chance", "edge" or "learning".

    A classifier whose guesses are no better than chance is stuck there, whatever its gradient says.
    """
    one = case.trained
    assert one is not None
    if found == "diverged":
        return found
    if _at_chance(one) and (too_high(case, one) or too_small(case, one) or found != "unfinished"):
        return "chance"
    if found in ("unfinished", "oscillating", "growing") and _at_the_edge(case, one):
        return "edge"
    if found == "oscillating" and thrown(one):
        return "learning"
    return "learning" if found == "unfinished" else found


def _at_chance(one: Trained) -> bool:
    if not one.classes or one.entry < SETTLED or not one.accuracy <= one.common + BETTER * (1 - one.common):
        return False
    return math.isnan(one.entropy) or one.loss >= COSTS_LESS * one.entropy


def too_high(case: Case, one: Trained) -> bool:
    """Return whether a run at chance was thrown there: its units are shut, or its loss is above where it began."""
    return one.moved >= STILL and (one.saturated > SHUT or one.loss >= one.start)


def too_small(case: Case, one: Trained) -> bool:
    """Return whether a run at chance has hardly left it: in many steps its parameters have hardly moved."""
    return one.moved < STILL and one.entry >= FLAT_STEPS


def thrown(one: Trained) -> bool:
    """Return whether the first steps threw a run where the loss is higher, and it has stayed there."""
    return one.entry >= SETTLED and one.loss > WORSE * one.start and one.moved >= STILL


def _at_the_edge(case: Case, one: Trained) -> bool:
    if case.batch is not None or case.noise or case.limit is None or len(one.shares) < HOVERS:
        return False
    return all(NEAR <= share <= BEYOND for share in one.shares[-HOVERS:]) and case.middle < one.edge_loss


def chance(case: Case) -> str:
    """Say that a classifier knows nothing: against what that is measured, and what keeps it there."""
    one = case.trained
    assert one is not None
    even = f"guessing evenly among {one.classes} classes costs ln {one.classes} = {number(math.log(one.classes), 4)}"
    right = f"{_percent(one.accuracy)} of the examples are right, and always naming the most common class makes "
    what = f"Stuck at chance: after {case.steps:,} steps the training loss is {number(one.loss, 4)}, while {even}; "
    return f"{what}{right}{_percent(one.common)}. {_why(case, one)}"


def _why(case: Case, one: Trained) -> str:
    lr = number(case.lr)
    if too_small(case, one):
        way = f"in all these steps the parameters have moved by {_percent(one.moved)} of their length"
        return f"The learning rate {lr} is too small: {way}. Try {_larger(case, one)}."
    if too_high(case, one):
        return f"The learning rate {lr} is too high: {_thrown(one)}. Start again with {_smaller(case, one)}."
    if one.saturated > SHUT:
        return (
            f"{_shut(one).capitalize()}, and hardly any gradient gets through. Start again with a smaller init_scale."
        )
    return "It is on a plateau. Give it more steps, or another start."


def _thrown(one: Trained) -> str:
    away = f"the parameters were thrown {number(one.moved, 2)} times their length away"
    shut = f", and {_shut(one)}" if one.saturated > SHUT else ""
    return f"{away}{shut}, and the loss bounces around instead of falling from its start of {number(one.start, 4)}"


def _shut(one: Trained) -> str:
    what = "silent (their output is 0)" if one.activation == "relu" else "saturated (beyond ±0.97)"
    return f"{_percent(one.saturated)} of the {one.activation} units of a layer are {what}"


def _smaller(case: Case, one: Trained) -> str:
    if math.isfinite(one.limit) and one.limit < case.lr:
        return f"{number(one.limit / 2, 2)}, half of the stability limit {number(one.limit, 3)} at the start"
    return number(case.lr / 10, 2)


def _larger(case: Case, one: Trained) -> str:
    if math.isfinite(one.limit) and one.limit > 4 * case.lr:
        return f"{number(one.limit / 2, 2)}, half of the stability limit {number(one.limit, 3)} at the start"
    return f"one ten times larger, {number(10 * case.lr, 2)}"


def edge(case: Case) -> str:
    """Say that the sharpness hovers where the learning rate is just stable, and the loss falls nonetheless."""
    one = case.trained
    assert one is not None
    assert case.limit is not None
    assert case.curvature is not None
    shares = sorted(100 * share for share in one.shares[-HOVERS:])
    between = " to ".join(dict.fromkeys(number(share, 3) for share in (shares[0], shares[-1])))
    hovers = f"when last measured the learning rate {number(case.lr)} was "
    limit = f"{between} % of its stability limit, now {number(case.limit, 4)}"
    felt = "the curvature this rule feels is" if case.scaled else "the sharpness is"
    falls = f"yet from step {one.edge_step:,}, when it came so close, the loss fell from {number(one.edge_loss, 3)}"
    falls += f" to {number(case.middle, 3)} (median of late)"
    return (
        f"{_state(case, one)}. It is at the edge of stability: {hovers}{limit} ({felt} {number(case.curvature, 4)}), "
        f"{falls}. The ground stops growing sharper where steps begin to overshoot."
    )


def learning(case: Case) -> str:
    """Say how far a network has come, and how fast it goes on."""
    one = case.trained
    assert one is not None
    state, fall = _state(case, one), case.fall if case.batch is None else one.fall
    if thrown(one):
        rate, smaller = number(case.lr), _smaller(case, one)
        return f"{state}. The learning rate {rate} is too high: {_thrown(one)}. Start again with {smaller}."
    if fall is not None and fall < 1:
        return (
            f"{state}. Lately the training loss falls by {number(100 * (1 - fall), 3)} % per step. Give it more steps."
        )
    if case.batch is not None and not math.isnan(one.fall):
        return (
            f"{state}. The training loss has not been falling lately: mini-batches of {case.batch} keep it moving. "
            "A smaller learning rate, or larger batches, settle lower."
        )
    if case.batch is not None or fall is None:
        return f"{state}. Give it more steps."
    return f"{state}. The training loss has not been falling lately. Try a smaller learning rate, or more steps."


def _state(case: Case, one: Trained) -> str:
    """Return where a network is: losses, and the share of right guesses where there are classes."""
    check = "" if math.isnan(one.check) else f" (validation {number(one.check, 4)})"
    loss = one.loss if case.batch is not None or math.isnan(case.loss) else case.loss
    what = f"After {case.steps:,} steps the training loss is {number(loss, 4)}{check}"
    if math.isnan(one.accuracy):
        return what
    also = "" if math.isnan(one.check_accuracy) else f" (validation {_percent(one.check_accuracy)})"
    return f"{what}, and {_percent(one.accuracy)} of the examples are right{also}"


def _percent(share: float) -> str:
    return f"{number(100 * share, 3)} %"
