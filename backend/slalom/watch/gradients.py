"""The gradient of a watched loop, as far as it is known before an update: how long it is, and whether it is finite."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .parameters import WatchedParameters, whole_norm
from .replay import is_finite


class GradientProbe:
    """Looks at the gradients of all parameters."""

    def __init__(self, parameters: WatchedParameters, optimizer: torch.optim.Optimizer, scaler: Any, defers: bool):
        """``defers``: whether a norm stays on the device that computes it, where waiting for it takes time."""
        self._tensors, self._optimizer, self._scaler, self._defers = parameters.tensors, optimizer, scaler, defers
        self.norm: float | Tensor | None = None
        """Of the present gradient; None where it was not measured."""
        self.broken = False
        """Whether it is not finite, as far as is known."""
        self._versions: tuple[int, ...] = ()

    def forget(self) -> None:
        """Begin anew: the next gradient is another one."""
        self.norm, self._versions = None, ()

    def measure(self, scale: float) -> None:
        """Measure the norm; ``scale`` is by how much the scaler has multiplied the loss."""
        gradients = [grad for p in self._tensors if (grad := p.grad) is not None]
        if not gradients:
            self.norm = None
            return
        norm: Any = whole_norm(gradients)
        norm = norm if self._defers else norm.item()
        if self._scaler is not None and not self._unscaled():
            norm = norm / (scale or 1.0)
        self.norm, self._versions = norm, self._now()
        self.broken = not self._defers and not math.isfinite(norm) and not all(map(is_finite, gradients))

    def glance(self) -> None:
        """See whether the gradients of the first and the last parameter are finite: what goes wrong reaches one.

        On the way back it reaches the first one; what is left out of that reaches the last one on the way there.
        """
        self.broken = any(_is_broken(self._tensors[end].grad) for end in (0, -1))

    @property
    def mark(self) -> tuple[int, int]:
        """Something that is another where a gradient has come back in between, or was let go of."""
        grad = next((p.grad for p in self._tensors if p.grad is not None), None)
        return (0, 0) if grad is None else (id(grad), grad._version)

    @property
    def changed(self) -> bool:
        """Whether somebody has changed a gradient since its norm was measured."""
        return self._versions != self._now()

    def _now(self) -> tuple[int, ...]:
        return tuple([-1 if (grad := p.grad) is None else grad._version for p in self._tensors])

    def _unscaled(self) -> bool:
        """Return whether the scaler has taken its factor out of the gradients already."""
        states = getattr(self._scaler, "_per_optimizer_states", {})
        stage = states.get(id(self._optimizer), {}).get("stage")
        return not self._scaler.is_enabled() or getattr(stage, "value", 0) != 0


def _is_broken(gradient: Tensor | None) -> bool:
    if gradient is None:
        return False
    held = gradient if gradient.layout is torch.strided else gradient.coalesce().values()
    total: Any = held.sum().item()
    # A sum may overflow where no number of it does.
    return total - total != 0 and not is_finite(gradient)


def after_backward(work: Callable[[], Any]) -> None:
    """Do something at the end of the way back that is being gone.

    In distributed training that is after what waits for the gradients of other processes.
    """
    engine: Any = torch.autograd.Variable._execution_engine
    distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
    engine.queue_callback((lambda: engine.queue_callback(work)) if distributed else work)
