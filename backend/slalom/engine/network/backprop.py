"""Forward and backward through a network by hand, for E runs and B examples at once, in memory that is used again.

Activations are (E, features, B), weights (E, out, in): every layer is one product of matrices per run.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from slalom.catalogue.base.choice import Array
from slalom.catalogue.problems.architecture import Architecture

from .activations import Act, activation_of
from .arrays import add_up, as_array, multiply, rows_apart
from .losses import Loss

SHARED = 2
"""Axes of inputs that all runs share: example, feature. Where every run has its own there is one more."""


class Batch(NamedTuple):
    """Examples as ``Net`` wants them; arrays are of the library for its device."""

    inputs: Any
    """An array, (B, features) where all runs see the same, else (E, B, features); before an embedding a tensor of
    symbols, int64."""
    first: Any
    """What the first product takes: inputs transposed, (features, B), or the symbols in a row, (B·context,)."""
    targets: Array
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
        return self.inputs.ndim == SHARED

    def part(self, runs: slice, examples: slice) -> Batch:
        """Return some of the examples, as some of the runs see them."""
        if self.is_shared and examples.indices(self.size) == (0, self.size, 1):
            return self
        each, answers = self.targets.reshape(*self.targets.shape[:-1], -1, self.size)[..., examples], self.answers
        if answers is not None:
            answers = answers[..., examples] if self.is_shared else is_single_run(answers[runs, examples])
        if self.is_shared:
            inputs = self.inputs[examples]
        else:
            inputs, each = is_single_run(self.inputs[runs, examples]), is_single_run(each[runs])
        return Batch(inputs, first_of(inputs), each.reshape(*each.shape[:-2], -1), self.total, answers)


def is_single_run(values: Any) -> Any:
    """Return values without their axis of runs where there is one run: there is nobody to share with."""
    return values[0] if len(values) == 1 else values


def first_of(inputs: Any) -> Any:
    """Return ``Batch.first`` of inputs; axes before their last two are kept."""
    symbols = isinstance(inputs, Tensor) and not inputs.is_floating_point()
    return inputs.flatten(-2) if symbols else inputs.mT


class LayerForward(NamedTuple):
    """One layer on the way up, in arrays: ``room`` becomes bend(weights · below + bias)."""

    weights: Array
    below: Array | None
    """What the layer sees, (E, in, B); None where that is the batch."""
    room: Array
    """(E, out, B)."""
    shift: Act
    """Adds the bias, by PyTorch: NumPy goes through the examples of every unit by themselves."""
    bend: Act


class LayerBackward(NamedTuple):
    """One layer on the way back, in arrays."""

    slope: Array
    """Derivatives of the layer's sums, (E, out, B)."""
    seen: Array | None
    """What the layer saw, (E, B, in); None where that is the batch."""
    of_weights: Array
    of_bias: Array
    """(E, out)."""
    turned: Array
    """The weights, transposed, (E, in, out)."""
    below: Array | None
    """Derivatives of the sums of the layer before; None before the first."""
    unbend: Act
    """Takes ``below`` back through the activation."""


