"""The time budget of a watched loop: measuring waits until it has earned what it takes, so the loop is never slowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import TypeVar

_Found = TypeVar("_Found")

LONGEST_CREDIT = 0.25
"""Seconds of measuring that may be saved up, or owed, unless one measurement takes longer."""


FIRST_ASKED = 4
"""Updates at the beginning that are all asked."""
OFTEN_ASKED = 8
"""Later every so manieth is: asking takes time, too."""


class MeasuringAccount:
    """What one kind of measurement has earned, and what it costs."""

    def __init__(self, weight: float, seen: float) -> None:
        self.weight: float = weight
        """Its part of what is left of the share."""
        self.credit: float = 0.0
        """Seconds."""
        self.cost: float | None = None
        """Seconds that it takes, lately; None before the first measurement, 0 after it: that one takes longer."""
        self.seen: float = seen
        self.hooks: float = 0.0
        """Until when time, and what the hooks took of it, have been counted."""


class TimeBudget:
    """A share of the time that passes: the hooks are paid from it first, and what is left is shared by measurements."""

    def __init__(self, share: float, accounts: Mapping[str, float], clock: Callable[[], float] = perf_counter) -> None:
        """``accounts``: by kind of measurement its part of what is left; together 1."""
        self.share: float = share
        self._clock, self._began = clock, clock()
        self.spent: float = 0.0
        """Seconds that all measurements have taken."""
        self.own: float = 0.0
        """Seconds in hooks, measurements included."""
        self.every: int = OFTEN_ASKED
        """Every so manieth update, besides the first few, it is asked what may be measured."""
        self._accounts = {what: MeasuringAccount(part, clock()) for what, part in accounts.items()}

    @property
    def taken(self) -> float:
        """The share of the time until now that hooks and measurements have taken."""
        return self.own / max(self._clock() - self._began, 1e-9)

    def is_asked(self, update: int) -> bool:
        """Return whether it is asked at all before an update."""
        return update < FIRST_ASKED or update % self.every == 0

    def affords(self, what: str, urgent: bool = False) -> bool:
        """Return whether a measurement may be made now; the first one of its kind may.

        One that is ``urgent`` may be made on credit, which later ones pay back.
        """
        account = self._accounts.get(what)
        if account is None:
            return False
        now, hooks, cost = self._clock(), self.own - self.spent, account.cost or 0.0
        most = max(LONGEST_CREDIT, cost)
        earned = account.weight * (self.share * (now - account.seen) - (hooks - account.hooks))
        account.credit = min(max(account.credit + earned, -most), most)
        account.seen, account.hooks = now, hooks
        return account.cost is None or account.credit >= (0.0 if urgent else cost)

    def spend(self, what: str, make: Callable[[], _Found]) -> _Found:
        """Return what a measurement finds, and pay for it; the first one of its kind is not paid for."""
        account, began = self._accounts[what], self._clock()
        try:
            return make()
        finally:
            took = self._clock() - began
            self.spent += took
            if account.cost is None:
                account.cost = 0.0
            else:
                account.cost = 0.5 * (account.cost + took) if account.cost else took
                account.credit -= took
