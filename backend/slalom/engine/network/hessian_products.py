"""Products with the Hessian of a network's loss, by hand, for E runs at once.

They are derivatives of the gradient along a direction (Pearlmutter 1994, doi:10.1162/neco.1994.6.1.147): the way up and
the way back are gone once, and each product goes along them again, for about the price of two gradients.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .activations import activation_of
from .arrays import matrix_product
from .model import Batch, Net

Product = Callable[[Tensor], Tensor]
"""v -> A v, both (E, D), A one symmetric matrix per run."""


def hessian(net: Net, p: Tensor, batch: Batch) -> Product:
    """Return the function v -> H v, both (E, D): H is the Hessian of every run's loss at its parameters (E, D).

    Its numbers are not finite where the outputs are not.
    """
    return _Ways(net, p, batch).product


class _Ways:
    """What was met on the way up and on the way back: everything a product needs again.

    A direction v has the same parts as the parameters; what changes along it begins with ``d``.
    """

    def __init__(self, net: Net, p: Tensor, batch: Batch) -> None:
        self._plan, self._loss, self._batch, self._runs = net.blueprint, net.loss, batch, len(p)
        activation = activation_of(self._plan)
        self._marks: Tensor | None = None
        if self._plan.symbols:
            marks = torch.nn.functional.one_hot(batch.first, self._plan.symbols)
            self._marks = marks.to(p.dtype).expand(self._runs, -1, -1)
        embedding, self._weights, biases = self._parts(p)
        seen = torch.as_tensor(batch.inputs) if embedding is None else self._looked_up(embedding)
        self._h, sums = [seen.expand(self._runs, -1, -1).mT], list[Tensor]()
        """What every layer sees, (E, in, B)."""
        z = matrix_product(self._weights[0], self._h[0]).add_(biases[0])
        for weights, bias in zip(self._weights[1:], biases[1:], strict=True):
            sums.append(z)
            self._h.append(activation.value(z))
            z = matrix_product(weights, self._h[-1]).add_(bias)
        self._z, slope = z, torch.empty_like(z)
        self._loss.slope(z, batch.targets, batch.total, slope)
        hidden = list(zip(sums, self._h[1:], strict=True))
        self._slopes, felt, self._steep = [slope], list[Tensor](), [activation.slope(z, h) for z, h in hidden]
        """Derivatives of every layer's sums; and slopes of activations."""
        for weights, steepness in zip(self._weights[:0:-1], self._steep[::-1], strict=True):
            felt.insert(0, matrix_product(weights.mT, self._slopes[0]))
            self._slopes.insert(0, felt[0] * steepness)
        curved = [(f, activation.curvature(z, h)) for f, (z, h) in zip(felt, hidden, strict=True)]
        self._bent = [None if curvature is None else f * curvature for f, curvature in curved]
        """How the slopes of activations change with their sums, times the derivatives there."""

    def product(self, v: Tensor) -> Tensor:
        """Return H v."""
        embedding, weights, biases = self._parts(v)
        dh = [None if embedding is None else self._looked_up(embedding).mT]
        dz, turned = v, list[Tensor | None]()
        for k, (matrix, bias) in enumerate(zip(weights, biases, strict=True)):
            dz, before = matrix_product(matrix, self._h[k]).add_(bias), dh[k]
            dz = dz if before is None else dz.add_(matrix_product(self._weights[k], before))
            if k < len(self._steep):
                bent = self._bent[k]
                turned.append(None if bent is None else bent * dz)
                dz.mul_(self._steep[k])
            dh.append(dz)
        slope = self._loss.bend(self._z, self._batch.total, dz)
        found: list[Tensor] = []
        for k in reversed(range(len(weights))):
            of_weights, before = matrix_product(slope, self._h[k].mT), dh[k]
            if before is not None:
                of_weights.add_(matrix_product(self._slopes[k], before.mT))
            found[:0] = [of_weights.flatten(1), slope.sum(2)]
            if before is None:
                break
            slope = matrix_product(self._weights[k].mT, slope).add_(matrix_product(weights[k].mT, self._slopes[k]))
            if k:
                slope.mul_(self._steep[k - 1])
                bent = turned[k - 1]
                slope = slope if bent is None else slope.add_(bent)
        if self._marks is not None:
            rows = slope.mT.reshape(self._runs, -1, self._plan.embedding)
            found.insert(0, matrix_product(self._marks.mT, rows).flatten(1))
        return torch.cat(found, 1)

    def _parts(self, p: Tensor) -> tuple[Tensor | None, list[Tensor], list[Tensor]]:
        """Return the embedding, all weights (E, out, in), and all biases as columns (E, out, 1)."""
        shaped = [p[:, tensor.start : tensor.stop].reshape(len(p), *tensor.shape) for tensor in self._plan.tensors]
        embedding = shaped.pop(0) if self._plan.symbols else None
        return embedding, shaped[::2], [bias.unsqueeze(2) for bias in shaped[1::2]]

    def _looked_up(self, embedding: Tensor) -> Tensor:
        """Return the numbers of all symbols, those of an example side by side, (E, B, features)."""
        assert self._marks is not None
        return matrix_product(self._marks, embedding).view(self._runs, self._batch.size, -1)
