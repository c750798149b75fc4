"""The time budget of a watched loop: measuring waits until it has earned what it takes, so the loop is never slowed."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

_Found = TypeVar("_Found")

LONGEST_CREDIT = 0.25
"""Seconds of measuring that may be saved up, unless one measurement takes longer."""


class TimeBudget:
    """A share of the time that passes, which measurements may spend."""

    def __init__(self, share: float, clock: Callable[[], float] = perf_counter) -> None:
        self.share, self._clock = share, clock
        self.spent = 0.0
        """Seconds that all measurements have taken."""
        self._credit, self._seen = 0.0, clock()
        self._costs: dict[str, float] = {}

    def affords(self, what: str) -> bool:
        """Return whether a measurement may be made now: one that is made for the first time may."""
        cost = self._costs.get(what, 0.0)
        now = self._clock()
        self._credit += self.share * (now - self._seen)
        self._credit = min(self._credit, max(LONGEST_CREDIT, cost))
        self._seen = now
        return self._credit >= cost

    def spend(self, what: str, make: Callable[[], _Found], free: bool = False) -> _Found:
        """Return what a measurement finds, and remember how long it took.

        One that is ``free`` is not paid for, and says nothing of later ones: a first look takes longer.
        """
        began = self._clock()
        try:
            return make()
        finally:
            took = self._clock() - began
            self.spent += took
            if not free:
                self._costs[what] = max(took, 0.5 * self._costs.get(what, 0.0))
                self._credit -= took
