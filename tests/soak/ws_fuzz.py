"""A hundred thousand hostile frames on the sockets of a real server, which answers others all the while."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from ..bench.bombard import Tally, bombard
from ..bench.hostile import pinging, slowest
from ..bench.measure import Row
from ..bench.server import serving
from .http_fuzz import added

FRAMES, AT_A_TIME = 100_000, 500
SEED = 7_000_000
SPEC = {"problem": {"kind": "bowl"}, "runs": [{}], "steps": 200}


def rows(seconds: float) -> Iterator[Row]:
    """Send frames: text that fits or does not, binary, fragments, control frames, and what is no frame or no UTF-8."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "log") as server,
        pinging(server.port) as taken,
    ):
        httpx.post(f"{server.url}/api/experiments", json=SPEC, timeout=60).raise_for_status()
        begin, tally = time.monotonic(), Tally()
        taken()
        while tally.frames < FRAMES and time.monotonic() - begin < seconds:
            added(tally, asyncio.run(bombard(server.port, AT_A_TIME, SEED + tally.frames, sockets=1)))
        took, ages = time.monotonic() - begin, taken()
        log = (Path(folder) / "log").read_text(errors="replace")
    for line in (*tally.errors, *tally.dropped)[:20]:
        print("   ", line[:400])
    errors, dropped, traces = len(tally.errors), len(tally.dropped), log.count("Traceback (most recent")
    rate = f"{tally.frames / took:.0f} a second"
    yield Row(f"{tally.frames:,} frames on {tally.sent:,} sockets ({rate}): faults", f"{errors}", "0", errors == 0)
    yield Row("  sockets that ended without a code", f"{dropped}", "0", dropped == 0)
    yield Row("  tracebacks in the log", f"{traces}", "0", traces == 0)
    yield Row("  /healthz meanwhile", *slowest(ages))
    yield Row(f"  closed with: {', '.join(f'{code} x {n:,}' for code, n in sorted(tally.codes.items()))}", "", "", None)
