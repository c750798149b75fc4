"""Expressions as a graph in which equal parts exist once, and their exact derivatives.

A value is built as it was written: nothing is reordered, only parts without variables are computed
beforehand. Derivatives are built from simplifying constructors (0·a = 0, a·aⁿ = aⁿ⁺¹, c·a + c·b = c·(a + b)),
and share with the value whatever they have in common.

At kinks: |u|' is sign u, which is 0 at 0; relu' is 0 at 0; max and min take the mean of both sides where they are
equal; and a quotient that comes from a root, such as u'/(2√u), is 0 where u' is 0, so that 0/0 never arises there.
Functions that jump (sign, floor, ceil, round, mod) have the derivative that they have between their jumps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from slalom.errors import FormulaError

from .node import FormulaLimits, Node
from .vocabulary import COMPARISONS, SMOOTH, STEPS

MULTIPLIED = 64
"""Integer powers up to this one are computed by multiplication, the others by ``power``."""

TOO_COMPLICATED = "The formula is too complicated: its derivatives would be too long. Shorten it."

Key = tuple[Any, ...]


_RENAMED = ("asin", "acos", "atan", "asinh", "acosh", "atanh")
"""Functions that older versions of NumPy know by another name only."""

COMPUTE: dict[str, Callable[..., float]] = {
    "neg": lambda a: -a,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": np.divide,
    "power": np.power,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "atan2": np.arctan2,
    "mod": np.remainder,
    "relu": lambda a: np.maximum(a, 0),
    "min": np.minimum,
    "max": np.maximum,
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
    **{name: getattr(np, name) for name in (*SMOOTH, *STEPS, "abs") if name not in _RENAMED and hasattr(np, name)},
}


class Graph:
    """Expressions, numbered so that every part has a smaller number than the whole.

    ``keys[i]`` is ``("#", c)`` for the constant c, ``("x", k)`` for variable k, ``("pow", u, n)`` for u to the
    integer n >= 2, and ``(operation, u, v, ...)`` otherwise, where u, v are numbers of expressions.
    """

    def __init__(self, limits: FormulaLimits) -> None:
        self.limits = limits
        self.keys: list[Key] = []
        self.numbers: dict[Key, int] = {}
        self.tangents: dict[int, dict[int, int]] = {}
        self.zero: int = self.constant(0.0)
        self.one: int = self.constant(1.0)

    def make(self, *key: float | int | str) -> int:
        """Return the number of this expression, a new one if it is new."""
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.keys)
            self.keys.append(key)
            if number > self.limits.work:
                raise FormulaError(TOO_COMPLICATED)
        return number

    def constant(self, value: float) -> int:
        return self.make("#", float(value) + 0.0)

    def value_of(self, u: int) -> float | None:
        """Return the value of a constant, None for everything else."""
        key = self.keys[u]
        return float(key[1]) if key[0] == "#" else None

    # ---- as written

    def build(self, node: Node, variables: Mapping[str, int], constants: Mapping[str, float]) -> int:
        """Add a tree, as written, and return its number.

        Raises FormulaError where a part without variables is not a finite number.
        """
        if node.op == "number":
            return self.constant(node.args[0])
        if node.op == "name":
            name = node.args[0]
            return self.make("x", variables[name]) if name in variables else self.constant(constants[name])
        args = [self.build(arg, variables, constants) for arg in node.args]
        made = self.written(node.op, args)
        value = self.value_of(made)
        if value is not None and not math.isfinite(value):
            what = f"The part without variables at character {node.at} is {value}, not a finite number."
            raise FormulaError(f"{what} Change it.", node.at)
        return made

    def written(self, op: str, args: list[int]) -> int:
        if op == "**":
            return self.raised(*args)
        if op == "where":
            return self.where(*args)
        if op in ("min", "max"):
            result = args[0]
            for arg in args[1:]:
                result = self.apply(op, result, arg)
            return result
        return self.apply(op, *args)

    def apply(self, op: str, *args: int) -> int:
        """Add an operation on given expressions; without variables its value is computed now."""
        if [self.keys[arg][0] for arg in args].count("#") == len(args):
            with np.errstate(all="ignore"):
                return self.constant(float(COMPUTE[op](*(np.float64(self.keys[arg][1]) for arg in args))))
        if op in ("+", "*") and args[0] > args[1]:
            args = args[::-1]
        return self.make(op, *args)

    def raised(self, base: int, exponent: int) -> int:
        """Add base ** exponent: products for small integers, √ for 1/2, exp for base e, ``power`` for the rest."""
        b, n = self.value_of(base), self.value_of(exponent)
        if b is not None and n is not None:
            return self.apply("power", base, exponent)
        if n is not None and n == int(n) and abs(n) <= MULTIPLIED:
            whole = self.integer_power(base, abs(int(n)))
            return self.apply("/", self.one, whole) if n < 0 else whole
        if n == 0.5:
            return self.make("sqrt", base)
        return self.make("exp", exponent) if b == math.e else self.make("power", base, exponent)

    def integer_power(self, base: int, n: int) -> int:
        return self.one if n == 0 else base if n == 1 else self.make("pow", base, n)

    def where(self, condition: int, yes: int, no: int) -> int:
        known = self.value_of(condition)
        if known is not None:
            return yes if known else no
        return self.make("where", condition, yes, no)

    # ---- simplified

    def split(self, u: int) -> tuple[float, int]:
        """Return c and v with u = c·v; v is ``one`` for a constant."""
        key = self.keys[u]
        if key[0] == "#":
            return key[1], self.one
        if key[0] == "neg":
            return -1.0, key[1]
        if key[0] == "*":
            for factor, other in ((key[1], key[2]), (key[2], key[1])):
                if self.keys[factor][0] == "#":
                    return self.keys[factor][1], other
        return 1.0, u

    def scale(self, c: float, u: int) -> int:
        if c == 0 or u == self.zero:
            return self.zero
        if c == 1:
            return u
        if u == self.one:
            return self.constant(c)
        if c == -1:
            return self.make("-", *self.keys[u][:0:-1]) if self.keys[u][0] == "-" else self.make("neg", u)
        return self.apply("*", self.constant(c), u)

    def times(self, u: int, v: int) -> int:
        if u == self.zero or v == self.zero:
            return self.zero
        (c, a), (d, b) = self.split(u), self.split(v)
        if not (c and d and _ordinary(c * d)):
            return self.zero if 0 in (c, d) else self.apply("*", u, v)
        return self.scale(c * d, b if a == self.one else a if b == self.one else self.product(a, b))

    def product(self, u: int, v: int) -> int:
        (a, m), (b, n) = self.base(u), self.base(v)
        return self.make("pow", a, m + n) if a == b and m + n <= MULTIPLIED else self.apply("*", u, v)

    def base(self, u: int) -> tuple[int, int]:
        key = self.keys[u]
        return (key[1], key[2]) if key[0] == "pow" else (u, 1)

    def plus(self, u: int, v: int) -> int:
        if self.zero in (u, v):
            return v if u == self.zero else u
        (c, a), (d, b) = self.split(u), self.split(v)
        if a == b:
            return self.scale(c + d, a)
        if self.one in (a, b) or abs(c) != abs(d):
            return self.make("-", u, b) if d == -1 else self.make("-", v, a) if c == -1 else self.apply("+", u, v)
        return self.scale(c, self.apply("+" if c == d else "-", a, b))

    def minus(self, u: int, v: int) -> int:
        return self.plus(u, self.scale_all(-1.0, v))

    def scale_all(self, c: float, u: int) -> int:
        """Return c·u where u may have a factor of its own."""
        return self.times(self.constant(c), u)

    def over(self, u: int, v: int, op: str = "/") -> int:
        """Return u / v; with ``op`` "ratio" it is 0 wherever u is 0."""
        (c, a), (d, b) = self.split(u), self.split(v)
        if u == self.zero:
            return self.zero
        if a == b == self.one:
            return self.apply("/", u, v)
        if d == 0 or not _ordinary(c / d):
            return self.make(op, u, v)
        if b == self.one:
            return self.scale(c / d, a)
        if a == self.one:
            return self.make("/", self.constant(c / d), b)
        return self.scale(c / d, self.make(op, a, b))

    # ---- derivatives

    def derivative(self, u: int, k: int) -> int:
        """Return ∂u/∂(variable k)."""
        tangents = self.tangents.setdefault(k, {})
        for part in self.parts([u], tangents):
            tangents[part] = self.tangent(part, k, tangents)
        return tangents[u]

    def tangent(self, u: int, k: int, known: Mapping[int, int]) -> int:
        """Return ∂u/∂(variable k) from the derivatives of its parts."""
        key = self.keys[u]
        op = key[0]
        if op in _FLAT:
            return self.one if key == ("x", k) else self.zero
        if op == "pow":
            base, n = key[1], key[2]
            return self.times(self.scale(n, self.integer_power(base, n - 1)), known[base])
        parts = key[1:]
        slopes = [known.get(part, self.zero) for part in parts]
        if slopes.count(self.zero) == len(slopes) or (op == "where" and slopes[1] == slopes[2] == self.zero):
            return self.zero
        if op in _CHAIN:
            return _CHAIN[op](self, u, parts[0], slopes[0])
        return _RULES[op](self, u, parts, slopes)

    def parts(self, roots: Iterable[int], known: Container[int] = ()) -> list[int]:
        """Return every expression the roots consist of, parts before wholes; neither those that are ``known``, nor
        their parts.
        """
        found, waiting = set[int](), [*roots]
        while waiting:
            u = waiting.pop()
            if u not in found and u not in known:
                found.add(u)
                waiting += self.operands(u)
        return sorted(found)

    def operands(self, u: int) -> tuple[Any, ...]:
        """Return the numbers of the expressions that one is made of."""
        key = self.keys[u]
        if key[0] == "pow":
            return key[1:2]
        return () if key[0] == "#" or key[0] == "x" else key[1:]


_FLAT = frozenset(("#", "x", *STEPS, *COMPARISONS))
"""Operations whose derivative is 0, but for the variable itself."""


def _ordinary(c: float) -> bool:
    return 1e-300 < abs(c) < 1e300


def _product_rule(g: Graph, u: int, parts: Sequence[int], slopes: Sequence[int]) -> int:
    (a, b), (da, db) = parts, slopes
    return g.plus(g.times(da, b), g.times(a, db))


def _quotient_rule(g: Graph, u: int, parts: Sequence[int], slopes: Sequence[int], op: str = "/") -> int:
    """Return (a/b)' = (a' - (a/b) b') / b, which shares the quotient with the value."""
    return g.over(g.minus(slopes[0], g.times(u, slopes[1])), parts[1], op)


