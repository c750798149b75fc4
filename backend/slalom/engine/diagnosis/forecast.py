"""Forecasts of runs on a quadratic: along every eigenvector a rule is a recursion of two terms, so nothing is guessed.

A rate that has been seen for twenty updates says little: steep directions fade away, momentum swings. On a quadratic
the distance x from the floor, along the eigenvector of curvature λ, follows x[k+1] = b x[k] - c x[k-1], and how much of
the loss is left after t updates at any learning rate is a power of a matrix of two rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from slalom.catalogue.optimizers import Optimizer

from .quadratic_model import QuadraticModel

LATEST = 10**6
"""Updates beyond which it is not looked."""
LOOKED_AFTER = np.unique(np.geomspace(1, LATEST, 900).round().astype(int))
"""Numbers of updates after which it is looked whether a run has arrived: all of the first ones, later one in 65."""
CANDIDATES, ZOOMS = 33, 4
"""So many learning rates are tried, and so many times those between the last that fails and the first that does not."""
LOWEST = 1e-9
"""The smallest of them is so large a share of the stability limit."""
FOLLOWED, SWINGS = 512, 32
"""So many updates after it has arrived it is looked whether a run swings out again, and so many times."""
LOOKS_AFTERWARDS = 31
"""A run that swings has arrived if it is there in as many updates again, at so many evenly spaced of them at most."""

Powers = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""A power of the matrix of a recursion, row by row, for every recursion."""


