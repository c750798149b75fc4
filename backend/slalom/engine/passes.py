"""Forward and backward through a network by hand, for E runs and B examples at once, in memory that is used again.

Activations are (E, features, B), weights (E, out, in): every layer is one batched matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from slalom.catalogue.blueprint import Blueprint

from .losses import Loss

_relu_backward = torch.ops.aten.threshold_backward.grad_input
_tanh_backward = torch.ops.aten.tanh_backward.grad_input

Act = Callable[[], object]
"""Does something to memory that it knows."""


class Batch(NamedTuple):
    """Examples as ``Net`` wants them. The first axis is 1 where all runs see the same examples, else E."""

    inputs: Tensor
    """(1|E, B, features), or the symbols before an embedding: (1|E, B, context), int64."""
    targets: Tensor
    """(1|E, outputs, B), prepared by the loss."""
    total: int
    """Over how many examples the loss is a mean: B, or more where this is a part of a larger batch."""
    classes: bool
    """Whether targets are classes, so that guesses can be right."""

    @property
    def size(self) -> int:
        """B."""
        return self.inputs.shape[1]

    def part(self, runs: slice, examples: slice) -> Batch:
        """Return some of the examples, as some of the runs see them."""
        runs = runs if len(self.inputs) > 1 else slice(None)
        return Batch(self.inputs[runs, examples], self.targets[runs, :, examples], self.total, self.classes)


class Up(NamedTuple):
    """One layer on the way up: ``room`` becomes bend(weights · what is below + bias)."""

    weights: Tensor
    bias: Tensor
    """(E, out, 1)."""
    room: Tensor
    """(E, out, B)."""
    bend: Act


class Down(NamedTuple):
    """One layer on the way back."""

    slope: Tensor
    """Derivatives of the layer's sums, (E, out, B)."""
    flat: Tensor
    """The same as (E·out, B)."""
    seen: Tensor | None
    """What the layer saw, (E, B, in); None where that is the batch."""
    of_weights: Tensor
    of_bias: Tensor
    """(E·out,)."""
    turned: Tensor
    """The weights, transposed, (E, in, out)."""
    below: Tensor | None
    """Derivatives of the sums of the layer before; None before the first."""
    unbend: Act
    """Takes ``below`` back through the activation."""


class Pass:
    """One way through the network and back, for a fixed number of runs and examples."""

    def __init__(self, blueprint: Blueprint, loss: Loss, runs: int, size: int, like: Tensor) -> None:
        """Hold memory of the dtype and on the device of ``like`` for ``runs`` runs and ``size`` examples."""
        self.blueprint, self.loss, self.runs, self.like = blueprint, loss, runs, like
        self._shapes = [tensor.shape for tensor in blueprint.tensors]
        self._lengths = [tensor.stop - tensor.start for tensor in blueprint.tensors]
        self.sums = [self.empty(width, size) for width in blueprint.widths[1:]]
        """After ``forward``: activations of every hidden layer and the outputs, (E, features, B)."""
        self.slopes: list[Tensor] = []
        """Derivatives of ``sums``, once they are wanted."""
        self.bends = [_bending(blueprint.activation, h) for h in self.sums[:-1]] + [_nothing]
        self.unbends: list[Act] = []
        if blueprint.symbols:
            self.rows = self.empty(size * blueprint.context, blueprint.embedding)
            self.seen = self.rows.view(runs, size, -1)
        self._own = self.empty(blueprint.dimension)
        self._place: Place | None = None
        self._ups = self.ups(self._own)

    def forward(self, p: Tensor, inputs: Tensor) -> Tensor:
        """Return the outputs (E, C, B) at parameters (E, D); they are overwritten by the next call."""
        self._own.copy_(p)
        return self.climb(self._ups, inputs)

    def slope(self, p: Tensor, batch: Batch, out: Tensor) -> Tensor:
        """Return losses (E,), and gradients in ``out`` (E, D), at parameters (E, D)."""
        self._own.copy_(p)
        if self._place is None:
            self._place = self.place(self._own, torch.empty_like(self._own))
        losses = self._place.slope(batch)
        out.copy_(self._place.out)
        return losses

    def place(self, p: Tensor, out: Tensor) -> Place:
        """Return what computes gradients in ``out`` at whatever stands in ``p`` by then, both (E, D).

        Both should begin at multiples of 64 bytes: products of the same numbers may differ in the last digit elsewhere.
        """
        if not self.slopes:
            self.slopes = [torch.empty_like(h) for h in self.sums]
            pairs = zip(self.slopes[:-1], self.sums[:-1], strict=True)
            self.unbends = [_nothing, *(_unbending(self.blueprint.activation, d, h) for d, h in pairs)]
            self.gathered = [self.empty(length) for length in self._lengths]
        return Place(self, p, out)

    def climb(self, ups: tuple[Tensor | None, list[Up]], inputs: Tensor) -> Tensor:
        """Return the outputs at the parameters that ``ups`` looks at."""
        embedding, layers = ups
        h = self.first(embedding, inputs).mT
        for weights, bias, room, bend in layers:
            h = torch.baddbmm(bias, weights, h, out=room)
            bend()
        return h

    def ups(self, p: Tensor) -> tuple[Tensor | None, list[Up]]:
        """Return the embedding and the layers whose parameters stand in ``p``."""
        shaped = self.shaped(p.split_with_sizes(self._lengths, 1))
        embedding = shaped.pop(0) if self.blueprint.symbols else None
        layers = zip(shaped[::2], shaped[1::2], self.sums, self.bends, strict=True)
        return embedding, [Up(weights, bias.unsqueeze(2), room, bend) for weights, bias, room, bend in layers]

    def shaped(self, parts: list[Tensor] | tuple[Tensor, ...]) -> list[Tensor]:
        """Return every tensor of the network, (E, *its shape), from its numbers in a row, (E, n)."""
        return [part.view(self.runs, *shape) for part, shape in zip(parts, self._shapes, strict=True)]

    def first(self, embedding: Tensor | None, inputs: Tensor) -> Tensor:
        """Return what the first layer sees, (E, B, features)."""
        if embedding is None:
            return self.spread_out(inputs)
        symbols = inputs.flatten(1)
        if symbols.shape[0] == 1:
            torch.index_select(embedding, 1, symbols[0], out=self.rows)
        else:
            torch.gather(embedding, 1, self.spread(symbols), out=self.rows)
        return self.seen

    def spread_out(self, inputs: Tensor) -> Tensor:
        """Return what all runs see, once for each: (1|E, B, features) -> (E, B, features)."""
        return inputs if inputs.shape[0] == self.runs else inputs.expand(self.runs, -1, -1)

    def spread(self, symbols: Tensor) -> Tensor:
        """Return the symbols once for every number of the embedding: (E, n) -> (E, n, embedding)."""
        return symbols.unsqueeze(2).expand(-1, -1, self.blueprint.embedding)

    def empty(self, *shape: int) -> Tensor:
        """Return memory for every run, (E, *shape)."""
        return self.like.new_empty((self.runs, *shape))


