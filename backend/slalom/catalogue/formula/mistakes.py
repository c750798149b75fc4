"""What is said of a formula that cannot be read, or that can be read in two ways: always with the text to write."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import NoReturn

from .cursor import Cursor
from .node import Node
from .notation import FRACTIONS, SUPERSCRIPTS, Token, fail, two_readings
from .plain_text import plain_text
from .vocabulary import (
    CALLS,
    CONSTANTS,
    FUNCTIONS,
    INSTEAD,
    LETTERS,
    NUMBERED,
    RESERVED,
    UNARY,
    WRITTEN_OUT,
    known_name,
    unknown_letters,
)

_ARC = {"sin": "asin", "cos": "acos", "tan": "atan", "sinh": "asinh", "cosh": "acosh", "tanh": "atanh"}
_LETTERS = "For a variable write x, y or z, or begin with f({0}) =; for a constant write its number. "


def two_extents(at: int, loose: Node, factor: Node, op: str = "*") -> NoReturn:
    """Say that a factor may belong to the last argument of what was read before it, or to all of it."""
    two_readings(at, plain_text(_within(loose, factor, op)), plain_text(Node(op, (loose, factor), at)))


def _within(loose: Node, factor: Node, op: str) -> Node:
    """Return what was read before, with the factor inside: sin²(x y) of sin² x, and y."""
    first, *others = loose.args
    if loose.op == "**" and first.op in (*FUNCTIONS, *WRITTEN_OUT) and others[0].op == "number":
        return Node("**", (_within(first, factor, op), *others), loose.at)
    return Node(loose.op, (*loose.args[:-1], Node(op, (loose.args[-1], factor), factor.at)), loose.at)


def two_divisors(at: int, quotient: Node, factor: Node) -> NoReturn:
    """Say that a factor behind a division may stand below the line, or beside it: 1/2x."""
    top, bottom = quotient.args
    below = Node(quotient.op, (top, Node("*", (bottom, factor), at)), at)
    two_readings(at, plain_text(Node("*", (quotient, factor), at)), plain_text(below))


def inverse_or_reciprocal(name: str, at: int) -> NoReturn:
    """Say that sin⁻¹(x) is the inverse function, or one divided by the sine."""
    two_readings(at, f"{_ARC[name]}(...)" if name in _ARC else f"the inverse of {name}", f"1/{name}(...)")


def check_root(loose: Node | None, token: Token) -> None:
    """Raise FormulaError where an exponent may belong to a root, or to what is below it: √x²."""
    if loose is not None and loose.op == "sqrt":
        n = token.text.translate(SUPERSCRIPTS) if token.kind == "raised" else "..."
        inner = plain_text(loose.args[0], 4)
        two_readings(token.at, f"sqrt({inner})**{n}", f"sqrt({inner}**{n})")


def check_factor(cursor: Cursor) -> None:
    """Raise FormulaError where the next factor may be something else behind what is before: 1½, 2e, e(x), x(1)."""
    token, before = cursor.next, cursor.before
    first, second = (one.text for one in [*cursor.tokens[cursor.here + 1 :], token, token][:2])
    if token.text == "(" and before and before.text == "e":
        two_readings(token.at, "e*(...)", "exp(...)")
    if token.text == "(" and before and before.text == "x" and f"x{first}" in NUMBERED and second == ")":
        two_readings(token.at, f"x*{first}", f"x{first}")
    if before is None or before.kind != "number" or token.at != before.at + len(before.text):
        return
    if token.kind == "fraction":
        n, m = FRACTIONS[token.text]
        two_readings(token.at, f"({before.text} + {n}/{m})", f"{before.text}*{n}/{m}")
    if token.text == "e" and cursor.tokens[cursor.here + 1].text not in ("^", "**"):
        two_readings(token.at, f"{before.text}*e", f"{before.text}e0")


def missing_before_number(cursor: Cursor) -> NoReturn:
    """Say what may be missing before a number that follows an operand: x 2, 2 3, (x)2."""
    token, before = cursor.next, cursor.before
    last = before.text[:20] if before else ""
    digits, groups = _thousands(cursor, "")
    if groups > 1 or (groups and token.text.startswith(".")):
        advice = f"Write {digits}, without a sign between the thousands."
    elif last[-1:].isdigit() and token.text.startswith("."):
        advice = f"Write {last}*{token.text}, or one point only."
    elif last[-1:].isdigit() or last in LETTERS:
        other = f"{last}{token.text}" if last[-1:].isdigit() else f"{last}**{token.text}"
        advice = f"Write {last}*{token.text}, or {other}."
    else:
        advice = f"Write *{token.text} for a product, or **{token.text} for a power."
    fail(f"Something is missing between '{last}' and '{token.text[:20]}'", token.at, advice)


def unknown_name(cursor: Cursor, token: Token) -> NoReturn:
    """Say what a name that is not known may have meant; the cursor stands behind it."""
    parameters, called = cursor.parameters, cursor.next.text == "("
    word, lower = token.text[:40], token.text[:40].lower()
    names = [*FUNCTIONS, *WRITTEN_OUT, *CONSTANTS, *LETTERS, *NUMBERED, *parameters]
    close = next(iter(get_close_matches(lower, names, 1, 0.7)), None)
    digits = re.fullmatch(r"(\w*[xyz])_?(\d+)", lower)
    joined = re.fullmatch(r"([a-z]+)(\d+)", lower)
    letters = [
        letter
        for one, following in zip(cursor.tokens, cursor.tokens[1:], strict=False)
        if one.kind == "name"
        for letter in ([one.text] if one.text in LETTERS else unknown_letters(one.text, following.text == "("))
    ]
    if lower in INSTEAD:
        hint = f"Write {INSTEAD[lower]}. "
    elif base := re.fullmatch(r"log_(\w+)", lower):
        hint = f"Write log(x)/log({base[1]}). "
    elif token.text.startswith("_") and token.text[1:].isdigit() and cursor.tokens[cursor.here - 2].kind == "number":
        hint = _index_or_thousands(cursor.tokens[cursor.here - 2].text, token.text[1:])
    elif joined and known_name(joined[1]) in UNARY and not called:
        hint = f"Write {known_name(joined[1])}({joined[2]}). "
    elif called and word == "σ":
        hint = "Write sigmoid(x). "
    elif digits and lower[0] in LETTERS and (lower[0] != "x" or len(digits[1]) > 1):
        hint = f"For a product write {digits[1]}*{digits[2]}, for a power {digits[1]}**{digits[2]}. "
    elif unknown_letters(token.text, called) and not parameters and len(set(letters)) <= len(NUMBERED):
        hint = _LETTERS.format(", ".join(dict.fromkeys(letters)))
    else:
        hint = f"Did you mean {close}? " if close else ""
    usual = f"Use {cursor.variable_names}, pi, e, numbers and functions."
    if called:
        usual = f"Functions are {' '.join(FUNCTIONS)}."
    fail(f"The name '{word}' is not known", token.at, hint + usual)


def _index_or_thousands(number: str, digits: str) -> str:
    """Say what to write for 1_000, and for x^2_1."""
    return (
        f"Write {number}{digits}. "
        if len(digits) == 3
        else f"An index stands before the exponent: x_{digits}^{number}. "
    )


def without_argument(function: Token) -> NoReturn:
    """Say how a function is called."""
    call = CALLS.get(function.text, f"{function.text}(x)")
    alone = " Of what is to be minimised write only the expression." if function.text in ("min", "max") else ""
    fail(f"{function.text} stands without an argument", function.at, f"Write {call}.{alone}")


def miscounted(opening: Token, count: int, function: str, comma: str) -> NoReturn:
    """Say that a bracket has not as many arguments as belong there; ``comma`` is what may be a decimal."""
    decimal = comma or "Write decimals with a point: 0.5."
    if not function:
        fail("A comma stands inside the brackets", opening.at, decimal)
    wanted = {"where": "3 arguments: where(x > 0, a, b)", "min": "at least 2", "max": "at least 2"}
    takes = wanted.get(function) or WRITTEN_OUT.get(function) or FUNCTIONS[function][0]
    usual = {"log": " For another base write log(x)/log(b).", "sqrt": " For a third root write x**(1/3)."}
    advice = f" {comma}" if comma else usual.get(function, "") if count > 1 else ""
    fail(f"{function} has {count} argument{'s' * (count != 1)}", opening.at, f"It takes {takes}.{advice}")


def _thousands(cursor: Cursor, mark: str) -> tuple[str, int]:
    """Return the digits of a number whose thousands are apart around the cursor, and how many groups of three follow.

    There are ``mark``s between the groups; blanks or points where it is nothing.
    """
    digits, groups, at = cursor.before.text if cursor.before else "", 0, cursor.here + len(mark)
    if re.fullmatch(r"\d{1,3}\.\d{3}", digits) and not mark:
        digits, groups = digits.replace(".", ""), 1
    elif not re.fullmatch(r"\d{1,3}", digits):
        return digits, 0
    pattern = r"\.?\d{3}" if not mark else r"\d{3}(\.\d*)?"
    while at < len(cursor.tokens) and re.fullmatch(pattern, cursor.tokens[at].text):
        digits, groups = digits + cursor.tokens[at].text.removeprefix("."), groups + 1
        if cursor.tokens[at + 1].text != mark and mark:
            break
        at += 1 + len(mark)
    return digits, groups


def check_commas(cursor: Cursor, opening: int, count: int) -> None:
    """Raise FormulaError where a comma between two numbers of max or min may be one within a number.

    As in max(1,000*x, 2), and in max(0,5*x, 1), where a blank follows the others.
    """
    depth, spaced, tight = 0, False, None
    for at in range(opening, cursor.here):
        token, after = cursor.tokens[at], cursor.tokens[at + 1]
        depth += (token.text in ("(", "{", "[")) - (token.text in (")", "}", "]"))
        if token.text != "," or depth != 1:
            continue
        before, close = cursor.tokens[at - 1], after.at == token.at + 1
        spaced |= not close
        numbers = before.kind == after.kind == "number" and token.at == before.at + len(before.text)
        if close and numbers and before.text.isdigit() and after.text.isdigit():
            if len(after.text) == 3 and after.text.startswith("0"):
                two_readings(before.at, f"{before.text}{after.text}", f"{before.text}, {int(after.text)}")
            tight = tight or (before, after)
    if tight and spaced and count > 2:
        one, other = tight
        two_readings(one.at, f"{one.text}.{other.text}", f"{one.text}, {other.text}")


def decimal_at(cursor: Cursor) -> str:
    """Return what to write for the number around a comma at the cursor; nothing where no numbers are around it."""
    before, after = cursor.before, cursor.tokens[min(cursor.here + 1, len(cursor.tokens) - 1)]
    if before is None or not before.kind == after.kind == "number":
        return ""
    digits, groups = _thousands(cursor, ",")
    if groups > 1 or (groups and "." in digits):
        return f"Write {digits}, without commas between the thousands."
    whole = before.text.replace(".", "")
    other = f", or {digits} for thousands" if groups else ""
    return f"Write decimals with a point: {whole}.{after.text}{other}."


def _index(cursor: Cursor) -> str:
    """Return what to write for x[0]."""
    index, closing = (one.text for one in [*cursor.tokens[cursor.here + 1 :], cursor.next, cursor.next][:2])
    if (
        cursor.before is None
        or cursor.before.text != "x"
        or closing != "]"
        or f"x{index}" not in ("x0", *NUMBERED[:-1])
    ):
        return "Use round brackets."
    n = int(index)
    return f"Write x{n + 1}." if n == 0 else f"Write x{n}, or x{n + 1} where the first is x[0]."


def unexpected(cursor: Cursor) -> NoReturn:
    """Explain why the next token cannot stand where it does."""
    token, before = cursor.next, cursor.before
    complete = before is not None and (
        before.kind in ("number", "name", "raised", "fraction") or before.text in (")", "}", "|", "⌋", "⌉")
    )
    if token.kind == "end":
        fail("The formula ends too early", token.at, "Add what is missing, or remove the last sign.")
    if token.text == ")" and complete:
        fail("A ) without its ( stands", token.at, "Remove it, or add ( before.")
    if token.text == "," and complete:
        elsewhere = "Leave out what follows it; decimals are written with a point: 0.5."
        fail("A comma stands outside a function", token.at, decimal_at(cursor) or elsewhere)
    advice = {
        ".": "A point stands in numbers: write x**2 for x.pow(2), abs(x) for x.abs().",
        ";": "Write one expression.",
        "[": _index(cursor),
        "]": "Use round brackets.",
        "=>": "Write >= in a comparison.",
        "=": "Write only the expression to minimise, such as x**2; comparisons are < <= > >= == !=.",
        "|": "Write abs(x), with brackets.",
        "?": "Write where(x > 0, a, b).",
        ":": "Write where(x > 0, a, b).",
        "{": "Use round brackets.",
        "}": "Use round brackets.",
    }.get(token.text)
    if token.text in RESERVED:
        advice = f"Write {INSTEAD.get(token.text, 'where(x > 0, a, b)')}."
    usual = f"A number, {cursor.variable_names}, a function or ( belongs there."
    fail(f"'{token.text[:20]}' cannot stand", token.at, advice or usual)
