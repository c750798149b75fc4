"""The last stretch of every run, by which what it is doing is judged: losses, and how often its steps turned back."""

from __future__ import annotations

import numpy as np

SHORTEST, SHARE = 20, 20
"""The last stretch is so many entries, or one in so many of all where that is more."""
MOST_ROWS = 256
"""Rows that it takes at most."""
PARTS = 5
"""Its trend is that of so many medians, one after the other."""


def stretch(entries: int) -> int:
    """Return how long the last stretch of so many entries is.

    >>> stretch(7), stretch(400), stretch(6000)
    (20, 20, 300)
    """
    return max(SHORTEST, entries // SHARE)


def size(entries: int) -> int:
    """Return how many entries a row stands for: a power of two, with which the last stretch has at most MOST_ROWS.

    >>> size(5120), size(5121), size(100_000)
    (1, 2, 32)
    """
    return 1 << (max(1, -(-entries // (MOST_ROWS * SHARE))) - 1).bit_length()


def first_needed(entries: int) -> int:
    """Return an entry from which on it is enough to know a run of so many entries, to know its last stretch.

    >>> first_needed(201), first_needed(6000)
    (178, 5696)
    """
    row = 2 * size(entries)
    return max(0, (entries - stretch(entries) - row) // row * row)


class LastStretch:
    """The last stretch of R runs, in memory that does not grow with their length.

    Rows are cut at multiples of their size; a row has the loss of its last entry, and how many of its steps turned
    back. Nothing depends on where one tick ends and the next begins, or on what came before ``first_needed``.
    """

    def __init__(self, runs: int, first: int = 0) -> None:
        """``first`` is the first entry that will be added, a multiple of twice the size of rows."""
        self.entries: int = first
        """How many entries there have been."""
        self._size = size(first)
        self._losses, self._turned = np.empty((0, runs)), np.empty((0, runs), np.int32)
        self._open = np.zeros(runs, np.int32)
        """Steps that turned back since the last row."""

    def add(self, losses: np.ndarray, turned: np.ndarray) -> None:
        """Take in the next entries: losses, and whether the step to each went back against the one before, (n, R)."""
        done = 0
        while done < len(losses):
            if size(self.entries + 1) > self._size:
                self._merge()
            n = min(len(losses) - done, MOST_ROWS * SHARE * self._size - self.entries)
            self._add(losses[done : done + n], turned[done : done + n])
            done += n

    def keep(self, runs: np.ndarray) -> None:
        """Forget the other runs."""
        self._losses, self._turned, self._open = (a[..., runs] for a in (self._losses, self._turned, self._open))

    @property
    def losses(self) -> np.ndarray:
        """One loss a row, over the last stretch, (rows, R)."""
        return self._losses[-(stretch(self.entries) // self._size) :]

    @property
    def turned(self) -> np.ndarray:
        """The share of steps that turned back, over the last stretch, (R,); those that were not made did not."""
        rows = stretch(self.entries) // self._size
        return self._turned[-rows:].sum(axis=0) / (rows * self._size)

    def medians(self) -> np.ndarray:
        """Return the median losses of successive parts of the last stretch, (parts, R).

        Parts have an even number of rows, so that a loss that jumps between two values has the same median in all;
        where there are fewer than four rows, each is a part.
        """
        rows = self.losses
        length = 1 if len(rows) < 4 else max(2, len(rows) // PARTS // 2 * 2)
        parts = min(PARTS, len(rows) // length)
        cut = rows[len(rows) - parts * length :].reshape(parts, length, rows.shape[1])
        return median(cut, axis=1)

    @property
    def apart(self) -> int:
        """Updates between the middles of two successive parts."""
        rows = len(self.losses)
        return self._size * (1 if rows < 4 else max(2, rows // PARTS // 2 * 2))

    def _add(self, losses: np.ndarray, turned: np.ndarray) -> None:
        following = -self.entries % self._size or self._size
        """How many of these entries belong to the row that is open."""
        begins = np.concatenate([[0], np.arange(following, len(losses), self._size)])
        ends = np.arange(following - 1, len(losses), self._size)
        sums = np.add.reduceat(turned, begins, axis=0, dtype=np.int32)
        sums[0] += self._open
        self._open = sums[len(ends)] if len(sums) > len(ends) else np.zeros_like(self._open)
        self.entries += len(losses)
        rows = stretch(self.entries) // self._size + 1
        self._losses = np.concatenate([self._losses, losses[ends]])[-rows:]
        self._turned = np.concatenate([self._turned, sums[: len(ends)]])[-rows:]

    def _merge(self) -> None:
        """Make one row of every two; the last of them ends here."""
        rows = len(self._losses) // 2 * 2
        before = self._losses[len(self._losses) - rows :], self._turned[len(self._turned) - rows :]
        self._losses, self._turned = before[0][1::2], before[1][::2] + before[1][1::2]
        self._size *= 2


def median(values: np.ndarray, axis: int) -> np.ndarray:
    """Return the medians along an axis; nan where a value is nan."""
    # Not np.median: its first call imports numpy.ma, and a process would bring its first picture 10 ms later.
    ordered = np.moveaxis(np.sort(values, axis=axis), axis, 0)
    n = len(ordered)
    middle = 0.5 * ordered[(n - 1) // 2] + 0.5 * ordered[n // 2]
    return np.where(np.isnan(ordered[-1]), np.nan, middle)