class Place:
    """Where parameters stand and where their gradients go: made once, used at many updates."""

    def __init__(self, way: Pass, p: Tensor, out: Tensor) -> None:
        self.out, self._way, self._ups = out, way, way.ups(p)
        self._gathered = way.gathered
        if way.runs == 1:
            # A product is written where it belongs; those of several runs must lie together.
            self._gathered = list(out.split_with_sizes([part.shape[1] for part in way.gathered], 1))
        shaped = way.shaped(self._gathered)
        first = None
        if way.blueprint.symbols:
            self._of_embedding, first = shaped.pop(0), way.seen
            self._of_seen = torch.empty_like(way.seen).mT.contiguous()
        self._downs: list[Down] = []
        for k in reversed(range(len(way.sums))):
            slope = way.slopes[k]
            below, seen = (way.slopes[k - 1], way.sums[k - 1].mT) if k else (None, first)
            weights, bias = shaped[2 * k], shaped[2 * k + 1].view(-1)
            turned = self._ups[1][k].weights.mT
            self._downs.append(Down(slope, slope.flatten(0, 1), seen, weights, bias, turned, below, way.unbends[k]))
        self._ones = torch.ones_like(way.sums[0][0, 0])

    def slope(self, batch: Batch) -> Tensor:
        """Return losses (E,) at the parameters; their gradients are in ``out`` then."""
        way, inputs = self._way, batch.inputs
        outputs = way.climb(self._ups, inputs)
        losses = way.loss.slope(outputs, batch.targets, batch.total, way.slopes[-1])
        for slope, flat, seen, of_weights, of_bias, turned, below, unbend in self._downs:
            torch.mv(flat, self._ones, out=of_bias)
            torch.bmm(slope, way.spread_out(inputs) if seen is None else seen, out=of_weights)
            if below is not None:
                torch.bmm(turned, slope, out=below)
                unbend()
        if way.blueprint.symbols:
            self._collect_embedding(inputs)
        if way.runs > 1:
            torch.cat(self._gathered, 1, out=self.out)
        return losses

    def _collect_embedding(self, symbols: Tensor) -> None:
        """Add up the derivatives of every symbol's numbers wherever it was seen."""
        way, room = self._way, self._of_embedding
        last = self._downs[-1]
        torch.bmm(last.turned, last.slope, out=self._of_seen)
        way.seen.copy_(self._of_seen.mT)
        symbols = symbols.flatten(1)
        if room.is_cuda:
            # A GPU adds in no fixed order: a product with a one-hot matrix gives the same bytes every time.
            marks = torch.nn.functional.one_hot(symbols, way.blueprint.symbols).to(room.dtype)
            torch.bmm(marks.mT.expand(way.runs, -1, -1), way.rows, out=room)
        elif symbols.shape[0] < way.runs:
            room.zero_().index_add_(1, symbols[0], way.rows)
        else:
            room.zero_().scatter_add_(1, way.spread(symbols), way.rows)


def _nothing() -> None:
    pass


def _bending(activation: str, h: Tensor) -> Act:
    """Return what makes activations of sums, in place; NumPy's tanh is several times as fast as PyTorch's."""
    if activation == "none":
        return _nothing
    if activation == "relu":
        return partial(torch.relu_, h)
    return partial(torch.tanh_, h) if h.is_cuda else partial(np.tanh, h.numpy(), h.numpy())


def _unbending(activation: str, d: Tensor, h: Tensor) -> Act:
    """Return what takes derivatives ``d`` back through the activations ``h``, in place."""
    if activation == "none":
        return _nothing
    if activation == "relu":
        return partial(_relu_backward, d, h, 0, grad_input=d)
    return partial(_tanh_backward, d, h, grad_input=d)
