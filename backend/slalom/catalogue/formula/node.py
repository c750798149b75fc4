"""A part of a formula as it was read, and how large a formula may be."""

from __future__ import annotations

from typing import Any, NamedTuple

LARGEST_INTEGER = 1e15
"""Larger integers are not exact in float64 arithmetic."""


class FormulaLimits(NamedTuple):
    """How large a formula may be."""

    characters: int = 200
    nodes: int = 200
    """Numbers, names, operators and functions, as written."""
    depth: int = 32
    """Brackets, signs and exponents that are open at one place."""
    integer: float = LARGEST_INTEGER
    slope_operations: int = 256
    """Array operations for the value and the gradient."""
    hessian_operations: int = 800
    """Array operations for the Hessian."""
    work: int = 1500
    """Different expressions made while differentiating; bounds the time and the memory of that."""


TYPED = FormulaLimits()
"""What a user may type."""


class Node(NamedTuple):
    """One part of a formula, as written."""

    op: str
    """``number``, ``name``, ``neg``, one of ``+ - * / ** < <= > >= == !=``, or the name of a function."""
    args: tuple[Any, ...]
    """Nodes; for a number its float, for a name its str."""
    at: int
    """Where it stands in the text, in characters from 0."""


def has_variable(node: Node) -> bool:
    """Tell whether a part depends on a variable: all names but pi and e do."""
    if node.op == "name":
        return node.args[0] not in ("pi", "e")
    return any(isinstance(arg, Node) and has_variable(arg) for arg in node.args)
