"""Races of cancelling, stops with many viewers, and clients that vanish without a word."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from ..bench.measure import Row
from ..bench.server import free_port, serving, wait_for

RULES, PER_EXAMPLE = 10_000, 50
VIEWERS, VANISHED = 200, 200
CLOSED_WITHIN = 40.0
UPGRADE = (
    b"GET /api/preview HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)
LONG = {
    "problem": {"kind": "rosenbrock"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 1e-6}}],
    "steps": 1_000_000,
}


def rows(seconds: float) -> Iterator[Row]:
    """Try each for its part of the time."""
    yield from races(seconds / 2)
    yield from stopped()
    yield from vanished()


def races(seconds: float) -> Iterator[Row]:
    """Try random orders of wishes and endings against a model of the store."""
    from hypothesis import HealthCheck, settings
    from hypothesis.stateful import run_state_machine_as_test

    sys.path.append(str(Path(__file__).parents[1] / "storage"))
    from test_cancel_races import Races

    rules, began, failures = 0, time.monotonic(), 0
    while rules < RULES and time.monotonic() - began < seconds:
        about = settings(
            max_examples=20,
            stateful_step_count=PER_EXAMPLE,
            deadline=None,
            database=None,
            suppress_health_check=[*HealthCheck],
        )
        try:
            run_state_machine_as_test(Races, settings=about)
        except AssertionError:
            failures += 1
        rules += 20 * PER_EXAMPLE
    rate = rules / (time.monotonic() - began)
    yield Row(f"about {rules:,} rules of {RULES:,}: wrong states", f"{failures}", "0", failures == 0)
    yield Row("  rules a second", f"{rate:.0f}", "", None)


def stopped() -> Iterator[Row]:
    """Ask a server with 200 viewers to stop."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        port = free_port()
        environ = os.environ | {"SLALOM_STORE": f"{folder}/slalom.db", "SLALOM_PORT": str(port)}
        process = subprocess.Popen([sys.executable, "-m", "slalom", "serve"], env=environ, stdout=subprocess.DEVNULL)
        wait_for(f"http://127.0.0.1:{port}/healthz", time.perf_counter() + 60)
        id = httpx.post(f"http://127.0.0.1:{port}/api/experiments", json=LONG, timeout=30).json()["id"]
        address = f"ws://127.0.0.1:{port}/api/experiments/{id}/stream?detail=screen"
        viewers = [stack.enter_context(connect(address)) for _ in range(VIEWERS)]
        codes: Counter[int | None] = Counter()

        def follow(i: int) -> None:
            try:
                for _ in viewers[i]:
                    pass
            except ConnectionClosed as closed:
                codes[closed.rcvd and closed.rcvd.code] += 1

        threads = [threading.Thread(target=follow, args=(i,)) for i in range(VIEWERS)]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        took = time.monotonic() - began
        for thread in threads:
            thread.join()
    yield Row(f"SIGTERM with {VIEWERS} viewers: told 1012", f"{codes[1012]}", f"{VIEWERS}", codes[1012] == VIEWERS)
    yield Row("  exit code, and seconds", f"{code}, {took:.1f} s", "0, < 5 s", code == 0 and took < 5)


def vanished() -> Iterator[Row]:
    """Let viewers and clients say nothing more, as if their machines were asleep, and wait until they are closed."""
    with serving() as server:
        said = (UPGRADE, b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(VANISHED)]
        for i, one in enumerate(silent):
            one.sendall(said[i % 2])
        began, opened = time.monotonic(), set(silent)
        while opened and time.monotonic() - began < CLOSED_WITHIN + 10:
            time.sleep(0.5)
            opened = {one for one in opened if not _ended(one)}
        took = time.monotonic() - began
        for one in silent:
            one.close()
    met = not opened and took <= CLOSED_WITHIN
    yield Row(f"{VANISHED} clients that vanished: all closed after", f"{took:.1f} s", f"<= {CLOSED_WITHIN:.0f} s", met)


def _ended(one: socket.socket) -> bool:
    """Return whether the server has closed a connection; what it says is read, and pings are not answered."""
    one.setblocking(False)
    try:
        while data := one.recv(65536):
            del data
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
