"""Findings that several kinds of outcome have: noise, zigzags, ringing momentum, late bursts, explosions survived."""

from __future__ import annotations

import math

import numpy as np

from slalom.catalogue.averaging import NoAveraging
from slalom.catalogue.experiments.outcome import Advice, Note
from slalom.engine.diagnosis import theory

from .advice import learning_rate, momentum, schedule, written
from .explosion import undampened, undampened_step, undivided, undivided_updates
from .phrases import against, beside, capitalized, distinct, far_above, share_of, squared, three
from .run_summary import RunSummary

FADED = 0.01
"""What is left of the start does not matter where it is so small a share of a noise floor."""
SMALL_CHANGE = 0.02
"""Rates relatively closer than this are not worth a change."""
ALIGNED = 0.9
"""A parameter stands for an eigenvector if it has more than this share of it, squared."""
SAME_SWING = 2
"""Swings whose lengths differ by no larger a factor are the same."""
TURNS = 3
"""So many reversals are ringing."""


def came_back(run: RunSummary) -> Note | None:
    """Say that a run exploded before it became what it is."""
    if not (run.came_back or run.hovers) or run.exploded is None or run.runaway is not None:
        return None
    said = f"It exploded at step {run.exploded:,}, where the loss was {far_above(run.start)}, and came back."
    if run.hovers:
        said = f"It counts as exploded at step {run.exploded:,} only because it began near a loss of 0."
    elif undampened(run):
        said += f" The reason: {undampened_step(run)}."
    elif undivided(run):
        said += f" The reason: {undivided_updates(run)}."
    return Note(kind="exploded", sentence=said, values={"exploded": float(run.exploded)})


def undivided_so_far(run: RunSummary) -> Note | None:
    """Say that RAdam has not yet divided by the size of the gradient, so that its steps are not as long as its rate."""
    if not 0 < run.steps <= run.undivided_updates:
        return None
    said = f"{capitalized(undivided_updates(run))}, and its steps are as long as the gradient is large"
    return Note(kind="unfinished", sentence=f"{said}.", values={"undivided_updates": run.undivided_updates})


def average_beside(run: RunSummary) -> Note | None:
    """Say what the loss of the averaged parameters is, beside that of the last ones."""
    averaging = run.lane.run.averaging
    if run.average is None or isinstance(averaging, NoAveraging):
        return None
    last = run.loss if run.training is None else run.training.loss
    if run.steps < averaging.start and run.average == last:
        said = f"No parameters were averaged: that begins only at step {averaging.start:,}"
        return Note(kind="averaged", sentence=f"{said}.", values={"average_loss": run.average})
    what = "mean" if averaging.kind == "swa" else "moving average"
    than = "lower than" if run.average < last else "higher than" if run.average > last else "as high as"
    loss, other = distinct(run.average, last), distinct(last, run.average)
    said = f"The {what} of the parameters has the loss {loss}, {than} the {other} of the last ones"
    return Note(kind="averaged", sentence=f"{said}.", values={"average_loss": run.average, "loss": last})


def zigzag(run: RunSummary) -> Note | None:
    """Say how the walls of a valley throw the run from side to side, and which rate suits it best."""
    model = run.quadratic
    if not run.plain or not run.steady or model is None or not 1 < run.lr * model.high < 2:
        return None
    if not (run.falling or run.converged is not None) or not turns_back(run):
        return None
    across = 1 - run.lr * model.high
    values, factor = {"across": across}, distinct(across, -1)
    share = f"{share_of(run.lr, 2 / model.high)} the stability limit {beside(2 / model.high, run.lr)}"
    said = f"The learning rate is {share}, so it jumps from wall to wall"
    said += f": along the steepest direction a step multiplies the distance by {factor}"
    best = 1 / model.high
    if len(model.curvatures) > 1 and model.low > 0:
        best, condition = theory.best_rate(model.low, model.high), model.high / model.low
        along, ideal = 1 - run.lr * model.low, (condition - 1) / (condition + 1)
        values |= {"along": along, "condition": condition, "best_lr": best, "best_factor": ideal}
        values["predicted_factor"] = max(across**2, along**2)
        said += f", along the flattest by {distinct(along, 1)}"
        said += f". At the best rate {written(learning_rate(best))} both are ±{distinct(ideal, 1)}"
    else:
        values["best_lr"] = best
        said += f". At lr 1/λ, about {written(learning_rate(best))}, it lands on the floor at once"
    measured = run.statistics.final_rate if run.converged is not None else _present_rate(run)
    if math.isfinite(measured):
        values["measured_factor"] = measured
    better, ahead = learning_rate(best), run.forecast
    sooner = run.converged is not None
    if ahead is not None and ahead.start is not None:
        sooner = ahead.is_faster(ahead.rule, float(better.value))
    advice = () if abs(best / run.lr - 1) < SMALL_CHANGE else (learning_rate(best, "faster" if sooner else None),)
    formula = f"1 < {against(run.lr, model.high, 2)}"
    return Note(kind="zigzag", sentence=f"{said}.", formula=formula, values=values, advice=advice)


