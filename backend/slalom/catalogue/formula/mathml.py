"""A formula, typeset: the tree as MathML with as few brackets as its meaning allows.

While it is made, an element is a list ``[tag, child, ...]`` of elements and texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from .node import Node
from .vocabulary import COMPARISONS, NUMBERED

Markup = list[Any]
"""``[tag, child, ...]``; every child is Markup or a str."""

MATHML = "http://www.w3.org/1998/Math/MathML"

TIMES = "\u2062"
"""Invisible times: what stands between 2 and x."""
APPLY = "\u2061"
"""Invisible function application: what stands between sin and (x)."""

_CASES, _SUM, _SIGN, _PRODUCT, _POWER, _ATOM = range(6)
_STRENGTH = {"+": _SUM, "-": _SUM, "neg": _SIGN, "*": _PRODUCT, "**": _POWER, "/": _POWER, "where": _CASES}
_STRENGTH |= dict.fromkeys(("name", "sqrt", "abs", "floor", "ceil"), _ATOM) | {"mod": _CASES}
_SYMBOLS = {"pi": "π", "kappa": "κ", "alpha": "α", "beta": "β", "epsilon": "ε", "omega": "ω"}
_SYMBOLS |= {"log": "ln", "log2": "log₂", "log10": "log₁₀"}
_SYMBOLS |= {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "relu": "ReLU"}
_SYMBOLS |= {"asinh": "arsinh", "acosh": "arcosh", "atanh": "artanh"}
_BETWEEN = {"abs": "||", "floor": "⌊⌋", "ceil": "⌈⌉"}
_COMPARED = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}
_RAISED = ("sin", "cos", "tan", "sinh", "cosh", "tanh")
"""Functions whose powers are as_xml sin²(x)."""


def as_mathml(tree: Node) -> str:
    """Return ``<math>...</math>``: the tree, typeset."""
    return as_xml(["math", *_row(typeset(tree))])


def signature(variables: Sequence[str]) -> str:
    """Return ``<math>...</math>``: the left side of a formula, f(x, y) =; of many variables the first and the last."""
    named = [_name(v) for v in variables]
    shown = named if len(named) <= 3 else [named[0], ["mo", "…"], named[-1]]
    return as_xml(["math", ["mi", "f"], ["mo", APPLY], _bracketed(_listed(shown)), ["mo", "="]])


def as_xml(made: Markup | str) -> str:
    """Return an element as text."""
    if isinstance(made, str):
        return escape(made)
    tag, *children = made
    space = f' xmlns="{MATHML}"' if tag == "math" else ""
    return f"<{tag}{space}>{''.join(map(as_xml, children))}</{tag}>"


def typeset(node: Node, at_least: int = _CASES) -> Markup:
    """Return a node, in brackets where it binds less than ``at_least``."""
    op, args = node.op, node.args
    if op == "number":
        made = _number(args[0])
    elif op == "name":
        made = _name(args[0])
    elif op in ("+", "-"):
        made = _sum(op, *args)
    elif op == "neg":
        made = ["mrow", ["mo", "−"], *_row(typeset(args[0], _PRODUCT))]
    elif op == "*":
        made = _product(*args)
    elif op == "/":
        made = ["mfrac", typeset(args[0]), typeset(args[1])]
    elif op == "**":
        made = _power(*args)
    elif op in COMPARISONS:
        made = ["mrow", *_row(typeset(args[0])), ["mo", _COMPARED[op]], *_row(typeset(args[1]))]
    else:
        made = _function(op, args)
    return _bracketed(made) if _strength(node) < at_least else made


def _strength(node: Node) -> int:
    if node.op == "number":
        value = node.args[0]
        return _SIGN if value < 0 else _PRODUCT if "e" in repr(value) else _ATOM
    return _STRENGTH.get(node.op, _POWER)


def _begins_with_sign(node: Node) -> bool:
    if node.op in ("+", "-", "*"):
        return _begins_with_sign(node.args[0]) and _strength(node.args[0]) >= min(_strength(node), _SIGN)
    return _strength(node) == _SIGN


def _sum(op: str, left: Node, right: Node) -> Markup:
    second = typeset(right, _SUM if op == "+" else _PRODUCT)
    if _begins_with_sign(right) and _strength(right) != (_SIGN if op == "-" else None):
        second = _bracketed(second)
    return ["mrow", *_row(typeset(left, _SUM)), ["mo", "+" if op == "+" else "−"], *_row(second)]


def _product(left: Node, right: Node) -> Markup:
    first, second = typeset(left, _SIGN), typeset(right, _PRODUCT)
    if _strength(right) >= _PRODUCT and _begins_with_sign(right):
        second = _bracketed(second)
    return ["mrow", *_row(first), ["mo", _times(_edge(first, -1), _edge(second, 1))], *_row(second)]


def _times(before: Markup, after: Markup) -> str:
    """Return the sign between two factors: visible where they would run together, as 2·3, x·(y + 1), 2·½, 2·sin."""
    digit = after[0] == "mn" or (after[0] == "msup" and after[1][0] == "mn")
    call = after == ["mo", "("] and before[0] in ("mi", "msub")
    mixed = after[0] == "mfrac" and before[0] == "mn"
    word = any(edge[0] == "mi" and len(edge[1]) > 1 for edge in (before, after, *after[1:2]))
    return "·" if digit or call or mixed or word else TIMES


def _edge(made: Markup, side: int) -> Markup:
    """Return the first (side 1) or last (side -1) element that is not a row."""
    while made[0] == "mrow":
        made = made[side]
    return made


def _power(base: Node, exponent: Node) -> Markup:
    whole = exponent.op == "number" and exponent.args[0] > 0 and exponent.args[0] == int(exponent.args[0])
    if base.op in _RAISED and whole:
        return _applied(["msup", ["mi", base.op], typeset(exponent)], base.args)
    return ["msup", typeset(base, _ATOM), typeset(exponent)]


def _function(op: str, args: Sequence[Node]) -> Markup:
    if op == "sqrt":
        return ["msqrt", *_row(typeset(args[0]))]
    if op in _BETWEEN:
        opening, closing = _BETWEEN[op]
        return ["mrow", ["mo", opening], *_row(typeset(args[0])), ["mo", closing]]
    if op == "mod":
        return ["mrow", *_row(typeset(args[0], _PRODUCT)), ["mo", "mod"], *_row(typeset(args[1], _PRODUCT))]
    if op == "where":
        condition, yes, no = map(typeset, args)
        first = ["mtr", ["mtd", yes], ["mtd", ["mrow", ["mtext", "if "], *_row(condition)]]]
        return ["mrow", ["mo", "{"], ["mtable", first, ["mtr", ["mtd", no], ["mtd", ["mtext", "otherwise"]]]]]
    return _applied(["mi", _SYMBOLS.get(op, op)], args)


def _applied(function: Markup, args: Iterable[Node]) -> Markup:
    return ["mrow", function, ["mo", APPLY], _bracketed(_listed([typeset(arg) for arg in args]))]


def _listed(elements: Sequence[Markup]) -> Markup:
    row: Markup = ["mrow", *_row(elements[0])]
    for element in elements[1:]:
        row += [["mo", ","], *_row(element)]
    return row


def _bracketed(made: Markup) -> Markup:
    return ["mrow", ["mo", "("], *_row(made), ["mo", ")"]]


def _row(made: Markup) -> list[Markup]:
    """Return the elements of a row, or the one element itself."""
    return made[1:] if made[0] == "mrow" else [made]


def _number(value: float) -> Markup:
    if value < 0:
        return ["mrow", ["mo", "−"], *_row(_number(-value))]
    digits, _, exponent = repr(value).partition("e")
    shown: Markup = ["mn", digits.removesuffix(".0")]
    if not exponent:
        return shown
    power: Markup = ["msup", ["mn", "10"], _number(float(exponent))]
    return power if digits == "1" else ["mrow", shown, ["mo", "·"], power]


def _name(name: str) -> Markup:
    return ["msub", ["mi", "x"], ["mn", name[1:]]] if name in NUMBERED else ["mi", _SYMBOLS.get(name, name)]