def _power_rule(g: Graph, u: int, parts: Sequence[int], slopes: Sequence[int]) -> int:
    """Return (aᵇ)' = b aᵇ⁻¹ a' + aᵇ log(a) b', with only the terms that are needed."""
    (a, b), (da, db) = parts, slopes
    n = g.value_of(b)
    if n is not None and 0 < n < 1:
        return g.over(g.times(b, da), g.raised(a, g.constant(1 - n)), "ratio")
    from_base = g.zero
    if da != g.zero:
        from_base = g.times(g.times(b, g.raised(a, g.minus(b, g.one))), da)
    return from_base if db == g.zero else g.plus(from_base, _from_exponent(g, u, a, db))


def _from_exponent(g: Graph, u: int, a: int, db: int) -> int:
    """Return u log(a) b' for u = aᵇ; it is 0 where u or b' is, although log(a) is infinite for a = 0, nan for a < 0."""
    c = g.value_of(a)
    if c is not None and c >= 0:
        return g.times(g.scale_all(math.log(c) if c else 0.0, u), db)
    rest = g.over(g.one, g.apply("log", a))
    return g.over(g.times(u, db), rest, "ratio")


def _smaller_rule(g: Graph, u: int, parts: Sequence[int], slopes: Sequence[int]) -> int:
    (a, b), (da, db) = parts, slopes
    if da == db:
        return da
    mean = g.scale_all(0.5, g.plus(da, db))
    return g.where(g.apply("<", a, b), da, g.where(g.apply("<", b, a), db, mean))


