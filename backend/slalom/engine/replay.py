"""Going back: any entry of any run, computed again exactly as it was, so that a fork can go on from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments import AnyExperiment
from slalom.engine.lockstep.checkpoints import unpack_checkpoints
from slalom.engine.lockstep.groups import Checkpoint, Origin
from slalom.errors import SpecError

from .descent import set_up_one

Find = Callable[[int], tuple[int, bytes] | None]
"""Returns the last kept state of an experiment, not beyond an entry: where it is from, and what it is."""


def replay(
    spec: AnyExperiment,
    lane: int,
    step: int,
    *,
    origin: Sequence[Checkpoint] | None = None,
    alive: Callable[[], object] = lambda: None,
    kept: Find | None = None,
    uploads: Uploads = no_uploads,
) -> Checkpoint:
    """Return a run of an experiment as it was after ``step`` updates.

    ``lane`` counts the runs as they are computed; ``origin`` is what the experiment itself started from; ``alive`` is
    called every now and then. Where states were ``kept``, the nearest one saves the way to it, unless there are rules
    whose memory is not written down.

    Raises SpecError where it has no such entry.
    """
    lanes = spec.lanes()
    if not 0 <= lane < len(lanes):
        raise SpecError(f"There is no run {lane}; the experiment has runs 0 to {len(lanes) - 1}.", ("run",))
    if not 0 <= step <= spec.steps:
        raise SpecError(f"Run {lane} has no entry {step}; it has entries 0 to {spec.steps}.", ("step",))
    came: Origin = [None] * len(lanes) if origin is None else origin
    written = all(one.run.optimizer.is_written for one in lanes)
    found = kept(step) if kept is not None and written else None
    began = 0
    if found is not None:
        began, came = found[0], unpack_checkpoints(found[1])
    rest = spec.model_copy(update={"steps": spec.steps - began})
    with np.errstate(all="ignore"):
        stepper, place = set_up_one(rest, lanes, lane, came, uploads)
        for first in range(began, step, stepper.stretch):
            stepper.advance(min(stepper.stretch, step - first))
            alive()
        snapshot = stepper.snapshot(place)
    if not np.isfinite(snapshot.params).all():
        raise SpecError(
            f"Run {lane} had left the finite numbers before entry {step}. Choose an earlier one.", ("step",)
        )
    return snapshot
