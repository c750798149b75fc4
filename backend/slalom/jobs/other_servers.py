"""The other servers on the same store: which of them live, and which are gone."""

from __future__ import annotations

from collections.abc import Mapping

from .owner import is_gone
from .silence import Silences

ABSENT = 6.0
"""Seconds without a sign of life, which comes about every two, after which a server is given nothing."""


class OtherServers:
    """Which of them live, and which are gone: surely so, or silent for ``patience`` seconds."""

    def __init__(self, owner: str, patience: float) -> None:
        self._owner, self._patience = owner, patience
        self._signs = Silences()

    def gone(self, beats: Mapping[str, float]) -> list[str]:
        """Return the servers that are gone; ``beats`` has a number for each that changes with every sign of life."""
        self._signs.hear({owner: beat for owner, beat in beats.items() if owner != self._owner})
        silent = self._signs.silent(self._patience)
        found = [owner for owner in self._signs.known if is_gone(owner) or owner in silent]
        for owner in found:
            self._signs.forget(owner)
        return found

    def rest(self) -> None:
        """Count silence from now on only: nobody could have heard a sign."""
        self._signs.rest()

    @property
    def living(self) -> list[str]:
        """Those that may live: not surely gone, and not silent for too long."""
        return self._signs.known

    def heir(self) -> str | None:
        """Return the server that gave a sign of life last, None where none gave one lately."""
        return next((owner for owner in self._signs.latest(ABSENT) if not is_gone(owner)), None)
