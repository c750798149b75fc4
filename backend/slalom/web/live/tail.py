"""One thread that reads what workers wrote, and one log per followed experiment that all its viewers share.

Nobody who writes ever waits for somebody who reads: the thread asks the store whether anything changed, reads the
news of all followed experiments at once, and wakes their viewers on the event loop. A viewer that is slower than the
log keeps finds what it missed in the store. The thread outlives whatever goes wrong: it says so once, opens anew what
it watches, and looks again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from slalom.errors import SlalomError, StoreError
from slalom.storage.chunks import Chunk
from slalom.storage.records import ExperimentRecord, ExperimentState
from slalom.storage.store import Store
from slalom.storage.tables import TERMINAL

from .overview import LEAST_ENTRIES, OVERVIEW_ENTRIES, SCREEN_ENTRIES, Overview, screen_frame

FAST, SLOW = 0.005, 0.25
"""Seconds between two looks at the store: while something runs, and while nothing does."""
SURE = 1.0
"""Seconds after which the store is read even if it did not say that it changed."""
KEPT_BYTES = 4 << 20
"""Bytes of recent frames that a log keeps in memory."""
POLLED_AT_ONCE = 16
"""Chunks read in one query."""
OVERVIEWS, OVERVIEW_BYTES = 4, 16 << 20
"""Overviews that a log keeps, and the bytes they may take: of who comes late, and of the latest who fell behind."""
FIRST_STAGE, STAGE = 32 << 20, 512 << 20
"""Bytes of chunks that one overview covers: the first comes soon, and the rest of a long trace in few."""
RETRY = 0.5
"""Seconds until the store is read again after it could not be."""
DATABASE_AWAY_SECONDS = 5.0
"""Seconds without a successful look at the store after which something is wrong."""

log: logging.Logger = logging.getLogger(__name__)


@dataclass(slots=True)
class LogEntry:
    """One chunk in memory, as all viewers get it."""

    chunk: Chunk
    screen: bytes | None = None
    """The chunk thinned out for the screen; made once, when the first viewer wants it."""
    read_at: float | None = None
    """When the tail read it; None where a viewer read it from the store."""


class Glance(NamedTuple):
    """What a viewer is sent who comes late or fell behind: one frame, the last chunk it covers, and all events."""

    frame: bytes
    seq: int
    events: tuple[str, ...]


class Log:
    """The recent chunks of one experiment and its state; lives as long as somebody follows it."""

    def __init__(self, store: Store, record: ExperimentRecord) -> None:
        self.id: str = record.id
        self.store: Store = store
        self.status, self.outcomes, self.error = record.status, record.outcomes, record.error
        self.head: int | None = None
        """Last chunk in memory; None until a viewer has read as far as there was something to read."""
        self.base = 0
        """The chunk before the first one in memory."""
        self.entries: deque[LogEntry] = deque()
        self.ended = record.status in TERMINAL
        """No chunk will come any more, and all that there are have arrived."""
        self.seen = 0
        """Last chunk that the tail's thread has read; only that thread uses it."""
        self.screens = 0
        """How many of those who follow want frames made for the screen."""
        self.followers: set[Callable[[], None]] = set()
        self._bytes = 0
        self._overviews: dict[int, tuple[Overview, Glance | None]] = {}
        self._building = asyncio.Lock()

    def begin(self, seq: int) -> None:
        """Keep what comes after chunk ``seq`` from now on."""
        if self.head is None:
            self.head = self.base = seq

    def after(self, seq: int, limit: int) -> list[LogEntry] | None:
        """Return the entries after a chunk; None where they are not in memory and must be read from the store."""
        if self.head is None or seq < self.base:
            return None
        start = seq - self.base
        return [self.entries[i] for i in range(start, min(start + limit, len(self.entries)))]

    def take(self, state: ExperimentState, entries: Sequence[LogEntry], ended: bool) -> None:
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
        self.ended: bool = self.ended or ended
        for wake in self.followers:
            wake()

    async def read(self, after: int, limit: int) -> list[Chunk]:
        """Return chunks from the store."""
        return await asyncio.to_thread(self.store.chunks.read, self.id, after, limit)

    async def last(self) -> int:
        """Return the number of the last chunk that there is."""
        return self.head if self.head is not None and not self.ended else await asyncio.to_thread(self._last)

    async def overview(self, after: int) -> Glance:
        """Return what comes after a chunk in one frame: all of it, or the beginning of what takes long to read.

        Viewers who need the same share the work, and it ends when nobody follows any more. Where there is nothing, its
        ``seq`` is ``after``. Raises StoreError where a chunk is damaged.
        """
        async with self._building:
            return await asyncio.to_thread(self._overview, after)

    def _last(self) -> int:
        return self.store.chunks.last(self.id)

    def _overview(self, after: int) -> Glance:
        known, told = self._overviews.pop(after, (Overview(after), None))
        last = self._last()
        while known.seq < last and known.read < (STAGE if after else FIRST_STAGE) and self.followers:
            if not (chunks := self.store.chunks.read(self.id, known.seq, POLLED_AT_ONCE)):
                break
            known.extend(chunks)
        if known.seq == after:
            return Glance(b"", after, ())
        if told is None or told.seq != known.seq:
            told = Glance(known.frame(_entries(after, known.seq, last)), known.seq, tuple(known.events))
        self._overviews[after] = known, told
        while len(self._overviews) > OVERVIEWS or self._overview_bytes() > OVERVIEW_BYTES:
            del self._overviews[next(iter(self._overviews))]
        return told

    def _overview_bytes(self) -> int:
        return sum(known.size + (len(told.frame) if told else 0) for known, told in self._overviews.values())


