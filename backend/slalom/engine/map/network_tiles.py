"""Tiles of a map of networks: every tile is an experiment of so many runs, descended and judged like any other.

A network's bytes do not depend on who is computed beside it. When it is measured does: a cell is played again in the
tile that it was in, so that what is said of it is the same.
"""

from __future__ import annotations

import numpy as np

from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.experiments.map import CELL_COLUMNS, CELL_KINDS, Map
from slalom.catalogue.experiments.outcome import Outcome
from slalom.engine.descent import Descent
from slalom.unexpected import attempt
from slalom.wire.frames import Block

from .judge import GROWTH, growth_of


def descent_of(spec: Map, cells: np.ndarray, uploads: Uploads = no_uploads) -> Descent:
    """Return the runs of these cells, together on their way."""
    runs = enumerate(spec.runs_of(cells.tolist()))
    lanes = [Lane(problem, run, spec.seed, i, None) for i, (problem, run) in runs]
    return Descent(spec.model_copy(update={"device": "cpu"}), lanes=lanes, uploads=uploads)


def by_batch_size(spec: Map, cells: np.ndarray) -> np.ndarray:
    """Return cells so that those with the same batch size are neighbours: they can be stepped together."""
    width, _ = spec.shape
    for axis, place in enumerate((cells % width, cells // width)):
        if spec.vary[axis].field == "run.batch_size":
            return cells[np.argsort(place, kind="stable")]
    return cells


def settle_networks(spec: Map, cells: np.ndarray, uploads: Uploads = no_uploads) -> np.ndarray:
    """Return what becomes of the networks of these cells, shape (columns, n), float64; NaN where undefined."""
    descent = descent_of(spec, cells, uploads)
    sums = _Sums(len(cells))
    for tick in descent:
        for block in tick.blocks:
            sums.add(block)
    return sums.results(descent.outcomes, spec.steps)


class _Sums:
    """What a map keeps of losses."""

    def __init__(self, runs: int) -> None:
        self.start = np.full(runs, np.nan)
        self.last, self.total = np.full(runs, np.nan), np.zeros(runs)
        self.tail = np.full((GROWTH, runs), np.nan)

    def add(self, block: Block) -> None:
        """Take in some entries."""
        runs, loss = np.array(block.runs), block.data[block.columns.index("loss")].T.astype(np.float64)
        if block.step == 0:
            self.start[runs] = loss[0]
        self.last[runs] = loss[-1]
        self.total[runs] += loss.sum(axis=0)
        self.tail[:, runs] = np.concatenate([self.tail[:, runs], loss])[-GROWTH:]

    def results(self, outcomes: list[Outcome], steps: int) -> np.ndarray:
        """Return the columns of a map."""
        found = np.full((len(CELL_COLUMNS), len(outcomes)), np.nan)
        found[0] = [CELL_KINDS.index(outcome.kind) for outcome in outcomes]
        found[1] = [np.nan if outcome.step is None else outcome.step for outcome in outcomes]
        diverged = found[0] == CELL_KINDS.index("diverged")
        entries = min(GROWTH, steps + 1)
        with np.errstate(all="ignore"):
            mean = self.total / (steps + 1) / abs(self.start)
            grown = (np.nan_to_num(abs(self.last), nan=np.inf) / abs(self.start)) ** (1 / np.maximum(found[1], 1))
            found[2] = self.last
            found[3] = np.where(diverged, np.nan, mean)
            unknown = np.full(len(outcomes), np.nan)
            lately = attempt("The growth of late", lambda: growth_of(self.tail[-entries:]), lambda why: unknown)
            found[4] = np.where(diverged, grown, lately)
        return found
