"""Why a formula has no finite value at a point: the first operation that could not be done, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.formula import Formula, parse

from .expression import COMPUTE
from .node import Node

KNOWN_CONSTANTS = {"pi": np.pi, "e": np.e}


class DomainError(NamedTuple):
    """What could not be computed."""

    reason: str
    overflow: bool = False
    """Whether only the numbers were too large."""


class _Stop(Exception):
    """Carries what was found from the operation that failed to the top."""

    def __init__(self, found: DomainError) -> None:
        self.found = found


def domain_errors(formula: Formula, point: Sequence[float]) -> DomainError | None:
    """Return what cannot be computed at a finite point; where the value is finite, what its slope lacks; else None.

    >>> domain_errors(parse("log(x) + x"), [-0.2]).reason
    'log of a negative number'
    >>> domain_errors(parse("1/(x - y)"), [2.0, 2.0]).reason, domain_errors(parse("sqrt(x)"), [0.0]).reason
    ('division by zero', 'the slope of sqrt at zero is infinite')
    >>> domain_errors(parse("x**2"), [1.0]) is None
    True
    """
    places = dict(zip(formula.variables, map(float, point), strict=True))
    tree = parse(formula.text).tree
    found: list[str] = []
    try:
        with np.errstate(all="ignore"):
            _value(tree, places, found)
    except _Stop as stop:
        return stop.found
    return DomainError(found[0]) if found else None


def _value(node: Node, places: dict[str, float], steep: list[str]) -> float:
    """Return the value of a part; put into ``steep`` where a slope is infinite."""
    if node.op == "number":
        return node.args[0]
    if node.op == "name":
        return places[node.args[0]] if node.args[0] in places else KNOWN_CONSTANTS[node.args[0]]
    if node.op == "where":
        chosen = node.args[1] if _value(node.args[0], places, steep) else node.args[2]
        return _value(chosen, places, steep)
    args = [_value(arg, places, steep) for arg in node.args]
    value = args[0]
    if node.op in ("min", "max"):
        value = min(args) if node.op == "min" else max(args)
    else:
        value = float(COMPUTE["power" if node.op == "**" else node.op](*map(np.float64, args)))
    if not np.isfinite(value):
        raise _Stop(_reason(node.op, args))
    if node.op == "sqrt" and args[0] == 0:
        steep.append("the slope of sqrt at zero is infinite")
    if node.op == "**" and args[0] == 0 and 0 < args[1] < 1:
        steep.append(f"the slope of a power {number(args[1])} at zero is infinite")
    return value


def _reason(op: str, args: Sequence[float]) -> DomainError:
    """Return why an operation on finite numbers has no finite result."""
    match op, *args:
        case "log", a:
            return DomainError("log of zero" if a == 0 else "log of a negative number")
        case "log1p", a:
            return DomainError(f"log1p of {'−1' if a == -1 else 'a number below −1'}")
        case "sqrt", _:
            return DomainError("square root of a negative number")
        case ("log2" | "log10") as name, a:
            return DomainError(f"{name} of {'zero' if a == 0 else 'a negative number'}")
        case ("asin" | "acos" | "atanh") as name, a:
            return DomainError(f"{name} of {number(a, 3)}, which is not between −1 and 1")
        case "acosh", _:
            return DomainError("acosh of a number below 1")
        case (("/" | "mod"), _, 0):
            return DomainError("division by zero")
        case "**", 0, _:
            return DomainError("division by zero (zero to a negative power)")
        case "**", a, b if a < 0 and b != int(b):
            return DomainError(f"a negative number to the power {number(b, 3)}")
        case ("exp" | "expm1" | "sinh" | "cosh") as name, a:
            return DomainError(f"{name} of {number(a, 3)} is too large a number", overflow=True)
    return DomainError("a number too large to be computed with", overflow=True)
