"""Schedules that go one way: constant, in steps, along a line or a curve."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from slalom.catalogue.base.choice import Array

from .base import LONGEST_RUN, Length, Schedule

FINAL_SHARE = 0.01
"""Share of the learning rate that is left at the end of the run where a decay is not given."""


class Constant(Schedule):
    """The same learning rate throughout, or a share of it for the first updates.

    lr · factor while t < total_iters, then lr; factor 1 makes no difference between them.

    >>> Constant().rates(0.1, 0, 3, total=3).tolist()
    [0.1, 0.1, 0.1]
    """

    kind: Literal["constant"] = "constant"
    factor: float = Field(1.0, ge=0, le=1)
    """Share of the learning rate used at first."""
    total_iters: int = Field(5, ge=0, le=LONGEST_RUN)
    """Updates until the full learning rate is used."""

    title = "Constant"
    source = "torch.optim.lr_scheduler.ConstantLR, whose factor is 1/3 unless given"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        return lr * np.where(t < self.total_iters, self.factor, 1.0)

    def torch_source(self, rest: int) -> str:
        return "return lr" if self.factor == 1 else f"return lr * ({self.factor} if t < {self.total_iters} else 1)"


class Step(Schedule):
    """Drop by the same factor at regular intervals: lr γ^⌊t / step_size⌋.

    >>> Step(step_size=2, gamma=0.5).rates(1.0, 0, 6, total=6).tolist()
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    kind: Literal["step"] = "step"
    step_size: Length | None = None
    """Updates between drops; a third of the run if not given."""
    gamma: float = Field(0.1, ge=0)
    """Factor of every drop, γ."""

    title = "Step"
    source = "torch.optim.lr_scheduler.StepLR"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        return lr * self.gamma ** (t // (self.step_size or max(rest // 3, 1)))

    def torch_source(self, rest: int) -> str:
        return f"return lr * {self.gamma} ** (t // {self.step_size or max(rest // 3, 1)})"


class Multistep(Schedule):
    """Drop by the same factor at chosen updates: lr γ^(number of milestones <= t).

    >>> Multistep(milestones=(1, 4), gamma=0.5).rates(1.0, 0, 6, total=6).tolist()
    [1.0, 0.5, 0.5, 0.5, 0.25, 0.25]
    """

    kind: Literal["multistep"] = "multistep"
    milestones: Annotated[tuple[Length, ...], Field(strict=False, max_length=1000, fail_fast=True)] | None = None
    """Updates at which the rate drops, one drop for each mention; half and three quarters of the run if not given."""
    gamma: float = Field(0.1, ge=0)
    """Factor of every drop, γ."""

    title = "Multistep"
    source = "torch.optim.lr_scheduler.MultiStepLR"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        return lr * self.gamma ** np.searchsorted(np.sort(np.array(self._drops(rest), np.int64)), t, side="right")

    def torch_source(self, rest: int) -> str:
        return f"return lr * {self.gamma} ** sum(t >= milestone for milestone in {list(self._drops(rest))})"

    def _drops(self, rest: int) -> tuple[int, ...]:
        return (rest // 2, 3 * rest // 4) if self.milestones is None else self.milestones


class Exponential(Schedule):
    """Shrink by the same factor at every update: lr γᵗ.

    >>> Exponential(gamma=0.5).rates(1.0, 0, 4, total=4).tolist()
    [1.0, 0.5, 0.25, 0.125]
    """

    kind: Literal["exponential"] = "exponential"
    gamma: float | None = Field(None, ge=0)
    """Factor of every update, γ; what leads to a hundredth of the learning rate at the end if not given."""

    title = "Exponential"
    source = "torch.optim.lr_scheduler.ExponentialLR"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        return lr * self._factor(rest) ** t

    def torch_source(self, rest: int) -> str:
        return f"return lr * {self._factor(rest)} ** t"

    def _factor(self, rest: int) -> float:
        return FINAL_SHARE ** (1 / rest) if self.gamma is None else self.gamma


class InverseTime(Schedule):
    """Shrink as one over time, the classical choice for noisy gradients: lr / (1 + decay t).

    >>> InverseTime(decay=1.0).rates(1.0, 0, 4, total=4).round(3).tolist()
    [1.0, 0.5, 0.333, 0.25]
    """

    kind: Literal["inverse_time"] = "inverse_time"
    decay: float | None = Field(None, ge=0)
    """How fast the rate falls; what leads to a hundredth of the learning rate at the end if not given."""

    title = "Inverse time"
    source = "Robbins & Monro 1951, doi:10.1214/aoms/1177729586"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        return lr / (1 + self._pace(rest) * t)

    def torch_source(self, rest: int) -> str:
        return f"return lr / (1 + {self._pace(rest)} * t)"

    def _pace(self, rest: int) -> float:
        return (1 / FINAL_SHARE - 1) / rest if self.decay is None else self.decay


class Linear(Schedule):
    """Go in a straight line from one share of the learning rate to another, and stay there.

    lr (a + (b - a) min(t, n)/n), a the start factor, b the end factor, n total_iters.

    >>> Linear(start_factor=1, end_factor=0, total_iters=4).rates(1.0, 0, 6, total=6).tolist()
    [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """

    kind: Literal["linear"] = "linear"
    start_factor: float = Field(1 / 3, gt=0, le=1)
    """Share of the learning rate at first."""
    end_factor: float = Field(1.0, ge=0, le=1)
    """Share of the learning rate after total_iters updates."""
    total_iters: Length | None = 5
    """Updates on the way; null for the rest of the run."""

    title = "Linear"
    source = "torch.optim.lr_scheduler.LinearLR"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        way = self.total_iters or rest
        return lr * (self.start_factor + (self.end_factor - self.start_factor) * np.minimum(t, way) / way)

    def torch_source(self, rest: int) -> str:
        first, way = self.start_factor, self.total_iters or rest
        return f"return lr * ({first} + ({self.end_factor} - {first}) * min(t, {way}) / {way})"


class Polynomial(Schedule):
    """Fall to zero along a power of the time that is left: lr (1 - min(t, n)/n)^power, n total_iters.

    >>> Polynomial(total_iters=4, power=2).rates(1.0, 0, 5, total=5).tolist()
    [1.0, 0.5625, 0.25, 0.0625, 0.0]
    """

    kind: Literal["polynomial"] = "polynomial"
    total_iters: Length | None = 5
    """Updates until zero; null for the rest of the run."""
    power: float = Field(1.0, ge=0)
    """1 falls in a straight line, more falls faster at first."""

    title = "Polynomial"
    source = "torch.optim.lr_scheduler.PolynomialLR"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        way = self.total_iters or rest
        return lr * (1 - np.minimum(t, way) / way) ** self.power

    def torch_source(self, rest: int) -> str:
        way = self.total_iters or rest
        return f"return lr * (1 - min(t, {way}) / {way}) ** {self.power}"


class WarmupStableDecay(Schedule):
    """Climb, stay, and fall in a straight line at the end.

    The first share of the run climbs as lr (t + 1)/n, the last one falls from lr to lr · end_factor, which would be
    reached one update after the run; between them the rate is lr.

    >>> schedule = WarmupStableDecay(warmup_share=0.25, decay_share=0.5)
    >>> schedule.rates(1.0, 0, 8, total=8).tolist()
    [0.5, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25]
    """

    kind: Literal["warmup_stable_decay"] = "warmup_stable_decay"
    warmup_share: float = Field(0.1, ge=0, le=1)
    """Share of the run spent climbing, after ``warmup``."""
    decay_share: float = Field(0.2, ge=0, le=1)
    """Share of the run spent falling."""
    end_factor: float = Field(0.0, ge=0, le=1)
    """Share of the learning rate at the end."""

    title = "Warm-up, stable, decay"
    source = "Hu et al. 2024, section 4, arXiv:2404.06395; Hägele et al. 2024, arXiv:2405.18392"

    @model_validator(mode="after")
    def _shares_fit(self) -> WarmupStableDecay:
        if self.warmup_share + self.decay_share > 1:
            raise ValueError(
                f"warmup_share {self.warmup_share:g} and decay_share {self.decay_share:g} are more than the whole run; "
                "make their sum at most 1"
            )
        return self

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        climb, fall = round(self.warmup_share * rest), round(self.decay_share * rest)
        fallen = np.clip((t - (rest - fall)) / max(fall, 1), 0, 1)
        return lr * np.where(t < climb, (t + 1) / max(climb, 1), 1 + (self.end_factor - 1) * fallen)

    def torch_source(self, rest: int) -> str:
        climb, fall = round(self.warmup_share * rest), round(self.decay_share * rest)
        return f"""if t < {climb}:
    return lr * (t + 1) / {max(climb, 1)}
fallen = min(max((t - {rest - fall}) / {max(fall, 1)}, 0), 1)
return lr * (1 + ({self.end_factor} - 1) * fallen)"""


__all__ = [
    "Constant",
    "Exponential",
    "InverseTime",
    "Linear",
    "Multistep",
    "Polynomial",
    "Step",
    "WarmupStableDecay",
]
