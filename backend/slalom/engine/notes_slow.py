"""What is said of runs that are on their way: a rate too small, a long valley, a zigzag."""

from __future__ import annotations

import math
from typing import NamedTuple

from slalom.catalogue.experiments.outcome import Advice, Note
from slalom.engine.surface.ensemble import is_scaled

from . import theory
from .notes import Scene, more_steps, product, rate, three
from .sentences import steps
from .verdict import TOLERANCE

SMALL = 0.5
"""A rate below this share of the best one is too small."""
MOMENTUM = 0.9
"""The momentum that is advised where there is none."""
NEAR = 0.02
"""Rates relatively closer than this are not worth a change."""


class Pace(NamedTuple):
    """How far a run has come in loss - f*, or in the squared gradient where f* is not known."""

    start: float
    now: float
    goal: float
    fall: float
    """Factor per update, lately."""

    @property
    def more(self) -> float:
        """Updates to the goal at this pace."""
        return math.log(self.goal / self.now) / math.log(self.fall)


def pace_of(scene: Scene) -> Pace | None:
    """Return the pace of a run that falls and has not arrived; None for others."""
    case, habit = scene.case, scene.habit
    if case.best is not None:
        beginning = case.start - case.best
        pace = Pace(beginning, case.loss - case.best, TOLERANCE * max(1.0, beginning), case.fall or math.nan)
    else:
        goal = _square(TOLERANCE * max(1.0, case.steep))
        pace = Pace(_square(case.steep), _square(case.grad), goal, _square(habit.grad))
    going = 0 < pace.fall < 1 and 0 < pace.goal < pace.now < math.inf and 0 < pace.start < math.inf
    return pace if going else None


def _square(value: float) -> float:
    """Return the square of a number: infinite where it is too large, at which ``**`` raises."""
    return value * value


def zigzag(scene: Scene) -> Note | None:
    """Say how the walls of a valley throw the run from side to side, and which rate suits it best."""
    case, ground = scene.case, scene.ground
    if not case.plain or not scene.steady or ground is None or not 1 < case.lr * ground.high < 2 or not _goes(scene):
        return None
    across = 1 - case.lr * ground.high
    values = {"across": across}
    said = f"It jumps from wall to wall: along the steepest direction a step multiplies the distance by {three(across)}"
    best = 1 / ground.high
    if len(ground.curvatures) > 1 and ground.low > 0:
        best, condition = theory.best_rate(ground.low, ground.high), ground.high / ground.low
        along, ideal = 1 - case.lr * ground.low, (condition - 1) / (condition + 1)
        values |= {"along": along, "condition": condition, "best_lr": best, "best_factor": ideal}
        values["predicted_factor"] = max(across**2, along**2)
        said += f", along the flattest by {three(along)}. At the best rate {three(best)} both are ±{three(ideal)}"
    else:
        values["best_lr"] = best
        said += f". At lr 1/λ = {three(best)} it lands on the floor at once"
    measured = scene.habit.landed if case.converged is not None else _measured(scene)
    if math.isfinite(measured):
        values["measured_factor"] = measured
    advice = () if abs(best / case.lr - 1) < NEAR else (rate(best),)
    formula = f"1 < {product(case.lr, ground.high)} < 2"
    return Note(kind="zigzag", sentence=f"{said}.", formula=formula, values=values, advice=advice)


def _goes(scene: Scene) -> bool:
    return scene.falling or scene.case.converged is not None


def _measured(scene: Scene) -> float:
    """Return the factor per update of what is left of the loss."""
    return (scene.case.fall or math.nan) if scene.case.best is not None else _square(scene.habit.grad)


