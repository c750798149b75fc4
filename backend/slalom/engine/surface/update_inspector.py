"""Some updates of one run looked at closely: what the rule was shown, what it remembers, and the step it made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.experiments.base import Lane
from slalom.errors import SpecError

from .stepper import SurfaceStepper, UpdateDetails, set_up_one_surface
from .update_terms import explain_update


def inspect_updates(
    spec: AnyExperiment,
    run: int,
    first: int,
    count: int,
    *,
    uploads: Uploads = no_uploads,
    alive: Callable[[], object] = lambda: None,
) -> list[dict[str, Any]]:
    """Return the updates from entry ``first`` on, at most ``count``, of a run on a surface.

    They are computed again, in the arithmetic of the run itself, so the numbers are those of its trace. ``alive`` is
    called every now and then.

    Raises SpecError where there is no such run or entry, and for networks.
    """
    lanes = spec.lanes()
    if spec.problem.is_network:
        raise SpecError(f"A {spec.problem.kind} has too many parameters to look at each; its norms are in its trace.")
    if not 0 <= run < len(lanes):
        raise SpecError(f"There is no run {run}; the experiment has runs 0 to {len(lanes) - 1}.", ("run",))
    if not 0 <= first <= spec.steps:
        raise SpecError(f"Run {run} has no entry {first}; it has entries 0 to {spec.steps}.", ("first",))
    with np.errstate(all="ignore"):
        stepper, _ = set_up_one_surface(spec, lanes, run, [None] * len(lanes), uploads)
        for done in range(0, first, stepper.stretch):
            stepper.advance(min(stepper.stretch, first - done))
            alive()
        return _looks(stepper, lanes[run], first, min(count, spec.steps - first))


def _looks(stepper: SurfaceStepper, lane: Lane, first: int, count: int) -> list[dict[str, Any]]:
    """Return so many updates, fewer where the run leaves the finite numbers."""
    found = []
    for step in range(first, first + count):
        look = stepper.look()
        if not (np.isfinite(look.point).all() and np.isfinite(look.loss)):
            break
        found.append(_written(step, look) | explain_update(look, lane.run.optimizer, step, lane.problem.variables))
    return found


def _written(step: int, look: UpdateDetails) -> dict[str, Any]:
    vectors = {name: getattr(look, name).tolist() for name in ("point", "gradient", "seen", "after")}
    state = {name: _plain(value) for name, value in look.state._asdict().items()}
    return {"step": step, "loss": look.loss, "lr": look.lr, **vectors, "state": state}


def _plain(value: Any) -> Any:
    """Return what a rule remembers of one run: a list of shape (dim,), or a number."""
    array = np.asarray(value, np.float64)
    return array[:, 0].tolist() if array.ndim == 2 else float(array.reshape(-1)[0])
