"""How an experiment is read: its record, its state, and what of it is part of a list."""

from __future__ import annotations

import json
import os
import socket
from collections import Counter
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import case, or_, select

from slalom.catalogue.datasets import DATASETS
from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.schedules import SCHEDULES

from .tables import experiment, keep, outcome

THINNED = "thinned"
"""The kind of artifact that says that a trace was thinned out."""
FEW = 32
"""Runs of an experiment whose outcomes are part of a list; of more there is a count."""


class ExperimentRecord(NamedTuple):
    """One experiment as it is stored; ``spec``, ``outcomes``, ``parent`` and ``source`` are JSON."""

    id: str
    kind: str
    name: str
    status: str
    wanted: str
    created: str
    """UTC, ISO 8601."""
    spec: str
    steps_done: int
    error: str | None
    outcomes: str | None
    """None as long as there are none, and in a list where they are many."""
    counts: str | None
    """How many runs came to which kind of outcome, JSON; None as long as there are none."""
    parent: str | None
    source: str | None
    """Whose numbers it has, if not its own: ``{"joined": [ids]}``, ``{"imported": file}``, or both."""
    owner: str
    """The server that is responsible for it: ``host:pid:start``."""
    worker: str | None
    """The process that claimed it."""
    heartbeat: float
    """Unix time of the last sign of life; compare it for change only, clocks differ and jump."""
    client: str
    """Whose it is: a visitor's id, or an address."""
    shared: bool
    """Whether everybody who may come in may read it."""
    deleted: float | None
    bytes: int
    """What it takes in the store."""
    thinned: bytes | None
    """How many entries are left of the longest run, of how many, JSON; None where all of them are."""


class ExperimentState(NamedTuple):
    """What changes about an experiment while it runs."""

    status: str
    wanted: str
    steps_done: int
    heartbeat: float
    error: str | None
    outcomes: str | None
    owner: str
    """The server that is responsible for it; another one where that is gone."""


def _columns(kind: type[ExperimentRecord] | type[ExperimentState], outcomes: Any = outcome.c.outcomes) -> list[Any]:
    """Return what to select, those parts that are in the table of outcomes by looking them up there."""
    mine = outcome.c.experiment == experiment.c.id
    marked = (keep.c.experiment == experiment.c.id, keep.c.kind == THINNED, keep.c.step == 0)
    elsewhere = {
        "outcomes": select(outcomes).where(mine),
        "counts": select(outcome.c.counts).where(mine),
        "thinned": select(keep.c.payload).where(*marked),
    }
    return [
        elsewhere[name].scalar_subquery().label(name) if name in elsewhere else experiment.c[name]
        for name in kind._fields
    ]


AT_WORK = experiment.c.status.in_(("running", "paused"))
"""The condition that an experiment has a worker."""
RECORD, STATE = _columns(ExperimentRecord), _columns(ExperimentState)
LISTED = _columns(ExperimentRecord, case((outcome.c.runs <= FEW, outcome.c.outcomes)))


def counted(outcomes: str) -> dict[str, Any]:
    """Return how many runs there are, and how many of them came to which kind of outcome, JSON."""
    runs = json.loads(outcomes)
    counts = Counter(kind for run in runs if isinstance(run, dict) and (kind := run.get("kind")))
    return {"runs": len(runs), "counts": json.dumps(counts)}


def mentions(word: str) -> Any:
    """Return the condition that an experiment has a word, which is a parameter of the query and never part of it.

    In its name, at the beginning of a label or of a kind, or in what the forms call a kind: "handwritten" is digits.
    """
    written = json.dumps(word, ensure_ascii=False)[1:-1]
    begins = [f'"{key}":"{written}' for key in ("kind", "label")]
    called = [
        f'"kind":"{kind}"'
        for kind, title in titles()
        if any(part.startswith(word.casefold()) for part in title.casefold().split())
    ]
    said = [experiment.c.spec.icontains(text, autoescape=True) for text in (*begins, *called)]
    return or_(experiment.c.name.icontains(word, autoescape=True), *said)


@cache
def titles() -> list[tuple[str, str]]:
    """Return every kind that can be chosen, with what the forms call it."""
    choices = (*PROBLEMS, *DATASETS, *OPTIMIZERS, *SCHEDULES)
    return [(kind.model_fields["kind"].default, kind.title) for kind in choices]


def this_worker() -> str:
    """Return what this process is called as the worker of an experiment: its host and its number there."""
    return f"{socket.gethostname()}:{os.getpid()}"
