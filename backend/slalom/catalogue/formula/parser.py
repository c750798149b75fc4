"""From the text of a formula to the tree it means, or to the place where it stops making sense.

formula    := [head "="] expression                 f(x) = ..., y = ...: the head names the variables
expression := sum [comparison sum]                  comparisons only as the first argument of where
sum        := product (("+" | "-") product)*
product    := sign (("*" | "/" | "%" | "mod") sign | power)*     2x is 2*x; of 1/2x the two readings are said
sign       := ("-" | "+") sign | power
power      := raised [("**" | "^") sign]            so -x**2 is -(x**2), 2**3**2 is 2**9 and x^2y is x**2*y
raised     := atom superscript*                     x² is x**2, x⁻¹ is x**-1
atom       := number | "½" | name | call | bracket | "|" sum "|" | "⌊" sum "⌋" | "√" atom | "\\frac" part part
call       := function [exponent] (bracket | "[" ... "]" | sign power*)      sin(x), sin²(x), Sin[x], sin 2x
bracket    := "(" expression ("," expression)* ")" | "{" expression "}"      of LaTeX, or in an exponent
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple, NoReturn

from slalom.errors import FormulaError

from . import mistakes
from .cursor import WHERE, Cursor
from .head import read_head
from .node import TYPED, FormulaLimits, Node, has_variable
from .notation import FRACTIONS, SUPERSCRIPTS, Token, fail, spelled, tokens
from .plain_text import plain_text
from .vocabulary import COMPARISONS, CONSTANTS, FUNCTIONS, LETTERS, NUMBERED, RECIPROCAL, RESERVED, UNARY, WRITTEN_OUT

_CALLED = {*UNARY, *RECIPROCAL}
"""Functions whose brackets may be left out."""
_CLOSING = {"(": ")", "[": "]", "{": "}", "⌊": "⌋", "⌈": "⌉", "|": "|"}
_BETWEEN = {"|": "abs", "⌊": "floor", "⌈": "ceil"}
_NOT_PLAIN = re.compile(r"[\\$]|[A-Za-z]\.[A-Za-z]|[^0-9]\.[*/^]")


class ParsedFormula(NamedTuple):
    """What was understood of a text."""

    tree: Node
    variables: tuple[str, ...]
    """In order, up to the highest one used or named."""
    plain: bool
    """Whether it is written in plain text, with * for every product and brackets around every argument."""


def parse_tree(text: str, parameters: Collection[str] = (), limits: FormulaLimits = TYPED) -> ParsedFormula:
    """Return the tree of a formula and its variables.

    ``parameters`` are names that are allowed besides variables, constants and functions.

    Raises FormulaError, with the place and the reason.
    """
    found = _tokens(text, limits)
    named, body = read_head(found)
    parser = _Parser(spelled(body, named, frozenset(parameters)), parameters, limits)
    tree = parser.with_all_named(parser.whole(), named)
    plain = parser.plain and len(body) == len(found) and _NOT_PLAIN.search(text) is None
    return ParsedFormula(tree, parser.variables(), plain)


def parse_tree_of(names: Collection[str], text: str, limits: FormulaLimits = TYPED) -> Node:
    """Return the tree of a formula whose variables have these names and no others; it may be a number.

    Raises FormulaError, with the place and the reason.
    """
    parser = _Parser(spelled(_tokens(text, limits), {}, frozenset(names)), names, limits)
    tree = parser.whole()
    for name, at in parser.used.items():
        fail(f"The name '{name}' is not known here", at, f"Write {parser.variable_names}.")
    return tree


def _tokens(text: str, limits: FormulaLimits) -> list[Token]:
    if len(text) > (most := limits.characters):
        raise FormulaError(f"The formula has {len(text)} characters, {most} are allowed. Shorten it.", most)
    return tokens(text)


class _Parser(Cursor):
    """One method for each line of the grammar above; each reads on from where the last one stopped."""

    def __init__(self, found: list[Token], parameters: Collection[str], limits: FormulaLimits) -> None:
        super().__init__(found, parameters, limits)
        self.used: dict[str, int] = {}
        self.bars = 0
        """How many bars |...| are open inside the innermost bracket."""
        self.loose: Node | None = None
        """The operand just read, where it is not certain that it ends here: sin x, e^x, √2."""

    def whole(self) -> Node:
        if self.next.kind == "end":
            raise FormulaError(f"The formula is empty. Write one, such as {self.example}.", 0)
        tree = self.expression()
        if tree.op in COMPARISONS:
            fail(f"The comparison {tree.op} stands", tree.at, WHERE)
        if self.next.kind != "end":
            mistakes.unexpected(self)
        return tree

    def expression(self) -> Node:
        left = self.sum()
        if token := self.take(*COMPARISONS):
            left = self.node(token.text, (left, self.sum()), token.at)
            if token := self.take(*COMPARISONS):
                fail(f"A second comparison {token.text} stands", token.at, "Compare two values at a time.")
        if self.next.text in ("?", "if"):
            self.conditional(left)
        return left

    def conditional(self, first: Node) -> NoReturn:
        """Say how ``a if x > 0 else b`` and ``x > 0 ? a : b`` are written here."""
        token = self.next
        self.nest(token.at)
        self.here += 1
        second = self.expression()
        condition, yes = (second, first) if token.text == "if" else (first, second)
        if self.next.text not in ("else", ":") or condition.op not in COMPARISONS:
            mistakes.unexpected(self)
        self.here += 1
        whole = Node("where", (condition, yes, self.expression()), token.at)
        fail("A choice between two expressions stands", token.at, f"Write {plain_text(whole)}.")

    def sum(self) -> Node:
        left = self.product()
        while token := self.take("+", "-"):
            left = self.node(token.text, (left, self.product()), token.at)
        return left

    def product(self) -> Node:
        left, divided = self.sign(), False
        while True:
            token = self.next
            if self.take("*", "/", "%") or self.infix_mod():
                op = token.text if token.text in ("*", "/") else "mod"
                self.check_call_ends(token, op)
                left, divided = self.node(op, (left, self.sign()), token.at), op != "*"
                self.plain &= op != "mod"
            elif token.kind == "number":
                mistakes.missing_before_number(self)
            elif self.begins_operand():
                left = self.juxtaposed(left, divided)
            else:
                return left

    def infix_mod(self) -> bool:
        """Read the word mod between two operands."""
        found = self.next.text == "mod"
        self.here += found
        return found

    def begins_operand(self) -> bool:
        token = self.next
        if token.kind == "name":
            return token.text not in RESERVED
        bar = token.text == "|" and self.bars == 0
        return bar or token.kind == "fraction" or token.text in ("(", "√", "frac", "⌊", "⌈") or self.braced()

    def braced(self) -> bool:
        """Whether a pair of braces of LaTeX begins here."""
        return self.next.text == "{" and not self.next.plain

    def juxtaposed(self, left: Node, divided: bool) -> Node:
        """Read a factor that follows without a sign, as in 2x; refuse it where what it multiplies is not certain."""
        token = self.next
        loose = None if token.text in FUNCTIONS else self.loose
        mistakes.check_factor(self)
        factor = self.power()
        if loose is not None:
            mistakes.two_extents(token.at, loose, factor)
        if divided:
            mistakes.two_divisors(token.at, left, factor)
        self.plain = False
        return self.node("*", (left, factor), token.at)

    def check_call_ends(self, token: Token, op: str) -> None:
        """Refuse sin x*y and sin x/2, but not sin x*cos x."""
        loose, base = self.loose, self.loose
        if loose is not None and loose.op == "**" and loose.args[0].op in _CALLED:
            base = loose.args[0]
        if base is not None and base.op in _CALLED and base.op != "sqrt" and self.next.text not in FUNCTIONS:
            mistakes.two_extents(token.at, loose or base, self.sign(), op)

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
            mistakes.check_root(self.loose, token)
            self.nest(token.at)
            opening = self.next
            exponent = self.bracket() if opening.text == "{" else self.sign()
            bracketed = opening.text in ("(", "{") and self.tokens[self.here - 1].text in (")", "}")
            usual = has_variable(base) and not has_variable(exponent)
            self.plain &= opening.text != "{"
            base = self.node("**", (base, exponent), token.at)
            self.loose = None if bracketed or usual else base
            self.depth -= 1
        return base

    def raised(self) -> Node:
        base = self.atom()
        while self.next.kind == "raised":
            token = self.next
            mistakes.check_root(self.loose, token)
            self.here += 1
            exponent = self.number(token, token.text.translate(SUPERSCRIPTS))
            base = self.node("**", (base, exponent), token.at)
            self.loose = None
        return base

    def atom(self) -> Node:
        self.loose, token = None, self.next
        if token.kind == "name":
            self.here += 1
            return self.call(token) if token.text in FUNCTIONS or token.text in WRITTEN_OUT else self.name(token)
        if token.kind == "number":
            self.here += 1
            return self.number(token, token.text)
        if token.kind == "fraction":
            self.here += 1
            return self.node("/", tuple(self.number(token, part) for part in FRACTIONS[token.text]), token.at)
        if token.text == "(" or self.braced():
            return self.bracket()
        if self.take("√"):
            return self.root(token)
        if self.take("frac"):
            return self.node("/", (self.part(), self.part()), token.at)
        if token.text in _BETWEEN:
            return self.node(_BETWEEN[token.text], (self.bracket(),), token.at)
        mistakes.unexpected(self)

    def name(self, token: Token) -> Node:
        name = token.text
        if name in LETTERS or name in NUMBERED:
            self.used.setdefault(name, token.at)
        elif name not in CONSTANTS and name not in self.parameters:
            mistakes.unknown_name(self, token)
        elif name == "pi" and [one.text for one in self.tokens[self.here : self.here + 2]] == ["(", ")"]:
            self.here, self.plain = self.here + 2, False
        return self.node("name", (name,), token.at)

    def root(self, token: Token) -> Node:
        bracketed = self.next.text in ("(", "{")
        self.nest(token.at)
        inner = self.bracket() if bracketed else self.atom()
        self.depth -= 1
        made = self.node("sqrt", (inner,), token.at)
        self.loose = None if bracketed else made
        return made

    def part(self) -> Node:
        """Read what LaTeX takes as one: what stands in braces, a letter, or a digit."""
        token = self.next
        if token.text == "{":
            return self.bracket()
        if token.kind == "number" and token.text.isdigit() and len(token.text) > 1:
            self.tokens[self.here] = token._replace(text=token.text[1:], at=token.at + 1)
            return self.number(token, token.text[0])
        if token.kind not in ("number", "name") or token.text in FUNCTIONS:
            mistakes.unexpected(self)
        return self.atom()

    def bracket(self) -> Node:
        """Read one expression in a pair of brackets, bars or braces."""
        return self.group("", 1, 1)[0]

    def call(self, token: Token) -> Node:
        name, exponent, started = token.text, self.exponent(token), self.next
        if started.text in ("(", "{", "["):
            fewest, most = FUNCTIONS.get(name) or (WRITTEN_OUT[name],) * 2
            args = self.group(name, fewest, most)
            if name == "where" and args[0].op not in COMPARISONS:
                fail("where needs a comparison first", args[0].at, "Write, for example, where(x > 0, x, 0).")
            made = self.applied(name, args, token.at)
        elif name in _CALLED and (self.begins_operand() or started.kind == "number" or started.text == "-"):
            call = Node(name, (self.argument(name, token),), token.at)
            made, self.loose, self.plain = self.applied(name, call.args, token.at), call, False
        else:
            mistakes.without_argument(token)
        if exponent is None:
            return made
        self.plain = False
        raised = self.node("**", (made, exponent), token.at)
        self.loose = Node("**", (self.loose, exponent), token.at) if self.loose else None
        return raised

    def exponent(self, function: Token) -> Node | None:
        """Read the exponent of a function, as in sin² x, if there is one."""
        token = self.next
        if token.kind == "raised":
            self.here += 1
            found = self.number(token, token.text.translate(SUPERSCRIPTS))
        elif token.text in ("^", "**"):
            self.here += 1
            if self.next.text == "{":
                found = self.bracket()
            elif self.next.kind == "number":
                self.here += 1
                found = self.number(self.tokens[self.here - 1], self.tokens[self.here - 1].text)
            elif self.next.text == "-":
                found = self.sign()
            else:
                mistakes.without_argument(function)
        else:
            return None
        if found.op == "neg" or (found.op == "number" and found.args[0] < 0):
            mistakes.inverse_or_reciprocal(function.text, token.at)
        return found

    def argument(self, name: str, token: Token) -> Node:
        """Read the argument of a function without brackets: numbers, and the first factor with a variable."""
        self.nest(token.at)
        negative = self.take("-")
        found = self.power()
        while self.begins_operand():
            if has_variable(found):
                break
            following = self.next
            factor = self.power()
            if following.text in FUNCTIONS:
                mistakes.two_extents(following.at, Node(name, (found,), token.at), factor)
            found = self.node("*", (found, factor), following.at)
        self.depth -= 1
        return self.node("neg", (found,), negative.at) if negative else found

    def applied(self, name: str, args: tuple[Node, ...], at: int) -> Node:
        """Return a function of its arguments, or what it is written out as."""
        if name in FUNCTIONS:
            return self.node(name, args, at)
        self.plain = False
        first, two = args[0], ("number", (1.0 if name in RECIPROCAL else 2.0,), at)
        if name in ("pow", "square", "exp2"):
            pair = args if name == "pow" else (first, self.node(*two)) if name == "square" else (self.node(*two), first)
            return self.node("**", pair, at)
        if name == "clip":
            return self.node("min", (self.node("max", args[:2], at), args[2]), at)
        return self.node("/", (self.node(*two), self.node(RECIPROCAL[name], args, at)), at)

    def group(self, function: str, fewest: int, most: int) -> tuple[Node, ...]:
        """Read what stands in a pair of brackets, the opening one included."""
        opening, place = self.next, self.here
        closing = _CLOSING[opening.text]
        self.here += 1
        self.nest(opening.at)
        bars, self.bars = self.bars, self.bars + 1 if closing == "|" else 0
        args, comma = [self.expression() if closing in ")]}" else self.sum()], ""
        while (self.next.text == "," and closing in ")]}") or (self.next.text == ";" and function):
            self.plain &= self.next.text == ","
            comma = comma or mistakes.decimal_at(self)
            self.here += 1
            args.append(self.expression())
        if self.next.kind == "end":
            what = "bar" if closing == "|" else "bracket"
            fail(f"The {what} that opens", opening.at, f"is never closed. Add {closing}.", joint=" ")
        if not self.take(closing):
            mistakes.unexpected(self)
        if function in ("max", "min"):
            mistakes.check_commas(self, place, len(args))
        self.depth -= 1
        self.bars, self.loose = bars, None
        self.plain &= closing == ")"
        if not fewest <= len(args) <= most:
            mistakes.miscounted(opening, len(args), function, comma)
        return tuple(args)

    def with_all_named(self, tree: Node, named: Mapping[str, str]) -> Node:
        """Return the tree, in which the last of the named variables occurs: f(x, y) = x² is x² + 0·y."""
        missing = [name for name in named.values() if name not in self.used]
        last = max(named.values(), default="", key=lambda name: (*LETTERS, *NUMBERED).index(name))
        if last not in missing or not self.used:
            return tree
        zero = self.node("*", (self.node("number", (0.0,), 0), self.name(Token("name", last, 0))), 0)
        return self.node("+", (tree, zero), 0)

    def variables(self) -> tuple[str, ...]:
        """Return all variables up to the highest one used.

        Raises FormulaError where there is none, or where x, y, z and x1 to x8 are mixed.
        """
        if not self.used:
            raise FormulaError(
                f"The formula has no variable, so there is nothing to minimise. Use {self.variable_names}.", 0
            )
        family = LETTERS if next(iter(self.used)) in LETTERS else NUMBERED
        for name, at in self.used.items():
            if name not in family:
                first = next(iter(self.used))
                power = f" If {name} is a power write x**{name[1:]}." if name in NUMBERED else ""
                fail(f"{name} cannot be mixed with {first}", at, f"Use x, y, z only, or x1 to x8 only.{power}")
        return family[: 1 + max(family.index(name) for name in self.used)]
