"""What a network's outputs cost, and how that changes with the outputs: cross-entropies and the squared error."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

LINEAR = 50.0
"""softplus(s) is s above this, to float64's last digit."""


class Targets(NamedTuple):
    """What every output should be, as a loss wants it."""

    each: Tensor
    """(1|E, C, B)."""
    row: Tensor
    """The same, those of a run in a row: (C·B,) where all runs share them, else (E, C·B)."""


def targets_of(each: Tensor) -> Targets:
    """Return prepared targets (1|E, C, B) as a loss wants them; axes before these are kept."""
    row = each.flatten(-2)
    return Targets(each, row.squeeze(-2))


class Loss:
    """A mean over examples, of E runs at once; outputs z have shape (E, C, B).

    Targets are prepared once, so that what is done at every update is short. A mean over ``count`` examples is a sum of
    shares 1/count: parts of a batch can be added up.
    """

    def __init__(self, outputs: int) -> None:
        """``outputs`` is C."""
        self.outputs = outputs

    def prepared(self, targets: Tensor, count: int, dtype: torch.dtype) -> Tensor:
        """Return targets as the other methods want them, (..., C, B); classes are (..., B), numbers (..., B, C)."""
        raise NotImplementedError

    def slope(self, z: Tensor, targets: Targets, count: int, out: Tensor) -> Tensor:
        """Return losses (E,), and their derivative with respect to z in ``out``, shape (E, C, B)."""
        raise NotImplementedError

    def bound(self, z: Tensor, out: Tensor) -> Callable[[Targets, int], Tensor]:
        """Return what ``slope`` does, for outputs and derivatives that stand in the same places at every update."""
        return lambda targets, count: self.slope(z, targets, count, out)

    def bend(self, z: Tensor, targets: Targets, count: int, dz: Tensor) -> Tensor:
        """Return how that derivative changes along a direction ``dz``, shape (E, C, B) like it."""
        raise NotImplementedError

    def value(self, z: Tensor, targets: Targets, count: int) -> Tensor:
        """Return losses (E,); autograd can follow."""
        raise NotImplementedError

    def right(self, z: Tensor, targets: Targets) -> Tensor:
        """Return how many examples get the highest output where they should, shape (E,)."""
        return (_largest(z) == _largest(-targets.each)).sum(1)

    def _classes(self, targets: Tensor, value: float, dtype: torch.dtype) -> Tensor:
        """Return zeros with ``value`` at every example's class, (..., C, B)."""
        shape = (*targets.shape[:-1], self.outputs, targets.shape[-1])
        marks = torch.zeros(shape, dtype=dtype, device=targets.device)
        return marks.scatter_(-2, targets.unsqueeze(-2), value)


class Softmax(Loss):
    """The mean surprise -log p, in nats, where p = exp(z)/Σ exp(z) at the right class.

    Prepared targets are -1/count at the right class, else 0.
    """

    def prepared(self, targets: Tensor, count: int, dtype: torch.dtype) -> Tensor:
        return self._classes(targets, -1 / count, dtype)

    def slope(self, z: Tensor, targets: Targets, count: int, out: Tensor) -> Tensor:
        return self.bound(z, out)(targets, count)

    def bound(self, z: Tensor, out: Tensor) -> Callable[[Targets, int], Tensor]:
        flat = out.flatten(1)

        def slope(targets: Targets, count: int) -> Tensor:
            torch.log_softmax(z, 1, out=out)
            losses = _along(flat, targets)
            torch.add(targets.each, out.exp_(), alpha=1 / count, out=out)
            return losses

        return slope

    def bend(self, z: Tensor, targets: Targets, count: int, dz: Tensor) -> Tensor:
        p = torch.softmax(z, 1)
        return (dz - (p * dz).sum(1, keepdim=True)).mul_(p).mul_(1 / count)

    def value(self, z: Tensor, targets: Targets, count: int) -> Tensor:
        return _along(torch.log_softmax(z, 1).flatten(1), targets)


class Logistic(Loss):
    """The mean surprise of one output between two classes: softplus(-z) where class 1 is right, else softplus(z).

    Prepared targets are the signs, -1 for class 1 and 1 for class 0.
    """

    def prepared(self, targets: Tensor, count: int, dtype: torch.dtype) -> Tensor:
        return (1 - 2 * targets).to(dtype).unsqueeze(-2)

    def slope(self, z: Tensor, targets: Targets, count: int, out: Tensor) -> Tensor:
        torch.mul(z, targets.each, out=out)
        losses = _surprise(out, count)
        out.sigmoid_().mul_(targets.each).mul_(1 / count)
        return losses

    def bend(self, z: Tensor, targets: Targets, count: int, dz: Tensor) -> Tensor:
        p = torch.sigmoid(z)
        return dz * p * (1 - p) * (1 / count)

    def value(self, z: Tensor, targets: Targets, count: int) -> Tensor:
        return _surprise(z * targets.each, count)

    def right(self, z: Tensor, targets: Targets) -> Tensor:
        return ((z > 0) == (targets.each < 0)).sum((1, 2))


class SquaredError(Loss):
    """The mean of (z - y)² over all outputs of all examples; for classes, y is 1 at the right one, else 0.

    Prepared targets are -y.
    """

    def prepared(self, targets: Tensor, count: int, dtype: torch.dtype) -> Tensor:
        if not targets.is_floating_point():
            return self._classes(targets, -1.0, dtype)
        return targets.to(dtype).neg().transpose(-1, -2).contiguous()

    def slope(self, z: Tensor, targets: Targets, count: int, out: Tensor) -> Tensor:
        torch.add(z, targets.each, out=out)
        share = 1 / (count * self.outputs)
        losses = _sum(out.square()).mul_(share)
        out.mul_(2 * share)
        return losses

    def bend(self, z: Tensor, targets: Targets, count: int, dz: Tensor) -> Tensor:
        return dz * (2 / (count * self.outputs))

    def value(self, z: Tensor, targets: Targets, count: int) -> Tensor:
        return _sum((z + targets.each).square()) * (1 / (count * self.outputs))


LOSSES: dict[str, type[Loss]] = {"softmax": Softmax, "logistic": Logistic, "mse": SquaredError}
"""By the names that a blueprint uses."""


def _along(logarithms: Tensor, targets: Targets) -> Tensor:
    """Return the sum of logarithms (E, C·B) x targets of every run, (E,); one product where all share the targets."""
    if targets.row.dim() == 1:
        return torch.mv(logarithms, targets.row)
    return (logarithms * targets.row).sum(1)


def _largest(z: Tensor) -> Tensor:
    """Return the first place of the largest output, (E, B): like ``argmax(1)``, but along the examples, so faster."""
    best, place = z[:, 0].clone(), torch.zeros_like(z[:, 0])
    for i in range(1, z.shape[1]):
        place.masked_fill_(z[:, i] > best, i)
        torch.maximum(best, z[:, i], out=best)
    return place


def _surprise(s: Tensor, count: int) -> Tensor:
    return _sum(torch.nn.functional.softplus(s, 1.0, LINEAR)) * (1 / count)


def _sum(terms: Tensor) -> Tensor:
    """Return the sum of every run's terms: (E, C, B) -> (E,)."""
    return terms.flatten(1).sum(1)
