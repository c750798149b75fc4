"""Incidents: batches whose loss or gradient is not finite, from the first sign until it is known where it began."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from .nonfinite import LastBatch, NonFinite, float_of, largest_parameter, place, place_in_loss


class Incidents:
    """What is known of the present batch, should it go wrong."""

    def __init__(self, model: nn.Module) -> None:
        self.happened = False
        """Whether something is not finite that was not looked into yet."""
        self._start = largest_parameter(model)
        self._batch: LastBatch | None = None
        self._loss: Tensor | None = None
        self._terms: Mapping[str, Any] = {}
        self._open: NonFinite | None = None
        """What is known but for the operation of the loss, which nobody has told yet."""
        self._done = False
        """Whether this batch was told already."""

    def begin(self, batch: LastBatch) -> None:
        """Forget the last batch."""
        self._batch, self._loss, self._terms = batch, None, {}
        self.happened = self._done = False
        self._open = None

    def learn(self, loss: Tensor | None, terms: Mapping[str, Any]) -> None:
        """Take in the loss of the present batch, and its terms."""
        self._loss, self._terms = loss, terms
        self.happened = self.happened or self._open is not None

    def forgive(self) -> None:
        """Let it be: a scaler has left the update out."""
        self.happened, self._open = False, None

    def look(self, model: nn.Module, waits_for_scaler: bool, last: bool = False) -> NonFinite | None:
        """Return where a number of the present batch stopped being finite; None where that is not known yet.

        A gradient that a scaler may forgive is waited for, unless this is the ``last`` chance.
        """
        batch, self.happened = self._batch, False
        if batch is None or self._done:
            return None
        told = self._loss is not None or bool(self._terms)
        if waits_for_scaler and not last and (self._loss is None or math.isfinite(float_of(self._loss))):
            self.happened = True
            return None
        found = self._open or place(model, batch, self._start)
        if found is not None and found.kind != "loss":
            return self._tell(found)
        if told:
            return self._tell(place_in_loss(model, batch, self._loss, self._terms, found))
        self._open = found or place_in_loss(model, batch, None, {}, None)
        return self._tell(self._open) if last or self._open.name else None

    def _tell(self, found: NonFinite) -> NonFinite:
        self._done, self._open = True, None
        return found


def overflowed(batch: int, before: float, after: float) -> str:
    """Return the sentence of an overflow that a scaler has found."""
    scales = f"the scale went from {before:,.15g} to {after:,.15g}"
    return f"Batch {batch:,}: the scaled gradient overflowed, no update was made, and {scales}."
