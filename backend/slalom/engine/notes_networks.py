"""What is said of networks: at chance, at the edge of stability, on their way."""

from __future__ import annotations

import math

from slalom.catalogue.experiments.outcome import Advice, Note

from . import sentences_networks as networks
from .notes import Scene, more_steps, product, rate, three
from .sentences import steps


def chance(scene: Scene) -> Note | None:
    """Say against what guessing is measured, and which rate to begin with again."""
    case, one = scene.case, scene.case.trained
    assert one is not None
    values = {"loss": one.loss, "chance": math.log(one.classes), "accuracy": one.accuracy, "common": one.common}
    values |= {"moved": one.moved, "saturated": one.saturated}
    formula = f"ln {one.classes} = {three(math.log(one.classes))}"
    if networks.too_small(case, one):
        said = f"The parameters have moved by only {three(100 * one.moved)} % of their length"
        return Note(
            kind="chance", sentence=f"{said}.", formula=formula, values=_known(values), advice=(_larger(scene),)
        )
    said = "Its guesses are no better than always naming the most common class"
    advice = (_smaller(scene),) if networks.too_high(case, one) else ()
    return Note(kind="chance", sentence=f"{said}.", formula=formula, values=_known(values), advice=advice)


def _known(values: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if not math.isnan(value)}


def _smaller(scene: Scene) -> Advice:
    case, one = scene.case, scene.case.trained
    assert one is not None
    below = math.isfinite(one.limit) and one.limit < case.lr
    return rate(one.limit / 2 if below else case.lr / 10)


def _larger(scene: Scene) -> Advice:
    case, one = scene.case, scene.case.trained
    assert one is not None
    below = math.isfinite(one.limit) and one.limit > 4 * case.lr
    return rate(one.limit / 2 if below else 10 * case.lr)


def edge(scene: Scene) -> Note | None:
    """Say where the sharpness hovers, and how often the loss rises while it falls in the long run."""
    case, habit = scene.case, scene.habit
    if case.limit is None or case.curvature is None:
        return None
    bound, share = case.limit * case.curvature, habit.rises / max(1, case.steps)
    balance = bound / case.lr
    values = {"sharpness": case.curvature, "balance": balance, "rising_share": share, "rises": float(habit.rises)}
    said = f"The ground grew sharper until λ reached {three(balance)}, where steps begin to overshoot, and stays there"
    said += f": the loss rose after {three(100 * share)} % of the steps, and falls all the same"
    formula = f"{product(case.lr, case.curvature, case.scaled)} ≈ {three(bound)}"
    return Note(kind="edge", sentence=f"{said}.", formula=formula, values=values)


def learning(scene: Scene) -> Note | None:
    """Say in how many steps the loss halves, or what keeps it from falling."""
    case, one = scene.case, scene.case.trained
    assert one is not None
    if networks.thrown(one):
        values = _known({"loss": one.loss, "loss_at_start": one.start, "moved": one.moved})
        said = f"The first steps threw it {three(one.moved)} times its length away, where the loss is higher"
        return Note(kind="learning", sentence=f"{said}.", values=values, advice=(_smaller(scene),))
    fall = case.fall if case.batch is None else one.fall
    if fall is None or math.isnan(fall):
        return None
    if fall < 1:
        halving = math.log(0.5) / math.log(fall)
        said = f"At this pace the training loss halves in {steps(max(1, halving))}"
        values = _known({"loss": one.loss, "measured_factor": fall, "halving_steps": halving})
        advice = more_steps(case, case.steps)
        if case.batch is None and case.limit is not None and case.lr < case.limit / 4 < math.inf:
            values["lr_over_limit"] = case.lr / case.limit
            share = three(100 * case.lr / case.limit)
            said += f"; the rate is only {share} % of the stability limit {three(case.limit)}"
            advice = (rate(case.limit / 2), *advice)
        return Note(kind="learning", sentence=f"{said}.", values=values, advice=advice)
    if case.batch is None:
        return None
    said = f"Each update sees {case.batch} examples, and their gradients disagree: noise that a rate keeps alive"
    advice = (rate(case.lr / 10), Advice(field="run.batch_size", value=4 * case.batch))
    return Note(
        kind="noise_floor",
        sentence=f"{said}. A tenth of the rate settles at about a tenth of the height.",
        values=_known({"loss": one.loss, "batch": float(case.batch)}),
        advice=advice,
    )
