"""The losses of a watched loop: told batch by batch, before or after the update that they belong to."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

from torch import Tensor

ALARM = 1.5
"""A loss so many times as large as it was lately is alarming."""
NEWEST = 0.1
"""The weight of the newest loss in the mean of late."""


MOST_LOSSES = 4096
"""Losses that wait for their update, at most."""


class BatchLosses:
    """Losses that wait for their update; and how the loss has fared lately."""

    def __init__(self, defers: bool) -> None:
        """``defers``: whether a loss stays on the device that computes it, so that nothing waits for it."""
        self.alarming = False
        """Whether the last loss was much larger than those before."""
        self.told = 0
        """How many were told."""
        self._defers = defers
        self._waiting: deque[tuple[int, int, float | Tensor]] = deque(maxlen=MOST_LOSSES)
        """With their number, from 1, and how many updates were made; of more than there is room for, the newest."""
        self._last: float | Tensor | None = None
        self._lately = math.nan

    def add(self, updates: int, loss: Any) -> float | Tensor:
        """Take in the loss of a batch that is told after some ``updates``, and return what is kept of it.

        Raises ValueError where it is not one number.
        """
        if isinstance(loss, Tensor):
            if loss.numel() != 1:
                raise ValueError(f"step() takes the loss, one number; it was given {loss.numel():,} of them")
            kept = loss.detach().clone() if self._defers else loss.item()
        else:
            kept = float(loss)
        self.told += 1
        self._waiting.append((self.told, updates, kept))
        if not self._defers:
            self._compare(kept)
        return kept

    @property
    def full(self) -> bool:
        """Whether the next loss would take the place of one that waits."""
        return len(self._waiting) == MOST_LOSSES

    def skip(self, updates: int) -> None:
        """Let go of the losses that were told after so many ``updates``: of their batches none is made."""
        waiting = self._waiting
        while waiting and waiting[-1][1] == updates:
            waiting.pop()

    def up_to(self, number: int, updates: int, finite: bool) -> float | Tensor | None:
        """Return the mean loss of the batches that made an update; where none was told, the last one.

        Those up to a ``number`` count that were told after at most so many ``updates``. Where the gradient was
        ``finite``, batches whose loss is not were left out by the loop, and do not count.
        """
        waiting, mine = self._waiting, []
        while waiting and waiting[0][0] <= number and waiting[0][1] <= updates:
            mine.append(waiting.popleft()[2])
        if len(mine) > 1:
            if finite and not self._defers:
                mine = [loss for loss in mine if math.isfinite(loss)] or mine
            self._last = sum(mine) / len(mine)
        elif mine:
            self._last = mine[0]
        return self._last

    def _compare(self, loss: Any) -> None:
        self.alarming = loss > ALARM * self._lately
        self._lately = loss if self._lately != self._lately else (1 - NEWEST) * self._lately + NEWEST * loss
