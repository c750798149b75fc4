"""Published rules that read a learning rate off a range test; each as its source does it, but nan and inf stop nothing.

A rule gets the rates (n,) and the losses (m,), m <= n: the climb may have ended early. Where it cannot say anything it
returns None. Losses that fall below zero are counted from the lowest one: the published thresholds are factors.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

BETA = 0.98
"""Of fastai's and Lightning's running mean."""
BLOWN = 4.0
"""A smoothed loss this many times its best is the end of the climb, in fastai and in Lightning."""
BLOWN_FINDER = 5.0
"""The same in pytorch-lr-finder."""
SLIDE_WIDTH, SLIDE_LEVEL = 15, 0.005
"""Points that lie between the two ends of fastai's slide, and how much steeper its right end has to be."""


class Rule(NamedTuple):
    """One published way to choose."""

    name: str
    title: str
    what: str
    """What it takes, in a few words."""
    source: str
    choose: Callable[[np.ndarray, np.ndarray], float | None]


def smoothed(losses: np.ndarray, beta: float = BETA, ahead: int = 1) -> np.ndarray:
    """Return the running mean of losses (m, ...), divided by 1 - β^(k + ahead): ``ahead`` 1 corrects its bias."""
    mean, found = np.zeros(losses.shape[1:]), np.empty(losses.shape)
    with np.errstate(all="ignore"):
        for k, loss in enumerate(losses):
            mean = beta * mean + (1 - beta) * loss
            found[k] = mean / (1 - beta ** (k + ahead))
    return found


def raised(losses: np.ndarray) -> np.ndarray:
    """Return losses counted from the lowest one where that is negative, else as they are."""
    finite = losses[np.isfinite(losses)]
    return losses - min(0.0, float(finite.min(initial=0.0)))


def passed(values: np.ndarray, factor: float, first: int = 0) -> int | None:
    """Return the first place, not before ``first``, whose value is more than ``factor`` times the least before it."""
    with np.errstate(all="ignore"):
        beyond = first_where(values[first:] > factor * np.fmin.accumulate(values)[first:])
    return None if beyond is None else beyond + first


def first_where(mask: np.ndarray) -> int | None:
    """Return the first place of a mask (m,) that is true."""
    return int(mask.argmax()) if mask.any() else None


def trench(lr: np.ndarray, losses: np.ndarray) -> float | None:
    """Return the rate at the lowest loss."""
    finite = np.where(np.isfinite(losses), losses, np.inf)
    return float(lr[finite.argmin()]) if np.isfinite(finite).any() else None


def steepest(lr: np.ndarray, losses: np.ndarray) -> float | None:
    """Return the rate where the smoothed loss falls most per log lr; 10 points are skipped at first, 5 at the end."""
    losses = raised(losses)
    mean = losses.copy()
    with np.errstate(all="ignore"):
        for k in range(1, len(losses)):
            mean[k] = 0.05 * losses[k] + 0.95 * mean[k - 1]
    end = passed(mean, BLOWN_FINDER)
    return _steepest(lr, mean[: len(mean) if end is None else end + 1], 10, 5)


def lightning(lr: np.ndarray, losses: np.ndarray) -> float | None:
    """Return the rate where the smoothed loss falls most per lr; its correction is one update ahead, as there."""
    mean = smoothed(raised(losses), ahead=2)
    end = passed(mean, BLOWN, first=1)
    return _steepest(lr, mean[: len(mean) if end is None else end + 1], 10, 1, per_rate=True)


def _steepest(lr: np.ndarray, mean: np.ndarray, first: int, last: int, per_rate: bool = False) -> float | None:
    values, rates = mean[first : len(mean) - last], lr[first : len(mean) - last]
    finite = np.isfinite(values)
    values, rates = values[finite], rates[finite]
    if len(values) < 2:
        return None
    with np.errstate(all="ignore"):
        slopes = np.gradient(values, rates) if per_rate else np.gradient(values)
    return float(rates[np.where(np.isnan(slopes), np.inf, slopes).argmin()])