def _remainder_rule(g: Graph, u: int, parts: Sequence[int], slopes: Sequence[int]) -> int:
    """Return (a mod b)' = a' - ⌊a/b⌋ b'."""
    return g.minus(slopes[0], g.times(g.make("floor", g.apply("/", *parts)), slopes[1]))


def _angle_rule(g: Graph, u: int, parts: Sequence[int], slopes: Sequence[int]) -> int:
    """Return atan2(a, b)' = (b a' - a b') / (a² + b²)."""
    (a, b), (da, db) = parts, slopes
    return g.over(g.minus(g.times(b, da), g.times(a, db)), g.plus(g.times(a, a), g.times(b, b)), "ratio")


def _over_root(g: Graph, da: int, square: int) -> int:
    """Return a' / √square."""
    return g.over(da, g.make("sqrt", square), "ratio")


_RULES: dict[str, Callable[[Graph, int, Sequence[int], Sequence[int]], int]] = {
    "+": lambda g, u, parts, slopes: g.plus(*slopes),
    "-": lambda g, u, parts, slopes: g.minus(*slopes),
    "*": _product_rule,
    "/": _quotient_rule,
    "ratio": lambda g, u, parts, slopes: _quotient_rule(g, u, parts, slopes, "ratio"),
    "power": _power_rule,
    "mod": _remainder_rule,
    "atan2": _angle_rule,
    "min": _smaller_rule,
    "max": lambda g, u, parts, slopes: _smaller_rule(g, u, parts, slopes[::-1]),
    "where": lambda g, u, parts, slopes: slopes[1] if slopes[1] == slopes[2] else g.where(parts[0], *slopes[1:]),
}

