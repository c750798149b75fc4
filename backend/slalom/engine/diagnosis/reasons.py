"""Reasons why a run does not get on other than a stability limit: the first that fits explains the run.

A learning rate of 0, weight decay that pulls as hard as the rest of a step pushes, momentum that loses nothing, a rule
that hears only the first gradient, or makes no step, or only steps of one length, a way that leads to a saddle, and
steps that jump over a corner.
"""

from __future__ import annotations

import math

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice, Note
from slalom.catalogue.optimizers import Adadelta, Lion, Rprop, SignSgd

from .advice import MOMENTUM, learning_rate, momentum, schedule
from .explosion import coasting
from .phrases import against, beside, percent, step_count, three
from .run_summary import RunSummary
from .schedule_forecast import along_schedule
from .theory import ZERO, comes_to_rest

ZERO_RATE = float(np.finfo(np.float64).eps)
"""A learning rate that is no larger a share of the largest on the way is 0."""
BALANCE = 0.25
"""Weight decay and the rest of a step are in balance where no larger a share of its pull is left of them."""

NOISE = 0.01
"""The noise that is advised at a saddle."""
SWINGS_BACK = 3
"""So many reversals are swings."""
FAR_ENOUGH = 0.4
"""A schedule that falls to 0 leads farther than so large a share of the way at its first rate."""
TURNING = 0.9
"""A run oscillates where so large a share of its last steps turned back."""
FAR_CLIPPED = 10
"""The gradient of a network is clipped far where it was so many times as long."""
FAR_LOWER = 10
"""A loss was far lower where it was so many times nearer to the minimum."""
HOVERS = 0.3
"""A rule that divides by the gradient bounces at its limit where the rate is relatively no farther from it."""


def state_of(run: RunSummary) -> str:
    """Return where a run is: its loss; of a network also the share of right guesses where there are classes."""
    one = run.training
    if one is None:
        return f"After {step_count(run.steps)} the loss is {three(run.loss)}"
    check = "" if math.isnan(one.check) else f" (validation {three(one.check)})"
    loss = one.loss if run.batch is not None or math.isnan(run.loss) else run.loss
    what = f"After {step_count(run.steps)} the training loss is {three(loss)}{check}"
    if math.isnan(one.accuracy):
        return what
    also = "" if math.isnan(one.check_accuracy) else f" (validation {percent(one.check_accuracy)})"
    return f"{what}, and {percent(one.accuracy)} of the examples are right{also}"


def no_rate(run: RunSummary) -> Note | None:
    """Say that the learning rate is 0: from the start, or at the end of its schedule."""
    if not run.lr <= ZERO_RATE * run.highest_lr:
        return None
    if run.lane.run.optimizer.lr == 0:
        usual = type(run.optimizer).model_fields["lr"].default
        rate = usual if run.limit is None or run.scaled else min(usual, run.limit / 2)
        said = f"{state_of(run)}. The learning rate is 0: nothing moves"
        return Note(kind="unfinished", sentence=f"{said}.", advice=(learning_rate(rate, "faster"),))
    base, along = run.lane.run.optimizer.lr, along_schedule(run)
    if run.highest_lr == 0:
        return _held_at_zero(run, base)
    said = f"{state_of(run)}. The schedule has run out: the learning rate is 0, and nothing moves any more"
    if along is not None and along.advice:
        return Note(
            kind="unfinished", sentence=f"{said}. {along.sentence}", values=dict(along.values), advice=along.advice
        )
    holds = run.limit is None or base < run.limit
    instead = f". At a constant rate of {three(base)} it would go on" if holds else ""
    advice = (schedule("constant"),) if holds else ()
    return Note(kind="unfinished", sentence=f"{said}{instead}.", advice=advice)


