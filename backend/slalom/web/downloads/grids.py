"""All runs of an experiment side by side: in memory, or in a file on disk where they are too many for that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

import numpy as np

from slalom.wire.frames import Block

GATHERED = 24 * 2**20
"""Bytes that are gathered before they are written: a row at a time goes to its place, and should not be short."""
READ = 2**17
"""Numbers read at a time."""


class Grid:
    """Columns x runs x entries, NaN after the end of a run; it keeps the entries 0, every, 2·every, ..."""

    def __init__(
        self, names: tuple[str, ...], runs: int, entries: int, dtype: str, every: int = 1, file: BinaryIO | None = None
    ) -> None:
        """``file``: an empty, unbuffered one, which is its caller's to close; in memory if not given."""
        self.names, self.every, self.dtype = names, every, np.dtype(dtype)
        self.length = np.zeros(runs, int)
        """Entries of every run, shape (runs,)."""
        self._shape, self._file = (len(names), runs, entries), file
        self._data = np.empty((0, 0, 0)) if file else np.full(self._shape, np.nan, dtype)
        self._waiting: list[Block] = []
        self._bytes = 0

    @property
    def used(self) -> int:
        """Entries of the longest run."""
        return int(self.length.max(initial=0))

    def fill(self, blocks: Iterable[Block]) -> None:
        """Take all blocks (of stride 1)."""
        for block in blocks:
            if self._file is None:
                self._put(block.runs, *self._kept(block))
                continue
            self._waiting.append(block)
            self._bytes += block.data.nbytes
            if self._bytes >= GATHERED:
                self._write()
        self._write()

    def row(self, column: int, run: int, start: int, stop: int) -> np.ndarray:
        """Return some entries of a column of a run, NaN beyond its end."""
        if self._file is None:
            return self._data[column, run, start:stop]
        end = min(stop, int(self.length[run]))
        found = np.full(stop - start, np.nan, self.dtype)
        if end > start:
            self._file.seek(self._offset(column, run, start))
            self._file.readinto(memoryview(found[: end - start]).cast("B"))  # type: ignore[attr-defined]
        return found

    def rows(self, column: int) -> Iterator[np.ndarray]:
        """Yield a column, run after run, in pieces."""
        for run in range(self._shape[1]):
            for start in range(0, self.used, READ):
                yield self.row(column, run, start, min(start + READ, self.used))

    def _kept(self, block: Block) -> tuple[int, np.ndarray]:
        """Return which of the kept entries is the first of a block, and the kept ones."""
        return -(-block.step // self.every), block.data[:, :, -block.step % self.every :: self.every]

    def _put(self, runs: tuple[int, ...], first: int, data: np.ndarray) -> None:
        place = np.array(runs)
        self.length[place] = np.maximum(self.length[place], first + data.shape[2])
        if self._file is None:
            self._data[:, place, first : first + data.shape[2]] = data
            return
        data = np.ascontiguousarray(data)
        for column, rows in enumerate(data):
            for run, row in zip(runs, rows, strict=True):
                self._file.seek(self._offset(column, run, first))
                self._file.write(row)

    def _write(self) -> None:
        """Write what waits: the blocks of the same runs, which follow on each other, as one."""
        waiting: dict[tuple[int, ...], list[tuple[int, np.ndarray]]] = {}
        for block in self._waiting:
            waiting.setdefault(block.runs, []).append(self._kept(block))
        self._waiting, self._bytes = [], 0
        for runs, parts in waiting.items():
            self._put(runs, parts[0][0], np.concatenate([data for _, data in parts], axis=2))

    def _offset(self, column: int, run: int, entry: int) -> int:
        _, runs, entries = self._shape
        return ((column * runs + run) * entries + entry) * self.dtype.itemsize
