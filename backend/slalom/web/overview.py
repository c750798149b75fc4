"""Many chunks as one small frame: what a viewer needs who comes late or fell behind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from slalom.store import Chunk
from slalom.trace import Block, decimate, decode, encode

ENTRIES = 32
"""Entries per run of a frame made for the screen."""
MERGED_AT = 512
"""Entries per run that are collected before they are thinned out again."""


class Overview(NamedTuple):
    """What chunks ``first``..``seq`` hold, thinned out: every run's ends and extremes are kept."""

    first: int
    seq: int
    parts: tuple[Block, ...] = ()
    """One block for every set of runs that was alive together, each with a ``step`` column."""
    events: tuple[str, ...] = ()

    def extended(self, chunks: Iterable[Chunk]) -> Overview:
        """Return the overview with some more chunks, which follow on the last."""
        parts, events, seq = list(self.parts), list(self.events), self.seq
        for chunk in chunks:
            _add(parts, with_steps(decimate(decode(chunk.payload), ENTRIES)))
            seq = chunk.seq
            if chunk.events != "[]":
                events.append(chunk.events)
        return Overview(self.first, seq, tuple(parts), tuple(events))

    def frame(self) -> bytes:
        """Return all of it as one frame of at most 32 entries per run."""
        return encode(_side_by_side(self.parts), self.seq, self.first)


def screen_frame(chunk: Chunk) -> bytes:
    """Return a chunk with at most 32 entries per run: the chunk itself where it is that short."""
    block = decode(chunk.payload)
    return chunk.payload if block.n <= ENTRIES else encode(decimate(block, ENTRIES), chunk.seq)


def with_steps(block: Block) -> Block:
    """Return a block with a ``step`` column."""
    if block.stride == 0:
        return block
    steps = (block.step + block.stride * np.arange(block.n)).astype(block.data.dtype)
    column = np.broadcast_to(steps, (1, len(block.runs), block.n))
    return Block(block.step, block.runs, ("step", *block.columns), np.concatenate([column, block.data]), 0)


def _add(parts: list[Block], block: Block) -> None:
    if not parts or parts[-1].runs != block.runs:
        parts.append(block)
        return
    merged = parts[-1]._replace(data=np.concatenate([parts[-1].data, block.data], axis=2))
    parts[-1] = decimate(merged, MERGED_AT // 2) if merged.n > MERGED_AT else merged


def _side_by_side(parts: tuple[Block, ...]) -> Block:
    """Return all runs in one block; one that ended early repeats its last entry, which draws nothing new."""
    if len(parts) == 1:
        return decimate(parts[0], ENTRIES)
    pieces: dict[int, list[np.ndarray]] = {}
    for part in parts:
        for position, run in enumerate(part.runs):
            pieces.setdefault(run, []).append(part.data[:, position : position + 1])
    runs = tuple(sorted(pieces))
    whole = [parts[0]._replace(runs=(run,), data=np.concatenate(pieces[run], axis=2)) for run in runs]
    thin = [decimate(block, ENTRIES).data for block in whole]
    n = max(data.shape[2] for data in thin)
    padded = [np.pad(data, ((0, 0), (0, 0), (0, n - data.shape[2])), mode="edge") for data in thin]
    return parts[0]._replace(runs=runs, data=np.concatenate(padded, axis=1))
