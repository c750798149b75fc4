"""A search along a line for a step that lowers the loss enough and leaves little slope: strong Wolfe conditions.

It is PyTorch's, number by number, written as a coroutine: it yields the points that it wants to know the loss and the
gradient of, and is sent both. So that many runs can search at once, each at its own pace.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple

from slalom.catalogue.base.choice import Array

ENOUGH, FLAT = 1e-4, 0.9
"""The share of the fall that the slope promises which a step must bring; the share of the slope that it may leave."""
NARROW = 0.1
"""A new place is no closer to an end of its bracket than this share of the width, twice in a row."""

Search = Generator[Array, tuple[float, Array], "Found"]


@dataclass
class Trial:
    """A length of the step, with the loss, the gradient and the slope along the line there."""

    t: float
    loss: float
    gradient: Array
    slope: float


class Found(NamedTuple):
    """What a search found: where it ends, and how many evaluations it took."""

    place: Trial
    evaluations: int


def inner_product(a: Array, b: Array) -> float:
    """Return the product of two vectors (n,), by one way of adding up, wherever they lie in memory."""
    return float((a * b).sum())


def strong_wolfe(x: Array, direction: Array, start: Trial, t: float, tolerance: float, most: int) -> Search:
    """Search from ``x``, where the line begins with ``start``, along ``direction``; ``t`` is the first length.

    It makes at most ``most`` more evaluations after the first one, and gives up on brackets below ``tolerance``.
    """
    size = float(abs(direction).max())
    bracket, made, done = yield from _bracket(x, direction, start, t, most)
    tries, insufficient = made - 1, False
    low, high = (0, 1) if bracket[0].loss <= bracket[-1].loss else (1, 0)
    while not done and tries < most:
        one, other = bracket
        if abs(other.t - one.t) * size < tolerance:
            break
        t, insufficient = _inside(one, other, insufficient)
        here = yield from _at(x, t, direction)
        tries += 1
        if here.loss > start.loss + ENOUGH * t * start.slope or here.loss >= bracket[low].loss:
            bracket[high] = here
            low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
            continue
        if abs(here.slope) <= -FLAT * start.slope:
            done = True
        elif here.slope * (bracket[high].t - bracket[low].t) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = here
    return Found(bracket[low], tries + 1)


def _at(x: Array, t: float, direction: Array) -> Generator[Array, tuple[float, Array], Trial]:
    loss, gradient = yield x + t * direction
    return Trial(t, loss, gradient, inner_product(gradient, direction))


def _bracket(
    x: Array, direction: Array, start: Trial, t: float, most: int
) -> Generator[Array, tuple[float, Array], tuple[list[Trial], int, bool]]:
    """Return two places with one between them that will do, or one that does; evaluations; and whether it does."""
    before = start
    here = yield from _at(x, t, direction)
    for tries in range(most):
        if here.loss > start.loss + ENOUGH * here.t * start.slope or (tries > 1 and here.loss >= before.loss):
            return [before, here], tries + 1, False
        if abs(here.slope) <= -FLAT * start.slope:
            return [here], tries + 1, True
        if here.slope >= 0:
            return [before, here], tries + 1, False
        longer = here.t + 0.01 * (here.t - before.t), 10 * here.t
        t = cubic_minimum(before, here, longer)
        before = here
        here = yield from _at(x, t, direction)
    return [start, here], most + 1, True


def _inside(one: Trial, other: Trial, insufficient: bool) -> tuple[float, bool]:
    """Return a length between two, and whether it is so near an end that the next one must not be."""
    t = cubic_minimum(one, other, (min(one.t, other.t), max(one.t, other.t)))
    low, high = min(one.t, other.t), max(one.t, other.t)
    room = NARROW * (high - low)
    if not min(high - t, t - low) < room:
        return t, False
    if not (insufficient or t >= high or t <= low):
        return t, True
    return (high - room if abs(t - high) < abs(t - low) else low + room), False


def cubic_minimum(one: Trial, other: Trial, bounds: tuple[float, float]) -> float:
    """Return where the cubic through two places, with their slopes, is lowest, within bounds; their middle if nowhere.

    >>> cubic_minimum(Trial(0.0, 1.0, 0, -2.0), Trial(2.0, 1.0, 0, 2.0), (0.0, 2.0))
    1.0
    """
    low, high = bounds
    if one.t == other.t:
        return (low + high) / 2
    turn = one.slope + other.slope - 3 * (one.loss - other.loss) / (one.t - other.t)
    square = turn * turn - one.slope * other.slope
    if not square >= 0:
        return (low + high) / 2
    root = math.sqrt(square)
    left, right = (one, other) if one.t <= other.t else (other, one)
    below = right.slope - left.slope + 2 * root
    if below == 0:
        return (low + high) / 2
    return min(max(right.t - (right.t - left.t) * ((right.slope + root - turn) / below), low), high)
