"""The server's side of a cluster: a process of its own is part of it, so that the server outlives the cluster's head.

Ray ends every process of a cluster whose head is lost, and until then what it is asked may never be answered.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple

from slalom.errors import SettingsError, SlalomError
from slalom.jobs.executor import GRACE_SECONDS
from slalom.jobs.worker_main import end, launch
from slalom.logs import as_event

from .bounds import ProcessBounds
from .driver import CLUSTER_PATIENCE, drive
from .joining import reach

HEAD_LOOK_SECONDS = 1.0
"""Seconds between two looks whether the head answers."""
HEAD_PATIENCE = 2.0
"""Seconds that it has for that."""
LOOKS_MISSED = 2
"""Looks in succession after which it counts as lost."""
DRIVER_SECONDS = 30.0
"""Seconds after which a process that does not answer is replaced."""
POLL_SECONDS = 0.1
"""Seconds between two looks whether there is still somebody to wait for."""
JOINED_WITHIN = 180.0
"""Seconds that joining may take at the start of a server."""
AGAIN_SECONDS = 2.0
"""Seconds between two tries to join."""
LOST_HEAD = "The head of its Ray cluster was lost"

log = logging.getLogger(__name__)


class ClusterPlace(NamedTuple):
    """What a process needs to be part of a cluster, and to have experiments computed there."""

    address: str
    """As the settings have it: empty for the one that Ray itself is told of."""
    store: str
    cpus: float
    gpus: float
    bounds: ProcessBounds


class _Away(Exception):
    """Nobody answers for the cluster."""


class Broker:
    """Has experiments computed on a cluster, by a process that has joined it; another one where that is lost."""

    patience = CLUSTER_PATIENCE

    def __init__(self, place: ClusterPlace) -> None:
        """Raise SettingsError where the cluster cannot be joined."""
        self._place = place
        self._running: set[str] = set()
        self._waiting: list[str] = []
        """What was started while nobody answered."""
        self._stale: set[str] = set()
        """What was given up with the head: where it was only out of reach, that still runs."""
        self._ended: list[tuple[str, int | str]] = []
        self._joins = True
        """Whether the process is still joining."""
        self.trouble: str | None = None
        self._headless = False
        """Whether it is the head that was lost."""
        self._again = 0.0
        self._begin()
        self._await()
        self._head = _Head(self.address)

    @property
    def slots(self) -> int:
        """How many experiments suit the cluster at the same time, and one more; none while nobody answers."""
        return self._ask("slots") or 0

    def start(self, id: str) -> None:
        """Have an experiment computed as soon as a node has room."""
        if id in self._stale:
            self._ask("kill", id)
            self._stale.discard(id)
        if self._ask("start", id, otherwise=False) is False:
            self._waiting.append(id)
        else:
            self._running.add(id)

    def adopt(self, id: str) -> bool:
        """Watch an experiment that another server started, and return True; False where nobody computes it."""
        found = bool(self._ask("adopt", id))
        if found:
            self._running.add(id)
        return found

    def stop(self, id: str, kill_after: float = GRACE_SECONDS) -> None:
        """Kill an experiment's process, wherever it is."""
        if id in self._waiting:
            self._waiting.remove(id)
            self._ended.append((id, 0))
        else:
            self._ask("stop", id, kill_after)

    def alive(self) -> dict[str, int | None]:
        """Return the experiments that were started and have not ended; their processes belong to other machines."""
        return dict.fromkeys([*self._running, *self._waiting])

    def used(self, id: str) -> float | None:
        """Return None: what a process on another machine uses is told by its beats alone."""
        return None

    def exited(self) -> list[tuple[str, int | str]]:
        """Return what ended since the last call, and see to it that somebody answers for the cluster."""
        # A process that dies with its head is often missed first.
        if (self.trouble is None and not self._process.is_alive()) or not (self._head.answers or self._headless):
            self._lose()
        if self.trouble is not None:
            self._try_again()
        if self._running:
            found = [(id, code) for id, code in self._ask("exited", otherwise=())]
            self._running.difference_update(id for id, _ in found)
            self._ended += found
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """Leave the cluster; experiments go on, and :meth:`alive` still names them."""
        self._head.close()
        self._ask("close")
        self._ours.close()
        end(self._process, GRACE_SECONDS)

    def _ask(self, what: str, *given: Any, otherwise: Any = None) -> Any:
        """Return what the process answers, ``otherwise`` where nobody does; raise SlalomError where it has a reason."""
        if self.trouble is not None:
            return otherwise
        try:
            self._ours.send_bytes(json.dumps([what, given]).encode())
            answer = self._answer(DRIVER_SECONDS, lambda: self._head.answers)
        except (_Away, OSError, EOFError):
            self._lose()
            return otherwise
        if "error" in answer:
            raise SlalomError(answer["error"])
        return answer["ok"]

    def _answer(self, seconds: float, worth: Callable[[], bool]) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while not self._ours.poll(POLL_SECONDS):
            if not (worth() and self._process.is_alive()) or time.monotonic() > until:
                raise _Away
        return json.loads(self._ours.recv_bytes())

    # Joining, and being lost

    def _begin(self) -> None:
        """Start a process that joins the cluster."""
        context = multiprocessing.get_context("spawn")
        self._ours: Connection
        self._ours, theirs = context.Pipe()
        with theirs:
            process = context.Process(target=drive, args=(theirs, *self._place), name="slalom cluster")
            launch(process)
        self._process: BaseProcess = process

    def _await(self) -> None:
        """Wait until the process has joined; raise SettingsError where it cannot."""
        try:
            said = self._answer(JOINED_WITHIN, lambda: True)
        except (_Away, OSError, EOFError):
            end(self._process, 0.0)
            said = {"error": f"The Ray cluster at {self._place.address or 'RAY_ADDRESS'} could not be joined."}
        if "error" in said:
            end(self._process, GRACE_SECONDS)
            raise SettingsError(said["error"])
        self.address: str = self._place.address or said["ok"]

    def _lose(self) -> None:
        """Give up the process; and where the head is lost, what it was computing."""
        end(self._process, 0.0)
        self._ours.close()
        self._joins = False
        self._headless = not self._head.answers
        if not self._headless:
            self.trouble = (
                f"The process that speaks with the Ray cluster at {self.address} was lost; another one joins it."
            )
        else:
            self.trouble = (
                f"The Ray cluster at {self.address} does not answer: its head was lost. Experiments wait until it is "
                "there again; start it, and then its nodes, with ray start."
            )
            self._ended += [(id, LOST_HEAD) for id in self._running]
            self._stale |= self._running
            self._running.clear()
        log.warning("%s", self.trouble, extra=as_event("cluster_lost"))

    def _try_again(self) -> None:
        """Let a new process join where the head answers, and go on once it has."""
        if not self._joins:
            if self._head.answers and time.monotonic() > self._again:
                self._begin()
                self._joins = True
            return
        try:
            if not self._ours.poll():
                if self._process.is_alive():
                    return
                raise EOFError
            said = json.loads(self._ours.recv_bytes())
        except (OSError, EOFError):
            said = {"error": f"The Ray cluster at {self.address} could not be joined."}
        if "error" in said:
            self.trouble = f"{said['error']} Experiments wait until then."
            self._again = time.monotonic() + AGAIN_SECONDS
            end(self._process, 0.0)
            self._ours.close()
            self._joins = False
            return
        self.trouble, self._headless = None, False
        log.info("The Ray cluster at %s is there again.", self.address, extra=as_event("cluster_joined"))
        self._go_on()

    def _go_on(self) -> None:
        """Watch what still runs, and start what waits."""
        running, self._running = self._running, set()
        self._ended += [(id, LOST_HEAD) for id in running if not self.adopt(id)]
        waiting, self._waiting = self._waiting, []
        for id in waiting:
            self.start(id)


class _Head:
    """Whether the head of a cluster answers: a thread looks."""

    def __init__(self, address: str) -> None:
        self.answers = True
        self._address = address
        self._closed = threading.Event()
        threading.Thread(target=self._look, name="slalom cluster", daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._closed.set()

    def _look(self) -> None:
        missed = 0
        while not self._closed.wait(HEAD_LOOK_SECONDS):
            try:
                reach(self._address, HEAD_PATIENCE)
            except OSError:
                missed += 1
            else:
                missed = 0
            self.answers = missed == 0 if not self.answers else missed < LOOKS_MISSED
