"""Forward and backward through a network by hand, for E runs and B examples at once, in memory that is used again.

Activations are (E, features, B), weights (E, out, in): every layer is one batched matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from slalom.catalogue.blueprint import Blueprint

from .losses import Loss

COPIED = 1 << 15
"""Parameters of all runs, up to which copying them is faster than making new views of them."""
ALIGNMENT = 64
"""Bytes: matrix products of the same numbers at other alignments may differ in the last digit."""

MINUS_ONE = torch.tensor(-1.0)

Bend = Callable[[Tensor], Tensor]

_tanh_backward = torch.ops.aten.tanh_backward.grad_input
_relu_backward = torch.ops.aten.threshold_backward.grad_input


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


class Down(NamedTuple):
    """One layer on the way back; all of it is memory that stays where it is."""

    slope: Tensor
    """Derivatives of the layer's sums, (E, out, B)."""
    seen: Tensor | None
    """What the layer saw, (E, B, in); None where that is the batch."""
    of_weights: Tensor
    of_bias: Tensor
    below: Tensor | None
    """Derivatives of the sums of the layer before; None before the first."""


class Pass:
    """One way through the network and back, for a fixed number of runs and examples."""

    def __init__(self, blueprint: Blueprint, loss: Loss, runs: int, size: int, like: Tensor) -> None:
        """Hold memory of the dtype and on the device of ``like`` for ``runs`` runs and ``size`` examples."""
        self._runs, self._loss, self._like = runs, loss, like
        self._blueprint, self._shapes = blueprint, [tensor.shape for tensor in blueprint.tensors]
        self._lengths = [tensor.stop - tensor.start for tensor in blueprint.tensors]
        self._embeds, self._own = bool(blueprint.symbols), None
        if runs * blueprint.dimension <= COPIED:
            self._own = self._empty(blueprint.dimension)
            self._embedding, self._layers = self._views(self._own)
        self.sums = [self._empty(width, size) for width in blueprint.widths[1:]]
        """After ``forward``: activations of every hidden layer and the outputs, (E, features, B)."""
        bend, self._unbend = _bending(blueprint.activation, like), _unbending(blueprint.activation)
        stretch = 2 if bend is _tanh_of_half else 1
        self._ups: list[tuple[Tensor, int, Bend | None]] = [(room, stretch, bend) for room in self.sums[:-1]]
        self._ups.append((self.sums[-1], 1, None))
        self._slopes: list[Tensor] = []
        self._downs: list[tuple[int, Down]] = []
        if self._embeds:
            self._rows = self._empty(size * blueprint.context, blueprint.embedding)
            self._seen = self._rows.view(runs, size, -1)

    def forward(self, p: Tensor, inputs: Tensor) -> Tensor:
        """Return the outputs (E, C, B) at parameters (E, D); they are overwritten by the next call."""
        self._hold(p)
        h = self._first(inputs).mT
        for (weights, _, bias), (room, stretch, bend) in zip(self._layers, self._ups, strict=True):
            h = torch.baddbmm(bias, weights, h, beta=stretch, alpha=stretch, out=room)
            if bend is not None:
                bend(h)
        return h

    def slope(self, p: Tensor, batch: Batch, out: Tensor) -> Tensor:
        """Return losses (E,), and gradients in ``out`` (E, D)."""
        if not self._downs:
            self._make_room()
        z = self.forward(p, batch.inputs)
        losses = self._loss.slope(z, batch.targets, batch.total, self._slopes[-1])
        for k, down in self._downs:
            torch.sum(down.slope, 2, True, out=down.of_bias)
            torch.bmm(down.slope, self._first(batch.inputs) if down.seen is None else down.seen, out=down.of_weights)
            if down.below is not None:
                torch.bmm(self._layers[k][1], down.slope, out=down.below)
                self._unbend(down.below, self.sums[k - 1])
        if self._embeds:
            self._collect_embedding(batch.inputs)
        torch.cat(self._gathered, 1, out=out)
        return losses

    def _hold(self, p: Tensor) -> None:
        """Look at these parameters as matrices."""
        if self._own is not None:
            self._own.copy_(p)
        else:
            self._embedding, self._layers = self._views(p if p.data_ptr() % ALIGNMENT == 0 else p.clone())

    def _views(self, p: Tensor) -> tuple[Tensor | None, list[tuple[Tensor, Tensor, Tensor]]]:
        """Return the embedding, and of every layer the weights, their transpose and the biases as a column."""
        parts = p.split_with_sizes(self._lengths, 1)
        shaped = [part.view(self._runs, *shape) for part, shape in zip(parts, self._shapes, strict=True)]
        embedding = shaped.pop(0) if self._embeds else None
        pairs = zip(shaped[::2], shaped[1::2], strict=True)
        return embedding, [(weights, weights.mT, bias.unsqueeze(2)) for weights, bias in pairs]

    def _first(self, inputs: Tensor) -> Tensor:
        """Return what the first layer sees, (E, B, features)."""
        if self._embedding is not None:
            return self._looked_up(self._embedding, inputs)
        return inputs if inputs.shape[0] == self._runs else inputs.expand(self._runs, -1, -1)

    def _looked_up(self, embedding: Tensor, symbols: Tensor) -> Tensor:
        """Return the numbers of all symbols, those of an example side by side."""
        symbols = symbols.flatten(1)
        if symbols.shape[0] == 1:
            torch.index_select(embedding, 1, symbols[0], out=self._rows)
        else:
            torch.gather(embedding, 1, self._spread(symbols), out=self._rows)
        return self._seen

    def _make_room(self) -> None:
        """Make memory for the way back: a derivative for every sum, and a gradient for every tensor."""
        self._slopes = [torch.empty_like(h) for h in self.sums]
        self._gathered = [self._empty(length) for length in self._lengths]
        shaped = [g.view(self._runs, *s) for g, s in zip(self._gathered, self._shapes, strict=True)]
        first = None
        if self._embeds:
            self._of_embedding, first = shaped.pop(0), self._seen
            self._of_seen = torch.empty_like(self._seen).mT.contiguous()
        for k in reversed(range(len(self.sums))):
            below, seen = (self._slopes[k - 1], self.sums[k - 1].mT) if k else (None, first)
            down = Down(self._slopes[k], seen, shaped[2 * k], shaped[2 * k + 1].unsqueeze(2), below)
            self._downs.append((k, down))

    def _collect_embedding(self, symbols: Tensor) -> None:
        """Add up the derivatives of every symbol's numbers wherever it was seen."""
        torch.bmm(self._layers[0][1], self._slopes[0], out=self._of_seen)
        self._seen.copy_(self._of_seen.mT)
        symbols, room = symbols.flatten(1), self._of_embedding
        if self._like.is_cuda:
            # A GPU adds in no fixed order: a product with a one-hot matrix gives the same bytes every time.
            marks = torch.nn.functional.one_hot(symbols, self._blueprint.symbols).to(room.dtype)
            torch.bmm(marks.mT.expand(self._runs, -1, -1), self._rows, out=room)
        elif symbols.shape[0] < self._runs:
            room.zero_().index_add_(1, symbols[0], self._rows)
        else:
            room.zero_().scatter_add_(1, self._spread(symbols), self._rows)

    def _spread(self, symbols: Tensor) -> Tensor:
        """Return the symbols once for every number of the embedding: (E, n) -> (E, n, embedding)."""
        return symbols.unsqueeze(2).expand(-1, -1, self._blueprint.embedding)

    def _empty(self, *shape: int) -> Tensor:
        return self._like.new_empty((self._runs, *shape))


def _bending(activation: str, like: Tensor) -> Bend | None:
    """Return what an activation does to sums, in place; None where it does nothing."""
    if activation == "none":
        return None
    if activation == "relu":
        return torch.relu_
    return _tanh_of_half if like.device.type == "cpu" and like.dtype == torch.float32 else torch.tanh_


def _unbending(activation: str) -> Callable[[Tensor, Tensor], object]:
    """Return what takes derivatives back through an activation, in place: (derivatives, activations)."""
    if activation == "tanh":
        return lambda d, h: _tanh_backward(d, h, grad_input=d)
    if activation == "relu":
        return lambda d, h: _relu_backward(d, h, 0, grad_input=d)
    return lambda d, h: None


def _tanh_of_half(h: Tensor) -> Tensor:
    """Return tanh(h/2) = 2σ(h) - 1 in place of h: on a CPU far faster than tanh, and off by at most 1e-7."""
    return torch.add(MINUS_ONE, h.sigmoid_(), alpha=2, out=h)
