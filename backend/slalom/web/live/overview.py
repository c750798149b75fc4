"""Many chunks as one small frame: what a viewer needs who comes late or fell behind."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from slalom.errors import StoreError
from slalom.storage.chunks import Chunk
from slalom.wire.frames import Block, decode, encode, with_steps

from .downsample import downsample

SCREEN_ENTRIES = 32
"""Entries per run of a chunk as it is made for the screen."""
OVERVIEW_ENTRIES = 2000
"""Entries per run of an overview, at most: more than a picture has pixels across."""
LEAST_ENTRIES = 4
"""Entries per run of an overview of however many runs: the ends and the extremes."""
OVERVIEW_NUMBERS = 2**20
"""Numbers in one overview, at most (8 MB in double precision), unless its runs need more for their least entries."""
OVERVIEW_SLACK = 2, 8
"""An overview is thinned out where it has this many times the entries that it may have, at least and at most."""


class Overview:
    """What the chunks ``first``..``seq`` hold, thinned out: of every run the ends, the extremes, most where it bends.

    Not for two threads at once.
    """

    def __init__(self, after: int) -> None:
        self.first: int = after + 1
        self.seq: int = after
        self.read = 0
        """Bytes of the chunks that it covers."""
        self.events: list[str] = []
        self._columns: tuple[str, ...] = ("step",)
        self._data = np.empty((1, 0, 0))
        """Shape (columns, runs, capacity): every run's entries from the left, a ``step`` column first."""
        self._used = np.zeros(0, int)
        """How many entries every run has, shape (runs,)."""

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        return self._data.nbytes

    @property
    def room(self) -> int:
        """Entries that every run may have in a frame."""
        return room_of(len(self._columns), len(self._used))

    def extend(self, chunks: Iterable[Chunk]) -> None:
        """Take some more chunks, which follow on the last; raises StoreError where one is damaged."""
        for chunk in chunks:
            self.add(readable(chunk))
            self.seq, self.read = chunk.seq, self.read + len(chunk.payload)
            if chunk.events != "[]":
                self.events.append(chunk.events)

    def frame(self, entries: int = OVERVIEW_ENTRIES) -> bytes:
        """Return all of it as one frame; a run that ended early repeats its last entry, which draws nothing new."""
        runs = np.flatnonzero(self._used)
        block = Block(0, tuple(runs.tolist()), self._columns, self._padded(runs), 0)
        thin = downsample(block, max(LEAST_ENTRIES, min(entries, self.room)))
        return encode(thin._replace(step=int(thin.data[0, :, 0].min())), self.seq, self.first)

    def add(self, block: Block) -> None:
        """Take some more entries of some runs."""
        runs = np.array(block.runs)
        block = with_steps(block)
        self._hold(block, int(runs.max()) + 1)
        block = downsample(block, self.room)
        full = runs[self._used[runs] + block.n > self._data.shape[2]]
        if len(full):
            self._thin(full, self.room)
        places = self._used[runs][:, None] + np.arange(block.n)
        self._data[:, runs[:, None], places] = block.data
        self._used[runs] += block.n

    def _hold(self, block: Block, runs: int) -> None:
        """Make place for so many runs; the more there are, the fewer entries each may have."""
        if runs <= len(self._used):
            return
        columns = len(block.columns)
        room = room_of(columns, runs)
        if self._used.max(initial=0) > room:
            self._thin(np.flatnonzero(self._used > room), room)
        kept = self._used.max(initial=0)
        capacity = min(
            OVERVIEW_SLACK[1] * room,
            max(OVERVIEW_SLACK[0] * room, OVERVIEW_SLACK[0] * OVERVIEW_NUMBERS // (columns * runs)),
        )
        held = np.empty((columns, runs, capacity), block.data.dtype)
        held[:, : len(self._used), :kept] = self._data[:, :, :kept]
        self._columns, self._data = block.columns, held
        self._used = np.append(self._used, np.zeros(runs - len(self._used), int))

    def _thin(self, runs: np.ndarray, entries: int) -> None:
        whole = Block(0, tuple(runs.tolist()), self._columns, self._padded(runs), 0)
        thin = downsample(whole, entries)
        self._data[:, runs, : thin.n] = thin.data
        self._used[runs] = thin.n

    def _padded(self, runs: np.ndarray) -> np.ndarray:
        """Return the entries of some runs side by side, the last one repeated where there are fewer."""
        places = np.minimum(np.arange(self._used[runs].max(initial=0)), self._used[runs][:, None] - 1)
        return self._data[:, runs[:, None], places]


def room_of(columns: int, runs: int) -> int:
    """Return how many entries each of so many runs may have in an overview.

    >>> room_of(9, 2), room_of(9, 4096), room_of(71, 4096)
    (2000, 28, 4)
    """
    return min(OVERVIEW_ENTRIES, max(LEAST_ENTRIES, OVERVIEW_NUMBERS // max(1, columns * runs)))


def screen_frame(chunk: Chunk) -> bytes:
    """Return a chunk with at most 32 entries per run: the chunk itself where it is that short.

    Raises StoreError where it is damaged.
    """
    block = readable(chunk)
    return chunk.payload if block.n <= SCREEN_ENTRIES else encode(downsample(block, SCREEN_ENTRIES), chunk.seq)


def readable(chunk: Chunk) -> Block:
    """Return a chunk as a block, or raise StoreError where its bytes are no frame."""
    try:
        return decode(chunk.payload)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"Chunk {chunk.seq} of the trace is damaged ({type(error).__name__}). What was stored before it can be "
            "read; run the experiment again to have all of it."
        ) from error
