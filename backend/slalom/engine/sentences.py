"""The reason for every outcome, in plain words and with the run's own numbers."""

from __future__ import annotations

import math
from typing import NamedTuple

from slalom.catalogue.base.number_format import number
from slalom.catalogue.problems.base import Minimum

from .verdict import FLAT_STEPS, RUNAWAY, TOLERANCE

SAME = 1e-9
"""Losses relatively closer than this are the same."""
STEADY = 0.01
"""Curvatures relatively closer than this are the same."""


class Crossing(NamedTuple):
    """Where the rate first exceeded the stability limit."""

    lr: float
    curvature: float
    limit: float


class Case(NamedTuple):
    """One run, as a judge sums it up; None where undefined."""

    rule: str
    """What the rule is called within a sentence."""
    plain: bool
    """Whether it is gradient descent, to which ηλ < 1, < 2 and > 2 apply."""
    scaled: bool
    """Whether λ is the curvature as the rule's preconditioner makes it."""
    lr: float
    sharpness: float | None
    curvature: float | None
    limit: float | None
    """None without theory."""
    predicted: float | None
    measured: float | None
    crossed: Crossing
    """Meaningful where ``crossing`` is a step."""
    step: int
    """The entry the numbers above are from."""
    steps: int
    """Updates made; what follows is from there."""
    start: float
    """Loss at entry 0."""
    loss: float
    grad: float
    low: float
    """Smallest Hessian eigenvalue."""
    high: float
    """Largest Hessian eigenvalue, weight decay left out."""
    best: float | None
    nearest: tuple[Minimum, float] | None
    """The best known minimum that is nearest, and how far away it is."""
    decay: float
    """Weight decay."""
    noise: float
    """Standard deviation of the noise on the gradient."""
    last_two: tuple[float, float]
    """The two latest losses."""
    fall: float | None
    """Factor per update by which loss - f* (or the loss, where f* is unknown) has changed lately."""
    exploded: int | None
    nonfinite: int | None
    runaway: int | None
    crossing: int | None
    converged: int | None
    """The step from which it has been converged."""
    medians: tuple[float, ...]
    """Of the losses of successive parts of its last stretch."""
    middle: float
    """Median loss of its last stretch."""
    apart: int
    """Updates between the parts."""
    far: float
    """How far above its start a loss is that has exploded."""
    trained: Trained | None = None
    """What is known of it as a network; None on a surface."""
    batch: int | None = None
    """Examples that an update sees; None for all, or where there are none."""
    steep: float = math.nan
    """Gradient norm at entry 0."""
    undefined: str | None = None
    """What could not be computed where the loss was first not finite."""
    undefined_at: int = 0
    """The entry where that was."""
    place: str = ""
    """The point there: ``x = -0.2``."""


class Trained(NamedTuple):
    """What is known of a run as a network, from its last measured entry; nan where undefined."""

    entry: int
    """The last measured entry."""
    classes: int
    """How many classes there are; 0 where numbers are predicted."""
    common: float
    """Share of the most common class among the training examples."""
    entropy: float
    """The loss of whoever knows only how common the classes are, in nats."""
    start: float
    """Training loss at entry 0."""
    loss: float
    """Training loss."""
    check: float
    """Validation loss."""
    accuracy: float
    """Share of training examples guessed right."""
    check_accuracy: float
    """Share of validation examples guessed right."""
    moved: float
    """How far the parameters have moved, as a share of the length they began with."""
    activation: str
    saturated: float
    """Share of saturated tanh units, or of silent relu units, in the layer with most of them."""
    limit: float
    """The stability limit at the start."""
    fall: float
    """Factor per update by which the training loss has changed lately."""
    shares: tuple[float, ...]
    """Learning rate divided by its stability limit, at the last entries where curvature was measured."""
    edge_step: int | None
    """The first entry at which that share was high enough to be at the edge of stability."""
    edge_loss: float
    """The loss there."""


def steps(count: float) -> str:
    """Return an estimated count of updates, to two digits, with its noun.

    >>> steps(1), steps(1523), steps(2.54e13)
    ('1 step', '1,500 steps', '2.5e13 steps')
    """
    rounded = float(f"{count:.1e}")
    text = f"{rounded:,.0f}" if rounded < 1e9 else number(rounded, 2)
    return f"{text} step{'' if text == '1' else 's'}"


def diverged(case: Case) -> str:
    """Say when the run blew up, and which inequality it broke."""
    if case.nonfinite == 0:
        what = "The loss is not a finite number" if case.undefined is None else _capital(case.undefined)
        return f"{what} at the start{f' ({case.place})' if case.place else ''}. Choose another start."
    if case.undefined is not None and case.exploded is None and case.runaway is None:
        what = f"{_capital(case.undefined)} at step {case.undefined_at:,} ({case.place})"
        return f"{what}. The run ends there: try a smaller learning rate than {number(case.lr)}, or another start."
    return f"{_blow_up(case)} {_cause(case)}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _blow_up(case: Case) -> str:
    if case.exploded is not None:
        end = "" if case.nonfinite is None else f"; it is no longer finite at step {case.nonfinite:,}"
        start = number(case.start)
        return f"At step {case.exploded:,} the loss is more than 1000 times above its start of {start}{end}."
    if case.runaway is not None:
        far = f"At step {case.runaway:,} the parameters are {number(RUNAWAY)} times farther out than the start"
        return f"{far}, and the loss falls without bound: at step {case.steps:,} it is {number(case.loss)}."
    return f"At step {case.nonfinite:,} the loss or a parameter is no longer finite."


