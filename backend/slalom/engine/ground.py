"""The ground under a run: the quadratic through its last finite point, and whether it falls without end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from slalom.catalogue.problems.base import Problem
from slalom.engine.lockstep.groups import Group

from . import theory

FAR = 64.0
"""So many times as far away ground is looked at, to see whether it is a quadratic: an explosion is 32 times as far."""
SAME = 1e-6
"""Curvatures relatively closer than this are the same."""


class Ground(NamedTuple):
    """The quadratic through the last finite point of a run, weight decay included."""

    curvatures: np.ndarray
    """Eigenvalues, ascending; what is zero but for rounding is zero."""
    directions: np.ndarray
    """Eigenvectors, one a column."""
    slopes: np.ndarray
    """The gradient along each of them."""
    bottom: float
    """Its lowest value; nan where it has none."""
    everywhere: bool
    """Whether the ground has this curvature also far away, so that the quadratic is all of it."""

    @property
    def low(self) -> float:
        return float(self.curvatures[0])

    @property
    def high(self) -> float:
        return float(self.curvatures[-1])


class Place(NamedTuple):
    """Where a run is."""

    problem: Problem
    point: np.ndarray
    """Its last finite point, shape (dim,)."""
    decay: float
    """Coupled weight decay."""

    def look(self, loss: float) -> Ground | None:
        """Return the ground there; None for networks, or where it is not finite."""
        if self.problem.is_network or not np.isfinite(self.point).all():
            return None
        functions = self.problem.functions(np)
        away = FAR * (1 + np.linalg.norm(self.point))
        with np.errstate(all="ignore"):
            around = functions.hessian(self.point[:, None] + away * np.array([0, -1, 1]))
            everywhere = bool((abs(around - around[..., :1]) <= SAME * abs(around[..., :1]).max()).all())
            hessian = around[..., 0] + self.decay * np.eye(len(self.point))
            slope = functions.slope(self.point[:, None])[1][:, 0] + self.decay * self.point
        if not (np.isfinite(hessian).all() and np.isfinite(slope).all()):
            return None
        try:
            curvatures, directions = np.linalg.eigh(hessian)
        except np.linalg.LinAlgError:  # Numbers near the largest there are defeat LAPACK.
            return None
        curvatures = np.where(abs(curvatures) <= theory.ZERO * abs(curvatures).max(), 0.0, curvatures)
        slopes = directions.T @ slope
        return Ground(curvatures, directions, slopes, theory.settled_value(loss, curvatures, slopes), everywhere)


def places(points: np.ndarray, groups: Sequence[Group]) -> list[Place]:
    """Return where every run is; ``points`` has shape (dim, R)."""
    found = {}
    for group in groups:
        decays = np.broadcast_to(group.optimizer.coupled_decay, group.members.shape)
        for i, run in enumerate(group.members.tolist()):
            found[run] = Place(group.problem, points[:, run].astype(np.float64), float(decays[i]))
    return [found[run] for run in range(len(found))]


def endless(points: np.ndarray, groups: Sequence[Group], which: np.ndarray) -> np.ndarray:
    """Return which of some runs, positions (n,), are on ground that falls without end, (n,) bool."""
    asked, found = np.zeros((2, points.shape[1]), bool)
    asked[which] = True
    for group in groups:
        here = asked[group.members]
        if here.any() and not group.problem.is_network:
            members = group.members[here]
            decay = np.broadcast_to(getattr(group.optimizer, "weight_decay", 0.0), here.shape)[here]
            ground = group.problem.functions(np)
            found[members] = theory.endless(ground, points[:, members].astype(np.float64), decay)
    return found[which]
