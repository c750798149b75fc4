"""Forecasts of runs whose learning rate follows a schedule, on a quadratic and under a rule without memory.

There a step leaves of every distance from the floor the factor b(ηₜ): what is left after many is a product over the
rates to come. Most schedules stretch with the run that they are part of; of these it is told how long a run it takes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from slalom.catalogue.experiments.outcome import Advice
from slalom.catalogue.optimizers import Newton
from slalom.catalogue.schedules import Plateau

from .advice import more_steps
from .phrases import steps
from .run_summary import RunSummary

LONGEST = 100_000
"""Updates beyond which it is not looked."""
LONGER = 50
"""A run that is so many times as long is not looked at."""
WELL_KNOWN = 1.02
"""The length of a run is known well enough within this factor."""


class AlongSchedule(NamedTuple):
    """What a schedule leads to."""

    sentence: str
    values: Mapping[str, float] = MappingProxyType({})
    advice: tuple[Advice, ...] = ()


def along_schedule(run: RunSummary) -> AlongSchedule | None:
    """Return when a run that follows its schedule gets there; None where that is not known."""
    if not _is_known(run):
        return None
    if _stretches(run):
        whole = _whole(run)
        if math.isinf(whole):
            return None
        said = f"With its schedule stretched over about {steps(whole)} it would converge."
        return AlongSchedule(said, {"steps_in_all": whole}, more_steps(run, whole - run.steps, "converges"))
    there = _there(run, run.point, run.steps, run.steps + LONGEST, run.steps)
    if there[-1]:
        more = len(there) - int(np.argmin(there[::-1]))
        said = f"It needs about {steps(more, 'more ')} to converge."
        return AlongSchedule(said, {"more_steps": float(more)}, more_steps(run, more, "converges"))
    rates = run.lane.run.schedule.rates(run.lane.run.optimizer.lr, run.steps + LONGEST - 1, run.steps + LONGEST, 1)
    if rates[-1] > np.finfo(float).eps * run.highest_lr:
        return None
    return AlongSchedule("Its learning rate falls too fast: all the steps to come do not get there.")


def _is_known(run: RunSummary) -> bool:
    """Return whether every update to come is a factor of every distance that is known now."""
    model, asked = run.quadratic, run.lane.run
    plain = run.plain or isinstance(run.optimizer, Newton)
    calm = not (run.noise or run.decay or asked.clip_norm or asked.clip_value or isinstance(asked.schedule, Plateau))
    if model is None or not plain or not calm or run.steady or run.steady_from_now or not run.steps:
        return False
    return model.everywhere and math.isfinite(model.bottom) and model.low >= 0


def _stretches(run: RunSummary) -> bool:
    """Return whether the rates of a longer run differ from the first ones of this."""
    rates, lr = run.lane.run.schedule.rates, run.lane.run.optimizer.lr
    return not np.array_equal(rates(lr, 0, run.steps, run.steps), rates(lr, 0, run.steps, 2 * run.steps + 1))


def _there(run: RunSummary, point: np.ndarray, first: int, last: int, total: int) -> np.ndarray:
    """Return whether a run has converged after each of the updates first .. last - 1, begun at a point, (n,), bool."""
    model = run.quadratic
    assert model is not None
    curved = model.curvatures > 0
    felt = model.curvatures[curved]
    here = model.slopes[curved] / felt + model.directions[:, curved].T @ (point - run.point)
    rates = run.lane.run.schedule.rates(run.lane.run.optimizer.lr, first, last, total)
    with np.errstate(all="ignore"):
        factors = abs(run.optimizer.recursion(rates, felt[:, None])[0])
        left = abs(here[:, None]) * np.exp(np.cumsum(np.log(factors), axis=-1))
        if run.best is None:
            return np.sqrt(((felt[:, None] * left) ** 2).sum(axis=0)) <= run.goal
        return model.bottom - run.best + (0.5 * felt[:, None] * left**2).sum(axis=0) <= run.goal


def _whole(run: RunSummary) -> float:
    """Return how many updates a run has that begins alike and just converges with its schedule; inf for none."""

    def converges(updates: int) -> bool:
        return bool(_there(run, run.origin, 0, updates, updates)[-1])

    short, most = run.steps, min(LONGEST, LONGER * run.steps)
    long = 2 * short
    while not converges(long):
        short, long = long, 2 * long
        if long > most:
            return math.inf
    while long > WELL_KNOWN * short and long - short > 1:
        middle = (short + long) // 2
        short, long = (short, middle) if converges(middle) else (middle, long)
    return float(long)
