"""Parts of the parameters of a group that are updated one after the other, each small enough to stay in a cache.

A tile is some runs' rows, of all their numbers, of one layer's, or of one tensor's. Rules work with NumPy on a
processor, and with PyTorch on a graphics card. What is measured of an update is measured here, while the numbers are
at hand.
"""

from __future__ import annotations

import math
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
import torch

from slalom.catalogue.optimizers import Optimizer
from slalom.catalogue.optimizers.base import Closure
from slalom.catalogue.problems.architecture import Architecture

from .arrays import library_of

TILE_BYTES = 200_000
"""Of an array of a tile, where that is more than one run: a rule reads and writes about six."""


class Slice(NamedTuple):
    """Which numbers a tile has."""

    runs: slice
    columns: slice
    """In a row of a matrix (E, D)."""

    def of(self, value: Any) -> Any:
        """Return the part of a column (E, 1), or of a matrix (E, D), that belongs here; other values as they are."""
        if not isinstance(value, np.ndarray | torch.Tensor):
            return value
        return value[self.runs, self.columns if value.shape[1] > 1 else slice(None)]


EVERYTHING = Slice(slice(None), slice(None))
"""The only tile of a rule that updates all parameters of a run together."""


def slices(
    blueprint: Architecture, runs: int, itemsize: int, by_layer: bool, by_rows: bool, by_tensor: bool = False
) -> list[Slice]:
    """Return the tiles of a group: tensor by tensor, or layer by layer, if wanted; small ones if ``by_rows``."""
    whole = [slice(0, blueprint.dimension)]
    parts = blueprint.tensors if by_tensor else blueprint.layers if by_layer else whole
    found = []
    for part in parts:
        most = max(1, TILE_BYTES // ((part.stop - part.start) * itemsize)) if by_rows else runs
        rows = math.ceil(runs / math.ceil(runs / most))
        columns = slice(part.start, part.stop)
        found += [Slice(slice(a, min(a + rows, runs)), columns) for a in range(0, runs, rows)]
    return found


class UpdateStatistics(NamedTuple):
    """What is measured of an update; arrays of shape (runs,)."""

    grad: Any
    """Squared length of the gradients."""
    move: Any
    """Squared length of the steps."""
    turn: Any
    """Products of the steps with those before, float64; nan where they are not wanted."""
    finite: Any
    """Whether all numbers are finite after it (bool)."""


class OptimizerTile:
    """Some numbers of some runs, (runs, columns), and what the rule remembers of them."""

    def __init__(self, cut: Slice, p: Any, slopes: Any, felt: Any, rule: Optimizer, state: Any) -> None:
        """``p`` is where the parameters stand, ``slopes`` and ``felt`` where gradients do: of the losses, and as given.

        Without a ``state`` the rule begins.
        """
        self.cut: Slice = cut
        self.p = p
        self._slopes = slopes
        self._felt = felt
        self._rule = rule
        self._xp = library_of(p)
        self.state = rule.init(p, self._xp) if state is None else state
        self._all = self._xp.ones_like(p[:, 0], dtype=bool)
        self._none = self._xp.full_like(p[:, 0], math.nan, dtype=self._xp.float64)
        self._step = None
        """The last step, where turns may be wanted at the next update."""

    def update(self, rate: Any, turns: bool, keep: bool, closure: Closure | None = None) -> UpdateStatistics:
        """Make a step along the gradients that stand there.

        ``closure`` returns losses and gradients elsewhere, for a rule that asks for them. ``turns`` are measured where
        they are wanted; the step is kept for the next one's if ``keep``.
        """
        xp, p, felt = self._xp, self.p, self._felt
        grad = self._square(self._slopes)
        new, state = self._rule.update(p, felt, self.state, rate, xp, closure=closure)
        step = xp.subtract(new, p, out=p)
        move = self._square(step)
        finite, product = self._all, self._none
        if xp is torch or not _are_finite(move):  # A graphics card is not waited for.
            finite = xp.isfinite(new).all(1)
        if turns and self._step is not None:
            product = self._dot(step, self._step)
        self._step = deepcopy(step) if keep else None
        self.state = state
        for value in state:
            if value is felt:  # The next gradients will stand there: what remembers these gets a copy.
                self.state = type(state)(*(deepcopy(one) if one is felt else one for one in state))
        p[:] = new
        return UpdateStatistics(grad, move, product, finite)

    def scale(self) -> Any:
        """Return the rule's preconditioner, (runs, columns)."""
        return self._rule.preconditioner(self.state, self._xp)

    def _square(self, values: Any) -> Any:
        """Return |v|² of every row: in double precision where squares overflow, and on a graphics card always."""
        if self._xp is torch:
            return self._dot(values, values)
        squares = np.vecdot(values, values)
        if _are_finite(squares):
            return squares
        return np.where(np.isfinite(squares), squares, self._dot(values, values))

    def _dot(self, v: Any, w: Any) -> Any:
        """Return the product of every row of v with that of w, float64."""
        if self._xp is torch:
            return torch.linalg.vecdot(v.double(), w.double())
        return np.vecdot(v.astype(np.float64), w.astype(np.float64))


def _are_finite(numbers: np.ndarray) -> bool:
    """Return whether all of a few numbers are finite; NumPy's way takes seven times as long."""
    return all(map(math.isfinite, numbers.tolist()))
