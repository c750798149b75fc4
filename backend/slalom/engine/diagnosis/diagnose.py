"""From what a detector remembers to the outcome of every run: its kind, its evidence and what explains it.

Kinds and evidence come from arrays; what explains them is made run by run. One guard stands around the catalogue of
outcomes: where a class raises, the log is told, a sentence says so, and what was computed stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.experiments.outcome import Evidence, Note, Outcome
from slalom.engine.diagnosis.outcomes.base import Diagnosis, Finding
from slalom.engine.lockstep.groups import Group
from slalom.engine.lockstep.observations import Entry, TrainingSummary
from slalom.unexpected import attempt

from .detector import EventDetector
from .findings import average_beside, came_back
from .outcomes import OUTCOMES, classify
from .quadratic_model import on_a_tail, unbounded_below
from .run_summaries import RunSummaries
from .run_summary import RunSummary, known, step_of
from .statistics import RunStatistics
from .summarizer import Summarizer

KIND, REASON, MORE = "What came of this run", "Why it came to this", "What else there is to say of it"
"""What can't be determined where an explanation fails."""
CLIMBS = "This run maximizes: it is judged as a descent of minus the loss, which is called the loss from here on."
"""What is said first of a run that goes up, so that all that follows is true of it."""


SAID = ("exploded", "burst", "averaged")
"""Notes whose sentences stand beside the reason."""


class Explanation(NamedTuple):
    """What explains the outcome of a run."""

    because: str
    notes: tuple[Note, ...] = ()


def outcomes(
    detector: EventDetector,
    statistics: Callable[[int], RunStatistics],
    groups: Sequence[Group],
    lanes: Sequence[Lane],
    training: Callable[[], Sequence[TrainingSummary | None] | None] = lambda: None,
) -> list[Outcome]:
    """Return the outcome of every run so far.

    ``statistics`` returns those of a run, ``training`` the summaries of all runs as networks, if they are.
    """
    if detector.start is None:
        return [Outcome(kind="unfinished", because="No step has been made yet.") for _ in lanes]
    doubts: list[str] = []
    runs = _summaries(detector, groups, attempt("How the networks fared", training, doubts.append))

    def ask(diagnosis: Diagnosis, runs: RunSummaries) -> np.ndarray:
        found = attempt(KIND, partial(diagnosis.holds, runs), doubts.append)
        return np.zeros(len(lanes), bool) if found is None else found

    found = attempt(KIND, lambda: classify(runs, ask), lambda why: [OUTCOMES[-1]] * len(lanes))
    evidence = _evidence(detector, groups, lanes)
    told = attempt(
        REASON,
        lambda: _explained(found, detector, runs, evidence, statistics, groups, lanes),
        lambda why: [Explanation(why)] * len(lanes),
    )
    return [_outcome(found[run], told[run], detector, evidence[run], run, doubts) for run in range(len(lanes))]


def explain(diagnosis: Diagnosis, run: RunSummary) -> Explanation:
    """Return what explains a run: the headline of its diagnosis is the sentence of the first observation."""
    lost: list[str] = []

    def find(finding: Finding) -> Note | None:
        return attempt(MORE, partial(finding, run), lost.append)

    reason = next((note for reason in diagnosis.reasons if (note := find(reason)) is not None), None)
    findings = diagnosis.findings if reason is None else ()
    found = [note for finding in (came_back, *findings) if (note := find(finding)) is not None]
    if not found and reason is None:
        found = [note for finding in diagnosis.otherwise if (note := find(finding)) is not None][:1]
    if (average := find(average_beside)) is not None:
        found.append(average)
    main = (
        reason or attempt(MORE, partial(_main, diagnosis, run), lost.append) or Note(kind=diagnosis.note, sentence="")
    )
    headline = main.sentence or attempt(REASON, partial(diagnosis.headline, run), str)
    told = [note.sentence for note in found if note.kind in SAID]
    because = " ".join([*([CLIMBS] if run.lane.maximizes else []), headline, *told, *lost[:1]])
    return Explanation(because, (main.model_copy(update={"sentence": because}), *found))


def _main(diagnosis: Diagnosis, run: RunSummary) -> Note:
    """Return the main observation about a run, but for its sentence."""
    return Note(
        kind=diagnosis.observation(run),
        sentence="",
        formula=diagnosis.formula(run),
        values=diagnosis.values(run),
        advice=diagnosis.advice(run),
    )


