"""Hostile input by the thousand, over every route and both sockets of a real server: ``HOSTILE_BODIES``, 20 000."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from .bombard import PATIENCE, Tally, bombard
from .measure import Row, percentile
from .server import serving

BODIES = int(os.environ.get("HOSTILE_BODIES", "20000"))
SEED = int(os.environ.get("HOSTILE_SEED", "0"))
WARM_UP = 400
"""Bodies after which memory is compared: what is imported and cached once is no growth."""
ERROR = re.compile(r"^ *[\w.]+(?:Error|State|Disconnected?|Exception)\b.*", re.M)
"""The last line of a traceback."""


def rows() -> list[Row]:
    """Send bodies, and look at the server's answers, its health, its memory and its log meanwhile."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "log") as server,
        pinging(server.port) as taken,
    ):
        process = psutil.Process(server.pid)
        asyncio.run(bombard(server.port, WARM_UP, SEED + 1))
        time.sleep(2)
        taken()
        time.sleep(3)
        quiet, before, begin = taken(), process.memory_info().rss, time.monotonic()
        tally = asyncio.run(bombard(server.port, BODIES, SEED))
        seconds, ages = time.monotonic() - begin, taken()
        time.sleep(2)
        grown = (process.memory_info().rss - before) / 1e6
        log = (Path(folder) / "log").read_text(errors="replace")
    for fault in (tally.errors + tally.dropped)[:20]:
        print("   ", fault[:400])
    for line, count in Counter(ERROR.findall(log)).most_common(9):
        print(f"    {count} x {line[:300]}")
    health = [Row("  while nothing is sent", told(quiet), "", None), Row("  /healthz meanwhile", *slowest(ages))]
    traces = log.count("Traceback (most recent")
    memory = Row("  memory of the web process, growth", f"{grown:.1f} MB", "< 50 MB", grown < 50)
    return [*report(tally, seconds), *health, memory, Row("  tracebacks in the log", f"{traces}", "0", traces == 0)]


def report(tally: Tally, seconds: float) -> list[Row]:
    """Return what came of the bodies."""
    errors, dropped = len(tally.errors), len(tally.dropped)
    counts = [", ".join(f"{key} x {n:,}" for key, n in sorted(one.items())) for one in (tally.statuses, tally.codes)]
    return [
        Row(f"{tally.sent:,} hostile bodies in {seconds:.0f} s: server errors", f"{errors}", "0", errors == 0),
        Row("  dropped without a code, or never answered", f"{dropped}", "0", dropped == 0),
        Row(f"  answers: {counts[0]}", "", "", None),
        Row(f"  sockets: {counts[1]}", "", "", None),
    ]


def told(ages: list[float]) -> str:
    """Return how long answers took, as a figure."""
    p50, p99 = (1e3 * percentile(ages, share) for share in (0.5, 0.99))
    return f"slowest {1e3 * max(ages):.0f} ms, p99 {p99:.0f}, p50 {p50:.1f}"


def slowest(ages: list[float]) -> tuple[str, str, bool]:
    """Return a figure, its goal, and whether it is met."""
    return told(ages), "< 100 ms", max(ages) < 0.1


@contextlib.contextmanager
def pinging(port: int) -> Iterator[Callable[[], list[float]]]:
    """Ask /healthz all the time from a process of its own; yields what returns the seconds it took since last asked."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=ping_on, args=(port, theirs), daemon=True)
    process.start()

    def taken() -> list[float]:
        ours.send_bytes(b"?")
        return json.loads(ours.recv_bytes())

    try:
        yield taken
    finally:
        process.terminate()
        process.join()


def ping_on(port: int, answers: Connection) -> None:
    """Ask /healthz every 20 ms, and say how many seconds it took when asked."""
    ages: list[float] = []
    line = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    while True:
        begin = time.perf_counter()
        line.request("GET", "/healthz")
        line.getresponse().read()
        ages.append(time.perf_counter() - begin)
        if answers.poll(0.02):
            answers.recv_bytes()
            answers.send_bytes(json.dumps(ages).encode())
            ages = []
