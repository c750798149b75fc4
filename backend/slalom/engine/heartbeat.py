"""What keeps a worker alive in the eyes of others: beats while it computes, and patience where the store is busy."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import ParamSpec, TypeVar

from slalom.errors import Busy, SlalomError
from slalom.storage.store import Store

BEAT = 1.0
"""Seconds between two beats of a worker that has nothing else to write."""
SHORT_OF_CPU = 0.001
"""CPU seconds between two beats that are no sign of life: the other threads only waited."""
RETRY_SECONDS = 0.05
"""Seconds between two tries where a database does not wait for a lock, but refuses."""

_P = ParamSpec("_P")
_T = TypeVar("_T")

log: logging.Logger = logging.getLogger(__name__)


class RetryingStore:
    """What a worker writes to a store: it has nothing better to do than to wait until its writes are taken."""

    def __init__(self, store: Store) -> None:
        self.experiments, self.chunks = store.experiments, store.chunks
        self.artifacts, self.datasets = store.artifacts, store.datasets
        self.written = 0.0
        """When something was last written, on the monotonic clock."""

    def claim(self, id: str, owner: str) -> bool:
        return self._insist(self.experiments.claim, id, owner)

    def beat(self, id: str) -> str:
        return self._insist(self.experiments.beat, id)

    def append(self, id: str, seq: int, payload: bytes, events: str, steps_done: int) -> str:
        return self._insist(self.chunks.append, id, seq, payload, events, steps_done)

    def keep(self, id: str, step: int, kind: str, payload: bytes) -> None:
        return self._insist(self.artifacts.keep, id, step, kind, payload)

    def finish(self, id: str, status: str, outcomes: str | None = None, error: str | None = None) -> bool:
        return self._insist(self.experiments.finish, id, status, outcomes, error)

    def _insist(self, write: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> _T:
        """Write, again and again for as long as another program holds the store: nothing was written then."""
        while True:
            try:
                answer = write(*given, **named)
            except Busy as error:
                log.warning("%s A worker waits.", error)
                time.sleep(RETRY_SECONDS)
            else:
                self.written: float = time.monotonic()
                return answer


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
            try:
                store.experiments.beat(id)  # Not patiently: the next beat is as good.
            except SlalomError as error:
                log.debug("A beat was not written: %s", error)
