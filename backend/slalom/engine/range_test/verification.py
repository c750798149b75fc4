"""Verification of suggested learning rates: short runs at a constant rate, all rates and seeds as one ensemble."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.datasets.base import Uploads
from slalom.catalogue.experiments.range_test import VERIFIED, RangeTest
from slalom.engine.descent import Descent
from slalom.wire.frames import Block

LAST_LOSSES = 20
"""Batch losses that are averaged to a final one."""


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
    """Whether the loss fell, and nothing diverged, with every seed."""

    def as_json(self) -> dict[str, Any]:
        """Return it for the answer."""
        return self._asdict()


def verify(
    spec: RangeTest, rates: Sequence[float], uploads: Uploads, alive: Callable[[], object]
) -> dict[float, Verification]:
    """Train with each rate, and the seeds of a range test; return what became of each."""
    rates = sorted(set(rates))
    if not rates:
        return {}
    plan = spec.verification(rates)
    seeds = plan.seeds
    descent = Descent(plan, uploads=uploads)
    ends = _Ends(plan.lane_count, spec.problem.columns)
    for tick in descent:
        alive()
        for block in tick.blocks:
            ends.see(block)
    outcomes = descent.outcomes
    return {
        rate: _proof(rate, ends, outcomes[i * seeds : (i + 1) * seeds], slice(i * seeds, (i + 1) * seeds))
        for i, rate in enumerate(rates)
    }


class _Ends:
    """The first and the last losses of every run."""

    def __init__(self, runs: int, names: tuple[str, ...]) -> None:
        self.column = names.index("train_loss" if "train_loss" in names else "loss")
        self.mean = LAST_LOSSES if self.column == names.index("loss") else 1
        self.start, self.last = np.full(runs, np.nan), np.full((LAST_LOSSES, runs), np.nan)

    def see(self, block: Block) -> None:
        runs, losses = np.array(block.runs), block.data[self.column].astype(float)
        if block.step == 0:
            self.start[runs] = losses[:, 0]
        joined = np.concatenate([self.last[:, runs], losses.T])
        self.last[:, runs] = joined[-LAST_LOSSES:]


def _proof(rate: float, ends: _Ends, outcomes: Sequence[Any], runs: slice) -> Verification:
    starts, finals = ends.start[runs], ends.last[-1, runs]
    kinds = [one.kind for one in outcomes]
    worst = next((one for one in outcomes if one.kind == "diverged"), outcomes[0])
    fell = bool((finals < starts).all()) and "diverged" not in kinds and np.isfinite(finals).all()
    values = np.sort(np.where(np.isnan(finals), np.inf, finals))
    final = float(values[(len(values) - 1) // 2])
    start = float(np.median(starts))
    return Verification(
        rate, VERIFIED, start, final, finals.tolist(), kinds, worst.because, bool(fell) and math.isfinite(final)
    )
