"""What experiments of every kind take of memory at most, beside what is estimated before they are let in."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from slalom.catalogue.footprint import READY_BYTES

from ..bench.measure import Row

M = 2**20


def rows(seconds: float) -> Iterator[Row]:
    """Compute one of every kind, and compare."""
    sys.path.append(str(Path(__file__).parents[1]))
    from peak_memory import GENEROUS, KINDS, estimated, peak

    until = time.monotonic() + seconds
    for name, spec in KINDS.items():
        if time.monotonic() > until:
            return
        about = estimated(spec)
        found = peak(spec)
        own, of = found.most - found.before, about - READY_BYTES
        took = f"{found.status}, {found.most / M:,.0f} of {about / M:,.0f} MB; its own {own / M:,.0f} of {of / M:,.0f}"
        goal = f"done, not more than estimated, nor less than a part in {GENEROUS:g} of its own"
        yield Row(name, took, goal, found.status == "done" and found.suits(about))
