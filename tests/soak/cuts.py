"""A stream that is cut, frozen, sliced and delayed by a proxy, often: nothing is missing and nothing double."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import Iterator

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from ..bench.measure import Row, percentile
from ..bench.server import Server, serving
from ..traces import header_of

CUTS, SIDE_BY_SIDE, LATENCY = 10_000, 16, 0.3
SPEC = {
    "problem": {"kind": "rosenbrock"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 1e-3}}],
    "steps": 20_000,
}
WAYS = ("reset", "end", "freeze", "slices", "late")


def rows(seconds: float) -> Iterator[Row]:
    """Cut viewers of one stored experiment of 20,000 steps until they have been cut 10,000 times."""
    with serving() as server:
        id = httpx.post(f"{server.url}/api/experiments", json=SPEC, timeout=60).json()["id"]
        httpx.get(f"{server.url}/api/experiments/{id}?wait=60", timeout=70)
        farm = Farm(server, id, time.monotonic() + seconds)
        began = time.monotonic()
        asyncio.run(farm.run())
        rate = farm.cuts / (time.monotonic() - began)
    yield Row(f"{farm.cuts:,} cuts of {CUTS:,}: frames missing or double", f"{farm.wrong}", "0", farm.wrong == 0)
    yield Row("  whole traces put together", f"{farm.whole:,} ({rate:.0f} cuts/s)", "", None)
    resumed = percentile(farm.resumed, 0.95) if farm.resumed else float("inf")
    yield Row("  first frame after a cut, p95", f"{1e3 * resumed:.0f} ms", "< 300 ms", resumed < 0.3)


class Farm:
    """Viewers, each behind a proxy of its own."""

    def __init__(self, server: Server, id: str, until: float) -> None:
        self._server, self._id, self._until = server, id, until
        self.cuts = self.whole = self.wrong = 0
        self.resumed: list[float] = []

    async def run(self) -> None:
        """Follow the experiment from many sides until all cuts are made or the time is over."""
        await asyncio.gather(*(self._follow(random.Random(i)) for i in range(SIDE_BY_SIDE)))

    async def _follow(self, chance: random.Random) -> None:
        async with _proxied(self._server.port, chance) as proxy:
            while self.cuts < CUTS and time.monotonic() < self._until:
                await self._once(proxy, chance)

    async def _once(self, proxy: Proxy, chance: random.Random) -> None:
        """Put one whole trace together, over however many connections it takes."""
        have, done, lost_at = 0, False, None
        while not done and time.monotonic() < self._until:
            proxy.plan(None if self.cuts >= CUTS else chance.choice(WAYS))
            address = f"ws://127.0.0.1:{proxy.port}/api/experiments/{self._id}/stream?after={have}"
            with contextlib.suppress(OSError, WebSocketException, TimeoutError, EOFError):
                async with asyncio.timeout(2), connect(address, max_size=None, open_timeout=2) as viewer:
                    async for message in viewer:
                        if isinstance(message, str):
                            done = '"type":"done"' in message
                            continue
                        header = header_of(message)
                        self.wrong += header["first"] != have + 1
                        have = header["seq"]
                        if lost_at is not None and proxy.way != "late":
                            self.resumed.append(time.monotonic() - lost_at)
                        lost_at = None
                        await viewer.send(f'{{"ack": {have}}}')
            if not done:
                self.cuts += 1
                lost_at = time.monotonic()
        self.whole += done


@contextlib.asynccontextmanager
async def _proxied(port: int, chance: random.Random):
    proxy = Proxy(port, chance)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()


class Proxy:
    """A TCP proxy that misbehaves once per connection, after a random number of bytes."""

    def __init__(self, upstream: int, chance: random.Random) -> None:
        self._upstream, self._chance = upstream, chance
        self.port = 0
        self.way: str | None = None

    def plan(self, way: str | None) -> None:
        """Say how the next connection goes wrong; None: not at all."""
        self.way = way

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what both sides say, up to the cut."""
        way, left = self.way, int(2 ** self._chance.uniform(9, 21))
        theirs, ours = await asyncio.open_connection("127.0.0.1", self._upstream)
        up = asyncio.create_task(_copy(reader, ours))
        try:
            while data := await theirs.read(1 if way == "slices" and left < 4096 else 65536):
                if way == "late":
                    await asyncio.sleep(LATENCY)
                if way is not None and (left := left - len(data)) < 0:
                    await self._cut(way, writer)
                    return
                writer.write(data)
                await writer.drain()
        except OSError:
            return
        finally:
            up.cancel()
            ours.close()
            writer.close()

    async def _cut(self, way: str, writer: asyncio.StreamWriter) -> None:
        if way == "freeze":
            await asyncio.sleep(2.5)  # Longer than the viewer waits.
        elif way == "reset":
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
