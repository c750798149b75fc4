"""Where the parameters of E runs lie in memory: tensor after tensor, each for all runs.

So every tensor is one block that products of matrices read and write where it stands, and what all runs see meets their
first layers in one product.
"""

from __future__ import annotations

from torch import Tensor, cat

from slalom.catalogue.problems.architecture import Architecture


class ParameterLayout:
    """The order of the E·D numbers of E runs in one buffer, and the way to and from matrices (E, D)."""

    def __init__(self, blueprint: Architecture, runs: int) -> None:
        self.runs, self.dimension = runs, blueprint.dimension
        self.parts = [slice(tensor.start, tensor.stop) for tensor in blueprint.tensors]
        """Where each tensor lies in a row of a matrix."""
        self._shapes = [tensor.shape for tensor in blueprint.tensors]

    def blocks(self, buffer: Tensor) -> list[Tensor]:
        """Return every tensor, the numbers of a run in a row: (E·D,) -> (E, numbers) each."""
        sizes = [self.runs * (part.stop - part.start) for part in self.parts]
        return [block.view(self.runs, -1) for block in buffer.split_with_sizes(sizes)]

    def shaped(self, buffer: Tensor) -> list[Tensor]:
        """Return every tensor in its own shape: (E·D,) -> (E, *shape) each."""
        blocks = zip(self.blocks(buffer), self._shapes, strict=True)
        return [block.view(self.runs, *shape) for block, shape in blocks]

    def matrix(self, buffer: Tensor) -> Tensor:
        """Return a copy with a run in every row: (E·D,) -> (E, D)."""
        return cat(self.blocks(buffer), 1)

    def fill(self, buffer: Tensor, matrix: Tensor) -> None:
        """Write a matrix (E, D) into a buffer (E·D,)."""
        for block, part in zip(self.blocks(buffer), self.parts, strict=True):
            block.copy_(matrix[:, part])
