"""What arithmetic says of a quadratic before anything is run: floors, periods, and the rate that a pace needs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from slalom.catalogue.base.choice import Array
from slalom.catalogue.base.functions import Functions
from slalom.catalogue.optimizers import Optimizer

CRITICAL = 1 - 1e-9
"""From this cosine on the roots count as real: at critical damping rounding decides which they are."""
ZERO = 1e-9
"""An eigenvalue is zero where it is no larger a share of the largest, and a slope where it is none of the whole one."""
DOUBLINGS = 41
"""So many times the distance is doubled, to a billion times as far, to see whether ground falls without end."""
LATEST, BISECTIONS = 1e9, 60
"""Updates beyond which it is not looked, and halvings after which a number of them is known as well as it can be."""
ROOM = 1e-6
"""Falls relatively closer than this are equal."""
NEWTON_STEPS, SETTLES = 30, 0.05
"""Newton's method comes to a critical point where its step, after so many, is no larger a share of the first one."""


class Ringing(NamedTuple):
    """Complex roots z of a rule's recursion: a swing that comes back."""

    period: float
    """Updates of one oscillation, 2π / arg z."""
    decay: float
    """What is left of the amplitude after one, |z|^period."""


def ringing_of(rule: Optimizer, lr: float, curvature: float) -> Ringing | None:
    """Return how a rule rings at this curvature; None where the roots of z² - b z + c are real."""
    b, c = (float(part) for part in rule.recursion(lr, curvature))
    turn = b / (2 * math.sqrt(c)) if c > 0 else 1.0
    if not abs(turn) < CRITICAL:
        return None
    period = 2 * math.pi / math.acos(turn)
    return Ringing(period, c ** (period / 2))


def noise_floor_height(lr: float, sigma: float, beta: float, curvatures: np.ndarray) -> float:
    """Return the mean of loss - f* in the end, with noise of standard deviation σ on every gradient component.

    Every direction of curvature λ adds ησ²(1 + β) / (2 (1 - β) (2(1 + β) - ηλ)), without momentum ησ² / (2 (2 - ηλ)):
    half of λ times the stationary variance of p ← p - η v, v ← βv + λp + σξ. nan where a direction is not stable.
    """
    room = 2 * (1 + beta) - lr * curvatures
    if beta >= 1 or not (curvatures > 0).all() or not (room > 0).all():
        return math.nan
    return float((lr * sigma**2 * (1 + beta) / (2 * (1 - beta) * room)).sum())


def best_rate(low: float, high: float) -> float:
    """Return the rate of gradient descent that leaves least of the slowest direction, 2/(λmin + λmax), of λ > 0."""
    return 2 / (low + high)


def best_memory(lr: float, low: float) -> float:
    """Return the momentum of the heavy ball from which on the flattest direction, λ > 0, rings: (1 - √(ηλ))²."""
    return (1 - math.sqrt(lr * low)) ** 2


def calm_rate(beta: float, high: float) -> float:
    """Return the learning rate of the heavy ball up to which no direction rings, (1 - √β)²/λ at the steepest, λ > 0."""
    return (1 - math.sqrt(beta)) ** 2 / high


def settled_value(loss: float, curvatures: np.ndarray, slopes: np.ndarray) -> float:
    """Return the floor of the quadratic through a point, f - Σ ½ gᵢ²/λᵢ over its eigenvectors; nan where it has none.

    A direction without curvature does not matter if there is no slope along it.
    """
    slopes = np.where(abs(slopes) <= ZERO * np.linalg.norm(slopes), 0.0, slopes)
    flat = curvatures == 0
    if (curvatures < 0).any() or slopes[flat].any():
        return math.nan
    return loss - float((0.5 * slopes[~flat] / curvatures[~flat] * slopes[~flat]).sum())


def grown(
    rule: Optimizer, lr: float, curvatures: np.ndarray, slopes: np.ndarray, steps: np.ndarray
) -> Callable[[float], float]:
    """Return the function of t that tells how high a quadratic is after t updates along the directions that grow.

    A direction of curvature λ grows where the rule's recursion has a real root |z₁| > 1. From its distances p = g/λ now
    and p' one ``step`` before follow the shares a + b = p of both roots, and the height ½ λ (a z₁ᵗ + b z₂ᵗ)²; where the
    roots have different signs, without their product, which alternates. Arrays of shape (dim,).
    """
    with np.errstate(all="ignore"):
        b, c = (np.broadcast_to(part, curvatures.shape) for part in rule.recursion(lr, curvatures))
        large = np.copysign(np.sqrt(rule.growth(lr, curvatures)), b)
        now = slopes / curvatures
        which = (b * b > 4 * c) & (abs(large) > 1) & (curvatures > 0) & np.isfinite(now)
        large, now, felt = large[which], now[which], curvatures[which]
        small = c[which] / large
        share = (now - small * (now - steps[which])) / (1 - small / large)
    rest, product = now - share, small * large

    def height(t: float) -> float:
        with np.errstate(all="ignore"):
            both = np.where(product > 0, 2 * share * rest * abs(product) ** t, 0.0)
            squares = (share * abs(large) ** t) ** 2 + both + (rest * abs(small) ** t) ** 2
            return float((0.5 * felt * squares).sum())

    return height