def too_small(scene: Scene) -> Note | None:
    """Say how long it will take at this pace, and which rates would take half of that, or the steps of this run."""
    case, ground, pace = scene.case, scene.ground, pace_of(scene)
    if not scene.ball or not scene.steady or pace is None or ground is None or case.lr <= 0 or scene.rule.momentum >= 1:
        return None
    most = _best(scene)
    now, twice = theory.reach(scene.rule, pace.fall**0.5), theory.reach(scene.rule, pace.fall)
    half = case.lr * twice / now
    if not case.lr < SMALL * most or not half <= most:
        return None
    lost = scene.rule.momentum / (1 - scene.rule.momentum)
    needed = (pace.goal / pace.start) ** (0.5 / max(1, case.steps - 1 - lost))
    there = case.lr * theory.reach(scene.rule, needed) / now
    reachable = there <= most
    if not reachable and not math.isfinite(most):
        return None
    values = {"more_steps": pace.more, "halving_lr": half}
    said = f"At this pace it needs about {steps(pace.more)} more. Lr {three(half)} takes half of them"
    if reachable:
        values["arriving_lr"] = there
        said += f"; lr {three(there)} arrives within the {case.steps:,} of this run"
    else:
        said += f"; the best rate here is {three(most)}"
    values["lr_over_limit"] = case.lr / case.limit if case.limit else math.nan
    formula = f"{product(case.lr, ground.high)} < {three((case.limit or math.nan) * ground.high)}"
    advice = (rate(there, up=True) if reachable else rate(most), rate(half, up=True), *more_steps(case, pace.more))
    return Note(kind="too_small", sentence=f"{said}.", formula=formula, values=values, advice=advice)


def _best(scene: Scene) -> float:
    """Return the largest rate that may be advised: the best of gradient descent, or half of the limit.

    Where the ground was steeper on the way it is half of the limit there.
    """
    case, ground, steepest = scene.case, scene.ground, scene.habit.steepest
    assert ground is not None
    if ground.high <= 0 or case.limit is None:
        return math.inf if ground.high <= 0 else 0.0
    if steepest > (1 + NEAR) * ground.high:
        return case.limit * ground.high / steepest / 2
    if case.plain and ground.low > 0:
        return theory.best_rate(ground.low, ground.high)
    return case.limit / 2


def short_steps(scene: Scene) -> Note | None:
    """Say the same of a rule whose steps are about as long as its rate, however steep the ground: Adam and its kind."""
    case, pull = scene.case, scene.habit.pull
    if not is_scaled(scene.rule) or not scene.steady or not pull > 0 or case.limit is None or pace_of(scene) is None:
        return None
    more, there = case.grad / pull, case.lr * (1 + case.grad / pull / max(1, case.steps))
    if more < 1 or not there < case.limit / 2:
        return None
    said = f"Its steps are about as long as its rate: the bottom is at least {steps(more)} away at this pace"
    values = {
        "more_steps": more,
        "halving_lr": 2 * case.lr,
        "lr_over_limit": case.lr / case.limit,
    }
    advice = (rate(there, up=True), rate(2 * case.lr), *more_steps(case, more))
    return Note(
        kind="too_small", sentence=f"{said}, half of that at lr {three(2 * case.lr)}.", values=values, advice=advice
    )


def slow(scene: Scene) -> Note | None:
    """Say how long a run needs whose rate is as large as its steepest direction lets it be."""
    case, ground, pace = scene.case, scene.ground, pace_of(scene)
    if pace is None:
        return None
    left = f"Each step leaves {three(pace.fall)} of the loss that remains: about {steps(pace.more)} more"
    values = {"more_steps": pace.more, "measured_factor": pace.fall}
    advice = more_steps(case, pace.more)
    if ground is None or ground.low <= 0 or len(ground.curvatures) < 2 or ground.high / ground.low < 2:
        return Note(kind="slow", sentence=f"{left}.", values=values, advice=advice)
    condition = ground.high / ground.low
    values["condition"] = condition
    why = f"the steepest direction sets the limit, and the flattest is {three(condition)} times flatter"
    formula = f"κ = λmax / λmin = {three(ground.high)} / {three(ground.low)} = {three(condition)}"
    if case.plain:
        why += f". Momentum {MOMENTUM} needs about √κ = {three(math.sqrt(condition))} instead of κ"
        advice = (Advice(field="run.optimizer.momentum", value=MOMENTUM), *advice)
    return Note(kind="slow", sentence=f"{left}, because {why}.", formula=formula, values=values, advice=advice)
