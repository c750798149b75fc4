"""From expressions to straight-line functions of NumPy or torch arrays.

Only operations, numbers and register names of this file are ever written into the source that is executed,
never a character of what was typed, and the source sees no builtins but the import of NumPy and torch by themselves.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from slalom.catalogue.base.choice import Array, Module
from slalom.catalogue.base.functions import Functions

from .blocks import in_blocks, value_and_grad_in_blocks
from .expression import Graph
from .vocabulary import STEPS

BLOCK_LANES = 8192
"""NumPy lanes computed together: 64 KiB a column stays in the cache and below malloc's mmap threshold (10x faster)."""

SLOW_COST = 10
"""Additions that take as long as one sine, exponential, logarithm or power."""

_INFIX = {op: f"{{}} {op} {{}}" for op in ["+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!="]}
_FORMS = _INFIX | {
    "neg": "-{}",
    "ratio": "where({0} == 0.0, 0.0, {0} / {1})",
    "sigmoid": "1.0 / (exp(-{}) + 1.0)",
    "min": "minimum({}, {})",
    "max": "maximum({}, {})",
    "relu": "maximum({0}, zeros_like({0}))",
}
_FAST = {*"+-*/<>", "<=", ">=", "==", "!=", "neg", "abs", "sqrt", "min", "max", "where", "ratio", "relu", *STEPS}
_WRITERS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
_UPDATE = re.compile(r"(?P<to>t\d+) = (?P<a>\S+) (?P<op>[-+*/]) (?P<b>\S+)")
_NEEDS_ARRAYS = {"min": (0, 1), "max": (0, 1), "atan2": (0, 1), "where": (1, 2)}
_OTHERWISE = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "mod": "remainder"}
_OTHERWISE |= {"asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh"}
"""Operations whose functions have another name in NumPy and torch."""

_NAMES = (
    "sin cos tan exp log sqrt abs tanh sinh cosh log1p expm1 log2 log10 sign floor ceil round where "
    "minimum maximum zeros_like empty_like empty add subtract multiply divide"
)


def lowered(graph: Graph, roots: Sequence[int]) -> list[int]:
    """Return the roots with powers written as products and 2·u as u + u: fewer and cheaper array operations."""
    new: dict[int, int] = {}
    for u in graph.parts(roots):
        new[u] = _lower(graph, u, new)
    return [new[u] for u in roots]


def _lower(graph: Graph, u: int, new: dict[int, int]) -> int:
    op, *args = graph.keys[u]
    if op in ("#", "x"):
        return u
    if op == "pow":
        return _multiplied(graph, new[int(args[0])], int(args[1]))
    parts = [new[int(arg)] for arg in args]
    if op == "*" and (two := graph.constant(2.0)) in parts:
        other = parts[parts[0] == two]
        return graph.make("+", other, other)
    divisor = graph.value_of(parts[-1]) if op == "/" else None
    if divisor and abs(math.frexp(divisor)[0]) == 0.5 and math.isfinite(1 / divisor):
        return graph.apply("*", parts[0], graph.constant(1 / divisor))
    return graph.apply(op, *parts) if op in ("+", "*") else graph.make(op, *parts)


