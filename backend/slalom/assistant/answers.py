"""What the tools answer: runs in a few numbers, and why they went as they did in sentences."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from slalom.catalogue.base.choice import as_json
from slalom.catalogue.experiments.outcome import Outcome
from slalom.engine.lockstep.interfaces import Event
from slalom.results.findings import RangeResult
from slalom.results.runs import RunResult

Told = float | Literal["inf", "-inf", "nan"]
"""A number as JSON carries it."""
TOLD_POINTS = 16
"""Entries of a run that an answer has, unless more are asked for."""


class _Answer(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class LossPoint(_Answer):
    """The loss after some updates."""

    step: int
    loss: Told


class RunStory(_Answer):
    """What came of one run, and why."""

    label: str
    outcome: str
    """converged, diverged, oscillating, stalled, growing or unfinished."""
    step: int | None
    """The update at which it blew up, or from which it had converged."""
    because: str
    """The reason, in a sentence with this run's own numbers."""
    advice: list[str]
    """What to change, best first: a field and its value."""
    losses: list[LossPoint]
    """Its ends, and entries between them."""
    lowest_loss: Told
    last_point: list[Told]
    """The parameters at the end, of a surface."""


class Simulated(_Answer):
    """All runs of a simulation."""

    title: str
    runs: list[RunStory]


class RunEventStory(_Answer):
    """Something that happened on the way."""

    step: int
    kind: str
    sentence: str


class NoteStory(_Answer):
    """One observation about a run."""

    sentence: str
    formula: str
    """How the numbers hang together, with those of this run."""
    advice: list[str]
    """What to change, best first: a field and its value."""


class RunExplanation(_Answer):
    """Why a run went as it did, in full."""

    label: str
    outcome: str
    because: str
    evidence: dict[str, Told]
    """Sharpness, the rule's limit, the learning rate, growth: what is known of them."""
    notes: list[NoteStory]
    """What else was seen, the main observation first."""
    events: list[RunEventStory]
    """What happened, in order."""


class RuleRate(_Answer):
    """The learning rate that one published rule reads off a range test."""

    rule: str
    lr: float | None
    trains: bool | None
    """Whether a run that held this rate became better; null where none was made."""


class FoundRate(_Answer):
    """The learning rate that a range test recommends."""

    lr: float | None
    """Null where no rate trains."""
    because: str
    rules: list[RuleRate]


class ChoiceEntry(_Answer):
    """Something that can be chosen."""

    kind: str
    title: str
    about: str


class Description(ChoiceEntry):
    """Something that can be chosen, with its settings."""

    defaults: dict[str, Any]
    settings: dict[str, str]
    """What each of them means."""


def run_story(run: RunResult, points: int) -> RunStory:
    """Return a run in a few numbers."""
    outcome = run.outcome
    assert outcome is not None  # Runs that were computed to their end are judged.
    return RunStory(
        label=run.label,
        outcome=outcome.kind,
        step=outcome.step,
        because=outcome.because,
        advice=[line for note in notes_of(outcome) for line in note.advice],
        losses=[LossPoint(step=step, loss=_told(run.loss[step])) for step in _spread(len(run.loss), points)],
        lowest_loss=_told(np.fmin.reduce(run.loss)),
        last_point=[_told(one) for one in run.params[-1]] if run.params.size else [],
    )


def explanation(run: RunResult, events: list[Event]) -> RunExplanation:
    """Return all that is known of why a run went as it did."""
    outcome = run.outcome
    assert outcome is not None
    told = [RunEventStory(step=event.step, kind=event.kind, sentence=event.sentence) for event in events]
    return RunExplanation(
        label=run.label,
        outcome=outcome.kind,
        because=outcome.because,
        evidence={name: _told(value) for name, value in outcome.evidence if value is not None},
        notes=notes_of(outcome),
        events=told,
    )


def notes_of(outcome: Outcome) -> list[NoteStory]:
    """Return what was seen of a run besides its outcome."""
    return [
        NoteStory(
            sentence=note.sentence,
            formula=note.formula,
            advice=[f"{change.field} = {change.value}" for change in note.advice],
        )
        for note in outcome.notes
    ]


def found_rate(found: RangeResult) -> FoundRate:
    """Return what a range test recommends."""
    rules = [
        RuleRate(rule=rule["title"], lr=rule["lr"], trains=(rule["verification"] or {}).get("trains"))
        for rule in found["rules"]
    ]
    return FoundRate(lr=found.lr, because=found.because, rules=rules)


def _told(value: Any) -> Told:
    """Return a number as JSON carries it."""
    told: Any = as_json(float(value))
    return told


def _spread(entries: int, points: int) -> list[int]:
    """Return at most ``points`` of the entries, both ends among them.

    >>> _spread(101, 5), _spread(3, 5)
    ([0, 25, 50, 75, 100], [0, 1, 2])
    """
    return sorted({int(step) for step in np.linspace(0, entries - 1, min(points, entries)).round()})