def iterated(b: np.ndarray, c: np.ndarray, now: np.ndarray, before: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return x after so many updates of x[k+1] = b x[k] - c x[k-1], by the binary powers of its matrix.

    ``now`` and ``before`` are the two latest x; all arrays are broadcast against each other.

    >>> iterated(np.array(1.0), np.array(-1.0), np.array(1.0), np.array(0.0), np.array([1, 2, 3, 4, 30]))
    array([1.000000e+00, 2.000000e+00, 3.000000e+00, 5.000000e+00,
           1.346269e+06])
    """
    with np.errstate(all="ignore"):
        if not c.any():
            return now * b**times
        shape = np.broadcast_shapes(b.shape, now.shape, times.shape)
        one, two = np.broadcast_to(now, shape), np.broadcast_to(before, shape)
        power, left = _matrix(b, c), times
        while left.any():
            p, q, r, s = power
            odd = (left & 1).astype(bool)
            one, two = np.where(odd, p * one + q * two, one), np.where(odd, r * one + s * two, two)
            power, left = _product(power, power), left >> 1
    return one


def evenly(b: np.ndarray, c: np.ndarray, now: np.ndarray, before: np.ndarray, times: range) -> np.ndarray:
    """Return x after evenly spaced numbers of updates, (..., times): two powers of the matrix serve all of them.

    >>> evenly(np.array(1.0), np.array(-1.0), np.array(1.0), np.array(0.0), range(2, 11, 4))
    array([ 2., 13., 89.])
    """
    found = []
    with np.errstate(all="ignore"):
        ahead, power = _raised(b, c, times.start), _raised(b, c, times.step)
        for _ in times:
            p, q, r, s = ahead
            now, before = p * now + q * before, r * now + s * before
            found.append(now)
            ahead = power
    return np.stack(found, axis=-1)


def _matrix(b: np.ndarray, c: np.ndarray) -> Powers:
    """Return the matrix that leads from (x[k], x[k-1]) to (x[k+1], x[k])."""
    return b, -c, np.ones_like(b), np.zeros_like(b)


def _product(one: Powers, two: Powers) -> Powers:
    (p, q, r, s), (t, u, v, w) = one, two
    return p * t + q * v, p * u + q * w, r * t + s * v, r * u + s * w


def _raised(b: np.ndarray, c: np.ndarray, times: int) -> Powers:
    """Return a power of the matrix, by its binary powers."""
    result, power = None, _matrix(b, c)
    while times:
        if times & 1:
            result = power if result is None else _product(power, result)
        power, times = _product(power, power), times >> 1
    return result or (np.ones_like(b), np.zeros_like(b), np.zeros_like(b), np.ones_like(b))


@dataclass(frozen=True)
class Forecast:
    """Where a rule goes on a quadratic with a floor; arrays of shape (dim,) have an entry for every eigenvector."""

    rule: Optimizer
    lr: float
    curvatures: np.ndarray
    """λ, weight decay included."""
    bare: np.ndarray
    """λ without weight decay."""
    pull: np.ndarray
    """The gradient of the loss at the floor, which weight decay holds in balance."""
    now: np.ndarray
    """Distances from the floor."""
    before: np.ndarray
    """One update earlier."""
    start: np.ndarray | None
    """At entry 0; None where it began on other ground."""
    above: float | None
    """How far the floor is above f*; None where f* is unknown."""
    goal: float
    """A run has converged where loss - f*, or where that is unknown |g|, is no larger."""
    steps: int
    """Updates made."""

    @classmethod
    def on(
        cls,
        model: QuadraticModel,
        rule: Optimizer,
        lr: float,
        decay: float,
        step: np.ndarray,
        origin: np.ndarray | None,
        above: float | None,
        goal: float,
        steps: int,
    ) -> Forecast:
        """Return the forecast from the point of a model, to which ``step`` has led, for a run from ``origin``.

        ``origin`` is None where the way from there is not on this quadratic; ``above`` is loss - f*.
        """
        curved = model.curvatures > 0
        way, felt = model.directions[:, curved].T, model.curvatures[curved]
        now = model.slopes[curved] / felt
        bare, pull = felt - decay, -decay * (way @ model.point - now)
        return cls(
            rule=rule,
            lr=lr,
            curvatures=felt,
            bare=bare,
            pull=pull,
            now=now,
            before=now - way @ step,
            start=None if origin is None else now + way @ (origin - model.point),
            above=None if above is None else above - float(((pull + 0.5 * bare * now) * now).sum()),
            goal=goal,
            steps=steps,
        )

    @cached_property
    def more(self) -> float:
        """How many updates more it takes to converge for good; inf where that is more than LATEST, or never."""
        there = self._there(self._going_on(LOOKED_AFTER))
        if not there[-1]:
            return math.inf
        last = len(there) - int(np.argmin(there[::-1])) - 1
        early, late = (0, 1) if there.all() else (int(LOOKED_AFTER[last]), int(LOOKED_AFTER[last + 1]))
        while late - early > 1:
            middle = (early + late) // 2
            there = self._there(self._going_on(np.array([middle])))[0]
            early, late = (early, middle) if there else (middle, late)
        return float(self._for_good(late))

    def _for_good(self, late: int) -> int:
        """Return after how many updates it has arrived and swings out no more, if it has arrived after ``late``."""
        for _ in range(SWINGS):
            following = late + np.arange(FOLLOWED)
            out = ~self._there(self._going_on(following))
            if not out.any():
                break
            late = int(following[out][-1]) + 1
        return late

    @cached_property
    def is_possible(self) -> bool:
        """Whether the floor is where it would count as converged, and every direction shrinks."""
        with np.errstate(all="ignore"):
            shrinks = self.rule.growth(self.lr, self.curvatures) < 1
        return bool(self._there(0 * self.now) & shrinks.all())

    def rate_within(self, updates: float, most: float) -> float:
        """Return the smallest learning rate up to ``most`` that converges within so many updates; nan for none."""
        low, high = self.lr, most
        for _ in range(ZOOMS):
            rates = np.geomspace(low, high, CANDIDATES)
            there = self._there(self._begun_again(rates, updates)).all(axis=-1)
            if not there.any():
                return math.nan
            first = int(np.argmax(there))
            if first == 0:
                return float(rates[0])
            low, high = float(rates[first - 1]), float(rates[first])
        return high

    def best_rate(self, limit: float) -> float:
        """Return the learning rate below a stability limit at which the slowest direction is fastest in the end."""
        low, high, best = limit * LOWEST, limit, limit
        for _ in range(ZOOMS):
            rates = np.geomspace(low, high, CANDIDATES)
            slowest = self.rule.growth(rates, self.curvatures[:, None]).max(axis=0)
            found = int(np.argmin(slowest))
            low, high = float(rates[max(0, found - 1)]), float(rates[min(CANDIDATES - 1, found + 1)])
            best = float(rates[found])
        return best

    def is_faster(self, rule: Optimizer, lr: float) -> bool:
        """Return whether another rule, or rate, begun again, is closer after as many updates and from then on."""
        if self.start is None:
            return False
        one = self._left(self._begun_again(np.array([lr]), self.steps, rule))
        return bool(one.max() < self._left(self.now))

    def in_all(self, rule: Optimizer, lr: float) -> float:
        """Return how many updates another rule, or rate, takes to converge from the start; inf if unknown."""
        if self.start is None:
            return math.inf
        first = rule.first_factor(np.array(lr), self.curvatures) * self.start
        return 1 + replace(self, rule=rule, lr=lr, now=first, before=self.start).more

    def _recursion(self, rates: np.ndarray, rule: Optimizer | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return (b, c) at every rate, shape (dim, rates)."""
        b, c = (rule or self.rule).recursion(rates, self.curvatures[:, None])
        shape = (len(self.curvatures), len(rates))
        return np.broadcast_to(b, shape).astype(float), np.broadcast_to(c, shape).astype(float)

    def _going_on(self, times: np.ndarray) -> np.ndarray:
        """Return the distances after so many updates more, (dim, times)."""
        b, c = self._recursion(np.array([self.lr]))
        return iterated(b, c, self.now[:, None], self.before[:, None], times)

    def _begun_again(self, rates: np.ndarray, updates: float, rule: Optimizer | None = None) -> np.ndarray:
        """Return the distances after so many updates from the start and later on: (dim, rates, times)."""
        assert self.start is not None
        made = max(int(updates), 1)
        spacing = -(-made // LOOKS_AFTERWARDS)
        b, c = self._recursion(rates, rule)
        first = (rule or self.rule).first_factor(rates, self.curvatures[:, None]) * self.start[:, None]
        begun = np.broadcast_to(self.start[:, None], first.shape)
        return evenly(b, c, first, begun, range(made - 1, 2 * made - 1 + spacing, spacing))

    def _left(self, distances: np.ndarray) -> np.ndarray:
        """Return loss - f*, or where that is unknown |g|, at distances (dim, ...)."""
        with np.errstate(all="ignore"):
            bare, pull = (part.reshape(-1, *[1] * (distances.ndim - 1)) for part in (self.bare, self.pull))
            if self.above is None:
                return np.sqrt(((pull + bare * distances) ** 2).sum(axis=0))
            return self.above + ((pull + 0.5 * bare * distances) * distances).sum(axis=0)

    def _there(self, distances: np.ndarray) -> np.ndarray:
        return self._left(distances) <= self.goal