def _cause(case: Case) -> str:
    lr = number(case.lr)
    if case.trained is None and case.low < 0 and case.exploded is None:
        return f"The surface curves down there (λ = {number(case.low)}): every step lengthens the next one."
    if case.runaway is not None and case.exploded is None:
        return "No minimum is there to hold it: a smaller learning rate only takes longer."
    if case.limit is None or case.curvature is None:
        return f"No stability limit is known for {case.rule}. Try a learning rate ten times smaller than {lr}."
    if case.crossing is not None:
        return _crossing(case)
    limit = f"the stability limit {number(case.limit, 4)} of {case.rule}"
    return f"The learning rate {lr} never exceeded {limit}, but the curvature changes within a step. Try a smaller one."


def _crossing(case: Case) -> str:
    """Say where the rate exceeded the limit, what follows from that, and which rate would have held."""
    lr, felt, limit = case.crossed
    assert case.curvature is not None
    steep = steepness(case, felt)
    if limit == 0 and math.isinf(felt):
        return f"At step {case.crossing:,} {steep}: no learning rate holds there. Try another start."
    if limit == 0:
        return f"With this momentum {case.rule} is stable at no learning rate, whatever the curvature: try one below 1."
    what = f"{number(lr / limit, 3)} times the stability limit {number(limit, 4)} of {case.rule} at {steep}"
    held, safe = f"Below {number(limit, 4)} it would have held", f"try {number(limit / 2, 4)}"
    if math.isclose(felt, case.curvature, rel_tol=STEADY):
        return f"The learning rate {number(lr)} is {what}. {_growth(case)}{held}: {safe}."
    later = f"by step {case.step:,} that λ has become {number(case.curvature)}"
    return f"At step {case.crossing:,} the learning rate {number(lr)} was {what}; {later}. {held} there: {safe}."


def steepness(case: Case, felt: float) -> str:
    """Return a curvature with the name that it has for the rule."""
    return f"{'the curvature this rule feels,' if case.scaled else 'sharpness'} λ = {number(felt)}"


def _growth(case: Case) -> str:
    if case.predicted is None:
        return ""
    measured = "" if case.measured is None else f", and grew {number(case.measured)}-fold as measured"
    return f"So the loss must grow {number(case.predicted)}-fold per step{measured}. "


def converged(case: Case) -> str:
    """Say when and to what, and in which of the regimes of gradient descent."""
    assert case.converged is not None
    if case.best is None:
        found = f"From step {case.converged:,} on the gradient has vanished, on ground that does not curve down"
        return f"{found}; the loss is {number(case.loss)}. {_regime(case)}".strip()
    near = number(TOLERANCE * max(1.0, case.start - case.best))
    found = f"From step {case.converged:,} on the loss is within {near} of the minimum {number(case.best)}."
    return f"{found} {_regime(case)}".strip()


def _regime(case: Case) -> str:
    if case.limit is None or case.curvature is None or not math.isfinite(case.limit) or case.limit <= 0:
        return ""
    if case.best is None and case.curvature < TOLERANCE:
        return f"The ground is almost level there (λ = {number(case.curvature)}): it may be a plateau."
    if case.lr > case.limit:
        limit = number(case.limit, 4)
        return f"In the end its learning rate {number(case.lr)} is above the stability limit {limit}: it may burst out."
    if not case.plain:
        share = number(100 * case.lr / case.limit, 3)
        return f"In the end its learning rate is {share} % of the stability limit {number(case.limit, 4)}."
    share = case.lr * case.curvature
    if share > 1:
        return f"ηλ = {number(share, 4)} lies between 1 and 2: it zigzags across the steepest direction as it falls."
    return f"ηλ = {number(share, 4)} is not above 1: it falls without overshooting."


def saddle(case: Case) -> str:
    """Say that the gradient vanished where the surface still curves down."""
    shape = "a maximum" if case.high < 0 else "a saddle"
    range = f"{number(case.low)}" if case.low == case.high else f"from {number(case.low)} to {number(case.high)}"
    return (
        f"The gradient has vanished (|g| = {number(case.grad, 3)}), but at {shape}, with curvature {range}: the loss "
        f"{number(case.loss)} can fall on. A little noise, or another start, leaves it."
    )


