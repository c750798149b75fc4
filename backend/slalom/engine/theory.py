"""What arithmetic says of a quadratic before anything is run: floors, periods, and the rate that a pace needs."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from slalom.catalogue.choice import Array
from slalom.catalogue.optimizers import Optimizer, Sgd
from slalom.catalogue.problem import Functions

CRITICAL = 1 - 1e-9
"""From this cosine on the roots count as real: at critical damping rounding decides which they are."""
ZERO = 1e-9
"""An eigenvalue is zero where it is no larger a share of the largest, and a slope where it is none of the whole one."""
DOUBLINGS = 21
"""So many times the distance is doubled, to a million times as far, to see whether ground falls without end."""
BISECTIONS = 60
"""Halvings after which a number of updates is known as well as it can be."""
ROOM = 1e-6
"""Falls relatively closer than this are equal."""


class Ringing(NamedTuple):
    """Complex roots z of a rule's recursion: a swing that comes back."""

    period: float
    """Updates of one oscillation, 2π / arg z."""
    decay: float
    """What is left of the amplitude after one, |z|^period."""


def ringing(rule: Optimizer, lr: float, curvature: float) -> Ringing | None:
    """Return how a rule rings at this curvature; None where the roots of z² - b z + c are real."""
    b, c = (float(part) for part in rule.recursion(lr, curvature))
    turn = b / (2 * math.sqrt(c)) if c > 0 else 1.0
    if not abs(turn) < CRITICAL:
        return None
    period = 2 * math.pi / math.acos(turn)
    return Ringing(period, c ** (period / 2))


def noise_floor(lr: float, sigma: float, beta: float, curvatures: np.ndarray) -> float:
    """Return the mean of loss - f* in the end, with noise of standard deviation σ on every gradient component.

    Every direction of curvature λ adds ησ²(1 + β) / (2 (1 - β) (2(1 + β) - ηλ)), without momentum ησ² / (2 (2 - ηλ)):
    half of λ times the stationary variance of p ← p - η v, v ← βv + λp + σξ. nan where a direction is not stable.
    """
    room = 2 * (1 + beta) - lr * curvatures
    if beta >= 1 or not (curvatures > 0).all() or not (room > 0).all():
        return math.nan
    return float((lr * sigma**2 * (1 + beta) / (2 * (1 - beta) * room)).sum())


def reach(rule: Sgd, root: float) -> float:
    """Return the ηλ at which the slow root of the rule's recursion is ``root``; nan where there is none.

    Gradient descent: 1 - z. Heavy ball: (1 - z)(1 - β/z), divided by 1 - d, its share of a new gradient: there is none
    where that is 0. Nesterov: 1 - z² / ((1 + β) z - β).
    """
    beta, share = rule.momentum, 1 - rule.dampening if rule.momentum else 1.0
    if not share or not 0 < root < 1 or (root <= math.sqrt(beta) and not rule.nesterov):
        return math.nan
    if not rule.nesterov:
        return (1 - root) * (1 - beta / root) / share
    below = (1 + beta) * root - beta
    return 1 - root**2 / below if below > 0 else math.nan


def best_rate(low: float, high: float) -> float:
    """Return the rate of gradient descent that leaves least of the slowest direction, 2/(λmin + λmax), of λ > 0."""
    return 2 / (low + high)


def best_memory(lr: float, low: float) -> float:
    """Return the momentum of the heavy ball from which on the flattest direction, λ > 0, rings: (1 - √(ηλ))²."""
    return (1 - math.sqrt(lr * low)) ** 2


def excesses(curvatures: np.ndarray, directions: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Return what the quadratic through a point has above its floor along every eigenvector, ½ gᵢ²/λᵢ, shape (dim,).

    Where λᵢ = 0 it is 0, or inf if the point is on a slope there; where λᵢ < 0 it is negative.
    """
    along = directions.T @ gradient
    along = np.where(abs(along) <= ZERO * np.linalg.norm(gradient), 0.0, along)
    with np.errstate(all="ignore"):
        return np.where(along == 0, 0.0, 0.5 * (along / curvatures) * along)


def settled_value(loss: float, excess: np.ndarray) -> float:
    """Return the floor of the quadratic through a point, f - Σ ½ gᵢ²/λᵢ; nan where it has none.

    A direction without curvature does not matter if there is no slope along it. ``excess`` is that of all directions,
    :func:`excesses`.
    """
    return loss - float(excess.sum()) if (excess >= 0).all() and np.isfinite(excess).all() else math.nan


def reaches(level: float, loss: float, excess: np.ndarray, growths: np.ndarray) -> float:
    """Return after how many updates the loss is as high as ``level``, where every excess changes by its own factor.

    inf where it never is; directions that shrink are taken to keep what they have.
    """
    grows = (growths > 1) & (excess > 0) & np.isfinite(excess)
    rising, rates = np.log(excess[grows]), np.log(growths[grows])
    above = level - (loss - float(excess[grows].sum()))
    if not grows.any() or math.isnan(above):
        return math.inf
    if above <= 0:
        return 0.0
    early, late = 0.0, max(0.0, float(((math.log(above) - rising) / rates).min()))
    for _ in range(BISECTIONS):
        middle = (early + late) / 2
        low = np.logaddexp.reduce(rising + middle * rates) < math.log(above)
        early, late = (middle, late) if low else (early, middle)
    return late


def endless(functions: Functions, points: np.ndarray, decay: Array) -> np.ndarray:
    """Return where the ground falls without end: (dim, n) -> (n,), bool; weight decay, a number or (n,), is an end.

    From there on, against the gradient, every doubling of the distance has to bring a fall at least as deep as the one
    before: a slope of x, log or x³ does, one of 1/x or exp(-x) does not, nor one that ends in a valley.
    """
    with np.errstate(all="ignore"):
        _, slope = functions.slope(points)
        way = -slope / np.linalg.norm(slope, axis=0)
        far = (1 + np.linalg.norm(points, axis=0)) * 2.0 ** np.arange(-1, DOUBLINGS)[:, None]
        heights = functions.value(points[:, None] + far * way[:, None])
        falls = heights[:-1] - heights[1:]
        deeper = falls[1:] >= (1 - ROOM) * falls[:-1]
    gone = np.logical_or.accumulate(np.isneginf(heights))
    goes_on = (falls > 0) & np.isfinite(heights[:-1]) | gone[1:]
    return goes_on.all(axis=0) & (deeper | gone[2:]).all(axis=0) & (np.asarray(decay) == 0)
