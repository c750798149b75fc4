"""Diverged: it blew up and did not come back, or it left for good."""

from __future__ import annotations

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice, NoteKind
from slalom.catalogue.thresholds import RUNAWAY
from slalom.engine.diagnosis.advice import learning_rate
from slalom.engine.diagnosis.explosion import cause
from slalom.engine.diagnosis.phrases import capitalized, far_above, three
from slalom.engine.diagnosis.run_summaries import RunSummaries
from slalom.engine.diagnosis.run_summary import RunSummary
from slalom.engine.diagnosis.undefined import UndefinedOperation
from slalom.engine.lockstep.observations import NEVER

from .base import Diagnosis


class Diverged(Diagnosis):
    """Not finite, or exploded and not back, or parameters far out while the loss falls without bound."""

    kind = "diverged"
    note = "diverged"

    def holds(self, runs: RunSummaries) -> np.ndarray:
        first = runs.first
        exploded = (first.exploded != NEVER) & ~runs.came_back & ~runs.hovers
        return (first.nonfinite != NEVER) | exploded | (first.runaway != NEVER)

    def headline(self, run: RunSummary) -> str:
        """Say when the run blew up, and which inequality it broke."""
        if run.undefined is not None and run.runaway is None:
            return _undefined(run, run.undefined)
        if run.nonfinite == 0:
            return "The loss is not a finite number at the start. Choose another start."
        return f"{_blow_up(run)} {cause(run).sentence}"

    def observation(self, run: RunSummary) -> NoteKind:
        return "diverged" if run.undefined is None else "undefined"

    def formula(self, run: RunSummary) -> str:
        return "" if run.undefined is not None else cause(run).formula

    def values(self, run: RunSummary) -> dict[str, float]:
        return {} if run.undefined is not None else dict(cause(run).values)

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        if run.undefined is not None:
            return (learning_rate(run.lr / 10),) if _leaves(run, run.undefined) else run.undefined.advice
        return () if run.nonfinite == 0 else cause(run).advice


def _undefined(run: RunSummary, found: UndefinedOperation) -> str:
    """Say which operation has no finite result, where, and what to do about it."""
    at = f"step {found.step:,}" if found.step else "the start"
    detail = f": {found.detail}" if found.detail else ""
    what = f"{capitalized(found.reason)} at {at} ({found.place}){detail}"
    if not found.moves:
        return f"{what}. {found.cure}."
    if found.edge:
        why = "The loss falls all the way to the edge of where it is defined: every learning rate leads there"
        return f"{what}. {why}."
    if not _leaves(run, found):
        return f"{what}. Choose another start."
    return f"{what}. The run ends there: try a smaller learning rate than {number(run.lr)}, or another start."


def _leaves(run: RunSummary, found: UndefinedOperation) -> bool:
    """Return whether a smaller learning rate may avoid the point."""
    return found.moves and not found.edge and found.step > 0 and run.lr > 0


def _blow_up(run: RunSummary) -> str:
    if run.exploded is not None and run.exploded != run.nonfinite:
        end = "" if run.nonfinite is None else f"; it is no longer finite at step {run.nonfinite:,}"
        return f"At step {run.exploded:,} the loss is {far_above(run.start)}{end}."
    if run.runaway is not None:
        far = f"At step {run.runaway:,} the parameters are more than {number(RUNAWAY)} times farther out than the start"
        return f"{far}, and the loss falls without bound: at step {run.steps:,} it is {three(run.loss)}."
    return f"At step {run.nonfinite:,} the loss or a parameter is no longer finite."
