"""The trace of one loop: its entries as they come, judged by the same classes as every run, and made into frames.

Nothing here needs PyTorch: a loop that is watched and a log that is read are made into the same trace.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.experiments.recorded import RecordedLoop
from slalom.catalogue.optimizers import Optimizer
from slalom.catalogue.schedules import Constant, Lambda
from slalom.engine.diagnosis.detector import Detection, EventDetector
from slalom.engine.diagnosis.diagnose import outcomes
from slalom.engine.diagnosis.event_sentences import sentence
from slalom.engine.diagnosis.network_history import FEWEST_MEASURED, LATELY, NEAR_THE_EDGE
from slalom.engine.diagnosis.statistics import StatisticsCounter
from slalom.engine.lockstep.gradient_transform import GradientTransform
from slalom.engine.lockstep.groups import Group
from slalom.engine.lockstep.interfaces import Event
from slalom.engine.lockstep.observations import NEVER, Observations, TrainingSummary
from slalom.wire.frames import Block, pieces

LARGEST_FRAME = 1 << 17
"""Bytes in the body of a frame: with its header it is a request that a dashboard takes."""
LOSS_WINDOW = 25
"""Losses whose mean is one measurement of how a loop has fared lately."""
CLIPPED = 1e-3
"""A gradient that is shorter by a larger share than this has been clipped."""


class LoopEntry(NamedTuple):
    """One entry: the state after so many updates, and what its batch showed."""

    loss: Any
    rates: tuple[float, ...]
    """Of every parameter group, for the update that follows."""
    grad_norm: Any
    """Before clipping."""
    clipped_norm: Any
    """As the rule saw it."""
    held: Mapping[str, float]
    """What was measured last, by column, with ``turn`` and ``low``."""
    measured: bool = False
    """Whether the sharpness was measured at this entry."""
    finite: bool = True
    """Whether the parameters are finite, as far as is known."""


class LoopTick(NamedTuple):
    """What some entries brought."""

    blocks: list[Block]
    events: list[Event]


class LoopTrace:
    """Judges the entries of one loop while they come; memory does not grow."""

    def __init__(self, spec: RecordedLoop, rules: Sequence[Optimizer], noisy: bool) -> None:
        """``rules`` are those of the parameter groups; ``noisy`` says that an update looks at a mini-batch."""
        self.spec: RecordedLoop = spec
        self.rules: list[Optimizer] = list(rules)
        self._noisy = noisy
        unknown = np.full(1, np.nan)
        self._detector = EventDetector(unknown, np.array([noisy]), spec.dtype)
        self._statistics = StatisticsCounter(unknown)
        self.entries: int = 0
        """How many there are."""
        self.batch_size: int | None = None
        """How many examples a batch has; None for all, or where that is not known."""
        self.moved: float = math.nan
        """How far the parameters have moved, as a share of the length they began with; nan where not known."""
        self.ended: bool = False
        """Whether the last one is not finite: a run ends there."""
        self._first: LoopEntry | None = None
        self._last: LoopEntry | None = None
        self._clip: float | None = None
        self._recent: deque[float] = deque(maxlen=LOSS_WINDOW)
        self._means: deque[tuple[int, float]] = deque(maxlen=LATELY)
        self._shares: deque[float] = deque(maxlen=LATELY)
        self._edge: tuple[int, float] | None = None
        self._lowest_limit, self._first_limit = np.inf, np.nan

    def take(self, entries: Sequence[LoopEntry], last: bool = False) -> LoopTick:
        """Take in the next entries, up to the first that is not finite; return their frames and what happened.

        After the ``last`` ones nothing of that is held back.
        """
        if self.ended or not entries:
            return LoopTick([], [])
        bad = next((i for i, one in enumerate(entries) if not (np.isfinite(one.loss) and one.finite)), None)
        if bad is not None:
            entries, self.ended = entries[: bad + 1], True
        first, self.entries = self.entries, self.entries + len(entries)
        columns = _columns(entries, ("turn", "low", *self.spec.recorded_columns), self.spec.problem.rates)
        with np.errstate(all="ignore"):
            seen = self._observed(first, entries, columns)
            found = self._detector.update(seen)
            if self.ended or last:
                found += self._detector.flush()
            self._statistics.update(seen, found)
            self._remember(first, entries, columns)
            block = self._block(first, columns)
        return LoopTick([*pieces(block, LARGEST_FRAME)], [_event(one, self._climbs) for one in found])

    def outcome(self) -> Outcome:
        """Return what came of it so far."""
        with np.errstate(all="ignore"):
            lane = self._lane()
            found = outcomes(self._detector, self._statistics.summary, [self._group(lane)], [lane], self._training)
        return found[0]

    def move_to(self, steps: np.ndarray) -> None:
        """Let what happened between two of these steps, which alone are known, have happened at the second."""
        first = self._detector.first
        for when in (first.first_rise, first.exploded, first.runaway):
            place = int(np.searchsorted(steps, when[0]))
            if when[0] != NEVER and place < len(steps):
                when[0] = steps[place]

    def finish(self) -> list[Event]:
        """Return what is still to be told of entries that were held back: the loop has ended."""
        with np.errstate(all="ignore"):
            return [_event(one, self._climbs) for one in self._detector.flush()]

    @property
    def _climbs(self) -> bool:
        return self.rules[0].maximize

    def _observed(self, first: int, entries: Sequence[LoopEntry], columns: Mapping[str, np.ndarray]) -> Observations:
        shape = (len(entries), 1)
        of = {name: column[:, None] for name, column in columns.items()}
        known = np.array([one.finite for one in entries])[:, None]
        return Observations(
            first=first,
            valid=np.ones(shape, bool),
            finite=np.isfinite(of["loss"]) & known,
            loss=(-1 if self._climbs else 1) * of["loss"],
            grad=of["grad_norm"],
            turn=of["turn"],
            distance=np.nan_to_num(of["weight_norm"], posinf=np.inf),
            lr=of["lr"],
            sharpness=of["sharpness"],
            curvature=of["curvature"],
            limit=of["limit"],
            low=of["low"],
            measured=np.array([one.measured for one in entries])[:, None],
            average=np.full(shape, np.nan),
            points=np.empty((0, *shape)),
        )

    def _block(self, first: int, columns: Mapping[str, np.ndarray]) -> Block:
        names = self.spec.recorded_columns
        return Block(first, (0,), names, np.array([columns[name] for name in names], self.spec.dtype)[:, None])

    def _remember(self, first: int, entries: Sequence[LoopEntry], columns: Mapping[str, np.ndarray]) -> None:
        if self._first is None:
            self._first = entries[0]
        good = entries[:-1] if self.ended else entries
        self._last = good[-1] if good else self._last
        for number, entry in enumerate(good, first):
            self._recent.append(entry.loss)
            if number % LOSS_WINDOW == LOSS_WINDOW - 1:
                self._means.append((number, float(np.mean(self._recent))))
        clipped = np.flatnonzero(columns["clipped_norm"] < (1 - CLIPPED) * columns["grad_norm"])
        if len(clipped):
            self._clip = float(columns["clipped_norm"][clipped[-1]])
        for number, entry in enumerate(entries, first):
            if entry.measured:
                self._compare(number, entry)

    def _compare(self, number: int, entry: LoopEntry) -> None:
        """Remember by how much the rate was above its limit where that was measured."""
        limit = entry.held.get("limit", math.nan)
        if not np.isfinite(limit):
            return
        share = entry.rates[0] / limit
        self._shares.append(share)
        self._lowest_limit = min(self._lowest_limit, limit)
        self._first_limit = limit if np.isnan(self._first_limit) else self._first_limit
        if self._edge is None and share >= NEAR_THE_EDGE:
            self._edge = number, entry.loss

    def _lane(self) -> Lane:
        lane, last = self.spec.lanes()[0], self._last or self._first
        run: Any = lane.run
        given: dict[str, Any] = {"clip_norm": self._clip, "batch_size": self.batch_size if self._noisy else None}
        first = self._first
        if first is not None and last is not None:
            constant = self._detector.highest_lr[0] == first.rates[0] == last.rates[0]
            given["schedule"] = Constant.model_construct() if constant else Lambda.model_construct()
        return lane._replace(run=run.model_copy(update=given))

    def _group(self, lane: Lane) -> Group:
        nothing = np.zeros((0, 1), self.spec.dtype)
        transform = GradientTransform(None, None, None)
        return Group(np.array([0]), lane.problem, lane.run.optimizer, nothing, transform, None)

    def _training(self) -> list[TrainingSummary | None]:
        if self._climbs or self._first is None:
            return [None]
        last = self._last or self._first
        step, edge = self._edge or (None, math.nan)
        fall, span = self._fall()
        return [
            TrainingSummary(
                entry=max(0, self.entries - 1),
                examples=math.inf,
                classes=0,
                common=math.nan,
                baseline=math.nan,
                crossed=False,
                start=self._first.loss,
                loss=float(np.mean(self._recent)) if self._noisy and self._recent else last.loss,
                check=math.nan,
                accuracy=math.nan,
                check_accuracy=math.nan,
                moved=self.moved,
                activation="none",
                saturated=math.nan,
                limit=self._first_limit,
                lowest_limit=float(self._lowest_limit),
                fall=fall,
                fall_span=span,
                shares=tuple(self._shares),
                edge_step=step,
                edge_loss=edge,
            )
        ]

    def _fall(self) -> tuple[float, int]:
        """Return the factor per update by which the mean loss has fallen lately, nan where not, and the updates."""
        if len(self._means) < FEWEST_MEASURED:
            return math.nan, 0
        steps, losses = np.array(self._means).T
        span = int(steps[-1] - steps[0])
        if not (losses > 0).all() or not (np.diff(losses) < 0).all():
            return math.nan, span
        return float(np.exp(np.polyfit(steps - steps[-1], np.log(losses), 1)[0])), span


def _columns(entries: Sequence[LoopEntry], names: Iterable[str], groups: int) -> dict[str, np.ndarray]:
    """Return columns of so many entries, by name, float64: nan where an entry has no such thing."""
    table = {name: np.full(len(entries), math.nan) for name in names}
    first = 0
    for end in range(1, len(entries) + 1):
        held = entries[first].held
        if end == len(entries) or entries[end].held is not held:  # What was measured stands for many entries.
            for name, value in held.items():
                if name in table:
                    table[name][first:end] = value
            first = end
    own = np.array([(one.loss, one.grad_norm, one.clipped_norm, *one.rates[:groups]) for one in entries], np.float64).T
    rates = (f"lr{i}" if i else "lr" for i in range(groups))
    table |= {name: one for name, one in zip(("loss", "grad_norm", "clipped_norm", *rates), own, strict=True)}
    return table


def _event(found: Detection, climbs: bool) -> Event:
    return Event(0, found.kind, found.step, sentence(found, climbs))
