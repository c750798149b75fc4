"""Plain PyTorch: what one writes without Slalom, for tests to agree with and for benchmarks to beat."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU, "none": nn.Identity}
OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop}
LOSSES: dict[str, Loss] = {
    "softmax": F.cross_entropy,
    "logistic": lambda z, t: F.binary_cross_entropy_with_logits(z[:, 0], t),
    "mse": F.mse_loss,
}


def network(widths: Sequence[int], activation: str = "tanh", *, seed: int = 0, scale: float = 1.0) -> nn.Sequential:
    """Return a multi-layer perceptron with the initial parameters that PyTorch gives it after ``manual_seed``."""
    torch.manual_seed(seed)
    return scaled(nn.Sequential(*_layers(widths, activation)), scale)


def character(symbols: int, context: int, embedding: int, hidden: Sequence[int], *, seed: int = 0) -> nn.Sequential:
    """Return the character model: an embedding, tanh layers, and logits over the symbols."""
    torch.manual_seed(seed)
    table = nn.Embedding(symbols, embedding)
    return nn.Sequential(table, nn.Flatten(1), *_layers([context * embedding, *hidden, symbols], "tanh"))


def _layers(widths: Sequence[int], activation: str) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for i in range(len(widths) - 1):
        layers.append(nn.Linear(widths[i], widths[i + 1]))
        if i < len(widths) - 2:
            layers.append(ACTIVATIONS[activation]())
    return layers


def scaled(net: nn.Sequential, scale: float) -> nn.Sequential:
    """Multiply every parameter by a number."""
    with torch.no_grad():
        for p in net.parameters():
            p *= scale
    return net


def rule(parameters: Any, kind: str = "sgd", lr: float = 1e-3, **settings: Any) -> torch.optim.Optimizer:
    """Return an optimizer from a spec's words: ``beta1`` and ``beta2`` become ``betas``."""
    if kind == "adam":
        settings["betas"] = (settings.pop("beta1", 0.9), settings.pop("beta2", 0.999))
    return OPTIMIZERS[kind](parameters, lr=lr, **settings)


def batches(way: str, n: int, size: int | None, seed: int) -> Iterator[Any]:
    """Yield what to index the examples with: epochs of a permutation, draws with replacement, or everything."""
    generator = torch.Generator().manual_seed(seed)
    while size is None or size >= n:
        yield slice(None)
    while way == "drawn":
        yield torch.randint(0, n, (size,), generator=generator)
    while True:
        yield from torch.randperm(n, generator=generator)[: n // size * size].split(size)


class Walk(NamedTuple):
    """What came of a descent: entry k is the state after k updates."""

    losses: np.ndarray
    """Loss on the batch of update k -> k + 1, shape (steps + 1,)."""
    norms: np.ndarray
    """Length of its gradient before clipping, shape (steps + 1,)."""


def descend(
    net: nn.Module,
    loss: str,
    examples: tuple[torch.Tensor, torch.Tensor],
    optimizer: torch.optim.Optimizer,
    order: Iterator[Any],
    steps: int,
    *,
    rates: Sequence[float] | None = None,
    clip: float | None = None,
) -> Walk:
    """Train as every tutorial does; end at the first loss that is not finite."""
    losses, norms, (inputs, targets) = [], [], examples
    for k in range(steps + 1):
        batch = next(order)
        value = LOSSES[loss](net(inputs[batch]), targets[batch])
        optimizer.zero_grad()
        value.backward()
        norms.append(float(nn.utils.clip_grad_norm_(net.parameters(), clip or torch.inf)))
        losses.append(value.item())
        if k == steps or not np.isfinite(losses[-1]):
            break
        for group in optimizer.param_groups if rates is not None else ():
            group["lr"] = float(rates[k])
        optimizer.step()
    return Walk(np.array(losses), np.array(norms))


def tensors(examples: Any, loss: str, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a data set as this loss wants it: whole numbers, zeros and ones, or columns of numbers."""
    inputs, targets = torch.from_numpy(np.array(examples.inputs)), torch.from_numpy(np.array(examples.targets))
    inputs = inputs if inputs.dtype == torch.int64 else inputs.to(dtype)
    if loss == "softmax":
        return inputs, targets
    if loss == "logistic":
        return inputs, targets.to(dtype)
    if examples.task == "classes":
        return inputs, F.one_hot(targets, len(examples.classes)).to(dtype)
    return inputs, targets.reshape(len(targets), -1).to(dtype)
