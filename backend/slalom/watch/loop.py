"""A loop that is watched, at whatever detail: what it tells, what becomes an entry, and the end of it."""

from __future__ import annotations

import math
import os
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import perf_counter
from types import TracebackType
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor

from slalom.catalogue.experiments.outcome import Outcome
from slalom.engine.lockstep.asides import is_aside
from slalom.engine.lockstep.interfaces import Event

from .budget import TimeBudget
from .gradients import GradientProbe
from .hooks import OptimizerTap, WatchHook
from .incidents import overflowed
from .losses import MOST_LOSSES, BatchLosses
from .parameters import WatchedParameters
from .recording import MOST_WAITING, Recording
from .rules import rates_of
from .trace import LoopEntry


class LoopUpdate(NamedTuple):
    """An update, and what is known of the entry before it."""

    told: int
    """How many losses were told before it."""
    rates: tuple[float, ...]
    grad_norm: float | Tensor
    clipped_norm: float | Tensor
    held: Mapping[str, float]
    measured: bool = False
    finite: bool = True


class WatchedLoop:
    """A loop that is watched for its losses, its rates, and now and then the norm of its gradient.

    Call ``step(loss)`` once in every round of the loop, and ``close()`` at the end. Nothing of the model is hooked.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        recording: Recording,
        parameters: WatchedParameters,
        budget: TimeBudget,
        *,
        scaler: Any = None,
        defers: bool = False,
        tell: Callable[[str], None],
    ) -> None:
        """``defers``: whether losses and norms stay on the device until a frame is made, so that nothing waits."""
        self.recording: Recording = recording
        self.budget: TimeBudget = budget
        self.on: bool = True
        """Whether the loop is being watched."""
        self.fault: str | None = None
        """Why it is not watched any more, where the watcher failed."""
        self.outcome: Outcome | None = None
        """What came of the loop, once it is closed."""
        self._optimizer, self._parameters, self._tell, self._scaler = optimizer, parameters, tell, scaler
        self._scale = math.nan if scaler is None else float(scaler.get_scale())
        self._gradient = GradientProbe(parameters, optimizer, scaler, defers)
        self._losses = BatchLosses(defers)
        self._last_norm: float | Tensor = math.nan
        self._thinned = False
        """Whether it was told that some gradients are left out."""
        self._groups = [len(group["params"]) for group in optimizer.param_groups]
        """How many parameters the groups had at the beginning; empty once it was told that they have others."""
        self._crowded = False
        """Whether it was told that some losses are."""
        self._held: Mapping[str, float] = {}
        """What was measured last of everything; another object once something of it is new."""
        self._made: list[LoopUpdate] = []
        """Updates that are no entries yet: a loss may still be told of the last one."""
        self._updates = 0
        self._settled = 0
        """How many of them are entries."""
        self._marks: list[int] = []
        """Losses that were told before the first two updates were made, or left out by a scaler."""
        self._hooks: list[Any] = []
        """Of the model."""
        self._tap = OptimizerTap.of(optimizer)
        self._on_update = WatchHook(self, self._before_update)
        self._tap.call_before(self._on_update)
        _watched.add(self)
        self._renew()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def step(self, loss: Any, terms: Mapping[str, Any] | None = None) -> None:
        """Tell the loss of the present batch, before or after the update; ``terms`` are its named parts, if any.

        A loop that accumulates gradients calls it for every batch; an entry then has the mean.
        """
        if not self.on or is_aside() or self.recording.trace.ended:
            return
        began = perf_counter()
        try:
            self._take(loss, terms)
            if self._losses.full:
                self._make_room()
        except Exception as error:
            self.give_up(error)
        self.budget.own += perf_counter() - began

    def close(self) -> Outcome | None:
        """Stop watching, write the end of the recording, and return what came of the loop."""
        if self.on:
            try:
                self._finish()
            except Exception as error:
                self.give_up(error)
        return self.outcome

    def leave(self) -> None:
        """Stop in a copy of the process, which has the model, too: the recording is the parent's."""
        self.on = False
        self._remove()
        self.recording.leave()

    def give_up(self, error: Exception) -> None:
        """Stop, since something within has failed: it is told once, and the loop goes on without being watched."""
        self.on, self.fault = False, f"{type(error).__name__}: {str(error)[:300]}"
        self._remove()
        with suppress(Exception):  # It may be the very thing that has failed.
            self._settle(last=True)
        self.recording.interrupt()
        self._tell(f"stopped watching ({self.fault}). The loop goes on.")

    def _finish(self) -> None:
        self._settle(last=True)
        self._remove()
        self.on = False
        self.outcome = self.recording.end()

    # What is seen

    def _take(self, loss: Any, terms: Mapping[str, Any] | None) -> None:
        self._add_loss(loss, self._losses.told - 1 + self._tells_late)

    def _add_loss(self, loss: Any, batch: int) -> float | Tensor:
        """Take in a loss, and return what is kept of it; a scaler may have left a ``batch`` out."""
        late = self._tells_late
        left_out = self._scaler is not None and self._overflow(batch)
        kept = self._losses.add(self._updates, loss)
        if left_out and late:
            self._losses.skip(self._updates)
        return kept

    def _before_update(self, optimizer: torch.optim.Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self.budget.is_asked(self._updates):
            self._see_gradient()
            if self._gradient.norm is not None:
                self._last_norm = self._gradient.norm
                self._gradient.forget()
        norm = self._last_norm
        self._add(LoopUpdate(self._losses.told, rates_of(optimizer), norm, norm, self._held))

    def _add(self, update: LoopUpdate) -> None:
        """Take in the next update; a tick is made of those before it when it is time."""
        if self._groups and self._groups != [len(group["params"]) for group in self._optimizer.param_groups]:
            self._groups = []
            self._tell(
                "the optimizer has other parameters than at the beginning: norms, rates and the sharpness stay those "
                "of the first ones. Begin the watch once all of them are there."
            )
        made = self._made
        if made and (perf_counter() >= self.recording.due or len(made) >= MOST_WAITING):
            self._settle()
        self._made.append(update)
        self._updates += 1
        self._end_batches()

    def _end_batches(self) -> None:
        """Note that the batches up to now have made an update, or that a scaler has left it out."""
        if len(self._marks) < 2:
            self._marks.append(self._losses.told)

    @property
    def _tells_late(self) -> bool:
        """Whether the loss of a batch is told after its update, as far as is known."""
        lag, marks = self._lag(), self._marks
        return not (marks[0] if marks else self._losses.told) if lag is None else lag == 1

    def _lag(self) -> int | None:
        """Return by how many batches a loss is told later than its update, 0 or 1; None while that is not known."""
        if len(self._marks) < 2:
            return None
        # Where it is told later, one more is told between the first two than before the first.
        return int(self._marks[1] == 2 * self._marks[0] + 1)

    def _settle(self, last: bool = False) -> None:
        """Make entries of the updates, whose losses are known by now; before the ``last`` ones two are waited for."""
        lag = self._lag()
        if lag is None:
            if not last:
                return
            lag = int(bool(self._marks) and self._losses.told > self._marks[0])
        made, self._made = self._made, []
        entries = []
        for update in made:
            norm = update.grad_norm
            finite = isinstance(norm, float) and math.isfinite(norm)
            loss = self._losses.up_to(update.told + lag, self._settled + lag, finite)
            self._settled += 1
            if loss is not None:  # Somebody has told one.
                entries.append(LoopEntry(loss, *update[1:]))
        self.recording.take(entries, last)
        if self.recording.trace.ended:
            self._remove()

    def _make_room(self) -> None:
        """Let go of losses that wait: entries are made of updates; where there are none, the oldest are left out."""
        if self._made:
            self._settle()
        if self._losses.full and not self._crowded:
            self._crowded = True
            self._tell(
                f"{MOST_LOSSES:,} losses were told since the last update: of older ones nothing is kept. Is it this "
                "optimizer that the loop steps?"
            )

    def _see_gradient(self) -> None:
        """Measure the norm of the gradient if there is time for it."""
        if self.budget.affords("norm"):
            self._measure_norm()
        elif not self._thinned:
            self._thinned = True
            self._tell("the updates are so short that not every gradient is measured; between, the last one stands.")

    def _measure_norm(self) -> None:
        self.budget.spend("norm", lambda: self._gradient.measure(self._scale))

    def _renew(self) -> None:
        """Put together anew what was measured last."""
        self._held = {} if self._scaler is None else {"scale": self._scale}

    def _overflow(self, batch: int) -> bool:
        """Tell that a scaler has found an overflow, and left out the update of a batch; return whether it has."""
        before, self._scale = self._scale, float(self._scaler.get_scale())
        if self._scale != before:
            self._renew()
        if not self._scale < before:
            return False
        self._end_batches()
        self._losses.skip(self._updates)
        self.recording.note(Event(0, "overflow", self._updates, overflowed(batch, before, self._scale)))
        return True

    def _remove(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        self._tap.forget(self._on_update)


_watched: weakref.WeakSet[WatchedLoop] = weakref.WeakSet()
"""Of this process."""


def _leave_all() -> None:
    for one in list(_watched):
        one.leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_all)
