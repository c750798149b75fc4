"""The schedule that listens: it lowers the learning rate when the loss stops falling."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from slalom.catalogue.base.choice import Array

from .base import LONGEST_RUN, Length, Schedule


class PlateauState(NamedTuple):
    """What a plateau schedule remembers: NumPy arrays of shape () or (E,)."""

    lr: Array
    """The learning rate now."""
    best: Array
    """The last loss that counted as better."""
    bad: Array
    """Readings since then, those in a pause left out."""
    pause: Array
    """Readings that are still ignored after a drop."""


class Plateau(Schedule):
    """Lower the learning rate when the loss has not been better for a while: lower, or for who climbs higher.

    Every ``every`` updates it reads the full loss. After more than ``patience`` readings in a row that are not better
    than the best one by the threshold, lr ← max(lr · factor, min_lr), and ``cooldown`` readings are ignored. A loss of
    nan is never better. During ``warmup`` nothing is read.

    >>> schedule = Plateau(patience=1, factor=0.5)
    >>> state = schedule.init(1.0)
    >>> for loss in 3.0, 2.0, 2.0, 2.0:
    ...     state = schedule.read(state, loss)
    >>> float(state.lr), float(state.best)
    (0.5, 2.0)
    """

    kind: Literal["plateau"] = "plateau"
    mode: Literal["min", "max"] = "min"
    """Whether a lower loss is better, or a higher one."""
    factor: float = Field(0.1, ge=0, lt=1)
    """What the rate is multiplied by."""
    patience: int = Field(10, ge=0, le=LONGEST_RUN)
    """Readings without progress that are put up with."""
    threshold: float = Field(1e-4, ge=0)
    """By how much a loss must differ from the best to count as better."""
    threshold_mode: Literal["rel", "abs"] = "rel"
    """Whether the threshold is a share of the best loss or a number."""
    cooldown: int = Field(0, ge=0, le=LONGEST_RUN)
    """Readings ignored after a drop."""
    min_lr: float = Field(0.0, ge=0)
    """The rate never falls below this."""
    eps: float = Field(1e-8, ge=0)
    """A drop smaller than this is not made."""
    every: Length = 1
    """Updates between two readings."""

    title = "On a plateau"
    source = "torch.optim.lr_scheduler.ReduceLROnPlateau"

    def init(self, lr: Array) -> PlateauState:
        """Return the state before the first reading; ``lr`` is a float or a column (E,)."""
        lr = np.asarray(lr, np.float64)
        nothing = np.zeros(lr.shape, np.int64)
        return PlateauState(lr, np.full(lr.shape, self._sign * np.inf), nothing, nothing)

    def reads(self, entry: int) -> bool:
        """Tell whether the loss after ``entry`` updates is read, before the next update is made."""
        return entry > self.warmup and (entry - self.warmup) % self.every == 0

    def read(self, state: PlateauState, loss: Array) -> PlateauState:
        """Return the state after reading the full loss: a float or a column (E,), like the learning rate."""
        loss = np.asarray(loss, np.float64)
        with np.errstate(all="ignore"):
            better = self._sign * loss < self._sign * self._bar(state.best)
            lower = np.maximum(state.lr * self.factor, self.min_lr)
            bad = np.where(better | (state.pause > 0), 0, state.bad + 1)
            drop = bad > self.patience
            lr = np.where(drop & (state.lr - lower > self.eps), lower, state.lr)
        pause = np.where(drop, self.cooldown, np.maximum(state.pause - 1, 0))
        return PlateauState(lr, np.where(better, loss, state.best), np.where(drop, 0, bad), pause)

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        """Return the same rate throughout: between two readings nothing changes, so pass the state's."""
        return lr + np.zeros(t.shape)

    def torch_source(self, rest: int) -> str:
        return "return lr"

    def _bar(self, best: Array) -> Array:
        less = self._sign * self.threshold
        return best * (1 - less) if self.threshold_mode == "rel" else best - less

    @property
    def _sign(self) -> float:
        """What losses are multiplied by so that a lower one is better."""
        return 1.0 if self.mode == "min" else -1.0


__all__ = ["Plateau", "PlateauState"]
