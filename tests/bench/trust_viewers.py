"""What one viewer can cost the server: that stalls, that comes late, that acknowledges much, that sends only pings."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import psutil
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from ..traces import header_of
from .measure import Row
from .server import Server, serving

STALLED, FLOODING = 10, 20
SECONDS = 25.0  # of pings
STEPS = 100
WIDE = {
    "problem": {"kind": "quadratic", "eigenvalues": [1 + i for i in range(64)]},
    "runs": [{"optimizer": {"kind": "sgd"}}],
    "vary": [{"field": "run.optimizer.lr", "from": 1e-4, "to": 3e-2, "scale": "log", "n": 4096}],
    "steps": STEPS,
}
LONG = {"problem": {"kind": "rosenbrock"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 1e-3}}], "steps": 300_000}
PING = b"\x89\x80\x00\x00\x00\x00"


def rows() -> list[Row]:
    """Measure viewers of 4,096 runs with 64 parameters, a reader that acknowledges every frame, and floods of pings."""
    with serving() as server:
        wide = finished(server, WIDE)
        first, memory = late(server, wide)
        stalled = stalling(server, wide)
        code, frames = acknowledging(server, finished(server, LONG))
    with serving() as server:
        pings, slowest = flooding(server, finished(server, LONG | {"steps": 100}))
    return [
        Row("a stalled viewer of 4,096 runs x 64 parameters", f"{stalled / 1e6:.2f} MB", "< 2 MB", stalled < 2e6),
        Row("a late screen viewer of it: memory", f"{memory / 1e6:.0f} MB", "< 100 MB", memory < 100e6),
        Row("  first frame", f"{first:.2f} s", "< 1 s", first < 1),
        Row(f"every one of {frames} frames acknowledged: closed with", f"{code}", "1000", code == 1000),
        Row(
            f"{FLOODING} sockets of pings for {SECONDS:.0f} s: memory", f"{pings / 1e6:.1f} MB", "< 20 MB", pings < 20e6
        ),
        Row("  slowest answer of /healthz", f"{1e3 * slowest:.0f} ms", "", None),
    ]


def finished(server: Server, spec: dict[str, object]) -> str:
    """Return the id of an experiment that has ended."""
    id = httpx.post(f"{server.url}/api/experiments", json=spec, timeout=60).raise_for_status().json()["id"]
    answer = httpx.get(f"{server.url}/api/experiments/{id}?wait=300", timeout=310).json()
    assert answer["status"] == "done", answer["error"]
    return id


def address(server: Server, id: str, query: str) -> str:
    """Return where a stream is."""
    return f"ws://127.0.0.1:{server.port}/api/experiments/{id}/stream?{query}"


@contextlib.contextmanager
def peak(server: Server) -> Iterator[list[float]]:
    """Yield a list that ends up with the most memory that the server took meanwhile, less what it took before."""
    process, found, over = psutil.Process(server.pid), [0.0], threading.Event()
    before = process.memory_info().rss

    def look() -> None:
        while not over.wait(0.005):
            found[0] = max(found[0], process.memory_info().rss - before)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def late(server: Server, id: str) -> tuple[float, float]:
    """Return when the first frame of a finished experiment has come, and the memory that all of it took."""
    with peak(server) as memory:
        started, first = time.perf_counter(), 0.0
        with contextlib.suppress(ConnectionClosed), connect(address(server, id, "detail=screen"), max_size=None) as one:
            while True:
                message = one.recv(timeout=120)
                if isinstance(message, bytes):
                    first = first or time.perf_counter() - started
                    one.send(json.dumps({"ack": header_of(message)["seq"]}))
    return first, memory[0]


def stalling(server: Server, id: str) -> float:
    """Return the memory that one viewer takes who never reads."""
    process = psutil.Process(server.pid)
    before, held = process.memory_info().rss, []
    for _ in range(STALLED):
        held.append(raw(server, id))
    time.sleep(5)
    grown = process.memory_info().rss - before
    for one in held:
        one.close()
    return grown / STALLED


def raw(server: Server, id: str, query: str = "ack=0") -> socket.socket:
    """Return a connection on which a stream was asked for and nothing is read."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect(("127.0.0.1", server.port))
    lines = (
        f"GET /api/experiments/{id}/stream?{query} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
        "Sec-WebSocket-Version: 13",
    )
    one.sendall("\r\n".join((*lines, "", "")).encode())
    return one


def acknowledging(server: Server, id: str) -> tuple[int | None, int]:
    """Return how a viewer is closed that acknowledges every frame at once, and how many frames it saw."""
    frames = 0
    with connect(address(server, id, "detail=full"), max_size=None) as one:
        with contextlib.suppress(ConnectionClosed):
            while True:
                message = one.recv(timeout=60)
                if isinstance(message, bytes):
                    frames += 1
                    one.send(json.dumps({"ack": header_of(message)["seq"]}))
        return one.protocol.close_code, frames


def flooding(server: Server, id: str) -> tuple[float, float]:
    """Return the memory and the slowest answer while many sockets send pings as fast as they can, and read nothing."""
    sockets = [raw(server, id, "after=0") for _ in range(FLOODING)]
    until, slowest = time.monotonic() + SECONDS, 0.0
    senders = [threading.Thread(target=send, args=(one, until)) for one in sockets]
    with peak(server) as memory, httpx.Client(timeout=60) as client:
        for sender in senders:
            sender.start()
        while time.monotonic() < until:
            started = time.perf_counter()
            client.get(f"{server.url}/healthz").raise_for_status()
            slowest = max(slowest, time.perf_counter() - started)
            time.sleep(0.02)
        for sender in senders:
            sender.join()
    for one in sockets:
        one.close()
    return memory[0], slowest


def send(one: socket.socket, until: float) -> None:
    """Send pings for as long as the other side takes them."""
    one.settimeout(0.2)
    while time.monotonic() < until:
        try:
            one.send(PING * 10_000)
        except TimeoutError:
            os.sched_yield()
        except OSError:
            return
