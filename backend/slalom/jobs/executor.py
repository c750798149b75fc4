"""Processes on this machine: one per experiment, and always one more that is idle, warm and waiting."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import NamedTuple, Protocol

from .deaths import note_death
from .liveness import seconds_of
from .worker_main import end, launch, work_once

WORKER_ENTRY = "slalom.engine.worker:work"
PRELOAD = (
    "torch",
    "torch._dynamo",
    "slalom.storage.store",
    "numpy.ma",
    "slalom.engine.network.setup",
    WORKER_ENTRY.partition(":")[0],
)
"""Imported once, in the process that every worker is forked from; nothing of CUDA may be called there.

NumPy would import numpy.ma at the first median, and the first picture of networks would wait for it.
"""
FIRST, LAST = "slalom.jobs.importing", "slalom.jobs.fork_server"
"""Imported before and after all others there."""
GRACE_SECONDS = 2.0
"""Seconds between asking a process to end and killing it."""
LONGEST_PAUSE = 5.0
"""Seconds to wait at most before trying again where no process can be started."""

log = logging.getLogger(__name__)


class Executor(Protocol):
    """Starts and stops experiments, and says which are alive; what they compute goes through the store."""

    patience: float
    """Seconds without a sign of life after which a worker counts as hung."""

    @property
    def slots(self) -> int:
        """How many experiments at the same time suit it."""
        ...

    def start(self, id: str) -> None:
        """Run an experiment as soon as there is a process for it; return at once."""
        ...

    def stop(self, id: str, kill_after: float = GRACE_SECONDS) -> None:
        """Ask an experiment's process to end, and kill it so many seconds later; return at once."""
        ...

    def alive(self) -> dict[str, int | None]:
        """Return the experiments that were started and have not ended, with their process ids where they have one."""
        ...

    def used(self, id: str) -> float | None:
        """Return the CPU seconds that an experiment's processes have used, None where nobody knows."""
        ...

    def adopt(self, id: str) -> bool:
        """Take charge of a process that another server started for an experiment; False where there is none.

        From then on it is one of those that :meth:`alive` and :meth:`exited` tell of.
        """
        ...

    def exited(self) -> list[tuple[str, int | str]]:
        """Return what ended since the last call, with exit codes (minus the signal where one killed it).

        Where a process was lost with its machine, which is no fault of what it computed, a clause says so instead.
        To be called often: this is also when processes that ignore a request to end are killed.
        """
        ...

    @property
    def trouble(self) -> str | None:
        """Why no experiment can be computed at present, in sentences; None where all is well."""
        ...

    def close(self) -> None:
        """End every process, but those that can go on without this server: :meth:`alive` names them afterwards."""
        ...


class _Worker(NamedTuple):
    process: BaseProcess
    inbox: Connection