def _held_at_zero(run: RunSummary, base: float) -> Note:
    """Say that it is the schedule by which the learning rate was 0 all along."""
    said = f"{state_of(run)}. The schedule keeps the learning rate at 0: nothing moves."
    if run.limit is not None and base >= run.limit:
        instead, advice = "Take another schedule, and a smaller rate.", ()
    elif run.lane.run.schedule.kind == "constant":
        instead, advice = f"At a constant rate of {three(base)} it would move.", (_WHOLE_RATE,)
    else:
        instead, advice = f"At a constant rate of {three(base)} it would move.", (schedule("constant"),)
    return Note(kind="unfinished", sentence=f"{said} {instead}", advice=advice)


_WHOLE_RATE = Advice(field="run.schedule.factor", value=1.0)


def decay_in_balance(run: RunSummary) -> Note | None:
    """Say that weight decay pulls towards 0 about as hard as the rest of every step pushes away from it."""
    pull, left = _decay(run)
    if run.noise or not pull > 0 or not left <= BALANCE * pull:
        return None
    pusher = "the gradient pushes" if run.decay else "the rest of every step goes"
    field = run.optimizer.pulling_field
    decay = float(getattr(run.optimizer, field))
    above = ", above the minimum of the loss" if run.gap is not None and run.gap > 0 else ""
    said = f"Weight decay {three(decay)} pulls it towards 0 as hard as {pusher} the other way"
    return Note(
        kind="unfinished",
        sentence=f"{state_of(run)}. {said}: it settles where both balance{above}. Try a tenth of it.",
        values={"pull": pull, "left": left},
        advice=(Advice(field=f"run.optimizer.{field}", value=decay / 10, promise="faster"),),
    )


def undamped(run: RunSummary) -> Note | None:
    """Say that a momentum of 1 or more never settles: the two roots of its recursion have a product of 1 or more."""
    if not run.is_sgd or run.optimizer.momentum < 1 or not run.root_product >= 1:
        return None
    calm = run.optimizer.model_copy(update={"momentum": MOMENTUM})
    faster = run.forecast is not None and run.forecast.is_faster(calm, run.lr)
    swings = "nothing is lost from swing to swing" if run.root_product == 1 else "every swing is longer than the last"
    said = f"With momentum {number(run.optimizer.momentum)} {swings}: it never settles"
    return Note(
        kind="unfinished",
        sentence=f"{state_of(run)}. {said}. Take a momentum below 1, such as {MOMENTUM}.",
        formula=f"|z₁ z₂| = {three(run.root_product)}",
        advice=(momentum(MOMENTUM, "faster" if faster else None),),
    )


def first_gradient_only(run: RunSummary) -> Note | None:
    """Say that with dampening 1 no gradient but the first is ever heard."""
    found = coasting(run)
    if found is None:
        return None
    sentence = f"{state_of(run)}. {found.sentence}"
    return Note(kind="unfinished", sentence=sentence, formula=found.formula, advice=found.advice)


def never_begins(run: RunSummary) -> Note | None:
    """Say that Adadelta without ε makes no first step: it measures steps in past ones, and there is none."""
    rule = run.optimizer
    if not isinstance(rule, Adadelta) or rule.eps or not run.lr or run.point.tolist() != run.origin.tolist():
        return None
    usual = float(Adadelta.model_fields["eps"].default)
    why = "Adadelta measures its steps in past steps, and with eps 0 there is none to begin with: it never moves"
    advice = Advice(field="run.optimizer.eps", value=usual, promise="faster" if run.lr <= 1 and run.steady else None)
    return Note(kind="plateau", sentence=f"{state_of(run)}. {why}. Take an eps of {three(usual)}.", advice=(advice,))


