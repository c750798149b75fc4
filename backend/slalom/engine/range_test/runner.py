"""A range test on its way: the climb is recorded like any run, and read when it is over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments.range_test import RangeTest
from slalom.engine.descent import Tick
from slalom.engine.lockstep.sharing import WorkSharing
from slalom.engine.runner import Alive, ComparisonRunner, Result, unwatched

from .analysis import RangeCurve
from .verification import Held, hold


class RangeTestRunner(ComparisonRunner):
    """One run for every seed, whose learning rate climbs; its findings are read off the curve and verified."""

    def __init__(self, spec: RangeTest, uploads: Uploads = no_uploads, share: WorkSharing | None = None) -> None:
        super().__init__(spec, uploads, share)
        self._spec, self._uploads = spec, uploads
        self._alive: Alive = unwatched
        self._curve = RangeCurve(spec, self._hold)

    def frames(self, alive: Alive = unwatched, known: Collection[int] = ()) -> Iterator[Tick]:
        """Yield the ticks of the climb."""
        for tick in super().frames(alive, known):
            yield tick
            for block in tick.blocks:
                self._curve.see(block)

    def result(self, alive: Alive = unwatched) -> Result:
        """Return the outcomes, and what every rule suggests."""
        self._alive, outcomes = alive, self.outcomes
        return Result(outcomes, self._curve.findings(outcomes))

    def _hold(self, rates: Iterable[float]) -> list[Held]:
        return hold(self._spec, rates, self._uploads, self._alive)
