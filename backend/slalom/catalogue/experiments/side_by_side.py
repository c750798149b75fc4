"""Stored runs side by side: the experiment that holds the runs of several, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from slalom.catalogue.base.number_format import shown
from slalom.errors import SpecError

from .base import ExperimentSpec
from .comparison import Comparison
from .recorded import RecordedLoop
from .run import Run

ALIKE = ("steps", "seed", "dtype", "device")
"""What the runs of one experiment have in common, besides the problem."""


class SideBySide(NamedTuple):
    """Several experiments as one."""

    spec: Comparison | RecordedLoop
    places: list[list[int | None]]
    """For each of them and each of its runs: the place among the runs of ``spec``, None where an equal run has it."""


def side_by_side(specs: Sequence[ExperimentSpec]) -> SideBySide:
    """Return comparisons of runs on one problem, or recorded loops of one model, as one experiment.

    Of equal runs it has the first; of recorded loops every one, for what is equal there is not all that they were.

    Raises SpecError where they cannot stand side by side, with the first difference.
    """
    alike = _alike(specs)
    runs: list[Run] = []
    places: list[list[int | None]] = []
    for spec in alike:
        places.append([])
        for run in spec.runs:
            new = isinstance(spec, RecordedLoop) or run not in runs
            places[-1].append(len(runs) if new else None)
            runs += [run] if new else []
    longest = max(spec.steps for spec in alike)
    return SideBySide(alike[0].model_copy(update={"runs": runs, "steps": longest}), places)


def _alike(specs: Sequence[ExperimentSpec]) -> list[Comparison] | list[RecordedLoop]:
    """Return them as specs of one kind, or raise what cannot be compared."""
    found: list[Any] = []
    for place, spec in enumerate(specs):
        loc = ("experiments", place)
        if not isinstance(spec, RecordedLoop) and (not isinstance(spec, Comparison) or spec.vary or spec.seeds > 1):
            raise SpecError("Sweeps, maps, range tests and repeated seeds cannot be compared yet.", loc)
        first = found[0] if found else spec
        if spec.problem != first.problem:
            kinds = first.problem.kind, spec.problem.kind
            same = kinds[0] == kinds[1]
            why = f"settings of {kinds[0]} differ" if same else f"problems differ: {kinds[0]} and {kinds[1]}"
            raise SpecError(f"The {why}. Compare runs on the same problem.", loc)
        for field in ALIKE[isinstance(spec, RecordedLoop) :]:  # Loops of one's own may be of any length.
            one, other = getattr(first, field), getattr(spec, field)
            if one != other:
                raise SpecError(f"The experiments differ in {field}: {shown(one)} and {shown(other)}.", loc)
        found.append(spec)
    return found