def stopped(run: RunSummary) -> Note | None:
    """Say that L-BFGS takes no step any more: what it would gain, or the gradient, is below a tolerance of its own."""
    if not run.optimizer.uses_closure or not run.lr or not run.steps or run.lately[0] != run.lately[1]:
        return None
    why = f"{run.rule} takes no more steps: a change, or the gradient, is below tolerance_change or tolerance_grad"
    fields = ("tolerance_change", "tolerance_grad")
    advice = tuple(Advice(field=f"run.optimizer.{field}", value=0.0) for field in fields)
    return Note(kind="plateau", sentence=f"{state_of(run)}. {why}. Lower these.", advice=advice)


def clipped(run: RunSummary) -> Note | None:
    """Say that a gradient is clipped to less than half of it, and that this is why a run that falls takes long.

    Networks are clipped by custom: of theirs only a far shorter one is the reason.
    """
    asked = run.lane.run
    clip = min(asked.clip_norm or math.inf, asked.clip_value or math.inf)
    known_limit = run.limit is None or run.lr < run.limit
    far = 2 if run.training is None else FAR_CLIPPED
    known = run.falls_throughout and run.batch is None and known_limit
    return shortest_steps(run) if known and clip < run.grad / far else None


def shortest_steps(run: RunSummary) -> Note | None:
    """Say that steps are short by another setting than the learning rate: a clipped gradient, or Rprop's bound."""
    rule, asked = run.optimizer, run.lane.run
    step = max(map(abs, run.statistics.last_step), default=0.0)
    if isinstance(rule, Rprop):
        if not step >= rule.step_size2 / 2:
            return None
        why = f"Rprop's steps are at most step_size2 = {three(rule.step_size2)} long, whatever the learning rate"
        usual = float(Rprop.model_fields["step_size2"].default)
        advice = Advice(field="run.optimizer.step_size2", value=usual, promise="faster")
        return Note(kind="plateau", sentence=f"{state_of(run)}. {why}. Allow longer ones.", advice=(advice,))
    clip = min(asked.clip_norm or math.inf, asked.clip_value or math.inf)
    if not run.is_sgd or not clip < run.grad:
        return None
    field = "run.clip_norm" if asked.clip_norm == clip else "run.clip_value"
    why = f"The gradient {three(run.grad)} is clipped to {three(clip)}, and so are its steps. Clip it higher up"
    if field == "run.clip_value":
        why = f"Every component of the gradient is clipped to {three(clip)}, and so are its steps. Clip them higher up"
    return Note(
        kind="plateau",
        sentence=f"{state_of(run)}. {why}.",
        advice=(Advice(field=field, value=float(f"{run.grad:.2e}")),),
    )


def along_a_ridge(run: RunSummary) -> Note | None:
    """Say that the gradient has no part along the directions that curve down: a saddle, or a slope, is at its end."""
    model = run.quadratic
    if model is None or run.noise or not run.lr or not model.low < 0 or not run.statistics.gradient_rate < 1:
        return None
    down = model.slopes[model.curvatures < 0]
    if not np.linalg.norm(down) <= ZERO * np.linalg.norm(model.slopes):
        return None
    if not comes_to_rest(run.lane.descended.functions(np), run.point[:, None], run.decay)[0]:
        return None  # The way down a round hill is such a line everywhere, and leads to no saddle.
    why = f"It runs along a ridge: the gradient is 0 along the direction that curves down (λ = {three(model.low)})"
    said = f"{state_of(run)}. {why}, so nothing leads that way. A little noise, or another start, leaves the ridge."
    return Note(kind="saddle", sentence=said, advice=(Advice(field="run.noise", value=NOISE),))


def steps_of_one_length(run: RunSummary) -> Note | None:
    """Say that a rule whose steps are as long as its rate, however small the gradient, swings about and stays there."""
    rule, turns = run.optimizer, run.statistics.reversals
    if not rule.is_normalized or rule.has_theory or run.noise or not run.lr:
        return None
    if run.falls_throughout and not _was_far_lower(run):
        return None
    if max(turns, default=0) < SWINGS_BACK:
        return None
    about = "" if isinstance(rule, Lion | SignSgd) else "about "
    why = f"Every step of {run.rule} moves each coordinate by {about}the learning rate {number(run.lr)}"
    said = f"{state_of(run)}. {why}, however small the gradient: it swings to and fro. A smaller rate swings less far"
    falling = (schedule("cosine", "faster" if arrives_at_half(run) else None),) if run.steady else ()
    return Note(
        kind="unfinished",
        sentence=f"{said}, and one that falls to 0 settles.",
        advice=(*falling, learning_rate(run.lr / 10)),
    )