_CHAIN: dict[str, Callable[[Graph, int, int, int], int]] = {
    "neg": lambda g, u, a, da: g.scale_all(-1.0, da),
    "sin": lambda g, u, a, da: g.times(g.make("cos", a), da),
    "cos": lambda g, u, a, da: g.scale_all(-1.0, g.times(g.make("sin", a), da)),
    "tan": lambda g, u, a, da: g.times(g.plus(g.one, g.times(u, u)), da),
    "exp": lambda g, u, a, da: g.times(u, da),
    "log": lambda g, u, a, da: g.over(da, a),
    "sqrt": lambda g, u, a, da: g.over(g.scale_all(0.5, da), u, "ratio"),
    "abs": lambda g, u, a, da: g.times(g.make("sign", a), da),
    "tanh": lambda g, u, a, da: g.times(g.minus(g.one, g.times(u, u)), da),
    "sinh": lambda g, u, a, da: g.times(g.make("cosh", a), da),
    "cosh": lambda g, u, a, da: g.times(g.make("sinh", a), da),
    "relu": lambda g, u, a, da: g.where(g.apply(">", a, g.zero), da, g.zero),
    "asin": lambda g, u, a, da: _over_root(g, da, g.minus(g.one, g.times(a, a))),
    "acos": lambda g, u, a, da: g.scale_all(-1.0, _over_root(g, da, g.minus(g.one, g.times(a, a)))),
    "asinh": lambda g, u, a, da: _over_root(g, da, g.plus(g.times(a, a), g.one)),
    "acosh": lambda g, u, a, da: _over_root(g, da, g.minus(g.times(a, a), g.one)),
    "atanh": lambda g, u, a, da: g.over(da, g.minus(g.one, g.times(a, a))),
    "log2": lambda g, u, a, da: g.over(g.scale_all(1 / math.log(2), da), a),
    "log10": lambda g, u, a, da: g.over(g.scale_all(1 / math.log(10), da), a),
    "atan": lambda g, u, a, da: g.over(da, g.plus(g.one, g.times(a, a))),
    "sigmoid": lambda g, u, a, da: g.times(g.times(u, g.minus(g.one, u)), da),
    "log1p": lambda g, u, a, da: g.over(da, g.plus(g.one, a)),
    "expm1": lambda g, u, a, da: g.times(g.make("exp", a), da),
}
"""(f(a))' from u = f(a), a and a'."""
