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
from ..bench.server import Server, serving
from .http_fuzz import added

FRAMES, AT_A_TIME = 100_000, 500
SEED = 7_000_000
SPEC = {"problem": {"kind": "bowl"}, "runs": [{}], "steps": 200}
SECRET = "a secret of the fuzz"
ROOM = {"SLALOM_MODE": "class", "SLALOM_HOST": "127.0.0.1", "SLALOM_TOKEN": SECRET}
TEACHER = {"Authorization": f"Bearer {SECRET}"}


def rows(seconds: float) -> Iterator[Row]:
    """Send frames: text that fits or does not, binary, fragments, control frames, and what is no frame or no UTF-8.

    First on previews and streams, then, as a teacher and as a student in turn, on the socket of a room.
    """
    yield from _fuzzed("previews and streams", {}, seconds * 2 / 3)
    yield from _fuzzed("the room", ROOM, seconds / 3)


def _fuzzed(where: str, settings: dict[str, str], seconds: float) -> Iterator[Row]:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "log", **settings) as server,
        pinging(server.port) as taken,
    ):
        members: list[dict[str, str] | None] = [*_members(server)] if settings else [None]
        if not settings:
            httpx.post(f"{server.url}/api/experiments", json=SPEC, timeout=60).raise_for_status()
        begin, tally, turn = time.monotonic(), Tally(), 0
        taken()
        while tally.frames < FRAMES and time.monotonic() - begin < seconds:
            member = members[turn % len(members)]
            turn += 1
            added(tally, asyncio.run(bombard(server.port, AT_A_TIME, SEED + tally.frames, 1, member)))
        took, ages = time.monotonic() - begin, taken()
        log = (Path(folder) / "log").read_text(errors="replace")
    for line in (*tally.errors, *tally.dropped)[:20]:
        print("   ", line[:400])
    errors, dropped, traces = len(tally.errors), len(tally.dropped), log.count("Traceback (most recent")
    rate = f"{tally.frames / took:.0f} a second"
    what = f"{where}: {tally.frames:,} frames on {tally.sent:,} sockets ({rate})"
    yield Row(f"{what}: faults", f"{errors}", "0", errors == 0)
    yield Row("  sockets that ended without a code", f"{dropped}", "0", dropped == 0)
    yield Row("  tracebacks in the log", f"{traces}", "0", traces == 0)
    yield Row("  /healthz meanwhile", *slowest(ages))
    yield Row(f"  closed with: {', '.join(f'{code} x {n:,}' for code, n in sorted(tally.codes.items()))}", "", "", None)


def _members(server: Server) -> list[dict[str, str]]:
    """Return the headers of a teacher, and of a student who has joined."""
    code = httpx.get(f"{server.url}/api/room", headers=TEACHER, timeout=60).raise_for_status().json()["code"]
    joined = httpx.post(f"{server.url}/api/room/join", json={"code": code}, timeout=60).raise_for_status()
    cookie = "; ".join(f"{name}={value}" for name, value in joined.cookies.items())
    return [TEACHER, {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}]
