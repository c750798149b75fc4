"""The watcher of one training loop: hooks of its model and its optimizer, and what they see of every update.

Entry k is the state after k updates: the loss of the batches that update k + 1 looks at, their gradient, and its rates.
What is done for every update is little: the arguments of the model are kept, and two gradients are looked at. Whatever
takes longer has hooks of its own, for as long as it is on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn

from .budget import TimeBudget
from .details import LoopDetails
from .gradients import after_backward
from .hooks import WatchHook
from .incidents import Incidents
from .loop import LoopUpdate, WatchedLoop
from .nonfinite import LastBatch, has_examples_first
from .parameters import WatchedParameters
from .recording import Recording
from .replay import is_finite
from .rules import rates_of, rules_of
from .sharpness import SharpnessProbe


class LoopWatcher(WatchedLoop):
    """A loop that is watched in full. Call ``step(loss)`` once in every round of it, and ``close()`` at the end."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        recording: Recording,
        parameters: WatchedParameters,
        budget: TimeBudget,
        *,
        incidents: Incidents,
        details: LoopDetails,
        probe: SharpnessProbe | None = None,
        criterion: nn.Module | None = None,
        scaler: Any = None,
        tell: Callable[[str], None],
    ) -> None:
        self._incidents, self._details, self._probe = incidents, details, probe
        self._sharp: Mapping[str, float] = {}
        """What was measured last of the sharpness."""
        super().__init__(optimizer, recording, parameters, budget, scaler=scaler, tell=tell)
        self._device, self._examples_first = parameters.device, has_examples_first(model)
        self._called = False
        """Whether a call of the model was seen."""
        self._batch: LastBatch | None = None
        self._last_whole: float | Tensor = math.nan
        """The last norm that was measured before a gradient could be clipped."""
        self._clips = False
        """Whether gradients are changed between the way back and the update."""
        self._before: float | Tensor | None = None
        """The norm of the gradient before anybody clipped it."""
        self._waits: Any = None
        """The hook of a parameter, whose gradient says that one has come back, while that is waited for."""
        self._ends: WatchHook | None = None
        """The hook of the optimizer after an update, while one is needed."""
        self._opened: LoopUpdate | None = None
        """The present update, where that calls a closure."""
        self._asked = True
        """Whether the budget is asked before the present update."""
        self._measured = self._within = self._suspect = False
        """Whether the sharpness was measured before the present update, whether that calls a closure, and whether the
        gradient of the last one was not finite."""
        self._round: tuple[object, ...] = ()
        """What had happened before the last call of the model, which is the same for all calls of one batch."""
        self._unseen_from, self._unseen_told = 0, False
        """Updates made before the present batch where no call of the model is seen, and whether its loss was told."""
        with suppress(RuntimeError):  # A model that TorchScript has compiled takes none.
            self._hooks += [
                model.register_forward_pre_hook(WatchHook(self, self._before_forward), with_kwargs=True),
                model.register_forward_hook(WatchHook(self, self._after_forward)),
            ]
        if criterion is not None:
            self._hooks.append(criterion.register_forward_hook(WatchHook(self, self._after_loss)))

    def _finish(self) -> None:
        self._look_into(last=True)
        self.recording.trace.moved = self._details.moved()
        super()._finish()

    def _take(self, loss: Any, terms: Mapping[str, Any] | None) -> None:
        incidents = self._incidents
        if not self._called and (self._batch is None or self._unseen_told):
            self._begin_unseen()
        self._unseen_told = True
        kept = self._add_loss(loss, self._losses.told - 1 + self._tells_late)
        if not math.isfinite(kept):
            incidents.happened = True
            self.recording.due = 0.0
        incidents.learn(loss if isinstance(loss, Tensor) else None, terms or {})
        if incidents.happened:
            self._look_into()

    # Hooks of the model

    def _before_forward(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if not torch.is_grad_enabled():
            return
        if self._scaler is not None:
            self._overflow(self._losses.told - 1)
        if self._incidents.happened:
            self._look_into(last=True)
        index = max(self._losses.told, self._updates)  # Of those that are only evaluated nothing comes.
        batch = LastBatch(index, args, kwargs, self._device, self._examples_first)
        now = (self._losses.told, self._updates, *self._gradient.mark)
        if self._batch is not None and module.training and now == self._round:
            batch.follow(self._batch)
        self._batch, self._round, self._called = batch, now, True
        self._incidents.begin(batch)
        if index == 0:
            self.recording.trace.batch_size = batch.size
        if self._asked and self._waits is None and self.budget.affords("norm"):
            self._wait()

    def _begin_unseen(self) -> None:
        """Begin a batch for which nobody has seen the model called."""
        self._batch = LastBatch(self._losses.told, (), {}, self._device)
        self._incidents.begin(self._batch)
        self._unseen_from, self._unseen_told = self._updates, False

    def _after_forward(self, module: nn.Module, args: tuple[Any, ...], made: Any) -> None:
        if self._batch is not None and torch.is_grad_enabled():
            self._batch.made = made

    def _after_loss(self, module: nn.Module, args: tuple[Any, ...], made: Any) -> None:
        if self._batch is not None and torch.is_grad_enabled():
            self._batch.loss_call = module, args

    def _wait(self) -> None:
        """Wait for the gradient of the next batches."""
        first = next((p for p in self._parameters.tensors if p.requires_grad and p.is_leaf), None)
        if self._waits is None and first is not None:
            self._waits = first.register_post_accumulate_grad_hook(WatchHook(self, self._on_gradient))

    def _on_gradient(self, parameter: Tensor) -> None:
        """Wait for the end of the way back: it is near where the gradient of this parameter is there."""
        after_backward(WatchHook(self, self._after_backward))

    def _after_backward(self) -> None:
        """See the whole gradient before anybody clips it."""
        if not self._within:
            self._measure_norm()
            self._before = self._gradient.norm
        elif self._opened is None:
            self._see_gradient()
            self._before = self._gradient.norm
            self._look_into()
            self._opened = self._open_update()
        else:
            self._gradient.forget()  # Of several gradients of one update the first is that of its entry.

    # Hooks of the optimizer

    def _before_update(self, optimizer: torch.optim.Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if not self._called and (self._batch is None or (self._unseen_told and self._unseen_from != self._updates)):
            self._begin_unseen()
        alarming = self._losses.alarming
        if self._probe is not None and (alarming or self._asked):
            self._measured = self._measure_sharpness(self._probe, alarming)
        self._within = (len(args) > 1 and args[1] is not None) or kwargs.get("closure") is not None
        if self._within:
            self._wait()
            self._end_with(self._after_closure)
            return
        gradient = self._gradient
        if self._before is None:
            self._see_gradient()
        else:
            self._clips = gradient.changed
            if self._clips:
                self._measure_norm()
        if self._incidents.happened:
            self._look_into()
        self._close_update(self._open_update())

    def _open_update(self) -> LoopUpdate:
        """Return what is known before an update: its gradient is there."""
        gradient, details = self._gradient, self._details
        if gradient.norm is not None:
            self._last_norm = gradient.norm
        if details.is_on or (self._asked and self.budget.affords("details")):
            step = self._updates
            self.budget.spend("details", lambda: details.before_update(step))
            self._renew()
            if self._ends is None:
                self._end_with(self._after_details)
        clipped = self._last_norm
        if self._before is not None:
            self._last_whole = self._before
        whole = self._last_whole if self._clips or self._before is not None else clipped
        finite = not self._suspect or all(map(is_finite, self._parameters.tensors))
        rates = rates_of(self._optimizer)
        self._suspect = gradient.broken
        return LoopUpdate(self._losses.told, rates, whole, clipped, self._held, self._measured, finite)

    def _close_update(self, update: LoopUpdate) -> None:
        """Take in an update, and begin anew."""
        if not update.finite:
            self.recording.due = 0.0
        self._add(update)
        self._gradient.forget()
        self._before, self._opened, self._measured = None, None, False
        self._asked = self.budget.is_asked(self._updates)
        if self._updates == 1 and not self._called:
            self._tell(
                "no hook sees that the model itself is called: where a number stops being finite is told in less "
                "detail. Is it compiled? Then give the watch what torch.compile returned. Does the loop call its "
                "parts, or another method than forward? Then let forward do that."
            )
        if self._waits is not None:
            self._waits.remove()
            self._waits = None

    def _end_with(self, work: Callable[[], None]) -> None:
        """Do something once after the present update."""

        def ended(optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
            self._tap.forget(self._ends)
            self._ends = None
            work()

        self._tap.forget(self._ends)
        self._ends = WatchHook(self, ended)
        self._tap.call_after(self._optimizer, self._ends)

    def _after_details(self) -> None:
        self.budget.spend("details", self._details.after_update)
        self._renew()

    def _after_closure(self) -> None:
        """See what a closure has left: its batches, and a gradient that may have been clipped since."""
        if self._gradient.norm is not None and self._gradient.changed:
            self._measure_norm()
            self._last_norm = self._gradient.norm or math.nan
        update = self._opened or self._open_update()
        self._within = False
        self._close_update(update._replace(told=self._losses.told, clipped_norm=self._last_norm))
        if self._details.is_on:
            self._after_details()

    # What is seen

    def _see_gradient(self) -> None:
        """Measure the norm of the gradient if there is time for it, else see whether it is finite at its ends."""
        if self._asked:
            super()._see_gradient()
        if self._gradient.norm is None:
            self._gradient.glance()
            self._take_note()

    def _measure_norm(self) -> None:
        super()._measure_norm()
        self._take_note()

    def _take_note(self) -> None:
        if self._gradient.broken:
            self._incidents.happened = True

    def _measure_sharpness(self, probe: SharpnessProbe, urgent: bool) -> bool:
        """Measure the sharpness where it is time; return whether it was."""
        if not self.budget.affords("sharpness", urgent):
            return False
        optimizer = self._optimizer
        rules = rules_of(optimizer)
        if rules[0].is_preconditioned and not optimizer.state:
            return False  # There is no preconditioner before the first update.
        try:
            found = self.budget.spend("sharpness", lambda: probe.look(rules, rates_of(optimizer)))
        except Exception as error:
            self._probe = None
            self._tell(f"the sharpness cannot be measured ({type(error).__name__}: {str(error)[:200]}).")
            return False
        self._sharp = found._asdict()
        self._renew()
        return True

    def _renew(self) -> None:
        super()._renew()
        self._held = {**self._details.held, **self._sharp, **self._held}

    # What goes wrong

    def _overflow(self, batch: int) -> bool:
        found = super()._overflow(batch)
        if found:
            self._incidents.forgive()
        return found

    def _look_into(self, last: bool = False) -> None:
        """Find where a number stopped being finite, if one did, while the parameters are still those of the batch."""
        if not self._incidents.happened or self._batch is None:
            return
        found = self._incidents.look(self._scaler is not None, last)
        if found is not None:
            self.recording.place(found, self._updates)

    def _remove(self) -> None:
        if self._waits is not None:
            self._waits.remove()
        self._tap.forget(self._ends)
        self._waits = self._ends = None
        super()._remove()
