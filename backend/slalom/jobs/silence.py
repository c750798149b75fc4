"""How long others have been silent, seen on this process's own clock: those of other machines differ and jump."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass
class _Sign:
    """The last sign of life of somebody."""

    beat: float
    seen: float
    heard: bool = False
    """Whether it is known to have come lately: what is first heard of may have been lost long ago."""


class Silences:
    """When others gave a sign of life: a number for each, of which it only counts that it is another one."""

    def __init__(self) -> None:
        self._signs: dict[str, _Sign] = {}

    def hear(self, beats: Mapping[str, float]) -> None:
        """Take note of the present number of everybody; who is not named any more is forgotten."""
        before, now = self._signs, time.monotonic()
        self._signs = {who: _Sign(beat, now) for who, beat in beats.items()}
        for who, sign in self._signs.items():
            if (last := before.get(who)) is not None:
                sign.heard = last.heard or last.beat != sign.beat
                sign.seen = now if last.beat != sign.beat else last.seen

    def silent(self, seconds: float) -> dict[str, float]:
        """Return who has been silent for more than so many seconds, with their numbers."""
        return {who: sign.beat for who, sign in self._signs.items() if time.monotonic() - sign.seen > seconds}

    def latest(self, seconds: float) -> list[str]:
        """Return who gave a sign within so many seconds, the latest first."""
        now = time.monotonic()
        lately = {who: now - sign.seen for who, sign in self._signs.items() if sign.heard and now - sign.seen < seconds}
        return sorted(lately, key=lambda who: lately[who])

    def forget(self, who: str) -> None:
        """Expect nothing of somebody any more."""
        self._signs.pop(who, None)

    def rest(self) -> None:
        """Count silence from now on only: nobody could have heard a sign."""
        for sign in self._signs.values():
            sign.seen = time.monotonic()

    @property
    def known(self) -> list[str]:
        """Everybody who is not forgotten."""
        return [*self._signs]
