"""The arithmetic of one network for any number of runs at once: losses, gradients, outputs, at parameters (E, D).

Row e of ``p`` holds all parameters of run e, in the order of ``nn.Module.parameters()``. A run's numbers depend on the
number of runs and examples (matrix products add up in an order of their own), never on what its neighbours hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from slalom.catalogue.blueprint import Blueprint

from .layout import Layout
from .losses import LOSSES
from .passes import SHARED, Batch, Pass, first_of

TILE = 1 << 22
"""Numbers that one pass may hold at a time, activations and derivatives together: 16 MB in float32."""
KEPT = 4
"""Passes whose memory is kept for the next batch of the same size."""

__all__ = ["Batch", "Net"]


class Net:
    """A network on a device, with back-propagation by hand."""

    def __init__(self, blueprint: Blueprint, dtype: torch.dtype = torch.float32, device: str = "cpu") -> None:
        self.blueprint, self.dtype, self.device = blueprint, dtype, torch.device(device)
        self.dimension = blueprint.dimension
        """D."""
        self.loss = LOSSES[blueprint.loss](blueprint.widths[-1])
        self._like = torch.empty(0, dtype=dtype, device=self.device)
        self._passes: dict[tuple[int, int], Pass] = {}
        width = sum(blueprint.widths) + blueprint.context * blueprint.symbols
        self._per_example = 2 * width

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
        total, classes = inputs.shape[-2], not targets.is_floating_point()
        inputs, prepared = inputs.contiguous(), self.loss.prepared(targets, total, self.dtype)
        parts = zip(inputs, first_of(inputs), prepared, strict=True)
        return [Batch(x, first, y, total, classes) for x, first, y in parts]

    def slope(self, p: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return losses (E,) and gradients (E, D) at parameters (E, D)."""
        losses, found = p.new_zeros(len(p)), torch.zeros_like(p)
        for runs, examples in self._parts(len(p), batch.size):
            part = batch.part(runs, examples)
            loss, slope = self._pass(len(p[runs]), part.size).slope(p[runs], part)
            losses[runs] += loss
            found[runs] += slope
        return losses, found

    def place(self, p: Tensor, out: Tensor, size: int) -> Callable[[Batch], Tensor]:
        """Return what computes losses (E,), and gradients in ``out``, at what stands in ``p`` by then.

        Both are buffers in the order of ``layout``, and should begin at multiples of 64 bytes. Batches have ``size``
        examples.
        """
        layout = self.layout(len(p) // self.dimension)
        if len(self._parts(layout.runs, size)) == 1:
            return self._pass(layout.runs, size).place(p, out).slope

        def in_parts(batch: Batch) -> Tensor:
            losses, slopes = self.slope(layout.matrix(p), batch)
            layout.fill(out, slopes)
            return losses

        return in_parts

    def layout(self, runs: int) -> Layout:
        """Return how the parameters of so many runs lie in a buffer."""
        return Layout(self.blueprint, runs)

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
            right[runs] += self.loss.right(z, part.targets)
        right = right / batch.size if batch.classes else torch.full_like(right, torch.nan)
        return losses, right.where(~losses.isnan(), torch.nan)

    def outputs(self, p: Tensor, batch: Batch) -> Tensor:
        """Return the outputs (E, C, B) at parameters (E, D): for classes their logits."""
        found = p.new_empty((len(p), self.blueprint.widths[-1], batch.size))
        for runs, examples in self._parts(len(p), batch.size):
            part = batch.part(runs, examples)
            found[runs, :, examples] = self._pass(len(p[runs]), part.size).forward(p[runs], part)
        return found

    def activations(self, p: Tensor, batch: Batch) -> list[Tensor]:
        """Return what every hidden layer gives, first to last, each (E, units, B)."""
        hidden = self.blueprint.widths[1:-1]
        found = [p.new_empty((len(p), width, batch.size)) for width in hidden]
        for runs, examples in self._parts(len(p), batch.size):
            part = batch.part(runs, examples)
            way = self._pass(len(p[runs]), part.size)
            way.forward(p[runs], part)
            for room, h in zip(found, way.sums, strict=False):
                room[runs, :, examples] = h
        return found

    def _outputs(self, p: Tensor, batch: Batch) -> Iterator[tuple[slice, Batch, Tensor]]:
        """Yield outputs part by part: which runs, their part of the batch, and the outputs until the next part."""
        for runs, examples in self._parts(len(p), batch.size):
            part = batch.part(runs, examples)
            yield runs, part, self._pass(len(p[runs]), part.size).forward(p[runs], part)

    def _parts(self, runs: int, size: int) -> list[tuple[slice, slice]]:
        """Return which runs and examples to treat together, so that a pass holds at most about TILE numbers."""
        if runs * (size * self._per_example + 2 * self.dimension) <= TILE:
            return [(slice(0, runs), slice(0, size))]
        examples = min(size, max(1, TILE // self._per_example))
        together = max(1, TILE // (examples * self._per_example + 2 * self.dimension))
        return [
            (slice(a, min(a + together, runs)), slice(b, min(b + examples, size)))
            for a in range(0, runs, together)
            for b in range(0, size, examples)
        ]

    def _pass(self, runs: int, size: int) -> Pass:
        found = self._passes.get((runs, size))
        if found is None:
            if len(self._passes) >= KEPT:
                self._passes.pop(next(iter(self._passes)))
            found = self._passes[runs, size] = Pass(self.blueprint, self.loss, runs, size, self._like)
        return found
