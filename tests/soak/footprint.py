"""What experiments of every kind take of memory at most, beside what is estimated before they are let in."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ..bench.measure import Row


def rows(seconds: float) -> Iterator[Row]:
    """Compute one of every kind, and compare."""
    sys.path.append(str(Path(__file__).parents[1]))
    from peak_memory import KINDS, estimated, peak

    until = time.monotonic() + seconds
    for name, spec in KINDS.items():
        if time.monotonic() > until:
            return
        about = estimated(spec)
        found = peak(spec)
        took = f"{found.status}, {found.most / 2**20:,.0f} of {about / 2**20:,.0f} MB"
        yield Row(name, took, "done, not more than estimated", found.status == "done" and found.most <= about)
