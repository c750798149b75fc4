"""A fork: runs that go on from an entry of a stored run, computed again up to there."""

from __future__ import annotations

import json

from slalom.catalogue.experiments import SPEC, AnyExperiment
from slalom.storage.records import ExperimentRecord

from .heartbeat import RetryingStore
from .lockstep.groups import Checkpoint
from .replay import replay
from .runner import Alive, ComparisonRunner, unwatched


def fork_runner(
    store: RetryingStore, record: ExperimentRecord, spec: AnyExperiment, alive: Alive = unwatched
) -> ComparisonRunner:
    """Return the runner of a stored fork; all its runs go on from the same checkpoint.

    Raises NotFound where an experiment that it comes from is gone, SpecError where that has no such entry.
    """
    return ComparisonRunner(
        spec, store.datasets.file, origin=[_parent_checkpoint(store, record, alive)] * spec.lane_count
    )


def _parent_checkpoint(store: RetryingStore, record: ExperimentRecord, alive: Alive) -> Checkpoint:
    """Return the entry that a fork goes on from; its parent may be a fork as well."""
    assert record.parent is not None
    place = json.loads(record.parent)
    parent = store.experiments.get(place["id"])
    spec = SPEC.validate_json(parent.spec)
    origin = None if parent.parent is None else [_parent_checkpoint(store, parent, alive)] * spec.lane_count
    return replay(
        spec,
        place["run"],
        place["step"],
        origin=origin,
        alive=alive,
        kept=lambda upto: store.artifacts.last(parent.id, "state", upto),
        uploads=store.datasets.file,
    )
