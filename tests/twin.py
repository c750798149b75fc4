"""The same network for PyTorch's own differentiation: the oracle of the tests."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from slalom.catalogue.problems.architecture import Architecture
from slalom.engine.network.losses import LINEAR
from slalom.engine.network.model import Batch, Net


class Sine(nn.Module):
    """The sine, as a layer."""

    def forward(self, z: Tensor) -> Tensor:
        """Return sin z."""
        return torch.sin(z)


ACTIVATIONS: dict[str, Callable[[float], nn.Module]] = {
    "tanh": lambda _: nn.Tanh(),
    "relu": lambda _: nn.ReLU(),
    "sigmoid": lambda _: nn.Sigmoid(),
    "gelu": lambda _: nn.GELU(),
    "gelu_tanh": lambda _: nn.GELU("tanh"),
    "leaky_relu": nn.LeakyReLU,
    "sin": lambda _: Sine(),
    "none": lambda _: nn.Identity(),
}
"""By the names that a blueprint uses; each is given the negative slope."""


def activation(blueprint: Architecture) -> nn.Module:
    """Return what hidden units do."""
    return ACTIVATIONS[blueprint.activation](blueprint.negative_slope)


def module(blueprint: Architecture) -> nn.Sequential:
    """Return the network as a PyTorch module that gives outputs (B, C); its parameters are in the same order.

    >>> [tuple(p.shape) for p in module(Architecture((2, 16, 3), "tanh", "softmax")).parameters()]
    [(16, 2), (16,), (3, 16), (3,)]
    """
    parts: list[nn.Module] = []
    if blueprint.symbols:
        parts += [nn.Embedding(blueprint.symbols, blueprint.embedding), nn.Flatten()]
    for k in range(len(blueprint.widths) - 1):
        if k:
            parts.append(activation(blueprint))
        parts.append(nn.Linear(blueprint.widths[k], blueprint.widths[k + 1]))
    return nn.Sequential(*parts)


def losses(net: Net, p: Tensor, batch: Batch) -> Tensor:
    """Return losses (E,) at parameters (E, D), for autograd."""
    z, targets = forward(net.blueprint, p, torch.as_tensor(batch.inputs)), torch.as_tensor(batch.targets)
    if net.blueprint.loss == "softmax":
        return (torch.log_softmax(z, 1).flatten(1) * targets).sum(1)
    if net.blueprint.loss == "logistic":
        return nn.functional.softplus(z.flatten(1) * targets, threshold=LINEAR).sum(1) / batch.total
    return (z.flatten(1) + targets).square().sum(1) / (batch.total * z.shape[1])


def forward(blueprint: Architecture, p: Tensor, inputs: Tensor) -> Tensor:
    """Return outputs (E, C, B) at parameters (E, D), for autograd."""
    runs = len(p)
    shaped = [p[:, tensor.start : tensor.stop].reshape(runs, *tensor.shape) for tensor in blueprint.tensors]
    h = inputs.expand(runs, -1, -1)
    if blueprint.symbols:
        rows = h.reshape(runs, -1, 1).expand(-1, -1, blueprint.embedding)
        h = torch.gather(shaped.pop(0), 1, rows).view(runs, h.shape[1], -1)
    h, bend = h.transpose(1, 2), activation(blueprint)
    for k in range(0, len(shaped), 2):
        h = torch.baddbmm(shaped[k + 1].unsqueeze(2), shaped[k], bend(h) if k else h)
    return h
