"""Corners of a surface, where its gradient jumps: steps that cross one turn back however short they are."""

from __future__ import annotations

import numpy as np

from slalom.catalogue.problems.base import Problem

HALVINGS = 20
"""A gradient that still changes after so many halvings of a segment jumps."""
JUMP = 0.25
"""It jumps by more than this share of the larger gradient at the two ends."""


def is_corner_between(problem: Problem, one: np.ndarray, other: np.ndarray) -> bool:
    """Return whether the slope along the segment between two points, each (dim,), jumps, and changes its sign."""
    slope, way = problem.functions(np).slope, other - one

    def along(point: np.ndarray) -> float:
        return float(slope(point[:, None])[1][:, 0] @ way)

    with np.errstate(all="ignore"):
        low, high = along(one), along(other)
        largest = max(abs(low), abs(high))
        if not low * high < 0:
            return False
        for _ in range(HALVINGS):
            middle = (one + other) / 2
            here = along(middle)
            if abs(here - low) > abs(high - here):
                other, high = middle, here
            else:
                one, low = middle, here
        return bool(abs(high - low) > JUMP * largest)
