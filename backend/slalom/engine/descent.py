"""The descent: runs of an experiment in lock step, every entry recorded, handed over in ticks of about 16 ms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.problems.base import Problem
from slalom.engine.diagnosis.detector import Detection, EventDetector
from slalom.engine.diagnosis.diagnose import outcomes
from slalom.engine.diagnosis.event_sentences import sentence
from slalom.engine.diagnosis.statistics import RunStatistics, StatisticsCounter
from slalom.engine.lockstep.groups import Checkpoint, Origin
from slalom.engine.lockstep.interfaces import Artifact, Event, RecordedTick, Setup
from slalom.engine.lockstep.observations import Observations, joined
from slalom.engine.lockstep.sharing import WorkSharing
from slalom.engine.surface.ensemble import SurfaceSteps
from slalom.engine.surface.stepper import SurfaceStepper, set_up_one_surface, set_up_surfaces
from slalom.unexpected import Judged, attempt
from slalom.wire.frames import Block, pieces

if TYPE_CHECKING:
    from .network.stepper import NetworkStepper
    from .network.trainer import NetworkSteps

__all__ = ["Artifact", "Descent", "Event", "Tick"]

FIRST_TICK = 0.004
"""Seconds of work before the first picture."""
TICK = 0.016
"""Seconds of work between pictures: one frame of a screen."""
JUDGED, JUDGED_NUMBERS = 8, 2**13
"""Ticks that are judged together: at most so many, if they have at most so many losses."""
TICK_NUMBERS = 2**18
"""Parameters recorded in one tick at most: few enough for a cache, and for one message to a viewer."""


class Tick(NamedTuple):
    """What one stretch of work brought."""

    blocks: list[Block]
    """Successive entries of all runs that go on, cut where a run ends."""
    events: list[Event]
    done: int
    """Updates made so far."""
    kept: Sequence[Artifact] = ()
    """What is to be stored beside the blocks."""


def set_up(
    spec: AnyExperiment, lanes: Sequence[Lane], origin: Origin, uploads: Uploads, share: WorkSharing | None = None
) -> Setup[SurfaceSteps] | Setup[NetworkSteps]:
    """Return the runs of an experiment, ready to go; only networks need torch, and can be trained elsewhere."""
    if spec.problem.is_network:
        from .network.setup import set_up_networks

        return set_up_networks(spec, lanes, origin, uploads, share)
    return set_up_surfaces(spec, lanes, origin, uploads)


def set_up_one(
    spec: AnyExperiment, lanes: Sequence[Lane], run: int, origin: Origin, uploads: Uploads
) -> tuple[SurfaceStepper | NetworkStepper, int]:
    """Return one run of an experiment, ready to go, as a stepper and its place there."""
    if spec.problem.is_network:
        from .network.setup import set_up_one_network

        return set_up_one_network(spec, lanes, run, origin, uploads)
    return set_up_one_surface(spec, lanes, run, origin, uploads)


def smallest_loss(problem: Problem) -> float:
    """Return f*, nan where it is unknown: mean squares and cross-entropies of networks have 0."""
    if problem.is_network:
        return 0.0
    return np.nan if problem.best is None else problem.best


class Descent:
    """An experiment on its way; iterate once over its ticks.

    Entry k is the state after k updates. What a tick brings depends on the clock; the numbers, joined, do not.
    """

    def __init__(
        self,
        spec: AnyExperiment,
        *,
        lanes: Sequence[Lane] | None = None,
        origin: Sequence[Checkpoint] | None = None,
        paced: bool = True,
        entries: int = 1024,
        uploads: Uploads = no_uploads,
        share: WorkSharing | None = None,
    ) -> None:
        """Prepare the runs of ``spec``, or other ``lanes`` on its problem.

        ``origin`` has one checkpoint per lane where they continue other runs. ``share`` has networks trained
        elsewhere, which are those of ``spec`` from their start.

        Ticks are ``paced`` by the clock, or have a fixed number of ``entries`` each. ``uploads`` finds users' files.
        """
        self.spec: AnyExperiment = spec
        self.lanes: list[Lane] | Sequence[Lane] = spec.lanes() if lanes is None else lanes
        came: Origin = [None] * len(self.lanes) if origin is None else origin
        self._entries = None if paced else entries
        with np.errstate(all="ignore"):
            self._ready = set_up(spec, self.lanes, came, uploads, share)
        self.groups = self._ready.groups
        best = [np.nan if lane.maximizes else smallest_loss(lane.problem) for lane in self.lanes]
        noisy = [bool(lane.run.noise or lane.run.batch_size) for lane in self.lanes]
        self._detector = Judged(
            "What came of the runs", lambda: EventDetector(np.array(best), np.array(noisy), spec.dtype)
        )
        self._statistics = Judged("What the runs kept doing", lambda: StatisticsCounter(np.array(best)))
        self._ends = np.full(len(self.lanes), spec.steps)
        self._waiting: list[Observations] = []
        """What was not judged yet."""
        self._untold: list[Event] = []
        self._lately = 0
        """Updates that would have filled most of the last tick."""

    @property
    def outcomes(self) -> list[Outcome]:
        """What came of every run: complete after the last tick, and readable in between."""
        with np.errstate(all="ignore"):
            self._untold = self._judge(over=False)
            return self._detector.ask(self._outcomes, self._unjudged)

    def __iter__(self) -> Iterator[Tick]:
        step = 0
        while step <= self._ends.max():
            with np.errstate(all="ignore"):
                before = self._ends
                record = self._work(step)
                self._ends = record.ends
                n = record.columns.shape[2]
                over = step + n > self._ends.max()
                self._waiting.append(record.seen)
                events = [*record.events, *self._told(over)]
                blocks = self._cut(record, step, before)
            if step == 0:
                events = [*self._ready.opening, *events]
            if over:
                events += attempt("How long the steps took", self._ready.closing, lambda why: ())
            step += n
            yield Tick(blocks, events, min(step - 1, int(self._ends.max())), record.kept)

    def _work(self, step: int) -> RecordedTick:
        """Make the updates of one tick and measure them."""
        most = min(int(self._ends.max()) + 1 - step, max(1, TICK_NUMBERS // self._ready.numbers))
        budget = self._ready.longer * (FIRST_TICK if step == 0 else TICK)
        return self._ready.record(step, self._ends, self._batches(most, budget))

    def _batches(self, most: int, budget: float) -> Iterator[int]:
        """Yield how many updates to make next, in growing batches, until there are ``most`` or the budget is spent."""
        if self._entries is not None:
            yield min(most, self._entries)
            return
        began, made, size = perf_counter(), 0, max(self._ready.least, self._lately)
        while made < most:
            yield (size := min(size, most - made))
            made += size
            spent = perf_counter() - began
            self._lately = int(made * min(1.0, 0.9 * budget / max(spent, 1e-9)))
            if spent > 0.8 * budget:
                return
            size = max(1, min(2 * made, int(made * (budget - spent) / spent)))

    def _told(self, over: bool) -> list[Event]:
        """Return what is to be told at the end of a tick: judging few entries takes as long as judging many."""
        losses = sum(seen.loss.size for seen in self._waiting)
        if not over and len(self._waiting) < JUDGED and losses < JUDGED_NUMBERS:
            return []
        events, self._untold = self._judge(over), []
        return events

    def _judge(self, over: bool) -> list[Event]:
        """Judge what has waited; return what was found since the last telling."""
        found: list[Detection] = []
        if self._waiting:
            seen, self._waiting = joined(self._waiting), []
            found = self._detector.ask(lambda detector: detector.update(seen), _nothing)
            since = self._detector.ask(lambda detector: detector.first.since, lambda _: None)
            self._statistics.ask(lambda statistics: statistics.update(seen, found, since), _nothing)
        if over:
            found = found + self._detector.ask(EventDetector.flush, _nothing)
        return [*self._untold, *(self._event(one) for one in found)]

    def _event(self, found: Detection) -> Event:
        climbs = self.lanes[found.run].maximizes
        text = attempt(f"Step {found.step:,}: what happened", lambda: sentence(found, climbs), str)
        return Event(found.run, found.kind, found.step, text)

    def _outcomes(self, detector: EventDetector) -> list[Outcome]:
        return outcomes(detector, self._statistics_of, self.groups, self.lanes, self._ready.training)

    def _statistics_of(self, run: int) -> RunStatistics:
        return self._statistics.ask(lambda statistics: statistics.summary(run), _lost)

    def _unjudged(self, why: str) -> list[Outcome]:
        """Return what is known of every run where nothing can judge it: whether it ended."""
        return [
            Outcome(kind="diverged", step=end, nonfinite=end, because=why)
            if end < self.spec.steps
            else Outcome(kind="unfinished", because=why)
            for end in self._ends.tolist()
        ]

    def _cut(self, record: RecordedTick, first: int, before: np.ndarray) -> list[Block]:
        """Return the entries as blocks of limited size: a new one begins after every entry at which a run ends."""
        stop = first + record.columns.shape[2]
        # Not np.unique: its first call imports numpy.ma, and a process would bring its first picture 10 ms later.
        ends = {end + 1 for end in record.ends[(before >= first) & (record.ends < stop)].tolist()}
        edges = [first, *sorted(ends - {stop}), stop]
        blocks = []
        for low, high in pairwise(edges):
            runs = np.flatnonzero(record.ends >= low)
            if len(runs):
                data = record.columns[:, :, low - first : high - first]
                data = data if len(runs) == len(self.lanes) else data[:, runs]
                blocks += pieces(Block(low, tuple(runs.tolist()), self._ready.recorder.names, data))
        return blocks


def _nothing(why: str) -> list[Detection]:
    return []


def _lost(why: str) -> RunStatistics:
    raise RuntimeError(why)
