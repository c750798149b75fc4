"""Verification of learning rates: short runs at a constant rate, all rates and seeds as one ensemble."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.experiments.range_test import VERIFIED, RangeTest
from slalom.engine.descent import Descent, smallest_loss
from slalom.wire.frames import Block

LEAVES = frozenset({"diverged", "growing"})
"""Kinds of outcomes of runs that do not stay, wherever their loss is."""
IMPROVES = 0.1
"""A rate trains if it takes off at least this share of what the best one takes off the loss ..."""
MOVES = 0.01
"""... and this share of what can be taken off it."""
ARRIVED = 1e-6
"""A run has arrived where no more than this share of the fall is left."""


class Held(NamedTuple):
    """Runs that held one rate, one for every seed."""

    lr: float
    starts: np.ndarray
    finals: np.ndarray
    losses: np.ndarray
    """Of every entry, (entries, seeds); nan where a run had ended."""
    outcomes: Sequence[Outcome]
    reach: np.ndarray
    """About how much can be taken off the loss, for every seed; 0 where nobody knows."""

    @property
    def start(self) -> float:
        """The loss at the beginning: the median over seeds."""
        return float(np.median(self.starts))

    @property
    def final(self) -> float:
        """The loss at the end: the median over seeds, where what is not a number counts as highest."""
        return _middle(self.finals)

    @property
    def falls(self) -> np.ndarray:
        """What it took off the loss, for every seed."""
        return self.starts - self.finals

    @property
    def stays(self) -> bool:
        """Whether every seed's run ended with a finite loss, and none of them leaves."""
        return bool(np.isfinite(self.finals).all()) and not any(one.kind in LEAVES for one in self.outcomes)


Hold = Callable[[Iterable[float]], list[Held]]
"""Trains with each of some rates and every seed, from where the climb began, and returns what became of them."""


class Verification(NamedTuple):
    """What became of one rate, held constant."""

    lr: float
    steps: int
    start: float
    """The loss at the beginning: the median over seeds."""
    final: float
    """The loss at the end: the median over seeds."""
    finals: list[float]
    """The loss at the end, for every seed."""
    outcomes: list[str]
    """The kind of outcome, for every seed."""
    because: str
    """The first seed's outcome in a sentence, or that of the first that diverged."""
    trains: bool
    """Whether nothing diverged or grew, and every seed's loss fell by a tenth of what the best rate takes off it."""
    share: float | None
    """What it took off the loss, as a share of what the best rate for a seed did: the median; None if nothing fell."""
    arrives: int | None
    """Updates until the loss is, and stays, at the lowest final loss of all rates; None where it is not there."""

    def as_json(self) -> dict[str, Any]:
        """Return it for the answer."""
        return self._asdict()


def hold(
    spec: RangeTest,
    rates: Iterable[float],
    uploads: Uploads = no_uploads,
    alive: Callable[[], object] = lambda: None,
) -> list[Held]:
    """Train with each rate, and the seeds of a range test."""
    rates = sorted(set(rates))
    if not rates:
        return []
    plan = spec.verification(rates)
    runs = _Ends(plan.lane_count, plan.recorded_columns)
    descent = Descent(plan, uploads=uploads)
    for tick in descent:
        alive()
        for block in tick.blocks:
            runs.see(block)
    outcomes, lowest = descent.outcomes, smallest_loss(spec.problem)
    return [
        runs.held(rate, slice(i * plan.seeds, (i + 1) * plan.seeds), outcomes, lowest) for i, rate in enumerate(rates)
    ]


def judged(tried: Sequence[Held]) -> dict[float, Verification]:
    """Return what became of each rate, by rate: what it is worth is known only beside the others."""
    sound = [one for one in tried if one.stays]
    most = np.max([one.falls for one in sound], axis=0, initial=0.0) if sound else np.zeros(1)
    lowest = min((one.final for one in sound), default=np.nan)
    return {one.lr: _proof(one, most, lowest) for one in tried}


def verify(
    spec: RangeTest, rates: Iterable[float], uploads: Uploads, alive: Callable[[], object]
) -> dict[float, Verification]:
    """Train with each rate, and the seeds of a range test; return what became of each."""
    return judged(hold(spec, rates, uploads, alive))


class _Ends:
    """The losses of every run, and how steep and how curved it was where it began."""

    def __init__(self, runs: int, names: tuple[str, ...]) -> None:
        self._names = names
        self._column = names.index("train_loss" if "train_loss" in names else "loss")
        self._first = np.full((len(names), runs), np.nan)
        self._last = np.full(runs, np.nan)
        self._losses = np.full((VERIFIED + 1, runs), np.nan)

    def see(self, block: Block) -> None:
        """Take in some entries."""
        runs = np.array(block.runs)
        if block.step == 0:
            self._first[:, runs] = block.data[:, :, 0]
        self._losses[block.step : block.step + block.n, runs] = block.data[self._names.index("loss")].T
        loss = block.data[self._names.index("loss"), :, -1]
        self._last[runs] = np.where(np.isfinite(loss), block.data[self._column, :, -1], loss)

    def held(self, rate: float, runs: slice, outcomes: Sequence[Outcome], lowest: float) -> Held:
        """Return what is known of the runs of one rate; ``lowest`` is the smallest possible loss, nan if unknown."""
        starts = self._first[self._column, runs]
        with np.errstate(all="ignore"):
            if np.isnan(lowest):
                reach = self._begin("grad_norm", runs) ** 2 / (2 * self._begin("sharpness", runs))
            else:
                reach = starts - lowest
        reach = np.where((reach > 0) & (reach < np.inf), reach, 0.0)
        return Held(rate, starts, self._last[runs], self._losses[:, runs], outcomes[runs], reach)

    def _begin(self, name: str, runs: slice) -> np.ndarray:
        return self._first[self._names.index(name), runs]


def _middle(values: np.ndarray) -> float:
    """Return the median, the lower one of two; what is not a number is highest."""
    return float(np.sort(values)[(len(values) - 1) // 2])


def _proof(one: Held, most: np.ndarray, lowest: float) -> Verification:
    """Return what became of a rate; ``most`` is what the best one takes off the loss of every seed, (seeds,)."""
    worst = next((outcome for outcome in one.outcomes if outcome.kind == "diverged"), one.outcomes[0])
    needed = np.maximum(IMPROVES * most, MOVES * one.reach)
    with np.errstate(all="ignore"):
        share = _middle(one.falls / most)
    return Verification(
        lr=one.lr,
        steps=len(one.losses) - 1,
        start=one.start,
        final=one.final,
        finals=one.finals.tolist(),
        outcomes=[outcome.kind for outcome in one.outcomes],
        because=worst.because,
        trains=one.stays and bool(((one.falls > 0) & (one.falls >= needed)).all()),
        share=share if np.isfinite(share) else None,
        arrives=_arrival(one, lowest + ARRIVED * (one.start - lowest)) if one.stays else None,
    )


def _arrival(one: Held, level: float) -> int | None:
    """Return after how many updates the losses stay at or below a level: the median over seeds."""
    above = one.losses > level
    median = int(_middle(np.where(above.any(axis=0), len(above) - above[::-1].argmax(axis=0), 0)))
    return median if median < len(above) else None
