"""Going back: any entry of any run, computed again exactly as it was, so that a fork can go on from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from slalom.catalogue.experiment import AnyExperiment
from slalom.errors import SpecError

from .ensemble import runs_on_torch
from .groups import Snapshot, lock_step
from .stepper import Stepper

STRETCH = 4096
"""Updates between two signs of life."""


def replay(
    spec: AnyExperiment,
    lane: int,
    step: int,
    *,
    origin: Sequence[Snapshot] | None = None,
    alive: Callable[[], object] = lambda: None,
) -> Snapshot:
    """Return a run of an experiment as it was after ``step`` updates.

    ``lane`` counts the runs as they are computed; ``origin`` is what the experiment itself started from; ``alive`` is
    called every now and then. The run is computed alone, in tiles of the same shape: its neighbours never mattered.

    Raises SpecError where it has no such entry.
    """
    lanes = spec.lanes()
    if not 0 <= lane < len(lanes):
        raise SpecError(f"There is no run {lane}; the experiment has runs 0 to {len(lanes) - 1}.", ("run",))
    if not 0 <= step <= spec.steps:
        raise SpecError(f"Run {lane} has no entry {step}; it has entries 0 to {spec.steps}.", ("step",))
    came: Sequence[Snapshot | None] = [None] * len(lanes) if origin is None else origin
    whole = next(group for group in lock_step(lanes, came) if lane in group.members)
    wide = runs_on_torch(whole.problem, len(whole.members), spec.dtype)
    alone, before = [lanes[lane]], [came[lane]]
    with np.errstate(all="ignore"):
        (group,) = lock_step(alone, before)
        stepper = Stepper(group, alone, before, spec.steps, spec.dtype, wide)
        for first in range(0, step, STRETCH):
            stepper.advance(min(STRETCH, step - first))
            alive()
        snapshot = stepper.snapshot(0)
    if not np.isfinite(snapshot.params).all():
        raise SpecError(
            f"Run {lane} had left the finite numbers before entry {step}. Choose an earlier one.", ("step",)
        )
    return snapshot
