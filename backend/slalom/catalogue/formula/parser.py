"""From the text of a formula to the tree it means, or to the place where it stops making sense.

expression := sum [comparison sum]                  comparisons only as the first argument of where
sum        := product (("+" | "-") product)*
product    := sign (("*" | "/") sign)*
sign       := ("-" | "+") sign | power
power      := raised [("**" | "^") sign]            so -x**2 is -(x**2) and 2**3**2 is 2**9
raised     := atom superscript*                     x² is x**2, x⁻¹ is x**-1
atom       := number | name | function "(" expression ("," expression)* ")" | "(" expression ")"
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from difflib import get_close_matches
from typing import Any, NamedTuple, NoReturn

from slalom.errors import FormulaError


class FormulaLimits(NamedTuple):
    """How large a formula may be."""

    characters: int = 200
    nodes: int = 200
    """Numbers, names, operators and functions, as written."""
    depth: int = 32
    """Brackets, signs and exponents that are open at one place."""
    integer: float = 1e15
    """Larger integers are not exact in float64 arithmetic."""
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


SMOOTH = ("sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "sinh", "cosh", "atan", "sigmoid", "log1p", "expm1")
FUNCTIONS = dict.fromkeys((*SMOOTH, "abs"), (1, 1)) | {"min": (2, 199), "max": (2, 199), "where": (3, 3)}
"""Every function with the smallest and the largest number of arguments."""
CONSTANTS = ("pi", "e")
LETTERS = ("x", "y", "z")
NUMBERED = tuple(f"x{i}" for i in range(1, 9))
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n]+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    r"|(?P<mark>\*\*|\^|<=|>=|==|!=|[-+*/(),<>])"
)
_RAISED = "⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
_SUPERSCRIPTS = str.maketrans(_RAISED, "+-0123456789")
_VARIABLES = "x, y, z or x1 to x8"
_ADVICE = {
    "=": "Write only the expression to minimise, such as x**2; comparisons are < <= > >= == !=.",
    "|": "Write abs(x).",
    "[": "Use round brackets.",
    "]": "Use round brackets.",
    "{": "Use round brackets.",
    "}": "Use round brackets.",
    "·": "Write * for times.",
    "×": "Write * for times.",
    "∗": "Write * for times.",
    "⋅": "Write * for times.",
    "÷": "Write / for divided by.",
    "⁄": "Write / for divided by.",
    "−": "Write - for minus.",
    "–": "Write - for minus.",
    "√": "Write sqrt(x).",
    "π": "Write pi.",
    "≤": "Write <=.",
    "≥": "Write >=.",
    "≠": "Write !=.",
    "%": "There is no remainder here.",
    "!": "There is no factorial here.",
}
_OTHER_NAMES = {"ln": "log", "arctan": "atan", "pow": "**", "logistic": "sigmoid", "fabs": "abs", "minimum": "min"}
_OTHER_NAMES |= {"maximum": "max", "square": "**2", "relu": "max(0, x)", "heaviside": "where(x > 0, 1, 0)"}


def parse_tree(
    text: str, parameters: Collection[str] = (), limits: FormulaLimits = TYPED
) -> tuple[Node, tuple[str, ...]]:
    """Return the tree of a formula and its variables, in order, up to the highest one used.

    ``parameters`` are names that are allowed besides variables, constants and functions.

    Raises FormulaError, with the place and the reason.
    """
    if len(text) > limits.characters:
        raise FormulaError(
            f"The formula has {len(text)} characters, {limits.characters} are allowed. Shorten it.", limits.characters
        )
    parser = _Parser(_tokens(text), parameters, limits, len(text))
    return parser.whole(), parser.variables()


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def _fail(what: str, at: int, advice: str, joint: str = ". ") -> NoReturn:
    raise FormulaError(f"{what} at character {at}{joint}{advice}", at)


def _shown(character: str) -> str:
    return f"'{character}'" if character.isprintable() else f"the character U+{ord(character):04X}"


def _tokens(text: str) -> list[_Token]:
    """Cut a text into tokens; every character is NFKC-normalised, but superscripts keep their meaning."""
    parts = [c if c in _RAISED else unicodedata.normalize("NFKC", c) for c in text]
    places = [place for place, part in enumerate(parts) for _ in part]
    whole, found, here = "".join(parts), [], 0
    while here < len(whole):
        match = _TOKEN.match(whole, here)
        if match is None:
            advice = _ADVICE.get(whole[here], "Write numbers, variables, + - * / **, brackets and functions only.")
            _fail(f"{_shown(text[places[here]])} cannot be read", places[here], advice)
        if match.lastgroup != "blank":
            found.append(_Token(match.lastgroup or "", match[0], places[here]))
        here = match.end()
    return [*found, _Token("end", "", len(text))]


class _Parser:
    """One method for each line of the grammar above; each reads on from where the last one stopped."""

    def __init__(self, tokens: list[_Token], parameters: Collection[str], limits: FormulaLimits, length: int) -> None:
        self.tokens, self.parameters, self.limits, self.length = tokens, parameters, limits, length
        self.here, self.nodes, self.depth = 0, 0, 0
        self.used: dict[str, int] = {}

    @property
    def next(self) -> _Token:
        return self.tokens[self.here]

    def take(self, *texts: str) -> _Token | None:
        """Return the next token and move on if it is one of these marks."""
        token = self.next
        if token.kind != "mark" or token.text not in texts:
            return None
        self.here += 1
        return token

    def node(self, op: str, args: tuple[Any, ...], at: int, *, boolean_first: bool = False) -> Node:
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            what = f"The formula has more than {self.limits.nodes} numbers, names and operators"
            _fail(what, at, "Shorten it.")
        for arg in args[1:] if boolean_first else args:
            if isinstance(arg, Node) and arg.op in COMPARISONS:
                _fail(f"The comparison {arg.op} stands", arg.at, _WHERE)
        return Node(op, args, at)

    def nest(self, at: int) -> None:
        self.depth += 1
        if self.depth > self.limits.depth:
            what = f"More than {self.limits.depth} brackets, signs or exponents are open"
            _fail(what, at, "Nest them less deeply.")

    def whole(self) -> Node:
        if self.next.kind == "end":
            raise FormulaError("The formula is empty. Write one, such as x**2 + 10*y**2.", 0)
        tree = self.expression()
        if tree.op in COMPARISONS:
            _fail(f"The comparison {tree.op} stands", tree.at, _WHERE)
        if self.next.kind != "end":
            self.unexpected()
        return tree

    def expression(self) -> Node:
        left = self.sum()
        if token := self.take(*COMPARISONS):
            left = self.node(token.text, (left, self.sum()), token.at)
            if token := self.take(*COMPARISONS):
                _fail(f"A second comparison {token.text} stands", token.at, "Compare two values at a time.")
        return left

    def sum(self) -> Node:
        left = self.product()
        while token := self.take("+", "-"):
            left = self.node(token.text, (left, self.product()), token.at)
        return left

    def product(self) -> Node:
        left = self.sign()
        while token := self.take("*", "/"):
            left = self.node(token.text, (left, self.sign()), token.at)
        return left

    def sign(self) -> Node:
        token = self.take("-", "+")
        if token is None:
            return self.power()
        self.nest(token.at)
        inner = self.sign()
        self.depth -= 1
        negated = self.node("neg", (inner,), token.at)
        return negated if token.text == "-" else inner

    def power(self) -> Node:
        base = self.raised()
        if token := self.take("**", "^"):
            self.nest(token.at)
            base = self.node("**", (base, self.sign()), token.at)
            self.depth -= 1
        return base

    def raised(self) -> Node:
        base = self.atom()
        while self.next.kind == "raised":
            token = self.next
            self.here += 1
            exponent = self.number(token, token.text.translate(_SUPERSCRIPTS))
            base = self.node("**", (base, exponent), token.at)
        return base

    def atom(self) -> Node:
        token = self.next
        if token.kind == "number":
            self.here += 1
            return self.number(token, token.text)
        if token.kind == "name":
            self.here += 1
            return self.call(token) if self.next.text == "(" else self.name(token)
        if self.take("("):
            return self.group(token, 1, 1)[0]
        self.unexpected()

    def number(self, token: _Token, text: str) -> Node:
        value = float(text)
        if abs(value) > self.limits.integer and text.lstrip("+-").isdigit():
            _fail(
                f"The integer {text} is larger than {self.limits.integer:g}", token.at, "Write it with e, as in 1e20."
            )
        if value in (float("inf"), float("-inf")):
            _fail(f"The number {text} is too large", token.at, "The largest is about 1.8e308.")
        return self.node("number", (value,), token.at)

    def name(self, token: _Token) -> Node:
        name = token.text
        if name in LETTERS or name in NUMBERED:
            self.used.setdefault(name, token.at)
        elif name in FUNCTIONS:
            _fail(f"{name} stands without an argument", token.at, f"Write {name}(x).")
        elif name not in CONSTANTS and name not in self.parameters:
            self.unknown(token, f"Use {_VARIABLES}, pi, e, numbers and functions.")
        return self.node("name", (name,), token.at)

    def unknown(self, token: _Token, advice: str) -> NoReturn:
        known = [*FUNCTIONS, *CONSTANTS, *LETTERS, *NUMBERED, *self.parameters]
        lower = token.text.lower()
        meant = _OTHER_NAMES.get(lower) or next(iter(get_close_matches(lower, known, 1, 0.7)), None)
        hint = f"Did you mean {meant}? " if meant else ""
        _fail(f"The name '{token.text[:40]}' is not known", token.at, hint + advice)

    def call(self, token: _Token) -> Node:
        name = token.text
        if name not in FUNCTIONS:
            if name in LETTERS or name in NUMBERED or name in CONSTANTS or name in self.parameters:
                _fail(f"Something is missing between {name} and (", self.next.at, f"For a product write {name}*(...).")
            self.unknown(token, f"Functions are {' '.join(FUNCTIONS)}.")
        opening = self.next
        self.here += 1
        args = self.group(opening, *FUNCTIONS[name], function=name)
        if name == "where" and args[0].op not in COMPARISONS:
            _fail("where needs a comparison first", args[0].at, "Write, for example, where(x > 0, x, 0).")
        return self.node(name, args, token.at, boolean_first=name == "where")

    def group(self, opening: _Token, fewest: int, most: int, function: str = "") -> tuple[Node, ...]:
        """Read what stands in a pair of brackets, of which the first one has just been read."""
        self.nest(opening.at)
        args = [self.expression()]
        while self.take(","):
            args.append(self.expression())
        if self.next.kind == "end":
            _fail("The bracket that opens", opening.at, "is never closed. Add ).", joint=" ")
        if not self.take(")"):
            self.unexpected()
        self.depth -= 1
        if not fewest <= len(args) <= most:
            self.miscounted(opening, len(args), function)
        return tuple(args)

    def miscounted(self, opening: _Token, count: int, function: str) -> NoReturn:
        if not function:
            _fail("A comma stands inside the brackets", opening.at, "Write decimals with a point: 0.5.")
        wanted = {"where": "3 arguments: where(x > 0, a, b)", "min": "at least 2", "max": "at least 2"}
        _fail(
            f"{function} has {count} argument{'s' * (count != 1)}", opening.at, f"It takes {wanted.get(function, 1)}."
        )

    def unexpected(self) -> NoReturn:
        """Explain why the next token cannot stand where it does."""
        token, before = self.next, self.tokens[self.here - 1] if self.here else None
        complete = before is not None and (before.kind in ("number", "name", "raised") or before.text == ")")
        if token.kind == "end":
            _fail("The formula ends too early", token.at, "Add what is missing, or remove the last sign.")
        if token.text == ")" and complete:
            _fail("A ) without its ( stands", token.at, "Remove it, or add ( before.")
        if token.text == "," and complete:
            _fail("A comma stands outside a function", token.at, "Write decimals with a point: 0.5.")
        if complete and before is not None:
            what = f"Something is missing between '{before.text[:20]}' and '{token.text[:20]}'"
            _fail(what, token.at, f"For a product write {before.text[:20]}*{token.text[:20]}.")
        _fail(f"'{token.text[:20]}' cannot stand", token.at, f"A number, {_VARIABLES}, a function or ( belongs there.")

    def variables(self) -> tuple[str, ...]:
        """Return all variables up to the highest one used.

        Raises FormulaError where there is none, or where x, y, z and x1 to x8 are mixed.
        """
        if not self.used:
            raise FormulaError(f"The formula has no variable, so there is nothing to minimise. Use {_VARIABLES}.", 0)
        family = LETTERS if next(iter(self.used)) in LETTERS else NUMBERED
        for name, at in self.used.items():
            if name not in family:
                first = next(iter(self.used))
                _fail(f"{name} cannot be mixed with {first}", at, "Use x, y, z only, or x1 to x8 only.")
        return family[: 1 + max(family.index(name) for name in self.used)]


_WHERE = "A comparison can only be the first argument of where, as in where(x > 0, x, 0)."
