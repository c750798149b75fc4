"""Which examples an update looks at: the order of mini-batches, decided by a seed, and gathered many updates at once.

The order is PyTorch's: ``torch.Generator().manual_seed(seed)``, then one ``randperm`` an epoch, or ``randint``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, repeat
from typing import Protocol

import torch

from .model import Batch, Net

AHEAD = 2**17
"""Numbers of inputs and targets gathered at a time: small enough for a cache, and an epoch of small data."""
MOST_AHEAD = 512
"""Batches gathered at a time, at most: the first picture waits for the first ones."""
SKIPPED = 2**20
"""Examples drawn at a time on the way to a later update."""


class Order(Protocol):
    """The endless sequence of mini-batches of one seed."""

    def take(self, n: int) -> torch.Tensor:
        """Return the examples of the next n updates, int64, shape (n, B)."""
        ...


class Shuffled:
    """Batches of a shuffled deck: every epoch has a new order, and what is left at its end is not used."""

    def __init__(self, seed: int, n: int, size: int, position: int = 0) -> None:
        """Stand before update ``position``; there are ``n`` examples, ``size`` of them in a batch."""
        self._n, self._size, self._per_epoch = n, size, n // size
        self._random = torch.Generator().manual_seed(seed)
        for _ in range(position // self._per_epoch):
            torch.randperm(n, generator=self._random)
        self._deck = torch.empty(0, size, dtype=torch.int64)
        self._used = 0
        if position % self._per_epoch:
            self.take(position % self._per_epoch)

    def take(self, n: int) -> torch.Tensor:
        """Return the examples of the next n updates, int64, shape (n, B)."""
        parts = []
        while n:
            if self._used == len(self._deck):
                cards = torch.randperm(self._n, generator=self._random)
                self._deck, self._used = cards[: self._per_epoch * self._size].view(-1, self._size), 0
            part = self._deck[self._used :][:n]
            parts.append(part)
            self._used += len(part)
            n -= len(part)
        return parts[0] if len(parts) == 1 else torch.cat(parts)


class Drawn:
    """Batches of examples that are drawn anew every time, each of them from all."""

    def __init__(self, seed: int, n: int, size: int, position: int = 0) -> None:
        """Stand before update ``position``; there are ``n`` examples, ``size`` of them in a batch."""
        self._n, self._size = n, size
        self._random = torch.Generator().manual_seed(seed)
        stride = max(1, SKIPPED // size)
        for first in range(0, position, stride):
            self.take(min(stride, position - first))

    def take(self, n: int) -> torch.Tensor:
        """Return the examples of the next n updates, int64, shape (n, B)."""
        return torch.randint(0, self._n, (n, self._size), generator=self._random)


ORDERS: dict[str, type[Shuffled] | type[Drawn]] = {"shuffled": Shuffled, "drawn": Drawn}


class Batches:
    """What the next updates of a group look at: one batch for all runs, or one for each."""

    def __init__(
        self, net: Net, inputs: torch.Tensor, targets: torch.Tensor, orders: Sequence[Order] | None, size: int
    ) -> None:
        """``inputs`` (n, F) and ``targets`` are all training data, on the device of the net.

        ``orders`` has one order of batches of ``size`` examples, which all runs share, or one for every run; None
        stands for all data at every update.
        """
        self._net, self._inputs, self._targets, self._orders = net, inputs, targets, orders
        self._whole = net.batch(inputs, targets) if orders is None else None
        self._ahead = 1
        self._gathered: Iterator[Batch] = iter(())
        if orders is not None:
            numbers = len(orders) * size * (inputs.shape[1] + net.loss.outputs)
            self._ahead = min(MOST_AHEAD, max(1, AHEAD // numbers))

    def take(self, n: int) -> Iterator[Batch]:
        """Yield the batches of the next n updates."""
        if self._orders is None:
            assert self._whole is not None
            yield from repeat(self._whole, n)
            return
        while n:
            some = list(islice(self._gathered, n))
            n -= len(some)
            yield from some
            if n:
                self._gathered = iter(self._gather())

    def _gather(self) -> list[Batch]:
        """Return the batches of the next updates, gathered together."""
        assert self._orders is not None
        chosen = [order.take(self._ahead) for order in self._orders]
        index = chosen[0] if len(chosen) == 1 else torch.stack(chosen, dim=1)
        index = index.to(self._inputs.device)
        return self._net.batches(_chosen(self._inputs, index), _chosen(self._targets, index))


def _chosen(values: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Return ``values[index]``, which takes twice as long."""
    return values.index_select(0, index.flatten()).view(*index.shape, *values.shape[1:])