def reaches(level: float, height: Callable[[float], float]) -> float:
    """Return the first t >= 0 at which a function that rises in the end is as high as ``level``; inf for none."""
    late = 1.0
    while not height(late) >= level:
        late *= 2
        if late > LATEST:
            return math.inf
    early = 0.0
    for _ in range(BISECTIONS):
        middle = (early + late) / 2
        early, late = (early, middle) if height(middle) >= level else (middle, late)
    return late


def comes_to_rest(functions: Functions, points: np.ndarray, decay: Array) -> np.ndarray:
    """Return where Newton's method comes to a critical point, of any kind: (dim, n) -> (n,), bool.

    On a flat tail, of exp(-x²) or 1/x², there is none: every step leads as far again. ``decay``: coupled, a number or
    (n,).
    """
    at, first, last = points.astype(np.float64), np.zeros(points.shape[1]), np.zeros(points.shape[1])
    with np.errstate(all="ignore"):
        for made in range(NEWTON_STEPS):
            step = _newton_step(functions, at, decay)
            at, last = at - step, np.linalg.norm(step, axis=0)
            first = first if made else last
        return (last <= SETTLES * first) | (last <= ZERO * np.linalg.norm(at, axis=0))


def _newton_step(functions: Functions, points: np.ndarray, decay: Array) -> np.ndarray:
    """Return what Newton's method subtracts from points, (dim, n): nothing along directions that do not curve."""
    slope = functions.slope(points)[1] + decay * points
    values, vectors = _curvatures(functions.hessian(points) + decay * np.eye(len(points))[..., None])
    along = np.einsum("nij,in->nj", vectors, slope)
    curved = abs(values) > ZERO * abs(values).max(axis=1, keepdims=True)
    return np.einsum("nij,nj->in", vectors, np.where(curved, along / np.where(curved, values, 1.0), 0.0))


def is_unbounded_below(functions: Functions, points: np.ndarray, decay: Array) -> np.ndarray:
    """Return where a function is unbounded below, as far as can be seen: (dim, n) -> (n,), bool.

    Weight decay, a number or (n,), is a bound.

    From there on, against the gradient or what it has along directions that do not curve up, every doubling of the
    distance has to bring a fall at least as deep as the one before: a slope of x, log or x³ does, one of 1/x or exp(-x)
    does not, nor one that ends in a valley, or in a saddle that is between here and where x³ falls again.
    """
    with np.errstate(all="ignore"):
        _, slope = functions.slope(points)
        hessian = functions.hessian(points)
        ways = (slope, _level_part(hessian, slope))
        falls = [_falls_without_end(functions, points, -way, _reach(slope, hessian, way)) for way in ways]
    return np.logical_or(*falls) & (np.asarray(decay) == 0)


def _reach(slope: np.ndarray, hessian: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Return how far away along a way the slope would be 0 if its curvature stayed, inf where it curves down: (n,)."""
    curved = np.einsum("in,ijn,jn->n", way, hessian, way)
    falls = (slope * way).sum(axis=0) * np.linalg.norm(way, axis=0)
    return np.where(curved > 0, falls / curved, np.inf)


def _level_part(hessian: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Return the part of a gradient along directions that do not curve up, else along the flattest: (dim, n)."""
    values, vectors = _curvatures(hessian)
    level = values <= np.maximum(ZERO * abs(values).max(axis=1), values[:, 0])[:, None]
    along = np.einsum("nij,in->nj", vectors, slope) * level
    return np.einsum("nij,nj->in", vectors, along)


def _curvatures(hessian: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues, (n, dim), and eigenvectors of Hessians, (dim, dim, n): 0 where one is not finite."""
    hessian = np.moveaxis(hessian, -1, 0)
    usable = np.isfinite(hessian).all(axis=(1, 2), keepdims=True)
    return np.linalg.eigh(np.where(usable, hessian, 0.0))


def _falls_without_end(functions: Functions, points: np.ndarray, way: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Return where a function falls ever deeper along ways from points, (dim, n) -> (n,), bool.

    It is looked from half of ``reach``, (n,), on, or half as far as the points are from 0 if that is less.
    """
    with np.errstate(all="ignore"):
        way = way / np.linalg.norm(way, axis=0)
        near = np.fmin(1 + np.linalg.norm(points, axis=0), reach)
        far = near * 2.0 ** np.arange(-1, DOUBLINGS)[:, None]
        heights = functions.value(points[:, None] + far * way[:, None])
        falls = heights[:-1] - heights[1:]
        deeper = falls[1:] >= (1 - ROOM) * falls[:-1]
    gone = np.logical_or.accumulate(np.isneginf(heights))
    goes_on = (falls > 0) & np.isfinite(heights[:-1]) | gone[1:]
    return goes_on.all(axis=0) & (deeper | gone[2:]).all(axis=0)
