"""Five hundred viewers of one run for a minute: nothing is lost; and neither do slow and stalled ones change that."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil

from ..bench.measure import Row, percentile
from ..bench.server import Server, serving
from ..bench.trust_viewers import peak, raw
from ..bench.viewers import Viewer, Writer, connect

VIEWERS, SLOW, STALLED = 500, 50, 1
RATE, SECONDS = 20.0, 60.0
TRICKLE, SIP = 8000, 0.25
"""Bytes a second that a slow viewer reads, and seconds between two of its sips."""
PATIENT = 30
"""Seconds after the last frame in which all must have come."""
PATIENCE = 45.0
"""Seconds after which who never reads must have been closed: a ping every 20 s may stay unanswered for 20 s."""
AGE, MEMORY, EACH = 0.25, 400e6, 2 * 2**20


def rows(seconds: float) -> Iterator[Row]:
    """Watch with healthy viewers only, then with some that read slowly and one that never reads."""
    length = max(5.0, min(SECONDS, seconds / 2 - 15))
    with serving() as server:
        quiet = asyncio.run(watch(server, length, slow=0, stalled=0))
    with serving() as server:
        troubled = asyncio.run(watch(server, length, slow=SLOW, stalled=STALLED))
    what = f"{VIEWERS} viewers x {RATE:.0f} frames/s x {length:.0f} s: {quiet.frames:,} frames"
    yield from told(what, quiet)
    healthy = f"{troubled.healthy} of them, with {SLOW} slow ({TRICKLE / 1000:.0f} kB/s) and {STALLED} stalled"
    yield from told(f"{healthy}: {troubled.frames:,} frames", troubled)
    more = (troubled.memory - quiet.memory) / (SLOW + STALLED)
    yield Row("  memory for each that is slow or stalled", f"{more / 1e6:.2f} MB", "< 2 MiB", more < EACH)
    yield Row("  frames that the slow ones saw", f"{troubled.sipped:,}", "", None)
    closed = troubled.closed_after
    figure = "not yet" if closed is None else f"after {closed:.0f} s"
    due = length + 2 >= PATIENCE
    yield Row("  the stalled one is closed", figure, f"<= {PATIENCE:.0f} s", closed is not None if due else None)


def told(what: str, watched: Watched) -> Iterator[Row]:
    """Yield what became of the healthy viewers."""
    lost, wrong = watched.lost, watched.wrong
    age, memory = percentile(watched.ages, 0.99), watched.memory
    yield Row(f"{what}: lost", f"{lost}", "0", lost == 0)
    yield Row("  twice or out of order", f"{wrong}", "0", wrong == 0)
    yield Row("  p99 age of a frame", f"{1e3 * age:.0f} ms", "< 250 ms", age < AGE)
    yield Row("  memory of the web process", f"{watched.rss / 1e6:.0f} MB", "< 400 MB", watched.rss < MEMORY)
    yield Row("    of that since before they came", f"{memory / 1e6:.0f} MB", "", None)


@dataclass
class Watched:
    """What became of the healthy viewers, and of the others."""

    healthy: int
    last: list[int]
    """Of every healthy viewer, the last frame."""
    frames: int = 0
    wrong: int = 0
    lost: int = 0
    ages: list[float] = field(default_factory=list)
    memory: float = 0.0
    rss: float = 0.0
    sipped: int = 0
    closed_after: float | None = None

    def note(self, who: int, seq: int, sent: float) -> None:
        """Take note of a frame; one that comes too early leaves a gap that is counted as lost."""
        self.frames += 1
        self.lost += max(0, seq - self.last[who] - 1)
        self.wrong += seq <= self.last[who]
        self.last[who] = max(seq, self.last[who])
        if seq > 1:
            self.ages.append(time.monotonic() - sent)


async def watch(server: Server, seconds: float, slow: int, stalled: int) -> Watched:
    """Return what viewers got while frames were written at a steady rate."""
    writer, process = Writer(server), psutil.Process(server.pid)
    path = f"/api/experiments/{writer.id}/stream?detail=full"
    await asyncio.to_thread(writer.append)
    healthy = VIEWERS - slow - stalled
    found = Watched(healthy, [0] * healthy)
    with peak(server) as memory:
        people = [
            await connect(server, path, lambda seq, sent, who=who: found.note(who, seq, sent)) for who in range(healthy)
        ]
        others = [asyncio.create_task(sip(server, writer.id, found)) for _ in range(slow)]
        others += [asyncio.create_task(stall(server, writer.id, found)) for _ in range(stalled)]
        await asyncio.sleep(2)
        await writer.steadily(seconds, RATE)
        for _ in range(PATIENT):  # Who is late has lost nothing; the age of what comes says how late it was.
            await asyncio.sleep(1)
            if min(found.last) == writer.seq:
                break
    found.rss, found.memory = process.memory_info().rss, memory[0]
    found.lost += sum(writer.seq - last for last in found.last)
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for viewer in people:
        viewer.transport.close()
    writer.close()
    return found


class Trickle:
    """Takes the part of a transport for a socket that is read a little at a time."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line

    def write(self, data: bytes) -> None:
        """Send a few bytes."""
        self.line.sendall(data)


async def sip(server: Server, id: str, found: Watched) -> None:
    """Be a viewer who reads TRICKLE bytes a second, as the page does: thinned out, and acknowledged."""
    line = raw(server, id, "detail=screen")

    def saw(*_: object) -> None:
        found.sipped += 1

    viewer = Viewer("", "", saw)
    viewer.transport = Trickle(line)
    line.setblocking(False)
    try:
        while True:
            await asyncio.sleep(SIP)
            try:
                data = line.recv(int(TRICKLE * SIP))
            except BlockingIOError:
                continue
            if not data:
                return
            viewer.data_received(data)
    finally:
        line.close()


async def stall(server: Server, id: str, found: Watched) -> None:
    """Ask for a stream, read nothing, and note when the server gives up."""
    line, begin = raw(server, id), time.monotonic()
    try:
        for kept in (True, False):
            while is_kept(server, line) is not kept:
                await asyncio.sleep(1)
        found.closed_after = time.monotonic() - begin
    finally:
        line.close()


def is_kept(server: Server, line: socket.socket) -> bool:
    """Return whether the server still has its end of a connection, without reading from it."""
    mine = line.getsockname()
    return any(one.raddr == mine for one in psutil.Process(server.pid).net_connections("tcp4"))
