"""A training loop of one's own, as the range test drives it: batches, updates at a given rate, and losses."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from inspect import Parameter, signature
from itertools import islice
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader

from slalom.engine.lockstep.snapshot import Snapshot, reseed
from slalom.errors import SpecError

BatchSource = Iterable[Any] | Callable[[], Iterable[Any]]
"""Batches, as often as they are asked for: a DataLoader, a list, an iterable data set, or a function that makes one."""
LossFunction = Callable[[Any, Any], torch.Tensor]
"""Of what the model puts out, and the targets."""
BatchLoss = Callable[[nn.Module, Any], torch.Tensor]
"""Of the model and a batch: the loss."""


class Loop(NamedTuple):
    """What one update is made of."""

    model: nn.Module
    optimizer: Optimizer
    loader: BatchSource
    forward: BatchLoss
    accumulate: int = 1
    """Batches of one update; its gradient is their mean."""
    scaler: Any = None
    autocast: torch.dtype | None = None
    clip_norm: float | None = None

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next((p.device for p in self.model.parameters()), torch.device("cpu"))

    def batches(self, seed: int, snapshot: Snapshot) -> Iterator[Any]:
        """Yield batches without end, drawn from a seed, where the model is."""
        reseed(seed, snapshot.generators)
        while True:
            several = iter(_pass(self.loader))
            first = next(several, _NOTHING)
            if first is _NOTHING:
                raise SpecError("The loader has no batches. Give one that has some each time it is gone through.")
            yield moved(first, self.device)
            for batch in several:
                yield moved(batch, self.device)

    def update(self, batches: Iterator[Any]) -> float:
        """Make one update and return the loss before it, the mean over its batches."""
        together = list(islice(batches, self.accumulate))
        if _asks_for_closure(self.optimizer):
            losses: list[float] = []

            def closure() -> float:
                losses.append(self._backward(together))
                return losses[-1]

            self.optimizer.step(closure)
            return losses[0]
        loss = self._backward(together)
        if self.scaler is None:
            self.optimizer.step()
        else:
            self.scaler.step(self.optimizer)
            self.scaler.update()
        return loss

    def evaluate(self, sample: list[Any]) -> float:
        """Return the mean loss of some batches."""
        with torch.no_grad(), self._precision():
            return sum(float(self._loss(batch)) for batch in sample) / len(sample)

    def is_finite(self) -> bool:
        """Return whether every parameter is."""
        return all(bool(p.isfinite().all()) for p in self.model.parameters())

    def _backward(self, together: list[Any]) -> float:
        self.optimizer.zero_grad()
        total = 0.0
        for batch in together:
            with self._precision():
                loss = self._loss(batch)
            total += float(loss.detach())
            share = loss / len(together)
            (share if self.scaler is None else self.scaler.scale(share)).backward()
        if self.clip_norm is not None:
            if self.scaler is not None:
                self.scaler.unscale_(self.optimizer)
            parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
            nn.utils.clip_grad_norm_(parameters, self.clip_norm)
        return total / len(together)

    def _loss(self, batch: Any) -> torch.Tensor:
        loss = self.forward(self.model, batch)
        if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
            shape = tuple(loss.shape) if isinstance(loss, torch.Tensor) else type(loss).__name__
            raise SpecError(f"The loss of a batch must be one number, but is {shape}. Give a loss that takes the mean.")
        return loss.reshape(())

    def _precision(self) -> AbstractContextManager[Any]:
        return nullcontext() if self.autocast is None else torch.autocast(self.device.type, self.autocast)


_NOTHING = object()


def forward_of(loss: LossFunction | None) -> BatchLoss:
    """Return how the loss of a batch is had, from the shape of the batch.

    ``(inputs, ..., targets)``: ``loss(model(*inputs), targets)``. A mapping: ``loss(model(**batch), batch)``. A tensor:
    ``loss(model(batch), batch)``. Without a loss the model returns it itself, as its output or as ``output.loss``.
    """

    def forward(model: nn.Module, batch: Any) -> torch.Tensor:
        if isinstance(batch, Mapping):
            output, targets = model(**batch), batch
        elif isinstance(batch, tuple | list) and loss is not None:
            if len(batch) < 2:
                raise SpecError("A batch has inputs but no targets. Give forward=, which returns the loss of a batch.")
            output, targets = model(*batch[:-1]), batch[-1]
        else:
            output, targets = model(*batch) if isinstance(batch, tuple | list) else model(batch), batch
        if loss is not None:
            return loss(output, targets)
        if isinstance(output, Mapping):
            return output["loss"]
        return getattr(output, "loss", output)

    return forward


def moved(batch: Any, device: torch.device) -> Any:
    """Return a batch with its tensors on a device.

    >>> moved({"x": (torch.ones(1), 2)}, torch.device("cpu"))
    {'x': (tensor([1.]), 2)}
    """
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, Mapping):
        return {name: moved(one, device) for name, one in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(moved(one, device) for one in batch))
    if isinstance(batch, tuple | list):
        return type(batch)(moved(one, device) for one in batch)
    return batch


def check_loader(loader: BatchSource) -> None:
    """Raise SpecError where batches can be had only once: what was used up could not be put back."""
    # By its methods: iter() of a DataLoader already draws a random number.
    if isinstance(loader, Iterator):
        raise SpecError(
            "The loader is an iterator, which can be gone through only once. Give what it was made from: a DataLoader, "
            "a list, a data set, or a function that returns a new iterator."
        )


def _pass(loader: BatchSource) -> Iterable[Any]:
    if isinstance(loader, DataLoader):
        # A copy, so that workers which are kept alive for the loop itself stay where they are.
        loader = copy.copy(loader)
        loader.__dict__.update(_iterator=None, persistent_workers=False)
        return loader
    return loader() if callable(loader) and not hasattr(loader, "__iter__") else loader  # type: ignore[return-value]


def _asks_for_closure(optimizer: Optimizer) -> bool:
    parameter = signature(type(optimizer).step).parameters.get("closure")
    return parameter is not None and parameter.default is Parameter.empty
