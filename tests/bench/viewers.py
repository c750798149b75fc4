"""One run, many viewers: what fan-out costs the server, and whether one bad viewer hurts the others."""

from __future__ import annotations

import asyncio
import json
import struct
import time
from collections.abc import Callable

import numpy as np
import psutil

from slalom.catalogue.problems.surfaces import Bowl
from slalom.storage.store import Store
from slalom.wire.frames import Block, encode

from .measure import Row, percentile
from .server import Server, serving

VIEWERS = 500
RATE = 30  # frames a second
SECONDS = 8
ENTRIES = 128  # entries a frame: 8 columns x 1 run x 128 x 8 bytes = 8 KB
ACK_EVERY = 6
SPEC = {"problem": {"kind": "bowl"}, "runs": [{}], "steps": 1_000_000}


def rows() -> list[Row]:
    """Measure fan-out to 500 viewers, with one that died and one that froze for ten seconds."""
    with serving() as server:
        quiet = asyncio.run(watch(server, VIEWERS, dead=0))
    with serving() as server:
        troubled = asyncio.run(watch(server, VIEWERS, dead=1))
    with serving() as server:
        stale = asyncio.run(freeze(server, 10))
    share = quiet["received"] / quiet["sent"]
    worse = troubled["p99"] / quiet["p99"]
    return [
        Row("500 viewers x 30 frames/s x 8 KB: delivered", f"{share:.4f}", "1.00", share == 1),
        Row("  p99 age of a frame", f"{1e3 * quiet['p99']:.1f} ms", "<= 25 ms", quiet["p99"] <= 0.025),
        Row("  server", f"{100 * quiet['cpu']:.0f} % of a core", "<= 40 %", quiet["cpu"] <= 0.4),
        Row("  memory per viewer", f"{quiet['memory'] / 1e3:.0f} kB", "<= 40 kB", quiet["memory"] <= 40e3),
        Row("  with one dead viewer, p99", f"{worse:.2f} x", "<= 1.5 x", worse <= 1.5),
        Row("a viewer frozen for 10 s gets stale frames", f"{stale}", "<= 12", stale <= 12),
    ]


class Viewer(asyncio.Protocol):
    """A WebSocket client that does as little as possible: counts frames, notes their age, acknowledges."""

    def __init__(self, path: str, host: str, on_frame: Callable[[int, float], None]) -> None:
        self._path, self._host, self._on_frame = path, host, on_frame
        self._data, self._open = bytearray(), False

    def connection_made(self, transport) -> None:
        self.transport = transport
        lines = (
            f"GET {self._path} HTTP/1.1",
            f"Host: {self._host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Version: 13",
        )
        transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._open:
            end = self._data.find(b"\r\n\r\n")
            if end < 0:
                return
            self._open = True
            del self._data[: end + 4]
        while (frame := self._take()) is not None:
            kind, start, end = frame
            if kind == 2:
                self._note(start)
            elif kind == 9:
                self._send(0x8A, bytes(self._data[start:end]))
            del self._data[:end]

    def _take(self) -> tuple[int, int, int] | None:
        """Return (opcode, start, end) of the next whole message, None where more bytes are needed."""
        data = self._data
        if len(data) < 10:
            return None
        size, start = data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        return (data[0] & 15, start, start + size) if len(data) >= start + size else None

    def _note(self, start: int) -> None:
        head = self._data[start + 4 : start + 4 + struct.unpack_from("<I", self._data, start)[0]]
        header = json.loads(head)
        self._on_frame(header["seq"], header.get("t", 0.0))
        if header["seq"] % ACK_EVERY == 0:
            self.acknowledge(header["seq"])

    def acknowledge(self, seq: int) -> None:
        self._send(0x81, json.dumps({"ack": seq}).encode())

    def _send(self, first: int, data: bytes) -> None:
        self.transport.write(bytes((first, 0x80 | len(data), 0, 0, 0, 0)) + data)


async def connect(server: Server, path: str, on_frame: Callable[[int, float], None]) -> Viewer:
    """Return a viewer that is connected."""
    loop = asyncio.get_running_loop()
    host = f"127.0.0.1:{server.port}"
    _, viewer = await loop.create_connection(lambda: Viewer(path, host, on_frame), "127.0.0.1", server.port)
    return viewer


class Writer:
    """Plays the worker: an experiment of this process, to which chunks are appended at a steady rate."""

    def __init__(self, server: Server) -> None:
        self._store = Store.open(server.store)
        owner = "bench:0:0"
        self.id = self._store.experiments.create(kind="comparison", name="bench", spec=json.dumps(SPEC), owner=owner).id
        self._store.experiments.claim(self.id, owner)
        names = Bowl().columns
        self._block = Block(0, (0,), names, np.random.default_rng(0).normal(size=(len(names), 1, ENTRIES)))
        self.seq = 0

    def append(self) -> None:
        """Store one chunk that carries the time at which it was written."""
        self.seq += 1
        block = self._block._replace(step=(self.seq - 1) * ENTRIES)
        frame = encode(block, self.seq, t=time.monotonic())
        self._store.chunks.append(self.id, self.seq, frame, "[]", self.seq * ENTRIES)

    async def steadily(self, seconds: float, rate: float = RATE) -> None:
        """Append so many frames a second, for so many seconds."""
        begin = time.monotonic()
        for k in range(int(seconds * rate)):
            await asyncio.sleep(max(0.0, begin + k / rate - time.monotonic()))
            self.append()

    def close(self) -> None:
        """Finish the experiment."""
        self._store.experiments.finish(self.id, "done", "[]", None)
        self._store.close()


async def watch(server: Server, viewers: int, dead: int) -> dict[str, float]:
    """Return what was delivered, how old it was, and what it cost, without the first second."""
    writer, process = Writer(server), psutil.Process(server.pid)
    path = f"/api/experiments/{writer.id}/stream?detail=full"
    await asyncio.to_thread(writer.append)
    ages: list[float] = []
    counted = [0]

    def note(seq: int, sent: float) -> None:
        counted[0] += 1
        if seq > 1:
            ages.append(time.monotonic() - sent)

    before = process.memory_info().rss
    people = [await connect(server, path, note) for _ in range(viewers)]
    for _ in range(dead):
        (await connect(server, path, lambda *_: None)).transport.pause_reading()
    await asyncio.sleep(2)
    cpu, begin = sum(process.cpu_times()[:2]), time.monotonic()
    await writer.steadily(SECONDS)
    await asyncio.sleep(1)
    spent = (sum(process.cpu_times()[:2]) - cpu) / (time.monotonic() - begin)
    memory = (process.memory_info().rss - before) / viewers
    for viewer in people:
        viewer.transport.close()
    writer.close()
    return {
        "received": counted[0],
        "sent": writer.seq * viewers,
        "p99": percentile(ages, 0.99),
        "cpu": spent,
        "memory": memory,
    }


async def freeze(server: Server, seconds: float) -> int:
    """Return how many frames older than the newest a viewer gets after it did not read for so long."""
    writer, seen = Writer(server), []
    viewer = await connect(
        server, f"/api/experiments/{writer.id}/stream?detail=screen", lambda seq, sent: seen.append(seq)
    )
    await writer.steadily(1)
    viewer.transport.pause_reading()
    await writer.steadily(seconds)
    head, known = writer.seq, len(seen)
    viewer.transport.resume_reading()
    await writer.steadily(2)
    viewer.transport.close()
    writer.close()
    return sum(seq < head for seq in seen[known:])
