"""Fewer entries of a trace that draw the same picture: both ends, every extreme, dense where a path bends or jumps.

All runs of a block are thinned out together. The entries of a run are shared out into stretches of equal weight, where
weight is the mean of five shares: updates, their logarithm, how far the loss moves on its own scale, how far the first
two coordinates move, and how much their path turns. Of every stretch stay its first entry and the lowest and highest of
loss and coordinates, so that a zigzag keeps its width; what is left of the room is filled evenly.
"""

from __future__ import annotations

import numpy as np

from slalom.wire.frames import Block, with_steps
from slalom.wire.thinning import GOLDEN

PATH_COLUMNS = ("p0", "p1")
"""The coordinates in which paths are drawn first."""
ATTEMPTS = 4
"""How often stretches are made longer until what stays of them fits, before the safe length is taken."""
SAMPLED = 256
"""Entries of a run that say how widely its values spread."""


def downsample(block: Block, entries: int) -> Block:
    """Return at most ``entries`` entries per run: its ends, its extremes, and most where its curves bend.

    The result has stride 0 and a ``step`` column; a block that is short enough is returned as it is.
    """
    if block.n <= max(entries, 2):
        return block
    block = with_steps(block)
    picks = _picks(block, max(entries, 2))
    return block._replace(data=np.take_along_axis(block.data, picks[None], axis=2))


def _picks(block: Block, entries: int) -> np.ndarray:
    """Return which entries stay, sorted: shape (runs, entries)."""
    loss = block.data[block.columns.index("loss")].astype(np.float64)
    path = [block.data[block.columns.index(name)].astype(np.float64) for name in PATH_COLUMNS if name in block.columns]
    chosen = _chosen(block.data[block.columns.index("step")].astype(np.float64), loss, path, entries)
    order = np.broadcast_to(np.arange(block.n) * GOLDEN % 1.0, chosen.shape)
    first = np.argpartition(np.where(chosen, -1.0, order), entries - 1, axis=1)[:, :entries]
    return np.sort(first, axis=1)


def _chosen(steps: np.ndarray, loss: np.ndarray, path: list[np.ndarray], entries: int) -> np.ndarray:
    """Return whether an entry has to stay, (runs, n): at most ``entries`` of every run."""
    curves = [loss, *path]
    if (entries - 1) // (1 + 2 * len(curves)) == 0:
        curves = [loss] if entries >= 4 else []
    safe = max(1, (entries - 1) // (1 + 2 * len(curves)))
    with np.errstate(all="ignore"):
        along = _along(steps, loss, path)
    stretches = np.full(len(loss), entries - 1)
    chosen = _ends_and_extremes((along * stretches[:, None]).astype(int), curves)
    for attempt in range(ATTEMPTS):
        count = chosen.sum(axis=1)
        if (count <= entries).all():
            break
        fewer = safe if attempt == ATTEMPTS - 1 else np.maximum(safe, (0.9 * stretches * entries / count).astype(int))
        stretches = np.where(count > entries, fewer, stretches)
        chosen = _ends_and_extremes((along * stretches[:, None]).astype(int), curves)
    return chosen


def _along(steps: np.ndarray, loss: np.ndarray, path: list[np.ndarray]) -> np.ndarray:
    """Return how far every entry is along its run by weight, (runs, n): 0 at the first, below 1 at the last."""
    rising = [np.diff(steps), np.diff(np.log1p(steps - steps[:, :1])), np.abs(np.diff(_on_scale(loss)))]
    if path:
        moves = [np.diff(_on_scale(coordinate)) for coordinate in path]
        rising += [np.sqrt(sum(move**2 for move in moves)), _turning(moves)]
    weight = np.zeros_like(rising[0])
    for part in rising:
        part = np.where(np.isfinite(part), part, 0.0)
        total = part.sum(axis=1, keepdims=True)
        weight += np.divide(part, total, out=np.zeros_like(part), where=total > 0)
    passed = np.cumsum(weight, axis=1)
    passed /= np.nextafter(np.maximum(passed[:, -1:], 1e-300), np.inf) * (1 + 1e-9)
    return np.concatenate([np.zeros((len(steps), 1)), passed], axis=1)


def _turning(moves: list[np.ndarray]) -> np.ndarray:
    """Return by how much a path turns at both ends of every step, in radians: shape (runs, n - 1)."""
    x, y = moves if len(moves) == 2 else (moves[0], np.zeros_like(moves[0]))
    cross = x[:, :-1] * y[:, 1:] - y[:, :-1] * x[:, 1:]
    turned = np.abs(np.arctan2(cross, x[:, :-1] * x[:, 1:] + y[:, :-1] * y[:, 1:]))
    turned = np.where(np.isfinite(turned), turned, 0.0)
    both = np.zeros_like(x)
    both[:, :-1] += turned
    both[:, 1:] += turned
    return both


def _on_scale(values: np.ndarray) -> np.ndarray:
    """Return values as a picture would space them: logarithms where all are positive, else compressed far outside."""
    known = np.where(np.isfinite(values), values, 0.0)
    if (known > 0).all():
        return np.log(known)
    some = known[:, :: -(-known.shape[1] // SAMPLED)]
    middle = np.median(some, axis=1, keepdims=True)
    spread = np.median(np.abs(some - middle), axis=1, keepdims=True)
    spread = np.where(spread > 0, spread, np.maximum(np.abs(some - middle).max(axis=1, keepdims=True), 1e-300))
    return np.arcsinh((known - middle) / spread)


def _ends_and_extremes(stretch: np.ndarray, curves: list[np.ndarray]) -> np.ndarray:
    """Return which entries are the first of their stretch, the last of all, or lowest or highest in their stretch."""
    runs, n = stretch.shape
    chosen = np.ones((runs, n), bool)
    chosen[:, 1:] = stretch[:, 1:] != stretch[:, :-1]
    starts = np.flatnonzero(chosen.ravel())
    lengths = np.diff(np.append(starts, runs * n))
    chosen[:, -1] = True
    flat = chosen.ravel()
    for values in curves:
        # What is not a number is beyond everything: it may not hide what is finite, and has to be seen.
        ordered = np.where(np.isnan(values), np.inf, values).ravel()
        for extreme in (np.minimum, np.maximum):
            hits = np.flatnonzero(ordered == np.repeat(extreme.reduceat(ordered, starts), lengths))
            owner = np.searchsorted(starts, hits, side="right")
            flat[hits[np.append(True, owner[1:] != owner[:-1])]] = True
    return flat.reshape(runs, n)