class LocalExecutor:
    """Runs every experiment in a process of its own, forked from a server that has imported everything.

    ``entry`` names the function to call with a store URL and an id; ``address_space`` limits each process's memory, in
    bytes, and ``cpu_seconds`` its processor time. Where there is no fork server (Windows), processes start from
    nothing.
    """

    patience = 5.0

    def __init__(
        self,
        store_url: str,
        entry: str = WORKER_ENTRY,
        preload: Sequence[str] = PRELOAD,
        address_space: int | None = None,
        cpu_seconds: int | None = None,
    ) -> None:
        self._store_url, self._entry = store_url, entry
        self._bounds = address_space, cpu_seconds
        self._context = multiprocessing.get_context("spawn" if os.name == "nt" else "forkserver")
        if os.name != "nt":
            self._context.set_forkserver_preload([FIRST, *preload, LAST])
        self._changed = threading.Condition()
        self._waiting: deque[str] = deque()
        self._busy: dict[str, _Worker] = {}
        self._idle: _Worker | None = None
        self._kill_at: dict[str, float] = {}
        self._ended: list[tuple[str, int | str]] = []
        self._closed = False
        self._pause = 0.0
        # Forking waits until the fork server has imported torch, which takes seconds the first time.
        threading.Thread(target=self._keep_one_idle, name="slalom idle worker", daemon=True).start()

    @property
    def slots(self) -> int:
        """One less than there are cores."""
        return max(1, (os.cpu_count() or 2) - 1)

    @property
    def trouble(self) -> str | None:
        """None: this machine is there."""
        return None

    def start(self, id: str) -> None:
        """Run an experiment: in the idle process, or in the next one that is ready."""
        with self._changed:
            self._waiting.append(id)
            self._assign()

    def stop(self, id: str, kill_after: float = GRACE_SECONDS) -> None:
        """Send SIGTERM to an experiment's process now, and SIGKILL so many seconds later."""
        with self._changed:
            if id in self._waiting:
                self._waiting.remove(id)
                self._ended.append((id, 0))
            elif id in self._busy and id not in self._kill_at:
                self._kill_at[id] = time.monotonic() + kill_after
                self._busy[id].process.terminate()

    def alive(self) -> dict[str, int | None]:
        """Return the experiments that were started and have not ended; None as long as no process is ready."""
        with self._changed:
            return {id: worker.process.pid for id, worker in self._busy.items()} | dict.fromkeys(self._waiting)

    def used(self, id: str) -> float | None:
        """Return the CPU seconds of an experiment's process and of those that it forked, None where nobody knows."""
        pid = self.alive().get(id)
        return None if pid is None else seconds_of(pid)

    def adopt(self, id: str) -> bool:
        """Return False: processes end with the server that they were forked from."""
        return False

    def exited(self) -> list[tuple[str, int | str]]:
        """Return what ended since the last call, and kill what was asked to end and did not."""
        with self._changed:
            for id, worker in [*self._busy.items()]:
                if (code := worker.process.exitcode) is not None:
                    self._forget(id, code)
                elif time.monotonic() > self._kill_at.get(id, float("inf")):
                    worker.process.kill()
            if self._idle is not None and self._idle.process.exitcode is not None:
                self._drop_idle()
            ended, self._ended = self._ended, []
        return ended

    def idle(self) -> int | None:
        """Return the process id of the worker that waits for the next experiment, None while there is none."""
        with self._changed:
            return self._idle.process.pid if self._idle else None

    def close(self) -> None:
        """End every process: SIGTERM, and SIGKILL after a grace period."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
            workers = [*self._busy.values()] + ([self._idle] if self._idle else [])
            self._idle = None
            for worker in workers:
                worker.inbox.close()
                worker.process.terminate()
            deadline = time.monotonic() + GRACE_SECONDS
            for worker in workers:
                end(worker.process, max(0.0, deadline - time.monotonic()))
            self._busy.clear()

    def _keep_one_idle(self) -> None:
        while self._wait_until_needed():
            try:
                worker = self._fork()
            except (OSError, EOFError) as error:
                if self._closed:
                    break
                log.error("No worker process could be started: %r.", error)
                with self._changed:
                    self._be_patient()
                continue
            with self._changed:
                self._idle = worker
                self._assign()
        if self._idle is not None:
            self._idle.inbox.close()

    def _wait_until_needed(self) -> bool:
        """Return True once a worker should be forked, False once this is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._idle is None)
            self._changed.wait_for(lambda: self._closed, self._pause)
            return not self._closed

    def _be_patient(self) -> None:
        """Wait longer before every next worker, as long as they die before they can be used."""
        self._pause = min(2 * self._pause + 0.05, LONGEST_PAUSE)

    def _fork(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        with theirs:
            given = (self._entry, self._store_url, theirs, *self._bounds)
            process = self._context.Process(target=work_once, args=given, name="slalom worker")
            launch(process)
        return _Worker(process, ours)

    def _assign(self) -> None:
        while self._waiting and self._idle is not None:
            order = json.dumps({"store": self._store_url, "id": self._waiting[0]}).encode()
            try:
                self._idle.inbox.send_bytes(order)
            except OSError:
                self._drop_idle()
            else:
                self._busy[self._waiting.popleft()] = self._idle
                self._idle, self._pause = None, 0.0
        self._changed.notify_all()

    def _drop_idle(self) -> None:
        assert self._idle is not None
        note_death("experiments", self._idle.process)
        self._idle.inbox.close()
        self._idle = None
        self._be_patient()
        self._changed.notify_all()

    def _forget(self, id: str, code: int) -> None:
        worker = self._busy.pop(id)
        if self._kill_at.pop(id, None) is None:
            note_death("experiments", worker.process, id)
        worker.inbox.close()
        worker.process.close()
        self._ended.append((id, code))


def end_fork_server() -> None:
    """End the process that this one's workers are forked from, even while it is still importing what they need.

    By itself it notices only afterwards that its server is gone. To be called last: no worker can be started after it.
    """
    if os.name == "nt":
        return
    from multiprocessing import forkserver

    pid: int | None = vars(forkserver)["_forkserver"]._forkserver_pid
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
