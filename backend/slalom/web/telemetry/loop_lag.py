"""How late an event loop comes to what is due: while it is late, nobody is answered and no frame is sent."""

from __future__ import annotations

import asyncio
from collections import deque

EVERY = 0.25
"""Seconds between two looks."""
MINUTE = round(60 / EVERY)


class LoopLag:
    """Looks again and again at how late it is woken."""

    def __init__(self) -> None:
        self._late: deque[float] = deque(maxlen=MINUTE)

    async def watch(self) -> None:
        """Look until this task is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY
            await asyncio.sleep(EVERY)
            self._late.append(loop.time() - due)

    @property
    def worst(self) -> float:
        """Seconds that it came late at most, within the last minute."""
        return max(self._late, default=0.0)