def _entries(after: int, seq: int, last: int) -> int:
    """Return how many entries per run an overview of the chunks after ``after`` up to ``seq`` has.

    Whoever comes late gets the whole picture, in one overview or in parts of it; who fell behind not more than there
    would have been.
    """
    most = OVERVIEW_ENTRIES if after == 0 else min(OVERVIEW_ENTRIES, SCREEN_ENTRIES * (seq - after))
    return max(LEAST_ENTRIES, most * (seq - after) // max(1, last - after))


class Tail:
    """Follows the store for everybody in this process; belongs to the event loop on which it is started."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.viewers = 0
        self._logs: dict[str, Log] = {}
        self._wake = threading.Event()
        self._stopping = self._released = False
        self._read_at = 0.0
        self._looking_since: float | None = None
        self._failing_since: float | None = None
        self._said: str | None = None
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

    @property
    def unread(self) -> float:
        """Seconds since the store could be read, or is being read; 0 where all is well."""
        since = self._failing_since or self._looking_since
        return 0.0 if since is None else time.monotonic() - since

    def trouble(self) -> str | None:
        """Return why nothing reaches the viewers, None where all is well."""
        if self.store.database.file is not None and (gone := self.store.database.file.trouble()):
            return gone
        if not self._thread.is_alive():
            return "The thread that reads the store for all streams has ended. Restart the server."
        if (seconds := self.unread) > DATABASE_AWAY_SECONDS:
            why = f": {self._said}" if self._failing_since and self._said else "."
            return f"The store has not been read for {seconds:.0f} s, and no stream goes on until it can be{why}"
        return None

    def nudge(self) -> None:
        """Look at the store at once: something was written in this process. From any thread."""
        self._wake.set()

    async def follow(self, id: str, wake: Callable[[], None]) -> Log:
        """Return an experiment's log and call ``wake`` whenever it changes; raises NotFound where there is none."""
        record = await asyncio.to_thread(self.store.experiments.get, id)
        found = self._logs.get(id)
        if found is None:
            found = self._logs[id] = Log(self.store, record)
        found.followers.add(wake)
        self._wake.set()
        return found

    def release(self) -> None:
        """Let nobody wait any more for the end of an experiment: the server stops."""
        self._released = True
        for log in self._logs.values():
            for wake in log.followers:
                wake()

    def leave(self, log: Log, wake: Callable[[], None]) -> None:
        """Stop following."""
        log.followers.discard(wake)
        if not log.followers and self._logs.get(log.id) is log:
            del self._logs[log.id]

    async def until_ended(self, id: str, seconds: float) -> None:
        """Return as soon as an experiment has ended or the server stops, and after so many seconds in any case."""
        changed = asyncio.Event()
        log = await self.follow(id, changed.set)
        try:
            async with asyncio.timeout(seconds):
                while not (log.ended or self._released):
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
            self._looking_since = time.monotonic()
            try:
                pause = self._look(asked)
                self._failing_since = self._said = None
            except Exception as error:
                self._report(error)
                pause = RETRY
            self._looking_since = None

    def _report(self, error: Exception) -> None:
        """Say once what goes wrong, and let go of the connection that may be the reason."""
        self._failing_since = self._failing_since or time.monotonic()
        if self._said != (said := f"{type(error).__name__}: {error}"):
            self._said = said
            expected = isinstance(error, SlalomError)
            log.warning("The store could not be read: %s", error, exc_info=None if expected else error)
        with suppress(Exception):
            self.store.watch.close()

    def _look(self, asked: bool) -> float | None:
        """Read the news if there may be some, and return how long to wait."""
        live = {id: log for id, log in self._logs.copy().items() if not log.ended}
        if not live:
            return None
        due = time.monotonic() - self._read_at > SURE
        if self.store.watch.changed() or asked or due:
            self._read_at = time.monotonic()
            self._read(live)
        return FAST if any(log.status in ("queued", "running") for log in live.values()) else SLOW

    def _read(self, live: dict[str, Log]) -> None:
        # The states first: what has ended by then has appended all its chunks.
        states = self.store.experiments.states(live)
        cursors = {id: max(log.head, log.seen) for id, log in live.items() if log.head is not None}
        news = self.store.chunks.news(cursors, POLLED_AT_ONCE)
        found: list[tuple[Log, ExperimentState, list[LogEntry], bool]] = []
        for id, log in live.items():
            chunks = news.get(id, [])
            if chunks:
                log.seen = chunks[-1].seq
            if len(chunks) == POLLED_AT_ONCE:
                self._wake.set()
            state = states.get(id)
            if state is not None:
                entries = [_entry(chunk, bool(log.screens)) for chunk in chunks]
                ended = state.status in TERMINAL and len(chunks) < POLLED_AT_ONCE
                found.append((log, state, entries, ended))
        try:
            self._loop.call_soon_threadsafe(_deliver, found)
        except RuntimeError:
            self._stopping = True


def _entry(chunk: Chunk, for_screens: bool) -> LogEntry:
    """Return a chunk in memory; one that is damaged is nobody's trouble but of those who follow it."""
    entry = LogEntry(chunk, read_at=time.monotonic())
    with suppress(StoreError):
        entry.screen = screen_frame(chunk) if for_screens else None
    return entry


def _deliver(found: list[tuple[Log, ExperimentState, list[LogEntry], bool]]) -> None:
    for log, state, entries, ended in found:
        log.take(state, entries, ended)
