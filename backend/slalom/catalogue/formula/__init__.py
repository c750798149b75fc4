"""A formula: text that a user may have typed, and everything that follows from it.

    text -> checked tree -> symbolic gradient and Hessian -> NumPy and torch functions, and MathML

>>> bowl = parse("x² + 10*y^2")
>>> bowl.variables
('x', 'y')
>>> parse("f(x) = ½x^2 + |x-1|").text
'1/2*x**2 + abs(x - 1)'
>>> import numpy as np
>>> value, slope = bowl.functions(np).slope(np.array([2.0, 1.0]))
>>> float(value), slope.tolist()
(14.0, [4.0, 20.0])
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType

from slalom.catalogue.base.choice import Module
from slalom.catalogue.base.functions import Effort, Functions
from slalom.errors import FormulaError

from .codegen import computed_numbers, functions, lowered, operations, source
from .expression import TOO_COMPLICATED, Graph
from .mathml import as_mathml, signature
from .node import TYPED, FormulaLimits, Node
from .parser import parse_tree
from .plain_text import plain_number, plain_text

__all__ = ["TYPED", "Formula", "FormulaLimits", "Node", "parse"]

FORMULAS_KEPT = 256
"""Formulas and functions kept, the ones used last: typing makes a new formula with every key."""


def parse(text: str, parameters: Mapping[str, float] = MappingProxyType({}), limits: FormulaLimits = TYPED) -> Formula:
    """Check a formula and differentiate it.

    ``parameters`` are named numbers that may be used besides variables, pi and e.

    Raises FormulaError, with the place, the reason and what to write instead.
    """
    return _parsed(text, tuple(parameters.items()), limits)


@lru_cache(maxsize=FORMULAS_KEPT)
def _parsed(text: str, parameters: tuple[tuple[str, float], ...], limits: FormulaLimits) -> Formula:
    named = dict(parameters)
    tree, variables, plain = parse_tree(text, named, limits)
    if not plain:
        return _written_out(plain_text(tree), parameters, limits)
    graph = Graph(limits)
    places = {name: k for k, name in enumerate(variables)}
    value = graph.build(tree, places, {"pi": math.pi, "e": math.e, **named})
    dim = len(variables)
    gradient = [graph.derivative(value, k) for k in range(dim)]
    slope = _affordable(graph, [value, *gradient], limits.slope_operations)
    triangle = [graph.derivative(gradient[i], j) for i in range(dim) for j in range(i + 1)]
    hessian = _affordable(graph, triangle, limits.hessian_operations)
    return Formula(_typed(text, named), tree, variables, tuple(named), graph, slope, hessian)


def _written_out(text: str, parameters: tuple[tuple[str, float], ...], limits: FormulaLimits) -> Formula:
    """Return the formula of a plain text that was made of another one."""
    try:
        return _parsed(text, parameters, limits)
    except FormulaError as error:
        raise FormulaError(f"{error} It is read as {text}") from None


def _affordable(graph: Graph, roots: list[int], most: int) -> tuple[int, ...]:
    """Return the roots as array operations, if they are not too many."""
    cheap = lowered(graph, roots)
    if operations(graph, cheap) > most:
        raise FormulaError(TOO_COMPLICATED)
    return tuple(cheap)


@dataclass(frozen=True, eq=False, repr=False)
class Formula:
    """A checked formula with its derivatives."""

    text: str
    """The formula in plain text: as typed where that is plain, and with numbers in place of parameters."""
    tree: Node
    """What was written, with parameters by name."""
    variables: tuple[str, ...]
    """All variables up to the highest one used: ("x", "y") even where only y is used."""
    parameters: tuple[str, ...]
    """The names of its parameters."""
    _graph: Graph
    _slope: tuple[int, ...]
    _hessian: tuple[int, ...]

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"

    @property
    def dimension(self) -> int:
        """How many variables it has."""
        return len(self.variables)

    @cached_property
    def effort(self) -> Effort:
        """What value, gradient and Hessian take."""
        graph, slope, hessian = self._graph, self._slope, self._hessian
        return Effort(
            operations(graph, slope),
            computed_numbers(graph, slope),
            operations(graph, hessian),
            computed_numbers(graph, hessian),
        )

    def functions(self, xp: Module) -> Functions:
        """Return value, gradient and Hessian in the arithmetic of ``xp``, numpy or torch; the dtype is that of ``p``.

        Nothing raises: what overflows is inf, what is undefined is nan. In NumPy, ``slope`` leaves it to the
        caller to say ``np.errstate(all="ignore")`` once around a loop, because that takes as long as two operations.
        """
        return _functions(self, xp)

    @property
    def mathml(self) -> str:
        """The formula typeset, as the text of a MathML element."""
        return as_mathml(self.tree)

    @property
    def signature(self) -> str:
        """What stands to the left of it, f(x, y) =, likewise."""
        return signature(self.variables)

    @property
    def code(self) -> str:
        """The source of its three NumPy functions."""
        return "\n".join(self.sources("numpy").values())

    def sources(self, xp: str) -> dict[str, str]:
        """Return the source of ``value``, ``slope`` and ``hessian`` for "numpy" or "torch"."""
        roots: dict[str, Sequence[int]] = {"value": self._slope[:1], "slope": self._slope, "hessian": self._hessian}
        return {name: source(self._graph, roots[name], xp, name, name) for name in roots}


@lru_cache(maxsize=FORMULAS_KEPT)
def _functions(formula: Formula, xp: Module) -> Functions:
    return functions(formula.sources(xp.__name__), xp)


def _typed(text: str, parameters: Mapping[str, float]) -> str:
    """Put numbers in place of parameters."""
    if not parameters:
        return text
    written = {name: _number(value) for name, value in parameters.items()}
    return re.sub(r"(?<![\w.])[A-Za-z_]\w*", lambda found: written.get(found[0], found[0]), text)


def _number(value: float) -> str:
    text = plain_number(value)
    return f"({text})" if value < 0 else text
