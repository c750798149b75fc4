"""Optimizers of PyTorch as rules of the catalogue: their settings, and from their memory the preconditioner.

The catalogue says at which learning rate a rule stops being stable. Of an optimizer that it does not have, no limit is
known; nor of a subclass that makes steps of its own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError
from torch import Tensor

from slalom.catalogue.experiments.recorded import OtherRule
from slalom.catalogue.optimizers import (
    OPTIMIZERS,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    Adamw,
    Asgd,
    Optimizer,
    Radam,
    Rmsprop,
)
from slalom.catalogue.optimizers.base import TORCH_PAIRS

_BY_TORCH_NAME = {rule.torch_class: rule for rule in OPTIMIZERS if rule.torch_class.startswith("torch.optim.")}

Memory = Mapping[str, Any]
"""What ``torch.optim`` remembers of one parameter, or of some of its coordinates."""


def rule_of_group(optimizer: torch.optim.Optimizer, group: Mapping[str, Any]) -> Optimizer:
    """Return the rule by which an optimizer updates a parameter group."""
    name, kind = type(optimizer).__name__, _kind_of(type(optimizer))
    lr = max(0.0, float(group.get("lr", 0.0)))
    if kind is not None:
        try:
            return kind.model_validate(_settings(kind, group))
        except ValidationError:
            pass  # Settings that the catalogue's rule does not allow make it another rule.
    return OtherRule(name=name[:200], lr=lr if np.isfinite(lr) else 0.0, maximize=bool(group.get("maximize", False)))


def rules_of(optimizer: torch.optim.Optimizer) -> list[Optimizer]:
    """Return the rules of all parameter groups."""
    return [rule_of_group(optimizer, group) for group in optimizer.param_groups]


def rates_of(optimizer: torch.optim.Optimizer) -> tuple[float, ...]:
    """Return the learning rates of all parameter groups."""
    return tuple([float(group.get("lr", 0.0)) for group in optimizer.param_groups])


def preconditioner(rule: Optimizer, memory: Memory) -> Tensor | None:
    """Return the divisor D of a rule from what it remembers, in real numbers, of a parameter after an update.

    None where D = 1, or no update was made yet.
    """
    make = _STATES.get(type(rule))
    if not rule.is_preconditioned or make is None or not memory:
        return None
    return rule.preconditioner(make(rule, memory), torch)


def limit_of(rules: list[Optimizer], curvature: float) -> float:
    """Return the largest stable learning rate of the first group, as the groups have it; nan where none is known."""
    return float(np.min([rule.limit(curvature) for rule in rules]))


def _kind_of(optimizer: type) -> type[Optimizer] | None:
    """Return the class of the rule that an optimizer is: that of ``torch.optim`` whose steps it makes."""
    for base in optimizer.__mro__:
        kind = _BY_TORCH_NAME.get(f"torch.optim.{base.__name__}")
        if kind is not None and base.__module__.startswith("torch.optim."):
            same = inspect.unwrap(getattr(optimizer, "step")) is inspect.unwrap(getattr(base, "step"))  # noqa: B009
            return kind if same else None
    return None


def _settings(kind: type[Optimizer], group: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        torch_name, place = TORCH_PAIRS.get(name, (name, None))
        if name == "kind" or torch_name not in group:
            continue
        value = group[torch_name]
        if place is not None and isinstance(value, tuple | list):
            value = value[place - 1]
        value = value.item() if isinstance(value, Tensor) else value
        whole_number = isinstance(value, int) and not isinstance(value, bool) and field.annotation is float
        found[name] = float(value) if whole_number else value
    return found


def _count(memory: Memory) -> int:
    step = memory.get("step", 0)
    return int(step.item() if isinstance(step, Tensor) else step)


def _powers(rule: Any, memory: Memory) -> dict[str, Any]:
    t = _count(memory)
    return {"power1": rule.beta1**t, "power2": rule.beta2**t, "t": t}


def _adam(rule: Any, memory: Memory) -> Any:
    peak = memory["max_exp_avg_sq"] if rule.amsgrad else memory["exp_avg_sq"]
    return SimpleNamespace(v=memory["exp_avg_sq"], peak=peak, **_powers(rule, memory))


def _adamax(rule: Any, memory: Memory) -> Any:
    return SimpleNamespace(u=memory["exp_inf"], **_powers(rule, memory))


def _radam(rule: Any, memory: Memory) -> Any:
    return SimpleNamespace(v=memory["exp_avg_sq"], **_powers(rule, memory))


def _adagrad(rule: Any, memory: Memory) -> Any:
    return SimpleNamespace(total=memory["sum"], t=_count(memory))


def _rmsprop(rule: Any, memory: Memory) -> Any:
    square = memory["square_avg"]
    around = square - memory["grad_avg"] ** 2 if rule.centered else square
    return SimpleNamespace(divisor=around.clamp(min=0).sqrt() + rule.eps)


def _adadelta(rule: Any, memory: Memory) -> Any:
    return SimpleNamespace(divisor=((memory["square_avg"] + rule.eps) / (memory["acc_delta"] + rule.eps)).sqrt())


def _asgd(rule: Any, memory: Memory) -> Any:
    eta = float(memory["eta"])
    return SimpleNamespace(divisor=rule.lr / eta if eta else np.inf, average=memory["ax"])


_STATES: dict[type[Optimizer], Callable[[Any, Memory], Any]] = {
    Adam: _adam,
    Adamw: _adam,
    Adamax: _adamax,
    Radam: _radam,
    Adagrad: _adagrad,
    Rmsprop: _rmsprop,
    Adadelta: _adadelta,
    Asgd: _asgd,
}
"""By rule: what makes of PyTorch's memory the part of the rule's state that its preconditioner is made of."""