def _was_far_lower(run: RunSummary) -> bool:
    """Return whether a loss that falls now has come down so before, and was far lower: it is on a swing."""
    bottom = run.statistics.lowest if run.best is None else run.best
    left, least = run.loss - bottom, run.statistics.lowest - bottom
    return run.training is None and run.loss > run.start and left > FAR_LOWER * least


def arrives_at_half(run: RunSummary) -> bool:
    """Return whether steps of half the rate would have led as far, and to a loss below one that was met by chance.

    A schedule that falls to 0 has about as much of a way.
    """
    if run.loss < run.middle:
        return False
    way = float(abs(run.point - run.origin).max(initial=0.0))
    return run.training is None and way < FAR_ENOUGH * run.lr * run.steps


def at_its_limit(run: RunSummary) -> Note | None:
    """Say that a rule that divides by the size of the gradient comes to bounce at its limit, whatever its rate.

    The size comes down with the gradient, until steps turn back.
    """
    forgets = run.scaled and run.optimizer.second_moment and not getattr(run.optimizer, "amsgrad", False)
    if not forgets or run.limit is None or run.curvature is None or run.noise or run.falls_throughout:
        return None
    if not 0 < run.limit < math.inf or not math.isclose(run.lr, run.limit, rel_tol=HOVERS):
        return None
    divides = f"{run.rule} divides by the size of the gradient, so its steps do not shrink with it"
    limit = f"at every learning rate it comes to bounce at its stability limit, here {beside(run.limit, run.lr)}"
    instead = "A smaller rate bounces lower, and a schedule that lets it fall to 0 settles"
    falling = (schedule("cosine", "faster"),) if run.steady else ()
    return Note(
        kind="oscillating",
        sentence=f"{state_of(run)}. {divides}: {limit}. {instead}.",
        formula=against(run.lr, run.curvature, run.limit * run.curvature, True),
        values={"lr_over_limit": run.lr / run.limit},
        advice=(*falling, learning_rate(min(run.lr, run.limit) / 2)),
    )


def over_a_corner(run: RunSummary) -> Note | None:
    """Say that steps jump over a corner, where the slope does not grow smaller as the minimum comes near."""
    if run.noise or not run.jumps_a_corner or (run.falls_throughout and run.turned < TURNING):
        return None
    faster = "faster" if run.loss >= run.middle else None  # It may be at the corner itself, by chance.
    said = "Its steps jump to and fro over a corner of the surface, where the slope changes its sign without passing 0"
    so = "they do not grow shorter. A smaller rate bounces lower, and one that falls to 0 settles"
    advice = (*((schedule("cosine", faster),) if run.steady else ()), learning_rate(run.lr / 10))
    return Note(kind="oscillating", sentence=f"{state_of(run)}. {said}: {so}.", advice=advice)


def _decay(run: RunSummary) -> tuple[float, float]:
    """Return the pull of weight decay, and what the gradient, or the rest of the last two steps, leaves of it."""
    model, steps = run.quadratic, np.array(run.statistics.last_steps)
    if run.decay and model is not None:
        return run.decay * float(np.linalg.norm(run.point)), float(np.linalg.norm(model.slopes))
    if not steps.size:
        return 0.0, math.inf
    pull = float(run.optimizer.shrinkage(run.lr) * np.linalg.norm(run.point - steps[-1]))
    return pull, float(np.linalg.norm(steps, axis=1).max())
