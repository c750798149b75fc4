"""What hidden units make of their sums z, element by element: h = f(z), the slope f'(z) and the curvature f''(z).

Every function takes arrays (E, ...) whose rows do not touch in memory: see :mod:`.arrays`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from slalom.catalogue.problems.activations import SATURATED, SILENT_BELOW
from slalom.catalogue.problems.architecture import Architecture

from .arrays import set_apart

Act = Callable[[], object]
"""Does something to memory that it knows."""

_relu_backward = torch.ops.aten.threshold_backward.grad_input
_tanh_backward = torch.ops.aten.tanh_backward.grad_input
_sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
_leaky_relu = torch.ops.aten.leaky_relu.out
_leaky_relu_backward = torch.ops.aten.leaky_relu_backward.grad_input
_gelu = torch.ops.aten.gelu.out
_gelu_backward = torch.ops.aten.gelu_backward.grad_input

CUBIC = 0.044715
"""Of z³ in the approximation of GELU by tanh."""


def _nothing() -> None:
    pass


class ActivationFunction:
    """No activation: h = z. The others are written beside it."""

    needs_sums = False
    """Whether the slope needs z: where it can be told from h, h may stand in the place of z."""

    def bound(self, z: Tensor, h: Tensor) -> Act:
        """Return what writes h from z; they are the same memory unless z is needed."""
        return _nothing

    def back(self, d: Tensor, z: Tensor, h: Tensor) -> Act:
        """Return what multiplies derivatives ``d`` by the slope, in place."""
        return _nothing

    def value(self, z: Tensor) -> Tensor:
        """Return h."""
        return z

    def slope(self, z: Tensor, h: Tensor) -> Tensor:
        """Return f'(z)."""
        return torch.ones_like(h)

    def curvature(self, z: Tensor, h: Tensor) -> Tensor | None:
        """Return f''(z); None where it is 0 everywhere."""
        return None

    def idle(self, z: Tensor, h: Tensor) -> Tensor | None:
        """Return 1 where the slope has nearly vanished, else 0, floats; None where that does not happen."""
        return None


class Tanh(ActivationFunction):
    """h = tanh z; NumPy's is several times as fast as PyTorch's."""

    def bound(self, z: Tensor, h: Tensor) -> Act:
        return partial(torch.tanh, z, out=h) if h.is_cuda else partial(np.tanh, z.numpy(), h.numpy())

    def back(self, d: Tensor, z: Tensor, h: Tensor) -> Act:
        return partial(_tanh_backward, d, h, grad_input=d)

    def value(self, z: Tensor) -> Tensor:
        return torch.tanh(z) if z.is_cuda else torch.from_numpy(np.tanh(z.numpy()))

    def slope(self, z: Tensor, h: Tensor) -> Tensor:
        return 1 - h * h

    def curvature(self, z: Tensor, h: Tensor) -> Tensor | None:
        return -2 * h * (1 - h * h)

    def idle(self, z: Tensor, h: Tensor) -> Tensor | None:
        return h.abs().gt_(SATURATED)


class Relu(ActivationFunction):
    """h = max(z, 0)."""

    def bound(self, z: Tensor, h: Tensor) -> Act:
        return partial(torch.relu_, h)

    def back(self, d: Tensor, z: Tensor, h: Tensor) -> Act:
        return partial(_relu_backward, d, h, 0, grad_input=d)

    def value(self, z: Tensor) -> Tensor:
        return torch.relu(z)

    def slope(self, z: Tensor, h: Tensor) -> Tensor:
        return (h > 0).to(h.dtype)

    def idle(self, z: Tensor, h: Tensor) -> Tensor | None:
        return h.abs().eq_(0)


class LeakyRelu(ActivationFunction):
    """h = z above 0, else z times a slope that is not negative."""

    def __init__(self, negative: float) -> None:
        self._negative = negative

    def bound(self, z: Tensor, h: Tensor) -> Act:
        return partial(_leaky_relu, z, self._negative, out=h)

    def back(self, d: Tensor, z: Tensor, h: Tensor) -> Act:
        return partial(_leaky_relu_backward, d, h, self._negative, True, grad_input=d)

    def value(self, z: Tensor) -> Tensor:
        return functional.leaky_relu(z, self._negative)

    def slope(self, z: Tensor, h: Tensor) -> Tensor:
        return torch.full_like(h, self._negative).masked_fill_(h > 0, 1)


