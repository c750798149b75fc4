"""What is said of runs that keep moving: noise, ringing momentum, Adam's late burst."""

from __future__ import annotations

import math

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice, Note
from slalom.catalogue.optimizers import Sgd
from slalom.engine.surface.ensemble import is_scaled

from . import theory
from .notes import Scene, rate, three

ALIGNED = 0.9
"""A parameter stands for an eigenvector if it has more than this share of it, squared."""
TURNS = 3
"""So many reversals are ringing."""


def noise_floor(scene: Scene) -> Note | None:
    """Say on which level noise holds the loss, as measured and as theory has it."""
    case, ground, habit = scene.case, scene.ground, scene.habit
    if not case.noise or case.trained is not None:
        return None
    bottom = case.best if case.best is not None else math.nan if ground is None else ground.bottom
    values = {"noise": case.noise, "measured_floor": habit.mean - bottom}
    measured = f"the loss has been {three(habit.mean - bottom)} above the minimum on average"
    said = f"Noise of {three(case.noise)} keeps it moving: since step {habit.since:,} {measured}"
    predicted = math.nan
    if ground is not None and scene.ball and scene.steady and not scene.rule.nesterov and not scene.rule.dampening:
        predicted = theory.noise_floor(case.lr, case.noise, scene.rule.momentum, ground.curvatures)
    if not math.isfinite(predicted):
        return Note(kind="noise_floor", sentence=f"{said}.", values=values, advice=_calmer(scene))
    tenth = theory.noise_floor(case.lr / 10, case.noise, scene.rule.momentum, ground.curvatures)  # type: ignore[union-attr]
    values |= {"predicted_floor": predicted, "tenth_floor": tenth}
    said += f"; theory says {three(predicted)}. Lr {three(case.lr / 10)} settles at {three(tenth)}"
    formula = _floor_formula(scene, predicted)
    return Note(kind="noise_floor", sentence=f"{said}.", formula=formula, values=values, advice=_calmer(scene))


def _floor_formula(scene: Scene, predicted: float) -> str:
    case, ground = scene.case, scene.ground
    assert ground is not None
    if not case.plain:
        return f"Σ ησ²(1 + β) / (2(1 - β)(2(1 + β) - ηλ)) = {three(predicted)}"
    if len(ground.curvatures) > 1:
        return f"Σ ησ² / (2(2 - ηλ)) = {three(predicted)}"
    lr, sigma, reach = three(case.lr), three(case.noise), three(case.lr * ground.high)
    return f"ησ² / (2(2 - ηλ)) = {lr} × {sigma}² / (2(2 - {reach})) = {three(predicted)}"


def _calmer(scene: Scene) -> tuple[Advice, ...]:
    decays = (Advice(field="run.schedule.kind", value="exponential"),)
    return (rate(scene.case.lr / 10), *(decays if scene.steady else ()))


def ringing(scene: Scene) -> Note | None:
    """Say how long a swing of momentum takes and what is left after it, as theory has it and as seen."""
    case, ground = scene.case, scene.ground
    if not scene.ball or case.plain or not scene.steady or ground is None or case.noise:
        return None
    for place in range(len(ground.curvatures)):
        felt = float(ground.curvatures[place])
        found = theory.ringing(scene.rule, case.lr, felt) if felt > 0 else None
        seen = _seen(scene, place)
        if found is None or seen is None:
            continue
        period, turns = seen
        values = {"period": found.period, "seen_period": period, "decay": found.decay, "turns": float(turns)}
        said = f"Momentum carries it past the minimum and back: one swing takes {three(found.period)} steps by theory"
        said += f", {three(period)} as seen in {turns} turns, and leaves {three(found.decay)} of the distance"
        formula = f"2π / arccos((1 + β - ηλ) / (2√β)) = {three(found.period)}, λ = {three(felt)}"
        if scene.rule.nesterov:
            formula = f"2π / arccos((1 + β)√(1 - ηλ) / (2√β)) = {three(found.period)}, λ = {three(felt)}"
        return Note(kind="ringing", sentence=f"{said}.", formula=formula, values=values, advice=_still(scene))
    return None


def _seen(scene: Scene, place: int) -> tuple[float, int] | None:
    """Return the measured period along an eigenvector, and the reversals it is from; None if it is not visible."""
    habit, ground = scene.habit, scene.ground
    assert ground is not None
    weights = ground.directions[:, place] ** 2
    parameter = int(np.argmax(weights))
    if parameter >= len(habit.turns) or (weights[parameter] < ALIGNED and len(weights) > 1):
        return None
    turns, (first, last) = habit.turns[parameter], habit.span[parameter]
    return (2 * (last - first) / (turns - 1), turns) if turns >= TURNS else None


def _still(scene: Scene) -> tuple[Advice, ...]:
    """Return the advice to take the momentum at which the flattest direction does not ring."""
    ground, rule = scene.ground, scene.rule
    assert ground is not None
    if ground.low <= 0 or rule.nesterov or scene.case.lr * ground.low >= 1:
        return ()
    best = float(f"{theory.best_memory(scene.case.lr, ground.low):.3g}")
    return (Advice(field="run.optimizer.momentum", value=best),) if best < rule.momentum else ()


def burst(scene: Scene) -> Note | None:
    """Say when a run that had arrived flew off again, and what a rule with a memory of squares forgot."""
    case, habit = scene.case, scene.habit
    if habit.onset is None or case.noise or case.trained is not None:
        return None
    values = {
        "floor": habit.floor,
        "floor_step": float(habit.floor_step),
        "onset": float(habit.onset),
        "peak": habit.peak,
        "peak_step": float(habit.peak_step),
    }
    when = f"At step {habit.floor_step:,} the loss had fallen to {three(habit.floor)}, then it rose again"
    said = f"{when}: from step {habit.onset:,} on it burst out to {three(habit.peak)} at step {habit.peak_step:,}"
    formula = ""
    if is_scaled(scene.rule) and not isinstance(scene.rule, Sgd):
        said += f". With gradients so small, {case.rule} forgot how large they can be: v̂ shrank, so its steps grew"
        if case.crossing is not None and case.crossing >= habit.floor_step - habit.floor_step // 2:
            lr, felt, limit = case.crossed
            values |= {"over_limit": float(case.crossing), "limit_there": limit}
            formula = f"step {case.crossing:,}: η = {number(lr, 4)} > {number(limit, 4)} = {three(limit * felt)} / λ̃"
    advice = [Advice(field="run.schedule.kind", value="cosine")] if scene.steady else []
    if getattr(scene.rule, "amsgrad", True) is False:
        advice.append(Advice(field="run.optimizer.amsgrad", value=True))
    return Note(kind="burst", sentence=f"{said}.", formula=formula, values=values, advice=tuple(advice))
