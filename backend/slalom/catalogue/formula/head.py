"""The left side that people write before a formula: f(x, y) = ..., y = ..., x -> ..., and its variables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from .notation import Token, fail
from .vocabulary import CONSTANTS, FUNCTIONS, LETTERS, NUMBERED, known_name, unknown_letters

_NAMES = "n(?:,n)*"
_HEAD = re.compile(rf"=|(?:n=)?@\({_NAMES}\)|n(?:[(\[]{_NAMES}[)\]])?=|(?:n[=:])?(?:n|n?\({_NAMES}\))→")
"""Heads in signs, n for a name and → for an arrow: f(x, y) =, f[x_] :=, y =, x ->, f: (x, y) ->, @(x, y), and =."""
_SIGNS = {":=": "=", "->": "→", "=>": "→"}
_ADVICE = "Write only the expression to minimise, such as x**2; comparisons are < <= > >= == !=."


def read_head(tokens: list[Token]) -> tuple[dict[str, str], list[Token]]:
    """Return the named variables, each with the one of x, y, z or x1 to x8 that it is, and the tokens that follow.

    Raises FormulaError where what stands before the sign = is no name of a function, or where it is an equation.

    >>> from .notation import tokens
    >>> read_head(tokens("f(t) = t**2"))[0], read_head(tokens("y = x**2"))[0], read_head(tokens("w -> w**2"))[0]
    ({'t': 'x'}, {}, {'w': 'x'})
    """
    whole = [token for token in tokens if token.text not in ("{", "}")]
    match = _HEAD.match("".join(map(_sign, whole)))
    equals = next((token for token in tokens if token.text in ("=", ":=")), None)
    if match is None and equals is None:
        return {}, tokens
    head = whole[: match.end()] if match else []
    body = tokens[tokens.index(head[-1]) + 1 :] if head else []
    names, words = _arguments(head), {token.text for token in body if token.kind == "name"}
    taken = any(known_name(name) in (*FUNCTIONS, *CONSTANTS) for name in names)
    function = head[0].text if head and head[0].kind == "name" and head[0].text not in names else "f"
    again = any(token.text in ("=", ":=") for token in body) or (head and head[0].text == function in words)
    if taken or again or not head or len(set(names)) < len(names) or len(names) > len(NUMBERED):
        fail("'=' cannot be read", (equals or head[-1]).at, _ADVICE)
    names = _entries(names, words)
    _check_all_are_named(function, names, body)
    return _variables(names), body


def _sign(token: Token) -> str:
    """Return one sign for a token: n for a name."""
    text = "n" if token.kind == "name" else _SIGNS.get(token.text, token.text)
    return text if len(text) == 1 else "?"


def _arguments(head: Sequence[Token]) -> list[str]:
    """Return the names in f(x, y) = or x ->, without the _ of f[x_]; none for y = alone."""
    opening = next((i for i, token in enumerate(head) if token.text in ("(", "[")), None)
    if opening is None:
        return [head[-2].text] if head and _sign(head[-1]) == "→" else []
    return [token.text.removesuffix("_") for token in head[opening:] if token.kind == "name"]


def _entries(names: list[str], words: set[str]) -> list[str]:
    """Return the entries of the vector where one is named and they are used: x1 and x2 in f(x) = x1**2 + x2**2."""
    if len(names) != 1 or names[0] in words:
        return names
    found = {int(match[1]): word for word in words if (match := re.fullmatch(rf"{names[0]}_?([0-9]+)", word))}
    places = range(min((1, *found)), max(found, default=0) + 1)
    return [found.get(i, f"{names[0]}_{i}") for i in places] if 0 < len(places) <= len(NUMBERED) else names


def _check_all_are_named(function: str, names: list[str], body: Sequence[Token]) -> None:
    """Raise FormulaError where the formula has a variable that its left side does not name."""
    missing: dict[str, Token] = {}
    for token, following in itertools.pairwise(body):
        if token.kind == "name" and token.text not in names:
            letters = unknown_letters(token.text, following.text == "(", names)
            others = [token.text] if known_name(token.text) in (*LETTERS, *NUMBERED) else letters
            for letter in others:
                missing.setdefault(letter, token)
    if not names or not missing:
        return
    name, token = next(iter(missing.items()))
    left = f"{function}({', '.join(names)})"
    other = f", or a number for {name}." if known_name(name) is None else ""
    if name[0] in names and name[1:].isdigit():
        other = f"; if {name} is a power write {name[0]}**{name[1:]}."
    fail(f"{name} is not a variable of {left}", token.at, f"Write {left[:-1]}, {', '.join(missing)}) = ...{other}")


def _variables(names: Sequence[str]) -> dict[str, str]:
    """Name for name where they are the first of x, y, z or of x1 to x8, in any order; else one by one."""
    count = len(names)
    for family in (LETTERS, NUMBERED):
        if {known_name(name) for name in names} == set(family[:count]):
            return {name: known_name(name) or name for name in names}
    return dict(zip(names, LETTERS if count <= len(LETTERS) else NUMBERED, strict=False))
