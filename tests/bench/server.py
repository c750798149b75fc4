"""A real server for a measurement: its own process, port and store, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PATIENCE = 120.0
"""Seconds that a server on a busy machine may take to start."""


class Server(NamedTuple):
    """Where a running server is."""

    port: int
    store: str
    pid: int
    started: float
    """Seconds from the start of the process to its first answer."""

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def serving(log: Path | None = None, **settings: str) -> Iterator[Server]:
    """Yield a server that has answered once; ``settings`` are environment variables, ``log`` a file for complaints."""
    with open(log or os.devnull, "wb") as complaints, tempfile.TemporaryDirectory() as folder:
        port, store = free_port(), f"sqlite:///{Path(folder) / 'bench.db'}"
        environ = os.environ | {"SLALOM_STORE": store, "SLALOM_PORT": str(port)} | settings
        begin = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "slalom", "serve"], env=environ, stdout=subprocess.DEVNULL, stderr=complaints
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", begin + PATIENCE)
            yield Server(port, store, process.pid, time.perf_counter() - begin)
        finally:
            process.terminate()
            process.wait(10)


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url: str, deadline: float) -> None:
    """Return once the address answers."""
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            if time.perf_counter() > deadline:
                raise
            time.sleep(0.005)
