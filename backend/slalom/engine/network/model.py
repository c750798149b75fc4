"""The arithmetic of one network for any number of runs at once: losses, gradients, outputs, at parameters (E, D).

Row e of ``p`` holds all parameters of run e, in the order of ``nn.Module.parameters()``. The bytes of a run depend on
its own parameters and examples, never on how many others there are, nor on what they hold: see :mod:`.arrays`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import NamedTuple

import torch
from torch import Tensor

from slalom.catalogue.problems.architecture import Architecture

from .activations import activation_of
from .arrays import as_array
from .backprop import SHARED, Batch, ForwardBackward, first_of
from .losses import LOSSES

NUMBERS_AT_ONCE = 1 << 22
"""Numbers that one pass may hold at a time, activations and derivatives together: 16 MB in float32."""
PASSES_KEPT = 4
"""Passes whose memory is kept for the next batch of the same size."""

GLANCE = 256
"""Examples, evenly spaced, on which idle units are counted: about so many."""

__all__ = ["Batch", "Evaluation", "Net"]


class Evaluation(NamedTuple):
    """What E runs show on some examples; tensors of shape (E,) unless said."""

    losses: Tensor
    right: Tensor
    """The share of examples guessed right; nan where there are no classes, or the loss is no number."""
    idle: list[Tensor]
    """For every hidden layer the share of its outputs whose slope has nearly vanished, float64; nan where there is no
    activation, or an output is no number."""
    slope: Tensor | None
    """Gradients, (E, D), where they are wanted."""


class Net:
    """A network on a device, with back-propagation by hand."""

    def __init__(self, blueprint: Architecture, dtype: torch.dtype = torch.float32, device: str = "cpu") -> None:
        self.blueprint, self.dtype, self.device = blueprint, dtype, torch.device(device)
        self.dimension: int = blueprint.dimension
        """D."""
        self.loss = LOSSES[blueprint.loss](blueprint.widths[-1])
        self._like = torch.empty(0, dtype=dtype, device=self.device)
        self._passes: dict[tuple[int, int], ForwardBackward] = {}
        width = sum(blueprint.widths) + blueprint.context * blueprint.symbols
        self._per_example = (2 + activation_of(blueprint).needs_sums) * width

    def batch(self, inputs: Tensor, targets: Tensor) -> Batch:
        """Return examples ready for use: inputs (B, features), or (E, B, features) where every run has its own.

        Symbols before an embedding are (B, context) or (E, B, context), int64. Targets are classes (B,) or (E, B),
        int64, or numbers (B, outputs) or (E, B, outputs).
        """
        return self.batches(inputs.unsqueeze(0), targets.unsqueeze(0))[0]

    def batches(self, inputs: Tensor, targets: Tensor) -> list[Batch]:
        """Return k batches, prepared together: all shapes are those of ``batch``, after a first axis of k."""
        inputs = inputs.to(self.device) if self.blueprint.symbols else inputs.to(self.device, self.dtype)
        targets = targets.to(self.device)
        if inputs.dim() > 1 + SHARED and inputs.shape[1] == 1:
            inputs, targets = inputs[:, 0], targets[:, 0]
        total = inputs.shape[-2]
        answers = repeat(None, len(inputs)) if targets.is_floating_point() else targets
        prepared, seen = as_array(self.loss.prepared(targets, total, self.dtype)), inputs.contiguous()
        seen = seen if self.blueprint.symbols else as_array(seen)
        parts = zip(seen, first_of(seen), prepared, answers, strict=True)
        return [Batch(x, first, y, total, right) for x, first, y, right in parts]

    def slope(self, p: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return losses (E,) and gradients (E, D) at parameters (E, D)."""
        losses, found = p.new_zeros(len(p)), torch.zeros_like(p)
        for runs, examples in self._parts(len(p), batch.size):
            part = batch.part(runs, examples)
            loss, slope = self._pass(len(p[runs]), part.size).slope(p[runs], part)
            losses[runs] += loss
            found[runs] += slope
        return losses, found

    def exam(self, p: Tensor, batch: Batch, slopes: bool = True) -> Evaluation:
        """Return all there is to see of runs at parameters (E, D); gradients if ``slopes`` are wanted."""
        losses, right, found = p.new_zeros(len(p)), p.new_zeros(len(p)), torch.zeros_like(p) if slopes else None
        idle = [p.new_zeros((2, len(p)), dtype=torch.float64) for _ in self.blueprint.widths[1:-1]]
        apart = max(1, batch.size // GLANCE)
        for runs, examples in self._parts(len(p), batch.size):
            part, own = batch.part(runs, examples), p[runs]
            way = self._pass(len(own), part.size)
            if found is None:
                losses[runs] += self.loss.value(way.forward(own, part), part.targets, part.total)
            else:
                loss, slope = way.slope(own, part)
                losses[runs] += loss
                found[runs] += slope
            if part.answers is not None:
                right[runs] += self.loss.right(way.outputs[-1], part.answers)
            glance = slice(-examples.start % apart, None, apart)
            for counts, z, h in zip(idle, way.sums, way.outputs, strict=False):
                few = way.activation.idle(*(room[:, :, glance].flatten(1) for room in (z, h)))
                counts[:, runs] += _counted(few, h[:, :, glance].flatten(1))
        return Evaluation(losses, _share(right, losses, batch), [few / seen for few, seen in idle], found)

    def place(self, p: Tensor, out: Tensor, size: int) -> Callable[[Batch], Tensor]:
        """Return what computes losses (E,), and gradients in ``out``, at what stands in ``p`` by then, both (E, D).

        Batches have ``size`` examples.
        """
        if len(self._parts(len(p), size)) == 1:
            return self._pass(len(p), size).place(p, out).slope

        def in_parts(batch: Batch) -> Tensor:
            losses, slopes = self.slope(p, batch)
            out.copy_(slopes)
            return losses

        return in_parts

    def losses(self, p: Tensor, batch: Batch) -> Tensor:
        """Return losses (E,) at parameters (E, D)."""
        found = p.new_zeros(len(p))
        for runs, part, z in self._outputs(p, batch):
            found[runs] += self.loss.value(z, part.targets, part.total)
        return found

    def score(self, p: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return losses and the share of examples guessed right, both (E,); the share is nan without classes.

        It is nan as well where the loss is not a number.
        """
        losses, right = p.new_zeros(len(p)), p.new_zeros(len(p))
        for runs, part, z in self._outputs(p, batch):
            losses[runs] += self.loss.value(z, part.targets, part.total)
            if part.answers is not None:
                right[runs] += self.loss.right(z, part.answers)
        return losses, _share(right, losses, batch)

    def outputs(self, p: Tensor, batch: Batch) -> Tensor:
        """Return the outputs (E, C, B) at parameters (E, D): for classes their logits."""
        found = p.new_empty((len(p), self.blueprint.widths[-1], batch.size))
        for runs, examples in self._parts(len(p), batch.size):
            part = batch.part(runs, examples)
            found[runs, :, examples] = self._pass(len(p[runs]), part.size).forward(p[runs], part)
        return found

    def _outputs(self, p: Tensor, batch: Batch) -> Iterator[tuple[slice, Batch, Tensor]]:
        """Yield outputs part by part: which runs, their part of the batch, and the outputs until the next part."""
        for runs, examples in self._parts(len(p), batch.size):
            part = batch.part(runs, examples)
            yield runs, part, self._pass(len(p[runs]), part.size).forward(p[runs], part)

    def _parts(self, runs: int, size: int) -> list[tuple[slice, slice]]:
        """Return which runs and examples to treat together, so that a pass holds at most about TILE numbers."""
        if runs * (size * self._per_example + 2 * self.dimension) <= NUMBERS_AT_ONCE:
            return [(slice(0, runs), slice(0, size))]
        examples = min(size, max(1, NUMBERS_AT_ONCE // self._per_example))
        together = max(1, NUMBERS_AT_ONCE // (examples * self._per_example + 2 * self.dimension))
        return [
            (slice(a, min(a + together, runs)), slice(b, min(b + examples, size)))
            for a in range(0, runs, together)
            for b in range(0, size, examples)
        ]

    def _pass(self, runs: int, size: int) -> ForwardBackward:
        found = self._passes.get((runs, size))
        if found is None:
            if len(self._passes) >= PASSES_KEPT:
                self._passes.pop(next(iter(self._passes)))
            found = self._passes[runs, size] = ForwardBackward(self.blueprint, self.loss, runs, size, self._like)
        return found


def _counted(few: Tensor | None, h: Tensor) -> Tensor:
    """Return how many outputs (E, n) of a hidden layer are idle, and how many there are, (2, E); nan if unknown."""
    if few is None:
        return h.new_full((2, len(h)), torch.nan, dtype=torch.float64)
    count = few.sum(1).double()
    return torch.stack([count, torch.full_like(count, h.shape[1]).where(~h.sum(1).isnan(), torch.nan)])


def _share(right: Tensor, losses: Tensor, batch: Batch) -> Tensor:
    """Return which share of the examples is guessed right; nan where that is unknown, or the loss is no number."""
    if batch.answers is None:
        return torch.full_like(right, torch.nan)
    return (right / batch.size).where(~losses.isnan(), torch.nan)
