"""Schedules that swing: half a cosine, restarts, one cycle, triangles. Momentum is never cycled."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from slalom.catalogue.base.choice import Array

from .base import Length, Schedule


class Cosine(Schedule):
    """Fall along half a cosine; after T_max updates the rate climbs again.

    η_min + (lr - η_min)(1 + cos(π t/T_max))/2.

    >>> Cosine(T_max=4).rates(1.0, 0, 6, total=6).round(3).tolist()
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.146]
    """

    kind: Literal["cosine"] = "cosine"
    T_max: Length | None = None
    """Updates from the highest rate to the lowest; the rest of the run if not given."""
    eta_min: float = Field(0.0, ge=0)
    """The lowest rate."""

    title = "Cosine"
    source = "Loshchilov & Hutter 2017, equation 5, arXiv:1608.03983; torch.optim.lr_scheduler.CosineAnnealingLR"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        way = self.T_max or rest
        return _along_cosine(lr, self.eta_min, t % (2 * way) / way)

    def torch_source(self, rest: int) -> str:
        way = self.T_max or rest
        return f"share = t % {2 * way} / {way}\n{_cosine_in_torch(self.eta_min)}"


class CosineRestarts(Schedule):
    """Fall along half a cosine, jump back to the full rate, and again, each time over T_mult as many updates.

    >>> CosineRestarts(T_0=2, T_mult=2).rates(1.0, 0, 7, total=7).round(3).tolist()
    [1.0, 0.5, 1.0, 0.854, 0.5, 0.146, 1.0]
    """

    kind: Literal["cosine_restarts"] = "cosine_restarts"
    T_0: Length | None = None
    """Updates until the first restart; the rest of the run if not given."""
    T_mult: Length = 1
    """How many times longer every next cycle is."""
    eta_min: float = Field(0.0, ge=0)
    """The rate that every cycle falls to."""

    title = "Cosine with restarts"
    source = "Loshchilov & Hutter 2017, arXiv:1608.03983; torch.optim.lr_scheduler.CosineAnnealingWarmRestarts"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        length = self.T_0 or rest
        if self.T_mult == 1:
            return _along_cosine(lr, self.eta_min, t % length / length)
        starts, lengths = [0], [length]
        while starts[-1] + lengths[-1] <= t.max(initial=0):
            starts.append(starts[-1] + lengths[-1])
            lengths.append(lengths[-1] * self.T_mult)
        cycle = np.searchsorted(starts, t, side="right") - 1
        return _along_cosine(lr, self.eta_min, (t - np.array(starts)[cycle]) / np.array(lengths, np.float64)[cycle])

    def torch_source(self, rest: int) -> str:
        return f"""start, length = 0, {self.T_0 or rest}
while t >= start + length:
    start, length = start + length, {self.T_mult} * length
share = (t - start) / length
{_cosine_in_torch(self.eta_min)}"""


class OneCycle(Schedule):
    """Climb from a small rate to a large one, then fall far below where it began; at the end the rate stays.
    Momentum stays as it is: PyTorch's OneCycleLR cycles it unless it is told ``cycle_momentum=False``.

    From max_lr/div_factor to max_lr at update pct_start·n - 1, then to max_lr/(div_factor·final_div_factor) at update
    n - 1, n = total_steps, along half a cosine or a straight line. With three phases it comes back to where it began
    at update 2·pct_start·n - 2 first.

    >>> schedule = OneCycle(pct_start=0.4, div_factor=2, final_div_factor=5)
    >>> schedule.rates(1.0, 0, 5, total=5).round(3).tolist()
    [0.5, 1.0, 0.775, 0.325, 0.1]
    """

    kind: Literal["one_cycle"] = "one_cycle"
    max_lr: float | None = Field(None, ge=0)
    """The largest rate; the optimizer's learning rate if not given."""
    total_steps: Length | None = None
    """Updates of the whole cycle; the rest of the run if not given."""
    pct_start: float = Field(0.3, ge=0, le=1)
    """Share of the cycle spent climbing (a fraction, whatever its name says)."""
    anneal_strategy: Literal["cos", "linear"] = "cos"
    """Along half a cosine or a straight line."""
    div_factor: float = Field(25.0, gt=0)
    """Largest rate divided by first rate."""
    final_div_factor: float = Field(1e4, gt=0)
    """First rate divided by last rate."""
    three_phase: bool = False
    """Come back to the first rate as evenly as it was left, and only then fall to the last one."""

    title = "One cycle"
    source = "Smith & Topin 2018, arXiv:1708.07120; torch.optim.lr_scheduler.OneCycleLR, cycle_momentum=False"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        total = self.total_steps or rest
        top = lr if self.max_lr is None else self.max_lr + 0 * lr
        first = top / self.div_factor
        turns, rates = [0.0, self.pct_start * total - 1, total - 1.0], [first, top, first / self.final_div_factor]
        if self.three_phase:
            turns.insert(2, 2 * self.pct_start * total - 2)
            rates.insert(2, first)
        t = np.minimum(t, total - 1)
        result = self._between(t, turns[-2:], rates[-2:])
        for phase in range(len(turns) - 3, -1, -1):
            part = self._between(t, turns[phase : phase + 2], rates[phase : phase + 2])
            result = np.where(t <= turns[phase + 1], part, result)
        return result

    def torch_source(self, rest: int) -> str:
        total, cosine = self.total_steps or rest, self.anneal_strategy == "cos"
        turns, rates = [0.0, self.pct_start * total - 1, total - 1.0], "[first, top, last]"
        if self.three_phase:
            turns.insert(2, 2 * self.pct_start * total - 2)
            rates = "[first, top, first, last]"
        way = "low + (high - low) * (1 + math.cos(math.pi * share)) / 2" if cosine else "(low - high) * share + high"
        return f"""top = {"lr" if self.max_lr is None else self.max_lr}
first = top / {self.div_factor}
last = first / {self.final_div_factor}
turns, rates = {turns}, {rates}
t = min(t, {total - 1})
phase = next((i for i in range(len(turns) - 2) if t <= turns[i + 1]), len(turns) - 2)
(begin, end), (high, low) = turns[phase : phase + 2], rates[phase : phase + 2]
share = min(max((t - begin) / (end - begin), 0), 1) if end != begin else 1
return {way}"""

    def _between(self, t: Array, turns: list[float], rates: list[Array]) -> Array:
        """Return the rates on the way from one turn to the next; a way of no length is already at its end."""
        (begin, end), (high, low) = turns, rates
        share = np.clip((t - begin) / (end - begin), 0, 1) if end != begin else np.ones(t.shape)
        return (low - high) * share + high if self.anneal_strategy == "linear" else _along_cosine(high, low, share)


