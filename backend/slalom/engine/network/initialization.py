"""Where a network starts: the parameters that a PyTorch script with the same seed would draw."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from slalom.catalogue.problems.activations import ACTIVATIONS
from slalom.catalogue.problems.architecture import Architecture, Tensor

Draw = Callable[[torch.Tensor, int, float, torch.Generator], object]
"""Fills a tensor of weights: (weights, features coming in, gain, generator)."""


def initial_parameters(blueprint: Architecture, seed: int, dtype: str = "float32") -> np.ndarray:
    """Return all initial parameters of a network, shape (D,), in the order of ``nn.Module.parameters()``.

    torch    what ``torch.manual_seed(seed)`` and then ``nn.Embedding``, ``nn.Linear``, ... would draw:
             U(-1/√in, 1/√in) for weights and biases, N(0, 1) for an embedding
    naive    N(0, 1) for all weights
    xavier   U(-a, a), a = gain √(6/(in + out))          gain 5/3 for tanh, √2 for relu, and so on: see ``gain_of``
    kaiming  N(0, gain²/in)

    Biases of the last three are 0. Numbers are drawn in float32 whatever ``dtype`` is, so that runs in float32 and in
    float64 start at the same point; then all are multiplied by ``init_scale``.
    """
    generator = torch.Generator().manual_seed(seed)
    parameters = torch.zeros(blueprint.dimension)
    incoming = 1
    for tensor in blueprint.tensors:
        values = parameters[tensor.start : tensor.stop].view(tensor.shape)
        if len(tensor.shape) > 1:
            incoming = tensor.shape[1]
        _fill(values, tensor, blueprint, incoming, generator)
    return parameters.numpy().astype(dtype) * np.dtype(dtype).type(blueprint.init_scale)


def gain_of(blueprint: Architecture) -> float:
    """Return how much larger weights must be to make up for what the activation takes away, as PyTorch says."""
    name: Any = ACTIVATIONS[blueprint.activation].gain
    return torch.nn.init.calculate_gain(name, blueprint.negative_slope if name == "leaky_relu" else None)


def _fill(values: torch.Tensor, tensor: Tensor, blueprint: Architecture, incoming: int, by: torch.Generator) -> None:
    if tensor.name == "embedding.weight":
        values.normal_(generator=by)
    elif len(tensor.shape) > 1:
        WEIGHTS[blueprint.init](values, incoming, gain_of(blueprint), by)
    elif blueprint.init == "torch":
        bound = 1 / math.sqrt(incoming)
        values.uniform_(-bound, bound, generator=by)


def _torch(weights: torch.Tensor, incoming: int, gain: float, by: torch.Generator) -> None:
    # nn.Linear asks for Kaiming's bound with slope √5: 1/√in, but rounded on the way as here.
    bound = math.sqrt(3.0) * (math.sqrt(2.0 / (1 + math.sqrt(5) ** 2)) / math.sqrt(incoming))
    weights.uniform_(-bound, bound, generator=by)


def _xavier(weights: torch.Tensor, incoming: int, gain: float, by: torch.Generator) -> None:
    bound = gain * math.sqrt(6 / (incoming + len(weights)))
    weights.uniform_(-bound, bound, generator=by)


WEIGHTS: dict[str, Draw] = {
    "torch": _torch,
    "naive": lambda weights, incoming, gain, by: weights.normal_(generator=by),
    "xavier": _xavier,
    "kaiming": lambda weights, incoming, gain, by: weights.normal_(0, gain / math.sqrt(incoming), generator=by),
}
"""Every scheme's weights."""
