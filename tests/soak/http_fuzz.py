"""A hundred thousand hostile requests over every route of a real server: nothing is its fault, and it does not grow."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil

from ..bench.bombard import SLOW, Tally, bombard
from ..bench.hostile import ERROR
from ..bench.measure import Row
from ..bench.server import serving

REQUESTS, AT_A_TIME, WARM_UP = 100_000, 500, 500
SEED = 6_000_000
GROWTH = 20e6
"""Bytes that the web process may grow by, once everything has been imported and cached."""


def rows(seconds: float) -> Iterator[Row]:
    """Send requests, a quarter of them over sockets, until there are enough."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "log", SLALOM_QUEUE_PER_CLIENT="1000") as server,
    ):
        begin, process = time.monotonic(), psutil.Process(server.pid)
        asyncio.run(bombard(server.port, WARM_UP, SEED - 1))
        before, tally = process.memory_info().rss, Tally()
        while tally.sent < REQUESTS and time.monotonic() - begin < seconds:
            added(tally, asyncio.run(bombard(server.port, AT_A_TIME, SEED + tally.sent)))
        time.sleep(2)
        took, grown = time.monotonic() - begin, process.memory_info().rss - before
        log = (Path(folder) / "log").read_text(errors="replace")
    for line in (*tally.errors, *tally.dropped, *tally.slow)[:20]:
        print("   ", line[:400])
    for line, count in Counter(ERROR.findall(log)).most_common(9):
        print(f"    {count} x {line[:300]}")
    answered = ", ".join(f"{status} x {n:,}" for status, n in sorted(tally.statuses.items()))
    errors, dropped, slow = len(tally.errors), len(tally.dropped), len(tally.slow)
    traces = log.count("Traceback (most recent")
    rate = f"{tally.sent / took:.0f} a second"
    yield Row(f"{tally.sent:,} hostile requests ({rate}): server errors", f"{errors}", "0", errors == 0)
    yield Row("  never answered", f"{dropped}", "0", dropped == 0)
    yield Row(f"  answered after more than {SLOW:.0f} s", f"{slow}", "0", slow == 0)
    yield Row("  memory of the web process, growth", f"{grown / 1e6:.1f} MB", "< 20 MB", grown < GROWTH)
    yield Row("  tracebacks in the log", f"{traces}", "0", traces == 0)
    yield Row(f"  answers: {answered}", "", "", None)


def added(tally: Tally, more: Tally) -> None:
    """Add what came of more requests."""
    tally.sent += more.sent
    tally.frames += more.frames
    tally.statuses += more.statuses
    tally.codes += more.codes
    for mine, others in ((tally.errors, more.errors), (tally.dropped, more.dropped), (tally.slow, more.slow)):
        mine.extend(others)
