"""The quadratic model of a loss at a point, whether the loss is unbounded below it, and whether it is a flat tail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from slalom.catalogue.problems.base import Problem
from slalom.engine.diagnosis import theory
from slalom.engine.lockstep.groups import Group

FAR_AWAY = 64.0
"""So many times as far away curvature is looked at, to see whether a loss is a quadratic: an explosion is 32 times as
far."""
SAME_SHAPE = 1e-6
"""Curvatures, and slopes, relatively closer than this are the same."""
ALIKE_CURVATURES = 0.1
"""Curvatures relatively closer than this are about the same."""


class QuadraticModel(NamedTuple):
    """The second-order Taylor polynomial of a loss at a point, weight decay included."""

    curvatures: np.ndarray
    """Eigenvalues, ascending; what is zero but for rounding is zero."""
    directions: np.ndarray
    """Eigenvectors, one a column."""
    slopes: np.ndarray
    """The gradient along each of them."""
    bottom: float
    """Its lowest value; nan where it has none."""
    everywhere: bool
    """Whether the loss has this curvature also far away, so that the quadratic is all of it."""
    steady: bool
    """Whether the loss has about this curvature also at the floor of the model, so that it tells of the steps there."""
    point: np.ndarray
    """Where it is taken, (dim,)."""

    @property
    def low(self) -> float:
        return float(self.curvatures[0])

    @property
    def high(self) -> float:
        return float(self.curvatures[-1])


def local_quadratic(problem: Problem, point: np.ndarray, decay: float, loss: float) -> QuadraticModel | None:
    """Return the model at a point, (dim,), where the loss is ``loss``; ``decay`` is coupled weight decay.

    None for networks, and where it is not finite.
    """
    if problem.is_network or not np.isfinite(point).all():
        return None
    functions = problem.functions(np)
    away = FAR_AWAY * (1 + np.linalg.norm(point))
    with np.errstate(all="ignore"):
        places = point[:, None] + away * np.array([0, -1, 1])
        around, (_, slopes_around) = functions.hessian(places), functions.slope(places)
        everywhere = _is_quadratic(places, around, slopes_around)
        hessian = around[..., 0] + decay * np.eye(len(point))
        slope = slopes_around[:, 0] + decay * point
    if not (np.isfinite(hessian).all() and np.isfinite(slope).all()):
        return None
    try:
        curvatures, directions = np.linalg.eigh(hessian)
    except np.linalg.LinAlgError:  # Numbers near the largest there are defeat LAPACK.
        return None
    curvatures = np.where(abs(curvatures) <= theory.ZERO * abs(curvatures).max(), 0.0, curvatures)
    slopes = directions.T @ slope
    bottom = theory.settled_value(loss, curvatures, slopes)
    with np.errstate(all="ignore"):
        floor = point - directions @ np.where(curvatures > 0, slopes / curvatures, 0.0)
        there = functions.hessian(floor[:, None])[..., 0] + decay * np.eye(len(point))
        steady = everywhere or bool((abs(there - hessian) <= ALIKE_CURVATURES * abs(hessian).max()).all())
    return QuadraticModel(curvatures, directions, slopes, bottom, everywhere, steady, point)


def _is_quadratic(places: np.ndarray, hessians: np.ndarray, slopes: np.ndarray) -> bool:
    """Return whether curvature at three places, (dim, 3), is the same, and leads from slope to slope."""
    first = hessians[..., 0]
    leads = slopes[:, :1] + first @ (places - places[:, :1])
    scale = abs(leads).max() + abs(slopes).max()
    alike = (abs(hessians - first[..., None]) <= SAME_SHAPE * abs(first).max()).all()
    return bool(alike and (abs(slopes - leads) <= SAME_SHAPE * scale).all())


def unbounded_below(points: np.ndarray, groups: Sequence[Group], which: np.ndarray) -> np.ndarray:
    """Return under which of some runs, positions (n,), the loss is unbounded below, (n,) bool; points (dim, R)."""
    asked, found = np.zeros((2, points.shape[1]), bool)
    asked[which] = True
    for group in groups:
        here = asked[group.members]
        members = group.members[here]
        decay = np.broadcast_to(group.optimizer.pull, here.shape)[here]
        if group.problem.is_network:  # Outputs that are far enough off cost as much as one likes.
            found[members] = group.optimizer.maximize and decay == 0
        elif here.any():
            functions = group.descended.functions(np)
            found[members] = theory.is_unbounded_below(functions, points[:, members].astype(np.float64), decay)
    return found[which]


def on_a_tail(points: np.ndarray, groups: Sequence[Group], which: np.ndarray) -> np.ndarray:
    """Return which of some runs, positions (n,), are where no critical point is near, (n,) bool; points (dim, R)."""
    asked, found = np.zeros((2, points.shape[1]), bool)
    asked[which] = True
    for group in groups:
        here = asked[group.members]
        if here.any() and not group.problem.is_network:
            decay = np.broadcast_to(group.optimizer.coupled_decay, here.shape)[here]
            members, functions = group.members[here], group.descended.functions(np)
            found[members] = ~theory.comes_to_rest(functions, points[:, members], decay)
    return found[which]
