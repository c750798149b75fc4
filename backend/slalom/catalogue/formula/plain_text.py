"""A formula as plain text: how its tree is written with numbers, names, + - * / **, brackets and functions only."""

from __future__ import annotations

from .node import LARGEST_INTEGER, Node
from .vocabulary import COMPARISONS

_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)
_STRENGTH = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "neg": _SIGN, "**": _POWER}


def plain_text(node: Node, at_least: int = _SUM) -> str:
    """Return the text of a tree, in brackets where it binds less than ``at_least``; read again it is the same tree.

    >>> from .parser import parse_tree
    >>> plain_text(parse_tree("½x²(x-1) + |y|").tree)
    '1/2*x**2*(x - 1) + abs(y)'
    """
    op, args = node.op, node.args
    strength = _STRENGTH.get(op, _ATOM)
    if op == "number":
        text, strength = plain_number(args[0]), _SIGN if args[0] < 0 else _ATOM
    elif op == "name":
        text = args[0]
    elif op == "neg":
        text = "-" + plain_text(args[0], _SIGN)
    elif op in ("+", "-"):
        text = f"{plain_text(args[0], _SUM)} {op} {_unsigned(args[1], _PRODUCT)}"
    elif op in ("*", "/"):
        text = f"{plain_text(args[0], _PRODUCT)}{op}{_unsigned(args[1], _SIGN)}"
    elif op == "**":
        text = f"{plain_text(args[0], _ATOM)}**{plain_text(args[1], _SIGN)}"
    elif op in COMPARISONS:
        text = f"{plain_text(args[0])} {op} {plain_text(args[1])}"
    else:
        text = f"{op}({', '.join(map(plain_text, args))})"
    return f"({text})" if strength < at_least else text


def _unsigned(node: Node, at_least: int) -> str:
    """Return the text of a second operand, in brackets where it begins with a sign."""
    text = plain_text(node, at_least)
    return f"({text})" if text.startswith("-") else text


def plain_number(value: float) -> str:
    """Return the shortest text of a number that is read as the same number."""
    text = repr(float(value))
    return text.removesuffix(".0") if abs(value) <= LARGEST_INTEGER else text
