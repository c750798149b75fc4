"""From the marks of a verdict to the outcome of every run: its kind, its evidence and its sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from slalom.catalogue.experiment import Evidence, Lane, Outcome
from slalom.catalogue.optimizers import Optimizer, Sgd
from slalom.catalogue.problem import Minimum

from . import sentences, sentences_networks
from .ensemble import is_scaled
from .groups import Group
from .sentences import Case, Crossing, Trained
from .verdict import FLAT, FLAT_STEPS, NEVER, NOT_FALLING, PERIOD, TOLERANCE, TURNS, Spot, Verdict, curves_down

LATELY = 20
"""Updates over which the present rate of fall is measured."""


def kinds(verdict: Verdict) -> list[str]:
    """Return what each run is: a kind of outcome, with "stalled" split into "saddle", "minimum", "level" and "flat".

    The first that fits counts, in this order: diverged, converged, a vanished gradient, oscillating, a loss that stands
    still, unfinished.
    """
    if verdict.start is None or verdict.last is None:
        return ["unfinished"] * len(verdict.best)
    small = verdict.last.grad <= TOLERANCE * np.fmax(1.0, verdict.start.grad)
    level = np.fmax(abs(verdict.last.low), abs(verdict.last.sharpness)) <= TOLERANCE * np.fmax(
        1.0, abs(verdict.start.sharpness)
    )
    known = np.isfinite(verdict.best)
    blown = (verdict.marks["exploded"] != NEVER) | (verdict.marks["nonfinite"] != NEVER)
    return np.select(
        [
            blown | (verdict.marks["runaway"] != NEVER),
            verdict.since != NEVER,
            small & known & level,
            small & curves_down(verdict.last.low, verdict.last.sharpness),
            small & known,
            _oscillating(verdict),
            _flat(verdict),
        ],
        ["diverged", "converged", "level", "saddle", "minimum", "oscillating", "flat"],
        "unfinished",
    ).tolist()


def _oscillating(verdict: Verdict) -> np.ndarray:
    """Return which runs turn back at nearly every step and gain nothing by it."""
    if len(verdict.losses) < 2 * PERIOD or len(verdict.turns) < PERIOD:
        return np.zeros(len(verdict.best), bool)
    now, before = verdict.losses[-PERIOD:].mean(axis=0), verdict.losses[-2 * PERIOD : -PERIOD].mean(axis=0)
    return ((verdict.turns < 0).sum(axis=0) >= TURNS) & (now >= before - NOT_FALLING * abs(before))


def _flat(verdict: Verdict) -> np.ndarray:
    """Return which losses have stood still for FLAT_STEPS updates."""
    losses = verdict.losses
    if len(losses) <= FLAT_STEPS:
        return np.zeros(len(verdict.best), bool)
    return losses.max(axis=0) - losses.min(axis=0) <= FLAT * abs(losses[-1])


SAY = {
    "diverged": sentences.diverged,
    "converged": sentences.converged,
    "saddle": sentences.saddle,
    "minimum": sentences.minimum,
    "level": sentences.level,
    "oscillating": sentences.oscillating,
    "flat": sentences.flat,
    "unfinished": sentences.unfinished,
    "chance": sentences_networks.chance,
    "edge": sentences_networks.edge,
    "learning": sentences_networks.learning,
}
"""The sentence for every kind."""
AS_OUTCOME = dict.fromkeys(("saddle", "minimum", "level", "flat", "chance"), "stalled") | dict.fromkeys(
    ("edge", "learning"), "unfinished"
)
"""What an outcome calls those kinds that have another name here."""


def outcomes(
    verdict: Verdict, groups: Sequence[Group], lanes: Sequence[Lane], trained: Sequence[Trained] | None = None
) -> list[Outcome]:
    """Return the outcome of every run so far; ``trained`` is what is known of them as networks, if they are."""
    if verdict.start is None:
        return [Outcome(kind="unfinished", because="No step has been made yet.") for _ in lanes]
    cases, found = _cases(verdict, groups, lanes), kinds(verdict)
    if trained is not None:
        sizes = [lane.run.batch_size for lane in lanes]
        cases = [
            case._replace(trained=one, batch=size, predicted=None if size else case.predicted)
            for case, one, size in zip(cases, trained, sizes, strict=True)
        ]
        found = [sentences_networks.kind(*pair) for pair in zip(found, cases, strict=True)]
    return [_outcome(kind, case, verdict, run) for run, (kind, case) in enumerate(zip(found, cases, strict=True))]


def _outcome(kind: str, case: Case, verdict: Verdict, run: int) -> Outcome:
    step = None
    if kind == "diverged":
        step = min((k for k in (case.exploded, case.nonfinite) if k is not None), default=case.runaway)
    elif kind == "converged":
        step = case.converged
    return Outcome(
        kind=AS_OUTCOME.get(kind, kind),  # type: ignore[arg-type]
        step=step,
        first_rise=_step(verdict.marks["first_rise"][run]),
        exploded=case.exploded,
        nonfinite=case.nonfinite,
        because=SAY[kind](case),
        evidence=Evidence(
            sharpness=case.sharpness,
            limit=case.limit,
            lr=case.lr,
            predicted_growth=case.predicted,
            measured_growth=case.measured,
            safe_lr=None if case.limit is None else case.limit / 2,
        ),
    )


def _cases(verdict: Verdict, groups: Sequence[Group], lanes: Sequence[Lane]) -> list[Case]:
    evidence, start, last, crossed = verdict.evidence, verdict.start, verdict.last, verdict.crossed
    assert evidence is not None
    assert start is not None
    assert last is not None
    assert crossed is not None
    predicted, measured, falls = np.empty(len(lanes)), medians(verdict.ratios), _falls(verdict)
    cases: list[Case | None] = [None] * len(lanes)
    for group in groups:
        rule, members = group.optimizer, group.members
        predicted[members] = rule.growth(evidence.lr[members], evidence.curvature[members])
        decays = np.broadcast_to(rule.coupled_decay, members.shape)
        name = name_of(lanes[members[0]].run.optimizer)
        minima = group.problem.minima
        for place, run in enumerate(members.tolist()):
            marks = {kind: _step(mark[run]) for kind, mark in verdict.marks.items()}
            cases[run] = Case(
                rule=name,
                plain=name == PLAIN,
                scaled=is_scaled(rule),
                exploded=marks["exploded"],
                nonfinite=marks["nonfinite"],
                runaway=marks["runaway"],
                crossing=marks["crossing"],
                converged=_step(verdict.since[run]),
                lr=float(evidence.lr[run]),
                sharpness=_known(evidence.sharpness[run]),
                curvature=_known(evidence.curvature[run]),
                limit=_known(evidence.limit[run]) if rule.has_theory else None,
                predicted=_known(predicted[run]),
                measured=_known(measured[run]),
                crossed=Crossing(*(float(crossed[i][run]) for i in CROSSING)),
                steps=int(last.step[run]),
                start=float(start.loss[run]),
                step=int(evidence.step[run]),
                loss=float(last.loss[run]),
                grad=float(last.grad[run]),
                low=float(last.low[run]),
                high=float(last.sharpness[run] - decays[place]),
                best=_known(verdict.best[run]),
                nearest=_nearest(minima, last.points[:, run]),
                decay=float(decays[place]),
                noise=lanes[run].run.noise or 0.0,
                last_two=(float(verdict.losses[-2:, run][0]), float(verdict.losses[-1, run])),
                fall=_known(falls[run]),
            )
    return [case for case in cases if case is not None]


CROSSING = [Spot._fields.index(name) for name in Crossing._fields]
PLAIN = "gradient descent"


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


def _step(mark: Any) -> int | None:
    return None if mark == NEVER else int(mark)


def _known(value: Any) -> float | None:
    return None if math.isnan(value) else float(value)