def _multiplied(graph: Graph, u: int, n: int) -> int:
    if n == 1:
        return u
    if n % 2:
        return graph.apply("*", _multiplied(graph, u, n - 1), u)
    half = _multiplied(graph, u, n // 2)
    return graph.make("*", half, half)


def operations(graph: Graph, roots: Sequence[int]) -> int:
    """Return how many array operations the (lowered) roots take together."""
    return sum(graph.keys[u][0] not in ("#", "x") for u in graph.parts(roots))


def computed_numbers(graph: Graph, roots: Sequence[int]) -> int:
    """Return how many numbers the (lowered) roots take together at every point, slow ones counted by their time."""
    ops = (graph.keys[u][0] for u in graph.parts(roots))
    return sum(1 if op in _FAST else SLOW_COST for op in ops if op not in ("#", "x"))


def source(graph: Graph, roots: Sequence[int], xp: str, name: str, shape: str) -> str:
    """Return the source of one function of ``p``, an array of shape (dim, ...).

    ``shape`` is what the function returns: "value" the first root; "slope" the first root and an array of the
    others; "hessian" a symmetric matrix, of which the roots are the lower triangle row by row.
    """
    rows = _rows(graph, roots) if shape == "slope" and xp != "torch" else {}
    body, places = _body(graph, roots, rows, in_place=xp != "torch")
    if shape == "value":
        returned = f"    return {places[0]}"
    elif shape == "slope":
        made = "    g = empty_like(p)\n"
        views = "".join(f"    {row} = g[{row[1:]}, ...]\n" for row in rows.values())
        stored = "".join(f"    g[{i}] = {place}\n" for i, place in enumerate(places[1:]) if place not in rows.values())
        body = f"{made}{views}{body}" if rows else f"{body}{made}"
        returned = f"{stored}    return {places[0]}, g"
    else:
        returned = _matrix(places, xp)
    return f"def {name}(p):\n{body}{returned}\n"


def _rows(graph: Graph, roots: Sequence[int]) -> dict[int, str]:
    """Return the roots whose last operation can write straight into a row of the gradient, each with that row."""
    return {
        u: f"g{i}"
        for i, u in enumerate(roots[1:])
        if graph.keys[u][0] in _WRITERS and u != roots[0] and roots.count(u) == 1
    }


def _matrix(places: Sequence[str], xp: str) -> str:
    dim = math.isqrt(2 * len(places))
    where = ", device=p.device" if xp == "torch" else ""
    lines = [f"    h = empty(({dim}, {dim}, *p.shape[1:]), dtype=p.dtype{where})"]
    cells = [(i, j) for i in range(dim) for j in range(i + 1)]
    for (i, j), place in zip(cells, places, strict=True):
        lines.append(f"    h[{i}, {j}] = {place}" if i == j else f"    h[{i}, {j}] = h[{j}, {i}] = {place}")
    return "\n".join([*lines, "    return h"])


def _body(graph: Graph, roots: Sequence[int], rows: dict[int, str], in_place: bool) -> tuple[str, list[str]]:
    """Return the statements, and where each root is found; ``in_place`` may not be differentiated by torch."""
    parts = graph.parts(roots)
    columns = {u: graph.keys[u][1] for u in parts if graph.keys[u][0] == "x"}
    places = {u: f"x{k}" for u, k in columns.items()}
    lines = [f"x{k} = p[{k}]" for k in columns.values() or [0]]
    some = next(iter(places.values()), "x0")
    for u in parts:
        value = graph.value_of(u)
        if value is not None:
            places[u] = f"({value!r})" if value < 0 else repr(value)
    statements = _statements(graph, parts, roots, places, some, rows)
    lines += map(_in_place, statements) if in_place else statements
    found = [places[u] for u in roots]
    if graph.keys[roots[0]][0] in ("#", "x"):
        lines.append(f"f = zeros_like({some}) + {found[0]}")
        found[0] = "f"
    return "".join(f"    {line}\n" for line in lines), found


def _statements(
    graph: Graph, parts: Sequence[int], roots: Sequence[int], places: dict[int, str], some: str, rows: dict[int, str]
) -> Iterator[str]:
    """Yield one assignment for each operation; a register is used again after its last reading."""
    last = {v: u for u in parts for v in graph.operands(u)} | dict.fromkeys(roots, -1)
    free: list[str] = []
    count = 0
    for u in parts:
        if u in places:
            continue
        expression = _expression(graph, u, places, some)
        read = dict.fromkeys(v for v in graph.operands(u) if last[v] == u and places[v].startswith("t"))
        free += [places[v] for v in read]
        if u in rows:
            op, *args = graph.keys[u]
            places[u] = rows[u]
            yield f"{_WRITERS[str(op)]}({', '.join(places[int(arg)] for arg in args)}, {rows[u]})"
            continue
        if not free:
            free.append(f"t{count}")
            count += 1
        places[u] = free.pop()
        yield f"{places[u]} = {expression}"


def _in_place(statement: str) -> str:
    """Write ``t0 = t0 * x`` as ``t0 *= x``: the array is in the cache already, and no new one is needed."""
    match = _UPDATE.fullmatch(statement)
    if match is None or match["to"] not in (match["a"], match["b"]):
        return statement
    if match["to"] == match["a"]:
        return f"{match['to']} {match['op']}= {match['b']}"
    return f"{match['to']} {match['op']}= {match['a']}" if match["op"] in "+*" else statement


def _expression(graph: Graph, u: int, places: dict[int, str], some: str) -> str:
    op, *args = graph.keys[u]
    texts = [places[int(arg)] for arg in args]
    for i in _NEEDS_ARRAYS.get(op, ()):
        if graph.value_of(int(args[i])) is not None:
            texts[i] = f"zeros_like({some}) + {texts[i]}"
    return _FORMS.get(op, f"{op}({', '.join(['{}'] * len(args))})").format(*texts)


def functions(sources: dict[str, str], xp: Module) -> Functions:
    """Return the functions of the three generated sources ``value``, ``slope`` and ``hessian``."""
    return Functions(*(executed(text, name, xp) for name, text in sources.items()))


def executed(text: str, name: str, xp: Module) -> Callable[[Array], Any]:
    """Return the function of a generated source."""
    names = {known: getattr(xp, known) for known in _NAMES.split()}
    names |= {op: getattr(xp, name) for op, name in _OTHERWISE.items()}
    names |= {"power": getattr(xp, "power", None) or xp.pow, "inf": math.inf, "nan": math.nan}
    space: dict[str, Any] = names | {"__builtins__": {"__import__": _import}}
    exec(text, space)
    made = space[name]
    if xp is not np:
        return made
    return value_and_grad_in_blocks(made, BLOCK_LANES, xp) if name == "slope" else in_blocks(made, BLOCK_LANES)


def _import(name: str, *rest: Any) -> Any:
    """Let NumPy and torch import parts of themselves: they do so when first needed, with the builtins of the caller."""
    if name.partition(".")[0] not in ("numpy", "torch"):
        raise ImportError(f"a formula cannot import {name}")
    return __import__(name, *rest)
