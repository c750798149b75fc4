"""What a network's outputs cost, and how that changes with the outputs: cross-entropies and the squared error."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from slalom.catalogue.base.choice import Array

from .arrays import as_array, dot, library_of, rows_apart, set_apart

LINEAR = 50.0
"""softplus(s) is s above this, to float64's last digit."""


class Loss:
    """A mean over examples, of E runs at once; outputs z have shape (E, C, B).

    Targets are prepared once, so that what is done at every update is short: those of all outputs in a row, (C·B,)
    where all runs share them, else (E, C·B); ``slope`` and ``value`` take them as arrays of the library for the device.
    A mean over ``count`` examples is a sum of shares 1/count: parts of a batch can be added up.
    """

    def __init__(self, outputs: int) -> None:
        """``outputs`` is C."""
        self.outputs = outputs

    def prepared(self, targets: Tensor, count: int, dtype: torch.dtype) -> Tensor:
        """Return targets as the other methods want them, (..., C·B); classes are (..., B), numbers (..., B, C)."""
        raise NotImplementedError

    def slope(self, z: Tensor, targets: Array, count: int, out: Tensor) -> Tensor:
        """Return losses (E,), and their derivative with respect to z in ``out``, shape (E, C, B)."""
        return self.bound(z, out)(targets, count)

    def bound(self, z: Tensor, out: Tensor) -> Callable[[Array, int], Tensor]:
        """Return what ``slope`` does, for outputs and derivatives that stand in the same places at every update."""
        raise NotImplementedError

    def bend(self, z: Tensor, count: int, dz: Tensor) -> Tensor:
        """Return how that derivative changes along a direction ``dz``, shape (E, C, B) like it."""
        raise NotImplementedError

    def value(self, z: Tensor, targets: Array, count: int) -> Tensor:
        """Return losses (E,)."""
        raise NotImplementedError

    def right(self, z: Tensor, answers: Tensor) -> Tensor:
        """Return how many examples get the highest output where they should, shape (E,); see ``Batch.answers``."""
        best = z.amax(1)
        own = z.gather(1, answers.expand(len(z), -1).unsqueeze(1)).squeeze(1)
        if int((z - best.unsqueeze(1)).eq_(0).sum()) == best.numel():  # No output is a tie, or no number.
            return (own - best).eq_(0).sum(1)
        return (_largest(z) == answers).sum(1)

    def _classes(self, targets: Tensor, value: float, dtype: torch.dtype) -> Tensor:
        """Return zeros with ``value`` at every example's class, (..., C·B)."""
        shape = (*targets.shape[:-1], self.outputs, targets.shape[-1])
        marks = torch.zeros(shape, dtype=dtype, device=targets.device)
        return marks.scatter_(-2, targets.unsqueeze(-2), value).flatten(-2)


class Softmax(Loss):
    """The mean surprise -log p, in nats, where p = exp(z)/Σ exp(z) at the right class.

    Prepared targets are -1/count at the right class, else 0.
    """

    def prepared(self, targets: Tensor, count: int, dtype: torch.dtype) -> Tensor:
        return self._classes(targets, -1 / count, dtype)

    def bound(self, z: Tensor, out: Tensor) -> Callable[[Array, int], Tensor]:
        flat = as_array(out.flatten(1))
        xp = library_of(flat)

        def slope(targets: Array, count: int) -> Tensor:
            torch.log_softmax(z, 1, out=out)
            losses = dot(flat, targets)
            xp.exp(flat, out=flat)
            xp.multiply(flat, 1 / count, out=flat)
            xp.add(flat, targets, out=flat)
            return losses

        return slope

    def bend(self, z: Tensor, count: int, dz: Tensor) -> Tensor:
        p = torch.softmax(z, 1)
        return (dz - (p * dz).sum(1, keepdim=True)).mul_(p).mul_(1 / count)

    def value(self, z: Tensor, targets: Array, count: int) -> Tensor:
        return dot(as_array(torch.log_softmax(z, 1).flatten(1)), targets)


class Logistic(Loss):
    """The mean surprise of one output between two classes: softplus(-z) where class 1 is right, else softplus(z).

    Prepared targets are the signs, -1 for class 1 and 1 for class 0.
    """

    def prepared(self, targets: Tensor, count: int, dtype: torch.dtype) -> Tensor:
        return (1 - 2 * targets).to(dtype)

    def bound(self, z: Tensor, out: Tensor) -> Callable[[Array, int], Tensor]:
        outputs, flat = as_array(z.flatten(1)), as_array(out.flatten(1))
        room = rows_apart(z, len(z), z[0].numel())
        signed, xp = as_array(room), library_of(flat)

        def slope(targets: Array, count: int) -> Tensor:
            xp.multiply(outputs, targets, out=signed)
            losses = _surprise(room, count)
            torch.sigmoid(room, out=room)
            xp.multiply(signed, targets, out=flat)
            xp.multiply(flat, 1 / count, out=flat)
            return losses

        return slope

    def bend(self, z: Tensor, count: int, dz: Tensor) -> Tensor:
        p = torch.sigmoid(set_apart(z))
        return dz * p * (1 - p) * (1 / count)

    def value(self, z: Tensor, targets: Array, count: int) -> Tensor:
        return _surprise(set_apart(z.flatten(1) * torch.as_tensor(targets)), count)

    def right(self, z: Tensor, answers: Tensor) -> Tensor:
        return ((z[:, 0] > 0) == answers).sum(1)


class SquaredError(Loss):
    """The mean of (z - y)² over all outputs of all examples; for classes, y is 1 at the right one, else 0.

    Prepared targets are -y.
    """

    def prepared(self, targets: Tensor, count: int, dtype: torch.dtype) -> Tensor:
        if not targets.is_floating_point():
            return self._classes(targets, -1.0, dtype)
        return targets.to(dtype).neg().transpose(-1, -2).flatten(-2)

    def bound(self, z: Tensor, out: Tensor) -> Callable[[Array, int], Tensor]:
        outputs, flat = as_array(z.flatten(1)), as_array(out.flatten(1))
        xp = library_of(flat)

        def slope(targets: Array, count: int) -> Tensor:
            xp.add(outputs, targets, out=flat)
            share = 1 / (count * self.outputs)
            losses = dot(flat, flat).mul_(share)
            xp.multiply(flat, 2 * share, out=flat)
            return losses

        return slope

    def bend(self, z: Tensor, count: int, dz: Tensor) -> Tensor:
        return dz * (2 / (count * self.outputs))

    def value(self, z: Tensor, targets: Array, count: int) -> Tensor:
        apart = as_array(z.flatten(1)) + targets
        return dot(apart, apart).mul_(1 / (count * self.outputs))


LOSSES: dict[str, type[Loss]] = {"softmax": Softmax, "logistic": Logistic, "mse": SquaredError}
"""By the names that a blueprint uses."""


def _largest(z: Tensor) -> Tensor:
    """Return the first place of the largest output, (E, B): like ``argmax(1)``, but along the examples, so faster."""
    best, place = z[:, 0].clone(), torch.zeros_like(z[:, 0])
    for i in range(1, z.shape[1]):
        place.masked_fill_(z[:, i] > best, i)
        torch.maximum(best, z[:, i], out=best)
    return place


def _surprise(s: Tensor, count: int) -> Tensor:
    """Return the mean of softplus(s) of every run, (E,); the rows of s (E, B) do not touch."""
    return torch.nn.functional.softplus(s, 1.0, LINEAR).sum(1) * (1 / count)
