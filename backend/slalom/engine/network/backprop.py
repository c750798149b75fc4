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

from slalom.catalogue.problems.architecture import Architecture

from .losses import Loss
from .parameter_layout import ParameterLayout

SHARED = 2
"""Axes of inputs that all runs share: example, feature. Where every run has its own there is one more."""

_relu_backward = torch.ops.aten.threshold_backward.grad_input
_tanh_backward = torch.ops.aten.tanh_backward.grad_input

Act = Callable[[], object]
"""Does something to memory that it knows."""


class Batch(NamedTuple):
    """Examples as ``Net`` wants them."""

    inputs: Tensor
    """(B, features) where all runs see the same, else (E, B, features); before an embedding symbols, int64."""
    first: Tensor
    """What the first product takes: inputs transposed, (features, B), or the symbols in a row, (B·context,)."""
    targets: Tensor
    """Those of all outputs in a row, (outputs·B,) where all runs share them, else (E, outputs·B); see ``Loss``."""
    total: int
    """Over how many examples the loss is a mean: B, or more where this is a part of a larger batch."""
    answers: Tensor | None
    """The right class of every example, (B,) or (E, B), int64; None where targets are numbers."""

    @property
    def size(self) -> int:
        """B."""
        return self.inputs.shape[-2]

    @property
    def is_shared(self) -> bool:
        """Whether all runs see the same examples."""
        return self.inputs.dim() == SHARED

    def part(self, runs: slice, examples: slice) -> Batch:
        """Return some of the examples, as some of the runs see them."""
        if self.is_shared and examples.indices(self.size) == (0, self.size, 1):
            return self
        each, answers = self.targets.unflatten(-1, (-1, self.size))[..., examples], self.answers
        if answers is not None:
            answers = answers[..., examples] if self.is_shared else is_single_run(answers[runs, examples])
        if self.is_shared:
            inputs = self.inputs[examples]
        else:
            inputs, each = is_single_run(self.inputs[runs, examples]), is_single_run(each[runs])
        return Batch(inputs, first_of(inputs), each.flatten(-2), self.total, answers)


def is_single_run(values: Tensor) -> Tensor:
    """Return values without their axis of runs where there is one run: there is nobody to share with."""
    return values[0] if len(values) == 1 else values


def first_of(inputs: Tensor) -> Tensor:
    """Return ``Batch.first`` of inputs; axes before their last two are kept."""
    return inputs.mT if inputs.is_floating_point() else inputs.flatten(-2)


class LayerForward(NamedTuple):
    """One layer on the way up: ``room`` becomes bend(weights · below + bias)."""

    plus: Callable[..., Tensor]
    """The product: of batches of matrices, or of matrices where there is one run."""
    bias: Tensor
    """(E, out, 1)."""
    weights: Tensor
    below: Tensor | None
    """What the layer sees, (E, in, B); None where that is the batch."""
    room: Tensor
    """(E, out, B)."""
    bend: Act


class LayerBackward(NamedTuple):
    """One layer on the way back."""

    times: Callable[..., Tensor]
    """The product: of batches of matrices, or of matrices where there is one run."""
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


