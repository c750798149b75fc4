"""At which entries a network is measured, and at which it is kept: decided by the spec alone, never by a clock.

What is measured costs as much as many updates, so it is measured at entry 0, then at powers of two, and from the power
m on evenly, at every m-th entry, and at the last: early entries, where most happens, are close together. A long run
spends a fixed share of its work on being measured; a short one spends more, up to some hundredths of a second, so that
its curves are curves. m follows from estimates of the work; wrong ones only cost time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from slalom.catalogue.cost import (
    CURVED,
    EXAMINED,
    KEEP,
    KEEP_BYTES,
    PRODUCT,
    SAMPLE,
    CostEstimate,
    gradient_seconds,
    product_seconds,
    update_seconds,
)
from slalom.catalogue.problems.architecture import Architecture

PRODUCT_GOAL = 7.5e-4
"""Seconds that a Hessian-vector product should take at most: else it sees fewer examples."""
FIRST_GOAL, FEWEST_PRODUCTS = 0.1, 8
"""Seconds that a first look at a run's sharpness should take at most, for the first picture waits for it: else it makes
fewer products, but at least so many."""
LOOK_GOAL = 2e-2
"""Seconds that losses should take to measure at most: else they see fewer examples."""
LOSSES, SHARPNESS, KEEPING = 0.015, 0.05, 0.01
"""Shares of the work of a long run that may be spent on each."""
EARLY = 16
"""Things are first measured this many times earlier than they are apart later."""
MEASURED_POINTS = 32
"""Every run is measured about so often, however short, if that costs no more than so many seconds: else as often as
they suffice for. Nobody notices these, but a curve through a handful of points."""
LOSSES_SPARE, SHARPNESS_SPARE = 0.065, 0.03
"""These seconds."""
MOST_KEPT = 400
"""States kept of an experiment, at most."""
PICTURES = 48
"""States kept in any case where there is room: what is seen of the data is drawn from them."""
SNAPSHOT_BYTES = 128 * 2**20
"""Bytes that the kept states of an experiment may take."""

FEWEST, FEWEST_CURVED = 512, 256
"""Training, and validation, examples that losses and gradients are measured on, and the sharpness, at least."""
LAST_SAMPLE, LAST_LOOK = 2048, 0.01
"""The last look is at so many examples, or at as many as a share of the work of the whole run pays for."""
LOOKS, SHORT_SAMPLE = 24, 1536
"""A run whose share pays for fewer looks than that is looked at with fewer examples, but at least so many, where there
are more: so there can be more looks at it."""
SHORT_LOOK, FEWEST_IN_SHORT = 1.5e-3, 768
"""Of a large network it is fewer: as many as such a look sees in so many seconds, but at least so many."""


class SampleSizes(NamedTuple):
    """How many examples are looked at, whoever else runs."""

    losses: int
    """For losses, of training and as many of validation, and for the full gradient."""
    curved: int
    """For the sharpness."""
    last: int
    """For losses at the last entry."""
    read: int
    """For the loss that a plateau schedule reads: however long the run is, so that a run goes on as it began."""


class MeasurementInterval(NamedTuple):
    """How far apart things are measured in the end: powers of two, each at least as large as the one before."""

    losses: int
    sharpness: int | None
    """None: never."""


class MeasurementPlan(NamedTuple):
    """At which entries what is done."""

    last: int
    """The last entry."""
    seen: SampleSizes
    """How many examples are looked at."""
    pace: MeasurementInterval
    kept: Sequence[int]
    """Entries whose state is kept, in order."""


def sample_sizes(blueprint: Architecture, dtype: str, size: int, steps: int) -> SampleSizes:
    """Return how many examples a run is looked at with; its updates see ``size`` of them."""
    one = gradient_seconds(blueprint, dtype, 1)
    most = int(min(SAMPLE, max(FEWEST, LOOK_GOAL / (EXAMINED * one))))
    earned = steps * update_seconds(blueprint, dtype, 1, size) * 2 * LOSSES / (LOOKS * EXAMINED * one)
    short = min(SHORT_SAMPLE, max(FEWEST_IN_SHORT, int(SHORT_LOOK / (EXAMINED * one))))
    losses = min(most, max(short, int(earned)))
    curved = int(min(CURVED, max(FEWEST_CURVED, PRODUCT_GOAL / product_seconds(blueprint, dtype, 1))))
    return SampleSizes(losses, curved, max(losses, LAST_SAMPLE, int(LAST_LOOK * 3 * size * steps)), most)


def first_products(blueprint: Architecture, dtype: str, curved: int, most: int) -> int:
    """Return how many Hessian-vector products the first look makes: ``most``, or fewer of a large network."""
    cost = PRODUCT + curved * product_seconds(blueprint, dtype, 1)
    return int(min(most, max(FEWEST_PRODUCTS, FIRST_GOAL / cost)))


RARELY = MeasurementInterval(1 << 40, None)
"""Only at the first and the last entry, and the sharpness not at all."""


def measurement_interval(work: CostEstimate, steps: int) -> MeasurementInterval:
    """Return how far apart things are measured in a run of ``steps`` updates: each takes its share of the work."""
    whole = work.step * steps
    losses = _apart(steps, max(LOSSES * whole / work.losses, min(MEASURED_POINTS, LOSSES_SPARE / work.losses)))
    curved = _apart(
        steps, max(SHARPNESS * whole / work.sharpness, min(MEASURED_POINTS, SHARPNESS_SPARE / work.sharpness))
    )
    return MeasurementInterval(losses, max(losses, curved))


def _apart(steps: int, points: float) -> int:
    """Return the smallest power of two that lies in ``steps`` at most ``points`` times."""
    return 1 << max(0, math.ceil(math.log2(max(steps / points, 1.0))))


def is_due(entry: int, apart: int, last: int) -> bool:
    """Tell whether something is measured at an entry.

    It is at 0, at powers of two from ``apart``/16 on, at every multiple of ``apart``, and at the last entry.

    >>> [k for k in range(180) if is_due(k, 64, 170)]
    [0, 4, 8, 16, 32, 64, 128, 170]
    """
    if entry in (0, last):
        return True
    if entry >= apart:
        return entry % apart == 0
    return entry & (entry - 1) == 0 and entry * EARLY >= apart


def next_due(entry: int, apart: int, last: int) -> int:
    """Return the first entry, not before ``entry``, at which something is measured; after the last, ``entry`` itself.

    >>> [next_due(k, 64, 170) for k in (0, 1, 5, 65, 129, 171)]
    [0, 4, 8, 128, 170, 171]
    """
    if entry == 0 or entry >= last:
        return entry
    first = max(1, apart // EARLY)
    found = max(first, 1 << (entry - 1).bit_length()) if entry <= apart else -(-entry // apart) * apart
    return min(found, last)


def kept_entries(last: int, each: int, step: float) -> tuple[int, ...]:
    """Return the entries whose state is kept: at most 400, half of them evenly spaced, half on a log scale.

    A state takes ``each`` bytes, an update ``step`` seconds. Entries 0 and ``last`` are among them, unless there is no
    room for a second one.
    """
    room = max(1, SNAPSHOT_BYTES // max(1, each))
    worth = int(KEEPING * step * last / (KEEP + KEEP_BYTES * each))
    count = min(MOST_KEPT, room, max(PICTURES, worth), last + 1)
    if count <= 2:
        return (0, last)[:count]
    even = np.linspace(0, last, count - count // 2)
    early = np.geomspace(1, last, count // 2 + 2)[:-1]
    entries = sorted({*np.rint(even).astype(int).tolist(), *np.rint(early).astype(int).tolist()})
    return tuple(_thinned(entries, count))


def _thinned(entries: list[int], count: int) -> list[int]:
    if len(entries) <= count:
        return entries
    return [entries[i] for i in np.linspace(0, len(entries) - 1, count).astype(int)]
