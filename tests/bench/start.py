"""How long until the first answer: from ``slalom serve`` to a request that was answered."""

from __future__ import annotations

import statistics

from .measure import Row
from .server import serving

STARTS = 5


def rows() -> list[Row]:
    """Start the server several times."""
    times = []
    for _ in range(STARTS):
        with serving() as server:
            times.append(server.started)
    median = statistics.median(times)
    return [Row("slalom serve to the first answered request", f"{median:.2f} s", "<= 1 s", median <= 1)]
