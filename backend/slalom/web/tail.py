"""One thread that reads what workers wrote, and one log per followed experiment that all its viewers share.

Nobody who writes ever waits for somebody who reads: the thread asks the store whether anything changed, reads the
news of all followed experiments at once, and wakes their viewers on the event loop. A viewer that is slower than the
log keeps finds what it missed in the store.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from slalom.errors import SlalomError
from slalom.store import Chunk, Record, State, Store
from slalom.store_schema import TERMINAL

from .overview import Overview, screen_frame

FAST, SLOW = 0.005, 0.25
"""Seconds between two looks at the store: while something runs, and while nothing does."""
SURE = 1.0
"""Seconds after which the store is read even if it did not say that it changed."""
KEPT_BYTES = 4 << 20
"""Bytes of recent frames that a log keeps in memory."""
READ_AT_ONCE = 64
"""Chunks read in one query."""
OVERVIEWS = 4
"""Overviews that a log keeps: of viewers who come late, and of the latest who fell behind."""
RETRY = 0.5
"""Seconds until the store is read again after it could not be."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Entry:
    """One chunk in memory, as all viewers get it."""

    chunk: Chunk
    screen: bytes | None = None
    """The chunk thinned out for the screen; made once, when the first viewer wants it."""


class Log:
    """The recent chunks of one experiment and its state; lives as long as somebody follows it."""

    def __init__(self, store: Store, record: Record) -> None:
        self.id, self.store = record.id, store
        self.status, self.outcomes, self.error = record.status, record.outcomes, record.error
        self.head: int | None = None
        """Last chunk in memory; None until a viewer has read as far as there was something to read."""
        self.base = 0
        """The chunk before the first one in memory."""
        self.entries: deque[Entry] = deque()
        self.ended = record.status in TERMINAL
        """No chunk will come any more, and all that there are have arrived."""
        self.seen = 0
        """Last chunk that the tail's thread has read; only that thread uses it."""
        self.screens = 0
        """How many of those who follow want frames made for the screen."""
        self.followers: set[Callable[[], None]] = set()
        self._bytes = 0
        self._overviews: dict[int, Overview] = {}
        self._building = asyncio.Lock()

    def begin(self, seq: int) -> None:
        """Keep what comes after chunk ``seq`` from now on."""
        if self.head is None:
            self.head = self.base = seq

    def after(self, seq: int, limit: int) -> list[Entry] | None:
        """Return the entries after a chunk; None where they are not in memory and must be read from the store."""
        if self.head is None or seq < self.base:
            return None
        start = seq - self.base
        return [self.entries[i] for i in range(start, min(start + limit, len(self.entries)))]

    def take(self, state: State, entries: Sequence[Entry], ended: bool) -> None:
        """Add what the tail has read, and wake everybody who follows."""
        self.status, self.outcomes, self.error = state.status, state.outcomes, state.error
        for entry in entries:
            if self.head is not None and entry.chunk.seq == self.head + 1:
                self.entries.append(entry)
                self.head += 1
                self._bytes += len(entry.chunk.payload)
        while self._bytes > KEPT_BYTES and len(self.entries) > 1:
            self._bytes -= len(self.entries.popleft().chunk.payload)
            self.base += 1
        self.ended = self.ended or ended
        for wake in self.followers:
            wake()

    async def read(self, after: int, limit: int) -> list[Chunk]:
        """Return chunks from the store."""
        return await asyncio.to_thread(self.store.chunks, self.id, after, limit)

    async def overview(self, after: int) -> Overview:
        """Return everything after a chunk as one overview; viewers who need the same share the work."""
        async with self._building:
            known = self._overviews.pop(after, None) or Overview(after + 1, after)
            known = await asyncio.to_thread(self._extend, known)
            self._overviews[after] = known
            while len(self._overviews) > OVERVIEWS:
                del self._overviews[next(iter(self._overviews))]
            return known

    def _extend(self, known: Overview) -> Overview:
        while chunks := self.store.chunks(self.id, known.seq, READ_AT_ONCE):
            known = known.extended(chunks)
            if len(chunks) < READ_AT_ONCE:
                break
        return known


class Tail:
    """Follows the store for everybody in this process; belongs to the event loop on which it is started."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.frames_sent = 0
        self.viewers = 0
        self._logs: dict[str, Log] = {}
        self._wake = threading.Event()
        self._stopping = False
        self._read_at = 0.0
        self._thread = threading.Thread(target=self._run, name="slalom tail", daemon=True)

    def start(self) -> None:
        """Begin to read, on behalf of the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def nudge(self) -> None:
        """Look at the store at once: something was written in this process. From any thread."""
        self._wake.set()

    async def follow(self, id: str, wake: Callable[[], None]) -> Log:
        """Return an experiment's log and call ``wake`` whenever it changes; raises NotFound where there is none."""
        record = await asyncio.to_thread(self.store.get, id)
        found = self._logs.get(id)
        if found is None:
            found = self._logs[id] = Log(self.store, record)
        found.followers.add(wake)
        self._wake.set()
        return found

    def leave(self, log: Log, wake: Callable[[], None]) -> None:
        """Stop following."""
        log.followers.discard(wake)
        if not log.followers and self._logs.get(log.id) is log:
            del self._logs[log.id]

    async def until_ended(self, id: str, seconds: float) -> None:
        """Return as soon as an experiment has ended, and after so many seconds in any case."""
        changed = asyncio.Event()
        log = await self.follow(id, changed.set)
        try:
            async with asyncio.timeout(seconds):
                while not log.ended:
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            return
        finally:
            self.leave(log, changed.set)

    # The thread

    def _run(self) -> None:
        pause: float | None = None
        while not self._stopping:
            self._wake.wait(pause)
            if asked := self._wake.is_set():
                self._wake.clear()
            try:
                pause = self._look(asked)
            except SlalomError as error:
                log.warning("%s", error)
                pause = RETRY

    def _look(self, asked: bool) -> float | None:
        """Read the news if there may be some, and return how long to wait."""
        live = {id: log for id, log in self._logs.copy().items() if not log.ended}
        if not live:
            return None
        due = time.monotonic() - self._read_at > SURE
        if self.store.changed() or asked or due:
            self._read_at = time.monotonic()
            self._read(live)
        return FAST if any(log.status in ("queued", "running") for log in live.values()) else SLOW

    def _read(self, live: dict[str, Log]) -> None:
        # The states first: what has ended by then has appended all its chunks.
        states = self.store.states(live)
        cursors = {id: max(log.head, log.seen) for id, log in live.items() if log.head is not None}
        news = self.store.news(cursors, READ_AT_ONCE)
        found: list[tuple[Log, State, list[Entry], bool]] = []
        for id, log in live.items():
            chunks = news.get(id, [])
            if chunks:
                log.seen = chunks[-1].seq
            if len(chunks) == READ_AT_ONCE:
                self._wake.set()
            state = states.get(id)
            if state is not None:
                entries = [Entry(chunk, screen_frame(chunk) if log.screens else None) for chunk in chunks]
                ended = state.status in TERMINAL and len(chunks) < READ_AT_ONCE
                found.append((log, state, entries, ended))
        try:
            self._loop.call_soon_threadsafe(_deliver, found)
        except RuntimeError:
            self._stopping = True


def _deliver(found: list[tuple[Log, State, list[Entry], bool]]) -> None:
    for log, state, entries, ended in found:
        log.take(state, entries, ended)
