"""Where the reading of a formula stands: its tokens, the next one, and how much may still be read."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .node import FormulaLimits, Node
from .notation import Token, fail
from .vocabulary import COMPARISONS

VARIABLES = "x, y, z or x1 to x8"
WHERE = "A comparison can only be the first argument of where, as in where(x > 0, x, 0)."


class Cursor:
    """A place between two tokens, which moves on, and the limits that hold on the way."""

    def __init__(self, found: list[Token], parameters: Collection[str], limits: FormulaLimits) -> None:
        self.tokens: list[Token] = found
        self.parameters: Collection[str] = parameters
        self.limits: FormulaLimits = limits
        self.here, self.nodes, self.depth = 0, 0, 0
        self.plain: bool = all(token.plain for token in found)
        """Whether all that was read is written in plain text."""

    @property
    def variable_names(self) -> str:
        """What variables are called, in words: the names that were given, else those of points."""
        return " or ".join(self.parameters) or VARIABLES

    @property
    def example(self) -> str:
        """A formula that may be written."""
        return f"0.95**{next(iter(self.parameters))}" if self.parameters else "x**2 + 10*y**2"

    @property
    def next(self) -> Token:
        return self.tokens[self.here]

    @property
    def before(self) -> Token | None:
        return self.tokens[self.here - 1] if self.here else None

    def take(self, *texts: str) -> Token | None:
        """Return the next token and move on if it is one of these marks."""
        token = self.next
        if token.kind != "mark" or token.text not in texts:
            return None
        self.here += 1
        return token

    def node(self, op: str, args: tuple[Any, ...], at: int) -> Node:
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            what = f"The formula has more than {self.limits.nodes} numbers, names and operators"
            fail(what, at, "Shorten it.")
        for arg in args[1:] if op == "where" else args:
            if isinstance(arg, Node) and arg.op in COMPARISONS:
                fail(f"The comparison {arg.op} stands", arg.at, WHERE)
        return Node(op, args, at)

    def number(self, token: Token, text: str) -> Node:
        value = float(text)
        if abs(value) > self.limits.integer and text.lstrip("+-").isdigit():
            fail(f"The integer {text} is larger than {self.limits.integer:g}", token.at, "Write it with e, as in 1e20.")
        if value in (float("inf"), float("-inf")):
            fail(f"The number {text} is too large", token.at, "The largest is about 1.8e308.")
        return self.node("number", (value,), token.at)

    def nest(self, at: int) -> None:
        self.depth += 1
        if self.depth > self.limits.depth:
            what = f"More than {self.limits.depth} brackets, signs or exponents are open"
            fail(what, at, "Nest them less deeply.")