def minimum(case: Case) -> str:
    """Say that the gradient vanished above the best known value."""
    assert case.best is not None
    where = ""
    if case.nearest is not None:
        best, distance = case.nearest
        where = f", {number(distance, 3)} away at ({', '.join(number(x, 4) for x in best.point)})"
    return (
        f"The gradient has vanished (|g| = {number(case.grad, 3)}) in a local minimum: the loss is "
        f"{number(case.loss)}, the best one known {number(case.best)}{where}. Another start, noise or longer steps may "
        "find it."
    )


def level(case: Case) -> str:
    """Say that the gradient vanished because the ground is level, not because this is a minimum."""
    assert case.best is not None
    return (
        f"The ground is level here: the gradient is {number(case.grad, 3)}, no curvature is above "
        f"{number(max(abs(case.low), abs(case.high)), 3)}, yet the loss is {number(case.loss)} and the best one known "
        f"{number(case.best)}. Try another start."
    )


def flat(case: Case) -> str:
    """Say that the loss stands still though the gradient does not vanish."""
    loss, lr = number(case.loss), number(case.lr)
    still = f"The loss has stood at {loss} for {FLAT_STEPS} steps, though the gradient is {number(case.grad, 3)}."
    if case.lr == 0:
        return f"{still} The learning rate is 0: nothing moves."
    if case.decay:
        return f"{still} Weight decay {number(case.decay, 3)} pulls as hard the other way."
    gain = case.lr * case.grad * case.grad
    if case.best is None or gain <= 0 or case.loss <= case.best:
        return f"{still} This is a plateau, or the learning rate {lr} is too small. Try a larger one."
    needed = steps((case.loss - case.best) / gain)
    return (
        f"{still} This is a plateau, or the learning rate {lr} is too small: at this pace {number(case.best)} is about "
        f"{needed} away. Try a larger one."
    )


def oscillating(case: Case) -> str:
    """Say between which values it jumps, and whether it sits exactly at the limit."""
    low, high = sorted(case.last_two)
    same = high - low <= SAME * max(abs(low), abs(high))
    values = f"at the same loss {number(high)}" if same else f"between the losses {number(low)} and {number(high)}"
    return f"Nearly every step turns back: it jumps to and fro {values}, and does not fall. {_against_limit(case)}"


def _against_limit(case: Case) -> str:
    lr = number(case.lr)
    if case.limit is None or case.curvature is None or not math.isfinite(case.limit) or case.limit <= 0:
        return f"It gains nothing. Try a smaller learning rate than {lr}."
    limit = f"the stability limit {number(case.limit, 4)} of {case.rule} at {steepness(case, case.curvature)}"
    if math.isclose(case.lr, case.limit, rel_tol=1e-6):
        return f"The learning rate {lr} is exactly {limit}: a little less converges, a little more diverges."
    if case.lr > case.limit:
        return f"The learning rate {lr} is above {limit}. Try {number(case.limit / 2, 4)}."
    return f"The learning rate {lr} is {number(100 * case.lr / case.limit, 3)} % of {limit}. Try a smaller one."


def unfinished(case: Case) -> str:
    """Say how fast it falls, and how many more steps it would take."""
    after = f"After {case.steps:,} steps the loss is {number(case.loss)}"
    before, now = case.last_two
    if case.noise:
        return f"{after}; noise of {number(case.noise)} on its gradient keeps it moving. A smaller rate settles lower."
    if case.fall is None and now < before:
        return f"{after}, and lately falls by {number(before - now, 3)} per step. Give it more steps."
    if case.limit is not None and case.lr > case.limit:
        above = (
            f"the learning rate {number(case.lr)} is above the stability limit {number(case.limit, 4)} of {case.rule}"
        )
        return f"{after}; {above}, so it cannot settle there. Try {number(case.limit / 2, 4)}."
    if case.fall is None or case.fall >= 1:
        return f"{after}; it has not been falling lately. Try a smaller learning rate, or more steps."
    pace = f"{after}, and lately falls by {number(100 * (1 - case.fall), 3)} % per step"
    if case.best is None:
        return f"{pace}. Give it more steps."
    excess, goal = case.loss - case.best, TOLERANCE * max(1.0, case.start - case.best)
    if excess <= goal:
        return f"{pace}. Give it more steps."
    more = steps(math.log(goal / excess) / math.log(case.fall))
    return f"{pace} towards {number(case.best)}: about {more} more to come within {number(goal)} of it."


def event(kind: str, step: int, loss: float, before: float, lr: float, limit: float) -> str:
    """Say what happened at a step: the loss there and one step before, the rate and the stability limit."""
    match kind:
        case "first_rise":
            what = f"the loss rises for the first time, from {number(before)} to {number(loss)}"
        case "crossing":
            what = f"the learning rate {number(lr)} is above the stability limit {number(limit, 4)}"
        case "exploded":
            what = f"the loss is {number(loss)}, more than 1000 times above its start"
        case "nonfinite" if math.isfinite(loss):
            what = "a parameter is no longer finite, and the run ends"
        case "nonfinite":
            what = f"the loss is {number(loss)}, and the run ends"
        case _:
            what = f"the loss is {number(loss)} and counts as converged"
    return f"Step {step:,}: {what}."