class Cyclic(Schedule):
    """Climb and fall in triangles, for as long as the run lasts. Momentum stays as it is: PyTorch's CyclicLR cycles it
    unless it is told ``cycle_momentum=False``.

    From base_lr to max_lr in step_size_up updates, back in step_size_down. "triangular2" halves the height every
    cycle, "exp_range" multiplies it by γᵗ.

    >>> Cyclic(base_lr=0.0, step_size_up=2, mode="triangular2").rates(1.0, 0, 8, total=8).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.25, 0.5, 0.25]
    """

    kind: Literal["cyclic"] = "cyclic"
    base_lr: float | None = Field(None, ge=0)
    """The lowest rate; a tenth of the optimizer's learning rate if not given."""
    max_lr: float | None = Field(None, ge=0)
    """The highest rate; the optimizer's learning rate if not given."""
    step_size_up: Length | None = 2000
    """Updates spent climbing; null for half of the run."""
    step_size_down: Length | None = None
    """Updates spent falling; as many as climbing if not given."""
    mode: Literal["triangular", "triangular2", "exp_range"] = "triangular"
    """How the height changes from cycle to cycle."""
    gamma: float = Field(1.0, ge=0)
    """Factor of the height per update in mode exp_range, γ."""

    title = "Cyclic"
    source = "Smith 2017, arXiv:1506.01186; torch.optim.lr_scheduler.CyclicLR, cycle_momentum=False"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        up = self.step_size_up or max(rest // 2, 1)
        down = self.step_size_down or up
        within = t % (up + down)
        height = np.where(within <= up, within / up, (up + down - within) / down)
        low = lr / 10 if self.base_lr is None else self.base_lr
        high = lr if self.max_lr is None else self.max_lr + 0 * lr
        return low + (high - low) * height * self._scale(t, t // (up + down))

    def torch_source(self, rest: int) -> str:
        up = self.step_size_up or max(rest // 2, 1)
        down = self.step_size_down or up
        scale = {"triangular": "1", "triangular2": f"0.5 ** (t // {up + down})", "exp_range": f"{self.gamma} ** t"}
        return f"""low = {"lr / 10" if self.base_lr is None else self.base_lr}
high = {"lr" if self.max_lr is None else self.max_lr}
within = t % {up + down}
height = within / {up} if within <= {up} else ({up + down} - within) / {down}
return low + (high - low) * height * {scale[self.mode]}"""

    def _scale(self, t: Array, cycle: Array) -> Array:
        if self.mode == "triangular":
            return np.float64(1)
        return 0.5**cycle if self.mode == "triangular2" else self.gamma**t


def _cosine_in_torch(low: float) -> str:
    """Return the statement of a PyTorch program that goes a ``share`` of the way from ``lr`` along half a cosine."""
    return f"return {low} + (lr - {low}) * (1 + math.cos(math.pi * share)) / 2"


def _along_cosine(high: Array, low: Array, share: Array) -> Array:
    """Return the rates a share of the way from ``high`` to ``low`` along half a cosine."""
    return low + (high - low) * (1 + np.cos(np.pi * share)) / 2


__all__ = ["Cosine", "CosineRestarts", "Cyclic", "OneCycle"]