class ForwardBackward:
    """One way through the network and back, for a fixed number of runs and examples."""

    def __init__(self, blueprint: Architecture, loss: Loss, runs: int, size: int, like: Tensor) -> None:
        """Hold memory of the dtype and on the device of ``like`` for ``runs`` runs and ``size`` examples."""
        self.blueprint, self.loss, self.runs, self.size, self.like = blueprint, loss, runs, size, like
        self.activation = activation_of(blueprint)
        self.outputs = self._rooms()
        """After ``forward``: activations of every hidden layer and the outputs, (E, features, B)."""
        self.sums = [*self._rooms()[:-1], self.outputs[-1]] if self.activation.needs_sums else self.outputs
        """What every layer adds up; where nobody needs it any more, ``outputs``."""
        self.slopes: list[Tensor] = []
        """Derivatives of the sums, once they are wanted."""
        pairs = zip(self.sums[:-1], self.outputs[:-1], strict=True)
        self.bends = [*(self.activation.bound(z, h) for z, h in pairs), _nothing]
        self.unbends: list[Act] = []
        if blueprint.symbols:
            self.rows = rows_apart(like, runs, size * blueprint.context, blueprint.embedding)
            """The numbers of all symbols."""
            self.seen = as_array(self.rows.flatten(1).unflatten(1, (size, -1)))
        self._own = rows_apart(like, runs, blueprint.dimension)
        self._place: Backward | None = None
        self._way_up = Forward(self, self._own)

    def forward(self, p: Tensor, batch: Batch) -> Tensor:
        """Return the outputs (E, C, B) at parameters (E, D); they are overwritten by the next call."""
        self._own.copy_(p)
        return self._way_up.climb(batch)

    def slope(self, p: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return losses (E,), and gradients (E, D), at parameters (E, D)."""
        self._own.copy_(p)
        if self._place is None:
            self._place = self.place(self._own, rows_apart(self.like, self.runs, self.blueprint.dimension))
        return self._place.slope(batch), self._place.out

    def place(self, p: Tensor, out: Tensor) -> Backward:
        """Return what computes gradients in ``out`` at whatever stands in ``p`` by then, both (E, D)."""
        if not self.slopes:
            self.slopes = self._rooms()
            parts = zip(self.slopes[:-1], self.sums[:-1], self.outputs[:-1], strict=True)
            self.unbends = [_nothing, *(self.activation.back(d, z, h) for d, z, h in parts)]
        return Backward(self, p, out)

    def shaped(self, p: Tensor) -> list[Tensor]:
        """Return every tensor of parameters (E, D) in its own shape, (E, *shape), where it stands."""
        return [p[:, tensor.start : tensor.stop].unflatten(1, tensor.shape) for tensor in self.blueprint.tensors]

    def spread(self, symbols: Tensor) -> Tensor:
        """Return the symbols once for every number of the embedding: (E, n) -> (E, n, embedding)."""
        return symbols.unsqueeze(2).expand(-1, -1, self.blueprint.embedding)

    def _rooms(self) -> list[Tensor]:
        """Return memory for every layer, (E, features, B); the rows of hidden ones do not touch."""
        *hidden, outputs = self.blueprint.widths[1:]
        return [rows_apart(self.like, self.runs, width, self.size) for width in (*hidden, outputs)]


class Forward:
    """From inputs to outputs, at the parameters that stand in (E, D)."""

    def __init__(self, way: ForwardBackward, p: Tensor) -> None:
        self._way = way
        shaped = way.shaped(p)
        self.embedding = shaped.pop(0) if way.blueprint.symbols else None
        self.weights = [as_array(weights) for weights in shaped[::2]]
        shifts = [partial(room.add_, bias.unsqueeze(2)) for room, bias in zip(way.sums, shaped[1::2], strict=True)]
        rooms, seen = [as_array(room) for room in way.sums], [as_array(room) for room in way.outputs[:-1]]
        below = [None if self.embedding is None else way.seen.mT, *seen]
        self._layers = [
            LayerForward(*parts) for parts in zip(self.weights, below, rooms, shifts, way.bends, strict=True)
        ]

    def climb(self, batch: Batch) -> Tensor:
        """Return the outputs (E, C, B)."""
        if self.embedding is not None:
            self._look_up(self.embedding, batch)
        for weights, below, room, shift, bend in self._layers:
            multiply(weights, batch.first if below is None else below, room)
            shift()
            bend()
        return self._way.outputs[-1]

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
        shaped, first = way.shaped(out), None
        if way.blueprint.symbols:
            self._of_embedding, first = shaped.pop(0), way.seen
            self._of_rows = rows_apart(way.like, way.runs, *way.rows.shape[1:])
            self._of_seen = as_array(self._of_rows.flatten(1).unflatten(1, (way.size, -1)))
        grads, self._downs = [as_array(tensor) for tensor in shaped], list[LayerBackward]()
        outputs, slopes = ([as_array(room) for room in rooms] for rooms in (way.outputs, way.slopes))
        for k in reversed(range(len(outputs))):
            below, seen = (slopes[k - 1], outputs[k - 1].mT) if k else (None, first)
            parts = slopes[k], seen, grads[2 * k], grads[2 * k + 1], self._up.weights[k].mT
            self._downs.append(LayerBackward(*parts, below, way.unbends[k]))
        self._loss = way.loss.bound(way.outputs[-1], way.slopes[-1])
        self._ones = as_array(way.like.new_ones(way.size))

    def slope(self, batch: Batch) -> Tensor:
        """Return losses (E,) at the parameters; their gradients are in ``out`` then."""
        self._up.climb(batch)
        losses = self._loss(batch.targets, batch.total)
        for slope, seen, of_weights, of_bias, turned, below, unbend in self._downs:
            add_up(slope, self._ones, of_bias)
            multiply(slope, batch.inputs if seen is None else seen, of_weights)
            if below is not None:
                multiply(turned, slope, below)
                unbend()
        if self._way.blueprint.symbols:
            self._collect_embedding(batch)
        return losses

    def _collect_embedding(self, batch: Batch) -> None:
        """Add up the derivatives of every symbol's numbers wherever it was seen."""
        way, room, rows, symbols = self._way, self._of_embedding, self._of_rows, batch.first
        last = self._downs[-1]
        multiply(last.slope.mT, last.turned.mT, self._of_seen)
        if room.is_cuda:
            # A GPU adds in no fixed order: a product with a one-hot matrix gives the same bytes every time.
            marks = torch.nn.functional.one_hot(symbols, way.blueprint.symbols).to(room.dtype)
            torch.bmm(marks.mT.expand(way.runs, -1, -1), rows, out=room)
        elif batch.is_shared:
            room.zero_().index_add_(1, symbols, rows)
        else:
            room.zero_().scatter_add_(1, way.spread(symbols), rows)


def _nothing() -> None:
    pass
