"""Every kind of experiment's runner. To add one, list it here."""

from __future__ import annotations

from collections.abc import Callable

from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.map import Map
from slalom.catalogue.experiments.range_test import RangeTest

from .lockstep.sharing import WorkSharing
from .map.runner import MapRunner
from .range_test.runner import RangeTestRunner
from .runner import ComparisonRunner, Runner

RUNNERS: dict[type, Callable[..., Runner]] = {
    Comparison: ComparisonRunner,
    RangeTest: RangeTestRunner,
    Map: MapRunner,
}
"""By the class of the spec: what takes it, what finds users' files, and who works elsewhere, and returns its runner."""


def runner_of(spec: AnyExperiment, uploads: Uploads = no_uploads, share: WorkSharing | None = None) -> Runner:
    """Return the runner of an experiment; ``share`` has work done elsewhere.

    Raises SpecError where its data are missing or do not suit, or the device is not there.
    """
    return RUNNERS[type(spec)](spec, uploads, share)
