"""Schedules made of others: one after the other, or all at once."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from slalom.catalogue.base.choice import Array
from slalom.errors import SpecError

from .base import Fault, Length, Schedule
from .cyclic import Cosine
from .decay import Exponential, Linear
from .single import Proportional, Single

MOST_PARTS = 8
"""Schedules that one is made of."""

Factor = Annotated[Proportional, Field(discriminator="kind")]
"""One of the schedules that can act at once with others."""

Part = Annotated[Single, Field(discriminator="kind")]
"""One of the schedules that can come after another."""


class Sequential(Schedule):
    """One schedule after the other: at every milestone the next one begins, and counts its updates from 0.

    What a part takes from the length of the run, it takes from its own length. Every part begins from the optimizer's
    learning rate, but factors of your own (multiplicative) multiply the rate that they find, with f(0) too. PyTorch
    does the same, except that there OneCycleLR and CyclicLR put their own first rate in the place of the optimizer's.

    >>> parts = {"kind": "constant", "factor": 0.1, "total_iters": 9}, {"kind": "exponential", "gamma": 0.5}
    >>> Sequential(parts=parts, milestones=(2,)).rates(1.0, 0, 5, total=5).tolist()
    [0.1, 0.1, 1.0, 0.5, 0.25]
    """

    kind: Literal["sequential"] = "sequential"
    parts: Annotated[tuple[Part, ...], Field(strict=False, min_length=1, max_length=MOST_PARTS, fail_fast=True)] = (
        Linear.model_construct(total_iters=None),
        Cosine.model_construct(),
    )
    """The schedules, first to last."""
    milestones: Annotated[tuple[Length, ...], Field(strict=False, max_length=MOST_PARTS, fail_fast=True)] | None = None
    """Updates at which the second part begins, the third, and so on; equal parts if not given."""

    title: ClassVar[str] = "One after the other"
    source: ClassVar[str] = "torch.optim.lr_scheduler.SequentialLR"

    @model_validator(mode="after")
    def _as_many_as_parts(self) -> Self:
        given = self.milestones
        if given is not None and len(given) != len(self.parts) - 1:
            raise SpecError(
                f"{len(self.parts)} parts have {len(self.parts) - 1} milestones, not {len(given)}. "
                "Give one for every part but the first.",
                ("milestones",),
            )
        if given is not None and any(a >= b for a, b in pairwise(given)):
            raise SpecError(f"The milestones {list(given)} do not rise. Give them in order.", ("milestones",))
        return self

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        rates, last = np.zeros(np.shape(t)), lr
        for part, start, stop in self._spans(rest):
            length = max(stop - start, 1)
            begin = _begin(part, start, length, lr, last)
            rates = np.where(t >= start, part.at(begin, np.maximum(t - start, 0), length), rates)
            if stop > start:
                last = part.at(begin, np.full((1,) * np.ndim(t), stop - start - 1), length)[0]
        return rates

    def fault(self, total: int) -> Fault | None:
        spans = self._spans(max(total - self.warmup, 1))
        return _first_fault((part, max(stop - start, 1)) for part, start, stop in spans)

    def torch_source(self, rest: int) -> str:
        functions, choice, last = [], [], "lr"
        for i, (part, start, stop) in enumerate(self._spans(rest)):
            length = max(stop - start, 1)
            factor = part.carries_on(length) if start else None
            begin = "lr" if factor is None else f"{factor} * {last}"
            functions.append(part.torch_function(f"part_{i}", length))
            choice.insert(0, f"if t >= {start}:\n    return part_{i}(t - {start}, {begin})")
            last = f"part_{i}({stop - start - 1}, {begin})" if stop > start else last
        return "\n".join([*functions, "", *choice])

    def _spans(self, rest: int) -> list[tuple[Schedule, int, int]]:
        """Return every part with the update at which it begins, and the one before which it ends."""
        count = len(self.parts)
        given = [rest * i // count for i in range(1, count)] if self.milestones is None else self.milestones
        stops = [*given, max(rest, *given, 1)] if given else [rest]
        return [*zip(self.parts, [0, *given], stops, strict=True)]


def _begin(part: Schedule, start: int, length: int, lr: Array, last: Array) -> Array:
    """Return the learning rate from which a part begins."""
    factor = part.carries_on(length) if start else None
    return lr if factor is None else factor * last


class Chained(Schedule):
    """Several schedules at once: the learning rate is multiplied by the share of it that each would leave.

    As in PyTorch, where every schedule multiplies the rate that it finds; but there a cosine puts a rate of its own in
    its place when it climbs again, T_max updates after the start.

    >>> parts = {"kind": "constant", "factor": 0.1, "total_iters": 2}, {"kind": "exponential", "gamma": 0.5}
    >>> Chained(parts=parts).rates(1.0, 0, 4, total=4).tolist()
    [0.1, 0.05, 0.25, 0.125]
    """

    kind: Literal["chained"] = "chained"
    parts: Annotated[tuple[Factor, ...], Field(strict=False, min_length=1, max_length=MOST_PARTS, fail_fast=True)] = (
        Linear.model_construct(),
        Exponential.model_construct(),
    )
    """The schedules."""

    title: ClassVar[str] = "All at once"
    source: ClassVar[str] = "torch.optim.lr_scheduler.ChainedScheduler"

    @model_validator(mode="after")
    def _are_shares(self) -> Self:
        for i, part in enumerate(self.parts):
            if isinstance(part, Cosine) and part.eta_min:
                raise SpecError(
                    f"A lowest rate of {part.eta_min:g} is no share of the learning rate. Leave eta_min out.",
                    ("parts", i, "eta_min"),
                )
        return self

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        return lr * np.prod([part.at(1.0, t, rest) for part in self.parts], axis=0)

    def fault(self, total: int) -> Fault | None:
        return _first_fault((part, max(total - self.warmup, 1)) for part in self.parts)

    def torch_source(self, rest: int) -> str:
        functions = [part.torch_function(f"part_{i}", rest) for i, part in enumerate(self.parts)]
        shares = " * ".join(f"part_{i}(t, 1)" for i in range(len(self.parts)))
        return "\n".join([*functions, "", f"return lr * {shares}"])


def _first_fault(parts: Iterable[tuple[Schedule, int]]) -> Fault | None:
    """Return what is wrong with the first part of which something is; each has its number of updates."""
    for i, (part, length) in enumerate(parts):
        found = part.fault(length)
        if found is not None:
            return Fault(("parts", i, *found.loc), found.reason)
    return None


__all__ = ["Chained", "Sequential"]
