"""What each run is: one kind of outcome, decided for all runs at once, of an experiment as of a tile of a map.

All of it is decided by differences of losses, gradients, curvatures and rates: a constant added to the loss changes
nothing. What a run is doing is read off medians of its last stretch (:mod:`slalom.engine.lately`), not off two entries.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .verdict import FLAT, FLAT_STEPS, NEVER, TOLERANCE, Verdict, curves_down

TURNING = 0.9
"""A run oscillates where so large a share of its last steps turned back."""
STEADY = 0.5
"""A rise, or a fall, goes on where its last part is at least so large a share of its first one."""
STEADY_CURVATURE = 0.01
"""Ground whose curvature at both ends of a run differs by no larger a share is a quadratic, as far as was seen."""
DIGITS = 8
"""Losses that differ by fewer units in the last place are the same."""
EXACT = 1e-6
"""A rate is exactly at its limit where they differ by no larger a share."""
STILL = 1e-6
"""A run that turns back neither falls nor rises where its medians change by no larger a share of |g|²/2λ, which is what
a quadratic of its gradient and curvature has above its floor."""

Endless = Callable[[np.ndarray], np.ndarray]
"""Tells which of some runs, positions (n,), are on ground that falls without end: (n,), bool."""

AS_OUTCOME = (
    dict.fromkeys(("saddle", "minimum", "level", "flat", "chance"), "stalled")
    | dict.fromkeys(("edge", "learning"), "unfinished")
    | {"endless": "growing"}
)
"""What an outcome calls those kinds that have another name here."""


def kinds(verdict: Verdict, endless: Endless) -> list[str]:
    """Return what each run is: a kind of outcome, with "stalled" split into "saddle", "minimum", "level" and "flat".

    The first that fits counts, in this order: diverged, converged, a vanished gradient, growing, oscillating, a loss
    that stands still, unfinished. A run is growing while its medians rise steadily and its rate is above the limit of
    its rule (or, for a rule without one, while they are above its start); on a quadratic, where it is a theorem that
    it will, as soon as the last one rises. It is also growing, here "endless", while
    they fall steadily where no minimum is known and ``endless`` tells that the ground falls for ever: such a run
    counts as diverged only once its parameters are a million times farther out than its start.
    """
    if verdict.start is None or verdict.last is None:
        return ["unfinished"] * len(verdict.best)
    small = verdict.last.grad <= TOLERANCE * np.fmax(1.0, verdict.start.grad)
    level = np.fmax(abs(verdict.last.low), abs(verdict.last.sharpness)) <= TOLERANCE * np.fmax(
        1.0, abs(verdict.start.sharpness)
    )
    known = np.isfinite(verdict.best)
    blown = (verdict.marks["exploded"] != NEVER) | (verdict.marks["nonfinite"] != NEVER)
    rises, falls, steady = trend(verdict)
    grows = rises & steady | _turned_up(verdict)
    cases = {
        "diverged": blown | (verdict.marks["runaway"] != NEVER),
        "converged": verdict.since != NEVER,
        "level": small & known & level,
        "saddle": small & curves_down(verdict.last.low, verdict.last.sharpness),
        "minimum": small & known,
        "growing": grows & _above(verdict),
    }
    falling = falls & steady & ~known & ~np.logical_or.reduce(list(cases.values()))
    if falling.any():
        falling[falling] = endless(np.flatnonzero(falling))
    cases |= {"endless": falling, "oscillating": _oscillating(verdict, rises, falls), "flat": _flat(verdict)}
    return np.select(list(cases.values()), list(cases), "unfinished").tolist()


def trend(verdict: Verdict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return whether the losses rise, from each part of the last stretch to the next, or fall; and whether steadily.

    That is without slowing down, as a run does that settles. Three arrays of shape (R,), bool.
    """
    apart, least = _changes(verdict)
    if not len(apart):
        return tuple(np.zeros((3, len(verdict.best)), bool))  # type: ignore[return-value]
    steady = abs(apart[-1]) >= STEADY * abs(apart[0])
    return np.all(apart > least, axis=0), np.all(apart < -least, axis=0), steady


def _changes(verdict: Verdict) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much each part of the last stretch is above the one before, and how much of that is rounding."""
    parts = verdict.lately.medians()
    return np.diff(parts, axis=0), DIGITS * verdict.rounding * np.fmax(abs(parts[1:]), abs(parts[:-1]))


def _turned_up(verdict: Verdict) -> np.ndarray:
    """Return which runs, on a quadratic and without noise, are higher in the last part than in the one before."""
    (apart, least), start, last = _changes(verdict), verdict.start, verdict.last
    if not len(apart) or start is None or last is None:
        return np.zeros(len(verdict.best), bool)
    quadratic = abs(last.curvature - start.curvature) <= STEADY_CURVATURE * abs(last.curvature)
    return quadratic & ~verdict.noisy & (apart[-1] > least[-1])


def _above(verdict: Verdict) -> np.ndarray:
    """Return which rates are above the limit of their rule; without one, which losses are above their start."""
    share = np.fmax(*verdict.shares)
    return np.where(np.isnan(share), verdict.losses[-1] > verdict.reference, share > 1 + EXACT)


def _oscillating(verdict: Verdict, rises: np.ndarray, falls: np.ndarray) -> np.ndarray:
    """Return which runs turn back at nearly every step and gain nothing by it, or are exactly at their limit."""
    last, parts = verdict.last, verdict.lately.medians()
    assert last is not None
    exact = abs(np.fmax(*verdict.shares) - 1) <= EXACT
    excess = np.where(last.sharpness > 0, last.grad / (2 * last.sharpness) * last.grad, 0.0)
    moves = (rises | falls) & (abs(parts[-1] - parts[0]) > STILL * excess) if len(parts) else rises
    return (verdict.lately.turned >= TURNING) & (exact | ~moves)


def _flat(verdict: Verdict) -> np.ndarray:
    """Return which losses have stood still for FLAT_STEPS updates."""
    losses = verdict.losses
    if len(losses) <= FLAT_STEPS:
        return np.zeros(len(verdict.best), bool)
    return losses.max(axis=0) - losses.min(axis=0) <= FLAT * abs(losses[-1])
