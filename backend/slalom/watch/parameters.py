"""The parameters that a watched optimizer updates: their names, their layers, their norms, and a sample of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from slalom.catalogue.experiments.recorded import MOST_LAYERS

FIRST_MOMENTS = ("exp_avg", "momentum_buffer", "grad_avg")
"""What optimizers call their running mean of the gradient."""
SECOND_MOMENTS = ("exp_avg_sq", "square_avg", "sum")
"""What they call that of its square."""
MOST_SAMPLED = 4096
"""Coordinates that the path, the noise and the turns are measured on: all of a small model."""
MOST_COPIED = 50_000_000
"""Parameters that are copied to measure an update exactly; of larger models the sample says how long it was."""


class LayerOfParameters(NamedTuple):
    """One layer: a module with parameters of its own."""

    name: str
    members: list[int]
    """Places of its tensors."""


class WatchedParameters:
    """The tensors of all parameter groups, in order."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        named = {id(p): name for name, p in model.named_parameters()}
        self.tensors: list[Tensor] = []
        self.group: list[int] = []
        """The parameter group of every tensor."""
        self.names: list[str] = []
        for number, group in enumerate(optimizer.param_groups):
            for place, p in enumerate(group["params"]):
                self.tensors.append(p)
                self.group.append(number)
                self.names.append(named.get(id(p), f"parameter {place} of group {number}"))
        self.count: int = sum(p.numel() for p in self.tensors)
        self.layers, self.left_out = _layers(self.tensors, self.names)
        sizes = [coordinates_in(p) for p in self.tensors]
        self._chosen = _chosen(sizes)
        self.sampled: int = sum(len(one) for one in self._chosen)
        self.stretch: float = math.sqrt(sum(sizes) / max(1, self.sampled))
        """What the norm of a sample is multiplied by to estimate that of the whole."""

    @property
    def device(self) -> str:
        """The kind of device that has the first of them."""
        return self.tensors[0].device.type if self.tensors else "cpu"

    @property
    def is_small(self) -> bool:
        """Whether all of them may be copied."""
        return self.count <= MOST_COPIED

    def copy(self) -> list[Tensor]:
        """Return a copy of all."""
        return [p.detach().clone() for p in self.tensors]

    def sample(self, of: Callable[[int], Tensor | None]) -> Tensor:
        """Return the sampled coordinates of something with one tensor per parameter, float32, on the CPU.

        ``of`` returns it by place; None counts as zeros.
        """
        parts = []
        for place, chosen in enumerate(self._chosen):
            if len(chosen):
                found = of(place)
                taken = chosen if found is None else coordinates(found)[chosen.to(found.device)]
                parts.append((torch.zeros(len(chosen)) if found is None else taken).to("cpu", torch.float32))
        return torch.cat(parts) if parts else torch.zeros(0)

    def point(self) -> Tensor:
        """Return the sampled coordinates of the parameters."""
        return self.sample(lambda place: self.tensors[place])

    def gradient(self) -> Tensor:
        """Return the sampled coordinates of the gradient."""
        return self.sample(lambda place: self.tensors[place].grad)


def dense(tensor: Tensor) -> Tensor:
    """Return a tensor without holes: gradients of embeddings may be sparse."""
    return tensor.to_dense() if tensor.layout is not torch.strided else tensor


def real(tensor: Tensor) -> Tensor:
    """Return a tensor of real numbers: of complex ones, two of each along one more dimension."""
    return torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor


def real_memory(memory: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an optimizer remembers of a parameter, in real numbers."""
    return {name: real(one) if isinstance(one, Tensor) else one for name, one in memory.items()}


def coordinates(tensor: Tensor) -> Tensor:
    """Return the real coordinates of a tensor as one vector."""
    return real(dense(tensor).detach()).reshape(-1)


def coordinates_in(tensor: Tensor) -> int:
    """Return how many real coordinates a tensor has."""
    return tensor.numel() * (2 if tensor.is_complex() else 1)


def norms(tensors: Sequence[Tensor]) -> Tensor:
    """Return the Euclidean norm of every tensor, shape (n,), float32 or wider, where the first one is."""
    laid = [dense(t) for t in tensors]
    if not laid:
        return torch.zeros(1)
    half = any(t.dtype in (torch.float16, torch.bfloat16) for t in laid)
    together: Any = torch._foreach_norm  # pyright: ignore[reportPrivateImportUsage]
    found = together(laid, 2, dtype=torch.float32) if half else together(laid, 2)
    first = found[0].device
    return torch.stack([one if one.device == first else one.to(first) for one in found])


def whole_norm(tensors: Sequence[Tensor]) -> Tensor:
    """Return the Euclidean norm of all tensors together, shape (), where the first one is."""
    return torch.linalg.vector_norm(norms(tensors))


def as_floats(numbers: Sequence[float | Tensor]) -> list[float]:
    """Return numbers, some of them tensors of one on a device, as floats: the device is waited for once."""
    places = [place for place, one in enumerate(numbers) if isinstance(one, Tensor)]
    found: list[Any] = [*numbers]
    if places:
        # Not every device has double precision.
        double = any(found[place].dtype == torch.float64 for place in places)
        wide = torch.float64 if double else torch.float32
        held = [found[place].detach().reshape(()).to(wide, non_blocking=True) for place in places]
        for place, value in zip(places, torch.stack(held).tolist(), strict=True):
            found[place] = value
    return found


def _layers(tensors: Sequence[Tensor], names: Sequence[str]) -> tuple[list[LayerOfParameters], int]:
    """Return the layers whose norms are recorded, in order, and how many others there are."""
    members: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        members.setdefault(name.rpartition(".")[0] or name, []).append(place)
    sizes = {name: sum(tensors[place].numel() for place in places) for name, places in members.items()}
    kept = set(sorted(sizes, key=lambda name: -sizes[name])[:MOST_LAYERS])
    return [LayerOfParameters(name, places) for name, places in members.items() if name in kept], len(sizes) - len(kept)


def _chosen(sizes: Sequence[int]) -> list[Tensor]:
    """Return which coordinates of every tensor are sampled: evenly, and always the same."""
    count = sum(sizes)
    if count <= MOST_SAMPLED:
        return [torch.arange(size) for size in sizes]
    drawn = torch.randperm(count, generator=torch.Generator().manual_seed(0))[:MOST_SAMPLED].sort().values
    chosen, start = [], 0
    for size in sizes:
        inside = drawn[(drawn >= start) & (drawn < start + size)]
        chosen.append(inside - start)
        start += size
    return chosen