def turns_back(run: RunSummary) -> bool:
    """Return whether a parameter reversed its direction in at least half of the updates until the run converged."""
    updates = run.steps if run.converged is None else run.converged
    turns = max(run.statistics.reversals, default=0)
    return turns >= TURNS and 2 * turns >= updates - 1


def _present_rate(run: RunSummary) -> float:
    """Return the factor per update of what is left of the loss."""
    return (run.fall or math.nan) if run.best is not None else square(run.statistics.gradient_rate)


def square(value: float) -> float:
    """Return the square of a number: infinite where it is too large, at which ``**`` raises."""
    return value * value


def descends(run: RunSummary) -> bool:
    """Return whether the loss of a noisy run still falls: steadily, and to less than half of its height of late."""
    bottom = run.statistics.lowest if run.best is None else run.best
    return run.falls_throughout and run.loss - bottom < (run.statistics.mean_loss - bottom) / 2


def noise_floor(run: RunSummary) -> Note | None:
    """Say on which level noise holds the loss, as measured and as theory has it."""
    model, statistics = run.quadratic, run.statistics
    if not run.noise or run.training is not None or descends(run):
        return None
    near = math.nan if model is None or model.low <= 0 or not model.steady else model.bottom
    bottom = near if run.best is None else run.best
    which = "the minimum"
    if statistics.mean_loss > near and near - bottom > (statistics.mean_loss - bottom) / 2:
        bottom, which = near, "a local minimum"
    if not statistics.mean_loss > bottom:
        return None
    values = {"noise": run.noise, "measured_floor": statistics.mean_loss - bottom}
    measured = f"the loss has been {three(statistics.mean_loss - bottom)} above {which} on average"
    said = f"Noise of {three(run.noise)} keeps it moving: since step {statistics.averaged_since:,} {measured}"
    predicted = math.nan
    simple = run.is_sgd and run.steady and not run.optimizer.nesterov and not run.optimizer.dampening
    if model is not None and model.steady and simple:
        predicted = theory.noise_floor_height(run.lr, run.noise, run.optimizer.momentum, model.curvatures)
    if not math.isfinite(predicted):
        return Note(kind="noise_floor", sentence=f"{said}.", values=values, advice=_calmer(run))
    tenth = theory.noise_floor_height(run.lr / 10, run.noise, run.optimizer.momentum, model.curvatures)  # type: ignore[union-attr]
    values |= {"predicted_floor": predicted, "tenth_floor": tenth}
    said += f"; theory says {three(predicted)}. Lr {three(run.lr / 10)} settles at {three(tenth)}"
    formula = _floor_formula(run, predicted)
    return Note(kind="noise_floor", sentence=f"{said}.", formula=formula, values=values, advice=_calmer(run))


def _floor_formula(run: RunSummary, predicted: float) -> str:
    model = run.quadratic
    assert model is not None
    if not run.plain:
        return f"Σ ησ²(1 + β) / (2(1 − β)(2(1 + β) − ηλ)) = {three(predicted)}"
    if len(model.curvatures) > 1:
        return f"Σ ησ² / (2(2 − ηλ)) = {three(predicted)}"
    lr, sigma, reach = three(run.lr), squared(run.noise), three(run.lr * model.high)
    return f"ησ² / (2(2 − ηλ)) = {lr} × {sigma} / (2(2 − {reach})) = {three(predicted)}"


def _calmer(run: RunSummary) -> tuple[Advice, ...]:
    promise = "lower" if _fades(run) else None
    decays = (schedule("exponential", promise),)
    return (learning_rate(run.optimizer.lr / 10, promise), *(decays if run.steady else ()))


def _fades(run: RunSummary) -> bool:
    """Return whether a tenth of the rate has forgotten where it began after ten times as many steps."""
    model = run.quadratic
    if model is None or not model.everywhere or not run.is_sgd or not run.steady or model.low <= 0:
        return False
    began = run.start - model.bottom
    left = float(run.optimizer.growth(run.lr / 10, model.curvatures).max()) ** (10 * run.steps / 2)
    return began * left < FADED * (run.statistics.mean_loss - model.bottom)


