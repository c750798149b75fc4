"""Going on with an experiment whose process was lost: all is computed again, and stored is what is not stored yet.

What a spec comes to does not depend on how it is cut into chunks. So only this has to be known of what is stored: the
last entry of every run, which events were told, and what is kept beside the chunks.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import numpy as np

from slalom.errors import SlalomError
from slalom.wire.frames import Block, decode

from .descent import Artifact, Event, Tick
from .heartbeat import RetryingStore

READ_AT_ONCE = 8
"""Chunks that are read at a time."""
NONE = -1
"""The last stored entry of a run of which none is stored."""


class OtherArithmetic(SlalomError):
    """What was computed again is not what is stored."""


class Stored:
    """What is stored of an experiment already."""

    def __init__(self, store: RetryingStore, id: str, done: int) -> None:
        """Look at all its chunks; ``done`` is how many updates it has been said to have made."""
        self.seq = 0
        """Its last chunk."""
        self._store, self._id, self._done = store, id, done
        self._last = np.full(0, NONE)
        self._values = np.empty((0, 0))
        self._told: Counter[tuple[int, str, int]] = Counter()
        self._kept: set[tuple[str, int]] = set()
        while chunks := store.chunks.read(id, self.seq, READ_AT_ONCE):
            for chunk in chunks:
                self._see(decode(chunk.payload))
                self._told.update((one["run"], one["kind"], one["step"]) for one in json.loads(chunk.events))
            self.seq: int = chunks[-1].seq
        self._untold: list[Event] = [self._resumed()] if self.seq else []

    @property
    def known(self) -> frozenset[int]:
        """The runs of which something is stored: the cells of a map that need not be computed again."""
        return frozenset(np.flatnonzero(self._last > NONE).tolist())

    def rest(self, tick: Tick) -> Tick:
        """Return what of a tick is not stored; events wait for the next entries that are not.

        Raises :class:`OtherArithmetic` where the last stored entry of a run is not what was computed again.
        """
        if not self.seq:
            return tick
        # By their steps: where it broke in the middle of an entry, some runs have fewer entries than others.
        blocks = sorted((part for block in tick.blocks for part in self._new(block)), key=lambda block: block.step)
        self._untold += self._not_told(tick.events)
        kept = [one for one in tick.kept if not self._is_kept(one)]
        if not blocks:
            return Tick([], [], self._done, kept)
        events, self._untold = self._untold, []
        return Tick(blocks, events, max(tick.done, self._done), kept)

    def _resumed(self) -> Event:
        text = f"Its process was lost at step {self._done:,}; another one goes on from there, and nothing is missing."
        return Event(0, "resumed", self._done, text)

    def _see(self, block: Block) -> None:
        runs = np.array(block.runs)
        if (more := int(runs.max()) + 1 - len(self._last)) > 0:
            self._last = np.pad(self._last, (0, more), constant_values=NONE)
            values = np.full((len(block.columns), len(self._last)), np.nan, block.data.dtype)
            values[: len(self._values), : self._values.shape[1]] = self._values
            self._values = values
        self._last[runs] = block.last
        self._values[:, runs] = block.data[:, :, -1]

    def _new(self, block: Block) -> Iterator[Block]:
        """Yield the entries of a block that are not stored, together those of runs that have the same ones."""
        runs = np.array(block.runs)
        last = np.where(runs < len(self._last), self._last[np.minimum(runs, len(self._last) - 1)], NONE)
        known = np.clip((last - block.step) // block.stride + 1, 0, block.n)
        if not known.any():
            yield block
            return
        self._compare(block, runs, last)
        for first in sorted({*known.tolist()} - {block.n}):
            rows = np.flatnonzero(known == first)
            yield block._replace(
                step=block.step + first * block.stride,
                runs=tuple(runs[rows].tolist()),
                data=block.data[:, rows, first:],
            )

    def _compare(self, block: Block, runs: np.ndarray, last: np.ndarray) -> None:
        rows = np.flatnonzero((block.step <= last) & (last <= block.last))
        again = block.data[:, rows, (last[rows] - block.step) // block.stride]
        if not np.array_equal(again, self._values[:, runs[rows]], equal_nan=True):
            raise OtherArithmetic(
                f"Its process was lost at step {self._done:,}, and what another one computed again is not quite what "
                "is stored: its processor, or its GPU, rounds in another way. Start it again; everything streamed so "
                "far is kept."
            )

    def _not_told(self, events: list[Event]) -> Iterator[Event]:
        for one in events:
            place = (one.run, one.kind, one.step)
            if self._told[place]:
                self._told[place] -= 1
            else:
                yield one

    def _is_kept(self, one: Artifact) -> bool:
        place = (one.kind, one.step)
        if place not in self._kept:
            self._kept |= {(one.kind, step) for step in self._store.artifacts.steps(self._id, one.kind)}
        return place in self._kept