class ForwardBackward:
    """One way through the network and back, for a fixed number of runs and examples.

    Buffers of parameters and of gradients have the order of ``layout``.
    """

    def __init__(self, blueprint: Architecture, loss: Loss, runs: int, size: int, like: Tensor) -> None:
        """Hold memory of the dtype and on the device of ``like`` for ``runs`` runs and ``size`` examples."""
        self.blueprint, self.loss, self.runs, self.like = blueprint, loss, runs, like
        self.layout = ParameterLayout(blueprint, runs)
        self.sums = [self.empty(width, size) for width in blueprint.widths[1:]]
        """After ``forward``: activations of every hidden layer and the outputs, (E, features, B)."""
        self.slopes: list[Tensor] = []
        """Derivatives of ``sums``, once they are wanted."""
        self.bends = [_bending(blueprint.activation, h) for h in self.sums[:-1]] + [_nothing]
        self.unbends: list[Act] = []
        if blueprint.symbols:
            self.rows = self.empty(size * blueprint.context, blueprint.embedding)
            """The numbers of all symbols."""
            self.seen = self.rows.view(runs, size, -1)
        self._own = like.new_empty(runs * blueprint.dimension)
        self._place: Backward | None = None
        self._way_up = Forward(self, self._own)

    def forward(self, p: Tensor, batch: Batch) -> Tensor:
        """Return the outputs (E, C, B) at parameters (E, D); they are overwritten by the next call."""
        self.layout.fill(self._own, p)
        return self._way_up.climb(batch)

    def slope(self, p: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return losses (E,), and gradients (E, D), at parameters (E, D)."""
        self.layout.fill(self._own, p)
        if self._place is None:
            self._place = self.place(self._own, torch.empty_like(self._own))
        return self._place.slope(batch), self.layout.matrix(self._place.out)

    def place(self, p: Tensor, out: Tensor) -> Backward:
        """Return what computes gradients in ``out`` at whatever stands in ``p`` by then, both buffers.

        Both should begin at multiples of 64 bytes: products of the same numbers may differ in the last digit elsewhere.
        """
        if not self.slopes:
            self.slopes = [torch.empty_like(h) for h in self.sums]
            pairs = zip(self.slopes[:-1], self.sums[:-1], strict=True)
            self.unbends = [_nothing, *(_unbending(self.blueprint.activation, d, h) for d, h in pairs)]
        return Backward(self, p, out)

    def thin(self, matrices: Tensor) -> Tensor:
        """Return one matrix where there is one run: its products start sooner than those of a batch of one."""
        return matrices[0] if self.runs == 1 else matrices

    def spread(self, symbols: Tensor) -> Tensor:
        """Return the symbols once for every number of the embedding: (E, n) -> (E, n, embedding)."""
        return symbols.unsqueeze(2).expand(-1, -1, self.blueprint.embedding)

    def empty(self, *shape: int) -> Tensor:
        """Return memory for every run, (E, *shape)."""
        return self.like.new_empty((self.runs, *shape))


class Forward:
    """From inputs to outputs, at the parameters that stand in a buffer."""

    def __init__(self, way: ForwardBackward, p: Tensor) -> None:
        self._way = way
        shaped = way.layout.shaped(p)
        self.embedding = shaped.pop(0) if way.blueprint.symbols else None
        self.weights = shaped[::2]
        below = [None if self.embedding is None else way.thin(way.seen.mT), *map(way.thin, way.sums[:-1])]
        plus, layers = torch.addmm if way.runs == 1 else torch.baddbmm, []
        for weights, bias, seen, room, bend in zip(self.weights, shaped[1::2], below, way.sums, way.bends, strict=True):
            parts = (way.thin(bias.unsqueeze(2)), way.thin(weights), seen, way.thin(room))
            layers.append(LayerForward(plus, *parts, bend))
        self._layers = layers
        first = layers[0]
        self._wide = first.bias.view(-1, 1), first.weights.flatten(0, -2), first.room.flatten(0, -2)
        """Of the first layer: biases, weights and sums of all runs, below each other."""

    def climb(self, batch: Batch) -> Tensor:
        """Return the outputs (E, C, B)."""
        if self.embedding is not None:
            self._look_up(self.embedding, batch)
        for plus, bias, weights, below, room, bend in self._layers:
            if below is not None:
                plus(bias, weights, below, out=room)
            elif batch.is_shared:
                biases, below_each_other, sums = self._wide
                torch.addmm(biases, below_each_other, batch.first, out=sums)
            else:
                plus(bias, weights, batch.first, out=room)
            bend()
        return self._way.sums[-1]

    def _look_up(self, embedding: Tensor, batch: Batch) -> None:
        """Write down the numbers of all symbols."""
        if batch.is_shared:
            torch.index_select(embedding, 1, batch.first, out=self._way.rows)
        else:
            torch.gather(embedding, 1, self._way.spread(batch.first), out=self._way.rows)


class Backward:
    """Where parameters stand and where their gradients go: made once, used at many updates."""

    def __init__(self, way: ForwardBackward, p: Tensor, out: Tensor) -> None:
        self.out, self._way, self._up = out, way, Forward(way, p)
        shaped = way.layout.shaped(out)
        first = None
        if way.blueprint.symbols:
            self._of_embedding, first = shaped.pop(0), way.thin(way.seen)
            self._of_rows = torch.empty_like(way.rows)
            self._of_seen = way.thin(self._of_rows.view_as(way.seen))
        times, self._downs = torch.mm if way.runs == 1 else torch.bmm, list[LayerBackward]()
        for k in reversed(range(len(way.sums))):
            below, seen = (way.thin(way.slopes[k - 1]), way.thin(way.sums[k - 1].mT)) if k else (None, first)
            parts = (way.thin(way.slopes[k]), way.slopes[k].flatten(0, 1), seen)
            grads = (way.thin(shaped[2 * k]), shaped[2 * k + 1].view(-1))
            self._downs.append(
                LayerBackward(times, *parts, *grads, way.thin(self._up.weights[k].mT), below, way.unbends[k])
            )
        self._wide = shaped[0].flatten(0, -2)
        """Gradients of the first layers' weights of all runs, below each other."""
        self._loss = way.loss.bound(way.sums[-1], way.slopes[-1])
        self._ones = torch.ones_like(way.sums[0][0, 0])

    def slope(self, batch: Batch) -> Tensor:
        """Return losses (E,) at the parameters; their gradients are in ``out`` then."""
        self._up.climb(batch)
        losses = self._loss(batch.targets, batch.total)
        for times, slope, flat, seen, of_weights, of_bias, turned, below, unbend in self._downs:
            torch.mv(flat, self._ones, out=of_bias)
            if seen is not None:
                times(slope, seen, out=of_weights)
            elif batch.is_shared:
                torch.mm(flat, batch.inputs, out=self._wide)
            else:
                times(slope, batch.inputs, out=of_weights)
            if below is not None:
                times(turned, slope, out=below)
                unbend()
        if self._way.blueprint.symbols:
            self._collect_embedding(batch)
        return losses

    def _collect_embedding(self, batch: Batch) -> None:
        """Add up the derivatives of every symbol's numbers wherever it was seen."""
        way, room, rows, symbols = self._way, self._of_embedding, self._of_rows, batch.first
        last = self._downs[-1]
        last.times(last.slope.mT, last.turned.mT, out=self._of_seen)
        if room.is_cuda:
            # A GPU adds in no fixed order: a product with a one-hot matrix gives the same bytes every time.
            marks = torch.nn.functional.one_hot(symbols, way.blueprint.symbols).to(room.dtype)
            torch.bmm(marks.mT.expand(way.runs, -1, -1), rows, out=room)
        elif batch.is_shared:
            way.thin(room.zero_()).index_add_(-2, symbols, way.thin(rows))
        else:
            room.zero_().scatter_add_(1, way.spread(symbols), rows)


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
