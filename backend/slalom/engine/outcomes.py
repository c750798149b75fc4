"""From the marks of a verdict to the outcome of every run: its kind, its evidence and its sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from slalom.catalogue.experiment import Evidence, Lane, Outcome
from slalom.catalogue.formula_undefined import undefined
from slalom.catalogue.note import Note
from slalom.catalogue.optimizers import Optimizer, Sgd
from slalom.catalogue.problem import Minimum, Problem

from . import notes, sentences, sentences_networks, theory
from . import notes_motion as motion
from . import notes_networks as networks
from . import notes_slow as slow
from . import notes_stuck as stuck
from .ensemble import is_scaled
from .groups import Group
from .habits import Habits
from .notes import Ground, Scene
from .sentences import Case, Crossing, Trained
from .verdict import FLAT, FLAT_STEPS, NEVER, NOT_FALLING, PERIOD, TOLERANCE, TURNS, Spot, Verdict, curves_down

PACES = (slow.too_small, slow.short_steps, slow.slow)
"""Why a run is not there yet."""
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


SAY: dict[str, Callable[[Case], str]] = {
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
NOTES: dict[str, tuple[Callable[[Scene], Note | None], ...]] = {
    "diverged": (notes.undefined, notes.diverged),
    "converged": (motion.burst, notes.converged, slow.zigzag, motion.ringing),
    "saddle": (stuck.saddle,),
    "minimum": (stuck.minimum,),
    "level": (stuck.plateau,),
    "flat": (stuck.plateau,),
    "oscillating": (motion.noise_floor, notes.oscillating),
    "unfinished": (motion.noise_floor, motion.burst, slow.zigzag, motion.ringing, *PACES),
    "chance": (networks.chance,),
    "edge": (networks.edge,),
    "learning": (networks.learning,),
}
"""What may be noted of every kind, the main observation first."""
AS_OUTCOME = dict.fromkeys(("saddle", "minimum", "level", "flat", "chance"), "stalled") | dict.fromkeys(
    ("edge", "learning"), "unfinished"
)
"""What an outcome calls those kinds that have another name here."""


def outcomes(
    verdict: Verdict,
    habits: Habits,
    groups: Sequence[Group],
    lanes: Sequence[Lane],
    trained: Sequence[Trained] | None = None,
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
    grounds = _grounds(verdict, groups)
    scenes = [
        Scene(case, habits.tell(run), lanes[run], partial(_look, *grounds[run], case.loss))
        for run, case in enumerate(cases)
    ]
    return [_outcome(kind, scene, verdict, run) for run, (kind, scene) in enumerate(zip(found, scenes, strict=True))]


def _grounds(verdict: Verdict, groups: Sequence[Group]) -> list[tuple[Problem, np.ndarray, float]]:
    """Return for every run its problem, its last finite point and its weight decay."""
    assert verdict.last is not None
    found = {}
    for group in groups:
        decays = np.broadcast_to(group.optimizer.coupled_decay, group.members.shape)
        for place, run in enumerate(group.members.tolist()):
            found[run] = (group.problem, verdict.last.points[:, run].astype(np.float64), float(decays[place]))
    return [found[run] for run in range(len(found))]


def _look(problem: Problem, point: np.ndarray, decay: float, loss: float) -> Ground | None:
    """Return the quadratic through a point; None for networks, or where it is not finite."""
    if problem.is_network or not np.isfinite(point).all():
        return None
    functions = problem.functions(np)
    with np.errstate(all="ignore"):
        hessian = functions.hessian(point[:, None])[:, :, 0] + decay * np.eye(len(point))
        slope = functions.slope(point[:, None])[1][:, 0] + decay * point
    if not (np.isfinite(hessian).all() and np.isfinite(slope).all()):
        return None
    curvatures, directions = np.linalg.eigh(hessian)
    bottom = theory.settled_value(loss, slope, hessian) if curvatures[0] > 0 else np.nan
    return Ground(curvatures, directions, bottom)


def _outcome(kind: str, scene: Scene, verdict: Verdict, run: int) -> Outcome:
    case = scene.case
    step = None
    if kind == "diverged":
        step = min((k for k in (case.exploded, case.nonfinite) if k is not None), default=case.runaway)
    elif kind == "converged":
        step = case.converged
    noted = _notes(kind, scene)
    return Outcome(
        kind=AS_OUTCOME.get(kind, kind),  # type: ignore[arg-type]
        step=step,
        first_rise=_step(verdict.marks["first_rise"][run]),
        exploded=case.exploded,
        nonfinite=case.nonfinite,
        because=" ".join([SAY[kind](case), *(note.sentence for note in noted if note.kind == "burst")]),
        evidence=Evidence(
            sharpness=case.sharpness,
            limit=case.limit,
            lr=case.lr,
            predicted_growth=case.predicted,
            measured_growth=case.measured,
            safe_lr=None if case.limit is None else case.limit / 2,
        ),
        notes=noted,
    )


def _notes(kind: str, scene: Scene) -> tuple[Note, ...]:
    """Return what fits, one observation of a kind; of several reasons why a run is not there yet only the first."""
    found = [note for write in NOTES[kind] if write not in PACES and (note := write(scene)) is not None]
    if not found:
        found = [note for write in NOTES[kind] if write in PACES and (note := write(scene)) is not None][:1]
    return tuple(found)


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
                steep=float(start.grad[run]),
                **_undefined(verdict, group.problem, marks["nonfinite"], marks["exploded"], run),
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
    found = undefined(formula, point.tolist()) if np.isfinite(point).all() else None
    if found is None or (found.overflow and nonfinite):
        return {}
    where = ", ".join(f"{name} = {sentences.number(x, 3)}" for name, x in zip(formula.variables, point, strict=True))
    return {"undefined": found.reason, "undefined_at": at, "place": where}


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
