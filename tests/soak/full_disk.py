"""A disk that runs full under a server, again and again: it says so, loses nothing, and goes on once there is room."""

from __future__ import annotations

import contextlib
import resource
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from ..bench.measure import Row
from ..bench.server import Server, serving

ROUNDS = 50
SIZE = 256 * 2**20
PATIENCE = 60.0
BLOCK = b"x" * 4096
SHORT = {"problem": {"kind": "bowl"}, "runs": [{}], "steps": 200}
LONG = {"problem": {"kind": "rosenbrock"}, "runs": [{"optimizer": {"kind": "adam"}}], "steps": 1_000_000}


def rows(seconds: float) -> Iterator[Row]:
    """Fill the disk, look at what is said and kept, and make room, as often as there is time for."""
    with tempfile.TemporaryDirectory() as folder:
        disk = Tmpfs(Path(folder)) if _mounted(folder) else Bounded(Path(folder))
        try:
            settings = {"SLALOM_STORE": f"sqlite:///{folder}/slalom.db", "SLALOM_FREE_BYTES": "1"}
            with tempfile.TemporaryDirectory() as logs, serving(Path(logs) / "log", **settings) as server:
                trial = Trial(server, disk)
                yield from trial.rows(seconds)
                traces = (Path(logs) / "log").read_text().count("Traceback (most recent")
        finally:
            disk.close()
    yield Row("  tracebacks in the log", f"{traces}", "0", traces == 0)


class Tmpfs:
    """A small disk of its own, which a ballast fills."""

    name = "a tmpfs"

    def __init__(self, folder: Path) -> None:
        self._folder, self._ballast = folder, folder / "ballast"

    def fill(self, server: int) -> None:
        """Leave nothing."""
        del server
        with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as file:
            while True:
                file.write(BLOCK)

    def empty(self, server: int) -> None:
        """Make room."""
        del server
        self._ballast.unlink()

    def close(self) -> None:
        """Unmount it."""
        subprocess.run(["umount", "-l", self._folder], check=True)


class Bounded:
    """The same where nothing may be mounted: no file may be larger than the store's are."""

    name = "bounded files"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fill(self, server: int) -> None:
        """Let no file grow."""
        self._bound(server, max(path.stat().st_size for path in self._folder.iterdir()))

    def empty(self, server: int) -> None:
        """Let files grow."""
        self._bound(server, resource.RLIM_INFINITY)

    def close(self) -> None:
        """Leave it."""

    def _bound(self, server: int, most: int) -> None:
        for one in (found := psutil.Process(server), *found.children(recursive=True)):
            one.rlimit(psutil.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


class Trial:
    """A server whose disk runs full, again and again."""

    def __init__(self, server: Server, disk: Tmpfs | Bounded) -> None:
        self._disk, self._server = disk, server
        self._api = httpx.Client(base_url=server.url, timeout=PATIENCE)
        self._wrong: list[str] = []
        self._kept = self._ended(SHORT)
        self._trace = self._traced(self._kept)

    def rows(self, seconds: float) -> Iterator[Row]:
        """Try as often as there is time for."""
        deadline, tried, refused = time.monotonic() + seconds, 0, 0.0
        while tried < ROUNDS and time.monotonic() < deadline:
            refused = max(refused, self._round())
            tried += 1
        for said in dict.fromkeys(self._wrong):
            print("   ", said[:300])
        yield Row(f"{self._disk.name} of {SIZE >> 20} MB that ran full", f"{tried} times", f"{ROUNDS}", None)
        yield Row("  what was wrong then", f"{len(self._wrong)}", "0", not self._wrong)
        yield Row("  longest until it is said, from when nothing is left", f"{refused:.1f} s", "", None)

    def _round(self) -> float:
        running = self._post(LONG).json()["id"]
        self._until("it runs", lambda: self._about(running)["steps_done"] > 0)
        self._disk.fill(self._server.pid)
        began = time.monotonic()
        self._until("507", lambda: self._post(SHORT).status_code == 507)
        health = self._until("unwell", lambda: (said := self._api.get("/healthz")).status_code == 503 and said.json())
        took = time.monotonic() - began
        if health and "room on the disk" not in health["detail"]:
            self._wrong.append(f"/healthz says: {health}")
        for path in ("", f"/{self._kept}", f"/{running}", f"/{running}/trace?every=1000"):
            if (status := self._api.get(f"/api/experiments{path}").status_code) != 200:
                self._wrong.append(f"GET {path} while it is full: {status}")
        if self._traced(self._kept) != self._trace:
            self._wrong.append("What was stored before has changed.")
        self._disk.empty(self._server.pid)
        self._until("well again", lambda: self._api.get("/healthz").status_code == 200)
        self._ended(SHORT)
        self._until("it has ended", lambda: self._about(running)["status"] not in ("running", "queued"))
        about = self._about(running)
        if about["status"] == "failed" and "room on the disk" not in about["error"]:
            self._wrong.append(f"What was running says: {about['error']}")
        trace = self._api.get(f"/api/experiments/{running}/trace?every=1000")
        if about["steps_done"] and trace.status_code != 200:
            self._wrong.append(f"The trace of what was running: {trace.status_code}")
        self._api.delete(f"/api/experiments/{running}?for_good=true").raise_for_status()
        with contextlib.closing(sqlite3.connect(self._file)) as db:
            if (found := db.execute("PRAGMA integrity_check").fetchone()) != ("ok",):
                self._wrong.append(f"integrity_check: {found}")
        return took

    @property
    def _file(self) -> str:
        return str(self._disk._folder / "slalom.db")

    def _post(self, spec: dict[str, Any]) -> httpx.Response:
        return self._api.post("/api/experiments", json=spec)

    def _about(self, id: str) -> dict[str, Any]:
        return self._api.get(f"/api/experiments/{id}").raise_for_status().json()

    def _traced(self, id: str) -> bytes:
        return self._api.get(f"/api/experiments/{id}/trace?format=csv").raise_for_status().content

    def _ended(self, spec: dict[str, Any]) -> str:
        id = self._post(spec).raise_for_status().json()["id"]
        self._until("done", lambda: self._about(id)["status"] == "done")
        return id

    def _until(self, what: str, condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while not (value := condition()):
            if time.monotonic() > deadline:
                self._wrong.append(f"never: {what}")
                return value
            time.sleep(0.1)
        return value


def _mounted(folder: str) -> bool:
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "slalom-soak", folder], capture_output=True)
    return done.returncode == 0
