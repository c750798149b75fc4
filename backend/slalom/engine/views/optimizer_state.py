"""What an optimizer remembers of every parameter: the mean gradient m̂, its size √v̂, and the step they make."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.optimizers import Adagrad, Adam, Adamax, Adamw, Lion, Nadam, Radam, Rmsprop, Rprop, Sgd, SignSgd
from slalom.catalogue.optimizers.base import Optimizer
from slalom.catalogue.schedules import Plateau
from slalom.engine.lockstep.groups import Checkpoint
from slalom.errors import SpecError

from .source import ViewResult, ViewSource

StateNumbers = np.ndarray | float
"""One number per parameter, shape (D,), or nan for all of them."""


class OptimizerMemory(NamedTuple):
    """What a rule knows of every parameter after an update; nan where it remembers no such thing."""

    m: StateNumbers = np.nan
    """The mean gradient, without the bias of its beginning: m̂. Of gradient descent with momentum: the velocity."""
    v: StateNumbers = np.nan
    """The size that gradients have had: √v̂."""
    step: StateNumbers = np.nan
    """What the last update subtracted, weight decay apart: of Adam η m̂ / (√v̂ + ε)."""


def optimizer_state(subject: ViewSource) -> ViewResult:
    """Return the root mean square of weights, m̂, √v̂ and step, layer by layer, and one parameter's own."""
    tensors, place = subject.blueprint.tensors, subject.wish.parameter
    if not 0 <= place < subject.blueprint.dimension:
        raise SpecError(
            f"There is no parameter {place}; the network has parameters 0 to {subject.blueprint.dimension - 1}.",
            ("parameter",),
        )
    frames = subject.one_run()
    with np.errstate(all="ignore"):
        seen = [_numbers(subject, *one) for one in zip(frames.steps, frames.params, frames.kept, strict=True)]
        layers = [[_by_layer(subject, numbers) for numbers in one] for one in seen]
        picked = [[np.broadcast_to(numbers, frames.params.shape[1])[place] for numbers in one] for one in seen]
    arrays = {}
    for i, name in enumerate(("weight", *OptimizerMemory._fields)):
        arrays[name] = np.array([one[i] for one in layers], "f4").reshape(-1, len(subject.blueprint.layers))
        arrays["p_value" if name == "weight" else f"p_{name}"] = np.array([one[i] for one in picked], "f4")
    tensor = next(one for one in tensors if one.start <= place < one.stop)
    where = np.unravel_index(place - tensor.start, tensor.shape)
    header = {
        "steps": frames.steps,
        "rule": subject.lane.run.optimizer.kind,
        "layers": [{"name": one.name, "size": one.stop - one.start} for one in subject.blueprint.layers],
        "parameter": place,
        "parameter_name": f"{tensor.name}[{', '.join(str(int(i)) for i in where)}]",
        "tensors": [{"name": one.name, "start": one.start, "shape": one.shape} for one in tensors],
    }
    return header, arrays


def decode_state(rule: Optimizer, state: Any, lr: float) -> OptimizerMemory:
    """Return what a rule remembers after an update at rate ``lr``; what ``state`` has is of shape (D,), or a number."""
    match rule:
        case Adam() | Adamw():
            m = state.m / (1 - state.power1)
            return OptimizerMemory(
                m, np.sqrt(state.peak / (1 - state.power2)), lr * state.m / rule.preconditioner(state, np)
            )
        case Radam():
            v = np.sqrt(state.v / (1 - state.power2))
            step = lr * state.m / rule.preconditioner(state, np) if state.t else np.nan
            return OptimizerMemory(state.m / (1 - state.power1), v, step)
        case Adamax():
            return OptimizerMemory(state.m / (1 - state.power1), state.u, lr * state.m / rule.preconditioner(state, np))
        case Nadam():
            return OptimizerMemory(state.m / (1 - state.product), np.sqrt(state.v / (1 - state.power2)))
        case Rmsprop():
            step = lr * state.buffer if rule.momentum else np.nan
            return OptimizerMemory(np.nan, state.divisor - rule.eps, step)
        case Adagrad():
            return OptimizerMemory(np.nan, np.sqrt(state.total))
        case Sgd() if rule.momentum:
            return OptimizerMemory(state.velocity, np.nan, np.nan if rule.nesterov else lr * state.velocity)
        case Lion():
            return OptimizerMemory(state.m)
        case SignSgd():
            return OptimizerMemory(state.m, np.nan, lr * np.sign(state.m))
        case Rprop():
            return OptimizerMemory(np.nan, np.nan, state.length * np.sign(state.last))
    return OptimizerMemory()


def _numbers(subject: ViewSource, step: int, params: np.ndarray, kept: Checkpoint) -> tuple[StateNumbers, ...]:
    """Return the weights at an entry, and then what the rule remembers of them: m, v and step."""
    rule = subject.lane.run.optimizer
    fresh = step == 0 and subject.record.parent is None
    if fresh or kept.state is None or kept.rule != rule.kind:
        return (params, *OptimizerMemory())
    state = type(kept.state)(*(_flat(value) for value in kept.state))
    return (params, *decode_state(rule, state, _rate(subject, kept, step)))


def _flat(value: Any) -> Any:
    """Return an array of one number per parameter as (D,), in float64, and one of a single number as that number."""
    if np.ndim(value) == 0:
        return value
    flat = np.asarray(value, np.float64).reshape(-1)
    return flat if len(flat) > 1 else float(flat[0])


def _rate(subject: ViewSource, kept: Checkpoint, step: int) -> float:
    """Return the rate of the update that led to entry ``step``, which in a fork may be farther along its schedule.

    It is nan where that update was made by a parent with another schedule.
    """
    if kept.step == 0:
        return float("nan")
    schedule, lr = subject.lane.run.schedule, subject.lane.run.optimizer.lr
    if isinstance(schedule, Plateau) and kept.schedule_state is not None:
        lr = float(np.ravel(kept.schedule_state.lr)[0])
    total = kept.step - step + subject.spec.steps
    return float(schedule.rates(lr, kept.step - 1, kept.step, total)[0])


def _by_layer(subject: ViewSource, numbers: StateNumbers) -> list[float]:
    """Return the root mean square of one number per parameter, (D,), over every layer."""
    if np.ndim(numbers) == 0:
        return [float(np.abs(numbers))] * len(subject.blueprint.layers)
    parts = [np.asarray(numbers)[one.start : one.stop] for one in subject.blueprint.layers]
    return [float(np.sqrt(np.mean(np.square(part, dtype=np.float64)))) for part in parts]
