"""How a claim is measured: both sides alternate in one process, and medians are compared."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

PAIRS = 15


class Row(NamedTuple):
    """One line of the report."""

    claim: str
    figure: str
    goal: str
    met: bool | None
    """None where there is no goal, only a figure."""

    def __str__(self) -> str:
        mark = {True: "met", False: "NOT met", None: ""}[self.met]
        return f"{self.claim:<58} {self.figure:>34}   {self.goal:<20} {mark}"


def seconds(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def alternate(ours: Callable[[], object], peer: Callable[[], object], pairs: int = PAIRS) -> tuple[float, float]:
    """Return the median seconds of both sides, run in turns after one unmeasured turn each."""
    ours(), peer()
    times = [(seconds(ours), seconds(peer)) for _ in range(pairs)]
    mine, theirs = zip(*times, strict=True)
    return statistics.median(mine), statistics.median(theirs)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which ``share`` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
