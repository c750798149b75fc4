"""What is said of a run that grows but has not exploded: why, and about when it will have."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Note
from slalom.engine.surface.ensemble import is_scaled

from . import theory
from .notes import AGREE, Scene, product, rate, three
from .sentences import Case, steepness
from .verdict import EXPLOSION

FAR = 1e6
"""Steps beyond which they are not counted any more."""
BARELY = 1.1
"""A rate so many times its limit, or less, is so many percent above it."""
LEVEL = 1e-3
"""Where the parts of a rise differ relatively by less than this, it goes on at the same pace."""


class Foreseen(NamedTuple):
    """When a run will be EXPLOSION times above its start."""

    step: float
    """inf for never."""
    sure: bool
    """Whether arithmetic says so, or only the pace of late."""


def foreseen(scene: Scene) -> Foreseen:
    """Return when it will explode: by arithmetic where the ground is a quadratic, else at its pace of late.

    A momentum of 1 or more swings as it grows, which arithmetic on one entry does not tell of.
    """
    case, ground, rule = scene.case, scene.ground, scene.rule
    known = scene.steady and not case.noise and rule.has_theory and not is_scaled(rule)
    if known and ground is not None and ground.everywhere and getattr(rule, "momentum", 0.0) < 1:
        steps = ground.directions.T @ np.array(scene.habit.step)
        height = theory.grown(rule, case.lr, ground.curvatures, ground.slopes, steps)
        more = theory.reaches(case.start + case.far - case.loss + height(0), height)
        return Foreseen(case.steps + (math.ceil(more) if math.isfinite(more) else more) + 1, True)
    return Foreseen(case.steps + _at_this_pace(case, 1), False)


def _at_this_pace(case: Case, sign: int) -> float:
    """Return after how many updates a loss that rises (sign 1), or falls (-1), is EXPLOSION times its start from it.

    The differences between the medians of its last stretch are taken to change by the same factor for ever.
    """
    heights = [sign * (value - case.start) for value in case.medians]
    apart = [after - before for before, after in pairwise(heights)]
    if not apart or not min(apart) > 0:
        return math.inf
    gap = max(0.0, case.far - heights[-1]) / apart[-1]
    ratio = (apart[-1] / apart[0]) ** (1 / max(1, len(apart) - 1))
    parts = gap
    if abs(ratio - 1) >= LEVEL:
        grown = 1 + gap * (ratio - 1) / ratio
        parts = math.log(grown) / math.log(ratio) if grown > 0 else math.inf
    return max(0.0, (parts - 0.5) * case.apart)


def rising(scene: Scene) -> str:
    """Say how fast it grows, which limit it is above, and about when it will be 1000 times its start."""
    case = scene.case
    what = f"After {case.steps:,} steps the loss is {number(case.loss)} and rises steadily."
    return f"{what} {_why(case)} {_when(foreseen(scene), case)} {_instead(case)}"


def _why(case: Case) -> str:
    lr = number(case.lr)
    if case.limit is None or case.curvature is None:
        return f"The learning rate {lr} is too high; no stability limit is known for {case.rule}."
    if case.limit == 0:
        return f"With this momentum {case.rule} is stable at no learning rate, whatever the curvature."
    limit = f"the stability limit {number(case.limit, 4)} of {case.rule} at {steepness(case, case.curvature)}"
    share = case.lr / case.limit
    if share <= 1:
        return f"At every other step the learning rate {lr} is above its limit; here it is below {limit}."
    beyond = f"{number(100 * (share - 1), 2)} % above" if share < BARELY else f"{number(share, 3)} times"
    return f"The learning rate {lr} is {beyond} {limit}{_must(case)}."


def _must(case: Case) -> str:
    if case.predicted is None:
        return ""
    must = f": so the loss must grow {number(case.predicted)}-fold per step"
    if case.measured is None or not math.isclose(case.measured - 1, case.predicted - 1, rel_tol=AGREE):
        return f"{must} in the end"
    return f"{must}, and grew {number(case.measured)}-fold"


def _when(found: Foreseen, case: Case) -> str:
    start = f"{EXPLOSION:g} times its start of {number(case.start)}"
    if found.step - case.steps > FAR:
        return f"Until it is {start} there are far more than a million steps to go."
    at = f"at about step {found.step:,.0f}"
    return f"It will be {start} {at}." if found.sure else f"At this pace it would be {start} {at}."


def _instead(case: Case) -> str:
    if case.limit is None:
        return f"Try one ten times smaller than {number(case.lr)}."
    if case.limit == 0:
        return "Try a momentum below 1."
    return f"Below the limit it does not grow: try {number(case.limit / 2, 4)}."


def sliding(scene: Scene) -> str:
    """Say that the loss falls without end, and about when it will have fallen 1000 times as far as it was high."""
    case = scene.case
    step = case.steps + _at_this_pace(case, -1)
    what = f"After {case.steps:,} steps the loss is {number(case.loss)} and falls steadily, down a slope without end"
    where = "There is no minimum that way, so no learning rate finds one."
    if step <= case.steps or step - case.steps > FAR:
        return f"{what}. {where}"
    depth = f"{EXPLOSION:g} times the size of its start of {number(case.start)}"
    return f"{what}. {where} At this pace it will have fallen by {depth} at about step {step:,.0f}."


def note(scene: Scene) -> Note | None:
    """Say by how much every step overshoots, and give the rate at half of the limit."""
    case = scene.case
    if case.limit is None or case.curvature is None or not 0 < case.limit < case.lr:
        return None
    far = abs(1 - case.lr * case.curvature)
    said = f"Every step lands {number(far)} times as far on the other side" if case.plain else "Every swing is longer"
    values = {"lr_over_limit": case.lr / case.limit}
    found = foreseen(scene)
    if math.isfinite(found.step):
        values["explodes_at"] = found.step
    return Note(
        kind="growing",
        sentence=f"{said}.",
        formula=f"{product(case.lr, case.curvature, case.scaled)} > {three(case.limit * case.curvature)}",
        values=values,
        advice=(rate(case.limit / 2),),
    )
