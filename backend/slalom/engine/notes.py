"""What is said beside an outcome: for every kind the observations that fit, each in numbers that were measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.comparison import Lane
from slalom.catalogue.experiments.outcome import Advice, Note
from slalom.catalogue.optimizers import Sgd
from slalom.engine.surface.ensemble import is_scaled

from . import theory
from .ground import Ground
from .habits import Habit
from .sentences import Case

AGREE = 0.1
"""Growths relatively closer than this agree."""
STEPS_OFTEN = 10
"""Not more than so many times as many steps are advised."""


class Scene:
    """One run with all that is known of it."""

    def __init__(self, case: Case, lane: Lane, habit: Callable[[], Habit], look: Callable[[], Ground | None]) -> None:
        """``habit`` and ``look`` are asked only where what they tell is needed."""
        self.case, self.lane, self._habit, self._look = case, lane, habit, look

    @cached_property
    def habit(self) -> Habit:
        """What the run kept doing."""
        return self._habit()

    @cached_property
    def ground(self) -> Ground | None:
        """The ground at the last finite point; None for networks, or where it is not finite."""
        return self._look()

    @property
    def rule(self) -> Any:
        return self.lane.run.optimizer

    @property
    def steady(self) -> bool:
        """Whether every update had the same rate and an unclipped gradient, so that theory speaks about it."""
        run = self.lane.run
        return run.schedule.kind == "constant" and not run.schedule.warmup and not (run.clip_norm or run.clip_value)

    @property
    def ball(self) -> bool:
        """Whether it is gradient descent, with or without momentum."""
        return isinstance(self.rule, Sgd)

    @property
    def falling(self) -> bool:
        fall = self.case.fall if self.case.best is not None else self.habit.grad
        return fall is not None and fall < 1


def three(value: float) -> str:
    """Return a number with three significant digits."""
    return number(value, 3)


def rate(value: float, up: bool = False) -> Advice:
    """Return the advice to take a learning rate, with three digits, rounded down, or ``up`` where less would not do."""
    rounded = float(f"{value:.2e}")
    if (rounded < value) if up else (rounded > value * (1 + 1e-9)):
        rounded = float(f"{value * (1.005 if up else 0.995):.2e}")
    return Advice(field="run.optimizer.lr", value=rounded)


def more_steps(case: Case, more: float) -> tuple[Advice, ...]:
    """Return the advice to go on for ``more`` steps, rounded up to two digits, where that is not too many."""
    wanted = case.steps + max(more, 1)
    if not math.isfinite(wanted) or wanted > STEPS_OFTEN * max(case.steps, 1):
        return ()
    size = 10 ** max(0, math.floor(math.log10(wanted)) - 1)
    return (Advice(field="steps", value=math.ceil(wanted / size) * size),)


def product(lr: float, felt: float, scaled: bool = False) -> str:
    """Return ``ηλ = 0.0105 × 200 = 2.1``."""
    return f"η{'λ̃' if scaled else 'λ'} = {three(lr)} × {three(felt)} = {three(lr * felt)}"


def diverged(scene: Scene) -> Note | None:
    """Say by how much every step overshoots, and below which rate it would have held."""
    case = scene.case
    if case.limit is None or case.curvature is None or case.crossing is None or case.exploded is None:
        return None
    lr, felt, limit = case.crossed
    if not (limit > 0 and math.isfinite(limit)):
        return None
    growth = ""
    if case.predicted and case.measured and math.isclose(case.predicted, case.measured, rel_tol=AGREE):
        growth = f", so the loss must grow {three(case.predicted)}-fold per step, and grew {three(case.measured)}-fold"
    far = abs(1 - lr * felt)
    what = f"Every step lands {three(far)} times as far on the other side" if case.plain else "Every swing is longer"
    formula = f"{product(lr, felt, case.scaled)} > {three(limit * felt)}"
    values = {"lr_over_limit": lr / limit, "first_over": float(case.crossing)}
    held = f"Below lr {three(limit)} it would have held."
    return Note(
        kind="diverged", sentence=f"{what}{growth}. {held}", formula=formula, values=values, advice=(rate(limit / 2),)
    )


def undefined(scene: Scene) -> Note | None:
    """Say which operation of the formula could not be done."""
    case = scene.case
    if case.undefined is None or case.nonfinite is None:
        return None
    what = case.undefined[0].upper() + case.undefined[1:]
    if case.nonfinite == 0:
        return Note(kind="undefined", sentence=f"{what} at the start ({case.place}): begin where it is defined.")
    came = f"{what} at step {case.undefined_at:,} ({case.place})."
    advice = (rate(case.lr / 10),) if case.lr > 0 else ()
    said = f"{came} The step before went too far: a shorter one may stay where the formula is defined."
    return Note(kind="undefined", sentence=said, advice=advice)


def converged(scene: Scene) -> Note | None:
    """Say how fast the loss fell, and how fast it had to by theory."""
    case, habit, ground = scene.case, scene.habit, scene.ground
    if case.converged is None:
        return None
    values = {"step": float(case.converged)}
    formula, predicted = "", math.nan
    known = scene.steady and scene.rule.has_theory and not is_scaled(scene.rule)
    if known and ground is not None and ground.curvatures.any():
        curved = ground.curvatures[ground.curvatures != 0]  # Along the others there is nothing to lose.
        growths = scene.rule.growth(case.lr, curved)
        slowest = int(np.argmax(growths))
        predicted, felt = float(growths[slowest]), float(curved[slowest])
        values["predicted_factor"] = predicted
        if case.plain:
            formula = f"ρ² = (1 - ηλ)² = (1 - {three(case.lr)} × {three(felt)})² = {three(predicted)}"
    rings = scene.ball and ground is not None and theory.ringing(scene.rule, case.lr, ground.low) is not None
    measured = habit.landed_mean if rings else habit.landed
    if math.isfinite(measured):
        values["measured_factor"] = measured
    if not math.isfinite(measured):
        return Note(kind="converged", sentence=_at_once(case), formula=formula, values=values)
    said_by_theory = f"; theory says {three(predicted)}" if math.isfinite(predicted) and not case.noise else ""
    said = f"Each step left {three(measured)} of the loss that remained{said_by_theory}."
    return Note(kind="converged", sentence=said, formula=formula, values=values)


def _at_once(case: Case) -> str:
    return f"It was there at step {case.converged:,}, too soon to measure a pace."


def oscillating(scene: Scene) -> Note | None:
    """Say that it sits at, or above, the stability limit."""
    case = scene.case
    if case.limit is None or case.curvature is None or not (case.limit > 0 and math.isfinite(case.limit)):
        return None
    edge = case.limit * case.curvature
    exact = math.isclose(case.lr, case.limit, rel_tol=1e-6)
    sign = "" if exact else f" {'>' if case.lr > case.limit else '<'} {three(edge)}"
    said = "A step takes it as far beyond the minimum as it was before: it can neither settle nor leave."
    if not exact:
        said = "Every step overshoots, and where it lands the ground throws it back: it jumps to and fro for ever."
    low, high = sorted(case.last_two)
    return Note(
        kind="oscillating",
        sentence=said,
        formula=f"{product(case.lr, case.curvature, case.scaled)}{sign}",
        values={"lower_loss": low, "upper_loss": high},
        advice=(rate(min(case.lr, case.limit) / 2),),
    )
