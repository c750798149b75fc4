"""Formulas of the glossary, typeset: as a textbook writes them in one line, with Greek letters, arrows and vectors.

Unlike the formulas that can be minimised they are only read. A line has relations of sums of products: what stands side
by side is multiplied, ``a / b`` is a fraction, ``x²`` and ``x₁`` are raised and lowered, and ``√``, brackets and
``|x|`` take what is in them.
"""

from __future__ import annotations

import re

from slalom.catalogue.formula.mathml import APPLY, TIMES, Markup, as_xml
from slalom.catalogue.formula.notation import SUPERSCRIPTS
from slalom.errors import FormulaError

TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([a-z]{2,}|[A-Za-zα-ωΣ∇]|∇)('*)|([⁰¹²³ᵗᵀ⁴-⁹]+)|([₀-₉]+)|(.))")
EXPONENTS = SUPERSCRIPTS | {ord("ᵗ"): "t", ord("ᵀ"): "T"}
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
RELATIONS = "←=<>≈~≤≥"
NAMED_FUNCTIONS = ("exp", "log", "max", "mean", "min", "std")
"""Words that take what follows."""
BIG = ("Σ", "∇")
"""Signs that take what follows, without a space."""
BRACKETS = {"(": ")", "|": "|"}
THIN_SPACE: Markup = ["mtext", "\u2009"]
"""A thin space."""

TermToken = tuple[str, str]
"""What it is (number, name, raised, lowered, sign) and its text."""


def term_mathml(text: str) -> str:
    """Return ``<math>...</math>``: a line, typeset, what commas divide below each other.

    Raises FormulaError where it cannot be read.
    """
    reader = _Reader(text)
    rows = [reader.relation()]
    while reader.next(","):
        rows.append(reader.relation())
    if reader.tokens:
        raise FormulaError(f"The formula {text!r} cannot be read from {reader.tokens[0][1]!r} on.")
    table: Markup = ["mtable", *(["mtr", ["mtd", *_parts(row)]] for row in rows)]
    return as_xml(["math", *(_parts(rows[0]) if len(rows) == 1 else [table])])


class _Reader:
    """Reads a line from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens = [token for found in TOKEN.finditer(text.strip()) for token in _tokens(found)]

    def listed(self) -> Markup:
        """Return what stands in brackets: relations, with commas between them."""
        made: Markup = ["mrow", *_parts(self.relation())]
        while self.next(","):
            made += [["mo", ","], *_parts(self.relation())]
        return made

    def relation(self) -> Markup:
        made: Markup = ["mrow", *_parts(self.sum())]
        while sign := self.next(*RELATIONS):
            made += [["mo", sign], *_parts(self.sum())]
        return made

    def sum(self) -> Markup:
        made: Markup = ["mrow"]
        if self.next("-"):
            made.append(["mo", "−"])
        made += _parts(self.fraction())
        while sign := self.next("+", "-"):
            made += [["mo", sign.replace("-", "−")], *_parts(self.fraction())]
        return made

    def fraction(self) -> Markup:
        made = self.product()
        while self.next("/"):
            made = ["mfrac", _bare(made), _bare(self.product())]
        return made

    def product(self) -> Markup:
        made: Markup = ["mrow", self.factor()]
        while self._begins_a_factor():
            made += [_between(made[-1], self.tokens[0]), self.factor()]
        return made

    def factor(self) -> Markup:
        kind, text = self._take()
        if text == "√":
            return ["msqrt", _bare(self.factor())]
        if text in BRACKETS:
            made: Markup = ["mrow", ["mo", text], *_parts(self.listed()), ["mo", self._take(BRACKETS[text])[1]]]
        else:
            made = {"number": ["mn", text], "name": ["mi", text]}.get(kind) or ["mo", text]
        while self.tokens and self.tokens[0][0] in ("raised", "lowered", "primes"):
            kind, text = self._take()
            made = _scripted(made, kind, text)
        return made

    def _begins_a_factor(self) -> bool:
        return bool(self.tokens) and (self.tokens[0][0] in ("number", "name") or self.tokens[0][1] in "(√")

    def next(self, *signs: str) -> str:
        """Return and take the next sign where it is one of these."""
        return self._take()[1] if self.tokens and self.tokens[0] in [("sign", sign) for sign in signs] else ""

    def _take(self, wanted: str = "") -> TermToken:
        if not self.tokens or (wanted and self.tokens[0][1] != wanted):
            raise FormulaError(f"The formula ends too early, or lacks {wanted or 'a part'!r}.")
        return self.tokens.pop(0)


def _tokens(found: re.Match[str]) -> list[TermToken]:
    number, name, primes, raised, lowered, sign = found.groups(default="")
    scripts = [("raised", raised.translate(EXPONENTS))] if raised else []
    scripts += [("lowered", "".join(SUBSCRIPTS[letter] for letter in lowered))] if lowered else []
    scripts += [("primes", "′" * len(primes))] if primes else []
    plain = [("number", number), ("name", name), ("sign", sign)]
    return [token for token in plain if token[1]] + scripts


def _scripted(made: Markup, kind: str, text: str) -> Markup:
    script: Markup = ["mo", text] if kind == "primes" else ["mn" if text.isdigit() else "mi", text]
    if made[0] == "msub" and kind != "lowered":
        return ["msubsup", *made[1:], script]
    return ["msub" if kind == "lowered" else "msup", made, script]


def _between(before: Markup, after: TermToken) -> Markup:
    """Return what stands between two factors: nothing to be seen, or a space beside a word."""
    word = before[1] if before[0] == "mi" else ""
    if word in BIG or (after[1] == "(" and (len(word) == 1 or word in NAMED_FUNCTIONS)):
        return ["mo", APPLY]
    return THIN_SPACE if len(word) > 1 or (after[0] == "name" and len(after[1]) > 1) else ["mo", TIMES]


def _bare(made: Markup) -> Markup:
    """Return what is in brackets without them: a fraction's bar and a root's roof are enough."""
    made = made[1] if made[0] == "mrow" and len(made) == 2 else made
    if made[0] == "mrow" and made[1] == ["mo", "("] and made[-1] == ["mo", ")"]:
        return ["mrow", *made[2:-1]]
    return made


def _parts(made: Markup) -> list[Markup]:
    return made[1:] if made[0] == "mrow" else [made]