def _summaries(
    detector: EventDetector, groups: Sequence[Group], training: Sequence[TrainingSummary | None] | None
) -> RunSummaries:
    start, last = detector.start, detector.last
    assert start is not None
    assert last is not None
    return RunSummaries(
        first=detector.first,
        noisy=detector.noisy,
        rounding=detector.rounding,
        start_grad=start.grad,
        start_sharpness=start.sharpness,
        start_curvature=start.curvature,
        loss=last.loss,
        grad=last.grad,
        low=last.low,
        sharpness=last.sharpness,
        curvature=last.curvature,
        losses=detector.losses,
        stretch=detector.stretch,
        shares=detector.shares,
        unbounded=partial(unbounded_below, last.points, groups),
        on_a_tail=partial(on_a_tail, last.points, groups),
        training=training,
    )


def _evidence(detector: EventDetector, groups: Sequence[Group], lanes: Sequence[Lane]) -> list[Evidence]:
    """Return the evidence of every run; predictions are of whole gradients, and with mini-batches there are none."""
    at = detector.evidence
    assert at is not None
    unknown = np.full(len(lanes), np.nan)
    growths = attempt("The growth in theory", lambda: _growths(at, groups, lanes), lambda _: unknown)
    measured = _medians(detector.ratios)
    found = []
    for run, lane in enumerate(lanes):
        limit = known(at.limit[run]) if lane.run.optimizer.has_theory else None
        found.append(
            Evidence(
                sharpness=known(at.sharpness[run]),
                limit=limit,
                lr=float(at.lr[run]),
                predicted_growth=known(growths[run]),
                measured_growth=known(measured[run]),
                safe_lr=None if limit is None else limit / 2,
            )
        )
    return found


def _growths(at: Entry, groups: Sequence[Group], lanes: Sequence[Lane]) -> np.ndarray:
    """Return the growth that theory predicts of every run at an entry, nan without theory, (R,)."""
    predicted = np.full(len(lanes), np.nan)
    for group in groups:
        predicted[group.members] = group.optimizer.growth(at.lr[group.members], at.curvature[group.members])
    batched = np.array([lane.run.batch_size is not None for lane in lanes], bool)
    return np.where(batched, np.nan, predicted)


def _explained(
    found: Sequence[Diagnosis],
    detector: EventDetector,
    runs: RunSummaries,
    evidence: Sequence[Evidence],
    statistics: Callable[[int], RunStatistics],
    groups: Sequence[Group],
    lanes: Sequence[Lane],
) -> list[Explanation]:
    """Return the explanation of every run; where one can't be made, what it says instead."""
    assert detector.last is not None
    summarizer, growths = Summarizer(detector, runs), _growths(detector.last, groups, lanes)
    decays = np.zeros(len(lanes))
    for group in groups:
        decays[group.members] = group.optimizer.coupled_decay

    def tell(run: int) -> Explanation:
        one = summarizer.summary(run, lanes[run], float(decays[run]), evidence[run], growths[run], statistics)
        return explain(found[run], one)

    return [attempt(REASON, partial(tell, run), Explanation) for run in range(len(lanes))]


def _outcome(
    diagnosis: Diagnosis,
    told: Explanation,
    detector: EventDetector,
    evidence: Evidence,
    run: int,
    doubts: Sequence[str],
) -> Outcome:
    first = detector.first
    return Outcome(
        kind=diagnosis.kind,
        step=_step(diagnosis, detector, run),
        first_rise=step_of(first.first_rise[run]),
        exploded=step_of(first.exploded[run]),
        nonfinite=step_of(first.nonfinite[run]),
        because=" ".join(dict.fromkeys([*doubts, told.because])),
        evidence=evidence,
        notes=told.notes,
    )


def _step(diagnosis: Diagnosis, detector: EventDetector, run: int) -> int | None:
    """Return when a run diverged, or since when it has been converged."""
    first = detector.first
    if diagnosis.kind == "diverged":
        broken = step_of(first.broken[run])
        return step_of(first.runaway[run]) if broken is None else broken
    return step_of(first.since[run]) if diagnosis.kind == "converged" else None


def _medians(values: np.ndarray) -> np.ndarray:
    """Return the median of every column, nan left out: (n, R) -> (R,)."""
    ordered = np.sort(values, axis=0)
    count = (~np.isnan(values)).sum(axis=0)
    lanes = np.arange(values.shape[1])
    return 0.5 * (ordered[(np.maximum(count, 1) - 1) // 2, lanes] + ordered[count // 2 % len(values), lanes])
