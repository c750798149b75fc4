"""The watcher of one training loop: hooks of its model and its optimizer, and what they see of every update.

Entry k is the state after k updates: the loss of the batches that update k + 1 looks at, their gradient, and its rates.
Whatever goes wrong in here is told once, and the loop goes on without being watched.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import torch
from torch import Tensor, nn

from slalom.catalogue.experiments.outcome import Outcome
from slalom.engine.lockstep.interfaces import Event

from .budget import TimeBudget
from .details import LoopDetails
from .incidents import Incidents
from .nonfinite import LastBatch
from .parameters import WatchedParameters, dense, whole_norm
from .recording import Recording
from .replay import is_finite, tensors_in
from .rules import rule_of
from .sharpness import SharpnessProbe
from .trace import LoopEntry

NORMS_SHARE = {"full": 0.015, "light": 0.005}
"""The share of a loop's time that the norms of gradients may take."""
_Method = TypeVar("_Method", bound=Callable[..., Any])


class _Update(NamedTuple):
    """An update, and what is known of the entry before it."""

    batch: int
    """Training batches so far."""
    rates: tuple[float, ...]
    grad_norm: float
    clipped_norm: float
    held: Mapping[str, float]
    measured: bool
    finite: bool


def _guarded(method: _Method) -> _Method:
    """Let a method fail without breaking the loop: it is told once, and nothing is watched any more."""

    @functools.wraps(method)
    def guarded(self: Watcher, *args: Any, **kwargs: Any) -> Any:
        if not self.on or self._busy:
            return None
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            self._give_up(error)
            return None

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
        incidents: Incidents,
        probe: SharpnessProbe | None = None,
        scaler: Any = None,
        criterion: nn.Module | None = None,
        tell: Callable[[str], None],
    ) -> None:
        self.recording, self.budget = recording, budget
        self.on = True
        """Whether the loop is being watched."""
        self.fault: str | None = None
        """Why it is not watched any more, where the watcher failed."""
        self.outcome: Outcome | None = None
        """What came of the loop, once it is closed."""
        self._model, self._optimizer, self._parameters = model, optimizer, parameters
        self._light = not budget.share
        self._details = None if self._light else LoopDetails(optimizer, parameters)
        self._norms = TimeBudget(NORMS_SHARE["light" if self._light else "full"])
        self._skipped = False
        """Whether it was told that some gradients are left out."""
        self._probe, self._scaler, self._tell, self._incidents = probe, scaler, tell, incidents
        self._sharp: Mapping[str, float] = {}
        """What was measured last of the sharpness."""
        self._busy = False
        """Whether the model is being called by the watcher itself."""
        self._batches = 0
        self._batch: LastBatch | None = None
        self._losses: list[tuple[int, Any]] = []
        """Losses that wait for their update, with the number of batches so far."""
        self._trained: set[int] = set()
        """Numbers of batches from whose loss gradients came back."""
        self._loss: float | None = None
        """That of the last entry; None before the first one."""
        self._broken = self._suspect = False
        """Whether the present gradient is not finite; whether that of the last update was not."""
        self._update: _Update | None = None
        self._grad_norm: float | None = None
        self._last_norm = math.nan
        self._versions: tuple[int, ...] = ()
        self._queued = False
        self._scale = math.nan if scaler is None else float(scaler.get_scale())
        self._hooks = [
            *self._hooks_of(model),
            optimizer.register_step_pre_hook(self._before_update),
            optimizer.register_step_post_hook(self._after_update),
        ]
        if criterion is not None:
            self._hooks.append(criterion.register_forward_hook(self._after_loss))

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
        kept = loss.detach().clone() if isinstance(loss, Tensor) else float(loss)
        self._losses.append((self._batches, kept))
        if self._incidents.checks and not math.isfinite(float(kept)):
            self._incidents.happened = True
        self._incidents.learn(loss if isinstance(loss, Tensor) else None, terms or {})
        self._overflow()
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
        if self._light:
            return [model.register_forward_pre_hook(self._count)]
        return [
            model.register_forward_pre_hook(self._before_forward, with_kwargs=True),
            model.register_forward_hook(self._after_forward),
        ]

    @_guarded
    def _count(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        if torch.is_grad_enabled():
            self._overflow()
            self._batches += 1

    @_guarded
    def _before_forward(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if torch.is_grad_enabled():
            self._overflow()
            self._look_into(last=True)
            self._batch = LastBatch(self._batches, args, kwargs)
            self._incidents.begin(self._batch)
            self.recording.trace.batch_size = self.recording.trace.batch_size or self._batch.size
            self._batches += 1

    @_guarded
    def _after_forward(self, module: nn.Module, args: tuple[Any, ...], made: Any) -> None:
        if self._batch is None or not torch.is_grad_enabled():
            return
        self._batch.outputs = [one for one in tensors_in(made) if one.requires_grad]
        for number, output in enumerate(self._batch.outputs):
            output.register_hook(functools.partial(self._on_gradient, self._batch, number))

    @_guarded
    def _after_loss(self, module: nn.Module, args: tuple[Any, ...], made: Any) -> None:
        if self._batch is not None and torch.is_grad_enabled():
            self._batch.loss_call = module, args

    @_guarded
    def _on_gradient(self, batch: LastBatch, number: int, gradient: Tensor) -> None:
        batch.gradients[number] = gradient
        self._trained.add(batch.index + 1)
        if not self._queued:
            self._queued = True
            torch.autograd.Variable._execution_engine.queue_callback(self._after_backward)

    @_guarded
    def _after_backward(self) -> None:
        """See the whole gradient before anybody clips it."""
        self._queued = False
        if self._norms.affords("norm"):
            self._norms.spend("norm", self._see_gradient)
        else:
            self._grad_norm, self._versions = None, ()
            self._glance()

    @_guarded
    def _before_update(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        self._commit()
        self._look_into()
        if not self.on:
            return
        before = self._grad_norm
        if self._now() != self._versions and (before is not None or self._norms.affords("norm")):
            self._norms.spend("norm", self._see_gradient)
        clipped = self._last_norm if self._grad_norm is None else self._grad_norm
        self._last_norm, rates = clipped, self._rates()
        measured = self._measure_sharpness(rates)
        if self._details is not None and (self._details.is_on or self.budget.affords("details")):
            details, step = self._details, self.recording.step
            self.budget.spend("details", lambda: details.before_update(step))
        whole = clipped if before is None else before
        self._update = _Update(self._batches, rates, whole, clipped, self._held(), measured, self._is_finite())

    @_guarded
    def _after_update(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        details, update = self._details, self._update
        if update is not None and math.isnan(update.grad_norm) and self._grad_norm is not None:  # By a closure, within.
            self._update = update._replace(grad_norm=self._grad_norm, clipped_norm=self._grad_norm)
        if details is not None and details.is_on:
            self.budget.spend("details", lambda: details.after_update(self._rules(), [*self._rates()]))
        self._grad_norm, self._versions = None, ()
        self._suspect, self._broken = self._broken, False

    # What is seen

    def _commit(self) -> None:
        """Make an entry of the last update: its losses are known by now."""
        update, self._update = self._update, None
        if update is None:
            return
        self._loss = self._loss_of(update)
        if self._loss is None:
            return  # Nobody has told a loss yet.
        entry = LoopEntry(
            self._loss, update.rates, update.grad_norm, update.clipped_norm, update.held, update.measured, update.finite
        )
        self.recording.add(entry)
        if not (math.isfinite(self._loss) and update.finite):
            self.recording.flush()
            self._remove()

    def _loss_of(self, update: _Update) -> float | None:
        """Return the mean loss of the batches of an update; where none was told, the last one.

        Batches that the loop has left out, because no gradient came back or because they were not finite, do not count.
        """
        mine = [
            (number, float(loss))
            for number, loss in self._losses
            if number <= update.batch and (not self._trained or number in self._trained)
        ]
        finite = [one for one in mine if math.isfinite(one[1])]
        if finite and math.isfinite(update.grad_norm):
            mine = finite
        self._losses = [one for one in self._losses if one[0] > update.batch]
        self._trained = {number for number in self._trained if number > update.batch}
        return sum(loss for _, loss in mine) / len(mine) if mine else self._loss

    def _see_gradient(self) -> None:
        """Measure the gradient that is there: its norm, and whether it is finite."""
        gradients = [p.grad for p in self._parameters.tensors if p.grad is not None]
        if not gradients:
            self._grad_norm = None
            return
        norm = whole_norm(gradients)
        if self._scaler is not None and not self._unscaled():
            norm /= self._scale or 1.0
        self._grad_norm, self._versions = norm, self._now()
        if not math.isfinite(norm) and not all(map(is_finite, gradients)):
            self._incidents.happened = self._broken = True

    def _is_finite(self) -> bool:
        """Return whether the parameters are finite: looked at where the gradient of the last update was not."""
        return not self._suspect or all(map(is_finite, self._parameters.tensors))

    def _glance(self) -> None:
        """See whether the gradients of the first and the last parameter are finite: what goes wrong reaches them.

        On the way back it reaches the first one, and on the way there the last one.
        """
        if not self._skipped:
            self._skipped = True
            self._tell("the updates are so short that not every gradient is measured; between, the last one stands.")
        gradients = (self._parameters.tensors[place].grad for place in (0, -1))
        if not all(math.isfinite(float(dense(one).sum())) for one in gradients if one is not None):
            self._incidents.happened = self._broken = True

    def _unscaled(self) -> bool:
        """Return whether the scaler has taken its factor out of the gradients already."""
        states = getattr(self._scaler, "_per_optimizer_states", {})
        stage = states.get(id(self._optimizer), {}).get("stage")
        return not self._scaler.is_enabled() or getattr(stage, "value", 0) != 0

    def _now(self) -> tuple[int, ...]:
        """Return what changes whenever somebody changes a gradient."""
        return tuple(p.grad._version if p.grad is not None else -1 for p in self._parameters.tensors)

    def _measure_sharpness(self, rates: tuple[float, ...]) -> bool:
        """Measure the sharpness where it is time; return whether it was."""
        probe, first = self._probe, not self._sharp
        if probe is None or not (first or self.budget.affords("sharpness")):
            return False
        rules = self._rules()
        if rules[0].is_preconditioned and not self._optimizer.state:
            return False  # There is no preconditioner before the first update.
        self._busy = True
        try:
            found = self.budget.spend("sharpness", lambda: probe.look(rules, [*rates]), free=first)
        except Exception as error:
            self._probe = None
            self._tell(f"the sharpness cannot be measured ({type(error).__name__}: {str(error)[:200]}).")
            return False
        finally:
            self._busy = False
        self._sharp = {**found._asdict()}
        return True

    def _held(self) -> dict[str, float]:
        details = {} if self._details is None else self._details.held
        scale = {} if self._scaler is None else {"scale": self._scale}
        return {**details, **self._sharp, **scale}

    def _rules(self) -> list[Any]:
        return [rule_of(self._optimizer, group) for group in self._optimizer.param_groups]

    def _rates(self) -> tuple[float, ...]:
        return tuple(float(group.get("lr", 0.0)) for group in self._optimizer.param_groups)

    # What goes wrong

    def _overflow(self) -> None:
        """Tell that a scaler has found an overflow, and left an update out."""
        if self._scaler is None:
            return
        before, self._scale = self._scale, float(self._scaler.get_scale())
        if self._scale < before:
            batch = self._batches - 1
            said = f"Batch {batch:,}: the scaled gradient overflowed, no update was made, and the scale went from "
            self.recording.note(Event(0, "overflow", self.recording.step, f"{said}{before:g} to {self._scale:g}."))
            self._incidents.forgive()

    def _look_into(self, last: bool = False) -> None:
        """Find where a number stopped being finite, if one did, while the parameters are still those of the batch."""
        if not self._incidents.happened or self._batch is None:
            return
        self._busy = True
        try:
            found = self._incidents.look(self._model, self._scaler is not None, last)
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
