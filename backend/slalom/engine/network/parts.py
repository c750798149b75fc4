"""Networks that are trained by several processes: each has some runs of every group, and one puts them together.

A network's bytes do not depend on who is trained beside it, and when it is measured follows from the spec, all of which
every process knows. What is made of that (columns, the plane through all paths, outcomes) is made in one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import NamedTuple

import numpy as np

from slalom.catalogue.experiments import SPEC
from slalom.storage.store import Store

from .setup import network_setup
from .trainer import NetworkSteps


class Walked(NamedTuple):
    """What became of one group in a walk."""

    steps: NetworkSteps
    seconds: float
    """What its updates have taken so far."""


class SomeRuns:
    """Some runs of an experiment, in training; called with a number of updates, it makes them."""

    def __init__(self, store_url: str, spec: str, runs: Sequence[int]) -> None:
        read = SPEC.validate_json(spec)
        lanes = read.lanes()
        with closing(Store.open(store_url)) as store, np.errstate(all="ignore"):
            found = network_setup(read, lanes, [None] * len(lanes), store.datasets.file)
            self._steppers = [found.stepper(group) for group in found.groups_of(runs)]

    def __call__(self, n: int) -> list[Walked]:
        with np.errstate(all="ignore"):
            return [Walked(stepper.walk(n), stepper.seconds) for stepper in self._steppers]
