"""What is said of runs that stand still: at a saddle, in a worse minimum, on a plateau."""

from __future__ import annotations

import math

from slalom.catalogue.experiments.outcome import Advice, Note

from .notes import Scene, rate, three
from .sentences import steps
from .verdict import FLAT_STEPS, ROUNDING

NUDGE = 1e-4
"""How far off a saddle a start may be, in the example of how long it takes to leave."""
NOISE = 0.01
"""The noise that is advised at a saddle."""


def saddle(scene: Scene) -> Note | None:
    """Say which way down there is, and how long it would take to go it."""
    case = scene.case
    values = {"gradient": case.grad, "lowest_curvature": case.low, "highest_curvature": case.high}
    values |= _distance(scene)
    kind = "every direction leads down" if case.high < 0 else "one direction leads down, and the gradient is 0 along it"
    said, formula = f"Here {kind}", f"λ from {three(case.low)} to {three(case.high)}"
    if scene.ball and scene.steady and case.lr > 0:
        growth = math.sqrt(float(scene.rule.growth(case.lr, case.low)))
        leave = math.log(1 / NUDGE) / math.log(growth) if growth > 1 else math.inf
        values |= {"leaving_growth": growth, "leaving_steps": leave}
        said += f". From {NUDGE:g} beside it the way out takes about {steps(leave)}"
        if case.plain:
            formula = f"ln(1/{NUDGE:g}) / ln(1 + {three(case.lr)} × {three(-case.low)}) = {three(leave)}"
    advice = () if case.trained is not None or case.noise else (Advice(field="run.noise", value=NOISE),)
    return Note(kind="saddle", sentence=f"{said}.", formula=formula, values=values, advice=advice)


def minimum(scene: Scene) -> Note | None:
    """Say how much higher this minimum is, how far the best one is, and which rates cannot stay here."""
    case = scene.case
    assert case.best is not None
    gap = case.loss - case.best
    values = {"gradient": case.grad, "lowest_curvature": case.low, "above_best": gap} | _distance(scene)
    said, formula, advice = (
        f"All curvatures are positive here: it is a minimum, {three(gap)} above the best one",
        "",
        (),
    )
    if case.limit is not None and case.curvature is not None and 0 < case.limit < math.inf:
        values["escape_lr"] = case.limit
        formula = f"{three(case.limit * case.curvature)} / λ = {three(case.limit * case.curvature)} / "
        formula += f"{three(case.curvature)} = {three(case.limit)}"
        said += f". Below lr {three(case.limit)} every step leads back to it"
    if case.plain:
        said += ". Momentum may carry it over the hill"
        advice = (Advice(field="run.optimizer.momentum", value=0.9),)
    return Note(kind="minimum", sentence=f"{said}.", formula=formula, values=values, advice=advice)


def plateau(scene: Scene) -> Note | None:
    """Say how level the ground is, or how little the steps can do on it."""
    case = scene.case
    gain = case.lr * case.grad * case.grad
    values = {"gradient": case.grad, "lowest_curvature": case.low, "highest_curvature": case.high}
    values |= _distance(scene) | {"gain_per_step": gain}
    formula = f"η|g|² = {three(case.lr)} × {three(case.grad)}² = {three(gain)}"
    if case.decay:
        said = f"The pull of weight decay {three(case.decay)} is as strong as the gradient {three(case.grad)}"
        off = (Advice(field="run.optimizer.weight_decay", value=0),)
        return Note(kind="plateau", sentence=f"{said}.", values=values, advice=off)
    if case.lr > 0 and _longer(scene) and case.grad > 1e-6 * max(1.0, case.steep):
        said = f"The steps are too short: one changes the loss by about {three(gain)}"
        return Note(kind="plateau", sentence=f"{said}.", formula=formula, values=values, advice=_longer(scene))
    down = ", and curves down" if case.low < -ROUNDING * max(abs(case.low), abs(case.high)) else ""
    said = f"The ground is level{down}: a step changes the loss by about {three(gain)}, for {FLAT_STEPS} steps now"
    return Note(kind="plateau", sentence=f"{said}.", formula=formula, values=values, advice=_longer(scene))


def _longer(scene: Scene) -> tuple[Advice, ...]:
    """Return the advice to take longer steps, as far as the curvature allows."""
    case = scene.case
    if case.limit is not None and 0 < case.limit < math.inf:
        return (rate(case.limit / 2),) if case.lr < case.limit / 4 else ()
    return (rate(10 * case.lr),) if case.lr > 0 else ()


def _distance(scene: Scene) -> dict[str, float]:
    return {} if scene.case.nearest is None else {"distance": scene.case.nearest[1]}
