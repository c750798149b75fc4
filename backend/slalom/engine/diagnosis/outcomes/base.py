"""What every kind of outcome has in common: a rule for many runs at once, and an explanation of one of them.

A diagnosis is to outcomes what an optimizer is to updates: a class without state. ``holds`` decides by arrays, for the
runs of an experiment as for the cells of a map; a run is of the first kind that holds, in the order of
:data:`slalom.engine.diagnosis.outcomes.OUTCOMES`. What explains a run is made of its summary, and its headline is the
sentence of its first observation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from slalom.catalogue.experiments.outcome import Advice, Note, NoteKind, OutcomeKind
from slalom.engine.diagnosis.run_summaries import RunSummaries
from slalom.engine.diagnosis.run_summary import RunSummary

Finding = Callable[[RunSummary], Note | None]
"""Returns one observation about a run, None where it does not fit."""


class Diagnosis:
    """One kind of outcome."""

    kind: ClassVar[OutcomeKind]
    """What the outcome is called."""
    note: ClassVar[NoteKind]
    """What its main observation is called."""
    findings: ClassVar[tuple[Finding, ...]] = ()
    """What else may be observed."""
    reasons: ClassVar[tuple[Finding, ...]] = ()
    """Of these the first that fits explains a run instead, and no finding does."""
    otherwise: ClassVar[tuple[Finding, ...]] = ()
    """Of these only the first that fits, where none of the findings does."""

    def holds(self, runs: RunSummaries) -> np.ndarray:
        """Return of which runs this may be said, (R,), bool."""
        raise NotImplementedError

    def headline(self, run: RunSummary) -> str:
        """Return why, in plain words and with the run's own numbers."""
        raise NotImplementedError

    def observation(self, run: RunSummary) -> NoteKind:
        """Return what the main observation about a run is called."""
        return self.note

    def formula(self, run: RunSummary) -> str:
        """Return how its numbers hang together; nothing where they do not."""
        return ""

    def values(self, run: RunSummary) -> dict[str, float]:
        """Return its numbers by name, the most telling ones first."""
        return {}

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        """Return what can be tried, best first."""
        return ()
