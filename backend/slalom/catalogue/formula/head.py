"""The left side that people write before a formula: f(x, y) = ..., y = ..., and what it says of the variables."""

from __future__ import annotations

from collections.abc import Sequence

from .notation import Token, fail
from .vocabulary import CONSTANTS, FUNCTIONS, LETTERS, NUMBERED, known_name

_ADVICE = "Write only the expression to minimise, such as x**2; comparisons are < <= > >= == !=."


def read_head(tokens: list[Token]) -> tuple[dict[str, str], list[Token]]:
    """Return the named variables, each with the one of x, y, z or x1 to x8 that it is, and the tokens that follow.

    Raises FormulaError where what stands before the sign = is no name of a function, or where it is an equation.

    >>> from .notation import tokens
    >>> read_head(tokens("f(t) = t**2"))[0], read_head(tokens("y = x**2"))[0]
    ({'t': 'x'}, {})
    """
    at = next((i for i, token in enumerate(tokens) if token.text == "="), None)
    if at is None:
        return {}, tokens
    head, body = tokens[:at], tokens[at + 1 :]
    names = _arguments(head)
    words = {token.text for token in body if token.kind == "name"}
    if names is None or len(set(names)) < len(names) or len(names) > len(NUMBERED) or head[0].text in words:
        fail("'=' cannot be read", tokens[at].at, _ADVICE)
    for token in body if names else ():
        if token.kind == "name" and token.text not in names and known_name(token.text) in (*LETTERS, *NUMBERED):
            left = f"{head[0].text}({', '.join(names)})"
            fail(f"{token.text} is not a variable of {left}", token.at, f"Write {left[:-1]}, {token.text}) = ...")
    return _variables(names), body


def _arguments(head: Sequence[Token]) -> list[str] | None:
    """Return the names in f(x, y), none for y alone; None where it is neither."""
    shape = "".join("n" if token.kind == "name" else token.text for token in head)
    if shape == "n":
        return []
    names = [token.text for token in head[2:-1:2]]
    fitting = shape == f"n({','.join('n' * len(names))})" and len(names) > 0
    taken = any(known_name(name) in (*FUNCTIONS, *CONSTANTS) for name in names)
    return names if fitting and not taken else None


def _variables(names: Sequence[str]) -> dict[str, str]:
    """Name for name where they are the first of x, y, z or of x1 to x8, in any order; else one by one."""
    count = len(names)
    for family in (LETTERS, NUMBERED):
        if {known_name(name) for name in names} == set(family[:count]):
            return {name: known_name(name) or name for name in names}
    return dict(zip(names, LETTERS if count <= len(LETTERS) else NUMBERED, strict=False))