def ringing(run: RunSummary) -> Note | None:
    """Say how long a swing of momentum takes and what is left after it, as theory has it and as seen."""
    model = run.quadratic
    if not run.is_sgd or run.plain or not run.steady or model is None or run.noise:
        return None
    for place in range(len(model.curvatures)):
        felt = float(model.curvatures[place])
        found = theory.ringing_of(run.optimizer, run.lr, felt) if felt > 0 else None
        seen = _seen(run, place)
        if found is None or seen is None:
            continue
        period, turns = seen
        if not found.period / SAME_SWING <= period <= found.period * SAME_SWING:
            continue  # What turns the parameter so often is another direction, of which it has a little.
        values = {"period": found.period, "seen_period": period, "decay": found.decay, "turns": float(turns)}
        said = f"Momentum carries it past the minimum and back: one swing takes {three(found.period)} steps by theory"
        said += f", {three(period)} as seen in {turns} turns, and leaves {three(found.decay)} of the distance"
        formula = f"2π / arccos((1 + β − ηλ) / (2√β)) = {three(found.period)}, λ = {three(felt)}"
        if run.optimizer.nesterov:
            formula = f"2π / arccos((1 + β)√(1 − ηλ) / (2√β)) = {three(found.period)}, λ = {three(felt)}"
        return Note(kind="ringing", sentence=f"{said}.", formula=formula, values=values, advice=_still(run))
    return None


def _seen(run: RunSummary, place: int) -> tuple[float, int] | None:
    """Return the measured period along an eigenvector, and the reversals it is from; None if it is not visible."""
    parameter, aligned = _parameter(run, place)
    turns = _reversals(run, place)
    if not aligned or turns < TURNS:
        return None
    first, last = run.statistics.reversed_at[parameter]
    return 2 * (last - first) / (turns - 1), turns


def _reversals(run: RunSummary, place: int) -> int:
    """Return how often the parameter that stands for an eigenvector reversed its direction."""
    parameter, _ = _parameter(run, place)
    return run.statistics.reversals[parameter] if run.statistics.reversals else 0


def _parameter(run: RunSummary, place: int) -> tuple[int, bool]:
    """Return which parameter stands for an eigenvector, and whether it has most of it."""
    assert run.quadratic is not None
    weights = run.quadratic.directions[:, place] ** 2
    parameter = int(np.argmax(weights))
    return parameter, bool(weights[parameter] >= ALIGNED) or len(weights) == 1


def _still(run: RunSummary) -> tuple[Advice, ...]:
    """Return the advice to take the momentum at which the flattest direction does not ring."""
    model, rule = run.quadratic, run.optimizer
    assert model is not None
    if model.low <= 0 or rule.nesterov or run.lr * model.low >= 1:
        return ()
    best = float(f"{theory.best_memory(run.lr, model.low):.3g}")
    calm = rule.model_copy(update={"momentum": best})
    promise = "faster" if run.forecast is not None and run.forecast.is_faster(calm, run.lr) else None
    return (momentum(best, promise),) if best < rule.momentum else ()


def burst(run: RunSummary) -> Note | None:
    """Say when a run that had arrived flew off again, and what a rule with a memory of squares forgot."""
    statistics = run.statistics
    if statistics.onset is None or not statistics.floor_step or run.noise or run.training is not None:
        return None  # Where it began is not where it had arrived.
    values = {
        "floor": statistics.floor,
        "floor_step": float(statistics.floor_step),
        "onset": float(statistics.onset),
        "peak": statistics.peak,
        "peak_step": float(statistics.peak_step),
    }
    small = f"the loss was {three(statistics.floor - (run.best or 0.0))} above the minimum {three(run.best or 0.0)}"
    if run.best is None:
        small = f"the gradient had vanished, at a loss of {three(statistics.floor)}"
    elif run.best == 0:
        small = f"the loss had fallen to {three(statistics.floor)}"
    out = f"from step {statistics.onset:,} on it burst out to {three(statistics.peak)} at step {statistics.peak_step:,}"
    said = f"At step {statistics.floor_step:,} {small}, then it rose again: {out}"
    formula = ""
    if run.optimizer.second_moment and not getattr(run.optimizer, "amsgrad", False):
        what = f"{run.rule} forgot how large they can be: {run.optimizer.second_moment} shrank, so its steps grew"
        said += f". With gradients so small, {what}"
        if run.crossing is not None and run.crossing >= statistics.floor_step - statistics.floor_step // 2:
            lr, felt, limit = run.crossed
            values |= {"over_limit": float(run.crossing), "limit_there": limit}
            over = f"{distinct(lr, limit)} > {distinct(limit, lr)}"
            formula = f"t = {run.crossing:,}: η = {over} = {three(limit * felt)} / λ̃"
    advice = [schedule("cosine")] if run.steady else []
    if getattr(run.optimizer, "amsgrad", True) is False:
        advice.append(Advice(field="run.optimizer.amsgrad", value=True))
    return Note(kind="burst", sentence=f"{said}.", formula=formula, values=values, advice=tuple(advice))