class Sigmoid(ActivationFunction):
    """h = 1/(1 + exp(-z)) = (1 + tanh(z/2))/2."""

    def bound(self, z: Tensor, h: Tensor) -> Act:
        return partial(torch.sigmoid, z, out=h)

    def back(self, d: Tensor, z: Tensor, h: Tensor) -> Act:
        return partial(_sigmoid_backward, d, h, grad_input=d)

    def value(self, z: Tensor) -> Tensor:
        return torch.sigmoid(z)

    def slope(self, z: Tensor, h: Tensor) -> Tensor:
        return h * (1 - h)

    def curvature(self, z: Tensor, h: Tensor) -> Tensor | None:
        return h * (1 - h) * (1 - 2 * h)

    def idle(self, z: Tensor, h: Tensor) -> Tensor | None:
        return (2 * h - 1).abs_().gt_(SATURATED)


class Sine(ActivationFunction):
    """h = sin z; on the way back its slope takes the place of z."""

    needs_sums = True

    def bound(self, z: Tensor, h: Tensor) -> Act:
        return partial(torch.sin, z, out=h)

    def back(self, d: Tensor, z: Tensor, h: Tensor) -> Act:
        return lambda: d.mul_(torch.cos(z, out=z))

    def value(self, z: Tensor) -> Tensor:
        return torch.sin(z)

    def slope(self, z: Tensor, h: Tensor) -> Tensor:
        return torch.cos(z)

    def curvature(self, z: Tensor, h: Tensor) -> Tensor | None:
        return -h


class Gelu(ActivationFunction):
    """h = z Φ(z), Φ the standard normal distribution, as Hendrycks & Gimpel 2016, arXiv:1606.08415.

    Written out: in single precision PyTorch's own takes another way for one run than for several.
    """

    needs_sums = True

    def bound(self, z: Tensor, h: Tensor) -> Act:
        return lambda: _distribution(z, h).mul_(z)

    def back(self, d: Tensor, z: Tensor, h: Tensor) -> Act:
        steep, bell = set_apart(z), set_apart(z)
        return lambda: d.mul_(_distribution(z, steep).add_(_density(z, bell).mul_(z)))

    def value(self, z: Tensor) -> Tensor:
        return _distribution(z, set_apart(z)).mul_(z)

    def slope(self, z: Tensor, h: Tensor) -> Tensor:
        return _distribution(z, set_apart(z)).add_(_density(z, set_apart(z)).mul_(z))

    def curvature(self, z: Tensor, h: Tensor) -> Tensor | None:
        return _density(z, set_apart(z)).mul_(2 - z * z)

    def idle(self, z: Tensor, h: Tensor) -> Tensor | None:
        return z.lt(SILENT_BELOW).to(z.dtype)


def _distribution(z: Tensor, out: Tensor) -> Tensor:
    """Write Φ(z) to ``out``."""
    return torch.mul(z, math.sqrt(0.5), out=out).erf_().add_(1).mul_(0.5)


def _density(z: Tensor, out: Tensor) -> Tensor:
    """Write Φ'(z) to ``out``."""
    return torch.mul(z, z, out=out).mul_(-0.5).exp_().mul_(1 / math.sqrt(2 * math.pi))


class GeluByTanh(Gelu):
    """h = z (1 + tanh u)/2, u = √(2/π) (z + 0.044715 z³): the approximation of the same paper."""

    def bound(self, z: Tensor, h: Tensor) -> Act:
        return partial(_gelu, z, approximate="tanh", out=h)

    def back(self, d: Tensor, z: Tensor, h: Tensor) -> Act:
        return partial(_gelu_backward, d, z, approximate="tanh", grad_input=d)

    def value(self, z: Tensor) -> Tensor:
        return functional.gelu(z, approximate="tanh")

    def slope(self, z: Tensor, h: Tensor) -> Tensor:
        slope = torch.ones_like(z)
        return _gelu_backward(slope, z, approximate="tanh", grad_input=slope)

    def curvature(self, z: Tensor, h: Tensor) -> Tensor | None:
        scale = math.sqrt(2 / math.pi)
        t = torch.tanh(set_apart(scale * (z + CUBIC * z * z * z)))
        first, second = scale * (1 + 3 * CUBIC * z * z), 6 * scale * CUBIC * z
        return (1 - t * t) * (first + z * (second / 2 - t * first * first))


SIMPLE: dict[str, type[ActivationFunction]] = {
    "tanh": Tanh,
    "relu": Relu,
    "sigmoid": Sigmoid,
    "gelu": Gelu,
    "gelu_tanh": GeluByTanh,
    "sin": Sine,
    "none": ActivationFunction,
}
"""Those without a number, by the names that an architecture uses."""


def activation_of(blueprint: Architecture) -> ActivationFunction:
    """Return what the hidden units of a network do."""
    if blueprint.activation == "leaky_relu":
        return LeakyRelu(blueprint.negative_slope)
    return SIMPLE[blueprint.activation]()
