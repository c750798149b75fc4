"""How the numbers of one run lie in the arrays of a rule that looks at more than one of them at a time."""

from __future__ import annotations

from typing import Self

import numpy as np
from pydantic import PrivateAttr

from slalom.catalogue.base.choice import Array, Module

from .base import Optimizer, like


class ByRun(Optimizer):
    """A rule that looks at all numbers of a tensor, or of a run, together.

    Of a network its arrays have shape (E, size), one run a row; on a surface they have shape (dim, E), and all
    variables are one vector.
    """

    has_theory = False

    _shape: tuple[int, ...] | None = PrivateAttr(None)
    """That of the tensor, as PyTorch has it; None on a surface."""

    def of_tensor(self, shape: tuple[int, ...]) -> Self:
        rule = self.model_copy()
        rule._shape = shape
        return rule

    def rows(self, values: Array, xp: Module) -> Array:
        """Return values with one run a row, (E, n)."""
        if self._shape is not None:
            return values
        return values.T.copy() if xp is np else values.T.contiguous()

    def back(self, rows: Array) -> Array:
        """Return what has one run a row as the values of the rule have it."""
        return rows if self._shape is not None else rows.T

    def column(self, number: Array) -> Array:
        """Return a number of every run, (E, 1), float64, or one that all share."""
        return number if isinstance(number, float) or self._shape is not None else number[:, None]

    def column_like(self, number: Array, p: Array) -> Array:
        """Return the same in the dtype of ``p``."""
        return like(self.column(number), p)
