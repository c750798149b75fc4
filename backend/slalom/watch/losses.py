"""The losses of a watched loop: told batch by batch, before or after the update that they belong to."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor

ALARM = 1.5
"""A loss so many times as large as it was lately is alarming."""
NEWEST = 0.1
"""The weight of the newest loss in the mean of late."""


class BatchLosses:
    """Losses that wait for their update; and how the loss has fared lately."""

    def __init__(self, defers: bool) -> None:
        """``defers``: whether a loss stays on the device that computes it, so that nothing waits for it."""
        self.alarming = False
        """Whether the loss of the last update was much larger than those before."""
        self._defers = defers
        self._waiting: list[tuple[int, float | Tensor]] = []
        """With the number of batches so far."""
        self._trained: set[int] = set()
        """Numbers of batches from whose loss gradients came back."""
        self._last: float | Tensor | None = None
        self._lately = math.nan

    def add(self, batches: int, loss: Any) -> float | Tensor:
        """Take in the loss of the latest of so many batches, and return what is kept of it.

        Raises ValueError where it is not one number.
        """
        if isinstance(loss, Tensor):
            if loss.numel() != 1:
                raise ValueError(f"step() takes the loss, one number; it was given {loss.numel():,} of them")
            kept = loss.detach().clone() if self._defers else loss.item()
        else:
            kept = float(loss)
        self._waiting.append((batches, kept))
        return kept

    def trained(self, batches: int) -> None:
        """Note that the latest of so many batches has sent a gradient back."""
        self._trained.add(batches)

    def of_update(self, batches: int, finite: bool) -> float | Tensor | None:
        """Return the mean loss of an update after so many batches; where none was told, the last one.

        Batches that the loop has left out, because no gradient came back or, where that of the update is ``finite``,
        because they were not, do not count.
        """
        trained, waiting = self._trained, self._waiting
        mine = [loss for number, loss in waiting if number <= batches and (not trained or number in trained)]
        self._waiting = [one for one in waiting if one[0] > batches]
        if trained:
            self._trained = {number for number in trained if number > batches}
        if len(mine) > 1 and finite and not self._defers:
            mine = [loss for loss in mine if math.isfinite(loss)] or mine
        if mine:
            self._last = mine[0] if len(mine) == 1 else sum(mine) / len(mine)
            self._compare()
        return self._last

    def _compare(self) -> None:
        loss = self._last
        if not isinstance(loss, float):
            return
        self.alarming = loss > ALARM * self._lately
        known = math.isfinite(self._lately)
        self._lately = (1 - NEWEST) * self._lately + NEWEST * loss if known else loss
