"""The other servers on the same store, seen on this process's own clock: those of other machines differ and jump."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from .owner import is_gone

ABSENT = 6.0
"""Seconds without a sign of life, which comes about every two, after which a server is given nothing."""


@dataclass
class _Other:
    """Another server, and when it last gave a sign of life."""

    beat: float
    seen: float
    heard: bool = False
    """Whether it has given any: a server that was lost long ago may be listed as well."""


class OtherServers:
    """Which of them live, and which are gone: surely so, or silent for ``patience`` seconds."""

    def __init__(self, owner: str, patience: float) -> None:
        self._owner, self._patience = owner, patience
        self._others: dict[str, _Other] = {}

    def gone(self, beats: Mapping[str, float]) -> list[str]:
        """Return the servers that are gone; ``beats`` has a number for each that changes with every sign of life."""
        before, now = self._others, time.monotonic()
        self._others = {owner: _Other(beat, now) for owner, beat in beats.items() if owner != self._owner}
        for owner, other in self._others.items():
            if owner in before:
                other.heard = before[owner].heard or before[owner].beat != other.beat
            if owner in before and before[owner].beat == other.beat:
                other.seen = before[owner].seen
        found = [owner for owner, other in self._others.items() if is_gone(owner) or _silence(other) > self._patience]
        for owner in found:
            del self._others[owner]
        return found

    def rest(self) -> None:
        """Count silence from now on only: nobody could have heard a sign."""
        for other in self._others.values():
            other.seen = time.monotonic()

    @property
    def living(self) -> list[str]:
        """Those that may live: not surely gone, and not silent for too long."""
        return [*self._others]

    def heir(self) -> str | None:
        """Return the server that gave a sign of life last, None where none gave one lately."""
        lately = {
            owner: _silence(other)
            for owner, other in self._others.items()
            if other.heard and _silence(other) < ABSENT and not is_gone(owner)
        }
        return min(lately, key=lambda owner: lately[owner]) if lately else None


def _silence(other: _Other) -> float:
    return time.monotonic() - other.seen
