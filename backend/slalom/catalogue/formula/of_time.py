"""A formula of time: of t, which counts updates, and n, how many there are.

>>> import numpy as np
>>> parse_time("cos(πt/(2n))").values(np.arange(3), 2).round(3).tolist()
[1.0, 0.707, 0.0]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from slalom.catalogue.base.choice import Array
from slalom.errors import FormulaError

from . import FORMULAS_KEPT
from .codegen import executed, lowered, operations, source
from .domain_errors import KNOWN_CONSTANTS
from .expression import TOO_COMPLICATED, Graph
from .node import TYPED, Node
from .parser import parse_tree_of
from .plain_text import plain_text
from .torch_text import as_torch

TIME_VARIABLES = ("t", "n")


@dataclass(frozen=True, eq=False)
class TimeFormula:
    """A checked formula of t and n."""

    tree: Node
    _source: str

    @property
    def text(self) -> str:
        """The formula in plain text."""
        return plain_text(self.tree)

    def torch_text(self, n: int) -> str:
        """Return the formula as an expression of a PyTorch program; numbers have the dtype of t, which is a tensor."""
        return re.sub(r"(?<!torch\.where\()torch\.tensor\(", "t.new_tensor(", as_torch(self.tree, {"n": n}))

    @cached_property
    def _function(self) -> Any:
        return executed(self._source, "value", np)

    def values(self, t: Array, n: int) -> Array:
        """Return the values at an array of updates, float64, in its shape; what cannot be computed is nan or inf."""
        flat = np.ravel(t).astype(np.float64)
        return self._function(np.stack([flat, np.full(flat.shape, float(n))])).reshape(np.shape(t))


@lru_cache(maxsize=FORMULAS_KEPT)
def parse_time(text: str) -> TimeFormula:
    """Check a formula of time.

    Raises FormulaError, with the place, the reason and what to write instead.
    """
    tree, graph = parse_tree_of(TIME_VARIABLES, text), Graph(TYPED)
    places = {name: k for k, name in enumerate(TIME_VARIABLES)}
    roots = lowered(graph, [graph.build(tree, places, KNOWN_CONSTANTS)])
    if operations(graph, roots) > TYPED.slope_operations:
        raise FormulaError(TOO_COMPLICATED)
    return TimeFormula(tree, source(graph, roots, "numpy", "value", "value"))
