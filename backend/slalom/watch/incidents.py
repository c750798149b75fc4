"""Incidents: batches whose loss or gradient is not finite, from the first sign until it is known where it began."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .nonfinite import LastBatch, NonFinite, bad_parameters, float_of, found_at, largest_parameter, place, place_in_loss
from .parameters import FIRST_MOMENTS, SECOND_MOMENTS
from .replay import is_finite


class Incidents:
    """What is known of the present batch, should it go wrong."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.happened = False
        """Whether something is not finite that was not looked into yet."""
        self._model, self._optimizer = model, optimizer
        self._start = largest_parameter(model)
        self._at_start = {*bad_parameters(model)}
        """Parameters that were not finite at the beginning."""
        self._told: set[str] = set()
        """Parameters that are not finite, as was told."""
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

    def look(self, waits_for_scaler: bool, last: bool = False) -> NonFinite | None:
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
        found = None
        if self._open is None:
            found = self._broken_parameter(batch)
            if self._done:
                return found
            found = place(self._model, batch, self._start, self._loss)
            if found is not None and found.kind != "loss":
                return self._tell(found)
        if told:
            return self._tell(place_in_loss(self._model, batch, self._loss, self._terms, found))
        self._open = self._open or found or place_in_loss(self._model, batch, None, {}, None)
        return self._tell(self._open) if last or found is not None else None

    def _broken_parameter(self, batch: LastBatch) -> NonFinite | None:
        """Return which parameter is not finite, unless that was told: all that follows from it is not told besides."""
        bad = bad_parameters(self._model)
        follows, self._told = not self._told.isdisjoint(bad), {*bad}
        if not bad:
            return None
        self._done = True
        return None if follows else _of_parameter(batch, self._model, self._optimizer, bad[0], bad[0] in self._at_start)

    def _tell(self, found: NonFinite) -> NonFinite:
        self._done, self._open = True, None
        return found


def _of_parameter(
    batch: LastBatch, model: nn.Module, optimizer: torch.optim.Optimizer, bad: str, at_start: bool
) -> NonFinite:
    """Return what can be said of a parameter that is not finite, and whether it was so at the start."""
    p, module = model.get_parameter(bad), bad.rpartition(".")[0]
    group = next((one for one in optimizer.param_groups if any(p is other for other in one["params"])), None)
    if at_start or batch.index == 0 or group is None or not p.requires_grad:
        said = f"the parameter {bad} is not finite"
        if batch.index:
            said += ", as at the beginning" if at_start else ", and no update of this optimizer changes it"
        return found_at(batch.index, "parameter", module, bad, None, said)
    found = found_at(
        batch.index - 1, "parameter", module, bad, None, f"after its update the parameter {bad} is not finite"
    )
    why = _why(float(group.get("lr", 0.0)), p, optimizer.state.get(p, {}))
    return found._replace(sentence=f"{found.sentence} {why}") if why else found._replace(of_rate=True)


def _why(lr: float, p: Tensor, state: Mapping[str, Any]) -> str:
    """Return what besides its gradient and a rate that is too high made a parameter not finite; empty for nothing."""
    if not math.isfinite(lr):
        return f"Its learning rate is {lr}."
    bad = ~torch.isfinite(p.detach())
    held = {name: one[bad] for name, one in state.items() if isinstance(one, Tensor) and one.shape == p.shape}
    means = [held[name] for name in FIRST_MOMENTS if name in held]
    for name in SECOND_MOMENTS if means and all(map(is_finite, means)) else ():
        if name in held and not bool((held[name] >= 0).all()):
            value = "nan" if bool(torch.isnan(held[name]).any()) else "below 0"
            return f"In the optimizer's state its {name} is {value}, which no finite gradient makes it."
    return ""


def overflowed(batch: int, before: float, after: float) -> str:
    """Return the sentence of an overflow that a scaler has found."""
    scales = f"the scale went from {before:,.15g} to {after:,.15g}"
    return f"Batch {batch:,}: the scaled gradient overflowed, no update was made, and {scales}."
