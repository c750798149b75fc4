"""Fewer entries of old traces: about one of sixteen stays, and every extreme, end and event stays as it is."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from .frames import Block, steps_of, with_steps

ONE_OF = 16
"""Of so many entries about one is kept."""
GOLDEN = 0.6180339887498949
"""Multiples of it, without their whole part, fill an interval evenly however many there are."""


def thin_out(block: Block, told: Collection[tuple[int, int]] = ()) -> Block:
    """Return about one of sixteen entries of every run, with a ``step`` column and stride 0.

    What stays in any case, of every run: the first and the last entry, where any column is lowest and highest, where a
    column begins or ceases to be finite, and the entries ``told``, pairs of a run and a step. The others are spread
    evenly. A block of which nearly all would stay is returned as it is.
    """
    whole = with_steps(block)
    must = _must_stay(whole, told)
    count = max(-(-whole.n // ONE_OF), int(must.sum(axis=1).max()))
    if 2 * count > whole.n:
        return block
    order = np.broadcast_to(np.arange(whole.n) * GOLDEN % 1.0, must.shape)
    picks = np.sort(np.argpartition(np.where(must, -1.0, order), count - 1, axis=1)[:, :count], axis=1)
    return whole._replace(data=np.take_along_axis(whole.data, picks[None], axis=2))


def _must_stay(whole: Block, told: Collection[tuple[int, int]]) -> np.ndarray:
    """Return which entries stay in any case, (runs, n)."""
    finite = np.isfinite(whole.data)
    must = np.zeros(whole.data.shape[1:], bool)
    must[:, [0, -1]] = True
    for bound, place in ((np.inf, np.argmin), (-np.inf, np.argmax)):
        found = place(np.where(finite, whole.data, bound), axis=2)
        must[np.arange(len(must)), found] = True
    turns = (finite[:, :, 1:] != finite[:, :, :-1]).any(axis=0)
    must[:, 1:] |= turns
    must[:, :-1] |= turns
    steps = steps_of(whole)
    for run, step in told:
        if run in whole.runs:
            place_of_run = whole.runs.index(run)
            must[place_of_run] |= steps[place_of_run] == step
    return must
