"""What arithmetic says of a quadratic before anything is run: floors, periods, and the rate that a pace needs."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from slalom.catalogue.optimizers import Optimizer, Sgd

CRITICAL = 1 - 1e-9
"""From this cosine on the roots count as real: at critical damping rounding decides which they are."""


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
    if abs(turn) >= CRITICAL:
        return None
    period = 2 * math.pi / math.acos(turn)
    return Ringing(period, c ** (period / 2))


def noise_floor(lr: float, sigma: float, beta: float, curvatures: np.ndarray) -> float:
    """Return the mean of loss - f* in the end, with noise of standard deviation σ on every gradient component.

    Every direction of curvature λ adds ησ²(1 + β) / (2 (1 - β) (2(1 + β) - ηλ)), without momentum ησ² / (2 (2 - ηλ)):
    half of λ times the stationary variance of p ← p - η v, v ← βv + λp + σξ. nan where a direction is not stable.
    """
    room = 2 * (1 + beta) - lr * curvatures
    if not (curvatures > 0).all() or not (room > 0).all():
        return math.nan
    return float((lr * sigma**2 * (1 + beta) / (2 * (1 - beta) * room)).sum())


def reach(rule: Sgd, root: float) -> float:
    """Return the ηλ at which the slow root of the rule's recursion is ``root``; nan where there is none.

    Gradient descent: 1 - z. Heavy ball: (1 - z)(1 - β/z). Nesterov: 1 - z² / ((1 + β) z - β).
    """
    beta = rule.momentum
    if not 0 < root < 1 or (root <= math.sqrt(beta) and not rule.nesterov):
        return math.nan
    if not rule.nesterov:
        return (1 - root) * (1 - beta / root) / (1 - rule.dampening if beta else 1)
    below = (1 + beta) * root - beta
    return 1 - root**2 / below if below > 0 else math.nan


def best_rate(low: float, high: float) -> float:
    """Return the rate of gradient descent that leaves least of the slowest direction, 2/(λmin + λmax)."""
    return 2 / (low + high)


def best_memory(lr: float, low: float) -> float:
    """Return the momentum of the heavy ball from which on the flattest direction rings: (1 - √(ηλ))²."""
    return (1 - math.sqrt(lr * low)) ** 2


def settled_value(loss: float, gradient: np.ndarray, hessian: np.ndarray) -> float:
    """Return the minimum of the quadratic through a point: f - ½ gᵀ H⁻¹ g."""
    return loss - 0.5 * float(gradient @ np.linalg.solve(hessian, gradient))
