"""What the axes of figures span, by the rules of the page: one exploding run flattens no other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

LOWEST, HIGHEST = 1e-300, 1e150
"""Plotted values stay within these two."""
HEADROOM = 3
"""Decades above the best run's start before a run is off scale."""
SAMPLES = 1024
"""Values of a run that its percentile is taken of."""
USUAL = 0.99
"""The share of values that belong on the axis."""

Span = tuple[float, float]


class Course(NamedTuple):
    """The values of one run, and whether it diverged."""

    values: np.ndarray
    diverged: bool = False

    @property
    def finite(self) -> np.ndarray:
        """Those that are finite, in order."""
        return self.values[np.isfinite(self.values)]

    @property
    def sample(self) -> np.ndarray:
        """Some that are finite, evenly spread over the entries."""
        some = self.values[:: max(1, math.ceil(len(self.values) / SAMPLES))]
        return some[np.isfinite(some)]


class LossScale(NamedTuple):
    """How losses are drawn."""

    span: Span
    """In powers of ten on a logarithmic axis."""
    log: bool
    shift: float
    """Subtracted from every loss, so that its logarithm exists."""

    @property
    def top(self) -> float:
        """The largest loss that is in the picture."""
        return (10 ** self.span[1] if self.log else self.span[1]) + self.shift


class Exit(NamedTuple):
    """Where a run leaves the picture for good, and where its numbers end; places of entries, None for never."""

    off: int | None
    nonfinite: int | None
    what: str
    """``inf`` or ``NaN``."""


def loss_scale(runs: Sequence[Course], log: bool = True, best: float | None = None) -> LossScale:
    """Return the span of the loss axis; ``best`` is the lowest loss there is, where it is known.

    The upper end is the larger of three decades above the best run's start and the 99th percentile of the runs that
    did not diverge, unless no run goes so high.
    """
    seen = [run for run in runs if len(run.finite)]
    if not seen:
        return LossScale((-2, 2) if log else (0, 1), log, 0)
    low = min(float(run.finite.min()) for run in seen)
    shift = min(low, low if best is None else best) if log and low < 0 else 0.0
    good = [run for run in seen if not run.diverged]
    shown = good or seen
    start = float(min(shown, key=lambda run: run.finite[-1]).finite[0]) - shift
    usual = percentile(np.concatenate([run.sample for run in good]), USUAL) - shift if good else -math.inf
    highest = max(float(run.finite.max()) for run in seen) - shift
    if not log:
        lowest = min(float(run.finite.min()) for run in shown)
        return LossScale(linear_span(lowest, min(highest, max(start, usual))), log, shift)
    top = min(highest, max(start * 10**HEADROOM, usual))
    bottom = _least_positive(seen if shift == 0 else shown, shift)
    return LossScale(log_span(bottom, max(top, bottom)), log, shift)


def exit_of(values: np.ndarray, top: float) -> Exit:
    """Return where the values of a run leave a picture that ends at ``top``."""
    inside = np.flatnonzero(values <= top)
    off = int(inside[-1]) + 1 if len(inside) else 0
    broken = np.flatnonzero(~np.isfinite(values[off:]))
    nonfinite = off + int(broken[0]) if len(broken) else None
    what = "NaN" if nonfinite is not None and np.isnan(values[nonfinite]) else "inf"
    return Exit(off if off < len(values) else None, nonfinite, what)


def log_span(low: float, high: float) -> Span:
    """Return a span of powers of ten, padded and on a grid of quarter decades."""
    bottom, top = (math.log10(min(max(value, LOWEST), HIGHEST)) for value in (low, high))
    pad = max(0.15, 0.03 * (top - bottom))
    span = math.floor(4 * (bottom - pad)) / 4, math.ceil(4 * (top + pad)) / 4
    return span if span[1] - span[0] >= 1 else (span[0] - 0.5, span[1] + 0.5)


def linear_span(low: float, high: float) -> Span:
    """Return a span with a margin, which begins at 0 where that is near."""
    bottom, top = (min(max(value, -HIGHEST), HIGHEST) for value in (low, high))
    size = top - bottom or max(1.0, abs(top))
    near = 0 <= bottom < size
    return (min(0.0, bottom) - 0.02 * size if near else bottom - 0.05 * size), top + 0.06 * size


def share_span(shares: Iterable[np.ndarray]) -> tuple[Span, bool]:
    """Return the span of the axis "learning rate / stability limit", which shows 1, and whether it is logarithmic."""
    every = [values[np.isfinite(values)] for values in shares]
    known = np.concatenate([np.zeros(1), *every])
    high = float(known.max())
    if high <= 3:
        return (0.0, max(1.25, 1.12 * high)), False
    low = float(known[known > 0].min(initial=1.0))
    return log_span(max(low, 1e-3), min(high, 1e4)), True


def percentile(values: np.ndarray, share: float) -> float:
    """Return the value below which a share of the values lies, by nearest rank."""
    ordered = np.sort(values)
    return float(ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)])


def spread_by_ratios(values: Sequence[float]) -> bool:
    """Return whether values stand on a logarithmic axis: they are positive, and the last is many times the first."""
    return min(values) > 0 and max(values) / min(values) >= 20


def _least_positive(runs: Sequence[Course], shift: float) -> float:
    values = np.concatenate([run.sample if shift else run.finite for run in runs])
    return float((values[values > shift] - shift).min(initial=math.inf)) if (values > shift).any() else 1.0