def _fastai(lr: np.ndarray, losses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what fastai looks at: up to the blow-up, without the first tenth and the last five."""
    mean = smoothed(raised(losses))
    end = passed(mean, BLOWN)
    last = (len(mean) if end is None else end + 1) - 5
    first = len(lr) // 10
    values = mean[first : max(first, last)]
    values = values[: first_where(~np.isfinite(values))]
    return lr[first : first + len(values)], values


def valley(lr: np.ndarray, losses: np.ndarray) -> float | None:
    """Return the rate half-way through the second third of the longest fall: what falls longest, not most."""
    rates, values = _fastai(lr, losses)
    if len(values) == 0:
        return None
    lengths = falls(values)
    length = max(lengths)
    end = lengths.index(length)
    start = end - length if length > 1 else 0
    third = (end - start) / 3
    return float(rates[max(0, start + int(third) + int(third / 2))])


def slide(lr: np.ndarray, losses: np.ndarray) -> float | None:
    """Return the rate where an interval stops that slides down from the last rate: the last one at its left end.

    It slides while the smoothed loss falls or rises differently at its two ends, by more than a level per update.
    """
    rates, values = _fastai(lr, losses)
    left = len(values) - 1 - SLIDE_WIDTH
    if left < 0:
        return None
    with np.errstate(all="ignore"):
        slopes = np.gradient(values)
        level = np.flatnonzero(~(np.abs(slopes[SLIDE_WIDTH:] - slopes[: left + 1]) > SLIDE_LEVEL))
    if len(level) == 0:
        return float(rates[0])
    return float(rates[min(level[-1] + 1, left)])


def falls(values: Sequence[float] | np.ndarray) -> list[int]:
    """Return for every value how long the longest strictly falling sequence is that ends with it.

    >>> falls([3.0, 1.0, 2.0, 2.0, 0.5])
    [1, 2, 2, 2, 3]
    """
    tails: list[float] = []
    found = []
    for value in values:
        place = bisect_left(tails, -value)
        tails[place : place + 1] = [-value]
        found.append(place + 1)
    return found


def steep(lr: np.ndarray, losses: np.ndarray) -> float | None:
    """Return the rate after which the smoothed loss falls most per log lr."""
    rates, values = _fastai(lr, losses)
    with np.errstate(all="ignore"):
        return float(rates[np.diff(values).argmin()]) if len(values) > 1 else None


def lr_of_minimum(lr: np.ndarray, losses: np.ndarray) -> float | None:
    """Return a tenth of the rate at the lowest smoothed loss."""
    rates, values = _fastai(lr, losses)
    return float(rates[values.argmin()]) / 10 if len(values) else None


def third(lr: np.ndarray, losses: np.ndarray) -> float | None:
    """Return a third of the rate at the lowest loss."""
    lowest = trench(lr, losses)
    return None if lowest is None else lowest / 3


FASTAI = "fastai.callback.schedule"
SUGGESTION_RULES = (
    Rule("trench", "Trench", "the lowest raw loss", "Karpathy, makemore part 3", trench),
    Rule("steepest", "Steepest", "steepest fall per log lr", "pytorch-lr-finder, LRFinder.plot", steepest),
    Rule("lightning", "Lightning", "steepest fall per lr", "lightning.pytorch.tuner.lr_finder", lightning),
    Rule("valley", "Valley", "inside the longest fall", f"{FASTAI}.valley", valley),
    Rule("slide", "Slide", "left of the last rise", f"{FASTAI}.slide", slide),
    Rule("steep", "Steep", "steepest step per log lr", f"{FASTAI}.steep", steep),
    Rule("minimum", "Minimum / 10", "a tenth of the smoothed minimum", f"{FASTAI}.minimum", lr_of_minimum),
    Rule("third", "Trench / 3", "a third of the trench", "rule of thumb", third),
)
"""Every rule, in the order of the table."""
