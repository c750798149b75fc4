"""The watcher of one training loop: hooks of its model and its optimizer, and what they see of every update.

Entry k is the state after k updates: the loss of the batches that update k + 1 looks at, their gradient, and its rates.
Whatever goes wrong in here is told once, and the loop goes on without being watched.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from time import perf_counter
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import torch
from torch import Tensor, nn

from slalom.catalogue.experiments.outcome import Outcome
from slalom.engine.lockstep.interfaces import Event

from .budget import TimeBudget
from .details import LoopDetails
from .gradients import GradientProbe, after_backward
from .incidents import Incidents, overflowed
from .losses import BatchLosses
from .nonfinite import LastBatch
from .parameters import WatchedParameters
from .recording import Recording
from .replay import is_finite, tensors_in
from .rules import rates_of, rules_of
from .sharpness import SharpnessProbe
from .trace import LoopEntry

MOST_KEPT = 1 << 24
"""Numbers of an output whose gradient is kept: 64 MB in float32."""
_Method = TypeVar("_Method", bound=Callable[..., Any])


class _Update(NamedTuple):
    """An update, and what is known of the entry before it."""

    batch: int
    """Training batches so far."""
    rates: tuple[float, ...]
    grad_norm: float | Tensor | None
    clipped_norm: float | Tensor | None
    held: Mapping[str, float]
    measured: bool
    finite: bool


def _guarded(method: _Method) -> _Method:
    """Let a method fail without breaking the loop: it is told once, and nothing is watched any more.

    What it takes is paid from the time budget.
    """

    @functools.wraps(method)
    def guarded(self: Watcher, *args: Any, **kwargs: Any) -> Any:
        if not self.on or self._busy:
            return None
        began = perf_counter()
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            self._give_up(error)
            return None
        finally:
            self.budget.own += perf_counter() - began

    return guarded  # type: ignore[return-value]


class Watcher:
    """A loop that is watched. Call ``step(loss)`` once in every round of the loop, and ``close()`` at the end."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        recording: Recording,
        parameters: WatchedParameters,
        budget: TimeBudget,
        *,
        incidents: Incidents | None,
        details: LoopDetails | None = None,
        probe: SharpnessProbe | None = None,
        scaler: Any = None,
        criterion: nn.Module | None = None,
        tell: Callable[[str], None],
    ) -> None:
        """``incidents`` is None where nothing is looked into that goes wrong, ``details`` where none are measured."""
        self.recording, self.budget = recording, budget
        self.on = True
        """Whether the loop is being watched."""
        self.fault: str | None = None
        """Why it is not watched any more, where the watcher failed."""
        self.outcome: Outcome | None = None
        """What came of the loop, once it is closed."""
        self._model, self._optimizer, self._parameters = model, optimizer, parameters
        self._incidents, self._details, self._probe, self._tell = incidents, details, probe, tell
        self._scaler = scaler
        self._scale = math.nan if scaler is None else float(scaler.get_scale())
        # Where nothing is looked into, losses and norms stay on their device until a frame is made of them.
        defers = incidents is None and parameters.device != "cpu"
        self._gradient = GradientProbe(parameters, optimizer, scaler, defers)
        self._losses = BatchLosses(defers)
        self._before: float | Tensor | None = None
        """The norm of the gradient before anybody clipped it."""
        self._last_norm: float | Tensor | None = None
        self._thinned = False
        """Whether it was told that some gradients are left out."""
        self._sharp: Mapping[str, float] = {}
        """What was measured last of the sharpness."""
        self._held: Mapping[str, float] = {}
        """What was measured last of everything; another object once something of it is new."""
        self._busy = False
        """Whether the model is being called by the watcher itself."""
        self._batches = 0
        self._batch: LastBatch | None = None
        self._suspect = False
        """Whether the gradient of the last update was not finite."""
        self._update: _Update | None = None
        self._measured = False
        """Whether the sharpness was measured before the present update."""
        self._returned = self._within = False
        """Whether a gradient has come back since the last update; whether an update calls a closure for its own."""
        self._hooks = [
            *self._hooks_of(model),
            optimizer.register_step_pre_hook(self._before_update),
            optimizer.register_step_post_hook(self._after_update),
        ]
        if criterion is not None:
            self._hooks.append(criterion.register_forward_hook(self._after_loss))
        self._renew()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @_guarded
    def step(self, loss: Any, terms: Mapping[str, Any] | None = None) -> None:
        """Tell the loss of the present batch, before or after the update; ``terms`` are its named parts, if any.

        A loop that accumulates gradients calls it for every batch; an entry then has the mean.
        """
        kept = self._losses.add(self._batches, loss)
        if self._scaler is not None:
            self._overflow()
        incidents = self._incidents
        if incidents is not None:
            if not math.isfinite(kept):
                incidents.happened = True
            incidents.learn(loss if isinstance(loss, Tensor) else None, terms or {})
            self._look_into()

    def close(self) -> Outcome | None:
        """Stop watching, write the end of the recording, and return what came of the loop."""
        if self.on:
            self._finish()
        return self.outcome

    @_guarded
    def _finish(self) -> None:
        self._look_into(last=True)
        self._commit()
        if self._details is not None:
            self.recording.trace.moved = self._details.moved()
        self._remove()
        self.on = False
        self.outcome = self.recording.end()

    # Hooks

    def _hooks_of(self, model: nn.Module) -> list[Any]:
        """Return the hooks of the model; where nothing is looked into, only batches are counted."""
        if self._incidents is None:
            return [model.register_forward_pre_hook(self._count)]
        first = next((p for p in self._parameters.tensors if p.requires_grad and p.is_leaf), None)
        return [
            model.register_forward_pre_hook(self._before_forward, with_kwargs=True),
            model.register_forward_hook(self._after_forward),
            *([] if first is None else [first.register_post_accumulate_grad_hook(self._on_gradient)]),
        ]

    @_guarded
    def _count(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        if torch.is_grad_enabled():
            if self._scaler is not None:
                self._overflow()
            self._batches += 1

    @_guarded
    def _before_forward(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if not torch.is_grad_enabled() or self._incidents is None:
            return
        if self._scaler is not None:
            self._overflow()
        self._look_into(last=True)
        self._batch = batch = LastBatch(self._batches, args, kwargs)
        self._incidents.begin(batch)
        if self.recording.trace.batch_size is None:
            self.recording.trace.batch_size = batch.size
        self._batches += 1

    @_guarded
    def _after_forward(self, module: nn.Module, args: tuple[Any, ...], made: Any) -> None:
        if self._batch is None or not torch.is_grad_enabled():
            return
        self._batch.outputs = outputs = [one for one in tensors_in(made) if one.requires_grad]
        for output in outputs:
            if output.numel() <= MOST_KEPT:
                output.retain_grad()

    @_guarded
    def _after_loss(self, module: nn.Module, args: tuple[Any, ...], made: Any) -> None:
        if self._batch is not None and torch.is_grad_enabled():
            self._batch.loss_call = module, args

    @_guarded
    def _on_gradient(self, parameter: Tensor) -> None:
        """Wait for the end of the way back: it is near where the gradient of the first parameter is there."""
        self._losses.trained(self._batches)
        after_backward(self._after_backward)

    @_guarded
    def _after_backward(self) -> None:
        """See the whole gradient before anybody clips it."""
        self._returned = True
        self._see_gradient()
        self._before = self._gradient.norm
        if self._within and self._update is None:
            self._look_into()
            self._open_update()

    @_guarded
    def _before_update(self, optimizer: torch.optim.Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._commit()
        self._look_into()
        if not self.on:
            return
        self._measured = self._measure_sharpness()
        self._within = (len(args) > 1 and args[1] is not None) or kwargs.get("closure") is not None
        if not self._within:
            if not self._returned:
                self._see_gradient()
            elif self._gradient.norm is not None and self._gradient.changed:
                self._measure_norm()
            self._look_into()
            self._open_update()

    def _open_update(self) -> None:
        """Note what is known before an update: its gradient is there."""
        norm, details = self._gradient.norm, self._details
        clipped = self._last_norm if norm is None else norm
        self._last_norm = clipped
        if details is not None and (details.is_on or self.budget.affords("details")):
            step = self.recording.step
            self.budget.spend("details", lambda: details.before_update(step))
            self._renew()
        whole = clipped if self._before is None else self._before
        rates, finite = rates_of(self._optimizer), self._is_finite()
        self._update = _Update(self._batches, rates, whole, clipped, self._held, self._measured, finite)

    @_guarded
    def _after_update(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        details, gradient = self._details, self._gradient
        if self._within:
            self._after_closure()
        if details is not None and details.is_on:
            self.budget.spend("details", details.after_update)
            self._renew()
        gradient.forget()
        self._before, self._returned, self._within = None, False, False
        self._suspect, gradient.broken = gradient.broken, False

    def _after_closure(self) -> None:
        """See what a closure has left: its gradient may have been clipped since."""
        if self._update is None:
            self._open_update()
        elif self._gradient.norm is not None and self._gradient.changed:
            self._measure_norm()
            self._last_norm = self._gradient.norm
        if self._update is not None:
            self._update = self._update._replace(batch=self._batches, clipped_norm=self._last_norm)

    # What is seen

    def _commit(self) -> None:
        """Make an entry of the last update: its losses are known by now."""
        update, self._update = self._update, None
        if update is None:
            return
        norm = update.grad_norm
        loss = self._losses.of_update(update.batch, isinstance(norm, float) and math.isfinite(norm))
        if loss is None:
            return  # Nobody has told a loss yet.
        norms = [math.nan if one is None else one for one in (norm, update.clipped_norm)]
        entry = LoopEntry(loss, update.rates, *norms, update.held, update.measured, update.finite)
        self.recording.add(entry)
        if not update.finite or (isinstance(loss, float) and not math.isfinite(loss)):
            self.recording.flush()
        if self.recording.trace.ended:
            self._remove()

    def _see_gradient(self) -> None:
        """Measure the norm of the gradient if there is time for it; otherwise see at least whether it is finite."""
        if self.budget.affords("norm"):
            self._measure_norm()
            return
        self._gradient.forget()
        if not self._thinned:
            self._thinned = True
            self._tell("the updates are so short that not every gradient is measured; between, the last one stands.")
        if self._incidents is not None:
            self._gradient.glance()
            self._take_note()

    def _measure_norm(self) -> None:
        self.budget.spend("norm", lambda: self._gradient.measure(self._scale))
        self._take_note()

    def _take_note(self) -> None:
        if self._gradient.broken and self._incidents is not None:
            self._incidents.happened = True

    def _is_finite(self) -> bool:
        """Return whether the parameters are finite: looked at where the gradient of the last update was not."""
        return not self._suspect or all(map(is_finite, self._parameters.tensors))

    def _measure_sharpness(self) -> bool:
        """Measure the sharpness where it is time; return whether it was."""
        probe = self._probe
        if probe is None or not self.budget.affords("sharpness", urgent=self._losses.alarming):
            return False
        optimizer = self._optimizer
        rules = rules_of(optimizer)
        if rules[0].is_preconditioned and not optimizer.state:
            return False  # There is no preconditioner before the first update.
        self._busy = True
        try:
            found = self.budget.spend("sharpness", lambda: probe.look(rules, rates_of(optimizer)))
        except Exception as error:
            self._probe = None
            self._tell(f"the sharpness cannot be measured ({type(error).__name__}: {str(error)[:200]}).")
            return False
        finally:
            self._busy = False
        self._sharp = found._asdict()
        self._renew()
        return True

    def _renew(self) -> None:
        """Put together anew what was measured last."""
        details = {} if self._details is None else self._details.held
        scale = {} if self._scaler is None else {"scale": self._scale}
        self._held = {**details, **self._sharp, **scale}

    # What goes wrong

    def _overflow(self) -> None:
        """Tell that a scaler has found an overflow, and left an update out."""
        before, self._scale = self._scale, float(self._scaler.get_scale())
        if self._scale != before:
            self._renew()
        if self._scale < before:
            said = overflowed(self._batches - 1, before, self._scale)
            self.recording.note(Event(0, "overflow", self.recording.step, said))
            if self._incidents is not None:
                self._incidents.forgive()

    def _look_into(self, last: bool = False) -> None:
        """Find where a number stopped being finite, if one did, while the parameters are still those of the batch."""
        incidents = self._incidents
        if incidents is None or not incidents.happened or self._batch is None:
            return
        self._busy = True
        try:
            found = incidents.look(self._model, self._scaler is not None, last)
        finally:
            self._busy = False
        if found is not None:
            self.recording.place(found)

    def _remove(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def _give_up(self, error: Exception) -> None:
        self.on, self.fault = False, f"{type(error).__name__}: {str(error)[:300]}"
        self._remove()
        self._tell(f"stopped watching ({self.fault}). The loop goes on.")
