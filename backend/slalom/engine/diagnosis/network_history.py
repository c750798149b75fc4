"""The history of networks in training, as far as their outcomes need it: how they began, and how they fared lately."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np

from slalom.catalogue.datasets.base import Examples
from slalom.catalogue.problems.activations import Activation
from slalom.catalogue.problems.architecture import Architecture
from slalom.engine.lockstep.observations import NEVER, TrainingSummary

LATELY = 12
"""Measurements that are compared."""
FEWEST_MEASURED = 4
"""A pace is measured of at least so many."""
NEAR_THE_EDGE = 0.85
"""From this share of its stability limit on a rate may be at the edge of stability."""


class NetworkHistory:
    """The measured history of R networks; memory does not grow."""

    def __init__(self, blueprint: Architecture, examples: Examples, runs: int) -> None:
        self._activation: Activation = blueprint.activation
        self._examples = len(examples.targets)
        self._classes = np.empty(0)
        if examples.task == "classes":
            counts = np.bincount(examples.targets, minlength=len(examples.classes))
            self._classes = counts / counts.sum()
        self._crossed = blueprint.loss != "mse"
        self._baseline = _baseline(examples, self._classes, self._crossed)
        self._lowest_limit = np.full(runs, np.inf)
        self._runs = runs
        self._start: Mapping[str, np.ndarray] | None = None
        self._entry = np.zeros(runs, int)
        self._last: dict[str, np.ndarray] = {}
        self._past: list[deque[tuple[int, float]]] = [deque(maxlen=LATELY) for _ in range(runs)]
        self._shares: list[deque[float]] = [deque(maxlen=LATELY) for _ in range(runs)]
        self._near, self._near_loss = np.full(runs, NEVER), np.full(runs, np.nan)

    def add(
        self,
        entry: int,
        curved: bool,
        rates: np.ndarray,
        losses: np.ndarray,
        now: Mapping[str, np.ndarray],
        ends: np.ndarray,
    ) -> None:
        """Take in what was measured at an entry: columns by name, and rates and losses of updates, each (R,)."""
        going = (ends >= entry) & np.isfinite(now["train_loss"])
        if self._start is None:
            self._start = {name: values.copy() for name, values in now.items()}
            self._last = {name: values.copy() for name, values in now.items()}
        for name, values in now.items():
            self._last[name] = np.where(going, values, self._last[name])
        self._entry = np.where(going, entry, self._entry)
        shares = rates / now["limit"]
        fresh = going & curved & (self._near == NEVER) & (shares >= NEAR_THE_EDGE)
        self._near, self._near_loss = np.where(fresh, entry, self._near), np.where(fresh, losses, self._near_loss)
        self._lowest_limit = np.where(going, np.fmin(self._lowest_limit, now["limit"]), self._lowest_limit)
        for run in np.flatnonzero(going).tolist():
            self._past[run].append((entry, float(now["train_loss"][run])))
            if curved:
                self._shares[run].append(float(shares[run]))

    def summaries(self) -> list[TrainingSummary]:
        """Return the summary of every network."""
        return [self._summary(run) for run in range(self._runs)]

    def _summary(self, run: int) -> TrainingSummary:
        last = {name: float(values[run]) for name, values in self._last.items()}
        start = {} if self._start is None else {name: float(values[run]) for name, values in self._start.items()}
        known = [value for name, value in last.items() if name.startswith("saturated") and not np.isnan(value)]
        fall, span = self._fall(run)
        return TrainingSummary(
            entry=int(self._entry[run]),
            examples=self._examples,
            classes=len(self._classes),
            common=float(self._classes.max()) if len(self._classes) else np.nan,
            baseline=self._baseline,
            crossed=self._crossed,
            start=start.get("train_loss", np.nan),
            loss=last.get("train_loss", np.nan),
            check=last.get("val_loss", np.nan),
            accuracy=last.get("train_accuracy", np.nan),
            check_accuracy=last.get("val_accuracy", np.nan),
            moved=last.get("moved", np.nan),
            activation=self._activation,
            saturated=max(known, default=np.nan),
            limit=start.get("limit", np.nan),
            lowest_limit=float(self._lowest_limit[run]),
            fall=fall,
            fall_span=span,
            shares=tuple(self._shares[run]),
            edge_step=None if self._near[run] == NEVER else int(self._near[run]),
            edge_loss=float(self._near_loss[run]),
        )

    def _fall(self, run: int) -> tuple[float, int]:
        """Return the factor per update of the training loss over the last measurements, and the updates between them.

        nan where it did not fall from each to the next; nan and 0 where there are few.
        """
        entries, losses = np.array(self._past[run], float).reshape(-1, 2).T
        if len(losses) < FEWEST_MEASURED:
            return np.nan, 0
        if not (losses > 0).all() or not (np.diff(losses) < 0).all():
            return np.nan, int(entries[-1] - entries[0])
        late = slice(-max(FEWEST_MEASURED, len(losses) // 2), None)  # Learning slows: what is older says less.
        slope = np.polyfit(entries[late] - entries[-1], np.log(losses[late]), 1)[0]
        return float(np.exp(slope)), int(entries[-1] - entries[0])


def _baseline(examples: Examples, shares: np.ndarray, crossed: bool) -> float:
    """Return the loss of the best constant output; ``shares`` of the examples are those of every class."""
    if examples.task != "classes":
        return float(np.var(examples.targets, axis=0).mean())
    some = shares[shares > 0]
    return float(-(some * np.log(some)).sum() if crossed else (shares * (1 - shares)).mean())
