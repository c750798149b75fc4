"""How long until the first answer: from ``slalom serve`` to a request that was answered."""

from __future__ import annotations

import statistics
import time

from .measure import Row
from .server import serving

STARTS = 5
PAUSE = 8.0  # seconds: the last of the previous server's processes ends when it has loaded torch


def rows() -> list[Row]:
    """Start the server several times."""
    times = []
    for _ in range(STARTS):
        with serving() as server:
            times.append(server.started)
        time.sleep(PAUSE)
    median = statistics.median(times)
    return [Row("slalom serve to the first answered request", f"{median:.2f} s", "<= 1 s", median <= 1)]
