"""What keeps a worker alive in the eyes of others: beats while it computes, and patience where the store is busy."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from typing import Any, ParamSpec, TypeVar, cast

from slalom.errors import Busy, SlalomError, StoreFull
from slalom.storage.artifacts import Artifacts
from slalom.storage.chunks import Chunks
from slalom.storage.datasets import StoredDatasets
from slalom.storage.experiments import Experiments
from slalom.storage.store import Store

BEAT = 1.0
"""Seconds between two beats of a worker that has nothing else to write."""
SHORT_OF_CPU = 0.001
"""CPU seconds between two beats that are no sign of life: the other threads only waited."""
RETRY_SECONDS = 0.05
"""Seconds between two tries where a database does not wait for a lock, but refuses."""

ROOM_SECONDS = 0.5
"""Seconds between two tries where the disk is full."""

_P = ParamSpec("_P")
_T = TypeVar("_T")

log: logging.Logger = logging.getLogger(__name__)


def patiently(ask: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> _T:
    """Ask a store again and again, for as long as another program holds it or its server does not answer."""
    while True:
        try:
            return ask(*given, **named)
        except Busy as error:
            log.warning("%s A worker waits.", error)
            time.sleep(RETRY_SECONDS)


class RetryingStore:
    """A store as a worker uses it: it has nothing better to do than to wait until it is answered.

    Writes are refused where the experiment is not ``worker``'s any more, if one is named. What was written, although
    the answer was lost, is written twice without harm.
    """

    def __init__(self, store: Store, worker: str | None = None) -> None:
        self.experiments: Experiments = _patient(store.experiments)
        self.chunks: Chunks = _patient(store.chunks)
        self.artifacts: Artifacts = _patient(store.artifacts)
        self.datasets: StoredDatasets = _patient(store.datasets)
        self._impatient, self._worker = store.experiments, worker
        self._mine: dict[str, str] = {} if worker is None else {"worker": worker}
        self.written = 0.0
        """When something was last written, on the monotonic clock."""

    def claim(self, id: str) -> bool:
        return self._wrote(self.experiments.claim(id, self._worker or ""))

    def beat(self, id: str) -> str:
        return self._wrote(self.experiments.beat(id, **self._mine))

    def beat_if_possible(self, id: str) -> None:
        """Give a sign of life, and do not wait where that is not possible: the next one is as good."""
        try:
            self._impatient.beat(id, **self._mine)
        except SlalomError as error:
            log.debug("A beat was not written: %s", error)

    def append(self, id: str, seq: int, payload: bytes, events: str, steps_done: int) -> str:
        return self._wrote(self.chunks.append(id, seq, payload, events, steps_done, self._worker))

    def keep(self, id: str, step: int, kind: str, payload: bytes) -> None:
        self._wrote(self.artifacts.keep(id, step, kind, payload))

    def finish(self, id: str, status: str, outcomes: str | None = None, error: str | None = None) -> bool:
        """End an experiment; where the disk is full, once there is room: nobody else knows how it ended."""
        while True:
            try:
                return self._wrote(self.experiments.finish(id, status, outcomes, error, **self._mine))
            except StoreFull as full:
                log.warning("%s A worker waits to say how its experiment ended.", full)
                time.sleep(ROOM_SECONDS)

    def _wrote(self, answer: _T) -> _T:
        self.written: float = time.monotonic()
        return answer


class _Patient:
    """A part of a store whose every method is asked patiently."""

    def __init__(self, part: object) -> None:
        self._part = part

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(patiently, getattr(self._part, name))


def _patient(part: _T) -> _T:
    return cast("_T", _Patient(part))


@contextmanager
def heartbeat(store: RetryingStore, id: str) -> Iterator[None]:
    """Beat for an experiment from a thread, about once a second, as long as others compute and write nothing.

    A process whose threads all wait for each other does not beat, nor does one in which a loop in C holds the
    interpreter for ever.
    """
    over = Event()
    thread = Thread(target=_beat, args=(store, id, over), name="slalom heart", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(store: RetryingStore, id: str, over: Event) -> None:
    computed = 0.0
    while not over.wait(BEAT):
        before, computed = computed, time.process_time() - time.thread_time()
        if computed - before > SHORT_OF_CPU and time.monotonic() - store.written > BEAT:
            store.beat_if_possible(id)
