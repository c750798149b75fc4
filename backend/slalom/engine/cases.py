"""From the marks of a verdict to the case of every run: its numbers, and what is measured at its end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.comparison import Lane
from slalom.catalogue.experiments.outcome import Evidence
from slalom.catalogue.formula.domain_errors import domain_errors
from slalom.catalogue.optimizers import Optimizer, Sgd
from slalom.catalogue.problems.base import Minimum, Problem
from slalom.engine.lockstep.groups import Group
from slalom.engine.surface.ensemble import is_scaled

from .ground import Place
from .lately import median
from .sentences import Case, Crossing
from .verdict import NEVER, Spot, Verdict

LATELY = 20
"""Updates over which the present rate of fall is measured."""
PLAIN = "gradient descent"
CROSSING = [Spot._fields.index(name) for name in Crossing._fields]


class Numbers(NamedTuple):
    """What arrays tell of all runs at once, each of shape (R,) unless said."""

    fall: np.ndarray
    medians: np.ndarray
    """Shape (parts, R)."""
    middle: np.ndarray


def numbers_of(verdict: Verdict) -> Numbers:
    """Return what is said of the losses of all runs."""
    lately = verdict.lately
    return Numbers(_falls(verdict), lately.medians(), median(lately.losses, axis=0))


def evidence_of(verdict: Verdict, groups: Sequence[Group]) -> list[Evidence]:
    """Return the evidence of every run: as measured, except for what is advised and predicted."""
    spot = verdict.evidence
    assert spot is not None
    measured = medians(verdict.ratios)
    found: dict[int, Evidence] = {}
    for group in groups:
        for run in group.members.tolist():
            limit = known(spot.limit[run]) if group.optimizer.has_theory else None
            found[run] = Evidence(
                sharpness=known(spot.sharpness[run]),
                limit=limit,
                lr=float(spot.lr[run]),
                measured_growth=known(measured[run]),
                safe_lr=None if limit is None else limit / 2,
            )
    return [found[run] for run in range(len(found))]


def predicted_growths(verdict: Verdict, groups: Sequence[Group]) -> np.ndarray:
    """Return the growth that theory predicts of every run, nan without theory, (R,)."""
    spot = verdict.evidence
    assert spot is not None
    predicted = np.full(len(verdict.best), np.nan)
    for group in groups:
        predicted[group.members] = group.optimizer.growth(spot.lr[group.members], spot.curvature[group.members])
    return predicted


def case_of(run: int, verdict: Verdict, evidence: Evidence, place: Place, lane: Lane, numbers: Numbers) -> Case:
    """Return the case of a run that is at ``place``."""
    start, last, crossed, spot = verdict.start, verdict.last, verdict.crossed, verdict.evidence
    assert spot is not None
    assert start is not None
    assert last is not None
    assert crossed is not None
    marks = {kind: step_of(mark[run]) for kind, mark in verdict.marks.items()}
    rule = lane.run.optimizer
    name = name_of(rule)
    return Case(
        rule=name,
        plain=name == PLAIN,
        scaled=is_scaled(rule),
        exploded=marks["exploded"],
        nonfinite=marks["nonfinite"],
        runaway=marks["runaway"],
        crossing=marks["crossing"],
        converged=step_of(verdict.since[run]),
        lr=float(spot.lr[run]),
        sharpness=evidence.sharpness,
        curvature=known(spot.curvature[run]),
        limit=evidence.limit,
        predicted=evidence.predicted_growth,
        measured=evidence.measured_growth,
        crossed=Crossing(*(float(crossed[i][run]) for i in CROSSING)),
        steps=int(last.step[run]),
        steep=float(start.grad[run]),
        **_undefined(verdict, place.problem, marks["nonfinite"], marks["exploded"], run),
        start=float(start.loss[run]),
        step=int(spot.step[run]),
        loss=float(last.loss[run]),
        grad=float(last.grad[run]),
        low=float(last.low[run]),
        high=float(last.sharpness[run] - place.decay),
        best=known(verdict.best[run]),
        nearest=_nearest(place.problem.minima, last.points[:, run]),
        decay=place.decay,
        noise=lane.run.noise or 0.0,
        last_two=(float(verdict.losses[-2:, run][0]), float(verdict.losses[-1, run])),
        fall=known(numbers.fall[run]),
        medians=tuple(numbers.medians[:, run].tolist()),
        middle=float(numbers.middle[run]),
        apart=verdict.lately.apart,
        far=float(verdict.bound[run]),
    )


def _undefined(verdict: Verdict, problem: Problem, nonfinite: int | None, exploded: int | None, run: int) -> dict:
    """Return what could not be computed where a run ended, as fields of a case; empty where it merely overflowed."""
    formula = getattr(problem, "formula", None)
    if formula is None or nonfinite is None or exploded is not None:
        return {}
    assert verdict.broken is not None
    assert verdict.last is not None
    at, point = nonfinite, verdict.broken.points[:, run].astype(float)
    if not np.isfinite(point).all():
        at, point = int(verdict.last.step[run]), verdict.last.points[:, run].astype(float)
    found = domain_errors(formula, point.tolist()) if np.isfinite(point).all() else None
    if found is None or (found.overflow and nonfinite):
        return {}
    where = ", ".join(f"{name} = {number(x, 3)}" for name, x in zip(formula.variables, point, strict=True))
    return {"undefined": found.reason, "undefined_at": at, "place": where}


def name_of(rule: Optimizer) -> str:
    """Return what a rule is called within a sentence."""
    if isinstance(rule, Sgd):
        return "Nesterov's momentum" if rule.nesterov else "the heavy ball" if rule.momentum else PLAIN
    return rule.title


def _falls(verdict: Verdict) -> np.ndarray:
    """Return the factor per update of loss - f*, or of the loss where f* is unknown, over the last updates, (R,)."""
    floor = np.where(np.isnan(verdict.best), 0.0, verdict.best)
    updates = min(LATELY, len(verdict.losses) - 1)
    if updates < 1:
        return np.full(len(floor), np.nan)
    now, before = verdict.losses[-1] - floor, verdict.losses[-1 - updates] - floor
    usable = (now > 0) & (before > 0)
    return np.where(usable, np.where(usable, now / before, 1.0) ** (1 / updates), np.nan)


def _nearest(minima: tuple[Minimum, ...], point: np.ndarray) -> tuple[Minimum, float] | None:
    """Return the nearest of the best known minima, and how far away it is."""
    best = [minimum for minimum in minima if minimum.value <= minima[0].value]
    away = [(float(np.hypot.reduce(point - np.array(minimum.point))), i) for i, minimum in enumerate(best)]
    if not away:
        return None
    distance, i = min(away)
    return best[i], distance


def medians(values: np.ndarray) -> np.ndarray:
    """Return the median of every column, nan left out: (n, R) -> (R,)."""
    ordered = np.sort(values, axis=0)
    count = (~np.isnan(values)).sum(axis=0)
    lanes = np.arange(values.shape[1])
    return 0.5 * (ordered[(np.maximum(count, 1) - 1) // 2, lanes] + ordered[count // 2 % len(values), lanes])


def step_of(mark: Any) -> int | None:
    """Return a mark as a step, None for NEVER."""
    return None if mark == NEVER else int(mark)


def known(value: Any) -> float | None:
    """Return a number, None for nan."""
    return None if math.isnan(value) else float(value)
